// SPDX-License-Identifier: Apache-2.0
#include "delivery/controller.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace xingu {
namespace {

constexpr double place_tolerance_deg = 0.1;
constexpr double leaf_tolerance_mm = 0.3;
constexpr int segment_settle_ms = 10;
constexpr int confirm_within_ms = 30'000;

std::array<SetpointGenerator, num_room_axes> generators(const MachineDynamics& dynamics) {
  return {SetpointGenerator(dynamics.axes[0]), SetpointGenerator(dynamics.axes[1]), SetpointGenerator(dynamics.axes[2]),
          SetpointGenerator(dynamics.axes[3])};
}

}  // namespace

std::optional<SessionEvent> event_of(OperatorAction action) noexcept {
  switch (action) {
    case OperatorAction::load:
      return SessionEvent::load;
    case OperatorAction::reject:
      return SessionEvent::reject;
    case OperatorAction::arm:
      return SessionEvent::arm;
    case OperatorAction::disarm:
      return SessionEvent::disarm;
    case OperatorAction::confirm:
      return SessionEvent::confirm;
    case OperatorAction::stop:
      return SessionEvent::stop;
    case OperatorAction::close:
      return SessionEvent::close;
    case OperatorAction::none:
    case OperatorAction::hold:
    case OperatorAction::resume:
    case OperatorAction::acknowledge:
      break;
  }
  return std::nullopt;
}

std::string_view to_string(OperatorAction action) noexcept {
  constexpr std::array<std::string_view, 11> names{"none", "load",  "reject", "arm",    "disarm",     "confirm",
                                                   "stop", "close", "hold",   "resume", "acknowledge"};
  return names[static_cast<std::size_t>(action)];
}

Controller::Controller(const DeliveryPlan& plan, const MachineDynamics& dynamics, const TrackingSettings& tracking,
                       const SessionProgress& progress)
    : plan_(&plan),
      dynamics_(dynamics),
      tracking_(tracking),
      tracker_(tracking, dynamics),
      window_(dynamics.beam.mu_per_pulse() * dynamics.beam.pulse_rate_hz * step_s),
      setpoints_(generators(dynamics)),
      given_(plan.beams().size(), 0.0) {
  stage_history_.fill(Vec3::Zero());
  for (std::size_t i = 0; i < std::min(given_.size(), progress.given_mu.size()); ++i) {
    given_[i] = progress.given_mu[i];
  }
  given1_ = given2_ = given_;
  start_beam();
  skip_given();
}

void Controller::skip_given() noexcept {
  advance_plan();
  num_notes_ = 0;  // what was given before is no news
  command_.errand.comes_from_home = true;
  if (!is_over()) {
    waypoint_ = 0;
    settle_ms_ = dynamics_.settle_ms;
  }
}

const MachineCommand& Controller::step(const SensorFrame& frame, OperatorAction action) noexcept {
  num_notes_ = 0;
  step_ = frame.step;
  now_s_ = static_cast<double>(frame.step) * step_s;
  follow_target(frame);
  if (frame.image.is_new) {
    note({.kind = SessionNote::Kind::image, .value = tracker_.correlation_error_mm()});
  }
  const InterlockMask before = panel_.standing();  // what the action acknowledges is news as well
  take_action(action);
  count_dose(frame);
  check_place(frame);
  report_interlocks(frame);
  panel_.settle(step_);
  note_panel(before);
  decide();
  lead();
  const bool is_on = machine_.lets_beam_on() && panel_.is_clear() && is_placed_ && !is_over();
  beam_on_ms_ = is_on ? beam_on_ms_ + 1.0 : 0.0;
  command_.triggers_beam = is_on;
  command_.closes_contactor = machine_.lets_move() && !panel_.must_terminate();
  command_.heartbeat += 1;
  return command_;
}

void Controller::take_action(OperatorAction action) noexcept {
  asked_ = event_of(action);
  command_.resets_watchdog = false;
  if (action == OperatorAction::hold) {
    holds_for_operator_ = true;
  }
  if (action == OperatorAction::resume || action == OperatorAction::acknowledge || action == OperatorAction::close) {
    if (panel_.stands(Interlock::correlation)) {
      tracker_.learn_correlation_anew();
    }
    command_.resets_watchdog = true;
    moving_ms_ = 0.0;
    panel_.acknowledge();
  }
  if (action == OperatorAction::resume || action == OperatorAction::close) {
    holds_for_operator_ = false;
    panel_.withdraw(Interlock::operator_hold);
    panel_.acknowledge();
  }
  armed_ms_ = machine_.state() == SessionState::armed ? armed_ms_ + 1 : 0;
  if (armed_ms_ > confirm_within_ms && !asked_) {
    asked_ = SessionEvent::disarm;
  }
}

void Controller::count_dose(const SensorFrame& frame) noexcept {
  const bool was_on = command_.triggers_beam;
  pulse_.is_new = frame.has_pulse && !is_over();
  if (pulse_.is_new) {
    given1_[beam_] += frame.monitor1_mu;
    given2_[beam_] += frame.monitor2_mu;
    given_[beam_] = std::max(given1_[beam_], given2_[beam_]);
    pulse_.beam = static_cast<std::uint16_t>(beam_);
    pulse_.segment = static_cast<std::uint16_t>(segment_);
    pulse_.given1_mu = given1_[beam_];
    pulse_.given2_mu = given2_[beam_];
  }
  if (was_on) {
    const double expected = dynamics_.beam.mu_per_pulse() * dynamics_.beam.pulse_rate_hz * step_s *
                            ramp_of(dynamics_.beam, beam_on_ms_ - 1.0);
    window_.add(frame.monitor1_mu, frame.monitor2_mu, expected, frame.asymmetry, frame.has_pulse);
  }
}

void Controller::report_interlocks(const SensorFrame& frame) noexcept {
  const auto limit = [&](Interlock id) { return dynamics_.interlocks.of(id); };
  panel_.report(Interlock::emergency_stop, frame.is_stop_pressed);
  panel_.report(Interlock::watchdog, frame.has_watchdog_tripped && !command_.resets_watchdog);
  panel_.report(Interlock::door, frame.is_door_open);
  panel_.report(Interlock::clearance, frame.clearance.clearance_mm < limit(Interlock::clearance));
  panel_.report(Interlock::console_lost, dynamics_.interlocks.lost_console == LostConsole::holds &&
                                             frame.console_age_ms > limit(Interlock::console_lost));
  panel_.report(Interlock::record_lost, frame.is_record_full);
  panel_.report(Interlock::positioning_time, moving_ms_ > 1000.0 * limit(Interlock::positioning_time));
  panel_.report(Interlock::operator_hold, holds_for_operator_);
  report_dose(frame);
  report_positions(frame);
  report_target(frame);
}

void Controller::report_dose(const SensorFrame& frame) noexcept {
  const auto limit = [&](Interlock id) { return dynamics_.interlocks.of(id); };
  const double most = limit(Interlock::overdose) * dynamics_.beam.mu_per_pulse();
  panel_.report(Interlock::unexpected_beam, frame.has_pulse && !command_.triggers_beam);
  panel_.report(Interlock::overdose, !is_over() && given_[beam_] > current().mu + most);
  if (machine_.state() != SessionState::beam_on) {
    return;
  }
  panel_.report(Interlock::monitor_disagreement,
                100.0 * window_.disagreement() > limit(Interlock::monitor_disagreement));
  panel_.report(Interlock::dose_rate, 100.0 * window_.rate_error() > limit(Interlock::dose_rate));
  panel_.report(Interlock::symmetry, 100.0 * window_.asymmetry() > limit(Interlock::symmetry));
}

double Controller::axis_deviation(const SensorFrame& frame) const noexcept {
  double worst = 0.0;
  for (std::size_t i = 0; i < num_room_axes; ++i) {
    worst = std::max({worst, std::abs(frame.encoders[i] - goal_[i]), std::abs(frame.second_encoders[i] - goal_[i])});
  }
  return worst;
}

double Controller::leaf_deviation(const SensorFrame& frame) const noexcept {
  double worst = 0.0;
  for (std::size_t i = 0; i < command_.leaves.size(); ++i) {
    worst = std::max(worst, std::abs(frame.leaf_encoders[i] - command_.leaves[i]));
  }
  return worst;
}

void Controller::report_positions(const SensorFrame& frame) noexcept {
  const auto limit = [&](Interlock id) { return dynamics_.interlocks.of(id); };
  const bool treats = machine_.state() == SessionState::beam_on || machine_.state() == SessionState::hold;
  panel_.report(Interlock::positioning, treats && !is_over() && !(is_placed_ && tracker_.is_ready()));
  if (machine_.state() == SessionState::beam_on && is_placed_) {
    panel_.report(Interlock::axis_position, axis_deviation(frame) > limit(Interlock::axis_position));
    panel_.report(Interlock::leaf_position, leaf_deviation(frame) > limit(Interlock::leaf_position));
  }
  if (machine_.lets_move()) {
    bool follows = true;
    for (std::size_t i = 0; i < num_room_axes; ++i) {
      const auto delayed = (step_ - static_cast<std::uint64_t>(dynamics_.axes[i].latency_ms)) & 63U;
      follows =
          follows && std::abs(frame.encoders[i] - setpoint_history_[i][delayed]) <= limit(Interlock::following_error);
    }
    panel_.report(Interlock::following_error, !follows);
  }
}

void Controller::report_target(const SensorFrame& frame) noexcept {
  const auto limit = [&](Interlock id) { return dynamics_.interlocks.of(id); };
  const bool treats = machine_.state() == SessionState::beam_on || machine_.state() == SessionState::hold;
  if (tracking_.cardiac_gate && treats) {
    panel_.report(Interlock::cardiac_gate, !tracker_.is_in_cardiac_gate(now_s_));
  }
  if (tracking_.mode == MotionMode::ignore || !tracker_.is_ready()) {
    return;
  }
  panel_.report(Interlock::sensor_lost, 1000.0 * tracker_.marker_age_s(now_s_) > limit(Interlock::sensor_lost));
  panel_.report(Interlock::correlation, tracker_.correlation_error_mm() > limit(Interlock::correlation));
  if (treats) {
    // the prediction bridges the latency; what was seen bounds the answer to a jump, whatever the prediction makes of
    // it
    const double predicted_off_mm = (tracker_.target(now_s_) - frame.stage).norm();
    panel_.report(Interlock::target_position,
                  std::max(predicted_off_mm, seen_off_mm_) > limit(Interlock::target_position));
  }
}

void Controller::follow_target(const SensorFrame& frame) noexcept {
  const std::uint64_t mask = stage_history_.size() - 1;
  stage_history_[frame.step & mask] = frame.stage;
  tracker_.observe(frame);
  const TargetTracker::SeenTarget& seen = tracker_.seen();
  if (seen.is_new) {
    const auto exposed = static_cast<std::uint64_t>(std::llround(seen.time_s / step_s));
    seen_off_mm_ = (seen.position - stage_history_[exposed & mask]).norm();
  }
}

void Controller::decide() noexcept {
  const SessionState before = machine_.state();
  SessionFacts facts;
  facts.is_clear = panel_.is_clear();
  facts.must_terminate = panel_.must_terminate();
  facts.fits = true;  // a DeliveryPlan exists only if it does
  facts.is_in_position = is_placed_ && tracker_.is_ready();
  facts.is_given = is_over();
  const auto event = machine_.step(facts, asked_);
  if (!event) {
    return;
  }
  note({.kind = SessionNote::Kind::state, .state = machine_.state(), .event = *event});
  const bool was_treating = before == SessionState::beam_on || before == SessionState::hold;
  if (was_treating && (panel_.standing() & interlock_table::latching) != 0) {
    lead_back();  // before the beam comes again
  }
}

void Controller::advance_plan() noexcept {
  const double half_pulse = 0.5 * dynamics_.beam.mu_per_pulse();
  while (!is_over() && given_[beam_] >= plan_->mu_after(current(), segment_) - half_pulse) {
    note({.kind = SessionNote::Kind::segment_done,
          .beam = static_cast<std::uint16_t>(beam_),
          .segment = static_cast<std::uint16_t>(segment_),
          .value = given_[beam_]});
    if (segment_ + 1 < current().num_segments) {
      ++segment_;
      start_segment(false);
      continue;
    }
    note({.kind = SessionNote::Kind::beam_done, .beam = static_cast<std::uint16_t>(beam_), .value = given_[beam_]});
    ++beam_;
    start_beam();
  }
}

void Controller::start_beam() noexcept {
  segment_ = 0;
  waypoint_ = 0;
  is_placed_ = false;
  if (is_over()) {
    return;
  }
  command_.errand = {.beam = beam_, .comes_from_home = false};
  start_segment(true);
  settle_ms_ = dynamics_.settle_ms;
}

void Controller::start_segment(bool keeps_place) noexcept {
  command_.leaves = plan_->leaves(current(), segment_);
  command_.magnification = current().magnification;
  command_.leaf_request += 1;
  is_placed_ = false;
  stood_ms_ = 0;
  moving_ms_ = 0.0;
  settle_ms_ = segment_settle_ms;
  if (!keeps_place) {
    waypoint_ = current().num_waypoints - 1;
  }
}

bool Controller::has_left_its_place(const SensorFrame& frame) const noexcept {
  return axis_deviation(frame) > dynamics_.interlocks.of(Interlock::axis_position) ||
         leaf_deviation(frame) > dynamics_.interlocks.of(Interlock::leaf_position);
}

void Controller::lead_back() noexcept {
  is_placed_ = false;
  stood_ms_ = 0;
  command_.leaf_request += 1;
}

void Controller::check_place(const SensorFrame& frame) noexcept {
  advance_plan();
  if (is_placed_ && machine_.state() != SessionState::beam_on && !is_over() && has_left_its_place(frame)) {
    lead_back();
  }
  if (is_over() || is_placed_) {
    moving_ms_ = 0.0;
    return;
  }
  const auto way = plan_->waypoints(current());
  goal_ = way[std::min(waypoint_, way.size() - 1)];
  const bool stands = axis_deviation(frame) <= place_tolerance_deg;
  if (stands && waypoint_ + 1 < way.size()) {
    ++waypoint_;
    return;
  }
  const bool is_there = stands && leaf_deviation(frame) <= leaf_tolerance_mm;
  stood_ms_ = is_there ? stood_ms_ + 1 : 0;
  is_placed_ = stood_ms_ > settle_ms_;
  if (machine_.lets_move() && !panel_.must_stop_motion()) {
    moving_ms_ += 1.0;
  }
}

void Controller::lead() noexcept {
  lead_axes();
  if (tracking_.mode == MotionMode::track && tracker_.is_ready() && machine_.lets_move()) {
    const double ahead_s = (dynamics_.stage.latency_ms + 1) * step_s;
    command_.stage = tracker_.target(now_s_ + ahead_s);
  }
  command_.takes_image = tracker_.wants_image(now_s_) && machine_.lets_move();
  if (command_.takes_image) {
    tracker_.note_image_taken(now_s_);
  }
}

void Controller::lead_axes() noexcept {
  const bool moves = machine_.lets_move() && !panel_.must_stop_motion() && !is_over();
  for (std::size_t i = 0; i < num_room_axes; ++i) {
    if (moves) {
      setpoints_[i].advance(goal_[i]);
    } else {
      setpoints_[i].brake();
    }
    command_.axes[i] = setpoints_[i].position();
    setpoint_history_[i][(step_ + 1) & 63U] = command_.axes[i];
  }
}

void Controller::note(const SessionNote& note) noexcept {
  if (num_notes_ < max_notes) {
    notes_[num_notes_++] = note;
  }
}

void Controller::note_panel(InterlockMask before) noexcept {
  InterlockMask changed = before ^ panel_.standing();
  while (changed != 0) {
    const auto id = static_cast<Interlock>(std::countr_zero(changed));
    changed &= changed - 1;
    const bool trips = (panel_.standing() & interlock_table::bit(id)) != 0;
    note({.kind = trips ? SessionNote::Kind::tripped : SessionNote::Kind::released, .interlock = id});
  }
}

}  // namespace xingu
