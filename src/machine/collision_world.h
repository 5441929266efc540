// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "machine/patient_skin.h"
#include "machine/surface_tree.h"
#include "machine/treatment_machine.h"

namespace xingu {

/// A patient as put on a machine's table.
struct PatientOnTable {
  std::shared_ptr<const PatientSkin> skin;
  Pose<frame::T, frame::P> X_TP;
};

/// The pair of parts with the least margin.
struct Clearance {
  double margin_mm = std::numeric_limits<double>::infinity();    ///< distance less the pair's buffer
  double distance_mm = std::numeric_limits<double>::infinity();  ///< 0 where parts meet
  double buffer_mm = 0.0;
  std::string first;  ///< names of the parts
  std::string second;
  Vec3 first_F = Vec3::Zero();  ///< the nearest points, frame F, mm; exact layer only
  Vec3 second_F = Vec3::Zero();
  [[nodiscard]] bool is_safe() const { return margin_mm >= 0; }
};

/// Which distances a check demands.
enum class Buffers {
  as_given,  ///< of machine.toml
  none       ///< contact only
};

/// Collision checks of a machine with or without a patient, in two layers on the same surfaces. The conservative layer
/// bounds distances from below: for convex parts by a separating plane, for the patient's skin by spheres that hold the
/// part's surface against the field of distances. The exact layer finds the nearest points. Pairs that no axis moves
/// against each other, a link and the one its joint hangs on, and those that the machine's file lets touch are not
/// checked. Immutable; safe to share.
class CollisionWorld {
 public:
  struct Part {
    int link = 0;
    std::string name;
    std::shared_ptr<const SurfaceTree> tree;  ///< of the skin, and of hardware beside it, split into patches; else none
    std::shared_ptr<const ConvexShape> shape;                  ///< none: the patient's skin
    std::shared_ptr<const PatientSkin> skin;                   ///< of the patient's skin only
    Eigen::Isometry3d X_link = Eigen::Isometry3d::Identity();  ///< link from part
    Vec3 centre = Vec3::Zero();                                ///< of the sphere around it, part's frame
    double radius = 0.0;
    bool is_patient = false;
  };
  struct Pair {
    int first = 0;   ///< whose spheres are used
    int second = 0;  ///< whose distance is
    double buffer_mm = 0.0;
  };

  explicit CollisionWorld(const TreatmentMachine& machine, const PatientOnTable* patient = nullptr,
                          Buffers buffers = Buffers::as_given);

  /// True if the conservative layer shows that every pair keeps its buffer: never true in error. About 3 µs.
  [[nodiscard]] bool is_certified(const LinkPoses& poses) const;

  /// True if every pair keeps its buffer: the conservative layer, and the exact one for pairs it cannot decide.
  [[nodiscard]] bool is_safe(const LinkPoses& poses) const;
  /// The same of some pairs.
  [[nodiscard]] bool is_safe(const LinkPoses& poses, std::span<const Pair> pairs) const;

  /// The least margin of all pairs whose margin is below `below_mm`, exact to 1e-10 of it, and where. A part wholly
  /// inside another counts as distance 0.
  [[nodiscard]] Clearance clearance(const LinkPoses& poses,
                                    double below_mm = std::numeric_limits<double>::infinity()) const;

  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  [[nodiscard]] const std::vector<Pair>& pairs() const { return pairs_; }
  [[nodiscard]] const Mechanism& mechanism() const { return *mechanism_; }
  [[nodiscard]] bool has_patient() const { return has_patient_; }

  /// Part's poses in F.
  void place(const LinkPoses& poses, std::vector<Eigen::Isometry3d>& X_F) const;
  /// A cheap lower bound on the pair's distance, from the spheres around both parts and the faces of each.
  [[nodiscard]] double quick_bound(const Pair& pair, std::span<const Eigen::Isometry3d> X_F) const;
  /// True if the conservative layer shows that the pair is at least `least_mm` apart.
  [[nodiscard]] bool is_shown_clear(const Pair& pair, std::span<const Eigen::Isometry3d> X_F, double least_mm) const;
  /// Nearest points of one pair in the first part's frame, exact; distance `below_mm` if they are no nearer.
  [[nodiscard]] NearestPoints nearest(const Pair& pair, std::span<const Eigen::Isometry3d> X_F, double below_mm) const;

 private:
  void add_part(int link, const std::string& name, ConvexShape shape, const Eigen::Isometry3d& X_link, bool is_patient);
  void add_patient(const TreatmentMachine& machine, const PatientOnTable& patient);
  void pair_up(const TreatmentMachine& machine, Buffers buffers);
  std::shared_ptr<const Mechanism> mechanism_;
  std::vector<Part> parts_;
  std::vector<Pair> pairs_;
  bool has_patient_ = false;
};

}  // namespace xingu
