// SPDX-License-Identifier: Apache-2.0
#include "delivery/leaf_bank.h"

#include <cmath>

namespace xingu {

LeafBank::LeafBank(std::size_t num_leaves, const LeafDynamics& dynamics, const Noise& noise)
    : dynamics_(dynamics), positions_(num_leaves, 0.0), blocked_(num_leaves) {
  for (std::size_t leaf = 0; leaf < num_leaves; ++leaf) {
    encoder_errors_.push_back(dynamics.encoder_noise_mm * noise.normal(leaf));
  }
  encoders_ = encoder_errors_;
}

void LeafBank::set_goal(std::span<const double> goal, std::uint32_t request, double magnification) noexcept {
  if (goal.size() == positions_.size() && request != request_) {
    goal_ = goal;
    request_ = request;
    magnification_ = magnification;
    wait_ms_ = dynamics_.latency_ms;
    is_moving_ = true;
  }
}

void LeafBank::block(std::size_t leaf) noexcept {
  if (leaf != blocked_) {
    blocked_ = leaf;
    is_moving_ = !goal_.empty();
  }
}

void LeafBank::advance() noexcept {
  if (!is_moving_ || goal_.empty()) {
    return;
  }
  if (wait_ms_ > 0) {
    --wait_ms_;
    return;
  }
  const double reach = magnification_ * dynamics_.max_speed_mm_per_s * step_s;
  bool has_arrived = true;
  for (std::size_t leaf = 0; leaf < positions_.size(); ++leaf) {
    const double distance = goal_[leaf] - positions_[leaf];
    if (distance == 0.0 || leaf == blocked_) {
      continue;
    }
    positions_[leaf] = std::abs(distance) <= reach ? goal_[leaf] : positions_[leaf] + std::copysign(reach, distance);
    encoders_[leaf] = positions_[leaf] + encoder_errors_[leaf];
    has_arrived = has_arrived && positions_[leaf] == goal_[leaf];
  }
  is_moving_ = !has_arrived;
}

}  // namespace xingu
