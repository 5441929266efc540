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

/// What is said about a shipped machine after each `from` has become `to` in one of its files.
std::string refusal_after(const std::string& from, const std::string& to, const std::string& name = "ring-arm-4pi",
                          const std::string& file = "machine.toml") {
  const std::filesystem::path shipped = test::source_dir() / "machines" / name;
  const test::TemporaryFolder folder;
  std::filesystem::copy(shipped, folder.path(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  std::string text = read_file(shipped / file);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  std::ofstream(folder.path() / file) << text;
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
  ASSERT_EQ(machine.table_yaw.size(), 25U);
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
  EXPECT_THAT(refusal_after("couch_a2_deg", "couch_a22_deg"), HasSubstr("did you mean 'couch_a2_deg'?"));
  EXPECT_THAT(refusal_after("couch_a2_deg", "couch_a2_mm"), HasSubstr("did you mean 'couch_a2_deg'?"));
}

TEST(TreatmentMachine, refuses_figures_that_would_be_bent_to_fit) {
  EXPECT_THAT(refusal_after("name = \"gantry\"", "name = [\"gantry\", \"tilt\"]"), HasSubstr("a second time"));
  EXPECT_THAT(refusal_after("accuracy_deg = 0.1", "accuracy_deg = -4"), HasSubstr("outside 0 to 10"));
  EXPECT_THAT(refusal_after("every_beams = 5", "every_beams = 2.5"), HasSubstr("not a whole number"));
}

TEST(TreatmentMachine, the_beam_model_stands_where_the_source_does) {
  const std::string ring = refusal_after("sad_mm = 800.0", "sad_mm = 1000.0");
  EXPECT_THAT(ring, HasSubstr("beam.sad_mm is 1000 but the source stands 800 mm"));
  EXPECT_THAT(
      refusal_after("source_distances_mm = [800, 900, 1000]", "source_distances_mm = [850, 900]", "radiosurgery-arm"),
      HasSubstr("sad_mm is 800 but the source stands 850, 900 mm"));
}

/// The same of a URDF of which every <collision> between two texts has become a <visual>.
std::string refusal_without_shapes(const std::string& name, const std::string& begin, const std::string& end) {
  const std::string text = read_file(test::source_dir() / "machines" / name / "machine.urdf");
  const auto first = text.find(begin);
  const std::string part = text.substr(first, text.find(end, first) - first);
  std::string drawn = part;
  for (auto at = drawn.find("collision>"); at != std::string::npos; at = drawn.find("collision>", at)) {
    drawn.replace(at, 10, "visual>");
  }
  EXPECT_NE(drawn, part);
  return refusal_after(part, drawn, name, "machine.urdf");
}

TEST(TreatmentMachine, refuses_parts_that_are_only_drawn) {
  EXPECT_THAT(refusal_without_shapes("ring-arm-4pi", "<robot", "</robot>"), HasSubstr("no <collision>"));
  EXPECT_THAT(refusal_without_shapes("ring-arm-4pi", "<link name=\"head\"", "</link>"),
              HasSubstr("link 'head' has <visual> and no <collision>"));
  EXPECT_THAT(refusal_without_shapes("ring-arm-4pi", "<link name=\"table_top\"", "</link>"),
              HasSubstr("link 'table_top' has <visual> and no <collision>"));
  EXPECT_THAT(refusal_after("<collision>", "<colision>", "ring-arm-4pi", "machine.urdf"), HasSubstr("machine.urdf"));
}

/// The same of a URDF of which everything within one link is gone.
std::string refusal_with_bare(const std::string& name, const std::string& link) {
  const std::string text = read_file(test::source_dir() / "machines" / name / "machine.urdf");
  const std::string open = "<link name=\"" + link + "\">";
  const auto first = text.find(open) + open.size();
  return refusal_after(text.substr(first - open.size(), text.find("</link>", first) - first + open.size()), open, name,
                       "machine.urdf");
}

TEST(TreatmentMachine, refuses_a_bare_head_and_a_bare_table) {
  for (const char* name : {"ring-arm-4pi", "sphere-linac", "radiosurgery-arm"}) {
    EXPECT_THAT(refusal_with_bare(name, "head"), HasSubstr("the head would be missing")) << name;
    EXPECT_THAT(refusal_with_bare(name, "table_top"), HasSubstr("the table would be missing")) << name;
  }
}

TEST(TreatmentMachine, refuses_a_beam_that_leaves_the_head_by_its_side) {
  const std::string mount = "<joint name=\"beam_mount\" type=\"fixed\">\n    <origin xyz=\"0 0 0\" rpy=\"0 0 0\" />";
  const std::string turned =
      "<joint name=\"beam_mount\" type=\"fixed\">\n    <origin xyz=\"0 0 0\" rpy=\"0 1.5707963268 0\" />";
  EXPECT_THAT(refusal_after(mount, turned, "radiosurgery-arm", "machine.urdf"),
              HasSubstr("outside the head (the beam would leave it by its side)"));
}

TEST(TreatmentMachine, a_machine_without_mechanics_says_so) {
  const test::TemporaryFolder folder;
  std::string text = read_file(test::source_dir() / "machines/ring-arm-4pi/machine.toml");
  std::ofstream(folder.path() / "machine.toml") << text.substr(0, text.find("# Axes and collision shapes"));
  EXPECT_THROW((void)load_treatment_machine((folder.path() / "machine.toml").string()), InputError);
}

}  // namespace
}  // namespace xingu
