// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// The step in which the heights of the coarsest lead are given, mV: the smallest change from one sample to the next.
/// Of a lead whose changes are all of one size nothing is known. 0 where no lead shows a step. Cost O(leads · samples).
[[nodiscard]] double amplitude_step_mv(const LeadSignals& signals);
/// The same of one lead, NaN where it was not measured.
[[nodiscard]] double amplitude_step_mv(std::span<const float> lead);

}  // namespace xingu::ecg
