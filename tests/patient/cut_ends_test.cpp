// SPDX-License-Identifier: Apache-2.0
#include "patient/cut_ends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace xingu {
namespace {

using testing::HasSubstr;

/// A square tube in planes 3 mm apart.
Structure tube(const std::string& name, double low_mm, double high_mm, const std::string& type = "ORGAN") {
  Structure structure;
  structure.name = name;
  structure.interpreted_type = type;
  for (double z = low_mm; z <= high_mm + 1e-9; z += 3.0) {
    structure.contours.push_back({z, {{-4, -4}, {4, -4}, {4, 4}, {-4, 4}}});
  }
  return structure;
}

Grid scan() {  // slices from -120 to 150 mm
  Grid grid;
  grid.size = {20, 20, 91};
  grid.spacing = Vec3(10, 10, 3);
  grid.origin = Vec3(-100, -100, -120);
  return grid;
}

std::vector<CutEnd> cuts(std::vector<Structure> structures) {
  StructureSet set;
  set.structures = std::move(structures);
  return cut_ends(scan(), set, drawn_targets(set));
}

TEST(CutEnds, tells_a_cord_that_stops_beside_the_target) {
  const std::vector<CutEnd> found = cuts({tube("PTV_2500", -84, -42, "PTV"), tube("SpinalCord", -120, -48)});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].structure, 1U);
  EXPECT_TRUE(found[0].is_upper);
  EXPECT_DOUBLE_EQ(found[0].end_mm, -48.0);
  EXPECT_DOUBLE_EQ(found[0].target_mm, -42.0);
  EXPECT_DOUBLE_EQ(found[0].scan_mm, 150.0);
  EXPECT_DOUBLE_EQ(found[0].wanted_mm, -22.0);
  const std::string words = cut_end_words(found[0], "SpinalCord", "D0.035cc[Gy], V10Gy[cc]");
  EXPECT_THAT(words, HasSubstr("'SpinalCord': its contours end at z -48.0 mm"));
  EXPECT_THAT(words, HasSubstr("its goals (D0.035cc[Gy], V10Gy[cc])"));
  EXPECT_THAT(words, HasSubstr("draw it on to z -22 mm"));
}

TEST(CutEnds, tells_both_ends_and_other_names_of_the_organ) {
  const std::vector<CutEnd> found = cuts({tube("target", 0, 60, "CTV"), tube("Myelon", 9, 51),
                                          tube("Oesophagus", 60, 75), tube("SpinalCord_PRV05", -120, 30)});
  ASSERT_EQ(found.size(), 5U);
  EXPECT_FALSE(found[0].is_upper);
  EXPECT_DOUBLE_EQ(found[0].wanted_mm, -20.0);
  EXPECT_TRUE(found[1].is_upper);
  EXPECT_EQ(found[2].structure, 2U);
  EXPECT_EQ(found[4].structure, 3U);
}

TEST(CutEnds, is_silent_on_what_goes_on_far_enough_or_to_the_end_of_the_scan) {
  EXPECT_TRUE(cuts({tube("PTV", -84, -42, "PTV"), tube("SpinalCord", -120, -21)}).empty());
  EXPECT_TRUE(cuts({tube("PTV", -117, 147, "PTV"), tube("SpinalCord", -117, 147)}).empty()) << "to the scan's ends";
  EXPECT_EQ(cuts({tube("PTV", -117, 147, "PTV"), tube("SpinalCord", -117, 141)}).size(), 1U);
}

TEST(CutEnds, is_silent_where_the_next_organ_begins) {
  const Structure target = tube("PTV", -30, 90, "PTV");
  EXPECT_EQ(cuts({target, tube("SpinalCord", -120, 60)}).size(), 1U);
  EXPECT_TRUE(cuts({target, tube("SpinalCord", -120, 60), tube("Brainstem", 63, 120)}).empty());
  EXPECT_TRUE(cuts({target, tube("SpinalCord", -120, 60), tube("Brainstem", 60, 120)}).empty());
  EXPECT_EQ(cuts({target, tube("SpinalCord", -120, 60), tube("Brainstem", 96, 120)}).size(), 1U) << "far above";
  EXPECT_TRUE(cuts({target, tube("Esophagus", -120, 0), tube("Larynx", 15, 45)}).empty());
  EXPECT_TRUE(cuts({target, tube("Esophagus", -15, 120), tube("Stomach", -60, -18)}).empty());
  EXPECT_TRUE(cuts({target, tube("CaudaEquina", 0, 30), tube("SpinalCord", 33, 120)}).empty());
}

TEST(CutEnds, is_silent_on_organs_that_end_of_themselves_and_without_a_target) {
  EXPECT_TRUE(
      cuts({tube("PTV", -84, -42, "PTV"), tube("Heart", -90, 0), tube("Stomach", -120, -60), tube("Lung_L", -90, 30),
            tube("Brainstem", -60, -30), tube("Larynx", -60, -45), tube("Spine", -90, -60)})
          .empty());
  EXPECT_TRUE(cuts({tube("SpinalCord", -60, 0)}).empty());
  StructureSet set;
  set.structures = {tube("PTV", -84, -42, "PTV"), Structure{}};
  set.structures[1].name = "SpinalCord";
  EXPECT_TRUE(cut_ends(scan(), set, drawn_targets(set)).empty()) << "an empty one is told elsewhere";
}

TEST(DrawnTargets, are_known_by_type_or_name) {
  StructureSet set;
  set.structures = {tube("a", 0, 3, "PTV"), tube("PTV_2500", 0, 3), tube("Heart", 0, 3),
                    tube("GTV_P", 0, 3),    tube("b", 0, 3, "CTV"), Structure{}};
  set.structures.back().interpreted_type = "PTV";
  EXPECT_EQ(drawn_targets(set), (std::vector<std::size_t>{0, 1, 3, 4}));
}

}  // namespace
}  // namespace xingu
