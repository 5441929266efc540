// SPDX-License-Identifier: Apache-2.0
#include "delivery/operator_port.h"

#include <gtest/gtest.h>

#include "delivery_case.h"

namespace xingu {
namespace {

using test::DeliveryCase;
using test::max_steps;

TEST(WillingOperator, answers_a_hold_and_brings_the_plan_to_its_end) {
  DeliveryCase one;
  one.with_faults({{FaultKind::door_open, 4.0, 2.0, 0.0, 0}});
  const auto session = one.session();
  ASSERT_TRUE(run_fast(*session, max_steps));
  EXPECT_EQ(session->controller().state(), SessionState::complete);
}

TEST(WillingOperator, stops_a_session_that_cannot_go_on) {
  DeliveryCase one;
  one.with_faults({{FaultKind::door_open, 4.0, 1e5, 0.0, 0}});
  const auto session = one.session();
  ASSERT_TRUE(run_fast(*session, max_steps));
  EXPECT_EQ(session->controller().state(), SessionState::aborted);
}

TEST(WillingOperator, puts_the_plan_away_when_the_machine_is_never_ready) {
  DeliveryCase one;
  one.with_motion(make_still_motion(), MotionMode::gate).with_faults({{FaultKind::marker_lost, 0.0, 1e5, 0.0, 0}});
  const auto session = one.session();
  ASSERT_TRUE(run_fast(*session, max_steps));
  EXPECT_EQ(session->controller().state(), SessionState::idle);
}

}  // namespace
}  // namespace xingu
