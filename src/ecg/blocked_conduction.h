// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ecg/statements.h"

namespace xingu::ecg {

/// Looks for blocked P waves where ventricles that are slow, uneven or without P waves before them give cause to, and
/// writes `av_block`; where P waves follow each other regularly whether complexes answer or not, no beat fibrillates.
/// Up to two minutes the longest stretch without a rejected second is judged, for a beat that was missed looks like one
/// that was blocked; longer recordings minute by minute.
/// @param analysis  of these signals, with everything but its conduction and its statements
void judge_av_block(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& analysis);

}  // namespace xingu::ecg
