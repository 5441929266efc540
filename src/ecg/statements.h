// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ecg/delineation.h"
#include "ecg/measurements.h"
#include "ecg/qrs_detector.h"
#include "ecg/record.h"
#include "ecg/signal_quality.h"
#include "ecg/statement_thresholds.h"

namespace xingu::ecg {

/// What is said of a recording, and why.
struct Statement {
  std::string code;    ///< "sinus_rhythm", "atrial_fibrillation", "cannot_say", …
  std::string text;    ///< for people
  std::string reason;  ///< the numbers, beats and leads it rests on
};

/// Everything that is found out about a recording.
struct Analysis {
  SignalQuality quality;
  QrsDetection beats;
  Delineation waves;
  Measurements measurements;
  std::vector<Statement> statements;
};

/// Quality, beats, waves, measurements and statements of a recording held whole. Where the signal does not allow a
/// statement there is one with the code "cannot_say", and no number. Cost O(leads · samples).
[[nodiscard]] Analysis analyse(const LeadSignals& signals, const PatientFacts& patient,
                               const StatementThresholds& thresholds);

/// Median of |RR(i+1) − RR(i)| over the mean RR of the intervals between beats outside rejected seconds; 0 for fewer
/// than three intervals. `rate_hz` is that of the beats' samples.
[[nodiscard]] double rr_irregularity(const QrsDetection& beats, double rate_hz);

}  // namespace xingu::ecg
