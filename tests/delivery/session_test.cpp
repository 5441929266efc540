// SPDX-License-Identifier: Apache-2.0
#include "delivery/session.h"

#include <gtest/gtest.h>

#include <cstring>
#include <mutex>
#include <shared_mutex>

#include "delivery_case.h"
#include "support/allocations.h"
#include "support/locks.h"

namespace xingu {
namespace {

using test::DeliveryCase;
using test::max_steps;
using test::PulseLedger;

/// A number that depends on every bit of every step.
class Fingerprint final : public SessionRecorder {
 public:
  void take(std::uint64_t, OperatorAction, const Controller& controller, const Plant& plant) noexcept override {
    mix(plant.truth().pulse.mu);
    for (const double axis : plant.sensors().encoders) {
      mix(axis);
    }
    mix(plant.truth().stage.z());
    mix(plant.truth().target.z());
    mix(controller.command().stage.x());
    for (const double mu : controller.given_mu()) {
      mix(mu);
    }
  }
  [[nodiscard]] bool is_full() const noexcept override { return false; }
  std::uint64_t value = 0;

 private:
  void mix(double number) noexcept {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &number, sizeof bits);
    value = (value ^ bits) * 0x9E3779B97F4A7C15ULL;
    value ^= value >> 29U;
  }
};

TEST(Session, gives_every_beam_its_mu_to_half_a_pulse_by_its_monitors) {
  DeliveryCase one;
  PulseLedger ledger(one.plan().beams().size());
  const auto session = one.session(&ledger);
  ASSERT_TRUE(run_fast(*session, max_steps));
  EXPECT_EQ(session->controller().state(), SessionState::complete);
  const double pulse = one.settings().dynamics.beam.mu_per_pulse();
  for (std::size_t b = 0; b < ledger.mu.size(); ++b) {
    EXPECT_NEAR(session->controller().given_mu()[b], one.plan().beams()[b].mu, 0.6 * pulse);
    EXPECT_NEAR(ledger.mu[b], one.plan().beams()[b].mu, pulse);
  }
}

TEST(Session, stands_where_the_plan_wants_it_whenever_a_pulse_fires) {
  class PlaceChecker final : public SessionRecorder {
   public:
    explicit PlaceChecker(const DeliveryPlan& plan) : plan_(&plan) {}
    void take(std::uint64_t, OperatorAction, const Controller& controller, const Plant& plant) noexcept override {
      if (plant.truth().pulse.has_fired && controller.is_in_position()) {
        const auto& beam = plan_->beams()[controller.beam()];
        const auto leaves = plan_->leaves(beam, controller.segment());
        for (std::size_t i = 0; i < leaves.size(); ++i) {
          worst_mm = std::max(worst_mm, std::abs(leaves[i] - plant.truth().leaves[i]));
        }
        for (std::size_t i = 0; i < num_room_axes; ++i) {
          worst_deg = std::max(worst_deg, std::abs(beam.axes[i] - plant.truth().axes[i]));
        }
        ++num_pulses;
      }
    }
    [[nodiscard]] bool is_full() const noexcept override { return false; }
    double worst_mm = 0.0;
    double worst_deg = 0.0;
    int num_pulses = 0;

   private:
    const DeliveryPlan* plan_;
  };
  DeliveryCase one;
  PlaceChecker checker(one.plan());
  ASSERT_TRUE(run_fast(*one.session(&checker), max_steps));
  EXPECT_GT(checker.num_pulses, 300);
  EXPECT_LT(checker.worst_mm, 0.3);
  EXPECT_LT(checker.worst_deg, 0.1);
}

TEST(NumLocks, counts_those_of_the_standard_library) {
  if (!test::counts_locks()) {
    GTEST_SKIP() << "locks are not counted under the thread sanitizer";
  }
  std::mutex exclusive;
  std::shared_mutex shared;
  const std::uint64_t before = test::num_locks();
  {
    const std::lock_guard lock(exclusive);
  }
  {
    const std::unique_lock lock(exclusive, std::try_to_lock);
  }
  {
    const std::shared_lock lock(shared);
  }
  {
    const std::unique_lock lock(shared);
  }
  EXPECT_EQ(test::num_locks(), before + 4);
}

TEST(Session, allocates_and_locks_nothing_in_its_loop) {
  DeliveryCase one;
  MotionModel model;
  model.heart_mm = 4.0;
  one.with_motion(make_model_motion(model, 3), MotionMode::track);
  one.settings().tracking.cardiac_gate = CardiacGate{0.3, 0.9};
  one.settings().ecg = SessionEcg{};
  one.with_faults({{FaultKind::axis_slip, 45.0, 1.0, 3.0, 0}, {FaultKind::door_open, 50.0, 1.0, 0.0, 0}});
  const auto session = one.session();
  const std::uint64_t allocations = test::num_allocations();
  const std::uint64_t locks = test::num_locks();
  for (int i = 0; i < 80'000 && !session->is_over(); ++i) {
    session->step();
  }
  EXPECT_EQ(test::num_allocations(), allocations);
  EXPECT_EQ(test::num_locks(), locks);
  EXPECT_GT(session->controller().given_mu()[0], 0.0) << "the beam was never on, so little was shown";
}

TEST(Session, gives_the_same_bits_again_and_others_with_another_seed) {
  const auto fingerprint = [](std::uint64_t seed) {
    DeliveryCase one;
    one.with_motion(make_model_motion(MotionModel{}, 3), MotionMode::track).with_seed(seed);
    Fingerprint print;
    EXPECT_TRUE(run_fast(*one.session(&print), max_steps));
    return print.value;
  };
  EXPECT_EQ(fingerprint(1), fingerprint(1));
  EXPECT_NE(fingerprint(1), fingerprint(2));
}

TEST(Session, gives_the_same_bits_in_real_time) {
  const auto fingerprint = [](std::optional<Waiting> waiting) {
    DeliveryCase one;
    Fingerprint print;
    const auto session = one.session(&print);
    if (waiting) {
      PaceStatistics pace;
      run_real_time(*session, 400, {}, pace, 2.0, *waiting);
      EXPECT_EQ(pace.num_steps, 400U);
    } else {
      run_fast(*session, 400);
    }
    return print.value;
  };
  const auto in_no_time = fingerprint(std::nullopt);
  EXPECT_EQ(fingerprint(Waiting::sleeps), in_no_time);
  EXPECT_EQ(fingerprint(Waiting::watches), in_no_time);
}

TEST(Session, goes_on_from_given_mu) {
  DeliveryCase one;
  SessionProgress progress;
  progress.given_mu = {one.plan().beams()[0].mu, 2.5, 0.0};
  one.settings().progress = progress;
  PulseLedger ledger(3);
  const auto session = one.session(&ledger);
  ASSERT_TRUE(run_fast(*session, max_steps));
  EXPECT_EQ(session->controller().state(), SessionState::complete);
  const double pulse = one.settings().dynamics.beam.mu_per_pulse();
  EXPECT_EQ(ledger.mu[0], 0.0);
  EXPECT_NEAR(ledger.mu[1] + 2.5, one.plan().beams()[1].mu, pulse);
  EXPECT_NEAR(ledger.mu[2], one.plan().beams()[2].mu, pulse);
}

TEST(Session, holds_at_the_operators_word_and_goes_on_at_it) {
  class Nervous final : public OperatorPort {
   public:
    [[nodiscard]] OperatorAction next(std::uint64_t step, const Controller& controller) noexcept override {
      if (controller.state() == SessionState::beam_on && !has_held_) {
        has_held_ = true;
        return OperatorAction::hold;
      }
      return willing_.next(step, controller);
    }

   private:
    WillingOperator willing_;
    bool has_held_ = false;
  };
  DeliveryCase one;
  Nervous person;
  const auto session = one.session(nullptr, &person);
  while (session->controller().state() != SessionState::hold && session->num_steps() < max_steps) {
    session->step();
  }
  EXPECT_TRUE(session->controller().panel().stands(Interlock::operator_hold));
  EXPECT_EQ(session->controller().panel().first_out(), Interlock::operator_hold);
  ASSERT_TRUE(run_fast(*session, max_steps));
  EXPECT_EQ(session->controller().state(), SessionState::complete);
}

}  // namespace
}  // namespace xingu
