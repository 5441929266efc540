// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ecg/statements.h"

namespace xingu::ecg {

/// Conduction (AV, bundle branches, fascicles, axis), chamber enlargement, ST elevation and depression, QT, swapped
/// electrodes: what the representative beat shows, added to the analysis's statements. Where a block, pacing or a
/// missing lead hides what is asked for, that is stated instead ("cannot_say_st", …).
void say_morphology(const LeadSignals& signals, const PatientFacts& patient, const StatementThresholds& thresholds,
                    Analysis& analysis);

}  // namespace xingu::ecg
