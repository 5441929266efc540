// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ecg/statements.h"

namespace xingu::ecg {

/// Conduction (AV, bundle branches, fascicles, axis), chamber enlargement, ST elevation and depression, QT, swapped
/// electrodes: what the representative beat shows, added to the analysis's statements. Where a block, pacing or a
/// missing lead hides what is asked for, that is stated instead ("cannot_say_st", …).
void say_morphology(const LeadSignals& signals, const PatientFacts& patient, const StatementThresholds& thresholds,
                    Analysis& analysis);

/// "QRS 90 ms" of the representative beat; where most complexes are wider than that, theirs as well.
/// @pre the representative beat has a QRS complex
[[nodiscard]] std::string qrs_words(const Analysis& analysis);

}  // namespace xingu::ecg
