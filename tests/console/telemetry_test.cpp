// SPDX-License-Identifier: Apache-2.0
#include "console/telemetry.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>

#include "delivery_case.h"

namespace xingu::console {
namespace {

using xingu::test::DeliveryCase;

template <class T>
T read_at(const std::string& bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::size_t index_of(const ChannelTable& table, const std::string& name) {
  const auto channels = table.channels();
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (channels[i].name == name) {
      return i;
    }
  }
  ADD_FAILURE() << name;
  return 0;
}

TEST(ChannelTable, writes_frames_as_the_protocol_says) {
  const DeliveryCase one;
  PostureTable postures{{{"tilt", true, -30, 30}}, {1.0}, {{5.0}, {}, {9.0}}};
  const ChannelTable table(one.plan(), postures);
  Telemetry telemetry;
  telemetry.t_s = 12.25;
  telemetry.state = SessionState::hold;
  telemetry.axes_deg = {1.5, -2.5, 3.5};
  telemetry.stage_mm = {0.0, 0.0, 1.0};
  telemetry.target_mm = {0.0, 3.0, 5.0};
  telemetry.active = 0xFFFFFF;
  telemetry.leaves_mm.assign(one.plan().num_leaves(), 7.0F);
  const std::string frame = table.frame(telemetry, 41, 0);
  const std::size_t count = table.channels().size();
  ASSERT_EQ(frame.size(), 16 + 4 * count);
  EXPECT_EQ(read_at<std::uint32_t>(frame, 0), 41U);
  EXPECT_EQ(read_at<std::uint32_t>(frame, 4), count);
  EXPECT_EQ(read_at<double>(frame, 8), 12.25);
  const auto value = [&](const std::string& name) { return read_at<float>(frame, 16 + 4 * index_of(table, name)); };
  EXPECT_EQ(value("state"), 6.0F);
  EXPECT_EQ(value("couch_deg"), -2.5F);
  EXPECT_EQ(value("target_off_mm"), 5.0F);
  EXPECT_EQ(value("interlocks_active"), 16777215.0F);
  EXPECT_EQ(value("leaf.x2.63"), 7.0F);
  EXPECT_TRUE(std::isnan(value("gate_mm")));
  EXPECT_NEAR(value("planned_mu"), one.plan().mu(), 1e-3);
}

TEST(ChannelTable, names_every_channel_once_with_its_range) {
  const DeliveryCase one;
  const ChannelTable table(one.plan(), {});
  std::set<std::string> names;
  for (const Channel& channel : table.channels()) {
    EXPECT_TRUE(names.insert(channel.name).second) << channel.name;
    EXPECT_LT(channel.lo, channel.hi) << channel.name;
  }
}

TEST(PostureTable, runs_from_posture_to_posture_with_the_sessions_axes) {
  const DeliveryCase one;
  const auto beams = one.plan().beams();
  const PostureTable postures{{{"tilt", true, -30, 30}}, {1.0}, {{5.0}, {}, {9.0}}};
  EXPECT_EQ(postures.at(beams, 0, beams[0].axes)[0], 5.0);
  EXPECT_EQ(postures.at(beams, 1, beams[1].axes)[0], 5.0) << "a beam that is not reached repeats the one before";
  EXPECT_EQ(postures.at(beams, 2, beams[2].axes)[0], 9.0);
  EXPECT_EQ(postures.at(beams, 2, beams[1].axes)[0], 5.0) << "it has not left the beam before";
  AxisPositions half_way{};
  for (std::size_t i = 0; i < num_room_axes; ++i) {
    half_way[i] = 0.5 * (beams[1].axes[i] + beams[2].axes[i]);
  }
  EXPECT_NEAR(postures.at(beams, 2, half_way)[0], 7.0, 1e-12);
  EXPECT_EQ(postures.at(beams, 3, beams[2].axes)[0], 9.0) << "after the last beam it stays";
}

TEST(TelemetryOf, shows_what_a_record_holds_and_no_more) {
  record::StateEntry state;
  state.state = static_cast<std::uint8_t>(SessionState::beam_on);
  state.is_beam_on = 1;
  state.beam = 2;
  state.axes_deg = {10.0F, 20.0F, 30.0F, 40.0F};
  state.clearance_mm = 123.0F;
  state.standing = 5;
  const std::vector<float> leaves{1.0F, 2.0F};
  const Telemetry telemetry = telemetry_of(2500, state, leaves);
  EXPECT_EQ(telemetry.t_s, 2.5);
  EXPECT_EQ(telemetry.state, SessionState::beam_on);
  EXPECT_EQ(telemetry.axes_deg[1], 20.0);
  EXPECT_EQ(telemetry.axes_deg[3], 40.0);
  EXPECT_EQ(telemetry.clearance_mm, 123.0);
  EXPECT_EQ(telemetry.active, 5U);
  EXPECT_EQ(telemetry.leaves_mm, leaves);
  EXPECT_TRUE(std::isnan(telemetry.dose_rate_mu_per_min));
  state.state = 200;  // no such state: damaged, but not dangerous
  EXPECT_LT(static_cast<std::size_t>(telemetry_of(0, state, {}).state), num_session_states);
}

}  // namespace
}  // namespace xingu::console
