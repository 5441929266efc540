// SPDX-License-Identifier: Apache-2.0
// The heart phantom's contours and image against published anatomy; sources in docs/methods/phantoms.md.
#include "patient/heart_phantom.h"

#include <gtest/gtest.h>

#include <map>
#include <numbers>
#include <string>

#include "base/parallel.h"
#include "patient/phantom.h"

namespace xingu {
namespace {

struct Contoured {
  std::map<std::string, double> ml;
  StructureSet set;
};

double volume_ml(const std::vector<Contour>& contours, double spacing_mm) {
  double sum = 0;
  for (const Contour& contour : contours) {
    sum += signed_area(contour) * spacing_mm / 1000;
  }
  return sum;
}

Grid image_grid(const HeartPhantom& phantom, double spacing_mm) {
  const Bounds view = phantom.field_of_view();
  return covering_grid(view.lower, view.upper, spacing_mm);
}

Contoured contoured(const HeartParameters& parameters, double spacing_mm) {
  const HeartPhantom phantom(parameters);
  Contoured result;
  result.set = phantom.contours(image_grid(phantom, spacing_mm));
  for (const Structure& s : result.set.structures) {
    result.ml[s.name] = volume_ml(s.contours, spacing_mm);
  }
  return result;
}

/// Volume of one structure of a phantom at any phases.
double structure_ml(const HeartPhantom& phantom, const std::string& name, double spacing_mm) {
  const Grid grid = image_grid(phantom, spacing_mm);
  std::vector<double> planes;
  for (int k = 0; k < grid.nz(); ++k) {
    planes.push_back(grid.origin.z() + k * spacing_mm);
  }
  const PhantomSurface& s = phantom.surface(name);
  return volume_ml(contour_surface(s.surface, s.bounds, planes, {.cell_mm = s.cell_mm}), spacing_mm);
}

void expect_closed_and_not_empty(const Contoured& man) {
  for (const Structure& s : man.set.structures) {
    EXPECT_FALSE(s.contours.empty()) << s.name;
    EXPECT_GT(man.ml.at(s.name), 0.1) << s.name;
    for (const Contour& contour : s.contours) {
      EXPECT_GE(contour.points.size(), 3U) << s.name;
    }
  }
}

void expect_left_ventricle_in_closed_form(const Contoured& man) {
  const LeftVentricle lv = HeartAnatomy().left_ventricle();
  EXPECT_NEAR(man.ml.at("LV_Cavity") * 1000 / lv.cavity_volume_mm3(), 1, 0.01);
  EXPECT_NEAR(man.ml.at("LV_Wall") * 1000 / lv.wall_volume_mm3(), 1, 0.01);
  double segments = 0;
  for (int k = 1; k <= 17; ++k) {
    segments += man.ml.at(k < 10 ? "LVseg_0" + std::to_string(k) : "LVseg_" + std::to_string(k));
  }
  EXPECT_NEAR(segments / man.ml.at("LV_Wall"), 1, 0.01);
}

void expect_plausible_organs(const Contoured& man) {
  const auto& ml = man.ml;
  EXPECT_GT(ml.at("Lung_R"), ml.at("Lung_L"));
  EXPECT_NEAR(ml.at("Lung_L") + ml.at("Lung_R"), 3800, 800);
  EXPECT_NEAR(ml.at("Heart"), 800, 200);
  EXPECT_GT(ml.at("CTV_VT"), 4);
  EXPECT_GT(ml.at("PTV_2500"), 2.5 * ml.at("CTV_VT"));
}

// One test, since the contours are most of its work: each test runs in a process of its own.
TEST(HeartPhantomContours, of_a_man_are_closed_in_closed_form_and_plausible) {
  const Contoured man = contoured({}, 2.5);
  expect_closed_and_not_empty(man);
  expect_left_ventricle_in_closed_form(man);
  expect_plausible_organs(man);
}

TEST(HeartPhantomContours, woman_is_within_a_standard_deviation_of_published_ventricles) {
  HeartParameters parameters;
  parameters.scale = 0.92;
  const Contoured woman = contoured(parameters, 3);
  EXPECT_NEAR(woman.ml.at("LV_Cavity"), 135, 26);      // Hudsmith et al. 2005
  EXPECT_NEAR(woman.ml.at("LV_Wall") * 1.05, 98, 21);  // Kawel-Boehm et al. 2015
}

TEST(HeartPhantomContours, ejection_fraction_and_wall_hold_while_it_breathes) {
  HeartParameters parameters;
  parameters.cardiac_phase = 0.38;
  parameters.breathing_phase = 0.5;
  parameters.beat.ejection_fraction = 0.5;
  const HeartPhantom systole(parameters);
  const HeartPhantom at_rest(HeartParameters{});
  const auto ratio = [&](const char* name) {
    return structure_ml(systole, name, 2.5) / structure_ml(at_rest, name, 2.5);
  };
  EXPECT_NEAR(ratio("LV_Cavity"), 0.5, 0.01);
  EXPECT_NEAR(ratio("LV_Wall"), 1, 0.02);
}

TEST(HeartPhantomSurfaces, do_not_overlap_where_they_must_not) {
  const HeartPhantom phantom{HeartParameters{}};
  const std::vector<std::pair<std::string, std::string>> pairs{
      {"Lung_L", "Heart"},      {"Lung_R", "Heart"},         {"Lung_L", "Lung_R"},    {"Heart", "Esophagus"},
      {"Lung_L", "Liver"},      {"Lung_R", "Liver"},         {"Liver", "Stomach"},    {"Ventricle_L", "Ventricle_R"},
      {"Atrium_L", "Atrium_R"}, {"Ventricle_L", "Atrium_L"}, {"Spine", "SpinalCord"}, {"Esophagus", "A_Aorta"},
      {"Ribs", "Lung_L"},       {"Ribs", "Lung_R"},          {"Trachea", "A_Aorta"},  {"A_Aorta", "Spine"},
      {"Esophagus", "Spine"},   {"A_LAD", "Ventricle_L"},    {"Lung_L", "Spine"},     {"Trachea", "Esophagus"}};
  for (const auto& [first, second] : pairs) {
    const PhantomSurface& a = phantom.surface(first);
    const PhantomSurface& b = phantom.surface(second);
    const Vec3 lower = a.bounds.lower.cwiseMax(b.bounds.lower).cwiseMax(phantom.field_of_view().lower);
    const Vec3 upper = a.bounds.upper.cwiseMin(b.bounds.upper).cwiseMin(phantom.field_of_view().upper);
    constexpr double step = 2;
    const auto planes = static_cast<std::size_t>(std::max(0.0, (upper.z() - lower.z()) / step));
    std::vector<int> common(planes + 1, 0);
    parallel_for(planes, [&](std::size_t k) {
      for (double y = lower.y(); y < upper.y(); y += step) {
        for (double x = lower.x(); x < upper.x(); x += step) {
          const Vec3 p(x, y, lower.z() + step * static_cast<double>(k));
          common[k] += b.surface(p) < -1e-3 && a.surface(p) < -1e-3 ? 1 : 0;
        }
      }
    });
    int sum = 0;
    for (const int c : common) {
      sum += c;
    }
    EXPECT_LE(sum, 2) << first << " and " << second;
  }
}

TEST(HeartPhantomPatient, is_the_same_for_any_number_of_threads) {
  PhantomSpec spec{.name = "heart", .spacing_mm = 6.0};
  set_num_threads(1);
  const Patient a = make_phantom(spec);
  set_num_threads(3);
  const Patient b = make_phantom(spec);
  set_num_threads(0);
  EXPECT_TRUE(std::equal(a.ct.hu.values().begin(), a.ct.hu.values().end(), b.ct.hu.values().begin()));
  EXPECT_EQ(a.ct.series_uid, b.ct.series_uid);
  ASSERT_EQ(a.structure_set.structures.size(), b.structure_set.structures.size());
  for (std::size_t i = 0; i < a.structure_set.structures.size(); ++i) {
    const auto& x = a.structure_set.structures[i].contours;
    const auto& y = b.structure_set.structures[i].contours;
    ASSERT_EQ(x.size(), y.size());
    for (std::size_t k = 0; k < x.size(); ++k) {
      ASSERT_EQ(x[k].points, y[k].points);
    }
  }
}

}  // namespace
}  // namespace xingu
