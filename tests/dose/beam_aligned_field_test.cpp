// SPDX-License-Identifier: Apache-2.0
#include "dose/beam_aligned_field.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "support/photon_beam.h"

namespace xingu {
namespace {

/// A spectrum of one line that hardly attenuates, so that released energy shows the fluence.
SpectralTable thin_table(std::size_t num_materials = 1) {
  SpectralTable table;
  table.num_bins = 1;
  table.energy_fluence = {2.0};
  table.primary_fraction = {0.25};
  table.energy_MeV = {2.0};
  table.mu.assign(num_materials, 1e-6);
  return table;
}

BeamAlignedField field_of(const DensityImage& image, const BeamGeometry& geometry, const FluenceMap& fluence,
                          const SourceBlur& blur = {}, double spacing_mm = 2.5, double margin_mm = 40.0) {
  return make_beam_aligned_field(image, thin_table(image.material_names.size()), geometry, fluence, blur,
                                 {spacing_mm, spacing_mm}, margin_mm);
}

DensityImage water_block() { return test::uniform_image(test::cube_grid(60, 4.0), 1.0F, "water"); }

std::size_t plane_size(const BeamAlignedGrid& grid) {
  return static_cast<std::size_t>(grid.size[0]) * static_cast<std::size_t>(grid.size[1]);
}

/// Energy released in one plane across the beam, both parts.
double released_in_plane(const BeamAlignedField& field, int w) {
  const std::size_t n = plane_size(field.grid);
  const auto begin = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(w) * n);
  const auto end = begin + static_cast<std::ptrdiff_t>(n);
  return std::accumulate(field.primary.begin() + begin, field.primary.begin() + end, 0.0) +
         std::accumulate(field.scatter.begin() + begin, field.scatter.begin() + end, 0.0);
}

TEST(BeamAlignedField, releases_the_same_energy_in_every_plane_that_the_whole_beam_crosses) {
  FluenceMap fluence = test::open_square(50, 5.0);
  for (std::size_t i = 0; i < fluence.value.size(); ++i) {
    fluence.value[i] = 0.25F * static_cast<float>(i % 5);
  }
  const double integral_cm2 =
      0.25 * std::accumulate(fluence.value.begin(), fluence.value.end(), 0.0);  // pixels of 0.25 cm²
  for (const double sigma : {0.0, 1.5, 4.0}) {
    const SourceBlur blur{sigma, 300.0};
    const BeamAlignedField field =
        field_of(water_block(), test::beam_along({0, 0, 1}, {0, 0, 0}, 800), fluence, blur, 2.5);
    // ψ μ ρ dw ∫Φ dA, at any depth: what divergence thins out, area brings back.
    const double expected = 2.0 * 1e-6 * 1.0 * 0.25 * integral_cm2;
    for (int w = 1; w + 1 < field.grid.size[2]; ++w) {
      EXPECT_NEAR(released_in_plane(field, w) / expected, 1.0, 2e-4) << "plane " << w << ", sigma " << sigma;
    }
  }
}

TEST(BeamAlignedField, releases_by_the_inverse_square_of_the_distance) {
  const BeamAlignedField field =
      field_of(water_block(), test::beam_along({0, 1, 0}, {0, 0, 0}, 500), test::open_square(60, 5.0), {}, 4.0);
  const BeamAlignedGrid& grid = field.grid;
  const auto u = static_cast<std::size_t>(std::lround(-grid.origin_mm[0] / 4.0));
  const auto v = static_cast<std::size_t>(std::lround(-grid.origin_mm[1] / 4.0));
  const std::size_t axis = v * static_cast<std::size_t>(grid.size[0]) + u;
  for (int w = 1; w + 1 < grid.size[2]; ++w) {
    const double distance = 500 + grid.origin_mm[2] + w * 4.0;
    const double expected = 2.0 * 1e-6 * 0.25 * 0.064 * (500 / distance) * (500 / distance);  // ψ μ primary · volume
    EXPECT_NEAR(static_cast<double>(field.primary[axis + static_cast<std::size_t>(w) * plane_size(grid)]) / expected,
                1.0, 1e-4);
  }
}

TEST(BeamAlignedField, splits_energy_into_primary_and_scatter) {
  const BeamAlignedField field =
      field_of(water_block(), test::beam_along({0, 0, 1}, {0, 0, 0}, 800), test::open_square(30, 5.0));
  for (std::size_t i = 0; i < field.primary.size(); ++i) {
    EXPECT_NEAR(field.scatter[i], 3 * field.primary[i], 1e-6F * field.scatter[i]);
  }
}

TEST(BeamAlignedField, sees_an_axis_aligned_image_of_its_own_spacing_unchanged) {
  DensityImage image = water_block();
  for (std::size_t i = 0; i < image.density.grid().num_voxels(); ++i) {
    image.density[i] = 0.5F + 0.001F * static_cast<float>(i * 7919 % 1000);
  }
  const BeamAlignedField field =
      field_of(image, test::beam_along({0, 0, 1}, {1.3, -2.2, 0.4}, 800), test::open_square(30, 5.0), {}, 4.0);
  const BeamAlignedGrid& grid = field.grid;
  std::size_t i = 0;
  for (int w = 0; w < grid.size[2]; ++w) {
    for (int v = 0; v < grid.size[1]; ++v) {
      for (int u = 0; u < grid.size[0]; ++u, ++i) {
        const Vec3 local(grid.origin_mm[0] + u * 4.0, grid.origin_mm[1] + v * 4.0, grid.origin_mm[2] + w * 4.0);
        const Vec3 c = image.density.grid().coordinates(field.isocentre_P + field.axes_P * local);
        ASSERT_NEAR(c.x(), std::round(c.x()), 1e-6);
        ASSERT_FLOAT_EQ(field.density[i],
                        image.density.at(static_cast<int>(std::lround(c.x())), static_cast<int>(std::lround(c.y())),
                                         static_cast<int>(std::lround(c.z()))));
      }
    }
  }
}

TEST(BeamAlignedField, has_right_handed_axes_that_run_away_from_the_source) {
  for (const Vec3& direction : {Vec3(0, 0, 1), Vec3(0, 1, 0), Vec3(-1, 2, 0.5)}) {
    const BeamGeometry geometry = test::beam_along(direction, {5, 0, -5}, 800, 0.4);
    const BeamAlignedField field = field_of(water_block(), geometry, test::open_square(30, 5.0));
    EXPECT_NEAR(field.axes_P.determinant(), 1.0, 1e-12);
    EXPECT_LT((field.axes_P.col(2) - geometry.direction_P()).norm(), 1e-12);
    EXPECT_LT((field.isocentre_P - geometry.isocentre_P()).norm(), 1e-12);
    EXPECT_DOUBLE_EQ(field.grid.source_w_mm, -800);
  }
}

/// Where energy is released on the whole, frame P.
Vec3 centre_of_release(const BeamAlignedField& field) {
  Vec3 sum = Vec3::Zero();
  double weight = 0.0;
  std::size_t i = 0;
  for (int w = 0; w < field.grid.size[2]; ++w) {
    for (int v = 0; v < field.grid.size[1]; ++v) {
      for (int u = 0; u < field.grid.size[0]; ++u, ++i) {
        const Vec3 local(field.grid.origin_mm[0] + u * field.grid.spacing_mm[0],
                         field.grid.origin_mm[1] + v * field.grid.spacing_mm[1],
                         field.grid.origin_mm[2] + w * field.grid.spacing_mm[2]);
        const double energy = static_cast<double>(field.primary[i]);
        sum += energy * (field.isocentre_P + field.axes_P * local);
        weight += energy;
      }
    }
  }
  return sum / weight;
}

// The one that finds a flipped axis: a small opening away from the axis, in both directions differently.
TEST(BeamAlignedField, releases_energy_where_frame_b_has_the_opening) {
  const Vec3 isocentre(3, -4, 2);
  for (const Vec3& direction : {Vec3(0, 0, 1), Vec3(0, 1, 0), Vec3(1, 0, 0), Vec3(-1, 2, 0.5)}) {
    const BeamGeometry geometry = test::beam_along(direction, isocentre, 800, 0.7);
    FluenceMap fluence = test::open_square(60, 5.0, 0.0F);
    fluence.at(9, 2) = 1.0F;  // X = 20 mm, Y = −15 mm in frame B
    const Vec3 opening = geometry.X_PB.matrix() * Vec3(fluence.x0_mm + 45, fluence.y0_mm + 10, 0);
    const Vec3 along = (opening - geometry.source_P()).normalized();
    const Vec3 centre = centre_of_release(field_of(water_block(), geometry, fluence, {}, 2.5));
    const Vec3 offset = centre - geometry.source_P();
    EXPECT_LT((offset - offset.dot(along) * along).norm(), 0.3) << direction.transpose();
  }
}

TEST(BeamAlignedField, releases_the_same_energy_from_narrower_voxels) {
  const auto released = [](const BeamSpacing& spacing) {
    const DensityImage image = water_block();
    const BeamAlignedField field =
        make_beam_aligned_field(image, thin_table(1), test::beam_along({0, 0, 1}, {0, 0, 0}, 800),
                                test::open_square(40, 5.0), {}, spacing, 40.0);
    EXPECT_EQ(field.grid.spacing_mm[0], spacing.across_mm);
    EXPECT_EQ(field.grid.spacing_mm[2], spacing.along_mm);
    return std::accumulate(field.primary.begin(), field.primary.end(), 0.0);
  };
  EXPECT_NEAR(released({2.0, 4.0}) / released({4.0, 4.0}), 1.0, 1e-4);
}

TEST(BeamAlignedField, keeps_to_the_margin_around_the_field_and_to_the_body) {
  const BeamAlignedField field =
      field_of(water_block(), test::beam_along({0, 0, 1}, {0, 0, 0}, 800), test::open_square(40, 5.0), {}, 2.5, 30.0);
  const BeamAlignedGrid& grid = field.grid;
  const double half_at_exit = 20 * (800 + 120.0) / 800;
  for (std::size_t a = 0; a < 2; ++a) {
    EXPECT_NEAR(grid.origin_mm[a], -half_at_exit - 30, 2.6);
    EXPECT_NEAR(grid.origin_mm[a] + (grid.size[a] - 1) * 2.5, half_at_exit + 30, 2.6);
  }
  EXPECT_NEAR(grid.origin_mm[2], -120, 2.6);
  EXPECT_NEAR(grid.origin_mm[2] + (grid.size[2] - 1) * 2.5, 120, 2.6);
  EXPECT_NEAR(largest_tilt(grid), (half_at_exit + 30) / (800 - 120), 0.006);
}

TEST(BeamAlignedField, of_a_closed_field_is_refused) {
  const BeamGeometry geometry = test::beam_along({0, 0, 1}, {0, 0, 0}, 800);
  EXPECT_THROW(static_cast<void>(field_of(water_block(), geometry, test::open_square(30, 5.0, 0.0F))), InputError);
  EXPECT_THROW(static_cast<void>(field_of(water_block(), geometry, FluenceMap{})), InputError);
}

TEST(BeamAlignedField, that_misses_the_body_is_refused) {
  EXPECT_THROW(static_cast<void>(field_of(water_block(), test::beam_along({0, 0, 1}, {400, 0, 0}, 800),
                                          test::open_square(30, 5.0), {}, 2.5, 40.0)),
               InputError);
  EXPECT_THROW(static_cast<void>(field_of(test::uniform_image(test::cube_grid(20, 4.0), 0.0012F, "air"),
                                          test::beam_along({0, 0, 1}, {0, 0, 0}, 800), test::open_square(30, 5.0))),
               InputError);
}

TEST(BeamAlignedField, with_the_source_at_the_body_is_refused) {
  EXPECT_THROW(static_cast<void>(
                   field_of(water_block(), test::beam_along({0, 0, 1}, {0, 0, 0}, 150), test::open_square(30, 5.0))),
               InputError);
}

TEST(DoseOnGrid, is_energy_over_mass_at_voxel_centres) {
  BeamAlignedField field =
      field_of(water_block(), test::beam_along({0, 0, 1}, {0, 0, 0}, 800), test::open_square(30, 5.0), {}, 4.0);
  std::vector<float> deposited(field.density.size());
  for (std::size_t i = 0; i < deposited.size(); ++i) {
    field.density[i] = 0.3F + 0.01F * static_cast<float>(i % 97);
    deposited[i] = 1.0F + 0.02F * static_cast<float>(i % 89);
  }
  const auto& grid = field.grid;
  Grid target;  // the same lattice: every voxel centre is one of the field's
  target.size = {5, 4, 3};
  target.spacing = Vec3::Constant(4.0);
  target.origin = field.isocentre_P + field.axes_P * Vec3(grid.origin_mm[0], grid.origin_mm[1], grid.origin_mm[2]);
  const Volume<float> dose = dose_on_grid(field, deposited, target);
  for (int z = 0; z < 3; ++z) {
    for (int y = 0; y < 4; ++y) {
      for (int x = 0; x < 5; ++x) {
        const Vec3 c = (field.axes_P.transpose() * (target.centre(x, y, z) - field.isocentre_P) -
                        Vec3(grid.origin_mm[0], grid.origin_mm[1], grid.origin_mm[2])) /
                       4.0;
        if (c.minCoeff() < -0.5) {
          EXPECT_EQ(dose.at(x, y, z), 0.0F) << "beyond the beam's grid";
          continue;
        }
        const auto i = (static_cast<std::size_t>(std::lround(c.z())) * static_cast<std::size_t>(grid.size[1]) +
                        static_cast<std::size_t>(std::lround(c.y()))) *
                           static_cast<std::size_t>(grid.size[0]) +
                       static_cast<std::size_t>(std::lround(c.x()));
        const double gray =
            1.602176634e-10 * static_cast<double>(deposited[i]) / (0.064 * static_cast<double>(field.density[i]));
        EXPECT_NEAR(static_cast<double>(dose.at(x, y, z)) / gray, 1.0, 1e-5);
      }
    }
  }
}

TEST(DoseOnGrid, of_uniform_dose_is_uniform_across_density_steps) {
  BeamAlignedField field =
      field_of(water_block(), test::beam_along({1, 2, 3}, {0, 0, 0}, 800), test::open_square(40, 5.0), {}, 4.0);
  std::vector<float> deposited(field.density.size());
  for (std::size_t i = 0; i < deposited.size(); ++i) {
    field.density[i] = i % 3 == 0 ? 1.85F : 0.26F;
    deposited[i] = 5.0F * field.density[i];
  }
  const Volume<float> dose = dose_on_grid(field, deposited, test::cube_grid(9, 3.1));
  for (const float value : dose.values()) {
    EXPECT_NEAR(static_cast<double>(value) / (1.602176634e-10 * 5.0 / 0.064), 1.0, 1e-5);
  }
}

TEST(DoseOnGrid, of_coarser_voxels_is_their_mean) {
  BeamAlignedField field =
      field_of(water_block(), test::beam_along({0, 0, 1}, {0, 0, 0}, 800), test::open_square(30, 5.0), {}, 4.0);
  std::fill(field.density.begin(), field.density.end(), 1.0F);
  const auto& size = field.grid.size;
  std::vector<float> deposited(field.density.size(), 0.0F);
  const int middle = (size[2] / 2 * size[1] + size[1] / 2) * size[0] + size[0] / 2;
  deposited[static_cast<std::size_t>(middle)] = 3.0F;  // one voxel that points 8 mm apart would miss or count eightfold
  for (const double shift_mm : {0.0, 1.3, 2.0, 3.9}) {
    const Volume<float> dose =
        dose_on_grid(field, deposited, test::cube_grid(21, 8.0, {shift_mm, -shift_mm, 0.5 * shift_mm}));
    const double sum = std::accumulate(dose.values().begin(), dose.values().end(), 0.0);
    EXPECT_NEAR(sum * 8 * 0.064 / (1.602176634e-10 * 3.0), 1.0, 1e-5) << shift_mm << " mm";
  }
}

TEST(DoseOnGrid, is_zero_in_vacuum_and_beyond_the_beams_grid) {
  BeamAlignedField field =
      field_of(water_block(), test::beam_along({0, 0, 1}, {0, 0, 0}, 800), test::open_square(30, 5.0), {}, 4.0);
  const std::vector<float> deposited(field.density.size(), 1.0F);
  const auto is_zero = [](float value) { return value == 0.0F; };
  const Volume<float> beyond = dose_on_grid(field, deposited, test::cube_grid(5, 4.0, {300, 0, 0}));
  EXPECT_TRUE(std::ranges::all_of(beyond.values(), is_zero));
  const Grid inside = test::cube_grid(5, 4.0);
  const Volume<float> water = dose_on_grid(field, deposited, inside);
  EXPECT_FALSE(std::ranges::any_of(water.values(), is_zero));
  std::fill(field.density.begin(), field.density.end(), 0.0F);
  const Volume<float> vacuum = dose_on_grid(field, deposited, inside);
  EXPECT_TRUE(std::ranges::all_of(vacuum.values(), is_zero));
}

}  // namespace
}  // namespace xingu
