// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "machine/collision_world.h"

namespace xingu {

/// What a check of a whole move found.
struct MoveVerdict {
  bool is_certified = false;
  double part = 1.0;    ///< 0 to 1: where on the move it was found to be barred; 1 where it is certified
  Clearance clearance;  ///< where it is not: the pair that is too near there
};

/// How a body moves: a point p of it goes by slide + turn × p, mm in frame F, per unit of what drives it.
struct Twist {
  Vec3 turn = Vec3::Zero();
  Vec3 slide = Vec3::Zero();
  [[nodiscard]] Vec3 at(const Vec3& p) const { return slide + turn.cross(p); }
};

/// Checks straight moves between configurations continuously, by conservative advancement: while a pair of parts is d
/// beyond its buffer and no point of one can come nearer to the other by more than that over the next part of the move
/// (StraightMove), that part is safe (Mirtich 1996, PhD thesis, Berkeley, section 2.3; Zhang, Lee and Kim 2006, Visual
/// Computer 22:424). Nothing between samples can be missed. On the way a pair may come `slack_mm` nearer than its
/// buffer, so that moves can begin and end right at it; nearer than that less `grazing_mm`, or to contact where the
/// buffer is 0, is refused. Immutable; the world must outlive it; safe to share.
class MoveCheck {
 public:
  static constexpr double slack_mm = 0.5;
  static constexpr double grazing_mm = 0.02;

  explicit MoveCheck(const CollisionWorld& world);

  /// Cost: about 3 to 30 distances per near pair, 0.05 to 1 ms a move.
  [[nodiscard]] MoveVerdict check(std::span<const double> from, std::span<const double> to) const;

  /// The verdict alone, without what it costs to tell by what a move is barred.
  [[nodiscard]] bool is_certified(std::span<const double> from, std::span<const double> to) const {
    return !barred_at(from, to).has_value();
  }

 private:
  friend class StraightMove;
  /// One axis that moves the parts of a pair against each other, and how far from it they can reach, mm (1 for slides).
  struct Lever {
    int axis;
    bool turns;
    double arm_mm;
  };
  /// What moves the parts of a pair against each other, by part, those nearer to the root first.
  struct Drive {
    std::array<std::vector<Lever>, 2> levers;
    int carrier = 0;  ///< the farthest link from the root that carries both
  };

  /// The part of a move where it is barred; nothing if it is certified.
  [[nodiscard]] std::optional<double> barred_at(std::span<const double> from, std::span<const double> to) const;

  const CollisionWorld* world_;
  std::vector<Drive> drives_;  ///< per pair
};

/// A straight move of all axes, and where on it the parts are. Tells by how much the distance of a pair can change from
/// there within a part s of the move, before or after: by at most
///
///     v s + ½ b s²,    v = |v₁ − v₂| + |ω₁| r₁ + |ω₂| r₂,    b = Σₖ aₖ |Δₖ| (tₖ |Δₖ| + 2 Σ_{i<k} tᵢ |Δᵢ|)
///
/// with v₁, v₂ the velocities of the middles of the spheres (radii r) around both parts per move, seen from the link
/// that carries both, ω the rates of turn, Δ the ways of the axes in between, t = 1 for those that turn and 0 for
/// slides, and a the farthest that any point of the part can be from the axis in any configuration (1 for slides): the
/// sum bounds a point's second derivative, since ∂²x/∂qᵢ∂qₖ is zᵢ × (zₖ × (x − oₖ)) for i ≤ k (zᵢ × zₖ for a slide k,
/// nothing for a slide i). Nor can it change by more than s Σ aₖ |Δₖ|. A workspace: one per thread. The check must
/// outlive it.
class StraightMove {
 public:
  StraightMove(const MoveCheck& check, std::span<const double> from, std::span<const double> to);

  /// @param part  of the move, 0 to 1. Cost: 3 µs.
  void go_to(double part);

  [[nodiscard]] const LinkPoses& poses() const { return poses_; }
  [[nodiscard]] std::span<const Eigen::Isometry3d> X_F() const { return X_F_; }  ///< of the world's parts

  /// The most by which a pair's distance can change within a part of the move from here, mm. Cost: 20 ns.
  [[nodiscard]] double most_change_mm(std::size_t pair, double part) const;
  /// The part of the move within which a pair's distance changes by no more than `change_mm`.
  [[nodiscard]] double part_within(std::size_t pair, double change_mm) const;

 private:
  /// The bounds' figures for a pair, mm per move.
  struct Bounds {
    double sum = 0.0;   ///< Σ aₖ |Δₖ|
    double bend = 0.0;  ///< b
  };
  [[nodiscard]] double speed(std::size_t pair) const;

  const MoveCheck* check_;
  std::vector<double> from_;
  std::vector<double> way_;     ///< of the axes
  std::vector<Bounds> bounds_;  ///< per pair
  std::vector<double> values_;
  LinkPoses poses_;
  std::vector<Eigen::Isometry3d> X_F_;
  std::vector<Twist> twists_;  ///< of the links, per move
};

}  // namespace xingu
