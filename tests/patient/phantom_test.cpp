// SPDX-License-Identifier: Apache-2.0
#include "patient/phantom.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "base/error.h"
#include "base/parallel.h"
#include "patient/patient_density.h"
#include "patient/phantom_block.h"

namespace xingu {
namespace {

using std::numbers::pi;

const Structure& structure(const Patient& patient, const std::string& name) {
  const auto& all = patient.structure_set.structures;
  const auto found = std::find_if(all.begin(), all.end(), [&](const Structure& s) { return s.name == name; });
  if (found == all.end()) {
    throw std::runtime_error("no structure " + name);
  }
  return *found;
}

double polygon_area(const Contour& contour) {
  double sum = 0;
  for (std::size_t i = 0; i < contour.points.size(); ++i) {
    const auto& a = contour.points[i];
    const auto& b = contour.points[(i + 1) % contour.points.size()];
    sum += a.x() * b.y() - b.x() * a.y();
  }
  return 0.5 * std::abs(sum);
}

double volume_mm3(const Patient& patient, const std::string& name) {
  double sum = 0;
  for (const Contour& contour : structure(patient, name).contours) {
    sum += polygon_area(contour) * patient.ct.hu.grid().spacing.z();
  }
  return sum;
}

double mean_hu_sum(const Patient& patient) {
  double sum = 0;
  for (const float hu : patient.ct.hu.values()) {
    sum += static_cast<double>(hu - BlockHu::air);
  }
  return sum * patient.ct.hu.grid().voxel_volume_mm3();
}

TEST(Phantom, cshape_has_the_volumes_of_its_formulas) {
  const Patient patient = make_phantom({.name = "tg119-cshape"});
  const double target = pi * (37 * 37 - 15 * 15) * (260.0 / 360.0) * 80;
  EXPECT_NEAR(volume_mm3(patient, "OuterTarget"), target, 1e-3 * target);
  EXPECT_NEAR(volume_mm3(patient, "Core"), pi * 100 * 100, 1e-3 * pi * 100 * 100);
  EXPECT_NEAR(volume_mm3(patient, "External"), 300.0 * 200 * 170, 1.0);
}

TEST(Phantom, cshape_opens_towards_posterior) {
  const Patient patient = make_phantom({.name = "tg119-cshape"});
  for (const Contour& contour : structure(patient, "OuterTarget").contours) {
    for (const auto& p : contour.points) {
      const double from_opening = std::abs(std::atan2(p.x(), p.y()));
      EXPECT_GE(from_opening, 50.0 * pi / 180 - 1e-9);
      EXPECT_GT(p.norm(), 15 - 0.01);
      EXPECT_LT(p.norm(), 37 + 0.01);
    }
  }
}

TEST(Phantom, slab_has_its_layers_in_depth_order) {
  const Patient patient = make_phantom({.name = "slab"});
  const auto hu_at_depth = [&](double depth) { return interpolate(patient.ct.hu, Vec3(0, depth - 150, 0)); };
  EXPECT_NEAR(hu_at_depth(15), BlockHu::water, 1e-3);
  EXPECT_NEAR(hu_at_depth(40), BlockHu::cortical_bone, 1e-3);
  EXPECT_NEAR(hu_at_depth(85), BlockHu::lung, 1e-3);
  EXPECT_NEAR(hu_at_depth(200), BlockHu::water, 1e-3);
  EXPECT_NEAR(hu_at_depth(-5), BlockHu::air, 1e-3);
  EXPECT_EQ(structure(patient, "Bone").relative_mass_density, 1.85);
  EXPECT_EQ(structure(patient, "Lung").relative_mass_density, 0.26);
  EXPECT_NEAR(volume_mm3(patient, "Bone"), 300.0 * 300 * 20, 1);
}

TEST(Phantom, what_is_called_water_is_water_for_the_dose) {
  for (const std::string name : {"water", "slab", "tg119-cshape"}) {
    const Patient patient = make_phantom({.name = name});
    const DensityImage image = make_density_image(patient, DensityCurve::shipped());
    std::size_t num_water = 0;
    for (std::size_t i = 0; i < image.density.values().size(); ++i) {
      if (patient.ct.hu[i] == BlockHu::water) {
        ++num_water;
        ASSERT_EQ(image.density[i], 1.0F) << name;
        ASSERT_EQ(image.material_names[image.material[i]], "water") << name;
      }
    }
    EXPECT_GT(num_water, 1000U) << name;
  }
}

TEST(Phantom, content_does_not_depend_on_spacing) {
  const double expected = 300.0 * 300 * 300 * 1000;
  for (const double spacing : {2.5, 4.0, 7.0}) {
    EXPECT_NEAR(mean_hu_sum(make_phantom({.name = "water", .spacing_mm = spacing})), expected, 1e-5 * expected)
        << spacing;
  }
}

TEST(Phantom, every_name_builds_with_closed_structures_inside_the_image) {
  for (const std::string name : {"water", "slab", "tg119-cshape"}) {
    const Patient patient = make_phantom({.name = name, .spacing_mm = 4.0});
    const Grid& grid = patient.ct.hu.grid();
    std::set<int> numbers;
    for (const Structure& s : patient.structure_set.structures) {
      EXPECT_TRUE(numbers.insert(s.number).second);
      EXPECT_FALSE(s.contours.empty()) << s.name;
      for (const Contour& contour : s.contours) {
        EXPECT_GE(contour.points.size(), 3U);
        EXPECT_GT(polygon_area(contour), 0);
        for (const auto& p : contour.points) {
          const Vec3 point(p.x(), p.y(), contour.z_mm);
          EXPECT_TRUE((point - grid.lower()).minCoeff() >= 0 && (grid.upper() - point).minCoeff() >= 0) << s.name;
        }
      }
    }
  }
}

TEST(Phantom, is_the_same_for_any_thread_count_and_has_unique_identifiers) {
  set_num_threads(1);
  const Patient a = make_phantom({.name = "water", .spacing_mm = 5.0, .noise_hu = 10});
  set_num_threads(3);
  const Patient b = make_phantom({.name = "water", .spacing_mm = 5.0, .noise_hu = 10});
  set_num_threads(0);
  EXPECT_TRUE(std::equal(a.ct.hu.values().begin(), a.ct.hu.values().end(), b.ct.hu.values().begin()));
  EXPECT_EQ(a.ct.series_uid, b.ct.series_uid);
  const Patient other = make_phantom({.name = "water", .spacing_mm = 5.0, .noise_hu = 10, .seed = 2});
  EXPECT_NE(a.ct.series_uid, other.ct.series_uid);
  std::set<std::string> uids{a.ct.study_uid, a.ct.series_uid, a.ct.frame_of_reference_uid};
  for (const auto& slice : a.ct.slices) {
    EXPECT_TRUE(uids.insert(slice.sop_instance_uid).second);
    EXPECT_LE(slice.sop_instance_uid.size(), 64U);
  }
}

TEST(Phantom, says_the_sex_that_was_asked_for) {
  EXPECT_EQ(make_phantom({.name = "water", .spacing_mm = 10.0}).ct.patient_sex, "O");
  const Patient woman = make_phantom({.name = "water", .spacing_mm = 10.0, .patient_sex = "F"});
  const Patient man = make_phantom({.name = "water", .spacing_mm = 10.0, .patient_sex = "M"});
  EXPECT_EQ(woman.ct.patient_sex, "F");
  EXPECT_EQ(man.ct.patient_sex, "M");
  EXPECT_NE(woman.ct.study_uid, man.ct.study_uid);
  EXPECT_THROW((void)make_phantom({.name = "water", .spacing_mm = 10.0, .patient_sex = "female"}), InputError);
}

TEST(Phantom, noise_has_the_asked_standard_deviation) {
  const Patient quiet = make_phantom({.name = "water", .spacing_mm = 5.0});
  const Patient noisy = make_phantom({.name = "water", .spacing_mm = 5.0, .noise_hu = 20});
  double sum = 0;
  double squares = 0;
  const auto n = static_cast<double>(quiet.ct.hu.values().size());
  for (std::size_t i = 0; i < quiet.ct.hu.values().size(); ++i) {
    const double d = static_cast<double>(noisy.ct.hu[i]) - static_cast<double>(quiet.ct.hu[i]);
    sum += d;
    squares += d * d;
  }
  EXPECT_NEAR(sum / n, 0, 5 * 20 / std::sqrt(n));
  EXPECT_NEAR(std::sqrt(squares / n), 20, 20 * 5 / std::sqrt(2 * n));
}

TEST(Phantom, refuses_what_it_cannot_build_and_names_the_nearest) {
  try {
    static_cast<void>(make_phantom({.name = "watter"}));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("'water'"), std::string::npos);
  }
  EXPECT_THROW(static_cast<void>(make_phantom({.name = "water", .spacing_mm = 0.0})), InputError);
  EXPECT_THROW(static_cast<void>(make_phantom({.name = "water", .noise_hu = -1})), InputError);
}

}  // namespace
}  // namespace xingu
