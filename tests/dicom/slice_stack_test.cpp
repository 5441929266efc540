// SPDX-License-Identifier: Apache-2.0
#include "dicom/slice_stack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace xingu {
namespace {

using testing::HasSubstr;

SlicePlan plan(const std::vector<double>& z, std::vector<std::string>& warnings) {
  return plan_slices(z, 3.0, "series", tag::image_position, warnings);
}

TEST(SliceStack, takes_equidistant_slices_as_they_are) {
  std::vector<std::string> warnings;
  const SlicePlan result = plan({-4.5, -2.0, 0.5, 3.0}, warnings);
  EXPECT_FALSE(result.is_resampled);
  EXPECT_EQ(result.num_planes, 4);
  EXPECT_DOUBLE_EQ(result.spacing_mm, 2.5);
  EXPECT_TRUE(warnings.empty());
}

TEST(SliceStack, forgives_positions_rounded_by_an_exporter) {
  std::vector<std::string> warnings;
  const SlicePlan result = plan({0.0, 0.63, 1.25, 1.88, 2.5}, warnings);
  EXPECT_FALSE(result.is_resampled);
  EXPECT_DOUBLE_EQ(result.spacing_mm, 0.625);
  EXPECT_TRUE(warnings.empty());
}

TEST(SliceStack, puts_planes_where_slices_are_missing) {
  std::vector<std::string> warnings;
  const SlicePlan result = plan({0.0, 3.0, 9.0, 12.0, 15.0}, warnings);
  EXPECT_TRUE(result.is_resampled);
  EXPECT_EQ(result.num_planes, 6);
  EXPECT_DOUBLE_EQ(result.spacing_mm, 3.0);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("1 of 6 slices are missing"));
}

TEST(SliceStack, uses_the_finest_distance_of_uneven_slices) {
  std::vector<std::string> warnings;
  const SlicePlan result = plan({0.0, 2.0, 4.0, 7.0, 10.0}, warnings);
  EXPECT_TRUE(result.is_resampled);
  EXPECT_DOUBLE_EQ(result.spacing_mm, 2.0);
  EXPECT_EQ(result.num_planes, 6);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("2 to 3 mm apart"));
}

TEST(SliceStack, refuses_a_gap_too_wide_to_interpolate) {
  std::vector<std::string> warnings;
  try {
    static_cast<void>(plan({0.0, 3.0, 6.0, 18.0, 21.0}, warnings));
    FAIL() << "taken";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("between z = 6.00 and 18.00 mm, (0020,0032) ImagePositionPatient"));
  }
}

TEST(SliceStack, takes_slices_that_are_all_far_apart) {
  std::vector<std::string> warnings;
  EXPECT_FALSE(plan({0.0, 20.0, 40.0}, warnings).is_resampled);
  EXPECT_TRUE(plan({0.0, 20.0, 60.0, 80.0, 100.0}, warnings).is_resampled);
}

TEST(SliceStack, refuses_slices_that_nearly_coincide) {
  std::vector<std::string> warnings;
  EXPECT_THROW(static_cast<void>(plan({0.0, 3.0, 3.1, 6.0}, warnings)), InputError);
}

TEST(SliceStack, gives_a_single_slice_its_thickness_with_a_warning) {
  std::vector<std::string> warnings;
  const SlicePlan result = plan({7.0}, warnings);
  EXPECT_EQ(result.num_planes, 1);
  EXPECT_DOUBLE_EQ(result.spacing_mm, 3.0);
  EXPECT_EQ(warnings.size(), 1U);
}

}  // namespace
}  // namespace xingu
