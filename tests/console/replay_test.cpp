// SPDX-License-Identifier: Apache-2.0
#include "console/replay.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "recorded_session.h"

namespace xingu::console {
namespace {

TEST(Replay, plays_a_record_at_any_rate_within_its_ends) {
  Replay replay(test::recorded_session(), 7, {});
  EXPECT_EQ(replay.session(), 7);
  EXPECT_EQ(replay.at_s(), replay.from_s());
  replay.set_rate(2.0);
  replay.advance(1.5);
  EXPECT_NEAR(replay.at_s(), replay.from_s() + 3.0, 1e-9);
  replay.set_rate(-1.0);
  replay.advance(1.0);
  EXPECT_NEAR(replay.at_s(), replay.from_s() + 2.0, 1e-9);
  replay.set_rate(1000.0);
  EXPECT_EQ(replay.rate(), Replay::fastest);
  replay.advance(1e6);
  EXPECT_EQ(replay.at_s(), replay.to_s());
  replay.seek(-5.0);
  EXPECT_EQ(replay.at_s(), replay.from_s());
}

TEST(Replay, shows_what_was_true_then) {
  Replay replay(test::recorded_session(), std::nullopt, {});
  EXPECT_EQ(replay.telemetry().given_mu, 0.0);
  double before = 0.0;
  bool has_first_out = false;
  for (double t_s = replay.from_s(); t_s <= replay.to_s(); t_s += 0.05) {
    replay.seek(t_s);
    const Telemetry telemetry = replay.telemetry();
    EXPECT_GE(telemetry.given_mu, before) << "MU never go back";
    EXPECT_TRUE(!telemetry.is_beam_on || telemetry.state == SessionState::beam_on);
    has_first_out = has_first_out || telemetry.first_out == static_cast<int>(Interlock::door);
    before = telemetry.given_mu;
  }
  EXPECT_TRUE(has_first_out);
  replay.seek(replay.to_s());
  EXPECT_EQ(replay.telemetry().state, SessionState::complete);
  EXPECT_EQ(replay.telemetry().first_out, -1);
  EXPECT_NEAR(replay.telemetry().given_mu, 2 * (3 * 20.0 + 0.37 * 3), 0.2);
  EXPECT_EQ(replay.telemetry().leaves_mm.size(), 128U);
}

TEST(Replay, needs_a_record_with_something_in_it) {
  std::vector<std::byte> memory(1U << 16U);
  const xingu::test::DeliveryCase one;
  RecordWriter writer(memory, 0);
  memory.resize(writer.used());
  EXPECT_THROW(Replay(SessionRecord(memory, "record"), std::nullopt, {}), InputError);
}

}  // namespace
}  // namespace xingu::console
