// SPDX-License-Identifier: Apache-2.0
#include "ecg/silence_statements.h"

#include <fmt/format.h>

#include <algorithm>

#include "ecg/long_gaps.h"

namespace xingu::ecg {
namespace {

constexpr double longest_bridge_s = 3.0;  // own choice: two to four ordinary beats would be in it

/// Most leads are good in this second. What moves in them may be small: fine fibrillation of the ventricles is.
bool are_leads_good(const SignalQuality& quality, const std::vector<bool>& has_say, std::size_t second,
                    const StatementThresholds& t) {
  std::size_t num = 0;
  for (std::size_t lead = 0; lead < quality.leads.size(); ++lead) {
    num += has_say[lead] && second < quality.leads[lead].size() && quality.leads[lead][second].is_undisturbed() ? 1 : 0;
  }
  return num > 0 &&
         static_cast<double>(num) >= t.good_leads_from * static_cast<double>(std::ranges::count(has_say, true));
}

void say_no_beats(double from_s, double until_s, Analysis& a) {
  a.statements.push_back({"no_beats_for",
                          fmt::format("No beats for {:.1f} s in good leads", until_s - from_s),
                          fmt::format("from {:.1f} s to {:.1f} s", from_s, until_s),
                          {},
                          {},
                          from_s});
}

/// A statement about seconds, with a place for their number in its text.
struct Saying {
  const char* code;
  const char* text;
};

/// Tells the longest stretch of some seconds, if there is one.
void say_where_beats_are_untold(const std::vector<bool>& seconds, const Saying& saying, Analysis& a) {
  const auto stretches = stretches_of(seconds);
  if (stretches.empty()) {
    return;
  }
  const auto [from, until] =
      *std::ranges::max_element(stretches, {}, [](const auto& stretch) { return stretch.second - stretch.first; });
  a.statements.push_back(
      {saying.code,
       fmt::format(fmt::runtime(saying.text), until - from),
       fmt::format(
           "from {} s to {} s{}{}", from, until,
           stretches.size() == 1 ? std::string{} : fmt::format(", the longest of {} such stretches", stretches.size()),
           seconds.back() ? ", and the recording ends so" : ""),
       {},
       {},
       static_cast<double>(from)});
}

}  // namespace

std::string disturbed_text(double from_s, double length_s, const Analysis& a) {
  const double rate_hz = a.sequence.rate_hz;
  for (const GapDisturbance& disturbed : a.beats.disturbances) {
    const double at_s = static_cast<double>(disturbed.from) / rate_hz;
    if (at_s >= from_s && at_s < from_s + length_s) {
      return fmt::format("; {:.1f} s of it disturbed, where a beat may be hidden",
                         static_cast<double>(disturbed.until - disturbed.from) / rate_hz);
    }
  }
  return {};
}

std::vector<bool> untold_seconds(const SignalQuality& quality, const std::vector<bool>& is_rejected,
                                 const StatementThresholds& thresholds) {
  const std::vector<bool> has_say = leads_with_a_say(quality);
  std::vector<bool> out(is_rejected.size());
  for (std::size_t s = 0; s < out.size(); ++s) {
    out[s] = is_rejected[s] && are_leads_good(quality, has_say, s, thresholds);
  }
  return out;
}

void set_moving_electrodes_aside(BeatSequence& beats, const StatementThresholds& thresholds) {
  beats.is_moving.assign(beats.is_untold.size(), false);
  for (const auto& [first, end] : stretches_of(beats.is_untold)) {
    double all = 0.0;
    double of_heart = 0.0;
    double slow_rest = 0.0;
    for (std::size_t s = first; s < std::min(end, beats.heart_shares.size()); ++s) {
      all += beats.heart_shares[s].all;
      of_heart += beats.heart_shares[s].of_heart;
      slow_rest += beats.heart_shares[s].slow_rest;
    }
    if (of_heart < thresholds.least_heart_share * all && slow_rest >= thresholds.least_slow_part * (all - of_heart)) {
      std::fill(beats.is_untold.begin() + static_cast<std::ptrdiff_t>(first),
                beats.is_untold.begin() + static_cast<std::ptrdiff_t>(end), false);
      std::fill(beats.is_moving.begin() + static_cast<std::ptrdiff_t>(first),
                beats.is_moving.begin() + static_cast<std::ptrdiff_t>(end), true);
    }
  }
}

void bridge_untold_seconds(BeatSequence& beats) {
  const auto is_rhythm = [&](std::size_t b) { return beats.type[b] != BeatType::ventricular && beats.counts(b); };
  const auto stretches = stretches_of(beats.is_untold);
  std::size_t b = 0;
  for (std::size_t i = 1; i < stretches.size(); ++i) {
    const std::size_t from = stretches[i - 1].second;
    const std::size_t until = stretches[i].first;
    bool has_rhythm = static_cast<double>(until - from) > longest_bridge_s;
    for (; b < beats.size() && beats.time_s(b) < static_cast<double>(until); ++b) {
      has_rhythm |= beats.time_s(b) >= static_cast<double>(from) && is_rhythm(b);
    }
    if (!has_rhythm) {
      std::fill(beats.is_untold.begin() + static_cast<std::ptrdiff_t>(from),
                beats.is_untold.begin() + static_cast<std::ptrdiff_t>(until), true);
    }
  }
}

void drop_last_second_with_beat(BeatSequence& beats) {
  const auto stretches = stretches_of(beats.is_untold);
  if (stretches.empty() || stretches.back().second != beats.is_untold.size() ||
      stretches.back().first + 1 != stretches.back().second) {
    return;
  }
  for (std::size_t b = beats.size(); b-- > 0 && beats.time_s(b) >= static_cast<double>(stretches.back().first);) {
    if (beats.type[b] != BeatType::ventricular) {
      beats.is_untold.back() = false;
    }
  }
}

void keep_told_stretches(const std::vector<bool>& is_rejected, std::vector<bool>& is_untold,
                         const StatementThresholds& t) {
  const std::size_t size = is_untold.size();
  const double shortest_s =
      static_cast<double>(size) <= t.short_recording_s ? t.untold_in_short_from_s : t.untold_from_s;
  for (const auto& [first, end] : stretches_of(is_untold)) {
    const bool breaks_a_rhythm = end == size && (first == 0 || !is_rejected[first - 1]);
    if (static_cast<double>(end - first) < (breaks_a_rhythm ? t.untold_at_end_from_s : shortest_s)) {
      std::fill(is_untold.begin() + static_cast<std::ptrdiff_t>(first),
                is_untold.begin() + static_cast<std::ptrdiff_t>(end), false);
    }
  }
}

void settle_untold_seconds(BeatSequence& beats, const StatementThresholds& thresholds) {
  set_moving_electrodes_aside(beats, thresholds);
  bridge_untold_seconds(beats);
  drop_last_second_with_beat(beats);
  keep_told_stretches(beats.is_rejected, beats.is_untold, thresholds);
  keep_told_stretches(beats.is_rejected, beats.is_moving, thresholds);
}

bool is_silent(const LeadSignals& signals, const StatementThresholds& thresholds, const Analysis& a) {
  const std::vector<bool>& rejected = a.beats.is_rejected;
  const auto num_heard = std::count(rejected.begin(), rejected.end(), false);
  return a.beats.sample.empty() && signals.duration_s() >= thresholds.long_pause_from_s &&
         2 * num_heard > std::ssize(rejected);
}

void say_silences(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  const double end_s = signals.duration_s();
  if (is_silent(signals, thresholds, a)) {
    a.statements.push_back({"no_beats_in_good_leads",
                            "No beats in good leads: the heart stands still, or the electrodes are not on a person",
                            fmt::format("no beat in {:.1f} s", end_s),
                            {},
                            {}});
    return;
  }
  const SilentEnds ends = silent_ends(a.beats.sample, a.beats.is_rejected, signals.rate_hz, end_s);
  if (ends.before_s >= thresholds.long_pause_from_s) {
    say_no_beats(0.0, ends.before_s, a);
  }
  if (ends.after_s >= thresholds.long_pause_from_s) {
    say_no_beats(end_s - ends.after_s, end_s, a);
  }
  std::vector<bool> is_untold = a.sequence.is_untold;
  if (is_untold.empty()) {  // too few beats for a sequence
    is_untold = untold_seconds(a.quality, a.beats.is_rejected, thresholds);
    keep_told_stretches(a.beats.is_rejected, is_untold, thresholds);
  }
  if (!a.says("cannot_say_beats") && !a.says("cannot_say_ventricles")) {
    say_where_beats_are_untold(is_untold, {"beats_untold_for", "Beats cannot be told apart for {} s in good leads"}, a);
    say_where_beats_are_untold(
        a.sequence.is_moving,
        {"cannot_say_moving_electrodes", "Beats cannot be told apart for {} s: the electrodes move, each by itself"},
        a);
  }
}

void say_possible_fibrillation(const LeadSignals& signals, Analysis& a) {
  if (a.swinging.empty()) {
    return;
  }
  const auto length = [](const SwingingStretch& stretch) { return stretch.until - stretch.from; };
  const SwingingStretch& longest = *std::ranges::max_element(a.swinging, {}, length);
  const auto seconds = [&](std::int64_t samples) { return static_cast<double>(samples) / signals.rate_hz; };
  std::vector<std::string> leads;
  std::ranges::transform(longest.leads, std::back_inserter(leads),
                         [&](std::size_t lead) { return signals.names[lead]; });
  a.statements.push_back(
      {"possible_ventricular_fibrillation",
       fmt::format("Possible ventricular fibrillation for {:.1f} s: look at the patient first",
                   seconds(length(longest))),
       fmt::format("from {:.1f} s to {:.1f} s {} of {} leads swing at {:.1f} Hz without a pause between the waves{}",
                   seconds(longest.from), seconds(longest.until), longest.leads.size(), longest.num_asked,
                   longest.frequency_hz,
                   a.swinging.size() == 1 ? std::string{}
                                          : fmt::format("; the longest of {} such stretches", a.swinging.size())),
       {},
       std::move(leads),
       seconds(longest.from)});
}

}  // namespace xingu::ecg
