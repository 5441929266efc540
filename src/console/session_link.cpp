// SPDX-License-Identifier: Apache-2.0
#include "console/session_link.h"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace xingu::console {
namespace {

constexpr std::uint64_t publish_every = 10;
constexpr std::uint64_t rate_window_steps = 100;

Telemetry with_room(std::size_t num_leaves) {
  Telemetry telemetry;
  telemetry.leaves_mm.resize(num_leaves);
  return telemetry;
}

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

bool has_done(OperatorAction action, const Controller& controller) noexcept {
  const auto wanted = event_of(action);
  return !wanted || std::ranges::any_of(controller.notes(), [&](const SessionNote& note) {
    return note.kind == SessionNote::Kind::state && note.event == *wanted;
  });
}

/// Whether a change that was asked for came about with this step.
bool has_befallen(FaultChange::Kind kind, const Plant& plant) noexcept {
  return std::ranges::any_of(plant.changes(),
                             [&](const FaultChange& change) { return change.kind == kind && !change.is_by_itself; });
}

}  // namespace

SessionLink::SessionLink(const DeliveryPlan& plan, RecordWriter& record, const PaceStatistics& pace,
                         const SessionSettings& settings, double speed)
    : record_(&record),
      pace_(&pace),
      has_cardiac_gate_(settings.tracking.cardiac_gate.has_value()),
      gate_mm_(settings.tracking.mode == MotionMode::ignore
                   ? unknown
                   : settings.dynamics.interlocks.of(Interlock::target_position)),
      missing_steps_(static_cast<std::uint64_t>(std::ceil(beat_missing_ms * std::max(1.0, speed)))),
      slot_(with_room(plan.num_leaves())) {}

FaultChange SessionLink::change(std::uint64_t step) noexcept {
  const FaultChange lost = watch_console(step);
  if (lost.kind != FaultChange::Kind::none) {
    return lost;
  }
  LinkCommand command;
  if (!current_ && commands_.pop(command)) {
    current_ = command;
    is_asked_ = command.action == OperatorAction::none;
    FaultChange change = command.change;
    const Fault now = fault_from(step, change.fault.kind, change.fault.duration_s);
    change.fault.start_s = now.start_s;
    return change;
  }
  return {};
}

FaultChange SessionLink::watch_console(std::uint64_t step) noexcept {
  const std::uint32_t beats = beats_.load(std::memory_order_relaxed);
  if (beats != beats_heard_ || !heard_step_) {
    beats_heard_ = beats;
    heard_step_ = step;
  }
  const bool is_lost = step - *heard_step_ > missing_steps_;
  if (is_lost == is_console_lost_) {
    return {};
  }
  is_console_lost_ = is_lost;
  // what is missing already counts: the age begins before this step
  const Fault lost =
      fault_from(step - std::min<std::uint64_t>(step, beat_missing_ms), FaultKind::console_lost, until_ended_s);
  return {is_lost ? FaultChange::Kind::begin : FaultChange::Kind::end, lost};
}

OperatorAction SessionLink::next(std::uint64_t, const Controller&) noexcept {
  if (!current_ || is_asked_) {
    return OperatorAction::none;
  }
  is_asked_ = true;
  return current_->action;
}

void SessionLink::take(std::uint64_t step, OperatorAction action, const Controller& controller,
                       const Plant& plant) noexcept {
  record_->take(step, action, controller, plant);
  for (const SessionNote& note : controller.notes()) {
    LoopEvent event;
    event.step = step;
    event.note = note;
    event.clearance = plant.sensors().clearance;
    event.is_first_out = note.kind == SessionNote::Kind::tripped && controller.panel().first_out() == note.interlock;
    tell(event);
  }
  for (const FaultChange& change : plant.changes()) {
    LoopEvent event;
    event.kind = LoopEvent::Kind::change;
    event.step = step;
    event.change = change;
    tell(event);
  }
  if (current_ && is_asked_) {
    answer(step, controller, plant);
  }
  const SensorFrame& frame = plant.sensors();
  if (frame.marker.is_new) {
    marker_ = frame.marker.position;
  }
  const double mu = frame.has_pulse ? frame.monitor1_mu : 0.0;
  mu_lately_ += mu - mu_of_steps_[(step - rate_window_steps) & 127U];
  mu_of_steps_[step & 127U] = mu;
  if (step % publish_every == 0 || !controller.notes().empty()) {
    publish(step, controller, plant);
  }
}

void SessionLink::tell(const LoopEvent& event) noexcept {
  if (!events_.push(event)) {
    lost_events_.fetch_add(1, std::memory_order_relaxed);
  }
}

void SessionLink::answer(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept {
  LoopEvent event;
  event.kind = LoopEvent::Kind::answer;
  event.step = step;
  event.command = current_->id;
  event.state = controller.state();
  event.is_done = current_->change.kind != FaultChange::Kind::none ? has_befallen(current_->change.kind, plant)
                                                                   : has_done(current_->action, controller);
  current_.reset();
  tell(event);
}

void SessionLink::publish(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept {
  const SensorFrame& frame = plant.sensors();
  const InterlockPanel& panel = controller.panel();
  Telemetry& t = slot_.writing();
  t.t_s = static_cast<double>(step) * step_s;
  t.published_ns = monotonic_ns();
  t.state = controller.state();
  t.is_beam_on = controller.command().triggers_beam;
  t.beam = static_cast<std::uint16_t>(controller.beam());
  t.segment = static_cast<std::uint16_t>(controller.segment());
  t.axes_deg = frame.encoders;
  t.goal_deg = controller.axis_goal();
  t.stage_mm = frame.stage;
  t.target_mm = controller.tracker().target(t.t_s);
  t.marker_mm = marker_;
  t.gate_mm = gate_mm_;
  if (has_cardiac_gate_) {
    const CardiacPhase::Estimate estimate = controller.tracker().cardiac_phase().at(t.t_s);
    t.cardiac_phase = estimate.is_known ? estimate.phase : unknown;
    t.cardiac_gate = controller.tracker().is_in_cardiac_gate(t.t_s) ? 1.0 : 0.0;
  }
  const bool is_of_this_beam = controller.pulse().beam == controller.beam() && controller.pulse().given1_mu > 0;
  const double given = controller.beam() < controller.given_mu().size() ? controller.given_mu()[controller.beam()] : 0;
  t.beam_mu = is_of_this_beam ? controller.pulse().given1_mu : given;
  t.beam_mu_2 = is_of_this_beam ? controller.pulse().given2_mu : given;
  t.given_mu = 0.0;
  for (const double mu : controller.given_mu()) {
    t.given_mu += mu;
  }
  t.dose_rate_mu_per_min = std::max(0.0, mu_lately_) * 60.0 / (static_cast<double>(rate_window_steps) * step_s);
  t.clearance_mm = frame.clearance.clearance_mm;
  t.nearest_pair = frame.clearance.pair;
  t.active = panel.active();
  t.latched = panel.latched();
  const bool has_first = panel.first_out() && (panel.standing() & interlock_table::latching) != 0;
  t.first_out = has_first ? static_cast<int>(*panel.first_out()) : -1;
  t.console_age_ms = frame.console_age_ms;
  t.num_late = pace_->num_late;
  t.worst_late_ms = 1000.0 * pace_->worst_late_s;
  t.num_steps = pace_->num_steps;
  t.record_bytes = record_->used();
  std::ranges::transform(frame.leaf_encoders, t.leaves_mm.begin(), [](double mm) { return static_cast<float>(mm); });
  slot_.publish();
}

}  // namespace xingu::console
