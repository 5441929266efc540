// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "delivery/machine_dynamics.h"
#include "delivery/noise.h"

namespace xingu {

/// All leaves of a collimator: each runs to its goal at its full speed and stands. Positions mm, frame B at the
/// isocentre plane; bank X1 first, then X2. Allocates at construction only. Cost of a step: nothing while all stand.
class LeafBank {
 public:
  LeafBank(std::size_t num_leaves, const LeafDynamics& dynamics, const Noise& noise);

  /// A goal, [num_leaves], that must outlive its use. Leaves start after the latency when `request` is another number
  /// than that of the last goal: asking again drives leaves back that were displaced.
  /// @param magnification  of the isocentre's plane, against the plane in which the leaves' speed is stated: the same
  ///                       leaf moves its shadow faster from farther away
  void set_goal(std::span<const double> goal, std::uint32_t request, double magnification = 1.0) noexcept;
  void advance() noexcept;

  /// The leaf's coupling slipped: it stands elsewhere, and its drive does not know.
  void displace(std::size_t leaf, double by_mm) noexcept {
    positions_[leaf] += by_mm;
    encoders_[leaf] += by_mm;
  }
  /// A leaf that does not move; num_leaves for none.
  void block(std::size_t leaf) noexcept;

  [[nodiscard]] std::span<const double> positions() const noexcept { return positions_; }
  /// What the encoders say: each leaf has its own constant error.
  [[nodiscard]] std::span<const double> encoders() const noexcept { return encoders_; }

 private:
  LeafDynamics dynamics_;
  std::vector<double> positions_;
  std::vector<double> encoder_errors_;
  std::vector<double> encoders_;
  std::span<const double> goal_;
  std::uint32_t request_ = 0;
  double magnification_ = 1.0;
  int wait_ms_ = 0;
  std::size_t blocked_;
  bool is_moving_ = false;
};

}  // namespace xingu
