// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "console/treatment_room.h"
#include "delivery/clearance.h"

namespace xingu {

/// Live clearance from the machine's own model: the distances of its parts, the patient among them, at the axis values
/// that it has now.
///
/// A session drives gantry, couch, collimator and pitch; the machine's own axes follow on the certified path from beam
/// to beam, in step with the session's axis that has most of its way left. For each stretch of the path a lower bound
/// on every distance in it is known beforehand: the distance in its middle less the most by which the pair of parts can
/// come nearer within half the stretch (StraightMove). Stretches are so short that this is at most 1 mm or 2 % of the
/// distance. The clearance is the least of the stretches from where the machine is to where it can come to rest if it
/// is told to brake at the next answer, less what an axis can have moved that ought to stand or is beyond its goal.
/// Gaps between hardware, of which the machine keeps 10 mm where it keeps 30 mm to the patient, count threefold, so
/// that one threshold serves both. Of what is farther than 500 mm no more is said.
///
/// Immutable; safe to share.
class MachineClearance final : public ClearanceSource {
 public:
  /// @param path  through the plan's beams in their order (path_in_order)
  /// Cost: some 10 ms an approach; shared out over the cores.
  MachineClearance(const CollisionWorld& world, const TreatmentMachine& machine, const BeamPath& path,
                   const DeliveryPlan& plan, const MachineDynamics& dynamics);

  /// Cost: 1 µs.
  [[nodiscard]] ClearanceReading read(const AxisPositions& axes, const AxisErrand& errand) const noexcept override;
  [[nodiscard]] std::span<const WatchedPair> pairs() const noexcept override { return pairs_; }

  /// The machine's own axis values, rad or mm, that the session's axes stand for.
  [[nodiscard]] std::vector<double> posture(const AxisPositions& axes, const AxisErrand& errand) const;

 private:
  /// A stretch of a way: all of some pairs are at least so far apart everywhere in it.
  struct Stretch {
    double end = 1.0;  ///< part of the way at which the next begins
    double distance_mm = 500.0;
    int pair = -1;  ///< that comes nearest
  };
  /// The way to a beam. Its parts count from 0, where it begins, to 1.
  struct Approach {
    AxisPositions start{};  ///< of the session's axes, deg
    AxisPositions goal{};
    std::vector<PathLeg> legs;
    std::vector<double> ends;          ///< of the legs, as parts of the whole by their durations
    std::vector<Stretch> to_patient;   ///< of pairs with the patient
    std::vector<Stretch> of_hardware;  ///< and of all others

    [[nodiscard]] std::vector<double> values_at(double part) const;
  };
  /// Where on its way the machine is.
  struct Extent {
    double from = 1.0;       ///< part of the approach now
    double to = 1.0;         ///< and where it can come to rest
    double astray_mm = 0.0;  ///< by which axes can have moved parts off the path
  };
  class Survey;
  [[nodiscard]] static Approach approach_of(const std::vector<PathLeg>& legs, const std::vector<double>& from);
  static void survey(const CollisionWorld& world, const MoveCheck& check, Approach& approach);
  [[nodiscard]] const Approach& approach_to(const AxisErrand& errand) const noexcept;
  [[nodiscard]] Extent extent(const Approach& approach, const AxisPositions& axes) const noexcept;

  std::vector<Approach> approaches_;           ///< from the beam before
  std::vector<Approach> from_home_;            ///< by those with which a session begins, or goes on
  std::vector<WatchedPair> pairs_;             ///< of the world
  std::array<double, num_room_axes> reach_{};  ///< what a degree of an axis moves at most, mm
  std::array<AxisDynamics, num_room_axes> axes_;
};

/// A plan laid out for delivery, and what watches the clearance while it is given.
struct WatchedPlan {
  DeliveryPlan plan;
  std::unique_ptr<ClearanceSource> clearance;
};

/// By the machine's model with this patient where the room has a certified path through the plan's beams; the forbidden
/// sectors of the machine's file then do not count. Else by those, with a warning that says why. The room need not
/// outlive it.
///
/// @throws InputError as DeliveryPlan does
[[nodiscard]] WatchedPlan watched_plan(const TreatmentRoom& room, const MachineDescription& machine,
                                       const TreatmentPlan& plan, const MachineDynamics& dynamics);

}  // namespace xingu
