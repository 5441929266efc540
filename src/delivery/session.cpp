// SPDX-License-Identifier: Apache-2.0
#include "delivery/session.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <ctime>

namespace xingu {
namespace {

constexpr std::uint64_t steps_between = 100;
constexpr double late_s = 0.2e-3;
constexpr long nanoseconds_per_second = 1'000'000'000;

constexpr long most_watched_ns = 200'000;

/// @param nanoseconds  less than a second either way
timespec advanced(timespec time, long nanoseconds) {
  time.tv_nsec += nanoseconds;
  if (time.tv_nsec >= nanoseconds_per_second) {
    time.tv_nsec -= nanoseconds_per_second;
    ++time.tv_sec;
  } else if (time.tv_nsec < 0) {
    time.tv_nsec += nanoseconds_per_second;
    --time.tv_sec;
  }
  return time;
}

double seconds_between(const timespec& from, const timespec& to) {
  return static_cast<double>(to.tv_sec - from.tv_sec) + 1e-9 * static_cast<double>(to.tv_nsec - from.tv_nsec);
}

/// Sleeps until so long before a time, and watches the clock until then. @return when it went on
timespec wait_until(const timespec& due, long watched_ns) {
  const timespec wake = advanced(due, -watched_ns);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, nullptr) == EINTR) {
  }
  timespec now{};
  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while (seconds_between(due, now) < 0);
  return now;
}

}  // namespace

Session::Session(const DeliveryPlan& plan, const SessionSettings& settings, const PatientMotion& motion,
                 const ClearanceSource& clearance, FaultSchedule faults, OperatorPort& person,
                 SessionRecorder* recorder)
    : plant_(settings.dynamics, plan.num_leaves(), motion, clearance, std::move(faults), settings.seed,
             settings.first_step,
             settings.ecg ? std::make_unique<EcgHeartSensor>(motion, *settings.ecg, settings.seed, settings.first_step)
                          : nullptr),
      controller_(plan, settings.dynamics, settings.tracking, settings.progress),
      person_(&person),
      recorder_(recorder),
      first_step_(settings.first_step) {}

bool Session::is_stalled() noexcept {
  return plant_.faults().active(FaultKind::loop_stall, plant_.sensors().step) != nullptr;
}

void Session::step() noexcept {
  plant_.befall(person_->change(plant_.next_step()));
  const SensorFrame& frame = plant_.advance(controller_.command());
  OperatorAction action = OperatorAction::none;
  if (!is_stalled()) {
    action = person_->next(frame.step, controller_);
    controller_.step(frame, action);
  }
  has_started_ = has_started_ || controller_.state() != SessionState::idle;
  if (recorder_ != nullptr) {
    recorder_->take(frame.step, action, controller_, plant_);
    if (recorder_->is_full()) {
      plant_.set_record_full();
    }
  }
}

bool Session::is_over() const noexcept {
  const SessionState state = controller_.state();
  return state == SessionState::complete || state == SessionState::aborted ||
         (has_started_ && state == SessionState::idle);
}

bool run_fast(Session& session, std::uint64_t max_steps, const std::function<bool()>& between) {
  for (std::uint64_t i = 0; i < max_steps && !session.is_over(); ++i) {
    session.step();
    if (between && (i + 1) % steps_between == 0 && !between()) {
      break;
    }
  }
  return session.is_over();
}

void run_real_time(Session& session, std::uint64_t max_steps, const std::function<bool()>& between,
                   PaceStatistics& pace, double speed, Waiting waiting) {
  pace = {};
  const long nanoseconds_per_step = std::lround(1e9 * step_s / speed);
  const long watched_ns = waiting == Waiting::watches ? std::min(nanoseconds_per_step / 5, most_watched_ns) : 0;
  timespec due{};
  clock_gettime(CLOCK_MONOTONIC, &due);
  for (; pace.num_steps < max_steps && !session.is_over(); ++pace.num_steps) {
    const double late = seconds_between(due, wait_until(due, watched_ns));
    pace.num_late += late > late_s ? 1U : 0U;
    pace.worst_late_s = std::max(pace.worst_late_s, late);
    session.step();
    if (between && (pace.num_steps + 1) % steps_between == 0 && !between()) {
      break;
    }
    due = advanced(due, nanoseconds_per_step);
  }
}

}  // namespace xingu
