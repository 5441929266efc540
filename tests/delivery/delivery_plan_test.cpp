// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivery_plan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "delivery_case.h"

namespace xingu {
namespace {

TEST(DeliveryPlan, lays_out_beams_segments_and_mu) {
  const TreatmentPlan plan = test::small_delivery_plan();
  const DeliveryPlan laid(plan, load_machine("ring-arm-4pi"));
  ASSERT_EQ(laid.beams().size(), plan.beams.size());
  EXPECT_EQ(laid.num_leaves(), 128U);
  double mu = 0.0;
  for (std::size_t b = 0; b < plan.beams.size(); ++b) {
    const auto& beam = laid.beams()[b];
    EXPECT_NEAR(beam.mu, plan.beams[b].mu(), 1e-12);
    EXPECT_NEAR(laid.mu_after(beam, beam.num_segments - 1), beam.mu, 1e-12);
    for (std::size_t s = 0; s < beam.num_segments; ++s) {
      EXPECT_EQ(laid.leaves(beam, s)[30], plan.beams[b].segments[s].left_mm[30]);
      EXPECT_EQ(laid.leaves(beam, s)[64 + 30], plan.beams[b].segments[s].right_mm[30]);
    }
    mu += beam.mu;
  }
  EXPECT_NEAR(laid.mu(), mu, 1e-12);
}

TEST(DeliveryPlan, knows_how_the_leaves_are_magnified_from_each_source_distance) {
  TreatmentPlan plan = test::small_delivery_plan(2);
  plan.beams[1].sad_mm = 1000.0;
  const DeliveryPlan laid(plan, load_machine("ring-arm-4pi"));  // of 800 mm
  EXPECT_EQ(laid.beams()[0].magnification, 1.0);
  EXPECT_EQ(laid.beams()[1].magnification, 1.25);
}

TEST(DeliveryPlan, turns_a_full_gantry_the_short_way) {
  TreatmentPlan plan = test::small_delivery_plan(2);
  plan.beams[0].angles = {.gantry_deg = 350.0};
  plan.beams[1].angles = {.gantry_deg = 10.0};
  const DeliveryPlan laid(plan, load_machine("ring-arm-4pi"));
  EXPECT_NEAR(laid.beams()[0].axes[0], -10.0, 1e-12);
  EXPECT_NEAR(laid.beams()[1].axes[0], 10.0, 1e-12);
}

TEST(DeliveryPlan, has_another_hash_when_anything_delivered_differs) {
  const MachineDescription machine = load_machine("ring-arm-4pi");
  TreatmentPlan plan = test::small_delivery_plan();
  const auto hash = DeliveryPlan(plan, machine).hash();
  EXPECT_EQ(DeliveryPlan(plan, machine).hash(), hash);
  plan.beams[1].segments[0].left_mm[20] -= 0.01;
  EXPECT_NE(DeliveryPlan(plan, machine).hash(), hash);
  plan = test::small_delivery_plan();
  plan.beams[2].segments[2].mu += 0.001;
  EXPECT_NE(DeliveryPlan(plan, machine).hash(), hash);
  plan = test::small_delivery_plan();
  plan.beams[1].angles.gantry_pitch_deg += 0.1;
  EXPECT_NE(DeliveryPlan(plan, machine).hash(), hash);
}

TEST(DeliveryPlan, refuses_what_the_machine_cannot_do) {
  const MachineDescription machine = load_machine("ring-arm-4pi");
  TreatmentPlan plan = test::small_delivery_plan();
  plan.beams[1].angles = {.gantry_deg = 90.0, .couch_deg = 80.0};
  EXPECT_THROW(DeliveryPlan(plan, machine), InputError);
  plan = test::small_delivery_plan();
  plan.beams[1].segments[0].left_mm[3] = -130.0;
  EXPECT_THROW(DeliveryPlan(plan, machine), InputError);
  plan = test::small_delivery_plan();
  plan.beams[1].segments[0].left_mm.pop_back();
  EXPECT_THROW(DeliveryPlan(plan, machine), InputError);
  plan = test::small_delivery_plan();
  plan.beams[0].segments.clear();
  EXPECT_THROW(DeliveryPlan(plan, machine), InputError);
  plan.beams.clear();
  EXPECT_THROW(DeliveryPlan(plan, machine), InputError);
}

TEST(WayBetween, keeps_out_of_forbidden_sectors) {
  const RoomLimits room = load_machine("ring-arm-4pi").room;
  const AxisPositions from{20.0, 80.0, 0.0};
  const AxisPositions to{150.0, 0.0, 0.0};
  const auto way = way_between(room, from, to);
  ASSERT_FALSE(way.empty());
  EXPECT_GT(way.size(), 1U) << "the straight way passes the sector in which the head hits the table";
  EXPECT_EQ(way.back(), to);
  AxisPositions at = from;
  for (const AxisPositions& next : way) {
    for (double u = 0.0; u <= 1.0; u += 0.01) {
      for (double v = 0.0; v <= 1.0; v += 0.01) {
        const RoomAngles angles{std::lerp(at[0], next[0], u), std::lerp(at[1], next[1], v), 0.0};
        ASSERT_TRUE(room.allows(angles)) << angles.gantry_deg << " " << angles.couch_deg;
      }
    }
    at = next;
  }
}

TEST(WayBetween, is_direct_where_nothing_is_in_the_way_and_empty_where_there_is_none) {
  RoomLimits room = load_machine("ring-arm-4pi").room;
  EXPECT_EQ(way_between(room, {10.0, 0.0, 0.0}, {40.0, 20.0, 0.0}).size(), 1U);
  room.forbidden.push_back({{100.0, 110.0}, {-90.0, 90.0}, "a wall"});
  EXPECT_TRUE(way_between(room, {90.0, 0.0, 0.0}, {130.0, 0.0, 0.0}).empty());
}

}  // namespace
}  // namespace xingu
