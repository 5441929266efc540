// SPDX-License-Identifier: Apache-2.0
#include "plan/segment_columns.h"

#include <gtest/gtest.h>

namespace xingu {
namespace {

const std::vector<double> boundaries{-5, -2.5, 0, 2.5, 5};

TEST(OpeningOf, is_the_area_that_the_leaves_leave_open) {
  const Segment segment{{-5, -5, 0, 0}, {5, 5, 5, 2.5}, 1.0};
  EXPECT_DOUBLE_EQ(opening_of(segment, boundaries, {0.0F, -2.5F}, 5.0), 1.0);
  EXPECT_DOUBLE_EQ(opening_of(segment, boundaries, {2.5F, 2.5F}, 5.0), 0.75);
  EXPECT_DOUBLE_EQ(opening_of(segment, boundaries, {-2.5F, 2.5F}, 5.0), 0.0);
}

TEST(SegmentMatrix, is_the_sum_of_the_beamlets_that_a_segment_opens) {
  InfluenceBlock block(4);
  block.append_column(std::vector<MatrixEntry>{{0, 1.0F}, {1, 0.5F}});
  block.append_column(std::vector<MatrixEntry>{{1, 1.0F}, {3, 0.25F}});
  InfluenceMatrix matrix(4);
  matrix.append({5.0, {{-2.5F, -2.5F}, {2.5F, -2.5F}}, std::move(block)});
  PlannedBeam beam;
  beam.leaf_boundaries_mm = boundaries;
  beam.segments = {{{-5, -5, 0, 0}, {2.5, 2.5, 0, 0}, 1.0}};
  const InfluenceMatrix segments = segment_matrix(matrix, {beam}, 0.0);
  std::vector<float> dose(4);
  segments.multiply(std::vector<float>{2.0F}, dose);
  EXPECT_NEAR(dose[0], 2.0F, 1e-4F);
  EXPECT_NEAR(dose[1], 2.0F, 1e-4F);
  EXPECT_NEAR(dose[2], 0.0F, 1e-4F);
  EXPECT_NEAR(dose[3], 0.25F, 1e-4F);
  // Leaves that let a tenth pass: 0.9 of the opening's dose and 0.1 of the open beam's.
  segment_matrix(matrix, {beam}, 0.1).multiply(std::vector<float>{2.0F}, dose);
  EXPECT_NEAR(dose[0], 2.0F, 1e-4F);
  EXPECT_NEAR(dose[1], 0.9F * 2.0F + 0.1F * 3.0F, 1e-4F);
  EXPECT_NEAR(dose[3], 0.9F * 0.25F + 0.1F * 0.5F, 1e-4F);
}

}  // namespace
}  // namespace xingu
