// SPDX-License-Identifier: Apache-2.0
#include "ecg/missing_samples.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr double told_part = 0.05;  // of the recording, lost in short losses alone: own choice

/// Leads that lack less than nine tenths of their samples, or all leads: an electrode that is off is no loss.
std::vector<const std::vector<float>*> recorded_leads(const LeadSignals& signals) {
  std::vector<const std::vector<float>*> all;
  std::vector<const std::vector<float>*> recorded;
  for (const std::vector<float>& lead : signals.mv) {
    const auto num = std::ranges::count_if(lead, [](float x) { return std::isnan(x); });
    all.push_back(&lead);
    if (10 * num < 9 * std::ssize(lead)) {
      recorded.push_back(&lead);
    }
  }
  return recorded.empty() ? all : recorded;
}

/// All that most of the recorded leads lack, however short, ascending.
std::vector<MissingStretch> all_losses(const LeadSignals& signals) {
  std::vector<MissingStretch> out;
  const auto size = static_cast<std::int64_t>(signals.num_samples());
  const std::vector<const std::vector<float>*> leads = recorded_leads(signals);
  const auto is_missing = [&](std::int64_t i) {
    const auto num = std::ranges::count_if(
        leads, [&](const std::vector<float>* lead) { return std::isnan((*lead)[static_cast<std::size_t>(i)]); });
    return 2 * num > std::ssize(leads);
  };
  std::int64_t from = -1;  // of the stretch that goes on
  for (std::int64_t i = 0; i <= size; ++i) {
    const bool goes_on = i < size && is_missing(i);
    if (goes_on && from < 0) {
      from = i;
    } else if (!goes_on && from >= 0) {
      out.push_back({from, i});
      from = -1;
    }
  }
  return out;
}

/// Leads that were recorded in nine tenths of some stretches all the same.
std::vector<std::string> leads_that_tell(const LeadSignals& signals, const std::vector<MissingStretch>& stretches) {
  std::vector<std::string> out;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const std::vector<float>& x = signals.mv[lead];
    std::int64_t num_lost = 0;
    std::int64_t num = 0;
    for (const MissingStretch& stretch : stretches) {
      num_lost +=
          std::count_if(x.begin() + stretch.from, x.begin() + stretch.until, [](float mv) { return std::isnan(mv); });
      num += stretch.until - stretch.from;
    }
    if (10 * num_lost <= num) {
      out.push_back(signals.names[lead]);
    }
  }
  return out;
}

std::int64_t length(const MissingStretch& stretch) { return stretch.until - stretch.from; }

std::int64_t sum_of(const std::vector<MissingStretch>& stretches) {
  std::int64_t sum = 0;
  for (const MissingStretch& stretch : stretches) {
    sum += length(stretch);
  }
  return sum;
}

bool is_long(const MissingStretch& stretch, double rate_hz) {
  return static_cast<double>(length(stretch)) >= shortest_missing_s * rate_hz;
}

std::vector<MissingStretch> long_ones(std::vector<MissingStretch> losses, double rate_hz) {
  std::erase_if(losses, [&](const MissingStretch& loss) { return !is_long(loss, rate_hz); });
  return losses;
}

std::int64_t longest_short(const std::vector<MissingStretch>& losses, double rate_hz) {
  std::int64_t longest = 0;
  for (const MissingStretch& loss : losses) {
    longest = is_long(loss, rate_hz) ? longest : std::max(longest, length(loss));
  }
  return longest;
}

}  // namespace

std::vector<MissingStretch> missing_stretches(const LeadSignals& signals) {
  return long_ones(all_losses(signals), signals.rate_hz);
}

std::vector<bool> missing_seconds(const std::vector<MissingStretch>& stretches, double rate_hz,
                                  std::size_t num_seconds) {
  std::vector<bool> out(num_seconds, false);
  for (const MissingStretch& stretch : stretches) {
    const std::size_t last = second_of(stretch.until - 1, rate_hz);
    for (std::size_t s = second_of(stretch.from, rate_hz); s < num_seconds && s <= last; ++s) {
      out[s] = true;
    }
  }
  return out;
}

void say_missing_samples(const LeadSignals& signals, Analysis& a) {
  const std::vector<MissingStretch> losses = all_losses(signals);
  const std::vector<MissingStretch> stretches = long_ones(losses, signals.rate_hz);
  const std::int64_t sum = sum_of(losses);
  const auto size = static_cast<std::int64_t>(signals.num_samples());
  const std::int64_t in_short = sum - sum_of(stretches);
  const bool are_short_told = static_cast<double>(in_short) >= told_part * static_cast<double>(size);
  if ((stretches.empty() && !are_short_told) || sum == size) {
    return;
  }
  const auto seconds = [&](std::int64_t samples) { return static_cast<double>(samples) / signals.rate_hz; };
  const MissingStretch& longest = *std::ranges::max_element(losses, {}, length);
  std::string reason;
  if (!stretches.empty()) {
    reason = fmt::format(
        "most leads have no samples from {:.1f} s to {:.1f} s{}", seconds(longest.from), seconds(longest.until),
        stretches.size() == 1 ? std::string{} : fmt::format(", the longest of {} such stretches", stretches.size()));
  }
  if (are_short_told) {
    reason += fmt::format("{}{} losses of up to {:.0f} ms, {:.1f} s in all, on most leads", reason.empty() ? "" : "; ",
                          losses.size() - stretches.size(), 1000.0 * seconds(longest_short(losses, signals.rate_hz)),
                          seconds(in_short));
  }
  const double lost_s = seconds(are_short_told ? sum : sum - in_short);
  if (std::vector<std::string> others = leads_that_tell(signals, are_short_told ? losses : stretches);
      !others.empty()) {
    a.statements.push_back({"samples_missing_in_leads",
                            fmt::format("Most leads recorded nothing for {:.1f} s: what is said of that time rests on "
                                        "{} alone",
                                        lost_s, fmt::join(others, ", ")),
                            std::move(reason),
                            {},
                            std::move(others),
                            seconds(longest.from)});
    return;
  }
  a.statements.push_back({"samples_missing",
                          fmt::format("Nothing was recorded for {:.1f} s{}: what is said holds for the rest", lost_s,
                                      stretches.empty() ? " in all" : ""),
                          std::move(reason),
                          {},
                          {},
                          seconds(longest.from)});
}

}  // namespace xingu::ecg
