// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ecg/statements.h"

namespace xingu::ecg {

/// Rhythm, pauses, pacing and ectopic beats, added to the analysis's statements. Needs its beats, waves, types and
/// measurements, of which those of P waves are forgotten beside a rhythm without. A paced rhythm without P waves says
/// nothing of the atria, and that is stated.
/// @pre the measurements have a rate
void say_rhythm(const StatementThresholds& thresholds, const PatientFacts& patient, Analysis& analysis);

/// Leaves nothing of P waves in the measurements.
void forget_p_waves(Measurements& measurements);

/// Pauses, a standstill between two beats, and a rate below any that is usual at any time.
void say_slowness(const StatementThresholds& thresholds, Analysis& analysis);

}  // namespace xingu::ecg
