// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "delivery/machine_dynamics.h"
#include "dose/machine_file.h"
#include "dose/treatment_plan.h"

namespace xingu {

/// Positions of the room axes, degrees. Gantry angles are unwound: where the gantry can turn through 360° it may count
/// beyond it.
using AxisPositions = std::array<double, num_room_axes>;

/// A treatment plan laid out for delivery: where the axes go, by which way, and the cumulative MU at which each segment
/// ends. One fraction. Immutable; the loop reads it without allocation.
class DeliveryPlan {
 public:
  struct Beam {
    int number = 0;
    std::string name;
    AxisPositions axes{};
    std::size_t first_waypoint = 0;
    std::size_t num_waypoints = 0;  ///< the last one is `axes`
    std::size_t first_segment = 0;
    std::size_t num_segments = 0;
    double mu = 0.0;
    /// Of the leaves in the isocentre's plane, against the plane of the machine's nominal source distance, in which its
    /// leaf speed is stated.
    double magnification = 1.0;
  };

  /// @throws InputError in one sentence if the machine cannot deliver the plan: angles, ways between them, leaves, MU
  DeliveryPlan(const TreatmentPlan& plan, const MachineDescription& machine);

  [[nodiscard]] std::span<const Beam> beams() const noexcept { return beams_; }
  [[nodiscard]] std::span<const AxisPositions> waypoints(const Beam& beam) const noexcept {
    return std::span(waypoints_).subspan(beam.first_waypoint, beam.num_waypoints);
  }
  /// Leaves of a segment, [2 · num_pairs]: bank X1, then X2; mm.
  [[nodiscard]] std::span<const double> leaves(const Beam& beam, std::size_t segment) const noexcept {
    return std::span(leaves_).subspan((beam.first_segment + segment) * num_leaves_, num_leaves_);
  }
  /// MU of the beam when the segment is finished.
  [[nodiscard]] double mu_after(const Beam& beam, std::size_t segment) const noexcept {
    return mu_after_[beam.first_segment + segment];
  }
  [[nodiscard]] std::size_t num_leaves() const noexcept { return num_leaves_; }
  [[nodiscard]] double mu() const noexcept;
  /// Of all that is delivered, so that a record can tell whether it belongs to this plan.
  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

 private:
  void add_beam(const PlannedBeam& beam, const MachineDescription& machine, AxisPositions& from);
  void add_segments(const PlannedBeam& beam, const MachineDescription& machine);

  std::vector<Beam> beams_;
  std::vector<AxisPositions> waypoints_;
  std::vector<double> leaves_;
  std::vector<double> mu_after_;
  std::size_t num_leaves_ = 0;
  std::uint64_t hash_ = 0;
};

/// A way between two positions that keeps out of the machine's forbidden sectors, whatever the axes' relative speed:
/// directly, or with the couch at 0 while the gantry turns. Empty where there is none.
[[nodiscard]] std::vector<AxisPositions> way_between(const RoomLimits& room, const AxisPositions& from,
                                                     const AxisPositions& to);

}  // namespace xingu
