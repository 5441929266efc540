// SPDX-License-Identifier: Apache-2.0
#include "delivery/plant.h"

#include <algorithm>
#include <utility>

namespace xingu {
namespace {

enum Stream : std::uint64_t { encoder_stream = 11, second_stream, leaf_stream, marker_stream, image_stream };

constexpr int clearance_period_ms = 10;

std::array<AxisServo, num_room_axes> servos(const MachineDynamics& dynamics) {
  return {AxisServo(dynamics.axes[0]), AxisServo(dynamics.axes[1]), AxisServo(dynamics.axes[2]),
          AxisServo(dynamics.axes[3])};
}

}  // namespace

Plant::Plant(const MachineDynamics& dynamics, std::size_t num_leaves, const PatientMotion& motion,
             const ClearanceSource& clearance, FaultSchedule faults, std::uint64_t seed, std::uint64_t first_step,
             std::unique_ptr<HeartSensor> heart)
    : dynamics_(dynamics),
      motion_(&motion),
      clearance_(&clearance),
      faults_(std::move(faults)),
      axes_(servos(dynamics)),
      stage_{AxisServo(dynamics.stage), AxisServo(dynamics.stage), AxisServo(dynamics.stage)},
      leaves_(num_leaves, dynamics.leaves, Noise(seed, leaf_stream)),
      beam_(dynamics.beam, seed),
      encoder_noise_(seed, encoder_stream),
      second_noise_(seed, second_stream),
      marker_noise_(seed, marker_stream),
      image_noise_(seed, image_stream),
      heart_(heart ? std::move(heart) : make_ideal_heart_sensor(motion, dynamics.sensors.ecg_latency_ms)),
      first_step_(first_step),
      step_(first_step) {
  faults_.make_room();
  changes_.reserve(faults_.all().size() + FaultSchedule::most_changes + 1);
  frame_.leaf_encoders = leaves_.encoders();
  truth_.leaves = leaves_.positions();
}

void Plant::befall(const FaultChange& change) noexcept {
  changes_.clear();
  faults_.append_changes(step_, first_step_, changes_);
  if (change.kind != FaultChange::Kind::none && faults_.take(change, step_)) {
    changes_.push_back(change);
  }
}

const SensorFrame& Plant::advance(const MachineCommand& command) noexcept {
  frame_.step = step_;
  move_axes(command);
  move_leaves(command);
  fire(command);
  see_patient(command);
  see_room(command);
  ++step_;
  return frame_;
}

void Plant::move_axes(const MachineCommand& command) noexcept {
  const Fault* slip = active(FaultKind::axis_slip);
  const Fault* blocked = active(FaultKind::axis_blocked);
  const Fault* jump = active(FaultKind::encoder_jump);
  for (std::size_t i = 0; i < num_room_axes; ++i) {
    if (begins(slip) && slip->index % num_room_axes == i) {
      axes_[i].displace(slip->magnitude);
    }
    const double before = axes_[i].position();
    axes_[i].advance(command.axes[i]);
    if (blocked != nullptr && blocked->index % num_room_axes == i) {
      axes_[i].displace(before - axes_[i].position());
      axes_[i].block();
    }
    truth_.axes[i] = axes_[i].position();
    const double noise = dynamics_.axes[i].encoder_noise;
    const auto channel = static_cast<unsigned>(i);
    frame_.encoders[i] = truth_.axes[i] + noise * encoder_noise_.normal(step_, channel);
    frame_.second_encoders[i] = truth_.axes[i] + noise * second_noise_.normal(step_, channel);
    if (jump != nullptr && jump->index % num_room_axes == i) {
      frame_.encoders[i] += jump->magnitude;
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    stage_[i].advance(command.stage[row]);
    truth_.stage[row] = stage_[i].position();
    frame_.stage[row] =
        truth_.stage[row] + dynamics_.stage.encoder_noise * encoder_noise_.normal(step_, static_cast<unsigned>(i) + 4U);
  }
}

void Plant::move_leaves(const MachineCommand& command) noexcept {
  const std::size_t num_leaves = leaves_.positions().size();
  if (num_leaves == 0) {
    return;
  }
  const Fault* slip = active(FaultKind::leaf_slip);
  if (begins(slip)) {
    leaves_.displace(slip->index % num_leaves, slip->magnitude);
  }
  const Fault* blocked = active(FaultKind::leaf_blocked);
  leaves_.block(blocked != nullptr ? blocked->index % num_leaves : num_leaves);
  leaves_.set_goal(command.leaves, command.leaf_request, command.magnification);
  leaves_.advance();
}

void Plant::fire(const MachineCommand& command) noexcept {
  heartbeat_age_ms_ = command.heartbeat == last_heartbeat_ ? heartbeat_age_ms_ + 1 : 0;
  last_heartbeat_ = command.heartbeat;
  if (heartbeat_age_ms_ > dynamics_.interlocks.of(Interlock::watchdog)) {
    frame_.has_watchdog_tripped = true;
  } else if (command.resets_watchdog) {
    frame_.has_watchdog_tripped = false;
  }
  BeamDisturbance disturbance;
  const auto factor = [&](FaultKind kind) {
    const Fault* fault = active(kind);
    return fault != nullptr ? fault->magnitude : 1.0;
  };
  disturbance.monitor1 = factor(FaultKind::monitor1_gain);
  disturbance.monitor2 = factor(FaultKind::monitor2_gain);
  disturbance.output = factor(FaultKind::output);
  if (const Fault* fault = active(FaultKind::asymmetry)) {
    disturbance.asymmetry = fault->magnitude;
  }
  disturbance.is_stuck_on = active(FaultKind::stuck_on) != nullptr;
  // the watchdog is hardware: it opens the contactor without being asked
  const bool is_closed = command.closes_contactor && !frame_.has_watchdog_tripped;
  truth_.pulse = beam_.advance(step_, command.triggers_beam, is_closed, disturbance);
  frame_.has_pulse = truth_.pulse.has_fired;
  frame_.monitor1_mu = truth_.pulse.monitor1_mu;
  frame_.monitor2_mu = truth_.pulse.monitor2_mu;
  frame_.asymmetry = truth_.pulse.asymmetry;
}

void Plant::see_patient(const MachineCommand& command) noexcept {
  const double time_s = static_cast<double>(step_) * step_s;
  truth_.target = motion_->target(time_s);
  if (const Fault* jump = active(FaultKind::target_jump)) {
    truth_.target.z() += jump->magnitude;
  }
  see_marker(time_s);
  const SensorSettings& sensors = dynamics_.sensors;
  if (command.takes_image && !has_image_) {
    has_image_ = true;
    image_.due = step_ + static_cast<std::uint64_t>(sensors.image_latency_ms);
    image_.time_s = time_s;
    image_.position = truth_.target + sensors.image_noise_mm * image_noise_.normal3(step_);
    if (const Fault* offset = active(FaultKind::image_offset)) {
      image_.position.x() += offset->magnitude;
    }
  }
  frame_.image.is_new = has_image_ && step_ >= image_.due;
  if (frame_.image.is_new) {
    frame_.image.time_s = image_.time_s;
    frame_.image.position = image_.position;
    has_image_ = false;
  }
  frame_.heart = heart_->read(step_);
}

void Plant::see_marker(double time_s) noexcept {
  const SensorSettings& sensors = dynamics_.sensors;
  const bool is_exposed = step_ % static_cast<std::uint64_t>(sensors.marker_period_ms) == 0;
  if (is_exposed && active(FaultKind::marker_lost) == nullptr) {
    PendingSample& sample = markers_[marker_head_ & 255U];
    const PendingSample& before = markers_[(marker_head_ - 1) & 255U];
    sample.due = step_ + static_cast<std::uint64_t>(sensors.marker_latency_ms);
    sample.time_s = time_s;
    sample.position = motion_->marker(time_s) + sensors.marker_noise_mm * marker_noise_.normal3(step_);
    if (const Fault* jump = active(FaultKind::target_jump)) {
      sample.position.y() -= jump->magnitude;  // who coughs moves the skin as well
    }
    if (active(FaultKind::marker_frozen) != nullptr && marker_head_ > 0) {
      sample.position = before.position;
    }
    ++marker_head_;
  }
  frame_.marker.is_new = marker_tail_ != marker_head_ && step_ >= markers_[marker_tail_ & 255U].due;
  if (frame_.marker.is_new) {
    const PendingSample& sample = markers_[marker_tail_ & 255U];
    frame_.marker.time_s = sample.time_s;
    frame_.marker.position = sample.position;
    ++marker_tail_;
  }
}

void Plant::see_room(const MachineCommand& command) noexcept {
  if (step_ % clearance_period_ms == 0) {
    frame_.clearance = clearance_->read(frame_.encoders, command.errand);
    if (const Fault* loss = active(FaultKind::clearance_loss)) {
      // what comes near can touch, and no more
      double& clearance_mm = frame_.clearance.clearance_mm;
      clearance_mm = std::min(clearance_mm, std::max(0.0, clearance_mm - loss->magnitude));
    }
  }
  const Fault* lost = active(FaultKind::console_lost);
  // one loss may follow another without a heartbeat between them
  console_age_ms_ = lost == nullptr ? 0 : std::max(console_age_ms_, step_ - lost->first_step()) + 1;
  frame_.console_age_ms = static_cast<double>(console_age_ms_);
  frame_.is_door_open = active(FaultKind::door_open) != nullptr;
  frame_.is_stop_pressed = active(FaultKind::emergency_stop) != nullptr;
  frame_.is_record_full = is_record_full_ || active(FaultKind::record_lost) != nullptr;
}

}  // namespace xingu
