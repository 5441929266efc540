// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "machine/collision_world.h"
#include "machine/iec_angles.h"

namespace xingu {

/// One configuration of the whole machine in which a beam can be given.
struct Placement {
  std::vector<double> axes;  ///< rad or mm
  IecSettings iec;
  double travel_s = 0.0;   ///< from home, of the slowest axis at full speed
  double margin_mm = 0.0;  ///< distance beyond the buffer of the tightest pair; at most comfort_mm is told apart
};

/// Why a direction cannot be given, or how it can.
struct DirectionReach {
  std::optional<Placement> best;
  std::string reason;  ///< if there is no best: of the attempt that came nearest
  std::string kind;    ///< the same without figures: what maps and counts are told apart by
};

/// All ways to give beams from any direction to one isocentre of one patient. What is free (the table's turn, the arms'
/// branches, the head's roll about the beam, the source distance) is tried on the machine's grid; of the safe ways the
/// one with the least travel_s + hurry · (1 − margin / comfort) is best, so that clearance counts until it is
/// comfortable and travel decides beyond. Immutable; safe to share.
class ReachSolver {
 public:
  static constexpr double comfort_mm = 50.0;
  static constexpr double hurry_s = 5.0;

  /// @throws InputError if the isocentre is outside the patient, or no position of the table brings it to the machine's
  ReachSolver(const TreatmentMachine& machine, PatientOnTable patient, PatientPosition position,
              const Vec3& isocentre_P);

  /// @param source_P  unit vector from the isocentre to the source, frame P
  /// Cost on one core: about 0.1 ms for a ring, 2 ms for an arm.
  [[nodiscard]] DirectionReach reach(const Vec3& source_P) const;

  /// Safe ways to give the direction, the best first, at most `most`, all from the nearest source distance that has
  /// one, or from the distance asked for where there is one from there; only the best of each turn of the table with
  /// each branch of an arm that carries the head, or with each half of a ring's turn (182° and −178° are far apart for
  /// it).
  [[nodiscard]] std::vector<Placement> alternatives(const Vec3& source_P, std::size_t most,
                                                    std::optional<double> source_distance_mm = std::nullopt) const;

  [[nodiscard]] const CollisionWorld& world() const { return *world_; }
  [[nodiscard]] const TreatmentMachine& machine() const { return *machine_; }
  [[nodiscard]] const PatientOnTable& patient() const { return patient_; }
  /// Positions of the table that are free of collisions with everything but the head.
  [[nodiscard]] std::size_t num_table_postures() const { return postures_.size(); }
  /// The same as axis values, with the head at home.
  [[nodiscard]] std::vector<std::vector<double>> table_postures() const;

 private:
  struct Posture {
    std::size_t yaw = 0;
    std::vector<double> axes;  ///< with the head at home
    Eigen::Isometry3d X_FT;
    double travel_s = 0.0;
  };
  struct Attempt;
  class Search;

  void find_postures();
  [[nodiscard]] std::size_t num_distances() const;
  [[nodiscard]] std::vector<Placement> alternatives_from(std::size_t distance, const Vec3& source_P,
                                                         std::size_t most) const;
  [[nodiscard]] double travel_s(const std::vector<double>& axes) const;

  std::shared_ptr<const TreatmentMachine> machine_;
  PatientOnTable patient_;
  Vec3 isocentre_P_;
  std::shared_ptr<const CollisionWorld> world_;
  std::vector<double> home_;
  std::vector<CollisionWorld::Pair> table_pairs_;  ///< that no head axis changes
  std::vector<CollisionWorld::Pair> head_pairs_;   ///< the others
  std::vector<Posture> postures_;
  Eigen::Isometry3d head_base_inverse_ = Eigen::Isometry3d::Identity();  ///< of an arm that carries the head, from F
  Eigen::Isometry3d zero_table_ = Eigen::Isometry3d::Identity();         ///< F from T with every axis at 0
};

}  // namespace xingu
