// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "delivery/heart_sensor.h"

namespace xingu {

/// Phases of the heart in which the beam may be on, 0 at the R peak.
struct CardiacGate {
  double from = 0.5;  ///< in [0, 1); may pass through 1
  double to = 0.9;
  double confidence = 0.8;  ///< least probability that the heart is in the gate
};

/// The heart's phase now, from beats that are known late and intervals that vary. The interval that runs is normal with
/// the mean and the scatter of the past ones (both with exponential memory; an interval below half or above 1.7 times
/// the mean is a beat invented or missed and teaches nothing, but three of them in a row
/// are a new rhythm), given that it is longer than what would be known by now.
/// From it follow the mean phase, its standard deviation, and the probability of being in a gate. Nothing is known
/// while the sensor is blind, before three intervals, or when the beat is overdue. Plain data; O(1).
class CardiacPhase {
 public:
  void observe(const HeartReading& reading) noexcept;

  /// Enough beats were seen at some time to gate by them.
  [[nodiscard]] bool has_learnt() const noexcept { return has_learnt_; }
  struct Estimate {
    bool is_known = false;
    double phase = 0.0;  ///< [0, 1)
    double sd = 0.0;     ///< of the phase
  };
  [[nodiscard]] Estimate at(double time_s) const noexcept;
  /// That the phase is in the gate; 0 where nothing is known.
  [[nodiscard]] double probability_in(const CardiacGate& gate, double time_s) const noexcept;

 private:
  void learn(double interval_s) noexcept;
  [[nodiscard]] bool is_known(double time_s) const noexcept;
  /// That the running interval is longer than so many seconds, without regard to what is known.
  [[nodiscard]] double is_longer(double interval_s) const noexcept;
  [[nodiscard]] double spread_s() const noexcept;

  double last_beat_s_ = 0.0;
  bool has_beat_ = false;
  bool has_learnt_ = false;
  int num_intervals_ = 0;
  int num_strange_ = 0;  ///< intervals in a row that taught nothing
  double mean_s_ = 0.0;
  double variance_s2_ = 0.0;
  double beat_sd_s_ = 0.0;
  double latency_s_ = 0.0;
};

}  // namespace xingu
