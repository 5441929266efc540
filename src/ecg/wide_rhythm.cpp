// SPDX-License-Identifier: Apache-2.0
#include "ecg/wide_rhythm.h"

#include <algorithm>
#include <numeric>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t shortest_run = 3;
constexpr double p_part_of_stretch = 0.5;  // few beats: of the P waves that a rhythm without may have
constexpr std::size_t fewest_beside = 16;  // beats, for a rhythm beside a stretch
constexpr float as_wide_from = 0.85F;      // of the width: own choice
constexpr std::size_t stretch_reach = 8;   // beats to each side by which one of a stretch is judged
constexpr std::size_t fewest_intervals = 3;
constexpr double clear_of_t_ms = 20.0;  // of a fast rhythm's P: own choice, kept by all 85 records of LUDB with both
constexpr std::size_t fewest_reversed = 2;
constexpr double conducted_p_share = 0.75;  // of beats called ventricular that the atria conduct
constexpr double fast_share = 0.8;          // of the normal beats, the first of a run among the others
constexpr double smallest_fast_part = 0.1;  // of the beats of a rhythm that is not fast on the average: own choice

double milliseconds(std::int64_t samples, double rate_hz) { return 1000.0 * static_cast<double>(samples) / rate_hz; }

/// Intervals that count, s; 0 where one does not, as before the first beat.
std::vector<double> intervals_s(const BeatSequence& beats) {
  std::vector<double> out(beats.size(), 0.0);
  for (std::size_t b = 1; b < beats.size(); ++b) {
    out[b] = beats.follows(b) ? beats.time_s(b) - beats.time_s(b - 1) : 0.0;
  }
  return out;
}

double mean_rate_per_min(std::span<const double> intervals) {
  const auto num = std::ranges::count_if(intervals, [](double interval) { return interval > 0.0; });
  const double sum = std::accumulate(intervals.begin(), intervals.end(), 0.0);
  return num < static_cast<std::ptrdiff_t>(fewest_intervals) ? 0.0 : 60.0 * static_cast<double>(num) / sum;
}

/// The mean rate without single ventricular beats, each of which belongs to the interval that it stands in. Where more
/// than one in ten is ventricular they are the rhythm's own.
double own_rate_per_min(const BeatSequence& beats, std::span<const double> intervals) {
  const auto is_ventricular = [&](std::size_t b) { return b < beats.size() && beats.type[b] == BeatType::ventricular; };
  const auto num_ventricular = std::ranges::count(beats.type, BeatType::ventricular);
  if (10 * num_ventricular > std::ssize(beats.type)) {
    return mean_rate_per_min(intervals);
  }
  std::vector<double> own;
  double length = 0.0;
  bool is_broken = true;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    is_broken |= intervals[b] == 0.0;
    length += intervals[b];
    if (is_ventricular(b) && !is_ventricular(b + 1) && (b == 0 || !is_ventricular(b - 1))) {
      continue;
    }
    own.push_back(is_broken ? 0.0 : length);
    length = 0.0;
    is_broken = false;
  }
  return mean_rate_per_min(own);
}

bool is_p_within_reach(const BeatWaves& beat, double rate_hz, const WideRule& rule) {
  return beat.p && milliseconds(beat.qrs->onset - beat.p->onset, rate_hz) <= rule.longest_pr_ms;
}

/// Whether a P wave stands near enough before its complex and clear of the T wave before it, whose end is none.
bool has_near_p(const BeatSequence& beats, std::span<const BeatWaves> waves, std::size_t b, const WideRule& rule) {
  const BeatWaves& beat = waves[b];
  if (!is_p_within_reach(beat, beats.rate_hz, rule)) {
    return false;
  }
  const std::optional<WaveBounds> t = b > 0 ? waves[b - 1].t : std::nullopt;
  return !t || milliseconds(beat.p->onset - t->offset, beats.rate_hz) >= clear_of_t_ms;
}

/// Beats of the runs of three and more whose every interval is short.
std::vector<std::size_t> fast_beats(const std::vector<double>& intervals, double fast_above_per_min) {
  std::vector<std::size_t> out;
  std::size_t first = 0;
  const auto is_fast = [&](std::size_t b) { return intervals[b] > 0.0 && 60.0 / intervals[b] > fast_above_per_min; };
  for (std::size_t b = 1; b <= intervals.size(); ++b) {
    if (b < intervals.size() && is_fast(b)) {
      continue;
    }
    for (std::size_t i = first; b - first >= shortest_run && i < b; ++i) {
      out.push_back(i);
    }
    first = b;
  }
  return out;
}

/// Widths of the complexes of some beats, and how many of the beats have a P wave near enough.
struct Conduction {
  std::vector<float> widths_ms;
  std::size_t with_p = 0;
};

/// Whether the other beats are as wide and conducted: then a stretch without P waves is of the same rhythm, whose P
/// waves are hidden in T waves for a while.
bool is_of_conducted_rhythm(const BeatSequence& beats, std::span<const BeatWaves> waves,
                            const std::vector<bool>& is_wide, const WideRule& rule) {
  Conduction of_stretches;
  Conduction of_others;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    if (!waves[b].qrs || is_ectopic_beat(beats.type[b]) || beats.type[b] == BeatType::paced) {
      continue;
    }
    Conduction& of = is_wide[b] ? of_stretches : of_others;
    of.widths_ms.push_back(static_cast<float>(milliseconds(waves[b].qrs->offset - waves[b].qrs->onset, beats.rate_hz)));
    of.with_p += has_near_p(beats, waves, b, rule) ? 1 : 0;
  }
  const std::size_t num_others = of_others.widths_ms.size();
  return num_others >= fewest_beside && !of_stretches.widths_ms.empty() &&
         median(of_others.widths_ms) >= as_wide_from * median(of_stretches.widths_ms) &&
         static_cast<double>(of_others.with_p) > rule.largest_p_share * static_cast<double>(num_others);
}

/// Whether the complexes of [first, end) are wide and have no P waves.
bool are_wide(const BeatSequence& beats, std::span<const BeatWaves> waves, std::size_t first, std::size_t end,
              const WideRule& rule) {
  std::vector<float> widths;
  std::size_t num_usual = 0;
  std::size_t with_p = 0;
  for (std::size_t b = first; b < end; ++b) {
    if (!waves[b].qrs || beats.type[b] == BeatType::paced) {
      continue;
    }
    widths.push_back(static_cast<float>(milliseconds(waves[b].qrs->offset - waves[b].qrs->onset, beats.rate_hz)));
    if (!is_ventricular_in_part(beats.type[b])) {
      ++num_usual;
      with_p += has_near_p(beats, waves, b, rule) ? 1 : 0;
    }
  }
  return 2 * widths.size() > end - first && static_cast<double>(median(widths)) >= rule.wide_from_ms &&
         static_cast<double>(with_p) <= p_part_of_stretch * rule.largest_p_share * static_cast<double>(num_usual);
}

}  // namespace

void exchange_reversed_types(BeatSequence& beats, std::span<const BeatWaves> waves, const WideRule& rule) {
  const auto is_narrow = [&](std::size_t b) {
    return waves[b].qrs && milliseconds(waves[b].qrs->offset - waves[b].qrs->onset, beats.rate_hz) < rule.wide_from_ms;
  };
  const auto is_usual = [&](std::size_t b) { return waves[b].qrs && beats.type[b] == BeatType::normal; };
  std::size_t num_ventricular = 0;
  Conduction narrow;  // of those called ventricular
  Conduction usual;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    const bool is_ventricular = beats.type[b] == BeatType::ventricular;
    num_ventricular += is_ventricular ? 1 : 0;
    if (is_usual(b) || (is_ventricular && is_narrow(b))) {
      Conduction& of = is_ventricular ? narrow : usual;
      of.widths_ms.push_back(
          static_cast<float>(milliseconds(waves[b].qrs->offset - waves[b].qrs->onset, beats.rate_hz)));
      of.with_p += is_ventricular ? (is_p_within_reach(waves[b], beats.rate_hz, rule) ? 1 : 0)
                                  : (has_near_p(beats, waves, b, rule) ? 1 : 0);
    }
  }
  const auto num_narrow = static_cast<double>(narrow.widths_ms.size());
  const auto num_usual = static_cast<double>(usual.widths_ms.size());
  if (narrow.widths_ms.size() < fewest_reversed || 2 * narrow.widths_ms.size() <= num_ventricular ||
      num_usual <= num_narrow || static_cast<double>(narrow.with_p) < conducted_p_share * num_narrow ||
      static_cast<double>(usual.with_p) > p_part_of_stretch * rule.largest_p_share * num_usual) {
    return;
  }
  std::vector<double> intervals(beats.size(), 0.0);
  for (std::size_t b = 1; b < beats.size(); ++b) {
    intervals[b] = beats.joins(b) ? beats.time_s(b) - beats.time_s(b - 1) : 0.0;
  }
  const auto num_fast = std::ranges::count_if(fast_beats(intervals, rule.fast_above_per_min), is_usual);
  if (static_cast<double>(num_fast) < fast_share * num_usual) {
    return;
  }
  const bool are_wide = static_cast<double>(median(usual.widths_ms)) >= rule.wide_from_ms;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    if (beats.type[b] == BeatType::ventricular && is_narrow(b)) {
      beats.type[b] = BeatType::normal;
    } else if (is_usual(b)) {
      beats.type[b] = are_wide ? BeatType::ventricular : BeatType::unknown;
    }
  }
}

std::vector<bool> find_wide_stretches(const BeatSequence& beats, std::span<const BeatWaves> waves, const WideRule& rule,
                                      double shortest_s) {
  std::vector<bool> out(beats.size(), false);
  const auto is_fast = [&](std::size_t b) {
    return beats.joins(b) && 60.0 / (beats.time_s(b) - beats.time_s(b - 1)) > rule.fast_above_per_min;
  };
  const auto keep_if_it_lasts = [&](std::size_t first, std::size_t end) {
    std::size_t num_ventricular = 0;
    for (std::size_t b = first; b < end; ++b) {
      num_ventricular += is_ventricular_in_part(beats.type[b]) ? 1 : 0;
    }
    const bool lasts = end > first && beats.time_s(end - 1) - beats.time_s(first) >= shortest_s;
    if (lasts && 2 * num_ventricular < end - first) {
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(first), out.begin() + static_cast<std::ptrdiff_t>(end), true);
    }
  };
  for (std::size_t begin = 0; begin < beats.size();) {
    std::size_t end = begin + 1;
    while (end < beats.size() && is_fast(end)) {
      ++end;
    }
    std::size_t first = begin;  // of the wide ones
    for (std::size_t b = begin; b < end; ++b) {
      const std::size_t from = b - std::min(stretch_reach, b - begin);
      if (!are_wide(beats, waves, from, std::min(end, b + stretch_reach + 1), rule)) {
        keep_if_it_lasts(first, b);
        first = b + 1;
      }
    }
    keep_if_it_lasts(first, end);
    begin = end;
  }
  if (std::ranges::find(out, true) != out.end() && is_of_conducted_rhythm(beats, waves, out, rule)) {
    std::fill(out.begin(), out.end(), false);
  }
  return out;
}

std::optional<WideRhythm> find_wide_rhythm(const BeatSequence& beats, std::span<const BeatWaves> waves,
                                           std::optional<double> qrs_ms, const WideRule& rule) {
  WideRhythm out;
  std::vector<float> widths;
  std::size_t num_usual = 0;
  std::size_t with_p = 0;
  std::size_t with_near_p = 0;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    const BeatWaves& beat = waves[b];
    if (!beat.qrs || beats.type[b] == BeatType::paced || !beats.counts(b)) {
      continue;
    }
    out.beats.push_back(b);
    widths.push_back(static_cast<float>(milliseconds(beat.qrs->offset - beat.qrs->onset, beats.rate_hz)));
    if (is_ectopic_beat(beats.type[b])) {
      continue;
    }
    ++num_usual;
    with_p += beat.p ? 1 : 0;
    with_near_p += has_near_p(beats, waves, b, rule) ? 1 : 0;
  }
  if (2 * out.beats.size() <= beats.size()) {
    return std::nullopt;
  }
  const double usual_ms = static_cast<double>(median(widths));
  out.qrs_ms = qrs_ms && *qrs_ms >= rule.wide_from_ms ? *qrs_ms : usual_ms;
  const std::vector<double> intervals = intervals_s(beats);
  out.rate_per_min = mean_rate_per_min(intervals);
  out.is_fast = std::min(out.rate_per_min, own_rate_per_min(beats, intervals)) > rule.fast_above_per_min;
  std::vector<std::size_t> fast = fast_beats(intervals, rule.fast_above_per_min);
  if (static_cast<double>(fast.size()) < smallest_fast_part * static_cast<double>(out.beats.size())) {
    fast.clear();
  }
  // At a usual rate a P wave far before its complex is one, and no T wave.
  out.p_share = static_cast<double>(out.is_fast || !fast.empty() ? with_near_p : with_p) /
                static_cast<double>(std::max<std::size_t>(1, num_usual));
  if (out.qrs_ms < rule.wide_from_ms || out.p_share > rule.largest_p_share) {
    return std::nullopt;
  }
  if (out.is_fast) {
    return out;
  }
  if (std::min(out.qrs_ms, usual_ms) < rule.ventricular_from_ms) {
    return std::nullopt;
  }
  if (!fast.empty()) {
    std::vector<double> of_fast;
    for (std::size_t i = 1; i < fast.size(); ++i) {
      of_fast.push_back(fast[i] == fast[i - 1] + 1 ? intervals[fast[i]] : 0.0);
    }
    const double sum = std::accumulate(of_fast.begin(), of_fast.end(), 0.0);
    const auto num = std::ranges::count_if(of_fast, [](double interval) { return interval > 0.0; });
    out.rate_per_min = 60.0 * static_cast<double>(num) / sum;
    out.beats = std::move(fast);
    out.is_fast = true;
  }
  return out;
}

}  // namespace xingu::ecg
