// SPDX-License-Identifier: Apache-2.0
#include "ecg/rhythm_episodes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "ecg/filters.h"
#include "ecg/long_gaps.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t reach = 16;
constexpr std::size_t fewest_beats = 5;
constexpr double shortest_fibrillation_s = 30.0;
constexpr std::size_t shortest_run = 3;
constexpr double least_run_gap_s = 0.6;  // an interval in which a beat of a run may be missing
constexpr std::size_t usual_of = 12;     // intervals on each side
constexpr float far_over_usual = 2.0F;   // own choice: a run keeps about one pace
constexpr std::size_t extreme_over = 5;  // intervals that a slowest or fastest rate is the mean of

Fibrillation state_about(const BeatSequence& beats, std::size_t b, const FibrillationRule& rule) {
  const std::size_t first = b > reach ? b - reach : 0;
  const std::size_t last = std::min(beats.size(), b + reach + 1);
  const auto is_of_atria = [&](std::size_t i) { return !is_ventricular_in_part(beats.type[i]); };
  double p = 0.0;
  std::size_t num = 0;
  for (std::size_t i = first; i < last; ++i) {
    const bool counts = beats.counts(i) && is_of_atria(i);
    p += counts ? static_cast<double>(beats.p_probability[i]) : 0.0;
    num += counts ? 1 : 0;
  }
  // an extrasystole of the ventricles changes two intervals of the most regular atria, and has no P wave before it
  Irregularity irregularity = irregularity_of(beats, first, last, is_of_atria);
  if (!irregularity.is_known()) {  // as in bigeminy, whose own intervals alternate
    irregularity = irregularity_across(beats, first, last, is_of_atria);
  }
  if (!irregularity.is_known()) {
    irregularity = irregularity_of(beats, first, last, [](std::size_t) { return true; });
  }
  if (num < fewest_beats || !irregularity.is_known()) {
    return Fibrillation::undecided;
  }
  p /= static_cast<double>(num);
  if (irregularity.value() < rule.least_irregularity || p >= rule.smallest_p) {
    return Fibrillation::no;
  }
  return p < rule.largest_p ? Fibrillation::yes : Fibrillation::undecided;
}

double mean_rate(const BeatSequence& beats, std::size_t first, std::size_t last) {
  return 60.0 * static_cast<double>(last - first) / (beats.time_s(last) - beats.time_s(first));
}

/// Stretches of beats with a property of which each is joined to the one before, [first, last].
template <typename Has, typename Joins>
std::vector<std::pair<std::size_t, std::size_t>> stretches(std::size_t num_beats, Has has, Joins joins) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (std::size_t b = 0; b < num_beats; ++b) {
    if (has(b)) {
      if (b > 0 && has(b - 1) && joins(b)) {
        out.back().second = b;
      } else {
        out.emplace_back(b, b);
      }
    }
  }
  return out;
}

/// Stretches of fibrillation that last long enough, or the whole of a recording that is short itself.
std::vector<std::pair<std::size_t, std::size_t>> fibrillation_episodes(const BeatSequence& beats,
                                                                       std::span<const Fibrillation> states) {
  auto out = stretches(
      beats.size(), [&](std::size_t b) { return states[b] == Fibrillation::yes; }, [](std::size_t) { return true; });
  std::erase_if(out, [&](const auto& stretch) {
    const auto& [first, last] = stretch;
    const bool is_whole = first == 0 && last + 1 == beats.size();
    return last == first || (!is_whole && beats.time_s(last) - beats.time_s(first) < shortest_fibrillation_s);
  });
  return out;
}

void add_runs(const BeatSequence& beats, BeatType type, const char* code, std::vector<Episode>& out) {
  for (const BeatRun& run : find_runs(beats, type)) {
    out.push_back(
        {code, beats.time_s(run.first), beats.time_s(run.first + run.length - 1), run.length, run.rate_per_min});
  }
}

void add_seconds(const BeatSequence& beats, const std::vector<bool>& seconds, const char* code,
                 std::vector<Episode>& out) {
  for (const auto& [first, end] : stretches_of(seconds)) {
    const auto end_s = static_cast<double>(end);
    out.push_back(
        {code, static_cast<double>(first), beats.end_s > 0.0 ? std::min(end_s, beats.end_s) : end_s, 0, std::nullopt});
  }
}

void add_wide(const BeatSequence& beats, std::vector<Episode>& out) {
  const auto is_wide = [&](std::size_t b) { return b < beats.is_wide.size() && beats.is_wide[b]; };
  for (const auto& [first, last] : stretches(beats.size(), is_wide, [](std::size_t) { return true; })) {
    if (last > first) {
      out.push_back({"wide_complex_tachycardia", beats.time_s(first), beats.time_s(last), last - first + 1,
                     mean_rate(beats, first, last)});
    }
  }
}

void add_silent_ends(const BeatSequence& beats, double shortest_silence_s, std::vector<Episode>& out) {
  const double whole_s = std::max(0.0, static_cast<double>(beats.is_rejected.size()) - 1.0);  // the last may be short
  const double end_s = beats.end_s > 0.0 ? beats.end_s : whole_s;
  SilentEnds ends = silent_ends(beats.sample, beats.is_rejected, beats.rate_hz, end_s);
  if (beats.size() == 0 && is_heard(beats.is_rejected, 0.0, end_s)) {
    ends.before_s = end_s;
  }
  if (ends.before_s >= shortest_silence_s) {
    out.push_back({"no_beats", 0.0, ends.before_s, 0, std::nullopt});
  }
  if (ends.after_s >= shortest_silence_s) {
    out.push_back({"no_beats", end_s - ends.after_s, end_s, 0, std::nullopt});
  }
}

void set_rates(const std::vector<double>& intervals_s, TrendMinute& minute) {
  if (intervals_s.empty()) {
    return;
  }
  const auto rate = [](double sum, std::size_t n) { return 60.0 * static_cast<double>(n) / sum; };
  minute.mean_rate = rate(std::accumulate(intervals_s.begin(), intervals_s.end(), 0.0), intervals_s.size());
  for (std::size_t i = 0; i + extreme_over <= intervals_s.size(); ++i) {
    const auto begin = intervals_s.begin() + static_cast<std::ptrdiff_t>(i);
    const double r = rate(std::accumulate(begin, begin + extreme_over, 0.0), extreme_over);
    minute.slowest_rate = std::min(r, minute.slowest_rate.value_or(r));
    minute.fastest_rate = std::max(r, minute.fastest_rate.value_or(r));
  }
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> stretches_of(const std::vector<bool>& seconds) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (std::size_t s = 0; s < seconds.size(); ++s) {
    if (seconds[s] && s > 0 && seconds[s - 1]) {
      out.back().second = s + 1;
    } else if (seconds[s]) {
      out.emplace_back(s, s + 1);
    }
  }
  return out;
}

double Irregularity::value() const {
  const double sum = std::accumulate(intervals.begin(), intervals.end(), 0.0);
  std::vector<float> reordered = changes;
  return static_cast<double>(median(reordered)) * static_cast<double>(intervals.size()) / sum;
}

Irregularity irregularity_of(const BeatSequence& beats, std::size_t first, std::size_t last,
                             const std::function<bool(std::size_t)>& counts) {
  Irregularity out;
  const auto is_interval = [&](std::size_t i) { return i > 0 && beats.follows(i) && counts(i - 1) && counts(i); };
  for (std::size_t i = first; i < last; ++i) {
    if (is_interval(i)) {
      const double interval_s = beats.time_s(i) - beats.time_s(i - 1);
      out.intervals.push_back(static_cast<float>(interval_s));
      if (is_interval(i - 1)) {
        out.changes.push_back(static_cast<float>(std::abs(interval_s - (beats.time_s(i - 1) - beats.time_s(i - 2)))));
      }
    }
  }
  return out;
}

Irregularity irregularity_across(const BeatSequence& beats, std::size_t first, std::size_t last,
                                 const std::function<bool(std::size_t)>& counts) {
  Irregularity out;
  std::map<std::size_t, float> last_across;  // [beats between]
  std::optional<std::size_t> before;
  for (std::size_t b = first; b < last; ++b) {
    if (b > first && !beats.follows(b)) {
      before.reset();
    }
    if (!counts(b)) {
      continue;
    }
    if (before) {
      const std::size_t between = b - *before - 1;
      out.intervals.push_back(static_cast<float>(beats.time_s(b) - beats.time_s(*before)));
      if (const auto found = last_across.find(between); found != last_across.end()) {
        out.changes.push_back(std::abs(out.intervals.back() - found->second));
      }
      last_across[between] = out.intervals.back();
    }
    before = b;
  }
  return out;
}

bool BeatSequence::counts(std::size_t beat) const {
  const auto second = static_cast<std::size_t>(time_s(beat));
  return second >= is_rejected.size() || !is_rejected[second];
}

bool BeatSequence::is_told(std::size_t beat) const {
  const auto second = static_cast<std::size_t>(time_s(beat));
  const auto is_in = [&](const std::vector<bool>& seconds) { return second < seconds.size() && seconds[second]; };
  return !is_in(is_untold) && !is_in(is_moving);
}

bool BeatSequence::is_far_behind(std::size_t beat) const {
  std::vector<float> intervals;
  for (std::size_t b = beat - std::min(beat - 1, usual_of); b < std::min(size(), beat + usual_of + 1); ++b) {
    if (joins(b)) {
      intervals.push_back(static_cast<float>(time_s(b) - time_s(b - 1)));
    }
  }
  return !intervals.empty() && static_cast<float>(time_s(beat) - time_s(beat - 1)) > far_over_usual * median(intervals);
}

bool BeatSequence::joins(std::size_t beat) const {
  return follows(beat) || time_s(beat) - time_s(beat - 1) < least_run_gap_s;
}

std::vector<BeatRun> find_runs(const BeatSequence& beats, BeatType type) {
  std::vector<BeatRun> out;
  for (const auto& [first, last] : stretches(
           beats.size(), [&](std::size_t b) { return beats.type[b] == type; },
           [&](std::size_t b) { return beats.joins(b) && !beats.is_far_behind(b); })) {
    if (last - first + 1 >= shortest_run) {
      out.push_back({first, last - first + 1, mean_rate(beats, first, last)});
    }
  }
  return out;
}

std::vector<Fibrillation> fibrillation_by_beat(const BeatSequence& beats, const FibrillationRule& rule) {
  std::vector<Fibrillation> states;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    states.push_back(beats.counts(b) ? state_about(beats, b, rule) : Fibrillation::undecided);
  }
  return states;
}

std::vector<Fibrillation> settle_fibrillation(BeatSequence& beats, const FibrillationRule& rule) {
  std::vector<Fibrillation> states = fibrillation_by_beat(beats, rule);
  for (const auto& [first, last] : fibrillation_episodes(beats, states)) {
    std::replace(beats.type.begin() + static_cast<std::ptrdiff_t>(first),
                 beats.type.begin() + static_cast<std::ptrdiff_t>(last) + 1, BeatType::supraventricular,
                 BeatType::normal);
  }
  return states;
}

FibrillationBurden fibrillation_burden(const BeatSequence& beats, std::span<const Fibrillation> states) {
  FibrillationBurden burden;
  for (std::size_t b = 1; b < beats.size(); ++b) {
    if (!beats.follows(b)) {
      continue;
    }
    const double interval_s = beats.time_s(b) - beats.time_s(b - 1);
    burden.fibrillating_s += states[b] == Fibrillation::yes ? interval_s : 0.0;
    (states[b] == Fibrillation::undecided ? burden.undecided_s : burden.decided_s) += interval_s;
  }
  return burden;
}

std::vector<Episode> find_episodes(const BeatSequence& beats, std::span<const Fibrillation> states,
                                   const EpisodeLimits& limits) {
  std::vector<Episode> out;
  for (const auto& [first, last] : fibrillation_episodes(beats, states)) {
    out.push_back({"atrial_fibrillation", beats.time_s(first), beats.time_s(last), last - first + 1,
                   mean_rate(beats, first, last)});
  }
  add_runs(beats, BeatType::ventricular, "ventricular_run", out);
  add_runs(beats, BeatType::supraventricular, "supraventricular_run", out);
  for (std::size_t b = 1; b < beats.size(); ++b) {
    if (beats.time_s(b) - beats.time_s(b - 1) > limits.pause_above_s && beats.follows(b)) {
      out.push_back({"pause", beats.time_s(b - 1), beats.time_s(b), 2, std::nullopt});
    }
  }
  add_silent_ends(beats, limits.silence_from_s, out);
  add_seconds(beats, beats.is_swinging, "possible_ventricular_fibrillation", out);
  add_seconds(beats, beats.is_untold, "beats_untold", out);
  add_seconds(beats, beats.is_moving, "moving_electrodes", out);
  add_wide(beats, out);
  std::ranges::stable_sort(out, {}, &Episode::begin_s);
  return out;
}

std::vector<TrendMinute> trend(const BeatSequence& beats, std::span<const Fibrillation> states) {
  const std::size_t seconds = std::max(
      beats.is_rejected.size(), beats.size() == 0 ? 0 : static_cast<std::size_t>(beats.time_s(beats.size() - 1)) + 1);
  std::vector<TrendMinute> out((seconds + 59) / 60);
  std::vector<std::vector<double>> intervals(out.size());
  std::vector<std::size_t> num_beats(out.size(), 0);
  for (std::size_t b = 0; b < beats.size(); ++b) {
    const auto m = static_cast<std::size_t>(beats.time_s(b) / 60.0);
    ++num_beats[m];
    out[m].ventricular += beats.type[b] == BeatType::ventricular ? 1 : 0;
    out[m].supraventricular += beats.type[b] == BeatType::supraventricular ? 1 : 0;
    out[m].fibrillating_share += states[b] == Fibrillation::yes ? 1.0 : 0.0;
    if (b > 0 && beats.follows(b)) {
      intervals[m].push_back(beats.time_s(b) - beats.time_s(b - 1));
    }
  }
  for (std::size_t s = 0; s < beats.is_rejected.size(); ++s) {
    out[s / 60].rejected_s += beats.is_rejected[s] ? 1 : 0;
  }
  for (std::size_t m = 0; m < out.size(); ++m) {
    set_rates(intervals[m], out[m]);
    out[m].fibrillating_share /= static_cast<double>(std::max<std::size_t>(1, num_beats[m]));
  }
  return out;
}

}  // namespace xingu::ecg
