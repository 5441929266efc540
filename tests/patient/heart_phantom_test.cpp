// SPDX-License-Identifier: Apache-2.0
#include "patient/heart_phantom.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace xingu {
namespace {

using std::numbers::pi;

const HeartPhantom& phantom() {
  static const HeartPhantom heart{HeartParameters{}};
  return heart;
}

TEST(HeartPhantom, has_the_expected_tissue_at_landmarks) {
  const HeartPhantom& h = phantom();
  EXPECT_EQ(h.tissue_at(Vec3(-190, 0, 0)), Tissue::air);
  EXPECT_EQ(h.tissue_at(Vec3(-90, 0, 20)), Tissue::lung);
  EXPECT_EQ(h.tissue_at(Vec3(100, 30, 20)), Tissue::lung);
  EXPECT_EQ(h.tissue_at(Vec3(-80, -10, -90)), Tissue::liver);
  EXPECT_EQ(h.tissue_at(Vec3(0, 66, 3)), Tissue::trabecular_bone);
  EXPECT_EQ(h.tissue_at(Vec3(0, 88, 3)), Tissue::cord);
  EXPECT_EQ(h.tissue_at(Vec3(1, 22, 92)), Tissue::air);    // trachea
  EXPECT_EQ(h.tissue_at(Vec3(28, 48, 0)), Tissue::blood);  // descending aorta
  const LeftVentricle& lv = h.anatomy().heart_anatomy().left_ventricle();
  EXPECT_EQ(h.tissue_at(lv.equator_centre()), Tissue::blood);
  EXPECT_EQ(h.tissue_at(lv.point({31, 0, -pi / 2})), Tissue::myocardium);
}

TEST(HeartPhantom, names_every_structure_once) {
  std::vector<std::string> names;
  for (const PhantomSurface& s : phantom().surfaces()) {
    EXPECT_EQ(std::count(names.begin(), names.end(), s.name), 0) << s.name;
    EXPECT_LE(s.name.size(), 16U) << s.name;  // TG-263
    names.push_back(s.name);
  }
  for (const char* name :
       {"External",    "Heart",       "Lung_L",   "Lung_R",      "SpinalCord",   "Esophagus",    "Stomach",
        "Liver",       "GreatVes",    "A_Aorta",  "A_Pulmonary", "V_Venacava_S", "V_Venacava_I", "A_LAD",
        "Ventricle_L", "Ventricle_R", "Atrium_L", "Atrium_R",    "LV_Wall",      "LVseg_01",     "LVseg_17",
        "Ribs",        "Sternum",     "Spine",    "Trachea",     "CTV_VT",       "PTV_2500"}) {
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  }
}

TEST(HeartPhantom, does_not_move_at_its_reference_phases) {
  const Vec3 p(50, -20, -10);
  EXPECT_LT(phantom().displacement(p, 0, 0).norm(), 1e-9);
  EXPECT_GT(phantom().displacement(p, 0.5, 0).norm(), 5);
  EXPECT_GT(phantom().displacement(Vec3(22, -6, 6), 0, 0.38).norm(), 8);
}

TEST(HeartPhantom, material_point_undoes_the_displacement) {
  HeartParameters parameters;
  parameters.breathing_phase = 0.3;
  parameters.cardiac_phase = 0.2;
  parameters.scale = 0.92;
  const HeartPhantom moving(parameters);
  for (const Vec3& p : {Vec3(40, -20, -5), Vec3(-60, 10, -30), Vec3(0, -50, 10), Vec3(0, 20, 15), Vec3(80, 0, -90)}) {
    const Vec3 present = p + moving.displacement(p, 0.3, 0.2);
    EXPECT_LT((moving.material_point(present) - p).norm(), 1e-4) << p.transpose();
  }
}

TEST(HeartPhantom, motion_amplitude_in_mm_does_not_depend_on_scale) {
  HeartParameters parameters;
  parameters.scale = 0.8;
  const HeartPhantom small(parameters);
  const Vec3 dome(-66, -8, -70);
  EXPECT_NEAR(phantom().displacement(dome, 0.5, 0).z(), small.displacement(0.8 * dome, 0.5, 0).z(), 0.05);
}

TEST(HeartPhantom, planning_target_is_the_clinical_one_and_its_margin) {
  const PhantomSurface& ctv = phantom().surface("CTV_VT");
  const PhantomSurface& ptv = phantom().surface("PTV_2500");
  // Brute force: distances between lattice points of both.
  std::vector<Vec3> inside;
  constexpr double step = 1.5;
  const Bounds bounds = ptv.bounds;
  for (double z = bounds.lower.z(); z < bounds.upper.z(); z += step) {
    for (double y = bounds.lower.y(); y < bounds.upper.y(); y += step) {
      for (double x = bounds.lower.x(); x < bounds.upper.x(); x += step) {
        if (ctv.surface(Vec3(x, y, z)) < 0) {
          inside.emplace_back(x, y, z);
        }
      }
    }
  }
  ASSERT_GT(inside.size(), 500U);
  int checked = 0;
  for (double z = bounds.lower.z(); z < bounds.upper.z(); z += 4) {
    for (double y = bounds.lower.y(); y < bounds.upper.y(); y += 4) {
      for (double x = bounds.lower.x(); x < bounds.upper.x(); x += 4) {
        double best = 1e9;
        for (const Vec3& q : inside) {
          best = std::min(best, (q - Vec3(x, y, z)).norm());
        }
        const double value = ptv.surface(Vec3(x, y, z));
        if (best < 5) {
          ASSERT_LT(value, 0);
        } else if (best > 5 + 0.9 * step) {
          ASSERT_GT(value, 0);
        }
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 500);
}

TEST(HeartPhantom, tumour_keeps_its_shape_and_moves_with_the_lung) {
  HeartParameters parameters;
  parameters.tumour = LungTumour{};
  const HeartPhantom still(parameters);
  parameters.breathing_phase = 0.5;
  const HeartPhantom inhaled(parameters);
  const Vec3 centre = parameters.tumour->centre;
  const Vec3 moved = centre + still.displacement(centre, 0.5, 0);
  EXPECT_GT((moved - centre).norm(), 3);
  EXPECT_EQ(still.tissue_at(centre), Tissue::tumour);
  EXPECT_EQ(inhaled.tissue_at(moved), Tissue::tumour);
  EXPECT_NEAR(inhaled.surface("CTV").surface(moved), -parameters.tumour->radius_mm, 1e-6);
  EXPECT_NEAR(inhaled.surface("PTV").surface(moved + Vec3(0, 0, 19)), 0, 1e-6);
}

TEST(HeartPhantom, inhaled_lung_is_thinner_and_contrast_only_brightens_blood) {
  HeartParameters parameters;
  parameters.contrast_hu = 200;
  parameters.breathing_phase = 0.5;
  const HeartPhantom inhaled(parameters);
  const Vec3 lung(-90, 0, 0);
  EXPECT_LT(inhaled.hu_at(lung), phantom().hu_at(lung) - 5);
  EXPECT_NEAR(inhaled.hu_at(Vec3(28, 48, 0)), 242, 1);
  EXPECT_EQ(phantom().hu_at(Vec3(28, 48, 0)), 42);
}

TEST(HeartParameters, are_refused_with_a_sentence_when_out_of_range) {
  HeartParameters parameters;
  parameters.scar_segment = 18;
  EXPECT_THROW(HeartPhantom{parameters}, InputError);
  parameters = {};
  parameters.beat.ejection_fraction = 0.9;
  EXPECT_THROW(HeartPhantom{parameters}, InputError);
  parameters = {};
  parameters.breathing_phase = std::nan("");
  EXPECT_THROW(HeartPhantom{parameters}, InputError);
}

}  // namespace
}  // namespace xingu
