// SPDX-License-Identifier: Apache-2.0
#include "patient/heart_ventricle.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "base/philox.h"

namespace xingu {
namespace {

using std::numbers::pi;

LeftVentricle ventricle() {
  return {LeftVentricle::Sizes{}, Vec3(22, -6, 6), Vec3(0.6, -0.6, -0.5), Vec3(-0.75, -0.66, 0)};
}

Vec3 random_point(const Bounds& bounds, const Philox& random, std::uint64_t i) {
  const Vec3 u(random.uniform(3 * i), random.uniform(3 * i + 1), random.uniform(3 * i + 2));
  return bounds.lower + u.cwiseProduct(bounds.upper - bounds.lower);
}

TEST(LeftVentricle, has_the_published_size_of_a_man) {
  const LeftVentricle lv = ventricle();
  EXPECT_NEAR(lv.cavity_volume_mm3() / 1000, 160, 29);       // Hudsmith et al. 2005
  EXPECT_NEAR(lv.wall_volume_mm3() / 1000 * 1.05, 134, 21);  // Kawel-Boehm et al. 2015
  EXPECT_NEAR(lv.epi_radius(0) - lv.endo_radius(0), 8, 1e-9);
}

TEST(LeftVentricle, sampled_volumes_are_the_closed_forms) {
  const LeftVentricle lv = ventricle();
  const Bounds bounds = lv.bounds();
  const Philox random(1, 1);
  constexpr int n = 200000;
  int cavity = 0;
  int wall = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const Vec3 p = random_point(bounds, random, i);
    cavity += lv.cavity(p) < 0;
    wall += lv.wall(p) < 0;
  }
  const double each = (bounds.upper - bounds.lower).prod() / n;
  EXPECT_NEAR(cavity * each, lv.cavity_volume_mm3(), 0.02 * lv.cavity_volume_mm3());
  EXPECT_NEAR(wall * each, lv.wall_volume_mm3(), 0.02 * lv.wall_volume_mm3());
}

TEST(LeftVentricle, segments_partition_the_wall) {
  const LeftVentricle lv = ventricle();
  const Philox random(2, 1);
  std::array<int, 18> count{};
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const Vec3 p = random_point(lv.bounds(), random, i);
    int owners = 0;
    int owner = 0;
    for (int k = 1; k <= 17; ++k) {
      if (lv.segment(k, p) < 0) {
        ++owners;
        owner = k;
      }
    }
    if (lv.wall(p) < -1e-6) {
      ASSERT_EQ(owners, 1) << p.transpose();
      ASSERT_EQ(owner, lv.segment_at(p));
      ++count[static_cast<std::size_t>(owner)];
    } else if (lv.wall(p) > 0) {
      ASSERT_EQ(owners, 0);
    }
  }
  for (std::size_t k = 1; k <= 17; ++k) {
    EXPECT_GT(count[k], 0) << k;
  }
}

TEST(LeftVentricle, segments_stand_where_the_heart_association_puts_them) {
  const LeftVentricle lv = ventricle();
  const auto at = [&](double s, double angle) { return lv.segment_at(lv.point({lv.epi_radius(s) - 1, s, angle})); };
  EXPECT_EQ(at(-20, 0), 1);            // basal anterior
  EXPECT_EQ(at(-20, pi / 3), 2);       // anteroseptal
  EXPECT_EQ(at(-20, 2 * pi / 3), 3);   // inferoseptal
  EXPECT_EQ(at(-20, pi), 4);           // inferior
  EXPECT_EQ(at(20, -2 * pi / 3), 11);  // mid inferolateral
  EXPECT_EQ(at(20, -pi / 3), 12);      // mid anterolateral
  EXPECT_EQ(at(50, pi / 2), 14);       // apical septal
  EXPECT_EQ(at(50, 3 * pi / 2), 16);   // apical lateral
  EXPECT_EQ(at(66, 1.0), 17);
  EXPECT_LT(lv.outward(pi).z(), -0.5);   // the inferior wall looks down
  EXPECT_LT(lv.outward(pi / 2).x(), 0);  // the septum looks right
}

TEST(LeftVentricle, patch_is_a_transmural_piece_of_its_segment) {
  const LeftVentricle lv = ventricle();
  const Philox random(3, 1);
  for (const int number : {4, 12, 14, 17}) {
    int inside = 0;
    for (std::uint64_t i = 0; i < 20000; ++i) {
      const Vec3 p = random_point(lv.bounds(), random, i);
      if (lv.patch(number, 1.0, p) < 0) {
        ++inside;
        ASSERT_LT(lv.segment(number, p), 1e-9);
      }
    }
    EXPECT_GT(inside, 20) << number;
  }
}

class Contraction : public testing::TestWithParam<double> {};

TEST_P(Contraction, ejects_the_asked_fraction_and_keeps_every_piece_of_the_wall) {
  const LeftVentricle lv = ventricle();
  const double fraction = GetParam();
  const VentricleContraction beat(lv, {fraction, 0.16 * fraction / 0.6, 0.2});
  // Cavity: discs of the moved boundary.
  double volume = 0;
  constexpr int n = 4000;
  const double from = -lv.sizes().base_height;
  const double to = lv.sizes().cavity_length;
  for (int i = 0; i < n; ++i) {
    const double s = from + (to - from) * (i + 0.5) / n;
    const double ds = beat.forward({0, s + 1e-3, 0}).s - beat.forward({0, s, 0}).s;
    const double r = beat.forward({lv.endo_radius(s), s, 0}).r;
    volume += pi * r * r * ds / 1e-3 * (to - from) / n;
  }
  EXPECT_NEAR(volume / lv.cavity_volume_mm3(), 1 - fraction, 1e-4);
  const Philox random(4, 1);
  int tested = 0;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const Vec3 p = random_point(lv.bounds(), random, i);
    if (lv.wall(p) > -0.2) {
      continue;
    }
    Mat3 jacobian;
    for (int a = 0; a < 3; ++a) {
      const Vec3 h = 1e-4 * Vec3::Unit(a);
      jacobian.col(a) =
          (lv.point(beat.forward(lv.coordinates(p + h))) - lv.point(beat.forward(lv.coordinates(p - h)))) / 2e-4;
    }
    ASSERT_NEAR(jacobian.determinant(), 1, 1e-4) << p.transpose();
    const auto moved = beat.forward(lv.coordinates(p));
    EXPECT_TRUE(beat.contains_present(moved));
    ASSERT_LT((lv.point(beat.backward(moved)) - p).norm(), 1e-9);
    ++tested;
  }
  EXPECT_GT(tested, 100);
}

INSTANTIATE_TEST_SUITE_P(Fractions, Contraction, testing::Values(0.1, 0.35, 0.6, 0.7));

TEST(VentricleContraction, thickens_the_wall_and_turns_the_apex_counter_clockwise_seen_from_it) {
  const LeftVentricle lv = ventricle();
  const VentricleContraction beat(lv, {0.6, 0.16, 10 * pi / 180});
  const double thickness = beat.forward({lv.epi_radius(0), 0, 0}).r - beat.forward({lv.endo_radius(0), 0, 0}).r;
  EXPECT_NEAR(thickness / 8, 1.5, 0.1);
  // Angles grow from anterior to septal, which is counter-clockwise for a viewer at the apex.
  EXPECT_GT(beat.forward({10, 60, 0}).angle, 0);
  EXPECT_LT(beat.forward({10, -25, 0}).angle, 0);
  EXPECT_NEAR(beat.forward({10, -27, 0}).s - (-27), 0.16 * (lv.epi_length() + 27), 1e-9);
}

}  // namespace
}  // namespace xingu
