// SPDX-License-Identifier: Apache-2.0
#include "machine/reach_map.h"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include <cstdio>
#include <set>

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

TEST(ReachMap, picture_tells_the_patient_s_sides_and_a_dozen_reasons_apart) {
  ReachMap map;
  for (int k = 0; k < 12; ++k) {
    map.sources_P.push_back(Vec3(0, -1, 0));
    map.reach.push_back({std::nullopt, "", fmt::format("reason {:02}", k)});
  }
  const std::string svg = reach_svg(map, "");
  std::set<std::string> colours;
  for (int k = 0; k < 12; ++k) {
    const std::size_t text = svg.find(fmt::format(">reason {:02}:", k));
    ASSERT_NE(text, std::string::npos);
    colours.insert(svg.substr(svg.rfind("fill=\"", text), 14));
  }
  EXPECT_EQ(colours.size(), 12U);
  const std::size_t right = svg.find(">R<");
  const std::size_t left = svg.find(">L<");
  EXPECT_LT(right, left) << "from in front the patient's right is on the left";
  EXPECT_LT(svg.find(">L<", left + 1), svg.find(">R<", right + 1));
  EXPECT_NE(svg.find(">R<", right + 1), std::string::npos);
}

}  // namespace
}  // namespace xingu
