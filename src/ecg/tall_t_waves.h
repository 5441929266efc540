// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ecg/lead_signals.h"
#include "ecg/qrs_detector.h"

namespace xingu::ecg {

/// Takes T waves that are as tall as complexes, as with much potassium in the blood, out of the beats; a detector that
/// sees heights takes some or all of them for beats, and the rhythm for extrasystoles, bigeminy or twice the rate. Such
/// a T wave follows its complex after 0.18 to 0.40 s, always after the same time (50 ms), is less steep over 20 ms than
/// 0.75 of it, and has no T wave behind it: within 0.16 to 0.36 s no change over 40 ms reaches 0.15 of its own. An
/// extrasystole that comes as early has a T wave of its own; in a fast heart, whose next complex leaves less than 0.08
/// s to look for it, nothing is taken out. And four of five complexes have a wave of 0.6 of its size at that place,
/// whether it was taken for a beat or not. All of this on the median lead.
/// @param beats  of these signals; `tall_t` says which were taken out
void take_out_tall_t_waves(const LeadSignals& signals, QrsDetection& beats);

}  // namespace xingu::ecg
