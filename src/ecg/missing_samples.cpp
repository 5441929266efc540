// SPDX-License-Identifier: Apache-2.0
#include "ecg/missing_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace xingu::ecg {

std::vector<MissingStretch> missing_stretches(const LeadSignals& signals) {
  std::vector<MissingStretch> out;
  const auto size = static_cast<std::int64_t>(signals.num_samples());
  const auto is_missing = [&](std::int64_t i) {
    const auto num = std::ranges::count_if(
        signals.mv, [&](const std::vector<float>& lead) { return std::isnan(lead[static_cast<std::size_t>(i)]); });
    return 2 * num > std::ssize(signals.mv);
  };
  std::int64_t from = -1;  // of the stretch that goes on
  for (std::int64_t i = 0; i <= size; ++i) {
    const bool goes_on = i < size && is_missing(i);
    if (goes_on && from < 0) {
      from = i;
    } else if (!goes_on && from >= 0) {
      if (static_cast<double>(i - from) >= shortest_missing_s * signals.rate_hz) {
        out.push_back({from, i});
      }
      from = -1;
    }
  }
  return out;
}

std::vector<bool> missing_seconds(const std::vector<MissingStretch>& stretches, double rate_hz,
                                  std::size_t num_seconds) {
  std::vector<bool> out(num_seconds, false);
  const auto second_of = [&](std::int64_t sample) {
    return static_cast<std::size_t>(static_cast<double>(sample) / rate_hz);
  };
  for (const MissingStretch& stretch : stretches) {
    for (std::size_t s = second_of(stretch.from); s < num_seconds && s <= second_of(stretch.until - 1); ++s) {
      out[s] = true;
    }
  }
  return out;
}

void say_missing_samples(const LeadSignals& signals, Analysis& a) {
  const std::vector<MissingStretch> stretches = missing_stretches(signals);
  const auto length = [](const MissingStretch& stretch) { return stretch.until - stretch.from; };
  std::int64_t sum = 0;
  for (const MissingStretch& stretch : stretches) {
    sum += length(stretch);
  }
  if (stretches.empty() || sum == static_cast<std::int64_t>(signals.num_samples())) {
    return;
  }
  const MissingStretch& longest = *std::ranges::max_element(stretches, {}, length);
  const auto seconds = [&](std::int64_t samples) { return static_cast<double>(samples) / signals.rate_hz; };
  a.statements.push_back(
      {"samples_missing",
       fmt::format("Nothing was recorded for {:.1f} s: what is said holds for the rest", seconds(sum)),
       fmt::format(
           "most leads have no samples from {:.1f} s to {:.1f} s{}", seconds(longest.from), seconds(longest.until),
           stretches.size() == 1 ? std::string{} : fmt::format(", the longest of {} such stretches", stretches.size())),
       {},
       {}});
}

}  // namespace xingu::ecg
