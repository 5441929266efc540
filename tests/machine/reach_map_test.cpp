// SPDX-License-Identifier: Apache-2.0
#include "machine/reach_map.h"

#include <gmock/gmock.h>

#include <cstdio>

namespace xingu {
namespace {

ReachMap small_map() {
  ReachMap map;
  map.sources_P = {Vec3(0, -1, 0), Vec3(0, 1, 0), Vec3(1, 0, 0), Vec3(0, 0, 1)};
  map.reach.resize(4);
  map.reach[0].best = Placement{};
  map.reach[1] = {std::nullopt, "head to patient: 12 mm apart, 30 mm wanted", "head to patient"};
  map.reach[2] = {std::nullopt, "head would meet patient", "head to patient"};
  map.reach[3] = {std::nullopt, "axis tilt is at its limit", "axis tilt is at its limit"};
  return map;
}

TEST(ReachMap, counts_what_is_covered_and_why_the_rest_is_not) {
  const ReachMap map = small_map();
  EXPECT_DOUBLE_EQ(map.covered(), 0.25);
  const auto reasons = map.reasons();
  ASSERT_EQ(reasons.size(), 2U);
  EXPECT_EQ(reasons[0], (std::pair<std::string, int>("head to patient", 2)));
}

TEST(ReachMap, picture_names_every_reason_and_escapes_its_title) {
  const std::string svg = reach_svg(small_map(), "a <b> & c");
  EXPECT_THAT(svg, testing::HasSubstr("a &lt;b&gt; &amp; c"));
  EXPECT_THAT(svg, testing::HasSubstr("head to patient: 50.0 %"));
  EXPECT_THAT(svg, testing::HasSubstr("12 mm apart"));
  EXPECT_THAT(svg, testing::HasSubstr("Research use only"));
  int height = 0;
  ASSERT_EQ(std::sscanf(svg.c_str(), "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 %d\"", &height), 1);
  const std::size_t last = svg.rfind("<text x=\"44\" y=\"");
  int y = 0;
  ASSERT_EQ(std::sscanf(svg.c_str() + last, "<text x=\"44\" y=\"%d\"", &y), 1);
  EXPECT_LT(y + 4, height) << "the legend's last row is in the picture";
}

}  // namespace
}  // namespace xingu
