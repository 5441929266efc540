// SPDX-License-Identifier: Apache-2.0
// Sessions in which one or two faults befall the machine at random times, watched by an observer who knows the truth
// and the interlock table, and nothing of the controller.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

#include "base/parallel.h"
#include "base/philox.h"
#include "delivery_case.h"

namespace xingu {
namespace {

using test::DeliveryCase;
using test::max_steps;

/// Random numbers of one session.
class Dice {
 public:
  explicit Dice(std::uint64_t session) : random_(2024, session) {}
  double uniform(double low, double high) { return low + (high - low) * random_.uniform(next_++); }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(uniform(0.0, static_cast<double>(count))); }

 private:
  Philox random_;
  std::uint64_t next_ = 0;
};

Fault random_fault(Dice& dice, double latest_s) {
  const FaultRow& row = fault_table::rows[dice.below(num_fault_kinds)];
  Fault fault;
  fault.kind = row.kind;
  fault.start_s = dice.uniform(0.0, latest_s);
  fault.duration_s = dice.uniform(0.3, 20.0);
  fault.magnitude = dice.uniform(row.smallest, row.largest);
  fault.index = static_cast<std::uint32_t>(dice.below(row.kind == FaultKind::leaf_slip ? 128 : 3));
  return fault;
}

/// Looks at every pulse: may it be there?
class Observer final : public SessionRecorder {
 public:
  Observer(const DeliveryPlan& plan, MotionMode mode, double pulse_mu)
      : mu(plan.beams().size()), plan_(&plan), mode_(mode), pulse_mu_(pulse_mu) {}

  void take(std::uint64_t step, OperatorAction, const Controller& controller, const Plant& plant) noexcept override {
    watch_positions(step, plant);
    // beyond the gate and what the correlation model may be wrong by
    out_ms_ = plant.truth().target.norm() > 5.0 ? out_ms_ + 1 : 0;
    const bool is_blind = plant.faults().active(FaultKind::marker_lost, step) != nullptr ||
                          plant.faults().active(FaultKind::marker_frozen, step) != nullptr;
    seeing_ms_ = is_blind ? 0 : seeing_ms_ + 1;
    const Pulse& pulse = plant.truth().pulse;
    for (std::size_t i = 0; i < plant.faults().all().size(); ++i) {
      const Fault& fault = plant.faults().all()[i];
      const bool is_active = step >= fault.first_step() && step < fault.end_step();
      beam_ms_[i] = is_active && beam_was_asked_for_ ? beam_ms_[i] + 1 : is_active ? beam_ms_[i] : 0;
      if (pulse.has_fired && is_active && beam_was_asked_for_) {
        judge(step, fault, beam_ms_[i]);
      }
    }
    if (pulse.has_fired) {
      mu[controller.pulse().beam] += pulse.mu;
      judge_positions(step);
      if (!beam_was_asked_for_) {
        ++num_unasked;
      }
    }
    beam_was_asked_for_ = controller.command().triggers_beam;
    beam_ = std::min(controller.beam(), plan_->beams().size() - 1);
    segment_ = controller.segment();
  }
  [[nodiscard]] bool is_full() const noexcept override { return false; }

  std::vector<double> mu;
  int num_unasked = 0;
  double slowest_jump_ms = 0;  ///< from a jump of the target to its last pulse
  std::string complaint;

 private:
  void complain(std::uint64_t step, std::string_view what, double lasted_ms) {
    if (complaint.empty()) {
      complaint = fmt::format("a pulse at {} ms, {} for {} ms", step, what, lasted_ms);
    }
  }

  /// Faults whose effect lasts as long as they do.
  void judge(std::uint64_t step, const Fault& fault, double beam_ms) {
    const FaultRow& row = fault_table::row(fault.kind);
    const InterlockRow& interlock = interlock_table::row(row.interlock);
    const double lasted = static_cast<double>(step - fault.first_step());
    switch (fault.kind) {
      case FaultKind::axis_slip:  // what these do is seen in positions
      case FaultKind::axis_blocked:
      case FaultKind::leaf_slip:
      case FaultKind::leaf_blocked:
      case FaultKind::stuck_on:      // counted as pulses that nobody asked for
      case FaultKind::image_offset:  // nobody knows before the next image
        return;
      case FaultKind::target_jump:  // a head that follows the target is right again
        if (mode_ != MotionMode::gate) {
          return;
        }
        break;
      case FaultKind::marker_lost:
      case FaultKind::marker_frozen:
        if (mode_ == MotionMode::ignore) {
          return;
        }
        break;
      default:
        break;
    }
    double used = interlock.clock == BoundClock::beam ? beam_ms : lasted;
    if (fault.kind == FaultKind::target_jump) {
      // a breath may carry the target back into its gate; while the camera is blind, its own interlock answers
      used = std::min({used, out_ms_, seeing_ms_});
      slowest_jump_ms = std::max(slowest_jump_ms, used);
    }
    if (used > interlock.bound_ms) {
      complain(step, row.name, used);
    }
  }

  void watch_positions(std::uint64_t, const Plant& plant) {
    const auto& beam = plan_->beams()[beam_];
    double axis = 0.0;
    for (std::size_t i = 0; i < num_room_axes; ++i) {
      axis = std::max(axis, std::abs(plant.truth().axes[i] - beam.axes[i]));
    }
    double leaf = 0.0;
    const auto goal = plan_->leaves(beam, std::min(segment_, beam.num_segments - 1));
    for (std::size_t i = 0; i < goal.size(); ++i) {
      leaf = std::max(leaf, std::abs(plant.truth().leaves[i] - goal[i]));
    }
    // beyond the threshold and the encoders' noise
    axis_ms_ = axis > 0.55 ? axis_ms_ + 1 : 0;
    leaf_ms_ = leaf > 1.1 ? leaf_ms_ + 1 : 0;
  }
  void judge_positions(std::uint64_t step) {
    if (axis_ms_ > interlock_table::row(Interlock::axis_position).bound_ms && beam_was_asked_for_) {
      complain(step, "an axis out of place", axis_ms_);
    }
    if (leaf_ms_ > interlock_table::row(Interlock::leaf_position).bound_ms && beam_was_asked_for_) {
      complain(step, "a leaf out of place", leaf_ms_);
    }
  }

  const DeliveryPlan* plan_;
  MotionMode mode_;
  double pulse_mu_;
  std::array<double, 4> beam_ms_{};
  bool beam_was_asked_for_ = false;
  std::size_t beam_ = 0;
  std::size_t segment_ = 0;
  double axis_ms_ = 0;
  double leaf_ms_ = 0;
  double out_ms_ = 0;
  double seeing_ms_ = 0;
};

struct SessionResult {
  std::string complaint;
  SessionState state = SessionState::idle;
  bool had_beam = false;
  double slowest_jump_ms = 0;
};

std::string text_of(const Fault& fault) {
  return fmt::format("{} {:.4g} at {:.3f} s for {:.3f} s on {}", fault_table::row(fault.kind).name, fault.magnitude,
                     fault.start_s, fault.duration_s, fault.index);
}

SessionResult run_session(std::uint64_t number) {
  Dice dice(number);
  DeliveryCase one(test::small_delivery_plan(2, 3.0));
  const double kind = dice.uniform(0.0, 1.0);
  const MotionMode mode = kind < 0.6 ? MotionMode::ignore : kind < 0.8 ? MotionMode::gate : MotionMode::track;
  if (mode != MotionMode::ignore) {
    MotionModel model;
    model.breathing_mm = 8.0;
    model.duration_s = 120.0;
    one.with_motion(make_model_motion(model, number), mode);
    one.settings().tracking.learning_s = 12.0;
  }
  // the beam is on from about 4 s, or from about 22 s with tracking
  const double latest_s = mode == MotionMode::ignore ? 12.0 : 40.0;
  std::vector<Fault> faults{random_fault(dice, latest_s)};
  if (dice.uniform(0.0, 1.0) < 0.5) {
    faults.push_back(random_fault(dice, latest_s));
  }
  one.with_faults(faults).with_seed(number);
  const double pulse_mu = one.settings().dynamics.beam.mu_per_pulse();
  Observer observer(one.plan(), mode, pulse_mu);
  const auto session = one.session(&observer);
  SessionResult result;
  const bool is_over = run_fast(*session, max_steps);
  result.state = session->controller().state();
  result.complaint = observer.complaint;
  result.slowest_jump_ms = observer.slowest_jump_ms;
  for (std::size_t b = 0; b < observer.mu.size(); ++b) {
    result.had_beam = result.had_beam || observer.mu[b] > 0;
    const double over = observer.mu[b] - one.plan().beams()[b].mu;
    if (over > pulse_mu) {
      result.complaint += fmt::format("; beam {} has {:.3f} pulses too many", b, over / pulse_mu);
    }
  }
  if (observer.num_unasked > 1) {  // the first one is how it is noticed
    result.complaint += fmt::format("; {} pulses that nobody asked for", observer.num_unasked);
  }
  if (!is_over) {
    result.complaint += "; it hangs in " + std::string(to_string(result.state));
  }
  if (!result.complaint.empty()) {
    result.complaint = fmt::format("session {} ({}): {}", number, to_string(mode), result.complaint);
    for (const Fault& fault : faults) {
      result.complaint += "; " + text_of(fault);
    }
  }
  return result;
}

TEST(RandomFaults, end_in_beam_off_within_the_bound_and_never_give_a_pulse_too_many) {
  constexpr std::size_t num_sessions = XINGU_FAULT_SESSIONS;
  std::vector<SessionResult> results(num_sessions);
  parallel_for(num_sessions, [&](std::size_t i) { results[i] = run_session(i); });
  std::size_t num_complaints = 0;
  std::size_t num_with_beam = 0;
  std::map<SessionState, std::size_t> ends;
  double slowest_jump_ms = 0;
  for (const SessionResult& result : results) {
    ++ends[result.state];
    slowest_jump_ms = std::max(slowest_jump_ms, result.slowest_jump_ms);
    num_with_beam += result.had_beam ? 1U : 0U;
    if (!result.complaint.empty() && ++num_complaints <= 10) {
      ADD_FAILURE() << result.complaint;
    }
  }
  RecordProperty("slowest_answer_to_a_jump_ms", std::to_string(slowest_jump_ms));
  EXPECT_EQ(num_complaints, 0U) << "of " << num_sessions;
  EXPECT_GT(num_with_beam, num_sessions / 2);
  EXPECT_GT(ends[SessionState::complete], num_sessions / 10);
  EXPECT_GT(ends[SessionState::aborted], num_sessions / 20);
}

}  // namespace
}  // namespace xingu
