// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "ecg/lead_signals.h"
#include "ecg/representative_beat.h"

namespace xingu::ecg {

/// How high a P wave may be that was not found before the representative beat, mV, root mean square over the leads as
/// the delineator's limit of 20 µV: the largest departure of 20 ms from a straight line across the time in which it
/// would stand, and two standard errors of it from beat to beat.
/// @param signals  that the beat is the mean of
/// @param begin, end  indices of the beat: where the T wave before has ended, and the complex's onset
/// @return infinite where less than 120 ms are left to see it in, or fewer than four beats. Cost O(leads · beats)
[[nodiscard]] double largest_hidden_p_mv(const LeadSignals& signals, const RepresentativeBeat& beat, std::size_t begin,
                                         std::size_t end);

/// The same in words, as the reason why a P wave may be there that is not seen.
/// @param limit_mv  up to which a P wave counts as excluded
[[nodiscard]] std::string hidden_text(double hidden_mv, double limit_mv);

}  // namespace xingu::ecg
