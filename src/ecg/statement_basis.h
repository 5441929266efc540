// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ecg/statements.h"

namespace xingu::ecg {

/// The leads that have a signal in most of their seconds, without the useless ones.
/// @param useless  numbers of leads
[[nodiscard]] std::vector<std::string> heard_leads(const LeadSignals& signals, const SignalQuality& quality,
                                                   std::span<const std::size_t> useless);

/// Adds the statement that names the leads without measurements, with what is wrong with them.
void say_what_is_not_measured(const LeadSignals& signals, Analysis& analysis);

/// Gives each statement that names none the beats and leads that it rests on: a fibrillation the beats in it, a rhythm
/// those that are not ectopic, else all outside rejected seconds; and the leads that have a signal.
void name_what_statements_rest_on(const LeadSignals& signals, Analysis& analysis);

}  // namespace xingu::ecg
