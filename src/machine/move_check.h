// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// Checks straight moves between configurations continuously, by conservative advancement: while a pair of parts is d
/// beyond its buffer and no point of one can come nearer to the other by more than μ over the whole move, the pair is
/// safe for the next d/μ of it (Mirtich 1996, PhD thesis, Berkeley, section 2.3; Zhang, Lee and Kim 2006, Visual
/// Computer 22:424). μ is the sum over the axes between the two parts of |Δq| times the farthest that any point of them
/// can be from the axis in any configuration. Nothing between samples can be missed. On the way a pair may come
/// `slack_mm` nearer than its buffer, so that moves can begin and end right at it; nearer than that less `grazing_mm`,
/// or to contact where the buffer is 0, is refused. Immutable; the world must outlive it; safe to share.
class MoveCheck {
 public:
  static constexpr double slack_mm = 0.5;
  static constexpr double grazing_mm = 0.02;

  explicit MoveCheck(const CollisionWorld& world);

  /// Cost: about 10 to 100 distances per near pair, 0.05 to 2 ms a move.
  [[nodiscard]] MoveVerdict check(std::span<const double> from, std::span<const double> to) const;

  /// The most by which the parts of a pair of the world, by its index, can come nearer over a straight move, mm.
  [[nodiscard]] double most_closing_mm(std::size_t pair, std::span<const double> from,
                                       std::span<const double> to) const;

  /// The verdict alone, without what it costs to tell by what a move is barred.
  [[nodiscard]] bool is_certified(std::span<const double> from, std::span<const double> to) const {
    return !barred_at(from, to).has_value();
  }

 private:
  /// One axis that moves the parts of a pair against each other, and how far from it they can reach, mm (1 for slides).
  struct Lever {
    int axis;
    double arm_mm;
  };

  /// The part of a move where it is barred; nothing if it is certified.
  [[nodiscard]] std::optional<double> barred_at(std::span<const double> from, std::span<const double> to) const;

  const CollisionWorld* world_;
  std::vector<std::vector<Lever>> levers_;  ///< per pair
};

}  // namespace xingu
