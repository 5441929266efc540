// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ecg/statements.h"

namespace xingu::ecg {

/// What is said of pauses of a regular sinus rhythm in which no P wave stands: `sinoatrial_block` where one lasts two
/// or three of its intervals, so that the node seems to go on unheard, else `sinus_pause`. Nothing where the beats
/// about the pause are not the sinus node's, their intervals are uneven, or a wave of half the usual P wave's height is
/// in the pause: an early P wave that no complex answers hides in a T wave.
///
/// A wave's height is the largest departure of a sample from the middle of those 60 ms before and behind it, root mean
/// square over the leads; from the usual complex to where the next P wave stands in other intervals the mean of those
/// is taken off first, so that T and U waves are none. Cost O(leads · intervals · samples of one).
/// @param analysis  of these signals, whose rhythm and pauses have been said
void say_sinus_pauses(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& analysis);

}  // namespace xingu::ecg
