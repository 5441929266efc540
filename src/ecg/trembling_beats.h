// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecg/beat_types.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// What is left of a tremor makes a complex look like another. No limb's electrode changes what the chest leads show
/// against their mean: in seconds out of which a tremor was taken a ventricular or fusion beat has no type where that
/// is as of the normal beats (a correlation of 0.9 at least over ±90 ms, as of complexes of one shape), and neither has
/// any ectopic beat where it is less than a quarter as large, for nothing but the limbs made it. Cost O(such beats ·
/// leads · 180 ms · shifts).
/// @param signals       without the tremor as far as it could be taken out
/// @param beats         samples of the complexes
/// @param is_trembling  [second]
/// @param types         [beat]
void forget_types_of_trembling_beats(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                     const std::vector<bool>& is_trembling, std::vector<BeatType>& types);

}  // namespace xingu::ecg
