// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ecg/statements.h"

namespace xingu::ecg {

/// The leads that have a signal in most of their seconds.
[[nodiscard]] std::vector<std::string> heard_leads(const LeadSignals& signals, const SignalQuality& quality);

/// Adds the statement that names the leads without measurements, with what is wrong with them.
void say_what_is_not_measured(const LeadSignals& signals, Analysis& analysis);

/// Gives each statement that names none the beats and leads that it rests on: a fibrillation the beats in it, a rhythm
/// those that are not ectopic, else all outside rejected seconds; and the leads that have a signal.
void name_what_statements_rest_on(const LeadSignals& signals, Analysis& analysis);

}  // namespace xingu::ecg
