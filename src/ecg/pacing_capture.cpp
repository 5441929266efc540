// SPDX-License-Identifier: Apache-2.0
#include "ecg/pacing_capture.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ecg/filters.h"
#include "ecg/pacing_spikes.h"
#include "ecg/qrs_detector.h"

namespace xingu::ecg {
namespace {

constexpr double longest_answer_s = 0.6;  // the next beat is no answer
constexpr double same_answer_s = 0.05;
constexpr double edge_s = 0.1;  // no complex is told nearer to the end

/// What lies about a stimulus, s from it; infinite where there is nothing.
struct Surroundings {
  double since_beat_s = std::numeric_limits<double>::infinity();
  double to_beat_s = std::numeric_limits<double>::infinity();
  double to_stimulus_s = std::numeric_limits<double>::infinity();
};

std::vector<Surroundings> surroundings(std::span<const std::size_t> spikes, std::span<const std::int64_t> beats,
                                       double rate_hz) {
  std::vector<Surroundings> out;
  for (std::size_t i = 0; i < spikes.size(); ++i) {
    const auto spike = static_cast<std::int64_t>(spikes[i]);
    const auto next = std::ranges::lower_bound(beats, spike);
    Surroundings& about = out.emplace_back();
    if (next != beats.begin()) {
      about.since_beat_s = static_cast<double>(spike - *(next - 1)) / rate_hz;
    }
    if (next != beats.end()) {
      about.to_beat_s = static_cast<double>(*next - spike) / rate_hz;
    }
    if (i + 1 < spikes.size()) {
      about.to_stimulus_s = static_cast<double>(spikes[i + 1] - spikes[i]) / rate_hz;
    }
  }
  return out;
}

/// answered_within_s, or more where two thirds of the stimuli are answered later and after one time.
double longest_wait_s(const std::vector<Surroundings>& stimuli) {
  std::vector<float> answers;
  for (const Surroundings& about : stimuli) {
    if (about.to_beat_s <= longest_answer_s) {
      answers.push_back(static_cast<float>(about.to_beat_s));
    }
  }
  if (answers.empty()) {
    return answered_within_s;
  }
  const auto usual_s = static_cast<double>(median(answers));
  const auto alike = std::ranges::count_if(
      answers, [&](float answer) { return std::abs(static_cast<double>(answer) - usual_s) <= same_answer_s; });
  const bool is_usual = 3 * alike >= 2 * std::ssize(stimuli);
  return is_usual ? std::max(answered_within_s, usual_s + same_answer_s) : answered_within_s;
}

}  // namespace

PacingCapture judge_capture(std::span<const std::size_t> spikes, std::span<const std::int64_t> beats,
                            const std::vector<bool>& is_rejected, double rate_hz, std::size_t num_samples) {
  PacingCapture out;
  const std::vector<Surroundings> stimuli = surroundings(spikes, beats, rate_hz);
  const double wait_s = longest_wait_s(stimuli);
  const double end_s = static_cast<double>(num_samples) / rate_hz;
  for (std::size_t i = 0; i < spikes.size(); ++i) {
    const Surroundings& about = stimuli[i];
    const double at_s = static_cast<double>(spikes[i]) / rate_hz;
    const bool is_answered = about.to_beat_s <= wait_s;
    if (is_answered && about.to_beat_s > evoked_within_s) {
      const auto beat = static_cast<std::size_t>(std::ranges::lower_bound(beats, static_cast<std::int64_t>(spikes[i])) -
                                                 beats.begin());
      if (out.behind_an_atrial.empty() || out.behind_an_atrial.back() != beat) {
        out.behind_an_atrial.push_back(beat);
      }
    }
    const bool is_told = about.since_beat_s > refractory_to_stimuli_s && about.to_stimulus_s > wait_s &&
                         at_s + wait_s + edge_s <= end_s && is_heard(is_rejected, at_s, at_s + wait_s);
    if (is_answered) {
      out.answered.push_back(static_cast<std::int64_t>(spikes[i]));
    } else if (is_told) {
      out.unanswered.push_back(static_cast<std::int64_t>(spikes[i]));
    }
  }
  return out;
}

}  // namespace xingu::ecg
