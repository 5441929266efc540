// SPDX-License-Identifier: Apache-2.0
#include "patient/heart_motion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/parallel.h"
#include "base/philox.h"
#include "patient/phantom_bones.h"
#include "patient/phantom_torso.h"

namespace xingu {
namespace {

const HeartAnatomy& anatomy() {
  static const HeartAnatomy heart;
  return heart;
}

Vec3 point_near_heart(const Philox& random, std::uint64_t i) {
  return {-100 + 220 * random.uniform(3 * i), -115 + 200 * random.uniform(3 * i + 1),
          -110 + 200 * random.uniform(3 * i + 2)};
}

template <class Map>
double determinant(const Map& map, const Vec3& p) {
  constexpr double h = 1e-3;
  Mat3 jacobian;
  for (int a = 0; a < 3; ++a) {
    jacobian.col(a) = (map.forward(p + h * Vec3::Unit(a)) - map.forward(p - h * Vec3::Unit(a))) / (2 * h);
  }
  return jacobian.determinant();
}

/// Volume, ml, of a material surface at a moment of the beat: the integral of the motion's determinant over the
/// material.
double volume_ml(const BeatingHeart& heart, const std::function<double(const Vec3&)>& surface) {
  constexpr double step = 3;
  const Bounds bounds = anatomy().bounds();
  const auto planes = static_cast<std::size_t>((bounds.upper.z() - bounds.lower.z()) / step) + 1;
  std::vector<double> sums(planes, 0.0);
  parallel_for(planes, [&](std::size_t k) {
    for (double y = bounds.lower.y(); y < bounds.upper.y(); y += step) {
      for (double x = bounds.lower.x(); x < bounds.upper.x(); x += step) {
        const Vec3 p(x, y, bounds.lower.z() + step * static_cast<double>(k));
        if (surface(p) < 0) {
          sums[k] += determinant(heart, p) * step * step * step / 1000;
        }
      }
    }
  });
  double sum = 0;
  for (const double s : sums) {
    sum += s;
  }
  return sum;
}

TEST(EjectedPart, runs_from_diastole_through_systole_and_back_without_jumps) {
  EXPECT_EQ(ejected_part(0), 0);
  EXPECT_NEAR(ejected_part(0.38), 1, 1e-12);
  EXPECT_NEAR(ejected_part(1.0), ejected_part(0), 1e-12);
  for (int i = 0; i < 1000; ++i) {
    const double a = ejected_part(i / 1000.0);
    EXPECT_GE(a, 0);
    EXPECT_LE(a, 1);
    EXPECT_LT(std::abs(ejected_part((i + 1) / 1000.0) - a), 0.01);
  }
}

TEST(InflatedPart, dwells_at_expiration) {
  EXPECT_EQ(inflated_part(0), 0);
  EXPECT_NEAR(inflated_part(0.5), 1, 1e-12);
  int low = 0;
  for (int i = 0; i < 100; ++i) {
    low += inflated_part(i / 100.0) < 0.5 ? 1 : 0;
  }
  EXPECT_GT(low, 60);
}

TEST(BeatingHeart, is_the_identity_at_end_diastole) {
  const BeatingHeart heart(anatomy(), {}, 0);
  const Philox random(1, 1);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Vec3 p = point_near_heart(random, i);
    EXPECT_EQ(heart.forward(p), p);
    EXPECT_EQ(heart.backward(p), p);
  }
}

TEST(BeatingHeart, never_folds_and_is_undone_by_its_inverse) {
  const Philox random(2, 1);
  for (const double ejected : {0.4, 1.0}) {
    const BeatingHeart heart(anatomy(), {}, ejected);
    for (std::uint64_t i = 0; i < 8000; ++i) {
      const Vec3 p = point_near_heart(random, i);
      ASSERT_GT(determinant(heart, p), 0.1) << p.transpose();
      if (i % 4 == 0) {
        ASSERT_LT((heart.forward(heart.backward(p)) - p).norm(), 1e-5) << p.transpose();
      }
    }
  }
}

TEST(BeatingHeart, leaves_the_chest_wall_and_the_spine_in_place) {
  const BeatingHeart heart(anatomy(), {}, 1);
  const Philox random(3, 1);
  const ThoraxBones bones;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const Vec3 p = point_near_heart(random, i);
    if (torso_cavity(p) >= 0 || bones.spinal_column(p) < 0) {
      ASSERT_EQ(heart.forward(p), p) << p.transpose();
    }
  }
}

TEST(BeatingHeart, has_the_published_volumes_at_end_systole) {
  const HeartAnatomy& a = anatomy();
  const BeatingHeart diastole(a, {}, 0);
  const BeatingHeart systole(a, {}, 1);
  const auto rv = [&](const Vec3& p) { return a.right_ventricle_cavity(p); };
  const auto la = [&](const Vec3& p) { return a.left_atrium_cavity(p); };
  const auto ra = [&](const Vec3& p) { return a.right_atrium_cavity(p); };
  // Hudsmith et al. 2005, men: right ventricle 190 ± 33 and 78 ± 20 ml, largest left atrium 103 ± 30 ml.
  EXPECT_NEAR(volume_ml(diastole, rv), 190, 33);
  EXPECT_NEAR(volume_ml(systole, rv), 78, 20);
  EXPECT_NEAR(volume_ml(systole, la), 103, 30);
  EXPECT_GT(volume_ml(systole, la), 1.5 * volume_ml(diastole, la));
  EXPECT_GT(volume_ml(systole, ra), 1.3 * volume_ml(diastole, ra));
}

TEST(BeatingHeart, keeps_the_left_wall_within_two_per_cent_over_the_beat) {
  const LeftVentricle& lv = anatomy().left_ventricle();
  for (const double ejected : {0.5, 1.0}) {
    const BeatingHeart heart(anatomy(), {}, ejected);
    const Bounds bounds = lv.bounds().grown(5);
    double wall = 0;
    double cavity = 0;
    constexpr double step = 2.5;
    for (double z = bounds.lower.z(); z < bounds.upper.z(); z += step) {
      for (double y = bounds.lower.y(); y < bounds.upper.y(); y += step) {
        for (double x = bounds.lower.x(); x < bounds.upper.x(); x += step) {
          const Vec3 material = heart.backward(Vec3(x, y, z));
          wall += lv.wall(material) < 0 ? step * step * step : 0;
          cavity += lv.cavity(material) < 0 ? step * step * step : 0;
        }
      }
    }
    EXPECT_NEAR(wall / lv.wall_volume_mm3(), 1, 0.02) << ejected;
    EXPECT_NEAR(cavity / lv.cavity_volume_mm3(), 1 - 0.6 * ejected, 0.01) << ejected;
  }
}

TEST(BreathingThorax, moves_diaphragm_and_chest_by_what_was_asked) {
  const BreathingThorax breath({.diaphragm_mm = 20, .chest_mm = 6, .lateral_mm = 2}, 1);
  const Vec3 dome(-66, -8, -70);
  EXPECT_NEAR((breath.forward(dome) - dome).z(), -20, 1.0);
  const Vec3 sternum(0, -115, 0);
  EXPECT_NEAR((breath.forward(sternum) - sternum).y(), -6, 0.01);
  const Vec3 side(172, 0, 0);
  EXPECT_NEAR((breath.forward(side) - side).x(), 2, 0.01);
  const Vec3 vertebra(0, 66, 0);
  EXPECT_LT((breath.forward(vertebra) - vertebra).norm(), 1e-9);
}

TEST(BreathingThorax, moves_the_heart_as_a_whole_within_the_published_range) {
  const BreathingThorax breath({}, 1);
  const LeftVentricle& lv = anatomy().left_ventricle();
  const Vec3 middle = breath.forward(lv.equator_centre()) - lv.equator_centre();
  EXPECT_GT(middle.norm(), 6.2);  // 6.2–14.7 mm peak to peak
  EXPECT_LT(middle.norm(), 14.7);
  for (int k = 0; k < 200; ++k) {
    const double s = -26 + 95.0 * (k % 20) / 20;
    const Vec3 p = lv.point({lv.epi_radius(s), s, 0.31 * k});
    EXPECT_LT((breath.forward(p) - p - middle).norm(), 0.3) << p.transpose();
  }
}

TEST(BreathingThorax, never_folds_and_is_undone_by_its_inverse) {
  const BreathingThorax breath({.diaphragm_mm = 25, .chest_mm = 8, .lateral_mm = 3}, 1);
  const Philox random(5, 1);
  for (std::uint64_t i = 0; i < 8000; ++i) {
    const Vec3 p(-180 + 360 * random.uniform(3 * i), -125 + 260 * random.uniform(3 * i + 1),
                 -140 + 270 * random.uniform(3 * i + 2));
    ASSERT_GT(breath.volume_ratio(p), 0.1) << p.transpose();
    ASSERT_NEAR(breath.volume_ratio(p), determinant(breath, p), 2e-2);
    ASSERT_LT((breath.forward(breath.backward(p)) - p).norm(), 1e-5) << p.transpose();
  }
}

}  // namespace
}  // namespace xingu
