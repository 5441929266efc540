// SPDX-License-Identifier: Apache-2.0
#include "machine/reach_solver.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "base/error.h"

namespace xingu {
namespace {

constexpr std::size_t most_postures_per_yaw = 2;
constexpr double same_distance_mm = 0.05;
constexpr std::size_t most_explained = 6;  // colliding attempts that are looked at for the reason

Mat3 about(const Vec3& axis, double angle) { return Eigen::AngleAxisd(angle, axis).toRotationMatrix(); }

std::string collision_reason(const Clearance& clearance) {
  return clearance.distance_mm > 0 ? fmt::format("{} to {}: {:.0f} mm apart, {:.0f} mm wanted", clearance.first,
                                                 clearance.second, clearance.distance_mm, clearance.buffer_mm)
                                   : fmt::format("{} would meet {}", clearance.first, clearance.second);
}

}  // namespace

/// A head configuration on a table posture.
struct ReachSolver::Attempt {
  std::size_t posture = 0;
  std::size_t branch = 0;  ///< of an arm that carries the head; 1 of a ring that is turned to its negative half
  std::vector<double> axes;
  double travel_s = 0.0;
};

/// The attempts for one direction from one source distance, and what stood in their way.
class ReachSolver::Search {
 public:
  /// @param distance  index of the source distance; a ring has but one
  Search(const ReachSolver& solver, const Vec3& source_P, std::size_t distance) : solver_(solver) {
    const TreatmentMachine& machine = *solver.machine_;
    for (std::size_t k = 0; k < solver.postures_.size(); ++k) {
      const Posture& posture = solver.postures_[k];
      const Vec3 source_F = posture.X_FT.linear() * (solver.patient_.X_TP.rotation() * source_P);
      if (machine.head_arm) {
        try_arm(k, source_F, machine.source_distances_mm[distance]);
      } else {
        try_ring(k, source_F);
      }
    }
    std::ranges::stable_sort(attempts_, {}, &Attempt::travel_s);
  }

  [[nodiscard]] const std::vector<Attempt>& attempts() const { return attempts_; }
  /// Why there is no attempt, with the axis that would have to go least beyond its limit.
  [[nodiscard]] std::string hindrance() const {
    return limited_axis_.empty() ? hindrance_kind()
                                 : fmt::format("axis {} would be {:.0f}° beyond its limit", limited_axis_,
                                               std::ceil(least_excess_ * 180.0 / std::numbers::pi));
  }
  [[nodiscard]] std::string hindrance_kind() const {
    return limited_axis_.empty() ? "out of the arm's reach" : fmt::format("axis {} at its limit", limited_axis_);
  }
  /// By how much that axis would be beyond, rad; infinite where it is not an axis that hinders.
  [[nodiscard]] double least_excess() const { return least_excess_; }

 private:
  void note_limit(const std::string& axis, double excess) {
    if (excess < least_excess_) {
      least_excess_ = excess;
      limited_axis_ = axis;
    }
  }

  void add(std::size_t posture, std::size_t branch, std::vector<double> axes) {
    const double travel = solver_.travel_s(axes);
    attempts_.push_back({posture, branch, std::move(axes), travel});
  }

  /// s = (cos t sin g, −sin t, cos t cos g) for ring g and tilt t, and the same with the tilt beyond the pole.
  void try_ring(std::size_t posture, const Vec3& s) {
    const TreatmentMachine& machine = *solver_.machine_;
    const auto& axes = machine.mechanism.axes();
    const auto ring = static_cast<std::size_t>(machine.head_axes[0]);
    const auto tilt = static_cast<std::size_t>(machine.head_axes[1]);
    const double t = std::atan2(-s.y(), std::hypot(s.x(), s.z()));
    const double g = std::atan2(s.x(), s.z());
    for (const auto& [gantry, tilted] :
         {std::pair{g, t}, {g + std::numbers::pi, std::copysign(std::numbers::pi, t) - t}}) {
      if (tilted < axes[tilt].limits.lower || tilted > axes[tilt].limits.upper) {
        note_limit(axes[tilt].name, std::max(axes[tilt].limits.lower - tilted, tilted - axes[tilt].limits.upper));
        continue;
      }
      for (const int turns : {-1, 0, 1}) {
        const double value = std::remainder(gantry, 2.0 * std::numbers::pi) + 2.0 * std::numbers::pi * turns;
        if (value >= axes[ring].limits.lower && value <= axes[ring].limits.upper) {
          std::vector<double> values = solver_.postures_[posture].axes;
          values[ring] = value;
          values[tilt] = tilted;
          add(posture, value < 0 ? 1 : 0, std::move(values));
        }
      }
    }
  }

  void try_arm(std::size_t posture, const Vec3& s, double distance) {
    const TreatmentMachine& machine = *solver_.machine_;
    const SphericalWristArm& arm = *machine.head_arm;
    std::array<double, 6> near{};
    for (std::size_t k = 0; k < 6; ++k) {
      near[k] = solver_.home_[static_cast<std::size_t>(arm.axes()[k])];
    }
    const Mat3 upright = about(Vec3::UnitY(), std::atan2(s.x(), s.z())) *
                         about(Vec3::UnitX(), std::atan2(-s.y(), std::hypot(s.x(), s.z())));
    for (const double roll : machine.head_rolls) {
      Eigen::Isometry3d X_FB = Eigen::Isometry3d::Identity();
      X_FB.linear() = upright * about(Vec3::UnitZ(), roll);
      X_FB.translation() = distance * s;
      const auto branches = arm.inverse(solver_.head_base_inverse_ * X_FB);
      for (const ArmBranch& branch : branches.all()) {
        std::array<double, 6> q = branch.q;
        if (!arm.fit_to_limits(q, near)) {
          const SphericalWristArm::Excess excess = arm.beyond_limits(q);
          const auto axis = static_cast<std::size_t>(arm.axes()[excess.joint]);
          note_limit(machine.mechanism.axes()[axis].name, excess.by);
          continue;
        }
        std::vector<double> values = solver_.postures_[posture].axes;
        for (std::size_t k = 0; k < 6; ++k) {
          values[static_cast<std::size_t>(arm.axes()[k])] = q[k];
        }
        add(posture, static_cast<std::size_t>(branch.index), std::move(values));
      }
    }
  }

  const ReachSolver& solver_;
  std::vector<Attempt> attempts_;
  std::string limited_axis_;
  double least_excess_ = std::numeric_limits<double>::infinity();
};

ReachSolver::ReachSolver(const TreatmentMachine& machine, PatientOnTable patient, PatientPosition /*position*/,
                         const Vec3& isocentre_P)
    : machine_(std::make_shared<const TreatmentMachine>(machine)),
      patient_(std::move(patient)),
      isocentre_P_(isocentre_P),
      world_(std::make_shared<const CollisionWorld>(machine, &patient_)),
      home_(machine.home()) {
  XINGU_REQUIRE(patient_.skin->distance_bound(isocentre_P) <= 0,
                "the isocentre ({:.1f}, {:.1f}, {:.1f}) mm is outside the patient (beams would miss); give one inside",
                isocentre_P.x(), isocentre_P.y(), isocentre_P.z());
  const Mechanism& mechanism = machine_->mechanism;
  for (const CollisionWorld::Pair& pair : world_->pairs()) {
    const auto is_moved_by_head = [&](int part) {
      const std::vector<int> axes = mechanism.axes_of(world_->parts()[static_cast<std::size_t>(part)].link);
      return std::ranges::any_of(
          axes, [&](int axis) { return std::ranges::find(machine_->head_axes, axis) != machine_->head_axes.end(); });
    };
    const bool is_of_head = is_moved_by_head(pair.first) || is_moved_by_head(pair.second);
    (is_of_head ? head_pairs_ : table_pairs_).push_back(pair);
  }
  LinkPoses poses;
  forward_kinematics(mechanism, std::vector<double>(home_.size(), 0.0), poses);
  zero_table_ = poses.X_F[static_cast<std::size_t>(machine_->table_link)];
  if (machine_->head_arm) {
    head_base_inverse_ = poses.X_F[static_cast<std::size_t>(machine_->head_arm->base_link())].inverse(Eigen::Isometry);
  }
  find_postures();
}

double ReachSolver::travel_s(const std::vector<double>& axes) const {
  double slowest = 0.0;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    slowest = std::max(slowest, std::abs(axes[i] - home_[i]) / machine_->mechanism.axes()[i].limits.velocity);
  }
  return slowest;
}

void ReachSolver::find_postures() {
  const Mechanism& mechanism = machine_->mechanism;
  const Vec3 isocentre_T = patient_.X_TP.matrix() * isocentre_P_;
  LinkPoses poses;
  forward_kinematics(mechanism, home_, poses);
  const Eigen::Isometry3d X_base_F =
      machine_->table_arm
          ? poses.X_F[static_cast<std::size_t>(machine_->table_arm->base_link())].inverse(Eigen::Isometry)
          : Eigen::Isometry3d::Identity();
  bool is_in_reach = false;
  std::string met;
  for (std::size_t yaw = 0; yaw < machine_->table_yaw.size(); ++yaw) {
    Eigen::Isometry3d X_FT = Eigen::Isometry3d::Identity();
    X_FT.linear() = about(Vec3::UnitZ(), machine_->table_yaw[yaw]);
    X_FT.translation() = -(X_FT.linear() * isocentre_T);
    std::vector<Posture> found;
    const auto consider = [&](std::vector<double> axes) {
      is_in_reach = true;
      if (!mechanism.is_within_limits(axes)) {
        return;
      }
      forward_kinematics(mechanism, axes, poses);
      if (world_->is_safe(poses, table_pairs_)) {
        const double travel = travel_s(axes);
        found.push_back({yaw, std::move(axes), X_FT, travel});
      } else if (met.empty()) {
        met = collision_reason(world_->clearance(poses));
      }
    };
    if (machine_->table_arm) {
      const SphericalWristArm& arm = *machine_->table_arm;
      std::array<double, 6> near{};
      for (std::size_t k = 0; k < 6; ++k) {
        near[k] = home_[static_cast<std::size_t>(arm.axes()[k])];
      }
      const auto branches = arm.inverse(X_base_F * X_FT);
      for (const ArmBranch& branch : branches.all()) {
        is_in_reach = true;
        std::array<double, 6> q = branch.q;
        if (arm.fit_to_limits(q, near)) {
          std::vector<double> axes = home_;
          for (std::size_t k = 0; k < 6; ++k) {
            axes[static_cast<std::size_t>(arm.axes()[k])] = q[k];
          }
          consider(std::move(axes));
        }
      }
    } else {
      std::vector<double> axes = home_;
      const Vec3 at_zero = zero_table_.translation();
      for (std::size_t k = 0; k < 3; ++k) {
        const auto e = static_cast<Eigen::Index>(k);
        axes[static_cast<std::size_t>(machine_->table_axes[k])] = X_FT.translation()[e] - at_zero[e];
      }
      consider(std::move(axes));
    }
    std::ranges::stable_sort(found, {}, &Posture::travel_s);
    found.resize(std::min(found.size(), most_postures_per_yaw));
    std::ranges::move(found, std::back_inserter(postures_));
  }
  XINGU_REQUIRE(
      !postures_.empty(),
      "{}: no position of the table brings the isocentre to the machine's ({}); move the isocentre or the patient",
      machine_->description.name,
      !is_in_reach  ? "it is out of the arm's reach"
      : met.empty() ? "an axis would be beyond its limits"
                    : met);
}

DirectionReach ReachSolver::reach(const Vec3& source_P) const {
  DirectionReach result;
  std::vector<Placement> found = alternatives(source_P, 1);
  if (!found.empty()) {
    result.best = std::move(found.front());
    return result;
  }
  // Why not: of the attempt that came nearest, from any source distance.
  Clearance widest;
  widest.margin_mm = -std::numeric_limits<double>::infinity();
  double least_excess = std::numeric_limits<double>::infinity();
  LinkPoses poses;
  for (std::size_t d = 0; d < num_distances(); ++d) {
    const Search search(*this, source_P, d);
    if (d == 0 || search.least_excess() < least_excess) {
      least_excess = search.least_excess();
      result.reason = search.hindrance();
      result.kind = search.hindrance_kind();
    }
    for (std::size_t k = 0; k < std::min(most_explained, search.attempts().size()); ++k) {
      forward_kinematics(machine_->mechanism, search.attempts()[k].axes, poses);
      const Clearance clearance = world_->clearance(poses);
      if (clearance.margin_mm > widest.margin_mm) {
        widest = clearance;
        result.reason = collision_reason(widest);
        result.kind = fmt::format("{} to {}", widest.first, widest.second);
      }
    }
  }
  return result;
}

std::vector<std::vector<double>> ReachSolver::table_postures() const {
  std::vector<std::vector<double>> result;
  for (const Posture& posture : postures_) {
    result.push_back(posture.axes);
  }
  return result;
}

std::size_t ReachSolver::num_distances() const { return machine_->head_arm ? machine_->source_distances_mm.size() : 1; }

std::vector<Placement> ReachSolver::alternatives(const Vec3& source_P, std::size_t most,
                                                 std::optional<double> source_distance_mm) const {
  if (source_distance_mm && machine_->head_arm) {
    const auto& distances = machine_->source_distances_mm;
    const auto wanted =
        std::ranges::find_if(distances, [&](double d) { return std::abs(d - *source_distance_mm) < same_distance_mm; });
    if (wanted != distances.end()) {
      std::vector<Placement> found =
          alternatives_from(static_cast<std::size_t>(wanted - distances.begin()), source_P, most);
      if (!found.empty()) {
        return found;
      }
    }
  }
  for (std::size_t d = 0; d < num_distances(); ++d) {
    std::vector<Placement> found = alternatives_from(d, source_P, most);
    if (!found.empty()) {
      return found;
    }
  }
  return {};
}

std::vector<Placement> ReachSolver::alternatives_from(std::size_t distance, const Vec3& source_P,
                                                      std::size_t most) const {
  struct Candidate {
    double cost;
    std::size_t attempt;
    double margin_mm;
  };
  const Search search(*this, source_P, distance);
  std::vector<Candidate> best_of_kind(8 * machine_->table_yaw.size(),
                                      {std::numeric_limits<double>::infinity(), 0, 0.0});
  LinkPoses poses;
  double best_cost = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < search.attempts().size(); ++k) {
    const Attempt& attempt = search.attempts()[k];
    Candidate& best = best_of_kind[8 * postures_[attempt.posture].yaw + attempt.branch];
    // Attempts come by travel, so a dearer one cannot win, and for a single answer neither can another turn of the
    // table.
    if (attempt.travel_s >= (most == 1 ? best_cost : best.cost)) {
      continue;
    }
    forward_kinematics(machine_->mechanism, attempt.axes, poses);
    if (!world_->is_safe(poses, head_pairs_)) {
      continue;
    }
    const double margin = std::min(comfort_mm, world_->clearance(poses, comfort_mm).margin_mm);
    const double cost = attempt.travel_s + hurry_s * (1.0 - margin / comfort_mm);
    if (cost < best.cost) {
      best = {cost, k, margin};
      best_cost = std::min(best_cost, cost);
    }
  }
  std::erase_if(best_of_kind, [](const Candidate& c) { return !(c.cost < std::numeric_limits<double>::infinity()); });
  std::ranges::stable_sort(best_of_kind, {}, &Candidate::cost);
  best_of_kind.resize(std::min(most, best_of_kind.size()));
  std::vector<Placement> result;
  for (const Candidate& candidate : best_of_kind) {
    const Attempt& attempt = search.attempts()[candidate.attempt];
    forward_kinematics(machine_->mechanism, attempt.axes, poses);
    Placement placement;
    placement.axes = attempt.axes;
    placement.iec = iec_settings(Pose<frame::F, frame::B>(poses.X_F[static_cast<std::size_t>(machine_->beam_link)]),
                                 Pose<frame::F, frame::T>(poses.X_F[static_cast<std::size_t>(machine_->table_link)]));
    placement.travel_s = attempt.travel_s;
    placement.margin_mm = candidate.margin_mm;
    result.push_back(std::move(placement));
  }
  return result;
}

}  // namespace xingu
