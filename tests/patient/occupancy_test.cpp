// SPDX-License-Identifier: Apache-2.0
#include "patient/occupancy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/parallel.h"
#include "base/philox.h"

namespace xingu {
namespace {

using Points = std::vector<Eigen::Vector2d>;

Grid grid_of(int nx, int ny, int nz, const Vec3& spacing, const Vec3& origin) {
  Grid grid;
  grid.size = {nx, ny, nz};
  grid.spacing = spacing;
  grid.origin = origin;
  return grid;
}

Contour rectangle(double z, double x0, double y0, double x1, double y1) {
  return {z, {{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}};
}

Contour circle(double z, double radius, int num_points, const Eigen::Vector2d& centre = {0, 0}) {
  Contour contour{z, {}};
  for (int i = 0; i < num_points; ++i) {
    const double angle = 2 * std::numbers::pi * i / num_points;
    contour.points.emplace_back(centre + radius * Eigen::Vector2d(std::cos(angle), std::sin(angle)));
  }
  return contour;
}

Structure structure_of(std::vector<Contour> contours) {
  Structure structure;
  structure.name = "Test";
  structure.contours = std::move(contours);
  return structure;
}

Volume<float> dense(const Occupancy& occupancy) {
  Volume<float> volume(occupancy.grid);
  for (const auto& voxel : occupancy.voxels) {
    volume[voxel.index] = voxel.fraction;
  }
  return volume;
}

bool is_inside_even_odd(const Structure& structure, double z, const Eigen::Vector2d& p) {
  bool inside = false;
  for (const Contour& contour : structure.contours) {
    if (contour.z_mm != z) {
      continue;
    }
    for (std::size_t i = 0; i < contour.points.size(); ++i) {
      const auto& a = contour.points[i];
      const auto& b = contour.points[(i + 1) % contour.points.size()];
      if ((a.y() > p.y()) != (b.y() > p.y()) && p.x() < a.x() + (b.x() - a.x()) * (p.y() - a.y()) / (b.y() - a.y())) {
        inside = !inside;
      }
    }
  }
  return inside;
}

TEST(Occupancy, counts_a_voxel_as_inside_from_one_half_on) {
  const Grid grid = grid_of(4, 1, 3, Vec3(1, 1, 1), Vec3(0, 0, 0));
  // Voxels of row z = 1 reach from −0.5: whole, whole, 0.6 and 0.
  const Structure bar = structure_of({rectangle(0, -0.5, -0.5, 2.1, 0.5), rectangle(1, -0.5, -0.5, 1.9, 0.5)});
  const std::vector<std::uint32_t> expected{0, 1, 2, static_cast<std::uint32_t>(grid.index(0, 0, 1)),
                                            static_cast<std::uint32_t>(grid.index(1, 0, 1))};
  EXPECT_EQ(rasterise(bar, grid).inside(), expected);
}

TEST(Occupancy, covers_partial_pixels_by_their_exact_area) {
  const Grid grid = grid_of(4, 4, 1, {2, 2, 3}, {1, 1, 0});
  const Volume<float> v = dense(rasterise(structure_of({rectangle(0, 1, 1, 5, 4)}), grid));
  EXPECT_FLOAT_EQ(v.at(0, 0, 0), 0.25F);
  EXPECT_FLOAT_EQ(v.at(1, 0, 0), 0.5F);
  EXPECT_FLOAT_EQ(v.at(2, 0, 0), 0.25F);
  EXPECT_FLOAT_EQ(v.at(1, 1, 0), 1.0F);
  EXPECT_FLOAT_EQ(v.at(0, 1, 0), 0.5F);
  EXPECT_FLOAT_EQ(v.at(3, 1, 0), 0.0F);
  EXPECT_FLOAT_EQ(v.at(0, 2, 0), 0.0F);
}

TEST(Occupancy, takes_the_volume_of_a_triangle_from_its_corners) {
  const Grid grid = grid_of(5, 6, 1, {1, 1, 2}, {0.5, 0.5, 0});
  const Occupancy occupancy = rasterise(structure_of({{0, {{0.3, 0.2}, {4.9, 1.1}, {2.2, 5.7}}}}), grid);
  const double area = 0.5 * std::abs((4.9 - 0.3) * (5.7 - 0.2) - (2.2 - 0.3) * (1.1 - 0.2));
  EXPECT_NEAR(occupancy.volume_mm3(), 2 * area, 1e-5);
}

TEST(Occupancy, gives_each_contour_the_slab_half_way_to_its_neighbours) {
  std::vector<Contour> contours;
  for (const double z : {0.0, 3.0, 4.0, 6.0, 9.0}) {  // one contour between slices
    contours.push_back(rectangle(z, 0, 0, 1, 1 + z));
  }
  const Grid grid = grid_of(1, 20, 40, {1, 1, 0.5}, {0.5, 0.5, -5.25});
  const Volume<float> v = dense(rasterise(structure_of(contours), grid));
  const auto length_at = [&](double z) {
    double sum = 0;
    for (int y = 0; y < 20; ++y) {
      sum += v.at(0, y, static_cast<int>(std::floor((z + 5.5) / 0.5)));
    }
    return sum;
  };
  EXPECT_DOUBLE_EQ(length_at(-1.6), 0);
  EXPECT_DOUBLE_EQ(length_at(-1.4), 1);
  EXPECT_DOUBLE_EQ(length_at(1.4), 1);
  EXPECT_DOUBLE_EQ(length_at(1.6), 4);
  EXPECT_DOUBLE_EQ(length_at(3.4), 4);
  EXPECT_DOUBLE_EQ(length_at(3.6), 5);
  EXPECT_DOUBLE_EQ(length_at(5.1), 7);
  EXPECT_DOUBLE_EQ(length_at(10.4), 10);
  EXPECT_DOUBLE_EQ(length_at(10.6), 0);
}

TEST(Occupancy, leaves_a_true_gap_open) {
  std::vector<Contour> contours;
  for (const double z : {0.0, 2.0, 4.0, 14.0, 16.0, 18.0}) {
    contours.push_back(rectangle(z, 0, 0, 10, 10));
  }
  const Grid grid = grid_of(10, 10, 40, {1, 1, 1}, {0.5, 0.5, -9.5});
  EXPECT_NEAR(rasterise(structure_of(contours), grid).volume_mm3(), 100 * 12, 1e-3);
}

TEST(Occupancy, gives_a_single_contour_one_slice) {
  const Grid grid = grid_of(10, 10, 5, {1, 1, 4}, {0.5, 0.5, -8});
  EXPECT_NEAR(rasterise(structure_of({rectangle(0, 0, 0, 10, 10)}), grid).volume_mm3(), 400, 1e-3);
}

TEST(Occupancy, takes_inner_contours_for_holes) {
  const Grid grid = grid_of(20, 20, 1, {1, 1, 1}, {0.5, 0.5, 0});
  const auto outer = rectangle(0, 1.5, 1.5, 18.5, 18.5);
  const auto hole = rectangle(0, 5.25, 5, 12.25, 12);
  const auto island = rectangle(0, 7, 7, 9, 9);
  const Occupancy occupancy = rasterise(structure_of({hole, island, outer}), grid);
  EXPECT_NEAR(occupancy.volume_mm3(), 17 * 17 - 49 + 4, 1e-4);
  EXPECT_FLOAT_EQ(dense(occupancy).at(6, 6, 0), 0.0F);
  EXPECT_FLOAT_EQ(dense(occupancy).at(5, 6, 0), 0.25F);
  EXPECT_FLOAT_EQ(dense(occupancy).at(8, 8, 0), 1.0F);
}

TEST(Occupancy, takes_a_keyhole_for_a_hole) {
  const Grid grid = grid_of(20, 20, 1, {1, 1, 1}, {0.5, 0.5, 0});
  const Contour keyhole{
      0, {{1, 1}, {19, 1}, {19, 19}, {1, 19}, {1, 10}, {5, 10}, {5, 15}, {15, 15}, {15, 5}, {5, 5}, {5, 10}, {1, 10}}};
  const Occupancy occupancy = rasterise(structure_of({keyhole}), grid);
  EXPECT_NEAR(occupancy.volume_mm3(), 18 * 18 - 100, 1e-4);
  EXPECT_FLOAT_EQ(dense(occupancy).at(10, 10, 0), 0.0F);
  EXPECT_FLOAT_EQ(dense(occupancy).at(3, 9, 0), 1.0F);
}

TEST(Occupancy, keeps_a_contour_that_is_there_twice) {
  const Grid grid = grid_of(20, 20, 1, {1, 1, 1}, {0.5, 0.5, 0});
  const auto contour = rectangle(0, 2, 2, 12, 12);
  EXPECT_NEAR(rasterise(structure_of({contour, contour}), grid).volume_mm3(), 100, 1e-4);
}

TEST(Occupancy, passes_over_what_encloses_nothing) {
  const Grid grid = grid_of(20, 20, 1, {1, 1, 1}, {0.5, 0.5, 0});
  EXPECT_TRUE(rasterise(structure_of({}), grid).voxels.empty());
  EXPECT_TRUE(rasterise(structure_of({{0, {}}, {0, {{1, 1}}}, {0, {{1, 1}, {5, 5}}}}), grid).voxels.empty());
  EXPECT_TRUE(rasterise(structure_of({{0, {{1, 1}, {5, 5}, {9, 9}}}}), grid).voxels.empty());
}

TEST(Occupancy, cuts_off_what_lies_outside_the_grid) {
  const Grid grid = grid_of(10, 10, 2, {1, 1, 1}, {0.5, 0.5, 0});
  EXPECT_NEAR(rasterise(structure_of({rectangle(0, -50, 3, 2.5, 90)}), grid).volume_mm3(), 2.5 * 7, 1e-4);
  EXPECT_NEAR(rasterise(structure_of({rectangle(0, 7.5, -20, 30, 4)}), grid).volume_mm3(), 2.5 * 4, 1e-4);
  EXPECT_TRUE(rasterise(structure_of({rectangle(0, 20, 20, 30, 30)}), grid).voxels.empty());
  EXPECT_TRUE(rasterise(structure_of({rectangle(90, 2, 2, 3, 3)}), grid).voxels.empty());
  const Occupancy all = rasterise(structure_of({rectangle(0, -1e12, -1e12, 1e12, 1e12)}), grid);
  EXPECT_NEAR(all.volume_mm3(), 100, 1e-4);
}

TEST(Occupancy, agrees_with_sampling_for_outlines_that_cross_themselves) {
  const Grid grid = grid_of(7, 6, 1, {1.7, 2.1, 1}, {-5, -5, 0});
  constexpr int samples = 60;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const Philox random(seed, 7);
    std::vector<Contour> contours(2);
    std::uint64_t draw = 0;
    for (auto& contour : contours) {
      for (int i = 0; i < 9; ++i) {
        contour.points.emplace_back(-7 + 14 * random.uniform(draw), -7 + 14 * random.uniform(draw + 1));
        draw += 2;
      }
    }
    const Structure structure = structure_of(contours);
    const Volume<float> v = dense(rasterise(structure, grid));
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        int num_inside = 0;
        for (int k = 0; k < samples * samples; ++k) {
          const Eigen::Vector2d offset((k % samples + 0.5) / samples - 0.5, (k / samples + 0.5) / samples - 0.5);
          const Eigen::Vector2d p = grid.centre(x, y, 0).head<2>() + offset.cwiseProduct(grid.spacing.head<2>());
          num_inside += is_inside_even_odd(structure, 0, p) ? 1 : 0;
        }
        ASSERT_NEAR(v.at(x, y, 0), num_inside / static_cast<double>(samples * samples), 0.02)
            << seed << " " << x << " " << y;
      }
    }
  }
}

TEST(Occupancy, keeps_the_area_of_an_outline_wherever_the_grid_lies) {
  const Contour outline = circle(0, 23.4, 777);
  const double area = 0.5 * 777 * 23.4 * 23.4 * std::sin(2 * std::numbers::pi / 777);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Philox random(seed, 3);
    const Vec3 spacing(0.7 + 3 * random.uniform(0), 0.7 + 3 * random.uniform(1), 2);
    const Grid grid = grid_of(90, 90, 1, spacing, {-30 + random.uniform(2), -30 + random.uniform(3), 0});
    EXPECT_NEAR(rasterise(structure_of({outline}), grid).volume_mm3() / (2 * area), 1.0, 1e-6);
  }
}

TEST(Occupancy, lists_voxels_in_ascending_order_and_alike_for_any_number_of_threads) {
  std::vector<Contour> contours;
  for (int i = -20; i <= 20; ++i) {
    contours.push_back(circle(i * 1.5, std::sqrt(35.0 * 35.0 - 2.25 * i * i), 200));
  }
  const Grid grid = grid_of(64, 64, 60, {1.3, 1.2, 1.1}, {-40, -38, -33});
  set_num_threads(1);
  const Occupancy one = rasterise(structure_of(contours), grid);
  set_num_threads(4);
  const Occupancy four = rasterise(structure_of(contours), grid);
  set_num_threads(0);
  ASSERT_EQ(one.voxels.size(), four.voxels.size());
  for (std::size_t i = 0; i < one.voxels.size(); ++i) {
    ASSERT_EQ(one.voxels[i].index, four.voxels[i].index);
    ASSERT_EQ(one.voxels[i].fraction, four.voxels[i].fraction);
    ASSERT_TRUE(i == 0 || one.voxels[i].index > one.voxels[i - 1].index);
    ASSERT_GT(one.voxels[i].fraction, 0.0F);
    ASSERT_LE(one.voxels[i].fraction, 1.0F);
  }
}

TEST(Occupancy, refuses_points_that_are_not_finite) {
  const Grid grid = grid_of(10, 10, 2, {1, 1, 1}, {0.5, 0.5, 0});
  EXPECT_THROW(static_cast<void>(rasterise(structure_of({{0, {{1, 1}, {NAN, 2}, {3, 4}}}}), grid)), InputError);
}

TEST(Occupancy, refuses_an_outline_made_to_take_for_ever) {
  Contour zigzag{0, {}};
  for (int i = 0; i < 60000; ++i) {
    zigzag.points.emplace_back(i % 1000 * 0.01, i % 2 == 0 ? 0.0001 * i : 9 - 0.00005 * i);
  }
  const Grid grid = grid_of(10, 10, 2, {1, 1, 1}, {0.5, 0.5, 0});
  EXPECT_THROW(static_cast<void>(rasterise(structure_of({zigzag}), grid)), InputError);
}

}  // namespace
}  // namespace xingu
