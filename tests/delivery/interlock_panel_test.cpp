// SPDX-License-Identifier: Apache-2.0
#include "delivery/interlock_panel.h"

#include <gtest/gtest.h>

namespace xingu {
namespace {

TEST(InterlockPanel, trips_when_a_cause_outlasts_its_persistence) {
  for (const InterlockRow& row : interlock_table::rows) {
    InterlockPanel panel;
    for (int ms = 0; ms <= row.persistence_ms; ++ms) {
      EXPECT_TRUE(panel.is_clear()) << row.name << " after " << ms << " ms";
      panel.report(row.id, true);
      panel.settle(static_cast<std::uint64_t>(ms));
    }
    EXPECT_TRUE(panel.stands(row.id)) << row.name;
    EXPECT_EQ(panel.must_terminate(), row.response == InterlockResponse::terminate) << row.name;
    EXPECT_EQ(panel.must_stop_motion(), row.stops_motion) << row.name;
  }
}

TEST(InterlockPanel, forgets_a_cause_that_was_interrupted) {
  InterlockPanel panel;
  const int persistence = interlock_table::row(Interlock::axis_position).persistence_ms;
  for (int round = 0; round < 5; ++round) {
    for (int ms = 0; ms < persistence; ++ms) {
      panel.report(Interlock::axis_position, true);
      panel.settle(0);
    }
    panel.report(Interlock::axis_position, false);
    panel.settle(0);
  }
  EXPECT_TRUE(panel.is_clear());
}

TEST(InterlockPanel, latches_until_the_operator_acknowledges_and_the_cause_is_gone) {
  InterlockPanel panel;
  panel.report(Interlock::emergency_stop, true);
  panel.settle(10);
  panel.acknowledge();
  EXPECT_TRUE(panel.must_terminate()) << "the button is still pressed";
  panel.settle(11);
  EXPECT_EQ(panel.active(), 0U);
  EXPECT_TRUE(panel.must_terminate()) << "released, not acknowledged";
  panel.acknowledge();
  panel.settle(12);
  EXPECT_TRUE(panel.is_clear());
  EXPECT_FALSE(panel.first_out());
}

TEST(InterlockPanel, clears_what_belongs_to_normal_work_by_itself) {
  InterlockPanel panel;
  panel.report(Interlock::target_position, true);
  panel.settle(1);
  EXPECT_FALSE(panel.is_clear());
  EXPECT_FALSE(panel.first_out()) << "waiting for the target is no fault";
  panel.settle(2);
  EXPECT_TRUE(panel.is_clear());
}

TEST(InterlockPanel, keeps_what_came_first_when_more_follows) {
  InterlockPanel panel;
  panel.report(Interlock::operator_hold, true);
  panel.settle(7);
  panel.report(Interlock::emergency_stop, true);
  panel.settle(8);
  EXPECT_EQ(panel.first_out(), Interlock::operator_hold);
  EXPECT_EQ(panel.first_out_step(), 7U);
}

TEST(InterlockPanel, names_the_most_severe_of_one_step_as_first) {
  InterlockPanel panel;
  panel.report(Interlock::operator_hold, true);
  panel.report(Interlock::overdose, true);
  panel.settle(3);
  EXPECT_EQ(panel.first_out(), Interlock::overdose);
}

}  // namespace
}  // namespace xingu
