// SPDX-License-Identifier: Apache-2.0
#include "machine/iec_angles.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "base/philox.h"

namespace xingu {
namespace {

/// The chain of IEC 61217 written out element by element, without Eigen: what a point of one system is in the next.
using Numbers = std::array<double, 3>;

Numbers turn(const Numbers& p, int axis, double angle_deg) {
  const double c = std::cos(angle_deg * std::numbers::pi / 180.0);
  const double s = std::sin(angle_deg * std::numbers::pi / 180.0);
  switch (axis) {
    case 0:
      return {p[0], c * p[1] - s * p[2], s * p[1] + c * p[2]};
    case 1:
      return {c * p[0] + s * p[2], p[1], -s * p[0] + c * p[2]};
    default:
      return {c * p[0] - s * p[1], s * p[0] + c * p[1], p[2]};
  }
}

Numbers head_chain(const IecSettings& s, Numbers p) {
  p[2] += s.source_distance_mm;
  return turn(turn(turn(p, 2, s.collimator_deg), 0, s.gantry_pitch_deg), 1, s.gantry_deg);
}

Numbers table_chain(const IecSettings& s, Numbers p) {
  p = turn(turn(p, 1, s.table_roll_deg), 0, s.table_pitch_deg);
  for (std::size_t k = 0; k < 3; ++k) {
    p[k] += s.table_position_mm[static_cast<Eigen::Index>(k)];
  }
  return turn(p, 2, s.couch_deg);
}

IecSettings random_settings(std::uint64_t draw) {
  const auto u = [&](std::uint64_t k) { return 2.0 * Philox(31, k).uniform(draw) - 1.0; };
  IecSettings s;
  s.gantry_deg = 180 * u(0);
  s.gantry_pitch_deg = 89.9 * u(1);
  s.collimator_deg = 180 * u(2);
  s.couch_deg = 180 * u(3);
  s.table_pitch_deg = 89.9 * u(4);
  s.table_roll_deg = 180 * u(5);
  s.source_distance_mm = 700 + 300 * std::abs(u(6));
  s.table_position_mm = 800 * Vec3(u(7), u(8), u(9));
  return s;
}

double apart(const Vec3& a, const Numbers& b) { return (a - Vec3(b[0], b[1], b[2])).norm(); }

TEST(IecAngles, agree_with_a_chain_written_independently_and_come_back_from_poses) {
  for (std::uint64_t draw = 0; draw < 100'000; ++draw) {
    const IecSettings s = random_settings(draw);
    const auto X_FB = head_pose(s);
    const auto X_FT = table_pose(s);
    const Numbers p{120.0, -250.0, 90.0};
    const Vec3 point(p[0], p[1], p[2]);
    ASSERT_LT(apart(X_FB.matrix() * point, head_chain(s, p)), 1e-9);
    ASSERT_LT(apart(X_FT.matrix() * point, table_chain(s, p)), 1e-9);
    const IecSettings back = iec_settings(X_FB, X_FT);
    ASSERT_LT(apart(head_pose(back).matrix() * point, head_chain(s, p)), 1e-9);
    ASSERT_LT(apart(table_pose(back).matrix() * point, table_chain(s, p)), 1e-9);
    ASSERT_NEAR(signed_angle_deg(back.gantry_deg - s.gantry_deg), 0.0, 1e-9);
    ASSERT_NEAR(signed_angle_deg(dicom_angle_deg(s.couch_deg) - back.couch_deg), 0.0, 1e-9);
  }
}

TEST(IecAngles, gimbal_positions_keep_the_pose) {
  IecSettings s;
  s.gantry_deg = 40;
  s.gantry_pitch_deg = 90;
  s.collimator_deg = 25;
  s.table_pitch_deg = -90;
  s.couch_deg = 10;
  s.table_roll_deg = 70;
  const IecSettings back = iec_settings(head_pose(s), table_pose(s));
  EXPECT_LT((head_pose(back).rotation() - head_pose(s).rotation()).norm(), 1e-9);
  EXPECT_LT((table_pose(back).rotation() - table_pose(s).rotation()).norm(), 1e-9);
}

TEST(IecAngles, beam_geometry_of_the_angles_is_the_chain_of_head_and_table) {
  for (std::uint64_t draw = 0; draw < 1000; ++draw) {
    IecSettings s = random_settings(draw);
    s.table_pitch_deg = s.table_roll_deg = 0.0;
    s.table_position_mm.setZero();
    const BeamGeometry beam = beam_geometry(room_angles(s), PatientPosition::hfs, Vec3::Zero(), s.source_distance_mm);
    Mat3 R_PT;
    R_PT << 1, 0, 0, 0, 0, -1, 0, 1, 0;
    const Mat3 expected = R_PT * table_pose(s).rotation().transpose() * head_pose(s).rotation();
    EXPECT_LT((beam.X_PB.rotation() - expected).norm(), 1e-12);
  }
}

TEST(DicomAngle, is_from_0_to_below_360) {
  EXPECT_EQ(dicom_angle_deg(-90), 270);
  EXPECT_EQ(dicom_angle_deg(360), 0);
  EXPECT_EQ(dicom_angle_deg(-1e-15), 0);
  EXPECT_EQ(signed_angle_deg(270), -90);
  EXPECT_EQ(signed_angle_deg(-180), 180);
}

}  // namespace
}  // namespace xingu
