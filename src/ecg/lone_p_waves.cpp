// SPDX-License-Identifier: Apache-2.0
#include "ecg/lone_p_waves.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double half_wave_s = 0.1;
constexpr double slope_over_s = 0.02;
constexpr double height_over_s = 0.08;
constexpr float steepest_p_mv = 0.25F;  // over 20 ms
constexpr float highest_p_mv = 0.5F;    // over 80 ms
constexpr float largest_slope_part = 0.35F;
constexpr double before_from_s = 0.30;
constexpr double clear_s = 0.12;  // of the middle of a wave
constexpr double behind_until_s = 0.45;
constexpr double largest_part_beside = 0.5;
constexpr std::size_t fewest_untold = 2;
constexpr double fastest_node_per_min =
    200.0;  // own choice: of a sinus node that beats while the ventricles stand still

class WaveJudge {
 public:
  WaveJudge(const LeadSignals& signals, const std::vector<std::int64_t>& beats) : signals_(signals), beats_(beats) {
    for (const std::int64_t at : beats) {
      std::vector<float>& of_beat = slopes_.emplace_back();
      bool is_slow = true;
      for (const std::vector<float>& lead : signals.mv) {
        const auto change = [&](double over_s) {
          return largest_change(lead, at - samples(half_wave_s), at + samples(half_wave_s) + 1, samples(over_s));
        };
        of_beat.push_back(change(slope_over_s));
        is_slow = is_slow && of_beat.back() < steepest_p_mv && change(height_over_s) < highest_p_mv;
      }
      is_slow_.push_back(is_slow);
    }
  }

  /// [beat] whether no lead is as steep or as high as in a complex.
  [[nodiscard]] const std::vector<bool>& slow_waves() const { return is_slow_; }

  /// Keeps those that are far less steep than the other beats on most leads.
  [[nodiscard]] std::vector<bool> slower_than_others(std::vector<bool> is_slow) const {
    std::vector<float> usual;
    std::vector<float> of_lead;
    for (std::size_t lead = 0; lead < signals_.num_leads(); ++lead) {
      of_lead.clear();
      for (std::size_t b = 0; b < slopes_.size(); ++b) {
        if (!is_slow[b]) {
          of_lead.push_back(slopes_[b][lead]);
        }
      }
      usual.push_back(of_lead.empty() ? 0.0F : median(of_lead));
    }
    for (std::size_t b = 0; b < slopes_.size(); ++b) {
      std::size_t num = 0;
      std::size_t num_slower = 0;
      for (std::size_t lead = 0; lead < usual.size(); ++lead) {
        num += usual[lead] > 0 ? 1 : 0;
        num_slower += usual[lead] > 0 && slopes_[b][lead] < largest_slope_part * usual[lead] ? 1 : 0;
      }
      is_slow[b] = is_slow[b] && 2 * num_slower > num;
    }
    return is_slow;
  }

  /// Whether the mean about these beats shows one wave and nothing before or behind it.
  [[nodiscard]] bool are_alone(const std::vector<bool>& which) const {
    double wave = 0.0;
    double before = 0.0;
    double behind = 0.0;
    const auto square = [](double x) { return x * x; };
    for (const std::vector<float>& lead : signals_.mv) {
      wave += square(change_of_mean(lead, which, -half_wave_s, half_wave_s));
      before += square(change_of_mean(lead, which, -before_from_s, -clear_s));
      behind += square(change_of_mean(lead, which, clear_s, behind_until_s));
    }
    return std::max(before, behind) < square(largest_part_beside) * wave;
  }

 private:
  [[nodiscard]] std::int64_t samples(double s) const { return std::llround(s * signals_.rate_hz); }

  /// The level a wave stands on, mV, whatever its own part in it.
  [[nodiscard]] double mean_about(const std::vector<float>& lead, std::int64_t beat) const {
    double sum = 0.0;
    double num = 0.0;
    for (std::int64_t at = std::max<std::int64_t>(0, beat - samples(half_wave_s));
         at <= std::min<std::int64_t>(beat + samples(half_wave_s), std::ssize(lead) - 1); ++at) {
      const float x = lead[static_cast<std::size_t>(at)];
      sum += std::isnan(x) ? 0.0 : static_cast<double>(x);
      num += std::isnan(x) ? 0.0 : 1.0;
    }
    return num > 0 ? sum / num : 0.0;
  }

  /// Largest change over 80 ms of the mean about these beats between two times, mV, without what is near another beat.
  [[nodiscard]] double change_of_mean(const std::vector<float>& lead, const std::vector<bool>& which, double from_s,
                                      double until_s) const {
    const std::int64_t from = samples(from_s);
    const auto width = static_cast<std::size_t>(samples(until_s) - from + 1);
    std::vector<double> sum(width, 0.0);
    std::vector<double> num(width, 0.0);
    const std::int64_t clear = samples(clear_s);
    for (std::size_t b = 0; b < beats_.size(); ++b) {
      if (!which[b]) {
        continue;
      }
      const std::int64_t first = b == 0 ? 0 : beats_[b - 1] + clear;
      const std::int64_t end = b + 1 < beats_.size() ? beats_[b + 1] - clear : std::ssize(lead);
      const double level = mean_about(lead, beats_[b]);
      for (std::size_t i = 0; i < width; ++i) {
        const std::int64_t at = beats_[b] + from + static_cast<std::int64_t>(i);
        if (at >= std::max<std::int64_t>(0, first) && at < std::min<std::int64_t>(end, std::ssize(lead)) &&
            !std::isnan(lead[static_cast<std::size_t>(at)])) {
          sum[i] += static_cast<double>(lead[static_cast<std::size_t>(at)]) - level;
          num[i] += 1.0;
        }
      }
    }
    const double most = *std::ranges::max_element(num);
    std::vector<float> mean;
    for (std::size_t i = 0; i < width; ++i) {
      if (num[i] > 0.5 * most) {
        mean.push_back(static_cast<float>(sum[i] / num[i]));
      }
    }
    // one wave's mean is as noisy as the signal: smoothed, or noise beside it would look like another
    const std::vector<float> smooth = moving_mean(mean, static_cast<std::size_t>(samples(slope_over_s)) | 1U);
    return static_cast<double>(largest_change(smooth, 0, std::ssize(smooth), samples(height_over_s)));
  }

  const LeadSignals& signals_;
  const std::vector<std::int64_t>& beats_;
  std::vector<std::vector<float>> slopes_;  // [beat][lead] largest change over 20 ms, mV
  std::vector<bool> is_slow_;               // [beat]
};

/// Whether waves follow each other faster than any sinus node beats, so that nothing could be seen between them.
bool follow_too_fast(const std::vector<std::int64_t>& samples, double rate_hz) {
  std::vector<float> intervals;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    intervals.push_back(static_cast<float>(static_cast<double>(samples[i] - samples[i - 1]) / rate_hz));
  }
  return !intervals.empty() && static_cast<double>(median(intervals)) < 60.0 / fastest_node_per_min;
}

}  // namespace

LoneWaves take_out_lone_p_waves(const LeadSignals& signals, QrsDetection& beats) {
  LoneWaves out;
  const WaveJudge judge(signals, beats.sample);
  std::vector<bool> is_lone = judge.slow_waves();
  const auto num_slow = static_cast<std::size_t>(std::ranges::count(is_lone, true));
  out.are_untold = num_slow == is_lone.size() && num_slow >= fewest_untold;
  if (!out.are_untold) {
    is_lone = judge.slower_than_others(std::move(is_lone));
  }
  if (std::ranges::count(is_lone, true) == 0) {
    return {};
  }
  if (out.are_untold && follow_too_fast(beats.sample, signals.rate_hz)) {
    out.are_of_no_node = true;
    return out;
  }
  if (!judge.are_alone(is_lone)) {
    return {};
  }
  QrsDetection kept;
  kept.is_rejected = std::move(beats.is_rejected);
  kept.jolts = std::move(beats.jolts);
  kept.tall_t = std::move(beats.tall_t);
  for (std::size_t b = 0; b < is_lone.size(); ++b) {
    if (is_lone[b]) {
      out.samples.push_back(beats.sample[b]);
      continue;
    }
    kept.sample.push_back(beats.sample[b]);
    kept.confidence.push_back(beats.confidence[b]);
  }
  beats = std::move(kept);
  return out;
}

}  // namespace xingu::ecg
