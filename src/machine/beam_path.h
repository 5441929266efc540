// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dose/treatment_plan.h"
#include "machine/axis_motion.h"
#include "machine/grouped_tour.h"
#include "machine/move_check.h"
#include "machine/reach_solver.h"

namespace xingu {

/// A beam to be given: its safe placements, the best first.
struct BeamStop {
  std::string name;
  std::vector<Placement> placements;
};

/// How a placement gives a beam otherwise than its plan says: "couch 15° instead of 0°"; of gantry, pitch, couch and
/// collimator those that differ by more than half a degree, and the source distance if by more than a tenth of a
/// millimetre. Empty: it is the plan's own geometry. The direction of the beam in the patient is not looked at.
[[nodiscard]] std::string departure_from_plan(const PlannedBeam& beam, const IecSettings& given);

/// A beam of a plan as a stop: the placements in the plan's own geometry; where there are none, those that differ in
/// collimator or source distance alone; where there are none of these, all that give the beam's direction.
/// @throws InputError naming the beam and what bars it, if the machine cannot give its direction
[[nodiscard]] BeamStop stop_of(const PlannedBeam& beam, PatientPosition position, const ReachSolver& solver);

/// All beams of a plan as stops, each with the best `most` of its placements: what paths are looked for with.
/// @throws InputError as stop_of does
[[nodiscard]] std::vector<BeamStop> stops_of(const TreatmentPlan& plan, const ReachSolver& solver,
                                             std::size_t most = 3);

/// One straight move of a path.
struct PathLeg {
  std::vector<double> from;  ///< axis values, rad or mm
  std::vector<double> to;
  double duration_s = 0.0;
};

/// The order of beams and the certified moves between them.
struct BeamPath {
  struct Visit {
    std::size_t beam = 0;            ///< index into the stops
    std::size_t placement = 0;       ///< which of its placements
    std::vector<PathLeg> legs;       ///< from the visit before, or from home; one unless it goes around something
    std::vector<PathLeg> from_home;  ///< the way from home to this beam at once; of path_in_order only
    [[nodiscard]] double duration_s() const;
  };
  std::vector<Visit> visits;
  std::vector<PathLeg> home;  ///< from the last beam back
  [[nodiscard]] double motion_s() const;
};

/// A path from home through all stops and back: order and placements by good_tour over the durations of straight moves,
/// then each move certified (MoveCheck). A move that is barred goes around by the shortest certified way through other
/// safe configurations (placements of other stops, the head at home over the same table, the ring turned with its tilt
/// at 0, an arm's configurations drawn at random), and the order is found again with what it takes. Ends once no order
/// is believed to be shorter than the best certified path by more than 1 %, where a move that nobody has checked is
/// believed to go straight, or after 200 orders without a better path. Where no way is found so, all turns of the table
/// beside each stop's head are added, and more ways around are tried.
/// @throws InputError if no certified way through all beams is found, or naming a beam without placements
/// Deterministic.
[[nodiscard]] BeamPath plan_path(const ReachSolver& solver, const std::vector<BeamStop>& stops);

/// The same with the stops in the order in which they are given; of each the placements are chosen that make the path
/// shortest. @throws InputError as plan_path does
[[nodiscard]] BeamPath path_in_order(const ReachSolver& solver, const std::vector<BeamStop>& stops);

/// What a beam takes while it is on.
struct BeamWork {
  double mu = 0.0;
  double leaf_travel_mm = 0.0;  ///< of the slowest leaf, over all segments
};

/// MU of a planned beam, and the way of its slowest leaf over all changes of shape.
/// @param leaves_at_mm  source distance of the plane in which the machine's leaf speed is stated (beam.sad_mm)
[[nodiscard]] BeamWork work_of(const PlannedBeam& beam, double leaves_at_mm);

/// Predicted treatment time in parts, s.
struct TreatmentTime {
  double motion_s = 0.0;
  double beam_on_s = 0.0;
  double leaves_s = 0.0;  ///< travel between segments, beam off; the way to the first shape is part of the motion
  double setup_s = 0.0;   ///< settle and verify, and latency, before each beam
  double imaging_s = 0.0;
  [[nodiscard]] double total_s() const { return motion_s + beam_on_s + leaves_s + setup_s + imaging_s; }
};

/// @param work  one per stop
[[nodiscard]] TreatmentTime predict_time(const TreatmentMachine& machine, const BeamPath& path,
                                         std::span<const BeamWork> work);

/// The part of it that one visit takes: the motion to it, imaging before it, and the beam. All visits and the way home
/// make the whole. @param visit  index into the path's visits
[[nodiscard]] TreatmentTime time_of_visit(const TreatmentMachine& machine, const BeamPath& path, std::size_t visit,
                                          std::span<const BeamWork> work);

/// The least margin of 33 configurations evenly spread over a move: for people to see where it is tight. What makes a
/// move safe is its certificate, not this. Cost: 33 exact clearances, some ms.
[[nodiscard]] Clearance least_clearance(const CollisionWorld& world, const Mechanism& mechanism, const PathLeg& leg);

}  // namespace xingu
