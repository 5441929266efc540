// SPDX-License-Identifier: Apache-2.0
#include "ecg/cut_beats.h"

#include <algorithm>
#include <cmath>

namespace xingu::ecg {
namespace {

constexpr double before_s = 0.1;  // half a complex
constexpr double behind_s = 0.6;  // T wave

bool lacks_a_sample(const std::vector<float>& lead, std::int64_t from, std::int64_t until) {
  const std::int64_t size = std::ssize(lead);
  return std::any_of(lead.begin() + std::clamp<std::int64_t>(from, 0, size),
                     lead.begin() + std::clamp<std::int64_t>(until, 0, size), [](float mv) { return std::isnan(mv); });
}

}  // namespace

void forget_types_of_cut_beats(const LeadSignals& signals, std::span<const std::int64_t> beats,
                               std::vector<BeatType>& types) {
  for (std::size_t b = 0; b < types.size(); ++b) {
    if (!is_ectopic_beat(types[b])) {
      continue;
    }
    const std::int64_t from = beats[b] - std::llround(before_s * signals.rate_hz);
    const std::int64_t until = beats[b] + std::llround(behind_s * signals.rate_hz);
    const auto num = std::ranges::count_if(
        signals.mv, [&](const std::vector<float>& lead) { return lacks_a_sample(lead, from, until); });
    types[b] = 2 * num > std::ssize(signals.mv) ? BeatType::unknown : types[b];
  }
}

}  // namespace xingu::ecg
