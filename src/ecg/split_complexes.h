// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ecg/lead_signals.h"
#include "ecg/qrs_detector.h"

namespace xingu::ecg {

/// Very wide complexes, above some 220 ms as much potassium makes them, are steep where they begin and where they end:
/// a detector that looks for what is steep finds some twice, 0.2 s apart, and others at one of their two ends. Where a
/// fifth of the beats, and two at least, are the second of such a pair (up to 0.26 s apart and 0.4 s away from any
/// other, which no two beats of a heart are: the first leaves the ventricles refractory), every beat is put where the
/// middle of its slopes' squares within 0.2 s is, all leads together, and what then stands within 0.2 s is one. Own
/// choices; MIT-BIH (24 records), LUDB 1-100 and QTDB have no more than one such pair in a record.
///
/// @param beats  of these signals. Cost O(beats) without pairs, else O(leads · beats · samples in 0.4 s).
void join_split_complexes(const LeadSignals& signals, QrsDetection& beats);

}  // namespace xingu::ecg
