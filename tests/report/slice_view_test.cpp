// SPDX-License-Identifier: Apache-2.0
#include "report/slice_view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "decode_png.h"

namespace xingu {
namespace {

constexpr std::array all_planes{SlicePlane::axial, SlicePlane::sagittal, SlicePlane::coronal};

Structure sphere(const Vec3& centre, double radius, double distance) {
  Structure s;
  for (double z = centre.z() - radius + 0.5 * distance; z < centre.z() + radius; z += distance) {
    const double r = std::sqrt(radius * radius - (z - centre.z()) * (z - centre.z()));
    Contour contour{z, {}};
    for (int k = 0; k < 120; ++k) {
      const double angle = 2 * std::numbers::pi * k / 120;
      contour.points.emplace_back(centre.x() + r * std::cos(angle), centre.y() + r * std::sin(angle));
    }
    s.contours.push_back(contour);
  }
  return s;
}

Contour square(double z, double half) { return {z, {{-half, -half}, {half, -half}, {half, half}, {-half, half}}}; }

/// Signed area by the shoelace formula.
double area(const IsoLine& line) {
  double sum = 0.0;
  for (std::size_t i = 0; i < line.points.size(); ++i) {
    const auto& a = line.points[i];
    const auto& b = line.points[(i + 1) % line.points.size()];
    sum += a.x() * b.y() - a.y() * b.x();
  }
  return 0.5 * std::abs(sum);
}

TEST(SliceOrientation, puts_left_on_the_right_and_anterior_and_superior_on_top) {
  const Vec3 left(1, 0, 0);
  const Vec3 posterior(0, 1, 0);
  const Vec3 superior(0, 0, 1);
  const SliceOrientation axial = slice_orientation(SlicePlane::axial);
  EXPECT_EQ(axial.picture(left), Eigen::Vector2d(1, 0));
  EXPECT_EQ(axial.picture(posterior), Eigen::Vector2d(0, 1));
  EXPECT_EQ(axial.letters, (std::array{'R', 'L', 'A', 'P'}));
  const SliceOrientation sagittal = slice_orientation(SlicePlane::sagittal);
  EXPECT_EQ(sagittal.picture(posterior), Eigen::Vector2d(1, 0));
  EXPECT_EQ(sagittal.picture(superior), Eigen::Vector2d(0, -1));
  EXPECT_EQ(sagittal.letters, (std::array{'A', 'P', 'S', 'I'}));
  const SliceOrientation coronal = slice_orientation(SlicePlane::coronal);
  EXPECT_EQ(coronal.picture(left), Eigen::Vector2d(1, 0));
  EXPECT_EQ(coronal.picture(superior), Eigen::Vector2d(0, -1));
  EXPECT_EQ(coronal.letters, (std::array{'R', 'L', 'S', 'I'}));
}

TEST(SliceImage, shows_a_marked_voxel_where_its_coordinates_say) {
  Grid grid;
  grid.size = {7, 6, 5};
  grid.spacing = {1.5, 2.0, 3.0};
  grid.origin = {-4.0, 10.0, -100.0};
  Volume<float> hu(grid, -1000.0F);
  const std::array<int, 3> marked{5, 1, 3};
  hu.at(marked[0], marked[1], marked[2]) = 1000.0F;
  const Vec3 centre = grid.centre(marked[0], marked[1], marked[2]);
  for (const SlicePlane plane : all_planes) {
    const SliceOrientation o = slice_orientation(plane);
    const SliceImage image =
        slice_image(hu, o, marked[static_cast<std::size_t>(o.normal)], grid.lower(), grid.upper(), 400, 40);
    const test::DecodedPng png = test::decode_png(image.png);
    int found = 0;
    for (int row = 0; row < png.height; ++row) {
      for (int column = 0; column < png.width; ++column) {
        if (png.pixels[static_cast<std::size_t>(row * png.width + column)] == 255) {
          ++found;
          const Eigen::Vector2d at(image.box.x + (column + 0.5) * image.box.width / png.width,
                                   image.box.y + (row + 0.5) * image.box.height / png.height);
          EXPECT_LT((at - o.picture(centre)).norm(), 1e-9) << o.name;
        }
      }
    }
    EXPECT_EQ(found, 1) << o.name;
    EXPECT_NEAR(image.box.width, png.width * grid.spacing[o.across], 1e-9);
    EXPECT_NEAR(image.box.height, png.height * grid.spacing[o.down], 1e-9);
  }
}

TEST(SliceImage, maps_the_window_to_grey) {
  Grid grid;
  grid.size = {5, 1, 1};
  const Volume<float> hu(grid, std::vector<float>{-1000.0F, -160.0F, 40.0F, 240.0F, std::nanf("")});
  const auto png = test::decode_png(
      slice_image(hu, slice_orientation(SlicePlane::axial), 0, grid.lower(), grid.upper(), 400, 40).png);
  EXPECT_EQ(png.pixels, (std::vector<std::uint8_t>{0, 0, 128, 255, 0}));
}

TEST(SliceImage, keeps_to_the_box) {
  Grid grid;
  grid.size = {20, 20, 3};
  const Volume<float> hu(grid, 0.0F);
  const auto image = slice_image(hu, slice_orientation(SlicePlane::axial), 1, {3.6, 4.2, 0}, {8.2, 30.0, 2}, 400, 40);
  const auto png = test::decode_png(image.png);
  EXPECT_EQ(png.width, 5);    // voxels 4 … 8
  EXPECT_EQ(png.height, 16);  // voxels 4 … 19
  EXPECT_DOUBLE_EQ(image.box.x, 3.5);
  EXPECT_DOUBLE_EQ(image.box.y, 3.5);
}

TEST(IsodoseLines, are_the_circles_of_a_dose_that_depends_on_radius) {
  const Vec3 centre(3.3, -12.1, 7.7);
  Volume<float> dose(covering_grid({-60, -70, -50}, {62, 48, 66}, 2.5));
  const Grid& grid = dose.grid();
  const auto dose_at = [](double r) { return 60.0 / (1.0 + r * r / 900.0); };
  const auto radius_of = [](double d) { return 30.0 * std::sqrt(60.0 / d - 1.0); };
  std::size_t i = 0;
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        dose[i++] = static_cast<float>(dose_at((grid.centre(x, y, z) - centre).norm()));
      }
    }
  }
  const std::vector<double> levels{55, 50, 40, 30};
  for (const SlicePlane plane : all_planes) {
    const SliceOrientation o = slice_orientation(plane);
    for (const double offset : {0.0, 6.4}) {
      const IsodoseSet set = isodose_lines(dose, o, centre[o.normal] + offset, levels);
      ASSERT_EQ(set.lines.size(), levels.size());
      for (std::size_t k = 0; k < levels.size(); ++k) {
        const double radius = std::sqrt(radius_of(levels[k]) * radius_of(levels[k]) - offset * offset);
        ASSERT_EQ(set.lines[k].size(), 1U) << o.name << " " << levels[k];
        EXPECT_TRUE(set.lines[k][0].is_closed);
        for (const auto& p : set.lines[k][0].points) {
          // Linear interpolation errs by at most h²/8 · |d''| an axis: 3 · 6.25/8 · 0.133 = 0.31 Gy.
          const double across = (p - o.picture(centre)).norm();
          EXPECT_NEAR(dose_at(std::hypot(across, offset)), levels[k], 0.32) << o.name << " " << levels[k];
          EXPECT_NEAR(across, radius, levels[k] < 51 ? 0.2 : 0.5) << o.name << " " << levels[k];
        }
      }
    }
  }
}

TEST(IsodoseLines, are_drawn_in_the_body_only) {
  const Volume<float> dose(covering_grid({-20, -20, -20}, {20, 20, 20}, 2.0), 5.0F);
  Volume<std::uint8_t> body(covering_grid({-20, -20, -20}, {20, 20, 20}, 4.0));
  body.at(5, 5, 5) = 1;  // from 0 to 4 mm
  const SliceOrientation o = slice_orientation(SlicePlane::axial);
  EXPECT_TRUE(isodose_lines(dose, o, 2.0, {1.0}).lines[0].empty());
  const auto lines = isodose_lines(dose, o, 2.0, {1.0}, &body).lines[0];
  ASSERT_EQ(lines.size(), 1U);
  for (const Eigen::Vector2d& p : lines[0].points) {
    EXPECT_NEAR((p.cwiseAbs() - Eigen::Vector2d(2, 2)).cwiseAbs().maxCoeff(), 2.0, 0.9);
  }
  EXPECT_TRUE(isodose_lines(dose, o, 10.0, {1.0}, &body).lines[0].empty());
}

TEST(IsodoseLines, are_none_beyond_the_dose_grid_and_open_at_its_edge) {
  Volume<float> dose(covering_grid({-10, -10, -10}, {10, 10, 10}, 2.0));
  const Grid& grid = dose.grid();
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        dose.at(x, y, z) = static_cast<float>(x);
      }
    }
  }
  const SliceOrientation o = slice_orientation(SlicePlane::axial);
  EXPECT_TRUE(isodose_lines(dose, o, 10.5, {5.0}).lines[0].empty());
  const auto lines = isodose_lines(dose, o, 0.0, {4.5}).lines[0];
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_FALSE(lines[0].is_closed);
  EXPECT_NEAR(lines[0].points.front().x(), 0.0, 1e-5);
}

TEST(StructureOutline, of_a_sphere_is_a_circle_in_every_plane) {
  const Vec3 centre(5, -8, 31);
  const Structure s = sphere(centre, 20.0, 2.0);
  for (const SlicePlane plane : all_planes) {
    const SliceOrientation o = slice_orientation(plane);
    for (const double offset : {0.0, 9.0}) {
      const auto lines = structure_outline(s, o, centre[o.normal] + offset);
      ASSERT_EQ(lines.size(), 1U) << o.name;
      EXPECT_TRUE(lines[0].is_closed);
      const double radius2 = 400.0 - offset * offset;
      EXPECT_NEAR(area(lines[0]), std::numbers::pi * radius2, 0.02 * std::numbers::pi * radius2) << o.name;
      for (const auto& p : lines[0].points) {
        EXPECT_NEAR((p - o.picture(centre)).norm(), std::sqrt(radius2), 1.8) << o.name;
      }
    }
    EXPECT_TRUE(structure_outline(s, o, centre[o.normal] + 23.0).empty()) << o.name;
  }
}

TEST(StructureOutline, of_a_box_has_flat_ends_half_a_distance_out) {
  Structure s;
  for (int k = 0; k <= 10; ++k) {
    s.contours.push_back(square(3.0 * k, 12.0));
  }
  const auto lines = structure_outline(s, slice_orientation(SlicePlane::coronal), 1.0);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NEAR(area(lines[0]), 24.0 * 33.0, 0.005 * 24.0 * 33.0);
  double top = 0.0;
  for (const auto& p : lines[0].points) {
    top = std::min(top, p.y());
  }
  EXPECT_NEAR(top, -31.5, 0.01);
}

TEST(StructureOutline, keeps_holes_and_gaps) {
  Structure s;
  for (const int k : {0, 1, 2, 3, 8, 9, 10}) {
    s.contours.push_back(square(2.0 * k, 10.0));
    s.contours.push_back(square(2.0 * k, 4.0));  // a hole
  }
  EXPECT_EQ(structure_outline(s, slice_orientation(SlicePlane::axial), 4.0).size(), 2U);
  EXPECT_TRUE(structure_outline(s, slice_orientation(SlicePlane::axial), 11.0).empty());
  // Each block shows its two walls beside the hole.
  const auto walls = structure_outline(s, slice_orientation(SlicePlane::sagittal), 0.0);
  ASSERT_EQ(walls.size(), 4U);
  double total = 0.0;
  for (const IsoLine& wall : walls) {
    total += area(wall);
  }
  EXPECT_NEAR(total, 2 * 6.0 * (8.0 + 6.0), 1.0);
  EXPECT_TRUE(structure_outline(Structure{}, slice_orientation(SlicePlane::sagittal), 0.0).empty());
}

}  // namespace
}  // namespace xingu
