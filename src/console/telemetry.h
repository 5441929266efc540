// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "delivery/delivery_plan.h"
#include "delivery/record_format.h"
#include "delivery/session_table.h"

namespace xingu::console {

inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// What the console shows of one moment of a session: plain numbers, filled by the control loop or from a record.
struct Telemetry {
  double t_s = 0.0;
  std::int64_t published_ns = 0;  ///< monotonic clock; 0 of a record
  SessionState state = SessionState::idle;
  bool is_beam_on = false;
  std::uint16_t beam = 0;
  std::uint16_t segment = 0;
  AxisPositions axes_deg{};
  AxisPositions goal_deg{};
  Vec3 stage_mm = Vec3::Zero();
  Vec3 target_mm = Vec3::Zero();
  Vec3 marker_mm = Vec3::Constant(unknown);
  double gate_mm = unknown;
  double cardiac_phase = unknown;  ///< as the controller estimates it
  double cardiac_gate = unknown;   ///< 1 open, 0 shut
  double beam_mu = 0.0;
  double beam_mu_2 = unknown;
  double given_mu = 0.0;
  double dose_rate_mu_per_min = 0.0;
  double clearance_mm = unknown;  ///< as it is watched
  int nearest_pair = -1;          ///< what it is of: ClearanceSource::pairs(); −1: not known
  std::uint32_t active = 0;
  std::uint32_t latched = 0;
  int first_out = -1;
  double console_age_ms = 0.0;
  std::uint64_t num_late = 0;
  double worst_late_ms = 0.0;
  std::uint64_t num_steps = 0;
  std::uint64_t record_bytes = 0;  ///< that the record has
  std::vector<float> leaves_mm;
};

/// A column of the binary frames.
struct Channel {
  std::string name;
  std::string unit;
  double lo = 0.0;  ///< what it can be, for drawing
  double hi = 0.0;
};

/// An axis of the machine's own kinematics, as the page moves its picture.
struct JointChannel {
  std::string name;
  bool is_turning = true;
  double lo = 0.0;  ///< deg or mm
  double hi = 0.0;
};

/// The axis values of the machine in the postures that reach each beam, deg or mm. Between two beams they run straight
/// from one to the next, in step with the session's axes.
struct PostureTable {
  std::vector<JointChannel> joints;
  std::vector<double> home;                   ///< [joints]
  std::vector<std::vector<double>> of_beams;  ///< [beams][joints]; an empty row repeats the one before

  /// @param goal_deg  axes of each beam as the session drives them
  [[nodiscard]] std::vector<double> at(std::span<const DeliveryPlan::Beam> beams, std::size_t beam,
                                       const AxisPositions& axes_deg) const;
};

/// What the frames of one session hold, in which order, and how they are written: `u32 seq, u32 n, f64 t_s, f32[n]`,
/// little-endian. Immutable; the plan must outlive it.
class ChannelTable {
 public:
  ChannelTable(const DeliveryPlan& plan, PostureTable postures);

  [[nodiscard]] std::span<const Channel> channels() const { return channels_; }
  [[nodiscard]] const PostureTable& postures() const { return postures_; }
  [[nodiscard]] std::string frame(const Telemetry& telemetry, std::uint32_t seq, std::int64_t now_ns) const;

 private:
  const DeliveryPlan* plan_;
  PostureTable postures_;
  std::vector<Channel> channels_;
};

/// A moment of a record. What a record does not hold, or names in its own way, is unknown.
/// @param leaves  as last recorded before
[[nodiscard]] Telemetry telemetry_of(std::uint64_t step, const record::StateEntry& state,
                                     std::span<const float> leaves);

}  // namespace xingu::console
