// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/live_contact_step.h"

#include <algorithm>
#include <cmath>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

// as of find_contact_steps(), but for the level now, which cannot wait
constexpr double within_s = 0.004;
constexpr float smallest_step_mv = 0.8F;
constexpr float stays_within = 0.3F;
constexpr float calm_part = 0.5F;
constexpr double calm_s = 0.5;
constexpr std::size_t calm_blocks = 10;  // in the calm time
constexpr double short_level_s = 0.12;
constexpr double long_level_s = 0.6;
constexpr double least_level_s = 0.3;
constexpr double level_now_s = 0.04;
constexpr double shown_for_s = 0.2;

std::size_t samples(double seconds, double rate_hz) {
  return static_cast<std::size_t>(std::max(1L, std::lround(seconds * rate_hz)));
}

}  // namespace

LiveContactStep::LiveContactStep(double rate_hz)
    : width_(samples(within_s, rate_hz)),
      calm_(samples(calm_s, rate_hz)),
      shown_(samples(shown_for_s, rate_hz)),
      short_level_(samples(short_level_s, rate_hz)),
      long_level_(samples(long_level_s, rate_hz)),
      least_level_(samples(least_level_s, rate_hz)),
      now_level_(samples(level_now_s, rate_hz)),
      levels_(long_level_ + width_ + 1),
      sizes_(2 * width_),
      blocks_(calm_blocks),
      scratch_(levels_.capacity()) {}

void LiveContactStep::clear() noexcept {
  levels_.clear();
  sizes_.clear();
  blocks_.clear();
  block_peak_ = 0.0F;
  in_block_ = 0;
  jump_mv_ = 0.0F;
}

float LiveContactStep::level(std::size_t age, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    scratch_[i] = levels_.back(age + i);
  }
  return median(std::span(scratch_).first(count));
}

void LiveContactStep::remember(float size) noexcept {
  if (sizes_.size() == sizes_.capacity()) {
    block_peak_ = std::max(block_peak_, sizes_.back(sizes_.size() - 1));
    if (++in_block_ * calm_blocks >= calm_) {
      blocks_.push(block_peak_);
      block_peak_ = 0.0F;
      in_block_ = 0;
    }
  }
  sizes_.push(size);
}

float LiveContactStep::largest_before() const noexcept {
  const std::span<const float> blocks = blocks_.unordered();
  return blocks.empty() ? block_peak_ : std::max(block_peak_, *std::ranges::max_element(blocks));
}

void LiveContactStep::take(float mv) noexcept {
  levels_.push(mv);
  age_ += jump_mv_ != 0 ? 1 : 0;
  if (age_ > calm_) {
    jump_mv_ = 0.0F;
    age_ = 0;
  }
  if (levels_.size() < least_level_ + width_) {
    return;
  }
  const float jump = mv - levels_.back(width_);
  const float size = std::abs(jump);
  const float last = std::abs(jump_mv_);
  remember(size);
  if (jump_mv_ != 0 && age_ <= 2 * width_) {  // still the same
    jump_mv_ = size > last ? jump : jump_mv_;
    return;
  }
  is_alone_ = is_alone_ && !(size > calm_part * last);
  if (size >= smallest_step_mv) {
    is_alone_ = jump_mv_ == 0;
    jump_mv_ = jump;
    age_ = 0;
    beside_mv_ = largest_before();
    before_mv_ = level(width_, short_level_);
    long_before_mv_ = level(width_, std::min(long_level_, levels_.size() - width_));
  }
}

bool LiveContactStep::is_recent() const noexcept {
  if (jump_mv_ == 0 || !is_alone_ || age_ < now_level_ || age_ > shown_) {
    return false;
  }
  if (beside_mv_ > calm_part * std::abs(jump_mv_)) {
    return false;
  }
  for (std::size_t i = 0; i < now_level_; ++i) {  // each: the median of a slope may pass by
    for (const float before_mv : {before_mv_, long_before_mv_}) {
      if (std::abs(levels_.back(i) - before_mv - jump_mv_) > stays_within * std::abs(jump_mv_)) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace xingu::ecg
