// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "delivery/patient_motion.h"
#include "delivery/predictor.h"
#include "support/test_paths.h"

namespace xingu::test {

/// Eighteen real traces of markers on the chest (Krilavičius et al. 2015): six recordings of three markers, 10 Hz.
struct RespirationTrace {
  std::string recording;  ///< its date and time
  MotionTrace motion;
};

inline constexpr double respiration_period_s = 0.1;
inline constexpr double respiration_training_s = 20.0;
inline constexpr std::array<std::size_t, 3> respiration_horizons{1, 2, 4};  // samples: 100, 200 and 400 ms

/// Empty where there are no shared data. In the order of their names.
inline std::vector<RespirationTrace> respiration_traces() {
  const std::filesystem::path folder = shared_dir() / "data" / "respiration";
  std::vector<std::filesystem::path> paths;
  if (!shared_dir().empty() && std::filesystem::exists(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".csv") {
        paths.push_back(entry.path());
      }
    }
  }
  std::ranges::sort(paths);
  std::vector<RespirationTrace> traces;
  for (const auto& path : paths) {
    traces.push_back({path.filename().string().substr(0, 12), read_motion_trace(path)});
  }
  return traces;
}

/// What a predictor says, sample by sample, about the sample `ahead` from the samples before it; mm.
inline std::vector<Vec3> predictions(const MotionTrace& trace, TargetPredictor& predictor, std::size_t ahead) {
  std::vector<Vec3> result;
  for (std::size_t i = 0; i + ahead < trace.time_s.size(); ++i) {
    predictor.add(trace.time_s[i], trace.position[i]);
    result.push_back(predictor.predict(trace.time_s[i] + respiration_period_s * static_cast<double>(ahead)));
  }
  return result;
}

/// 3-D root mean square error of such predictions after the training time, mm.
inline double prediction_error(const MotionTrace& trace, const std::vector<Vec3>& predicted, std::size_t ahead) {
  double sum = 0.0;
  int count = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    if (trace.time_s[i] >= respiration_training_s) {
      sum += (predicted[i] - trace.position[i + ahead]).squaredNorm();
      ++count;
    }
  }
  return std::sqrt(sum / count);
}

}  // namespace xingu::test
