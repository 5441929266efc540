// SPDX-License-Identifier: Apache-2.0
#include "dose/spectral_terma.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "base/philox.h"
#include "geometry/ray_trace.h"
#include "support/photon_beam.h"

namespace xingu {
namespace {

SpectralTable table_of(std::vector<double> energy_fluence, std::vector<double> primary_fraction,
                       std::vector<double> mu) {
  SpectralTable table;
  table.num_bins = energy_fluence.size();
  table.energy_fluence = std::move(energy_fluence);
  table.primary_fraction = std::move(primary_fraction);
  table.mu = std::move(mu);
  return table;
}

SpectralTable one_bin(double mu_cm2_g, double primary_fraction = 0.5) {
  return table_of({1.0}, {primary_fraction}, {mu_cm2_g});
}

/// Two materials and three energies, made up but ordered as nature has them.
SpectralTable three_bins() {
  return table_of({0.2, 0.5, 0.3}, {0.3, 0.5, 0.6}, {0.12, 0.06, 0.03, 0.20, 0.062, 0.034});
}

DensityImage random_image(std::uint64_t seed) {
  Grid grid = test::cube_grid(20, 5.0);
  grid.size = {20, 16, 24};
  DensityImage image = test::uniform_image(grid, 1.0F, "water");
  image.material_names = {"water", "cortical_bone"};
  const Philox random(seed, 0);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    image.density[i] = static_cast<float>(random.uniform(2 * i) < 0.2 ? 0.0 : 2 * random.uniform(2 * i));
    image.material[i] = random.uniform(2 * i + 1) < 0.3 ? 1 : 0;
  }
  return image;
}

/// Energy that slabs released in all, for unit fluence: TERMA per mass times the mass that `image` has in each slab,
/// which is found by stepping along the ray in small steps.
double energy_released(const DensityImage& image, const RayTerma& ray, const Vec3& source, const Vec3& direction,
                       double first_mm, double slab_mm) {
  constexpr int steps = 4000;
  double sum = 0.0;
  for (std::size_t slab = 0; slab < ray.primary.size(); ++slab) {
    double mass = 0.0;
    for (int k = 0; k < steps; ++k) {
      const Vec3 p = source + (first_mm + (static_cast<double>(slab) + (k + 0.5) / steps) * slab_mm) * direction;
      const Vec3 c = image.density.grid().coordinates(p) + Vec3::Constant(0.5);
      const int x = static_cast<int>(std::floor(c.x()));
      const int y = static_cast<int>(std::floor(c.y()));
      const int z = static_cast<int>(std::floor(c.z()));
      if (image.density.grid().contains(x, y, z)) {
        mass += static_cast<double>(image.density.at(x, y, z)) * 0.1 * slab_mm / steps;
      }
    }
    sum += mass * (static_cast<double>(ray.primary[slab]) + static_cast<double>(ray.scatter[slab]));
  }
  return sum;
}

TEST(SpectralTerma, of_one_energy_in_one_material_falls_off_as_the_exponential_does) {
  const DensityImage image = test::uniform_image(test::cube_grid(100, 2.0), 0.8F, "water");
  const double mu = 0.05;
  RayTerma ray;
  trace_terma(image, one_bin(mu, 0.7), Vec3(1, 1, -800), Vec3::UnitZ(), 700, 2.0, 100, ray);
  for (std::size_t slab = 0; slab < 100; ++slab) {
    const double depth = 0.8 * 0.2 * static_cast<double>(slab);
    const double mean = (std::exp(-mu * depth) - std::exp(-mu * (depth + 0.16))) / 0.16;  // over the slab
    EXPECT_NEAR(static_cast<double>(ray.primary[slab]) / (0.7 * mean), 1.0, 1e-6);
    EXPECT_NEAR(static_cast<double>(ray.scatter[slab]) / (0.3 * mean), 1.0, 1e-6);
  }
}

TEST(SpectralTerma, conserves_energy_along_oblique_rays_through_a_random_patient) {
  const SpectralTable table = three_bins();
  const Philox random(11, 2);
  for (std::uint64_t k = 0; k < 12; ++k) {
    const DensityImage image = random_image(k);
    const Vec3 inside(20 * random.uniform(6 * k) - 10, 20 * random.uniform(6 * k + 1) - 10, 10);
    const Vec3 direction =
        Vec3(random.uniform(6 * k + 3) - 0.5, random.uniform(6 * k + 4) - 0.5, random.uniform(6 * k + 5) - 0.5)
            .normalized();
    const Vec3 source = inside - 300 * direction;
    RayTerma ray;
    trace_terma(image, table, source, direction, 100, 3.7, 110, ray);  // 100 to 507 mm: through and out again
    std::vector<double> depth(2, 0.0);
    trace_ray(image.density.grid(), source, source + 600 * direction, [&](std::size_t voxel, double length_mm) {
      depth[image.material[voxel]] += 0.1 * length_mm * static_cast<double>(image.density[voxel]);
      return true;
    });
    double lost = 0.0;
    for (std::size_t b = 0; b < 3; ++b) {
      lost += table.energy_fluence[b] * -std::expm1(-(table.mu[b] * depth[0] + table.mu[3 + b] * depth[1]));
    }
    EXPECT_NEAR(energy_released(image, ray, source, direction, 100, 3.7) / lost, 1.0, 2e-3) << "ray " << k;
  }
}

TEST(SpectralTerma, hardens_with_depth) {
  const DensityImage image = test::uniform_image(test::cube_grid(60, 5.0), 1.0F, "water");
  RayTerma ray;
  trace_terma(image, test::mohan_physics()->spectral_table({"water"}), Vec3(0, 0, -1000), Vec3::UnitZ(), 850, 5.0, 60,
              ray);
  double last_ratio = 0.0;
  double last_slope = 0.0;
  for (std::size_t slab = 0; slab < 60; ++slab) {
    const double ratio = static_cast<double>(ray.primary[slab]) / static_cast<double>(ray.scatter[slab]);
    EXPECT_GT(ratio, last_ratio) << "harder photons give electrons a larger share";
    last_ratio = ratio;
    if (slab > 0) {
      const double slope = static_cast<double>(ray.primary[slab]) / static_cast<double>(ray.primary[slab - 1]);
      EXPECT_GT(slope, last_slope) << "and are attenuated less";
      EXPECT_LT(slope, 1.0);
      last_slope = slope;
    }
  }
}

// The sum over a slab does not depend on how it is cut.
TEST(SpectralTerma, of_a_slab_is_the_mean_of_its_parts) {
  const DensityImage image = test::uniform_image(test::cube_grid(30, 5.0), 1.2F, "water");
  const Vec3 direction = Vec3(0.2, -0.1, 1).normalized();
  const Vec3 source = -500 * direction;
  RayTerma coarse;
  RayTerma fine;
  trace_terma(image, test::mohan_physics()->spectral_table({"water"}), source, direction, 450, 6.0, 10, coarse);
  trace_terma(image, test::mohan_physics()->spectral_table({"water"}), source, direction, 450, 1.5, 40, fine);
  for (std::size_t slab = 0; slab < 10; ++slab) {
    double mean = 0.0;
    for (std::size_t k = 0; k < 4; ++k) {
      mean += 0.25 * static_cast<double>(fine.primary[4 * slab + k]);
    }
    EXPECT_NEAR(static_cast<double>(coarse.primary[slab]) / mean, 1.0, 1e-6);
  }
}

TEST(SpectralTerma, attenuates_by_what_lies_before_the_first_slab) {
  const DensityImage image = test::uniform_image(test::cube_grid(40, 5.0), 1.0F, "water");  // z from −100 to 100
  RayTerma whole;
  RayTerma late;
  const Vec3 source(0.5, 0.5, -900);
  trace_terma(image, one_bin(0.06), source, Vec3::UnitZ(), 800, 5.0, 40, whole);
  trace_terma(image, one_bin(0.06), source, Vec3::UnitZ(), 900, 5.0, 20, late);
  for (std::size_t slab = 0; slab < 20; ++slab) {
    EXPECT_NEAR(late.primary[slab] / whole.primary[slab + 20], 1.0F, 1e-6F);
  }
}

TEST(SpectralTerma, of_a_source_within_the_grid_starts_there) {
  const DensityImage image = test::uniform_image(test::cube_grid(40, 5.0), 1.0F, "water");
  RayTerma ray;
  trace_terma(image, one_bin(0.06, 1.0), Vec3(0.5, 0.5, -30), Vec3::UnitZ(), 10, 5.0, 30, ray);
  for (std::size_t slab = 0; slab < 24; ++slab) {  // 120 mm from z = −20 to the face at 100
    const double depth = 1.0 + 0.5 * static_cast<double>(slab);
    const double mean = (std::exp(-0.06 * depth) - std::exp(-0.06 * (depth + 0.5))) / 0.5;
    EXPECT_NEAR(static_cast<double>(ray.primary[slab]) / mean, 1.0, 1e-6);
  }
  for (std::size_t slab = 24; slab < 30; ++slab) {
    EXPECT_EQ(ray.primary[slab], 0.0F) << "nothing is released outside";
  }
}

TEST(SpectralTerma, is_per_mass_where_a_face_cuts_a_slab) {
  const DensityImage image = test::uniform_image(test::cube_grid(20, 5.0), 1.0F, "water");  // z from −50 to 50
  RayTerma ray;
  trace_terma(image, one_bin(0.06, 1.0), Vec3(0.5, 0.5, -850), Vec3::UnitZ(), 798, 5.0, 22, ray);  // −52 to 58
  // The first slab holds 3 mm of water, the last one that holds any 3 mm again.
  EXPECT_NEAR(static_cast<double>(ray.primary[0]), -std::expm1(-0.06 * 0.3) / 0.3, 1e-7);
  EXPECT_NEAR(static_cast<double>(ray.primary[20]), (std::exp(-0.06 * 9.8) - std::exp(-0.06 * 10.0)) / 0.2, 1e-6);
  EXPECT_EQ(ray.primary[21], 0.0F);
}

TEST(SpectralTerma, of_a_ray_that_misses_is_zero_however_slanted) {
  const DensityImage image = test::uniform_image(test::cube_grid(10, 5.0), 1.0F, "water");
  // A slope so small that the grid's face is met beyond any whole number of slabs.
  for (const double slope : {0.0, 1e-13, 1e-11, 1e-9, 1e-7, 1e-3}) {
    for (const double sign : {1.0, -1.0}) {
      const Vec3 direction = Vec3(sign * slope, 0, 1).normalized();
      RayTerma ray;
      trace_terma(image, one_bin(0.06), Vec3(-100 * sign, 0.5, -800), direction, 700, 2.5, 80, ray);
      EXPECT_EQ(std::accumulate(ray.primary.begin(), ray.primary.end(), 0.0F), 0.0F) << slope;
    }
  }
}

TEST(SpectralTerma, follows_the_spectrum_that_a_ray_is_given) {
  const DensityImage image = test::uniform_image(test::cube_grid(20, 5.0), 1.0F, "water");
  const SpectralTable table = table_of({0.6, 0.4}, {0.5, 0.5}, {0.1, 0.04});
  const std::array soft{1.0, 0.0};
  RayTerma ray;
  trace_terma(image, table, Vec3(0.5, 0.5, -850), Vec3::UnitZ(), 800, 5.0, 20, ray, soft);
  EXPECT_NEAR(static_cast<double>(ray.primary[3]) / static_cast<double>(ray.primary[2]), std::exp(-0.1 * 0.5), 1e-6);
}

TEST(SpectralTerma, softens_off_the_axis_at_constant_photon_number) {
  SpectralTable table = test::mohan_physics()->spectral_table({"water"});
  EXPECT_EQ(energy_fluence_at(table, 0.0), table.energy_fluence);
  EXPECT_EQ(energy_fluence_at(table, 150.0), table.energy_fluence) << "a beam without softening is the same everywhere";
  table.softening = LinearCurve{{0.0, 100.0}, {0.0, 0.4}};
  double last_mean = std::accumulate(table.energy_fluence.begin(), table.energy_fluence.end(), 0.0) + 1e-12;
  for (const double radius : {0.0, 20.0, 60.0, 100.0}) {
    const auto psi = energy_fluence_at(table, radius);
    double photons = 0.0;
    for (std::size_t b = 0; b < psi.size(); ++b) {
      photons += psi[b] / table.energy_MeV[b];
    }
    EXPECT_NEAR(photons, 1.0, 1e-9);
    const double mean = std::accumulate(psi.begin(), psi.end(), 0.0);
    EXPECT_LT(mean, last_mean) << radius;
    last_mean = mean;
  }
}

TEST(SpectralTerma, in_vacuum_is_zero_and_leaves_the_beam_as_it_was) {
  DensityImage image = test::uniform_image(test::cube_grid(20, 5.0), 1.0F, "water");
  for (int z = 0; z < 10; ++z) {
    for (int y = 0; y < 20; ++y) {
      for (int x = 0; x < 20; ++x) {
        image.density.at(x, y, z) = 0.0F;
      }
    }
  }
  RayTerma ray;
  trace_terma(image, one_bin(0.06, 1.0), Vec3(0.5, 0.5, -850), Vec3::UnitZ(), 800, 5.0, 20, ray);
  for (std::size_t slab = 0; slab < 10; ++slab) {
    EXPECT_EQ(ray.primary[slab], 0.0F);
  }
  EXPECT_NEAR(static_cast<double>(ray.primary[10]), -std::expm1(-0.03) / 0.5, 1e-7);
}

TEST(SpectralTerma, of_a_bundle_is_that_of_its_mean_thickness) {
  // Two halves of different density side by side; a ray through each.
  DensityImage image = test::uniform_image(test::cube_grid(40, 2.5), 1.0F, "water");
  DensityImage even = test::uniform_image(test::cube_grid(40, 2.5), 0.7F, "water");
  const Grid& grid = image.density.grid();
  for (std::size_t i = 0; i < image.density.values().size(); ++i) {
    image.density[i] = grid.centre(static_cast<int>(i % 40), 0, 0).x() > 0 ? 1.0F : 0.4F;
  }
  const SpectralTable table = test::mohan_physics()->spectral_table({"water"});
  const Vec3 source(0, 0.5, -800);
  const std::array<Vec3, 2> rays{Vec3(0.02, 0, 1).normalized(), Vec3(-0.02, 0, 1).normalized()};
  RayTerma both;
  RayTerma one;
  trace_terma(image, table, source, rays, 760, 2.5, 30, both);
  trace_terma(even, table, source, rays[0], 760, 2.5, 30, one);
  ASSERT_EQ(both.primary.size(), one.primary.size());
  for (std::size_t k = 0; k < one.primary.size(); ++k) {
    EXPECT_NEAR(both.primary[k], one.primary[k], 1e-5F * one.primary[k]);
    EXPECT_NEAR(both.scatter[k], one.scatter[k], 1e-5F * one.scatter[k]);
  }
  EXPECT_GT(one.primary[20], 0.0F);
  // Two rays that are the same are one.
  const std::array<Vec3, 2> twice{rays[0], rays[0]};
  trace_terma(image, table, source, twice, 760, 2.5, 30, both);
  trace_terma(image, table, source, rays[0], 760, 2.5, 30, one);
  for (std::size_t k = 0; k < one.primary.size(); ++k) {
    EXPECT_NEAR(both.primary[k], one.primary[k], 1e-6F * one.primary[k]);
  }
}

}  // namespace
}  // namespace xingu
