// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecg/beat_types.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// What is left of a beat that missing samples cut looks like an ectopic one: it has no class. A beat is cut where more
/// than half of the leads lack a sample from 0.1 s before to 0.6 s behind it.
/// @param signals  with NaN where nothing was measured
/// @param types    [beat] changed
void forget_types_of_cut_beats(const LeadSignals& signals, std::span<const std::int64_t> beats,
                               std::vector<BeatType>& types);

}  // namespace xingu::ecg
