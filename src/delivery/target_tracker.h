// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "delivery/cardiac_phase.h"
#include "delivery/correlation_model.h"
#include "delivery/plant.h"
#include "delivery/predictor.h"

namespace xingu {

/// What the session does about motion.
enum class MotionMode : std::uint8_t {
  ignore,  ///< the beam stays where it was planned
  gate,    ///< the beam stays and waits while the target is outside the gate
  track    ///< the head follows the target; the gate is about what remains
};
[[nodiscard]] std::string_view to_string(MotionMode mode) noexcept;
/// @throws InputError for another name
[[nodiscard]] MotionMode motion_mode_named(std::string_view name);

struct TrackingSettings {
  MotionMode mode = MotionMode::ignore;
  PredictorKind predictor = PredictorKind::best;
  double learning_s = 20.0;  ///< of marker samples before the session can be ready
  double image_interval_s = 10.0;
  double learning_image_interval_s = 1.5;
  std::optional<CardiacGate> cardiac_gate;
};

/// From marker samples and images to where the target is now and will be: the correlation model turns skin into target,
/// the predictor bridges the system's latency. One per session; no allocation after construction.
class TargetTracker {
 public:
  TargetTracker(const TrackingSettings& settings, const MachineDynamics& dynamics);

  /// Takes a step's sensors.
  void observe(const SensorFrame& frame) noexcept;

  /// Enough was learnt to treat.
  [[nodiscard]] bool is_ready() const noexcept;
  /// An image should be taken now.
  [[nodiscard]] bool wants_image(double now_s) const noexcept;
  void note_image_taken(double now_s) noexcept { last_request_s_ = now_s; }
  /// Time since the exposure of the newest fresh marker sample, s. A camera that repeats itself sends nothing fresh.
  [[nodiscard]] double marker_age_s(double now_s) const noexcept { return now_s - last_fresh_s_; }
  /// Distance of the last image from the model, mm.
  [[nodiscard]] double correlation_error_mm() const noexcept { return correlation_error_mm_; }
  /// The operator judged that the patient lies differently: images are taken again from the first.
  void learn_correlation_anew() noexcept {
    correlation_.forget_images();
    correlation_error_mm_ = 0.0;
  }
  /// The newest marker sample as the correlation model understands it.
  struct SeenTarget {
    bool is_new = false;           ///< came with the last observe()
    double time_s = 0.0;           ///< of exposure
    Vec3 position = Vec3::Zero();  ///< displacement of the target, mm, frame P
  };
  [[nodiscard]] const SeenTarget& seen() const noexcept { return seen_; }
  /// Predicted displacement of the target, mm, frame P.
  [[nodiscard]] Vec3 target(double time_s) const noexcept { return predictor_->predict(time_s); }
  /// Whether the heart is in the gate, as surely as the gate demands; true without a gate.
  [[nodiscard]] bool is_in_cardiac_gate(double now_s) const noexcept;
  [[nodiscard]] const CardiacPhase& cardiac_phase() const noexcept { return cardiac_phase_; }
  [[nodiscard]] const CorrelationModel& correlation() const noexcept { return correlation_; }

 private:
  void take_marker(const PositionSample& sample) noexcept;
  void take_image(const PositionSample& image) noexcept;
  struct MarkerState {
    Vec3 position = Vec3::Zero();
    Vec3 velocity = Vec3::Zero();
  };
  /// The marker at a past time, by interpolation between samples.
  [[nodiscard]] MarkerState marker_at(double time_s) const noexcept;

  TrackingSettings settings_;
  SensorSettings sensors_;
  double correlation_limit_mm_;
  CorrelationModel correlation_;
  std::unique_ptr<TargetPredictor> predictor_;
  SeenTarget seen_;
  struct Sample {
    double time_s = 0.0;
    Vec3 position = Vec3::Zero();
  };
  std::array<Sample, 128> history_{};
  std::uint64_t num_samples_ = 0;
  double first_sample_s_ = 0.0;
  double last_fresh_s_ = 0.0;
  double last_request_s_ = -1e9;
  double correlation_error_mm_ = 0.0;
  CardiacPhase cardiac_phase_;
};

}  // namespace xingu
