// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ecg/statements.h"

namespace xingu::ecg {

/// Says which stimuli of a pacemaker no complex answers, with their times.
/// @param rate_hz  of the samples in analysis.capture
void say_capture(double rate_hz, Analysis& analysis);

/// Where beats could not be told, so that no stimulus could be judged, says that there are stimuli.
void say_unjudged_stimuli(Analysis& analysis);

}  // namespace xingu::ecg
