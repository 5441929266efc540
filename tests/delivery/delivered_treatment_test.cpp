// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivered_treatment.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/error.h"
#include "delivery/record_writer.h"
#include "delivery_case.h"
#include "dose/field_fluence.h"

namespace xingu {
namespace {

using test::DeliveryCase;
using test::max_steps;

SessionRecord record_of(DeliveryCase& one, test::PulseLedger* ledger = nullptr) {
  std::vector<std::byte> memory(8U << 20U);
  RecordWriter writer(memory, 0);
  writer.begin(one.plan(), one.settings(), "");
  const auto session = one.session(&writer);
  while (!session->is_over() && session->num_steps() < max_steps) {
    session->step();
    if (ledger != nullptr) {
      ledger->take(session->plant().next_step() - 1, OperatorAction::none, session->controller(), session->plant());
    }
  }
  memory.resize(writer.used());
  return SessionRecord(std::move(memory), "record");
}

double mu_of(const DeliveredBeam& beam) {
  double sum = 0.0;
  for (const DeliveredPart& part : beam.parts) {
    sum += part.mu;
  }
  return sum;
}

TEST(DeliveredBeams, of_a_patient_who_does_not_move_are_those_of_the_plan) {
  const TreatmentPlan plan = test::small_delivery_plan();
  DeliveryCase one(plan);
  const auto beams = delivered_beams(record_of(one), plan);
  ASSERT_EQ(beams.size(), plan.beams.size());
  for (std::size_t b = 0; b < beams.size(); ++b) {
    EXPECT_NEAR(beams[b].beam.angles.gantry_deg, plan.beams[b].angles.gantry_deg, 0.02);
    EXPECT_NEAR(beams[b].beam.angles.couch_deg, plan.beams[b].angles.couch_deg, 0.02);
    EXPECT_NEAR(beams[b].beam.angles.gantry_pitch_deg, plan.beams[b].angles.gantry_pitch_deg, 0.02);
    EXPECT_LT((beams[b].beam.isocentre_P - plan.beams[b].isocentre_P).norm(), 1e-3);
    for (const DeliveredPart& part : beams[b].parts) {
      EXPECT_EQ(part.shift_B, Vec3::Zero());
    }
    for (std::size_t s = 0; s < plan.beams[b].segments.size(); ++s) {
      EXPECT_NEAR(beams[b].beam.segments[s].mu, plan.beams[b].segments[s].mu, 0.1);
      for (std::size_t i = 0; i < 64; ++i) {
        EXPECT_NEAR(beams[b].beam.segments[s].left_mm[i], plan.beams[b].segments[s].left_mm[i], 0.1);
      }
    }
  }
}

double sum_of(const FluenceMap& map) { return std::accumulate(map.value.begin(), map.value.end(), 0.0); }

TEST(DeliveredBeams, let_no_more_through_closed_leaves_than_the_plan) {
  const TreatmentPlan plan = test::small_delivery_plan(1);
  DeliveryCase one(plan);
  const BeamModel& model = one.machine().beam;
  const FluenceMap planned = fluence_of_segments(model, plan.beams[0], 1.0);
  const FluenceMap given = fluence_of_segments(model, delivered_beams(record_of(one), plan)[0].beam, 1.0);
  EXPECT_EQ(given.ny, planned.ny);
  EXPECT_NEAR(sum_of(given), sum_of(planned), 0.02 * sum_of(planned));
}

TEST(DeliveredBeams, tell_a_pair_that_was_open_though_the_plan_has_it_closed) {
  TreatmentPlan plan = test::small_delivery_plan(1);
  plan.beams[0].segments[0].right_mm[3] = 0.7;
  DeliveryCase one(plan);
  const Segment given = delivered_beams(record_of(one), test::small_delivery_plan(1))[0].beam.segments[0];
  EXPECT_NEAR(given.right_mm[3] - given.left_mm[3], 0.7, 0.1);
}

TEST(DeliveredBeams, hold_all_mu_that_left_the_machine) {
  const TreatmentPlan plan = test::small_delivery_plan();
  DeliveryCase one(plan);
  one.with_motion(make_model_motion(MotionModel{}, 3), MotionMode::ignore);
  test::PulseLedger ledger(3);
  const auto beams = delivered_beams(record_of(one, &ledger), plan);
  for (std::size_t b = 0; b < beams.size(); ++b) {
    EXPECT_NEAR(mu_of(beams[b]), ledger.mu[b], 0.02);
  }
}

TEST(DeliveredBeams, are_shifted_against_a_moving_target_unless_the_head_follows) {
  const TreatmentPlan plan = test::small_delivery_plan();
  const auto spread = [&](MotionMode mode) {
    DeliveryCase one(plan);
    one.with_motion(make_model_motion(MotionModel{}, 3), mode);
    double sum = 0.0;
    for (const DeliveredBeam& beam : delivered_beams(record_of(one), plan)) {
      const Vec3 mean_P = beam.beam.isocentre_P;  // the plan's isocentre is the origin
      for (const DeliveredPart& part : beam.parts) {
        sum += part.mu * (mean_P.norm() + part.shift_B.norm());
      }
    }
    return sum / one.plan().mu();
  };
  EXPECT_GT(spread(MotionMode::ignore), 3.0);
  EXPECT_LT(spread(MotionMode::track), 1.5);
}

TEST(DeliveredBeams, shift_against_the_motion_of_the_anatomy) {
  // a target that has moved 5 mm down is hit 5 mm higher in its own anatomy
  const TreatmentPlan plan = test::small_delivery_plan(1);
  DeliveryCase one(plan);
  MotionModel model;
  model.breathing_mm = model.breathing_ap_mm = model.marker_mm = 0.0;
  model.drift_mm_per_min = 60.0;
  one.with_motion(make_model_motion(model, 1), MotionMode::ignore);
  const auto beams = delivered_beams(record_of(one), plan);
  EXPECT_GT(beams[0].beam.isocentre_P.z(), 3.0);
  EXPECT_NEAR(beams[0].beam.isocentre_P.x(), 0.0, 1e-6);
}

TEST(TreatmentRecordOf, tells_what_was_begun_and_how_it_ended) {
  const TreatmentPlan plan = test::small_delivery_plan(3, 8.0);
  DeliveryCase whole(plan);
  const TreatmentRecord all = treatment_record(record_of(whole), plan);
  ASSERT_EQ(all.beams.size(), 3U);
  for (const DeliveredBeamAccount& beam : all.beams) {
    EXPECT_EQ(beam.termination, BeamTermination::normal);
    EXPECT_EQ(beam.points.size(), 6U);
    EXPECT_NEAR(beam.points.back().delivered_mu, beam.planned_mu, 0.2);
    EXPECT_LT(beam.points.front().time_s, beam.points.back().time_s);
  }
  DeliveryCase cut(plan);
  cut.with_faults({{FaultKind::emergency_stop, 3.8, 1.0, 0.0, 0}});
  const TreatmentRecord part = treatment_record(record_of(cut), plan);
  ASSERT_EQ(part.beams.size(), 1U);
  EXPECT_EQ(part.beams[0].termination, BeamTermination::by_machine);
  EXPECT_LT(part.beams[0].primary_mu, part.beams[0].planned_mu);
}

TEST(DeliveredBeams, refuse_the_record_of_another_plan) {
  DeliveryCase one;
  EXPECT_THROW(static_cast<void>(delivered_beams(record_of(one), test::small_delivery_plan(2))), InputError);
}

}  // namespace
}  // namespace xingu
