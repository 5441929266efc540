// SPDX-License-Identifier: Apache-2.0
#include "delivery/machine_dynamics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "delivery/record_writer.h"

namespace xingu {
namespace {

TEST(MachineDynamics, follows_from_the_machine_file_where_nothing_else_is_said) {
  const MachineDescription machine = load_machine("ring-arm-4pi");
  const MachineDynamics dynamics = load_dynamics("sphere-linac", machine.room);
  EXPECT_EQ(dynamics.axes[0].max_speed, machine.room.gantry_speed_deg_per_s);
  EXPECT_EQ(dynamics.leaves.max_speed_mm_per_s, machine.room.leaf_speed_mm_per_s);
  EXPECT_NEAR(dynamics.beam.mu_per_pulse(), 1000.0 / 60.0 / 300.0, 1e-12);
  EXPECT_EQ(dynamics.interlocks.of(Interlock::clearance), 20.0);
}

TEST(MachineDynamics, of_the_shipped_example_are_the_defaults_that_its_comments_promise) {
  const MachineDescription machine = load_machine("ring-arm-4pi");
  SessionSettings shipped;
  shipped.dynamics = load_dynamics("ring-arm-4pi", machine.room);
  SessionSettings defaults;
  defaults.dynamics = default_dynamics(machine.room);
  EXPECT_EQ(settings_text(shipped, "none", {}), settings_text(defaults, "none", {}));
}

TEST(MachineDynamics, takes_what_its_file_says) {
  const MachineDynamics dynamics = parse_dynamics(
      "settle_ms = 50\n[gantry]\nlatency_ms = 7\nspeed_deg_per_s = 3\n[stage]\nbandwidth_hz = 5\n[beam]\n"
      "pulse_rate_hz = 150\n[sensors]\nmarker_period_ms = 20\n[interlocks]\ntarget_position = 2.0\nlost_console = "
      "'continue'\n",
      "delivery.toml", RoomLimits{});
  EXPECT_EQ(dynamics.settle_ms, 50);
  EXPECT_EQ(dynamics.axes[0].latency_ms, 7);
  EXPECT_EQ(dynamics.axes[0].max_speed, 3.0);
  EXPECT_EQ(dynamics.stage.bandwidth_hz, 5.0);
  EXPECT_EQ(dynamics.beam.pulse_rate_hz, 150.0);
  EXPECT_EQ(dynamics.sensors.marker_period_ms, 20);
  EXPECT_EQ(dynamics.interlocks.of(Interlock::target_position), 2.0);
  EXPECT_EQ(dynamics.interlocks.lost_console, LostConsole::keeps_treating);
}

TEST(MachineDynamics, refuses_what_no_machine_does) {
  for (const char* text : {"[beam]\npulse_rate_hz = 50\n", "[gantry]\nlatency_ms = 64\n", "[gantry]\nspeed = 3\n",
                           "[interlocks]\nlost_console = 'perhaps'\n", "settle_ms = -1\n",
                           "[sensors]\nmarker_period_ms = 50\nmarker_latency_ms = 90\n"}) {
    EXPECT_THROW(static_cast<void>(parse_dynamics(text, "delivery.toml", RoomLimits{})), InputError) << text;
  }
}

}  // namespace
}  // namespace xingu
