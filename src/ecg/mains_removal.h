// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "ecg/lead_signals.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// Takes mains out of all leads where assess_quality() finds it on some lead in some second: the sine of 50 or 60 Hz,
/// whichever is larger, at the frequency that it is found to have within half a hertz, with the amplitude and phase
/// that it has in the second about each sample, complexes left out. Unlike a notch filter it leaves no ringing beside a
/// complex. What changes within less than a second stays.
///
/// @param quality  of these signals
/// @param beats    samples of the complexes
/// @return         whether there was mains. Cost O(leads · samples)
bool remove_mains(LeadSignals& signals, const SignalQuality& quality, std::span<const std::int64_t> beats);

}  // namespace xingu::ecg
