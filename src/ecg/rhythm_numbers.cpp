// SPDX-License-Identifier: Apache-2.0
#include "ecg/rhythm_numbers.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t fewest_own_intervals = 3;

/// Usual interval between beats, s: the median, which a pause does not move.
double usual_interval_s(const BeatSequence& s) {
  std::vector<float> intervals;
  for (std::size_t b = 1; b < s.size(); ++b) {
    if (s.follows(b)) {
      intervals.push_back(static_cast<float>(s.time_s(b) - s.time_s(b - 1)));
    }
  }
  return intervals.empty() ? 0.0 : static_cast<double>(median(intervals));
}

}  // namespace

double p_share(const Analysis& a) {
  std::size_t sought = 0;
  std::size_t found = 0;
  for (std::size_t b = 0; b < a.waves.global.size(); ++b) {
    const BeatWaves& beat = a.waves.global[b];
    const bool counts = beat.qrs && !is_ectopic_beat(a.sequence.type[b]) && a.sequence.is_told(b);
    sought += counts ? 1 : 0;
    found += counts && beat.p ? 1 : 0;
  }
  return sought == 0 ? 0.0 : static_cast<double>(found) / static_cast<double>(sought);
}

std::optional<double> rhythm_irregularity(const Analysis& a) {
  const BeatSequence& s = a.sequence;
  Irregularity found = irregularity_of(s, 1, s.size(), [&](std::size_t b) { return !is_ectopic_beat(s.type[b]); });
  if (!found.is_known()) {
    found = irregularity_across(s, 0, s.size(), [&](std::size_t b) { return !is_ectopic_beat(s.type[b]); });
  }
  return found.is_known() ? std::optional(found.value()) : std::nullopt;
}

double longest_usual_interval_s(const BeatSequence& s, const StatementThresholds& t) {
  return std::max(t.pause_above_s, t.pause_over_usual * usual_interval_s(s));
}

OwnRate own_rate(const StatementThresholds& t, const Analysis& a) {
  const BeatSequence& s = a.sequence;
  const double longest_s = longest_usual_interval_s(s, t);
  double sum_s = 0.0;
  std::size_t num = 0;
  for (std::size_t b = 1; b < s.size(); ++b) {
    const double interval_s = s.time_s(b) - s.time_s(b - 1);
    if (s.follows(b) && interval_s <= longest_s && !is_ectopic_beat(s.type[b - 1]) && !is_ectopic_beat(s.type[b])) {
      sum_s += interval_s;
      ++num;
    }
  }
  if (num >= fewest_own_intervals) {
    return {60.0 * static_cast<double>(num) / sum_s, std::nullopt, true};
  }
  std::vector<float> across =
      irregularity_across(s, 0, s.size(), [&](std::size_t b) { return !is_ectopic_beat(s.type[b]); }).intervals;
  return {
      *a.measurements.rate_per_min,
      across.size() < fewest_own_intervals ? std::nullopt : std::optional(60.0 / static_cast<double>(median(across))),
      false};
}

double own_spread(const BeatSequence& s) {
  std::vector<double> intervals;
  double sum_s = 0.0;
  for (std::size_t b = 1; b < s.size(); ++b) {
    if (s.follows(b) && !is_ventricular_in_part(s.type[b - 1]) && !is_ventricular_in_part(s.type[b])) {
      intervals.push_back(s.time_s(b) - s.time_s(b - 1));
      sum_s += intervals.back();
    }
  }
  if (intervals.size() < fewest_own_intervals) {
    return 0.0;
  }
  const auto num = static_cast<double>(intervals.size());
  const double mean_s = sum_s / num;
  double squares = 0.0;
  for (const double interval : intervals) {
    squares += (interval - mean_s) * (interval - mean_s);
  }
  return std::sqrt(squares / num) / mean_s;
}

ToldBeats told_beats(const BeatSequence& beats) {
  ToldBeats out;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    out.all += beats.is_told(b) ? 1 : 0;
    out.ectopic += beats.is_told(b) && is_ectopic_beat(beats.type[b]) ? 1 : 0;
  }
  return out;
}

}  // namespace xingu::ecg
