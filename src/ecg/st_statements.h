// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "ecg/statements.h"

namespace xingu::ecg {

/// ST elevation and depression by the fourth universal definition of myocardial infarction, with the depression in many
/// leads of a left main stem: added to the analysis's statements, or why ST is not judged ("cannot_say_st", …). Where
/// ST differs from beat to beat it is told only if it is beyond its limit by more than chance: three standard errors,
/// of fewer than eight beats more. Leads whose elevation is not are told to be raised perhaps
/// ("cannot_say_st_elevation"); those whose depression is not, and those in which an elevation could hide, are named
/// ("cannot_say_st_leads").
///
/// @param may_be_ventricular  then ST follows the complexes and says nothing
/// @param beats  that the measurements rest on
void say_st(bool may_be_ventricular, const std::vector<std::size_t>& beats, const PatientFacts& patient,
            const StatementThresholds& thresholds, Analysis& analysis);

}  // namespace xingu::ecg
