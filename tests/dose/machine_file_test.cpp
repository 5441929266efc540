// SPDX-License-Identifier: Apache-2.0
#include "dose/machine_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const char* const names[] = {"ring-arm-4pi", "sphere-linac", "radiosurgery-arm"};

std::string with_change(const std::string& from, const std::string& to) {
  std::string text = read_file(test::source_dir() / "machines/ring-arm-4pi/machine.toml");
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(MachineFile, reads_every_machine_that_is_shipped) {
  for (const char* name : names) {
    const MachineDescription machine = load_machine(name);
    EXPECT_EQ(machine.name, name);
    EXPECT_EQ(machine.beam.sad_mm, machine.name == "sphere-linac" ? 1000.0 : 800.0);
    EXPECT_EQ(machine.beam.spectrum.size(), 24U);
    EXPECT_GT(machine.beam.mlc.num_pairs(), 20U);
    EXPECT_NEAR(machine.beam.mlc.boundaries_mm.front() + machine.beam.mlc.boundaries_mm.back(), 0.0, 1e-9);
    EXPECT_THAT(machine.description, HasSubstr("research use only"));
    EXPECT_EQ(machine.beam.profile.at(0.0), 1.0);
    EXPECT_LT(machine.beam.profile.at(80.0), 0.95);
  }
}

TEST(MachineFile, lays_leaves_of_several_widths_about_the_axis) {
  const MultileafCollimator mlc = load_machine("ring-arm-4pi").beam.mlc;
  ASSERT_EQ(mlc.num_pairs(), 64U);
  EXPECT_DOUBLE_EQ(mlc.boundaries_mm.front(), -120.0);
  EXPECT_DOUBLE_EQ(mlc.boundaries_mm[16], -40.0);
  EXPECT_DOUBLE_EQ(mlc.boundaries_mm[32], 0.0);
  EXPECT_DOUBLE_EQ(mlc.boundaries_mm[33], 2.5);
  EXPECT_DOUBLE_EQ(mlc.boundaries_mm.back(), 120.0);
}

/// Part of the sphere of directions that a machine allows, by equal areas.
double allowed_part(const MachineDescription& machine) {
  int allowed = 0;
  constexpr int n = 20000;
  for (int i = 0; i < n; ++i) {  // Fibonacci points
    const double z = 1 - (2 * i + 1.0) / n;
    const double phi = i * 2.399963229728653;
    const double r = std::sqrt(1 - z * z);
    allowed +=
        machine.room.allows(room_angles({r * std::cos(phi), r * std::sin(phi), z}, PatientPosition::hfs)) ? 1 : 0;
  }
  return static_cast<double>(allowed) / n;
}

TEST(MachineFile, limits_the_sphere_as_each_machine_says) {
  EXPECT_EQ(allowed_part(load_machine("sphere-linac")), 1.0);
  const double ring = allowed_part(load_machine("ring-arm-4pi"));
  EXPECT_GT(ring, 0.75);
  EXPECT_LT(ring, 0.95);
  const double arm = allowed_part(load_machine("radiosurgery-arm"));
  EXPECT_GT(arm, 0.45);
  EXPECT_LT(arm, 0.62);
}

TEST(MachineFile, allows_all_coplanar_beams_of_the_ring_and_none_from_the_feet) {
  const RoomLimits room = load_machine("ring-arm-4pi").room;
  for (double gantry = 0; gantry < 360; gantry += 5) {
    EXPECT_TRUE(room.allows({gantry, 0, 0})) << gantry;
  }
  EXPECT_THAT(room.refusal({90, 90, 0}).value_or(""), HasSubstr("foot end"));
  EXPECT_FALSE(room.allows(room_angles({0, 0, 1}, PatientPosition::hfs)));  // from the feet upwards
  EXPECT_TRUE(load_machine("radiosurgery-arm").room.refusal({180, 0, 0}).has_value());
}

TEST(AngleInterval, walks_over_zero) {
  const AngleInterval interval{-105, 105};
  EXPECT_TRUE(interval.contains(0));
  EXPECT_TRUE(interval.contains(255));
  EXPECT_TRUE(interval.contains(105));
  EXPECT_FALSE(interval.contains(106));
  EXPECT_FALSE(interval.contains(254));
  EXPECT_FALSE(interval.contains(180));
  EXPECT_TRUE((AngleInterval{0, 360}.contains(359.9)));
  EXPECT_TRUE((AngleInterval{0, 360}.contains(0)));
  EXPECT_TRUE((AngleInterval{240, 300}.contains(-90)));
  EXPECT_TRUE((AngleInterval{-90, 90}.contains(-90)));
  EXPECT_TRUE((AngleInterval{-90, 90}.contains(90)));
  EXPECT_TRUE((AngleInterval{-90, 90}.contains(-90.0 - 1e-9)));
  EXPECT_FALSE((AngleInterval{-90, 90}.contains(91)));
}

TEST(MachineFile, names_the_key_that_is_wrong) {
  const auto parse = [](const std::string& from, const std::string& to) {
    return [=] { (void)parse_machine(with_change(from, to), "machine.toml"); };
  };
  EXPECT_THAT(parse("name = \"ring-arm-4pi\"", "name = \"\""), ThrowsMessage<InputError>(HasSubstr("machine.name")));
  EXPECT_THAT(parse("sad_mm = 800.0", "sad_mm = 0.0"), ThrowsMessage<InputError>(HasSubstr("beam.sad_mm")));
  EXPECT_THAT(parse("transmission = ", "transmision = "),
              ThrowsMessage<InputError>(HasSubstr("did you mean 'transmission'")));
  EXPECT_THAT(parse("leaf_pairs = [16, 32, 16]", "leaf_pairs = [16, 32]"),
              ThrowsMessage<InputError>(HasSubstr("leaf_width_mm")));
  EXPECT_THAT(parse("gantry_deg = [0, 360]", "gantry_deg = [10, 0]"),
              ThrowsMessage<InputError>(HasSubstr("gantry_deg")));
  EXPECT_THAT(parse("value = [1.0, 0.990", "value = [0.9, 0.990"), ThrowsMessage<InputError>(HasSubstr("profile")));
  EXPECT_THAT(parse("distance_mm = 60.0", "distance_mm = 500.0"),
              ThrowsMessage<InputError>(HasSubstr("above the leaves")));
  EXPECT_THAT(parse("spectrum = \"fff-6mv\"", "spectrum = \"none\""), ThrowsMessage<InputError>(HasSubstr("none")));
}

TEST(MachineFile, refuses_figures_in_another_unit) {
  const auto parse = [](const std::string& from, const std::string& to) {
    return [=] { (void)parse_machine(with_change(from, to), "machine.toml"); };
  };
  EXPECT_THAT(parse("dose_Gy_per_MU = 0.01", "dose_Gy_per_MU = 1.0"),
              ThrowsMessage<InputError>(HasSubstr("dose_Gy_per_MU is 1 (outside")));
  EXPECT_THAT(parse("leaf_width_mm = [5.0, 2.5, 5.0]", "leaf_width_mm = [0.5, 0.25, 0.5]"),
              ThrowsMessage<InputError>(AllOf(HasSubstr("leaf_width_mm"), HasSubstr("give millimetres"))));
  EXPECT_THAT(parse("focal_spot_sigma_mm = [0.85, 0.85]", "focal_spot_sigma_mm = [85, 85]"),
              ThrowsMessage<InputError>(AllOf(HasSubstr("focal_spot_sigma_mm"), HasSubstr("give millimetres"))));
}

TEST(FindMachine, takes_a_name_a_folder_or_a_file) {
  const test::TemporaryFolder folder;
  const std::filesystem::path mine = folder.path() / "my-machine";
  std::filesystem::create_directories(mine);
  EXPECT_THAT([&] { (void)find_machine(mine.string()); },
              ThrowsMessage<InputError>(HasSubstr("the folder holds no machine.toml")));
  write_file(mine / "machine.toml", with_change("ring-arm-4pi", "my-machine"));
  EXPECT_EQ(find_machine(mine.string()), mine / "machine.toml");
  EXPECT_EQ(find_machine((mine / "machine.toml").string()), mine / "machine.toml");
  EXPECT_EQ(load_machine(mine.string() + "/").name, "my-machine");
  EXPECT_EQ(find_machine("sphere-linac").filename(), "machine.toml");
  EXPECT_THAT([] { (void)find_machine("ring-arm-4p"); },
              ThrowsMessage<InputError>(HasSubstr("did you mean 'ring-arm-4pi'?")));
  EXPECT_THAT([] { (void)find_machine("/no/such/place"); },
              ThrowsMessage<InputError>(testing::StartsWith("/no/such/place: there is no such machine")));
  EXPECT_THROW((void)find_machine(""), InputError);
}

TEST(FindMachine, knows_the_machines_of_every_root_and_which_hides_which) {
  const test::TemporaryFolder folder;
  for (const char* name : {"my-machine", "sphere-linac"}) {
    std::filesystem::create_directories(folder.path() / "machines" / name);
    write_file(folder.path() / "machines" / name / "machine.toml", "");
  }
  setenv("XINGU_DATA", folder.path().c_str(), 1);
  const std::vector<KnownMachine> machines = known_machines();
  unsetenv("XINGU_DATA");
  const auto count = [&](const std::string& name) { return std::ranges::count(machines, name, &KnownMachine::name); };
  EXPECT_EQ(count("my-machine"), 1);
  EXPECT_EQ(count("ring-arm-4pi"), 1);
  ASSERT_EQ(count("sphere-linac"), 2);
  EXPECT_EQ(std::ranges::count(machines, true, &KnownMachine::is_hidden), 1);
}

}  // namespace
}  // namespace xingu
