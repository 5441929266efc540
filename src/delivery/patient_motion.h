// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "geometry/pose.h"

namespace xingu {

/// How a patient moves during a session: displacements in frame P, mm, relative to the planning CT, at any time of the
/// session. Implementations are immutable; calls neither allocate nor throw.
class PatientMotion {
 public:
  virtual ~PatientMotion() = default;
  /// Of the target.
  [[nodiscard]] virtual Vec3 target(double time_s) const noexcept = 0;
  /// Of the marker on the skin.
  [[nodiscard]] virtual Vec3 marker(double time_s) const noexcept = 0;
  /// Phase of the heart in [0, 1), 0 at the R wave.
  [[nodiscard]] virtual double cardiac_phase(double time_s) const noexcept = 0;
  /// For the record and the report: "breathing 12 mm, heart 4 mm, seed 1".
  [[nodiscard]] virtual std::string description() const = 0;
};

/// A patient made of breathing, heartbeat, drift and coughs.
struct MotionModel {
  double breathing_mm = 12.0;  ///< peak to peak along the patient's axis, mean
  double breathing_ap_mm = 4.0;
  double period_s = 4.0;           ///< of a breath, mean
  double period_variation = 0.10;  ///< standard deviation from breath to breath, relative
  double depth_variation = 0.10;   ///< the same of the depth
  double hysteresis_s = 0.15;      ///< the target follows the skin this late
  double marker_mm = 8.0;          ///< peak to peak of the skin, forwards
  double heart_mm = 0.0;           ///< peak to peak, leftwards
  double heart_rate_per_min = 70.0;
  double heart_variation = 0.03;
  double drift_mm_per_min = 0.0;  ///< of the target, downwards; the skin does not show it
  std::vector<double> coughs_s;   ///< times
  double cough_mm = 10.0;
  double duration_s = 3600.0;  ///< breaths and beats are drawn for this long and then repeat
};

/// Breaths follow sin⁴ (inflated_part), each with its own period and depth; the heart follows ejected_part; a cough is
/// a bump of a fifth of a second that target and skin share. Cost O(log breaths).
[[nodiscard]] std::unique_ptr<PatientMotion> make_model_motion(const MotionModel& model, std::uint64_t seed);

/// A recorded marker as the motion of both skin and target.
struct MotionTrace {
  std::vector<double> time_s;  ///< ascending from 0
  std::vector<Vec3> position;  ///< mm, as recorded
};

/// Reads "Frame;Timestamp;x;y;z" with decimal commas, ms and mm (the public traces of Krilavičius et al. 2015); rows of
/// zeros at the end are padding and left out, as are repeated times.
/// @throws InputError with file and line
[[nodiscard]] MotionTrace read_motion_trace(const std::filesystem::path& path);

/// The trace about its mean, times `gain`, as target; without gain as marker. Between samples a cubic (Catmull and Rom
/// 1974) runs; at its end the trace runs backwards, and so on. The heart beats at 70 a minute.
[[nodiscard]] std::unique_ptr<PatientMotion> make_trace_motion(MotionTrace trace, double gain, const std::string& name);

/// A patient who does not move.
[[nodiscard]] std::unique_ptr<PatientMotion> make_still_motion();

/// From a file: .csv a trace, .toml a model, or a trace with its gain (keys in docs/user/sessions.md).
[[nodiscard]] std::unique_ptr<PatientMotion> load_motion(const std::filesystem::path& path, std::uint64_t seed);

}  // namespace xingu
