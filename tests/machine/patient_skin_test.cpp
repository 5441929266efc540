// SPDX-License-Identifier: Apache-2.0
#include "machine/patient_skin.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/philox.h"
#include "machine_patient.h"

namespace xingu {
namespace {

TEST(PatientSkin, bound_is_below_the_distance_and_close_to_it) {
  const PatientOnTable patient = test::ellipse_patient();
  const PatientSkin& skin = *patient.skin;
  double gap = 0.0;
  int outside = 0;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const Philox u(5, i);
    const Vec3 p(500 * (u.uniform(0) - 0.5), 400 * (u.uniform(1) - 0.5), 500 * (u.uniform(2) - 0.5));
    const bool is_in = std::pow(p.x() / 175, 2) + std::pow(p.y() / 115, 2) <= 1 && std::abs(p.z()) < 153;
    const double distance = skin.tree().distance(p, 1e9);
    const double bound = skin.distance_bound(p);
    EXPECT_LE(bound, distance + 1e-9);
    if (!is_in) {
      gap += distance - bound;
      ++outside;
      EXPECT_GE(bound, distance - 1.75 * skin.spacing_mm() - (distance > 35 ? distance : 0.0));
    }
  }
  EXPECT_LT(gap / outside, 5.0);
  EXPECT_LE(skin.distance_bound(Vec3::Zero()), 0.0);
}

TEST(PatientSkin, goes_on_padded_beyond_both_ends) {
  const PatientOnTable patient = test::ellipse_patient();
  ASSERT_EQ(patient.skin->unseen().size(), 2U);
  const ConvexShape& feet = patient.skin->unseen()[0];
  const ConvexShape& head = patient.skin->unseen()[1];
  EXPECT_LT(feet.distance_bound(Vec3(185, 0, -200)), 0.0);  // 170 mm of body and 20 mm of padding
  EXPECT_GT(feet.distance_bound(Vec3(195, 0, -200)), 0.0);
  EXPECT_LT(feet.distance_bound(Vec3(0, 0, -1300)), 0.0);
  EXPECT_GT(feet.distance_bound(Vec3(0, 0, -1360)), 0.0);
  EXPECT_LT(head.distance_bound(Vec3(0, 125, 1000)), 0.0);
  EXPECT_GT(head.distance_bound(Vec3(0, 0, 145)), 0.0);
}

TEST(PatientSkin, ends_where_the_ct_shows_its_end) {
  PatientSkin::Config config;
  config.num_triangles = 2000;
  config.beyond_mm = {0.0, 40.0};
  const PatientSkin skin(test::ellipse_body(), config);
  ASSERT_EQ(skin.unseen().size(), 1U);
  EXPECT_LT(skin.unseen()[0].distance_bound(Vec3(0, 0, 185)), 0.0);  // the outline's last slice ends at 150 mm
  EXPECT_GT(skin.unseen()[0].distance_bound(Vec3(0, 0, 195)), 0.0);
}

TEST(PatientSkin, goes_on_across_where_the_ct_cuts_the_body_off) {
  const Volume<std::uint8_t> whole = test::ellipse_body();
  Grid grid = whole.grid();
  grid.size[0] = 50;  // the left half of the torso is not in the image
  Volume<std::uint8_t> half(grid);
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        half.at(x, y, z) = whole.at(x, y, z);
      }
    }
  }
  PatientSkin::Config config;
  config.num_triangles = 2000;
  config.unseen.length_mm = 0.0;
  config.unseen.lateral_mm = 120.0;
  const PatientSkin skin(half, config);
  ASSERT_EQ(skin.unseen().size(), 1U);
  EXPECT_LT(skin.unseen()[0].distance_bound(Vec3(115, 0, 0)), 0.0);
  EXPECT_LT(skin.unseen()[0].distance_bound(Vec3(60, 125, 165)), 0.0);  // 110 and 150 mm, and 20 mm of padding
  EXPECT_GT(skin.unseen()[0].distance_bound(Vec3(125, 0, 0)), 0.0);
  EXPECT_GT(skin.unseen()[0].distance_bound(Vec3(60, 135, 0)), 0.0);
}

TEST(PatientSkin, lies_on_the_table_with_the_isocentre_at_its_origin_along_y) {
  for (const auto position : {PatientPosition::hfs, PatientPosition::hfp, PatientPosition::ffs, PatientPosition::ffp}) {
    const PatientOnTable patient = test::ellipse_patient();
    const auto X_TP = patient_on_table(*patient.skin, position, test::ellipse_isocentre);
    EXPECT_NEAR((X_TP * Point<frame::P>{test::ellipse_isocentre}).value.y(), 0.0, 1e-9);
    double lowest = 1e9;
    double left = 1e9;
    double right = -1e9;
    for (const Vec3& p : patient.skin->surface().points) {
      const Vec3 t = (X_TP * Point<frame::P>{p}).value;
      lowest = std::min(lowest, t.z());
      left = std::min(left, t.x());
      right = std::max(right, t.x());
    }
    EXPECT_NEAR(lowest, 0.0, 1e-9);
    EXPECT_NEAR(left + right, 0.0, 1e-9);
    const bool is_head_first = position == PatientPosition::hfs || position == PatientPosition::hfp;
    EXPECT_EQ((X_TP.rotation() * Vec3::UnitZ()).y() > 0, is_head_first);
  }
}

TEST(PatientSkin, an_empty_outline_is_refused) {
  Volume<std::uint8_t> empty(test::ellipse_body().grid());
  EXPECT_THROW(PatientSkin(empty, {}), InputError);
}

}  // namespace
}  // namespace xingu
