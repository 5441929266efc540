// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// What the QRS detector sees: all leads reduced to one dimensionless curve in which a typical QRS complex peaks at 1.
///
/// Each lead is decimated to about 125 Hz, band-passed without phase shift, and its steepness taken as the root mean
/// square of its derivative over 100 ms. Dividing by the lead's level (the median over ±20 s of the largest steepness
/// in each 1.5 s) makes leads comparable; the weights favour leads whose steepness between the complexes is small.
struct QrsFeatures {
  double rate_hz = 0.0;
  std::size_t factor = 1;                  ///< input samples per feature sample
  std::vector<std::vector<float>> band;    ///< [lead][time] mV, band-passed
  std::vector<float> curve;                ///< [time] weighted steepness of all leads over their levels
  std::vector<std::vector<float>> level;   ///< [lead][grid] mV, steepness of a typical QRS complex
  std::vector<std::vector<float>> weight;  ///< [lead][grid] 0…1
  std::size_t grid_step = 1;               ///< feature samples per grid point

  [[nodiscard]] std::size_t grid_index(std::size_t time) const;
};

struct QrsBand {
  double low_hz = 7.0;
  double high_hz = 20.0;
  double steepness_s = 0.10;
};

/// Cost about 60 operations per input sample of a lead.
[[nodiscard]] QrsFeatures qrs_features(const LeadSignals& signals, const QrsBand& band = {});

}  // namespace xingu::ecg
