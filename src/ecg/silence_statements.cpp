// SPDX-License-Identifier: Apache-2.0
#include "ecg/silence_statements.h"

#include <fmt/format.h>

#include <algorithm>

#include "ecg/long_gaps.h"

namespace xingu::ecg {
namespace {

/// Most leads are good in this second. What moves in them may be small: fine fibrillation of the ventricles is.
bool are_leads_good(const SignalQuality& quality, std::size_t second, const StatementThresholds& t) {
  const auto num = std::ranges::count_if(quality.leads, [&](const std::vector<LeadSecond>& lead) {
    return second < lead.size() && lead[second].is_good();
  });
  return static_cast<double>(num) >= t.good_leads_from * static_cast<double>(quality.leads.size());
}

struct Seconds {
  std::size_t from = 0;
  std::size_t until = 0;
};

/// Stretches of rejected seconds in which leads are good, [from, until).
std::vector<Seconds> untold_stretches(const Analysis& a, const StatementThresholds& t) {
  std::vector<Seconds> out;
  std::size_t begin = 0;
  const std::vector<bool> is_untold = untold_seconds(a.quality, a.beats.is_rejected, t);
  for (std::size_t s = 0; s <= is_untold.size(); ++s) {
    if (s < is_untold.size() && is_untold[s]) {
      continue;
    }
    if (static_cast<double>(s - begin) >= t.untold_from_s) {
      out.push_back({begin, s});
    }
    begin = s + 1;
  }
  return out;
}

void say_no_beats(double from_s, double until_s, Analysis& a) {
  a.statements.push_back({"no_beats_for",
                          fmt::format("No beats for {:.1f} s in good leads", until_s - from_s),
                          fmt::format("from {:.1f} s to {:.1f} s", from_s, until_s),
                          {},
                          {}});
}

}  // namespace

std::vector<bool> untold_seconds(const SignalQuality& quality, const std::vector<bool>& is_rejected,
                                 const StatementThresholds& thresholds) {
  std::vector<bool> out(is_rejected.size());
  for (std::size_t s = 0; s < out.size(); ++s) {
    out[s] = is_rejected[s] && are_leads_good(quality, s, thresholds);
  }
  return out;
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
  const std::vector<Seconds> untold = untold_stretches(a, thresholds);
  if (!untold.empty() && !a.says("cannot_say_beats") && !a.says("cannot_say_ventricles")) {
    const Seconds longest =
        *std::ranges::max_element(untold, {}, [](const Seconds& stretch) { return stretch.until - stretch.from; });
    a.statements.push_back(
        {"beats_untold_for",
         fmt::format("Beats cannot be told apart for {} s in good leads", longest.until - longest.from),
         fmt::format(
             "from {} s to {} s{}", longest.from, longest.until,
             untold.size() == 1 ? std::string{} : fmt::format(", the longest of {} such stretches", untold.size())),
         {},
         {}});
  }
}

}  // namespace xingu::ecg
