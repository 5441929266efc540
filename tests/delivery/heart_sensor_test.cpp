// SPDX-License-Identifier: Apache-2.0
#include "delivery/heart_sensor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "delivery/axis.h"
#include "delivery_case.h"

namespace xingu {
namespace {

std::unique_ptr<PatientMotion> beating_patient() {
  MotionModel model;
  model.heart_mm = 4.0;
  return make_model_motion(model, 3);
}

TEST(IdealHeartSensor, tells_every_r_peak_its_latency_later) {
  const auto patient = beating_patient();
  const auto sensor = make_ideal_heart_sensor(*patient, 15);
  int beats = 0;
  for (std::uint64_t step = 0; step < 20'000; ++step) {
    const HeartReading reading = sensor->read(step);
    if (reading.has_beat) {
      ++beats;
      ASSERT_NEAR(reading.beat_s, static_cast<double>(step) * step_s - 0.015, 1e-9);
      ASSERT_LT(patient->cardiac_phase(reading.beat_s), 0.002);
    }
  }
  EXPECT_NEAR(beats, 23, 2);
}

TEST(EcgHeartSensor, finds_the_beats_of_the_patient_that_moves) {
  const auto patient = beating_patient();
  constexpr std::uint64_t first_step = 5000;
  EcgHeartSensor sensor(*patient, SessionEcg{}, 1, first_step);
  int beats = 0;
  for (std::uint64_t step = first_step; step < first_step + 40'000; ++step) {
    const HeartReading reading = sensor.read(step);
    if (reading.has_beat && ++beats == 1) {
      EXPECT_GE(step, first_step + 2510) << "what a complex is like is not known yet";
      EXPECT_LT(step, first_step + 4000);
    }
    EXPECT_EQ(reading.is_blind, beats == 0) << step;
    if (reading.has_beat) {
      const double phase = patient->cardiac_phase(reading.beat_s);
      ASSERT_LT(std::abs(phase - std::round(phase)), 0.04);
      ASSERT_LE(static_cast<double>(step) * step_s - reading.beat_s, reading.latency_s);
      ASSERT_LT(reading.latency_s, 0.15);
    }
  }
  EXPECT_NEAR(beats, 43, 3);
}

TEST(EcgHeartSensor, is_blind_when_the_electrode_that_all_leads_need_is_off) {
  const auto patient = beating_patient();
  SessionEcg settings;
  settings.off = {{ecg::Electrode::ra, 20.0, 22.0}};
  EcgHeartSensor sensor(*patient, settings, 1, 0);
  for (std::uint64_t step = 0; step < 30'000; ++step) {
    const HeartReading reading = sensor.read(step);
    if (step >= 20'102 && step < 24'400) {
      ASSERT_TRUE(reading.is_blind) << step;
      ASSERT_FALSE(reading.has_beat);
    }
    if (step > 3000 && step < 20'000) {
      ASSERT_FALSE(reading.is_blind) << step;
    }
  }
}

/// How the beam stood to the heart: pulses while the heart was in the gate, outside it, and while no ECG came.
class GateLedger final : public SessionRecorder {
 public:
  GateLedger(const PatientMotion& patient, double from, double to) : patient_(&patient), from_(from), to_(to) {}
  void take(std::uint64_t step, OperatorAction, const Controller&, const Plant& plant) noexcept override {
    const double now_s = static_cast<double>(step) * step_s;
    const double phase = patient_->cardiac_phase(now_s);
    const bool is_in = phase >= from_ && phase < to_;
    if (plant.truth().pulse.has_fired) {
      (is_in ? inside : outside) += 1;
      in_lost += now_s > lost_from_s && now_s < lost_until_s ? 1 : 0;
      after_lost += now_s > lost_until_s ? 1 : 0;
    }
  }
  [[nodiscard]] bool is_full() const noexcept override { return false; }

  double lost_from_s = 1e9;
  double lost_until_s = 1e9;
  int inside = 0;
  int outside = 0;
  int in_lost = 0;
  int after_lost = 0;

 private:
  const PatientMotion* patient_;
  double from_;
  double to_;
};

TEST(CardiacGating, gates_by_a_detected_ecg_with_noise) {
  test::DeliveryCase one;
  const auto patient = beating_patient();
  one.with_motion(beating_patient(), MotionMode::ignore);
  one.settings().tracking.cardiac_gate = CardiacGate{0.4, 0.8};
  one.settings().ecg = SessionEcg{0.1, 0.05, 0.1, 0.01, {}};
  GateLedger ledger(*patient, 0.4, 0.8);
  const auto session = one.session(&ledger);
  ASSERT_TRUE(run_fast(*session, test::max_steps));
  EXPECT_EQ(session->controller().state(), SessionState::complete);
  ASSERT_GT(ledger.inside, 300);
  EXPECT_LT(ledger.outside, 0.05 * ledger.inside) << "at its edges the gate is sure to 80 %";
}

TEST(CardiacGating, has_no_beam_while_the_ecg_is_lost) {
  test::DeliveryCase one(test::small_delivery_plan(1, 60.0));
  const auto patient = beating_patient();
  one.with_motion(beating_patient(), MotionMode::ignore);
  one.settings().tracking.cardiac_gate = CardiacGate{0.4, 0.8};
  one.settings().ecg = SessionEcg{};
  one.settings().ecg->off = {{ecg::Electrode::ra, 20.0, 25.0}};
  GateLedger ledger(*patient, 0.4, 0.8);
  ledger.lost_from_s = 20.11;  // no sample for 0.1 s is no contact; the beam answers within 5 ms
  ledger.lost_until_s = 25.0;
  ASSERT_TRUE(run_fast(*one.session(&ledger), test::max_steps));
  EXPECT_EQ(ledger.in_lost, 0);
  EXPECT_GT(ledger.after_lost, 100) << "nothing was left to be held back";
}

}  // namespace
}  // namespace xingu
