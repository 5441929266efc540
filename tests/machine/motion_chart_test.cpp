// SPDX-License-Identifier: Apache-2.0
#include "machine/motion_chart.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "machine_fixtures.h"

namespace xingu {
namespace {

/// Home, the ring and the tilt turned, back; nothing else moves.
BeamPath turn_and_return(const TreatmentMachine& machine) {
  std::vector<double> turned = machine.home();
  turned[static_cast<std::size_t>(machine.head_axes[0])] += 1.5;
  turned[static_cast<std::size_t>(machine.head_axes[1])] -= 0.2;
  const double seconds = move_duration_s(machine.mechanism.axes(), machine.home(), turned);
  BeamPath path;
  path.visits.push_back({0, 0, {{machine.home(), turned, seconds}}, {}});
  path.home = {{turned, machine.home(), seconds}};
  return path;
}

TEST(MotionChart, shows_the_axes_that_move_and_none_else) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const std::string svg = motion_svg(machine, turn_and_return(machine), {{"B01 <G0>", {}}}, "a & b");
  EXPECT_THAT(svg, testing::StartsWith("<svg"));
  EXPECT_THAT(svg, testing::HasSubstr("a &amp; b"));
  EXPECT_THAT(svg, testing::HasSubstr(">B01<"));
  for (const Axis& axis : machine.mechanism.axes()) {
    EXPECT_EQ(svg.find(">" + axis.name + "<") != std::string::npos, axis.name == "gantry" || axis.name == "tilt")
        << axis.name;
  }
}

TEST(MotionChart, stays_within_the_limits_and_reaches_one_of_the_slowest_axis) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const std::string svg = motion_svg(machine, turn_and_return(machine), {{"B01", {}}}, "");
  // The row's rates stand between the two grey lines, 18 px from their middle; V goes to a height.
  const std::size_t row = svg.find(">gantry<");
  const std::size_t jerk = svg.find("V", svg.find("stroke=\"#bbb\"", row));
  ASSERT_NE(jerk, std::string::npos);
  std::vector<double> heights;
  for (std::size_t at = jerk; at < svg.find('"', jerk); at = svg.find('V', at + 1)) {
    heights.push_back(std::stod(svg.substr(at + 1)));
  }
  ASSERT_GE(heights.size(), 8U);
  const auto [highest, lowest] = std::ranges::minmax(heights);
  EXPECT_LE(lowest - highest, 36.0 + 0.2);
  EXPECT_GE(lowest - highest, 36.0 - 0.2) << "the ring moves at its jerk limit";
}

TEST(MotionChart, of_a_machine_that_stays_is_empty) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  BeamPath path;
  path.visits.push_back({0, 0, {}, {}});
  EXPECT_THAT(motion_svg(machine, path, {{"B01", {}}}, "still"), testing::Not(testing::HasSubstr("nan")));
}

}  // namespace
}  // namespace xingu
