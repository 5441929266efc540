// SPDX-License-Identifier: Apache-2.0
#include "delivery/target_tracker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace xingu {
namespace {

constexpr std::array<std::string_view, 3> mode_names{"ignore", "gate", "track"};

}  // namespace

std::string_view to_string(MotionMode mode) noexcept { return mode_names[static_cast<std::size_t>(mode)]; }

MotionMode motion_mode_named(std::string_view name) {
  const auto found = std::ranges::find(mode_names, name);
  XINGU_REQUIRE(found != mode_names.end(), "'{}' is no way to treat motion; give ignore, gate or track",
                printable(name));
  return static_cast<MotionMode>(found - mode_names.begin());
}

TargetTracker::TargetTracker(const TrackingSettings& settings, const MachineDynamics& dynamics)
    : settings_(settings),
      sensors_(dynamics.sensors),
      correlation_limit_mm_(dynamics.interlocks.of(Interlock::correlation)) {
  const double period_s = sensors_.marker_period_ms * step_s;
  const double horizon_s = (sensors_.marker_latency_ms + dynamics.stage.latency_ms + 1) * step_s + period_s;
  predictor_ = make_predictor(settings.predictor, period_s, std::min(horizon_s, 20.0 * period_s));
}

void TargetTracker::observe(const SensorFrame& frame) noexcept {
  seen_.is_new = false;
  if (frame.marker.is_new) {
    take_marker(frame.marker);
  }
  if (frame.image.is_new) {
    take_image(frame.image);
  }
  cardiac_phase_.observe(frame.heart);
}

void TargetTracker::take_marker(const PositionSample& sample) noexcept {
  const Sample& before = history_[(num_samples_ - 1) % history_.size()];
  // noise never gives the same value twice: a camera that does has stopped
  const bool repeats = num_samples_ > 0 && sample.position == before.position && sensors_.marker_noise_mm > 0;
  if (!repeats) {
    last_fresh_s_ = sample.time_s;
  }
  if (num_samples_ == 0) {
    first_sample_s_ = sample.time_s;
  }
  history_[num_samples_ % history_.size()] = {sample.time_s, sample.position};
  ++num_samples_;
  correlation_.learn_direction(sample.position);
  if (correlation_.is_ready()) {
    const MarkerState state = marker_at(sample.time_s);
    seen_ = {true, sample.time_s, correlation_.target(state.position, state.velocity)};
    predictor_->add(sample.time_s, seen_.position);
  }
}

void TargetTracker::take_image(const PositionSample& image) noexcept {
  if (num_samples_ < history_.size() / 2) {
    return;
  }
  const MarkerState state = marker_at(image.time_s);
  correlation_error_mm_ = correlation_.error_of(state.position, state.velocity, image.position);
  if (correlation_error_mm_ <= correlation_limit_mm_) {  // an image that contradicts the model does not teach it
    correlation_.add_image(state.position, state.velocity, image.position);
  }
}

TargetTracker::MarkerState TargetTracker::marker_at(double time_s) const noexcept {
  const std::uint64_t num_kept = std::min<std::uint64_t>(num_samples_, history_.size());
  const auto sample = [&](std::uint64_t age) -> const Sample& {
    return history_[(num_samples_ - 1 - std::min(age, num_kept - 1)) % history_.size()];
  };
  std::uint64_t age = 0;  // of the first sample at or before the time
  while (age + 1 < num_kept && sample(age).time_s > time_s) {
    ++age;
  }
  MarkerState state;
  const Sample& at = sample(age);
  const Sample& next = sample(age > 0 ? age - 1 : 0);
  const double width = next.time_s - at.time_s;
  const double part = width > 0 ? std::clamp((time_s - at.time_s) / width, 0.0, 1.0) : 0.0;
  state.position = at.position + part * (next.position - at.position);
  // the speed over the last fifth of a second: over one sample it would be noise
  const std::uint64_t span = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(200 / sensors_.marker_period_ms));
  const Sample& earlier = sample(age + span);
  if (at.time_s > earlier.time_s) {
    state.velocity = (at.position - earlier.position) / (at.time_s - earlier.time_s);
  }
  return state;
}

bool TargetTracker::is_ready() const noexcept {
  if (settings_.cardiac_gate && !cardiac_phase_.has_learnt()) {
    return false;
  }
  if (settings_.mode == MotionMode::ignore) {
    return true;
  }
  const double learnt_s =
      num_samples_ > 0 ? history_[(num_samples_ - 1) % history_.size()].time_s - first_sample_s_ : 0;
  return correlation_.is_ready() && learnt_s >= settings_.learning_s;
}

bool TargetTracker::wants_image(double now_s) const noexcept {
  if (settings_.mode == MotionMode::ignore || num_samples_ < history_.size() / 2) {
    return false;
  }
  const bool is_learning = correlation_.num_images() < 2 * CorrelationModel::min_images;
  return now_s - last_request_s_ >= (is_learning ? settings_.learning_image_interval_s : settings_.image_interval_s);
}

bool TargetTracker::is_in_cardiac_gate(double now_s) const noexcept {
  return !settings_.cardiac_gate ||
         cardiac_phase_.probability_in(*settings_.cardiac_gate, now_s) >= settings_.cardiac_gate->confidence;
}

}  // namespace xingu
