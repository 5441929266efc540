// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/limb_tremor.h"

namespace xingu::ecg {

/// Takes the tremor of limbs out of those stretches of ten seconds of a long signal that may have one, with the stretch
/// before and behind them (find_limb_tremor()). A stretch may have one where electrodes of limbs explain, by limits
/// somewhat looser than the rule's, what differs from one beat to the next on the averaged-down leads, or from one
/// second to the next where there are few beats, and where that is high enough.
/// Cost of a signal without tremor O(leads · samples + leads² · samples / 8).
/// @param signals  NaN where nothing was measured
/// @param beats    samples of the complexes
/// @return         [second] out of which a tremor was taken; empty where there was none
[[nodiscard]] std::vector<bool> take_out_tremors(LeadSignals& signals, std::span<const std::int64_t> beats,
                                                 const TremorRule& rule);

}  // namespace xingu::ecg
