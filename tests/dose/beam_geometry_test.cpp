// SPDX-License-Identifier: Apache-2.0
#include "dose/beam_geometry.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/philox.h"

namespace xingu {
namespace {

constexpr std::array positions{PatientPosition::hfs, PatientPosition::hfp, PatientPosition::ffs, PatientPosition::ffp};
constexpr double degree = 3.14159265358979323846 / 180.0;

Vec3 source_direction(PatientPosition position, double gantry_deg, double couch_deg = 0.0) {
  return -beam_geometry({gantry_deg, couch_deg, 0.0}, position, Vec3::Zero(), 800.0).direction_P();
}

void expect_near(const Vec3& a, const Vec3& b, double tolerance = 1e-12) {
  EXPECT_LT((a - b).norm(), tolerance) << a.transpose() << " against " << b.transpose();
}

// What everybody knows from the treatment room; LPS: x left, y posterior, z superior.
TEST(BeamGeometry, takes_the_source_where_the_room_has_it) {
  expect_near(source_direction(PatientPosition::hfs, 0), {0, -1, 0});   // from the front
  expect_near(source_direction(PatientPosition::hfs, 90), {1, 0, 0});   // from the patient's left
  expect_near(source_direction(PatientPosition::hfs, 180), {0, 1, 0});  // through the table
  expect_near(source_direction(PatientPosition::hfs, 270), {-1, 0, 0});
  expect_near(source_direction(PatientPosition::hfp, 0), {0, 1, 0});  // prone: from the back
  expect_near(source_direction(PatientPosition::hfp, 90), {-1, 0, 0});
  expect_near(source_direction(PatientPosition::ffs, 0), {0, -1, 0});
  expect_near(source_direction(PatientPosition::ffs, 90), {-1, 0, 0});  // feet first: from the right
  expect_near(source_direction(PatientPosition::ffp, 0), {0, 1, 0});
  expect_near(source_direction(PatientPosition::ffp, 90), {1, 0, 0});
  // A positive couch angle turns the table counter-clockwise as seen from above: the head of a supine patient moves to
  // the left of a viewer who faces the gantry, so gantry 90, on that viewer's right, shoots from the feet.
  expect_near(source_direction(PatientPosition::hfs, 90, 90), {0, 0, -1});
  expect_near(source_direction(PatientPosition::hfs, 270, 90), {0, 0, 1});
  expect_near(source_direction(PatientPosition::ffs, 90, 90), {0, 0, 1});
}

TEST(BeamGeometry, puts_the_source_at_the_distance_above_the_isocentre) {
  const BeamGeometry beam = beam_geometry({30, 20, 10}, PatientPosition::hfs, {5, 6, 7}, 800.0);
  EXPECT_NEAR((beam.source_P() - Vec3(5, 6, 7)).norm(), 800.0, 1e-9);
  expect_near((beam.isocentre_P() - beam.source_P()).normalized(), beam.direction_P());
}

TEST(BeamGeometry, turns_leaves_with_the_collimator) {
  // Gantry 0: X of the collimator is the patient's left at 0, the patient's superior at 90 (seen from the source it
  // turns counter-clockwise, IEC 61217).
  const BeamGeometry at_0 = beam_geometry({0, 0, 0}, PatientPosition::hfs, Vec3::Zero(), 800.0);
  expect_near(at_0.X_PB.rotation().col(0), {1, 0, 0});
  expect_near(at_0.X_PB.rotation().col(1), {0, 0, 1});
  const BeamGeometry at_90 = beam_geometry({0, 0, 90}, PatientPosition::hfs, Vec3::Zero(), 800.0);
  expect_near(at_90.X_PB.rotation().col(0), {0, 0, 1});
}

/// The same chain in the opposite order of thought: a point of the beam's frame is carried through the room by explicit
/// sines and cosines, one device after another.
Vec3 carried_to_patient(const RoomAngles& angles, PatientPosition position, const Vec3& p_B) {
  const double k = angles.collimator_deg * degree;
  const double g = angles.gantry_deg * degree;
  const double c = angles.couch_deg * degree;
  const Vec3 p_G(p_B.x() * std::cos(k) - p_B.y() * std::sin(k), p_B.x() * std::sin(k) + p_B.y() * std::cos(k), p_B.z());
  const Vec3 p_F(p_G.x() * std::cos(g) + p_G.z() * std::sin(g), p_G.y(), p_G.z() * std::cos(g) - p_G.x() * std::sin(g));
  const Vec3 p_T(p_F.x() * std::cos(c) + p_F.y() * std::sin(c), p_F.y() * std::cos(c) - p_F.x() * std::sin(c), p_F.z());
  const bool is_head_first = position == PatientPosition::hfs || position == PatientPosition::hfp;
  const bool is_supine = position == PatientPosition::hfs || position == PatientPosition::ffs;
  const double superior = is_head_first ? p_T.y() : -p_T.y();
  const double posterior = is_supine ? -p_T.z() : p_T.z();
  const double left = is_head_first == is_supine ? p_T.x() : -p_T.x();
  return {left, posterior, superior};
}

TEST(BeamGeometry, agrees_with_an_independent_chain_for_random_poses) {
  const Philox random(11, 1);
  double worst = 0.0;
  for (std::uint64_t i = 0; i < 10000; ++i) {
    const auto u = [&](std::uint64_t draw) { return random.uniform(8 * i + draw); };
    const RoomAngles angles{360 * u(0), 360 * u(1) - 180, 360 * u(2)};
    const Vec3 isocentre(400 * u(3) - 200, 400 * u(4) - 200, 400 * u(5) - 200);
    const Vec3 p_B(100 * u(6), -50 * u(6), 300 * u(7));
    const PatientPosition position = positions[i % 4];
    const BeamGeometry beam = beam_geometry(angles, position, isocentre, 800.0);
    worst = std::max(worst, (beam.X_PB.matrix() * p_B - isocentre - carried_to_patient(angles, position, p_B)).norm());
    ASSERT_NEAR(beam.X_PB.rotation().determinant(), 1.0, 1e-12);
  }
  EXPECT_LT(worst, 1e-9);
}

TEST(RoomAngles, bring_the_beam_back_to_the_direction_for_random_directions) {
  const Philox random(12, 1);
  double worst = 0.0;
  for (std::uint64_t i = 0; i < 10000; ++i) {
    const double z = 2 * random.uniform(2 * i) - 1;
    const double phi = 360 * random.uniform(2 * i + 1) * degree;
    const double r = std::sqrt(1 - z * z);
    const Vec3 direction(r * std::cos(phi), r * std::sin(phi), z);
    const PatientPosition position = positions[i % 4];
    const RoomAngles angles = room_angles(direction, position);
    ASSERT_GE(angles.gantry_deg, 0.0);
    ASSERT_LT(angles.gantry_deg, 360.0);
    ASSERT_LE(std::abs(angles.couch_deg), 90.0 + 1e-9);
    worst = std::max(worst, (beam_geometry(angles, position, Vec3::Zero(), 800.0).direction_P() - direction).norm());
  }
  EXPECT_LT(worst, 1e-12);
}

TEST(RoomAngles, are_defined_at_the_poles_and_along_the_body) {
  for (const PatientPosition position : positions) {
    for (const Vec3& direction :
         {Vec3(0, 1, 0), Vec3(0, -1, 0), Vec3(0, 0, 1), Vec3(0, 0, -1), Vec3(1, 0, 0), Vec3(-1, 0, 0)}) {
      const RoomAngles angles = room_angles(direction, position);
      expect_near(beam_geometry(angles, position, Vec3::Zero(), 800.0).direction_P(), direction);
      EXPECT_LT(angles.gantry_deg, 360.0);
      EXPECT_LE(std::abs(angles.couch_deg), 90.0 + 1e-9);
    }
  }
}

TEST(RoomAngles, of_coplanar_directions_leave_the_couch_alone) {
  for (double gantry = 0; gantry < 360; gantry += 7.5) {
    const RoomAngles angles = room_angles(-source_direction(PatientPosition::hfs, gantry), PatientPosition::hfs);
    EXPECT_NEAR(angles.couch_deg, 0.0, 1e-9) << gantry;
    EXPECT_NEAR(std::remainder(angles.gantry_deg - gantry, 360.0), 0.0, 1e-9);
  }
}

}  // namespace
}  // namespace xingu
