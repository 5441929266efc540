// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/qrs_features.h"

namespace xingu::ecg {

/// One heartbeat found on all leads together.
struct QrsBeat {
  std::int64_t sample = 0;   ///< of the input, at the centre of the complex's steepness
  float evidence = 0.0F;     ///< log odds that this is a QRS complex, by shape and size alone
  float correlation = 0.0F;  ///< with the nearest template of the recording, −1…1
};

/// The detector's one setting. How it was chosen: docs/methods/ecg-detection.md.
struct QrsSettings {
  QrsBand band;
  double refractory_s = 0.2;
  double even_odds_size = 0.40;           ///< curve value at which size alone says nothing, at most
  double smallest_even_odds_size = 0.22;  ///< the same, at least
  double background_multiple = 2.0;       ///< of the candidates between the beats, for values in between
  double size_slope = 2.5;                ///< log odds per ln(size)
  double even_odds_correlation = 0.7;
  double shape_slope = 5.0;        ///< log odds per correlation
  double clean_weight = 0.5;       ///< weight of the best lead from which on the signal counts as clean
  double clean_shape_share = 0.3;  ///< of the shape's slope against a beat, in a clean signal
  double rhythm_weight = 0.8;      ///< of the penalty for unexpected RR intervals
};

/// QRS complexes of a stretch of ECG, looking both ways in time (offline).
///
/// First pass: local maxima of the features' curve are candidates, and the chain of candidates with the greatest sum
/// of log odds is taken by dynamic programming; log odds speak of size, and of each RR interval against the rhythm
/// around it. Templates are learnt from this chain's sure beats. Second pass: the same with each candidate's
/// correlation with the nearest template, and the first pass's RR intervals as the expected ones.
/// A stretch with no valid sample gives no beats. Cost O(n · leads).
[[nodiscard]] std::vector<QrsBeat> detect_qrs(const LeadSignals& signals, const QrsSettings& settings = {});

}  // namespace xingu::ecg
