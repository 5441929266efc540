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

/// The same where no pair is found, but half of the beats stand 40 ms or more from a middle about which the slopes'
/// squares spread by 70 ms or more (standard deviation, without noise): they were found at one end, where a part of the
/// complex is taken for a P wave. Own choices: LUDB 1-100 and QTDB spread by 53 ms at most, MIT-BIH (24 records) by 66
/// (paced beats of 102).
/// Cost O(leads · samples), and O(leads · beats · samples in 0.4 s) where beats are moved
void centre_wide_complexes(const LeadSignals& signals, QrsDetection& beats);

/// Very wide complexes at 90 and 100 per minute leave so little between them that the detector rejects their seconds,
/// as it does fibrillation of the ventricles. What is regular (each interval within 15 % of the median), no faster than
/// 120 per minute and alike from beat to beat (nine of ten beats correlate with their mean at 0.9) is not rejected, if
/// the slopes' squares spread by 55 ms or more. Own choices. Cost O(leads · samples) where a second is rejected.
void trust_wide_complexes(const LeadSignals& signals, QrsDetection& beats);

}  // namespace xingu::ecg
