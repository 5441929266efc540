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
constexpr double level_before_s = 0.12;
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
      short_level_(samples(level_before_s, rate_hz)),
      now_level_(samples(level_now_s, rate_hz)),
      levels_(short_level_ + width_ + 1),
      scratch_(levels_.capacity()) {}

void LiveContactStep::clear() noexcept {
  levels_.clear();
  jump_mv_ = 0.0F;
}

float LiveContactStep::level(std::size_t age, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    scratch_[i] = levels_.back(age + i);
  }
  return median(std::span(scratch_).first(count));
}

void LiveContactStep::take(float mv) noexcept {
  levels_.push(mv);
  age_ += jump_mv_ != 0 ? 1 : 0;
  if (age_ > calm_) {
    jump_mv_ = 0.0F;
    age_ = 0;
  }
  if (levels_.size() <= 2 * width_ + 1) {
    return;
  }
  const float jump = mv - levels_.back(width_);
  const float size = std::abs(jump);
  const float last = std::abs(jump_mv_);
  if (jump_mv_ != 0 && age_ <= 2 * width_) {  // still the same
    jump_mv_ = size > last ? jump : jump_mv_;
    return;
  }
  is_alone_ = is_alone_ && !(size > calm_part * last);
  if (size >= smallest_step_mv) {
    is_alone_ = jump_mv_ == 0;
    jump_mv_ = jump;
    age_ = 0;
    before_mv_ = level(width_, std::min(short_level_, levels_.size() - width_));
  }
}

bool LiveContactStep::is_recent() noexcept {
  if (jump_mv_ == 0 || !is_alone_ || age_ < now_level_ || age_ > shown_) {
    return false;
  }
  const float change = level(0, now_level_) - before_mv_;
  return std::abs(change - jump_mv_) <= stays_within * std::abs(jump_mv_);
}

}  // namespace xingu::ecg
