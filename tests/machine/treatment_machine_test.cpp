// SPDX-License-Identifier: Apache-2.0
#include "machine/treatment_machine.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <numbers>

#include "base/error.h"
#include "machine_fixtures.h"

namespace xingu {
namespace {

using testing::HasSubstr;

/// What is said about a shipped machine after `from` has become `to` in its machine.toml.
std::string refusal_after(const std::string& from, const std::string& to) {
  const std::filesystem::path shipped = test::source_dir() / "machines/ring-arm-4pi";
  const test::TemporaryFolder folder;
  std::filesystem::copy(shipped, folder.path(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  std::string text = read_file(shipped / "machine.toml");
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  std::ofstream(folder.path() / "machine.toml") << text;
  try {
    (void)load_treatment_machine((folder.path() / "machine.toml").string());
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(TreatmentMachine, shipped_machines_are_read_with_their_drives) {
  const TreatmentMachine ring = test::shipped_machine("ring-arm-4pi");
  EXPECT_FALSE(ring.head_arm.has_value());
  EXPECT_TRUE(ring.table_arm.has_value());
  EXPECT_DOUBLE_EQ(ring.buffers.patient_mm, 30.0);
  EXPECT_DOUBLE_EQ(ring.buffers.hardware_mm, 10.0);
  const TreatmentMachine sphere = test::shipped_machine("sphere-linac");
  EXPECT_FALSE(sphere.table_arm.has_value());
  const TreatmentMachine arm = test::shipped_machine("radiosurgery-arm");
  EXPECT_TRUE(arm.head_arm.has_value());
  EXPECT_EQ(arm.source_distances_mm.size(), 3U);
  for (const TreatmentMachine* machine : {&ring, &sphere, &arm}) {
    EXPECT_TRUE(machine->mechanism.is_within_limits(machine->home()));
    for (const Axis& axis : machine->mechanism.axes()) {
      EXPECT_GT(axis.limits.acceleration, 0.0) << axis.name;
      EXPECT_GT(axis.limits.jerk, 0.0) << axis.name;
    }
  }
}

TEST(TreatmentMachine, yaw_is_tried_from_the_middle_outwards) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  ASSERT_EQ(machine.table_yaw.size(), 9U);
  EXPECT_EQ(machine.table_yaw.front(), 0.0);
  EXPECT_NEAR(machine.table_yaw.back(), -60.0 * std::numbers::pi / 180.0, 1e-12);
}

TEST(TreatmentMachine, refuses_each_fault_with_file_and_key) {
  EXPECT_THAT(refusal_after("beam_link = \"beam\"", "beam_link = \"beem\""), HasSubstr("did you mean 'beam'?"));
  EXPECT_THAT(refusal_after("urdf = \"machine.urdf\"", "urdf = \"lost.urdf\""), HasSubstr("which is not there"));
  EXPECT_THAT(refusal_after("[\"gantry\", \"tilt\"]", "[\"gantry\"]"), HasSubstr("neither two axes"));
  EXPECT_THAT(refusal_after("name = \"tilt\"", "name = \"tolt\""), HasSubstr("no moving joint"));
  EXPECT_THAT(refusal_after("source_distances_mm = [800]", "source_distances_mm = [900]"),
              HasSubstr("make them agree"));
  EXPECT_THAT(refusal_after("table_yaw_deg = [-60, 60]", "table_yaw_deg = [10, 60]"), HasSubstr("around 0"));
  EXPECT_THAT(refusal_after("patient_buffer_mm = 30.0", "patient_bufer_mm = 30.0"),
              HasSubstr("did you mean 'patient_buffer_mm'?"));
  EXPECT_THAT(refusal_after("acceleration_deg_per_s2 = 6.0", "acceleration_deg_per_s2 = 0"), HasSubstr("not positive"));
  EXPECT_THAT(refusal_after("[\"gantry\", \"tilt\"]", "[\"tilt\", \"gantry\"]"), HasSubstr("does not turn about Y"));
}

TEST(TreatmentMachine, refuses_a_home_beyond_an_axis) {
  EXPECT_THAT(refusal_after("[mechanics.home]", "[mechanics.home]\ntilt_deg = 170"), HasSubstr("could not go home"));
}

TEST(TreatmentMachine, a_machine_without_mechanics_says_so) {
  const test::TemporaryFolder folder;
  std::string text = read_file(test::source_dir() / "machines/ring-arm-4pi/machine.toml");
  std::ofstream(folder.path() / "machine.toml") << text.substr(0, text.find("# Axes and collision shapes"));
  EXPECT_THROW((void)load_treatment_machine((folder.path() / "machine.toml").string()), InputError);
}

}  // namespace
}  // namespace xingu
