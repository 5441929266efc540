// SPDX-License-Identifier: Apache-2.0
#include "patient/dvh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "base/philox.h"
#include "patient/analytic_bodies.h"
#include "patient/occupancy.h"

namespace xingu {
namespace {

using test::AnalyticBody;

/// The dose that the hottest `percent` of a body in linear_dose() receive at least.
double true_dose(const AnalyticBody& body, int axis, double percent) {
  double low = body.lower[static_cast<std::size_t>(axis)];
  double high = body.upper[static_cast<std::size_t>(axis)];
  for (int i = 0; i < 50; ++i) {
    const double middle = 0.5 * (low + high);
    (1 - body.part_below(axis, middle) > percent / 100 ? low : high) = middle;
  }
  return 20 + low - body.lower[static_cast<std::size_t>(axis)];
}

double true_mean(const AnalyticBody& body, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  const double above_lower =
      test::integrate([&](double c) { return 1 - body.part_below(axis, c); }, body.lower[a], body.upper[a]);
  return 20 + above_lower;
}

struct Case {
  AnalyticBody body;
  double distance;  // of the contours, mm
  double phase;     // of the first contour, in distances
  std::vector<double> percents{1, 2, 5, 20, 50, 80, 95, 98, 99};
};

class AnalyticDvh : public testing::TestWithParam<Case> {};

TEST_P(AnalyticDvh, has_the_volume_within_half_a_percent_and_doses_within_0_3_percent_of_the_range) {
  const auto& [body, distance, phase, percents] = GetParam();
  const Structure structure = test::draw(body, phase * distance, distance);
  for (int axis = 0; axis < 3; ++axis) {
    const Dvh dvh = compute_dvh(test::linear_dose(body, axis, 2.5), structure);
    EXPECT_NEAR(dvh.volume_cc() * 1000 / body.volume_mm3, 1.0, 0.005);
    const auto a = static_cast<std::size_t>(axis);
    const double allowed = 0.003 * (body.upper[a] - body.lower[a]);
    EXPECT_NEAR(dvh.mean_gy(), true_mean(body, axis), allowed);
    for (const double percent : percents) {
      const double dose = true_dose(body, axis, percent);
      EXPECT_NEAR(dvh.dose_at_percent(percent), dose, allowed) << "axis " << axis << " D" << percent;
      if (percent <= 50) {  // near the whole volume a D_cc tells the volume's error, not the dose's
        EXPECT_NEAR(dvh.dose_at_cc(percent / 100 * body.volume_mm3 / 1000), dose, allowed) << axis << " " << percent;
      }
      EXPECT_NEAR(dvh.percent_at_dose(dose), percent, 0.5) << "axis " << axis << " V" << dose;
    }
  }
}

// Flat ends are known only where they lie half-way between two slices; round and pointed ones anywhere.
std::vector<Case> analytic_cases() {
  std::vector<Case> cases;
  for (const double distance : {1.0, 2.0, 3.0}) {
    for (const double phase : {0.0, 0.25, 0.5}) {
      cases.push_back({test::sphere(12), distance, phase});
      cases.push_back({test::sphere(5), distance, phase});
      cases.push_back({test::transverse_cylinder(12, 24), distance, phase});
    }
    cases.push_back({test::axial_cylinder(12, -12, 24), distance, 0.5});
    cases.push_back({test::axial_cone(12, -12, 24), distance, 0.5});
  }
  for (const double phase : {0.0, 0.25, 0.5}) {
    cases.push_back({test::transverse_cone(12, 24), 1.0, phase});
    cases.push_back({test::transverse_cone(12, 24), 2.0, phase});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Bodies, AnalyticDvh, testing::ValuesIn(analytic_cases()), [](const auto& instance) {
  std::string name =
      fmt::format("{}_{}_at_{}_mm_phase_{}", instance.param.body.name, std::lround(instance.param.body.upper[1]),
                  instance.param.distance, std::lround(100 * instance.param.phase));
  std::ranges::replace(name, ' ', '_');
  return name;
});

// Whatever phase the slices have: what lies between two of them is known less well at its two ends along z.
TEST(AnalyticDvh, keeps_a_lying_cone_within_half_a_percent_of_the_range_at_any_phase) {
  const AnalyticBody body = test::transverse_cone(12, 24);
  for (double phase = 0.0; phase < 1.0; phase += 0.125) {
    const Structure structure = test::draw(body, 2.0 * phase, 2.0);
    for (int axis = 0; axis < 3; ++axis) {
      const Dvh dvh = compute_dvh(test::linear_dose(body, axis, 2.5), structure);
      EXPECT_NEAR(dvh.volume_cc() * 1000 / body.volume_mm3, 1.0, 0.001) << phase;
      for (const double percent : {1.0, 2.0, 5.0, 50.0, 95.0, 98.0, 99.0}) {
        EXPECT_NEAR(dvh.dose_at_percent(percent), true_dose(body, axis, percent), 0.005 * 24)
            << phase << " axis " << axis << " D" << percent;
      }
    }
  }
}

// A finger that one slice shows and the next does not ends between them, beside a body that goes on: nothing between
// the two fingers of a fork may be filled.
TEST(StructureShape, does_not_fill_the_gap_of_a_fork) {
  Structure fork;
  const auto box = [](double z, double x0, double x1, double y0, double y1) {
    return Contour{.z_mm = z, .points = {{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}};
  };
  for (const double z : {0.0, 3.0, 6.0}) {
    fork.contours.push_back(box(z, 0, 30, 0, 4));
    fork.contours.push_back(box(z, 0, 30, 8, 12));
    fork.contours.push_back(box(z, -10, 0, 0, 12));
  }
  for (const double z : {9.0, 12.0, 15.0}) {
    fork.contours.push_back(box(z, -10, 0, 0, 12));
  }
  const StructureShape shape(fork);
  for (double z = 0.1; z < 15; z += 0.4) {
    for (double x = 1; x < 30; x += 2) {
      EXPECT_FALSE(shape.contains({x, 6.0, z})) << x << " " << z;
    }
  }
  EXPECT_TRUE(shape.contains({25, 2, 5.9}));
  EXPECT_FALSE(shape.contains({25, 2, 8.9}));
}

TEST(AnalyticDvhWithThickSlices, keeps_a_lying_cone_within_two_percent) {
  const AnalyticBody body = test::transverse_cone(12, 24);
  const Dvh dvh = compute_dvh(test::linear_dose(body, 0, 2.5), test::draw(body, 1.5, 3));
  EXPECT_NEAR(dvh.volume_cc() * 1000 / body.volume_mm3, 1.0, 0.01);
  EXPECT_NEAR(dvh.dose_at_percent(50), true_dose(body, 0, 50), 0.02 * 24);
}

TEST(AnalyticDvh, does_not_depend_on_the_dose_grid_in_a_linear_dose) {
  const AnalyticBody body = test::sphere(12);
  const Structure structure = test::draw(body, 1, 2);
  const Dvh fine = compute_dvh(test::linear_dose(body, 1, 1.0), structure);
  const Dvh coarse = compute_dvh(test::linear_dose(body, 1, 4.3), structure);
  EXPECT_NEAR(fine.dose_at_percent(95), coarse.dose_at_percent(95), 1e-3);
  EXPECT_NEAR(fine.mean_gy(), coarse.mean_gy(), 1e-3);
}

TEST(Dvh, is_the_same_for_any_number_of_threads) {
  const AnalyticBody body = test::sphere(20);
  const Structure structure = test::draw(body, 1, 2);
  const auto dose = test::linear_dose(body, 1, 3.0);
  set_num_threads(1);
  const Dvh one = compute_dvh(dose, structure);
  set_num_threads(4);
  const Dvh four = compute_dvh(dose, structure);
  set_num_threads(0);
  EXPECT_EQ(one.mean_gy(), four.mean_gy());
  EXPECT_EQ(one.dose_at_percent(95), four.dose_at_percent(95));
  EXPECT_EQ(one.volume_cc(), four.volume_cc());
}

TEST(Dvh, reads_metrics_from_sorted_samples) {
  const Dvh dvh({{10, 1000}, {40, 1000}, {20, 1000}, {30, 1000}});
  EXPECT_DOUBLE_EQ(dvh.volume_cc(), 4);
  EXPECT_DOUBLE_EQ(dvh.mean_gy(), 25);
  EXPECT_DOUBLE_EQ(dvh.min_gy(), 10);
  EXPECT_DOUBLE_EQ(dvh.max_gy(), 40);
  EXPECT_DOUBLE_EQ(dvh.dose_at_percent(50), 25);
  EXPECT_DOUBLE_EQ(dvh.dose_at_cc(1.5), 30);
  EXPECT_DOUBLE_EQ(dvh.dose_at_cc(9), 10);
  EXPECT_DOUBLE_EQ(dvh.dose_at_cc(0), 40);
  EXPECT_DOUBLE_EQ(dvh.percent_at_dose(30), 37.5);
  EXPECT_DOUBLE_EQ(dvh.cc_at_dose(25), 2);
  EXPECT_DOUBLE_EQ(dvh.cc_at_dose(5), 4);
  EXPECT_DOUBLE_EQ(dvh.cc_at_dose(41), 0);
  EXPECT_NEAR(dvh.geud_gy(1), 25, 1e-9);
  EXPECT_NEAR(dvh.geud_gy(2), std::sqrt((100 + 400 + 900 + 1600) / 4.0), 1e-9);
  EXPECT_NEAR(dvh.geud_gy(400), 40, 0.2);
  EXPECT_NEAR(dvh.geud_gy(-400), 10, 0.1);
}

TEST(Dvh, never_rises_and_inverts_itself) {
  const Philox random(5, 0);
  std::vector<Dvh::Sample> samples;
  for (std::uint64_t i = 0; i < 500; ++i) {
    samples.push_back(
        {static_cast<float>(60 * random.uniform(2 * i)), static_cast<float>(1 + random.uniform(2 * i + 1))});
  }
  const Dvh dvh(samples);
  double before = dvh.max_gy();
  for (double percent = 0; percent <= 100; percent += 0.5) {
    const double dose = dvh.dose_at_percent(percent);
    EXPECT_LE(dose, before);
    before = dose;
    if (percent > 1 && percent < 99) {
      EXPECT_NEAR(dvh.percent_at_dose(dose), percent, 1e-6);
    }
  }
  const auto curve = dvh.curve(50);
  EXPECT_DOUBLE_EQ(curve.front().volume_percent, 100);
  EXPECT_TRUE(std::ranges::is_sorted(curve, std::greater{}, &Dvh::Point::volume_percent));
}

TEST(Dvh, says_that_an_empty_structure_has_no_metrics) {
  const Dvh dvh = compute_dvh(test::linear_dose(test::sphere(5), 0, 2), Structure{});
  EXPECT_TRUE(dvh.is_empty());
  EXPECT_EQ(dvh.volume_cc(), 0);
  EXPECT_TRUE(std::isnan(dvh.mean_gy()));
  EXPECT_TRUE(std::isnan(dvh.dose_at_percent(95)));
  EXPECT_TRUE(std::isnan(dvh.percent_at_dose(5)));
}

TEST(Dvh, leaves_out_what_lies_outside_the_dose_grid_and_tells) {
  const AnalyticBody body = test::sphere(12);
  const Structure structure = test::draw(body, 1, 2);
  const Grid half = covering_grid({-20, -20, -20}, {0, 20, 20}, 2.0);
  const Dvh dvh = compute_dvh(Volume<float>(half, 50.0F), structure);
  EXPECT_NEAR(dvh.volume_cc() * 1000 / body.volume_mm3, 1.0, 0.005) << "the whole structure's";
  EXPECT_NEAR(dvh.outside_cc() / dvh.volume_cc(), 0.5, 0.01);
  EXPECT_DOUBLE_EQ(dvh.dosed_cc() + dvh.outside_cc(), dvh.volume_cc());
  EXPECT_EQ(dvh.min_gy(), 50) << "no dose is not a dose of 0 Gy";
  EXPECT_DOUBLE_EQ(dvh.mean_gy(), 50);
  EXPECT_DOUBLE_EQ(dvh.percent_at_dose(25), 100);
  EXPECT_DOUBLE_EQ(dvh.cc_at_dose(25), dvh.dosed_cc());
  EXPECT_THAT(outside_dose_words("A", dvh.outside_cc(), dvh.volume_cc()), testing::HasSubstr("'A': 3.6"));
}

TEST(Dvh, has_no_figures_of_a_structure_beside_the_dose) {
  const Grid beside = covering_grid({100, 100, 100}, {120, 120, 120}, 2.0);
  const Dvh dvh = compute_dvh(Volume<float>(beside, 50.0F), test::draw(test::sphere(12), 1, 2));
  EXPECT_FALSE(dvh.has_dose());
  EXPECT_FALSE(dvh.is_empty());
  EXPECT_DOUBLE_EQ(dvh.outside_cc(), dvh.volume_cc());
  EXPECT_TRUE(std::isnan(dvh.mean_gy()));
  EXPECT_TRUE(std::isnan(dvh.percent_at_dose(25)));
  EXPECT_EQ(outside_dose_words("A", 1.0, 1.0), "'A' lies beyond the dose grid: no dose is known of it");
  EXPECT_EQ(outside_dose_words("A", 0.001, 1.0), "") << "not worth a sentence";
}

TEST(Dvh, finds_the_hot_spot_of_a_large_structure) {
  constexpr double sigma = 8.0;
  const AnalyticBody body = test::sphere(50);
  Volume<float> dose = test::linear_dose(body, 0, 1.0);
  const Grid& grid = dose.grid();
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        const double r2 = (grid.centre(x, y, z) - Vec3(3, 4, 5)).squaredNorm();
        dose.at(x, y, z) = static_cast<float>(100 * std::exp(-0.5 * r2 / (sigma * sigma)));
      }
    }
  }
  const Dvh dvh = compute_dvh(dose, test::draw(body, 1.5, 3));
  for (const double cc : {0.03, 0.1, 1.0}) {
    const double r = std::cbrt(0.75 * cc * 1000 / std::numbers::pi);
    // linear interpolation of the peak loses up to 0.4 Gy
    EXPECT_NEAR(dvh.dose_at_cc(cc), 100 * std::exp(-0.5 * r * r / (sigma * sigma)), 0.6) << cc;
  }
}

TEST(Dvh, makes_nothing_finer_where_a_large_volume_is_equally_hot) {
  const AnalyticBody body = test::sphere(40);
  const Structure structure = test::draw(body, 1.5, 3);
  Volume<float> dose = test::linear_dose(body, 0, 2.0);
  for (float& d : dose.values()) {
    d = std::min(d, 50.0F);  // half the sphere has 50 Gy
  }
  const Dvh dvh = compute_dvh(dose, structure);
  const Dvh even = compute_dvh(dose, structure_samples(structure));
  for (const double percent : {2.0, 49.0, 51.0, 60.0, 98.0}) {
    EXPECT_EQ(dvh.dose_at_percent(percent), even.dose_at_percent(percent)) << percent;
  }
}

Structure hollow_sphere(double first, double distance) {
  Structure structure = test::draw(test::sphere(15), first, distance);
  const Structure hole = test::draw(test::sphere(7), first, distance);
  structure.contours.insert(structure.contours.end(), hole.contours.begin(), hole.contours.end());
  return structure;
}

// The slow twin: the slabs of contours so close that nothing is left to interpolate.
TEST(StructureShape, agrees_with_the_slabs_of_many_contours) {
  const Grid grid = covering_grid({-20, -20, -20}, {20, 20, 20}, 1.0);
  const double slabs = rasterise(hollow_sphere(0.05, 0.1), grid).volume_mm3();
  const StructureShape shape(hollow_sphere(0.7, 3.0));
  EXPECT_EQ(shape.num_bodies(), 1U);
  // where a closed cavity begins between two planes is known least
  EXPECT_NEAR(sample_shape(shape, 1e5).volume_mm3() / slabs, 1.0, 0.015);
  EXPECT_FALSE(shape.contains({0, 0, 0}));
  EXPECT_TRUE(shape.contains({11, 0, 0}));
}

TEST(StructureShape, keeps_the_volume_of_a_body_that_leans) {
  Structure structure;  // a tube of 8 mm that moves 4 mm aside from one plane to the next, 3 mm above
  for (int i = 0; i < 14; ++i) {
    Contour& contour = structure.contours.emplace_back(Contour{3.0 * i, test::circle_points(4)});
    for (auto& p : contour.points) {
      p.x() += 4.0 * i;
    }
  }
  EXPECT_NEAR(sample_shape(StructureShape(structure), 1e5).volume_mm3() / (std::numbers::pi * 16 * 42), 1.0, 0.01);
}

TEST(StructureShape, keeps_the_volume_of_a_body_with_ends_in_it) {
  Structure structure;  // two legs of a table, one shorter, under one plate
  for (double z = 0; z < 31; z += 3) {
    const double lower = z > 26 ? -24 : 16;
    structure.contours.push_back({z, {{lower, -8}, {24, -8}, {24, 8}, {lower, 8}}});
    if (z > 11 && z < 26) {
      structure.contours.push_back({z, {{-24, -8}, {-16, -8}, {-16, 8}, {-24, 8}}});
    }
  }
  const StructureShape shape(structure);
  EXPECT_EQ(shape.num_bodies(), 1U);
  const double slabs = 16 * 3.0 * (9 * 8 + 5 * 8 + 2 * 48);
  EXPECT_NEAR(sample_shape(shape, 1e5).volume_mm3() / slabs, 1.0, 0.03);
}

TEST(StructureShape, separates_bodies_and_ends_each_on_its_own) {
  Structure structure;
  for (const auto& [centre, top] : {std::pair{-30.0, 10.5}, std::pair{30.0, 28.5}}) {
    for (double z = -10.5; z <= top; z += 3) {
      Contour& contour = structure.contours.emplace_back(Contour{z, test::circle_points(8)});
      for (auto& p : contour.points) {
        p.x() += centre;
      }
    }
  }
  const StructureShape shape(structure);
  ASSERT_EQ(shape.num_bodies(), 2U);
  EXPECT_NEAR(sample_shape(shape, 1e5).volume_mm3(), std::numbers::pi * 64 * (24 + 42), 20);
  EXPECT_TRUE(shape.contains({-30, 0, 11.9}));
  EXPECT_FALSE(shape.contains({-30, 0, 12.1}));
  EXPECT_TRUE(shape.contains({30, 0, 12.1}));
}

TEST(StructureShape, keeps_keyholes_and_true_gaps) {
  Structure structure;
  const std::vector<Eigen::Vector2d> keyhole{{-9, -9}, {9, -9}, {9, 9},  {-9, 9},  {-9, 0}, {-5, 0},
                                             {-5, 5},  {5, 5},  {5, -5}, {-5, -5}, {-5, 0}, {-9, 0}};
  for (const double z : {0.0, 2.0, 4.0, 6.0, 20.0, 22.0, 24.0}) {
    structure.contours.push_back({z, keyhole});
  }
  const StructureShape shape(structure);
  EXPECT_EQ(shape.num_bodies(), 2U);
  EXPECT_NEAR(sample_shape(shape, 1e5).volume_mm3(), (18 * 18 - 100) * 14, 0.005 * 224 * 14);
  EXPECT_FALSE(shape.contains({0, 0, 3}));
  EXPECT_TRUE(shape.contains({-7, 0.01, 3}));
  EXPECT_FALSE(shape.contains({-7, 0, 13}));
}

TEST(StructureShape, gives_a_structure_of_one_plane_the_thickness_it_is_told) {
  Structure structure;
  structure.contours.push_back({5, test::circle_points(10)});
  structure.single_plane_mm = 2.5;
  EXPECT_NEAR(sample_shape(StructureShape(structure), 1e5).volume_mm3(), std::numbers::pi * 250, 3);
}

TEST(StructureShape, bears_degenerate_contours) {
  Structure structure;
  structure.contours = {{0, {{1, 1}, {1, 1}, {1, 1}}}, {3, {{0, 0}, {5, 5}, {9, 9}}}, {6, {{0, 0}, {4, 0}}}};
  EXPECT_TRUE(StructureShape(structure).is_empty());
  structure.contours.push_back({9, {{0, 0}, {1e4, 0}, {1e4, 1e-3}}});
  EXPECT_LT(sample_shape(StructureShape(structure), 1e3).volume_mm3(), 1e4);
}

}  // namespace
}  // namespace xingu
