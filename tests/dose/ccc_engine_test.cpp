// SPDX-License-Identifier: Apache-2.0
#include "dose/ccc_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "support/photon_beam.h"

namespace xingu {
namespace {

CccEngine engine_of(double spacing_mm = 5.0, ConeQuality quality = ConeQuality::draft, double margin_mm = 60.0) {
  CccEngine::Config config;
  config.quality = quality;
  config.spacing_mm = spacing_mm;
  config.margin_mm = margin_mm;
  return {test::mohan_physics(), config};
}

/// A 160 mm cube of water with bone and lung in it, in 40 mm of vacuum.
DensityImage body_in_vacuum() {
  const Grid grid = test::cube_grid(48, 5.0);
  DensityImage image = test::uniform_image(grid, 0.0F, "water");
  image.material_names = {"water", "cortical_bone", "lung"};
  for (int z = 8; z < 40; ++z) {
    for (int y = 8; y < 40; ++y) {
      for (int x = 8; x < 40; ++x) {
        const bool is_lung = z > 20 && z < 30 && x > 22;
        const bool is_bone = z < 13 && y > 25;
        image.density.at(x, y, z) = is_lung ? 0.26F : is_bone ? 1.85F : 1.0F;
        image.material.at(x, y, z) = is_lung ? 2 : is_bone ? 1 : 0;
      }
    }
  }
  return image;
}

float highest(const Volume<float>& dose) { return *std::ranges::max_element(dose.values()); }

TEST(CccEngine, gives_zero_outside_the_body) {
  const DensityImage image = body_in_vacuum();
  for (const Vec3& direction : {Vec3(0, 0, 1), Vec3(-1, 0.3, 0.4)}) {
    const Volume<float> dose = engine_of().compute(image, test::beam_along(direction, {0, 0, 0}, 800),
                                                   test::open_square(60, 5.0), image.density.grid());
    const Grid& grid = dose.grid();
    for (int z = 0; z < grid.nz(); ++z) {
      for (int y = 0; y < grid.ny(); ++y) {
        for (int x = 0; x < grid.nx(); ++x) {
          // A voxel beside the surface still has body in the beam's own voxels around its centre.
          const bool is_far = std::min({x, y, z}) < 6 || std::max({x, y, z}) > 41;
          if (is_far) {
            EXPECT_EQ(dose.at(x, y, z), 0.0F);
          }
          EXPECT_GE(dose.at(x, y, z), 0.0F);
        }
      }
    }
    EXPECT_GT(highest(dose), 1e-12F);
  }
}

TEST(CccEngine, is_linear_in_fluence) {
  const DensityImage image = body_in_vacuum();
  const BeamGeometry geometry = test::beam_along({0.2, 1, 0.1}, {0, 0, 0}, 800);
  const CccEngine engine = engine_of();
  FluenceMap one = test::open_square(60, 5.0, 0.25F);
  FluenceMap two = test::open_square(60, 5.0, 0.75F);
  FluenceMap sum = one;
  for (std::size_t i = 0; i < one.value.size(); ++i) {
    one.value[i] += 0.1F * static_cast<float>(i % 4);
    two.value[i] += 0.05F * static_cast<float>(i % 7);
    sum.value[i] = one.value[i] + 2 * two.value[i];
  }
  const Volume<float> a = engine.compute(image, geometry, one, image.density.grid());
  const Volume<float> b = engine.compute(image, geometry, two, image.density.grid());
  const Volume<float> c = engine.compute(image, geometry, sum, image.density.grid());
  // Dose is energy over mass: in a voxel of 1 mg/cm³ at the surface, rounding of the energy shows most.
  const float bound = 5e-5F * highest(c);
  for (std::size_t i = 0; i < c.values().size(); ++i) {
    EXPECT_NEAR(a[i] + 2 * b[i], c[i], bound);
  }
}

TEST(CccEngine, deposits_no_more_than_is_released) {
  const DensityImage image = body_in_vacuum();
  CccEngine::Energy energy;
  static_cast<void>(engine_of().compute(image, test::beam_along({0, 0, 1}, {0, 0, 0}, 800), test::open_square(60, 5.0),
                                        image.density.grid(), energy));
  EXPECT_GT(energy.deposited, 0.4 * energy.released);
  EXPECT_LT(energy.deposited, energy.released);
}

// Where the dose grid is the beam's own, the doses hold all the energy that was deposited.
TEST(CccEngine, doses_times_masses_sum_to_the_deposited_energy) {
  const DensityImage image = body_in_vacuum();
  CccEngine::Energy energy;
  const Volume<float> dose = engine_of(5.0, ConeQuality::draft, 200.0)
                                 .compute(image, test::beam_along({0, 0, 1}, {0, 0, 0}, 800),
                                          test::open_square(60, 5.0), image.density.grid(), energy);
  double sum = 0.0;
  for (std::size_t i = 0; i < dose.values().size(); ++i) {
    sum += static_cast<double>(dose[i]) * static_cast<double>(image.density[i]) * 0.125;  // Gy cm² · g
  }
  EXPECT_NEAR(sum / gray_per_MeV_per_g / energy.deposited, 1.0, 1e-4);
}

// Eight cones a ring and a square lattice: a quarter turn changes nothing at all. A mirror does, as the rings' azimuths
// are turned against each other.
TEST(CccEngine, gives_a_symmetric_beam_a_symmetric_dose) {
  const DensityImage image = test::uniform_image(test::cube_grid(41, 5.0), 1.0F, "water");
  const Volume<float> dose = engine_of(5.0, ConeQuality::normal)
                                 .compute(image, test::beam_along({0, 0, 1}, {0, 0, 0}, 800),
                                          test::open_square(50, 5.0), image.density.grid());
  const float most = highest(dose);
  float worst_turned = 0.0F;
  float worst_mirrored = 0.0F;
  for (int z = 0; z < 41; ++z) {
    for (int y = 0; y < 41; ++y) {
      for (int x = 0; x < 41; ++x) {
        worst_turned = std::max(worst_turned, std::abs(dose.at(x, y, z) - dose.at(y, 40 - x, z)) / most);
        worst_mirrored = std::max(worst_mirrored, std::abs(dose.at(x, y, z) - dose.at(40 - x, y, z)) / most);
      }
    }
  }
  EXPECT_LT(worst_turned, 1e-5F);
  EXPECT_LT(worst_mirrored, 0.005F);
}

TEST(CccEngine, puts_dose_where_frame_b_has_the_opening) {
  const DensityImage image = test::uniform_image(test::cube_grid(50, 4.0), 1.0F, "water");
  const BeamGeometry geometry = test::beam_along({0.3, 1, -0.2}, {5, 0, 0}, 800, 1.1);
  FluenceMap fluence = test::open_square(80, 5.0, 0.0F);
  for (int y = 2; y < 5; ++y) {
    for (int x = 10; x < 15; ++x) {
      fluence.at(x, y) = 1.0F;
    }
  }
  const Volume<float> dose = engine_of(4.0).compute(image, geometry, fluence, image.density.grid());
  const auto in_frame_b = [&](double x, double y) { return interpolate(dose, geometry.X_PB.matrix() * Vec3(x, y, 0)); };
  const double open = in_frame_b(fluence.x0_mm + 60, fluence.y0_mm + 15);
  EXPECT_GT(open, 5 * in_frame_b(-(fluence.x0_mm + 60), fluence.y0_mm + 15));
  EXPECT_GT(open, 5 * in_frame_b(fluence.x0_mm + 60, -(fluence.y0_mm + 15)));
  EXPECT_GT(open, 5 * in_frame_b(fluence.y0_mm + 15, fluence.x0_mm + 60));
}

TEST(CccEngine, scores_less_dose_behind_bone_and_more_behind_lung) {
  const DensityImage mixed = body_in_vacuum();
  DensityImage water = mixed;
  for (std::size_t i = 0; i < water.density.values().size(); ++i) {
    water.density[i] = mixed.density[i] > 0 ? 1.0F : 0.0F;
    water.material[i] = 0;
  }
  const BeamGeometry geometry = test::beam_along({0, 0, 1}, {0, 0, 0}, 800);
  const auto compute = [&](const DensityImage& image) {
    return engine_of().compute(image, geometry, test::open_square(140, 5.0), image.density.grid());
  };
  const Volume<float> a = compute(mixed);
  const Volume<float> b = compute(water);
  EXPECT_LT(a.at(15, 34, 30), 0.97F * b.at(15, 34, 30)) << "behind 25 mm of bone";
  EXPECT_GT(a.at(33, 15, 36), 1.1F * b.at(33, 15, 36)) << "behind 45 mm of lung";
}

TEST(CccEngine, gives_the_same_bits_for_any_number_of_threads) {
  const DensityImage image = body_in_vacuum();
  const auto compute = [&] {
    const Volume<float> dose = engine_of().compute(image, test::beam_along({0.4, 1, 0.1}, {0, 0, 0}, 800),
                                                   test::open_square(60, 5.0), image.density.grid());
    return std::vector<float>(dose.values().begin(), dose.values().end());
  };
  const int before = num_threads();
  set_num_threads(1);
  const auto serial = compute();
  for (const int threads : {2, 4}) {
    set_num_threads(threads);
    EXPECT_EQ(compute(), serial) << threads << " threads";
  }
  set_num_threads(before);
}

/// Dose of 5 mm voxels under two strips 10 mm wide, 10 mm apart, in water; oblique, as no beam's voxels are a dose
/// grid's.
Volume<float> dose_of_strips(double spacing_mm, double refinement) {
  CccEngine::Config config;
  config.quality = ConeQuality::draft;
  config.spacing_mm = spacing_mm;
  config.refinement = refinement;
  config.margin_mm = 25.0;
  FluenceMap strips = test::open_square(30, 5.0);
  for (int y = 0; y < strips.ny; ++y) {
    for (int x = 0; x < strips.nx; ++x) {
      strips.at(x, y) = std::abs(strips.x0_mm + x * strips.pixel_mm) < 5.0 ? 0.0F : strips.at(x, y);
    }
  }
  return CccEngine(test::mohan_physics(), config)
      .compute(test::uniform_image(test::cube_grid(20, 5.0), 1.0F, "water"),
               test::beam_along({0, 0, 1}, {0, 0, 0}, 800), strips, test::cube_grid(8, 5.0));
}

/// Root mean square difference of two doses, of the maximum of the second.
double rms_difference(const Volume<float>& a, const Volume<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < b.values().size(); ++i) {
    const double difference = static_cast<double>(a[i] - b[i]) / static_cast<double>(highest(b));
    sum += difference * difference;
  }
  return std::sqrt(sum / static_cast<double>(b.values().size()));
}

TEST(CccEngine, needs_fine_voxels_across_the_beam_not_along_it) {
  const Volume<float> fine = dose_of_strips(1.25, 1.0);
  EXPECT_LT(rms_difference(dose_of_strips(5.0, lateral_refinement(5.0)), fine), 0.003);
  EXPECT_GT(rms_difference(dose_of_strips(5.0, 1.0), fine), 0.02) << "the check no longer sees voxels across the beam";
}

TEST(CccEngine, is_refined_across_to_one_voxel_side_and_never_coarsened) {
  EXPECT_DOUBLE_EQ(5.0 / lateral_refinement(5.0), 1.25);
  EXPECT_DOUBLE_EQ(2.5 / lateral_refinement(2.5), 1.25);
  EXPECT_DOUBLE_EQ(lateral_refinement(1.0), 1.0);
}

TEST(CccEngine, says_what_it_is) {
  EXPECT_EQ(engine_of(2.5, ConeQuality::normal).description(), "collapsed cone, normal (80 cones), 2.5 mm");
  CccEngine::Config config;
  config.refinement = 2.0;
  EXPECT_EQ(CccEngine(test::mohan_physics(), config).description(),
            "collapsed cone, normal (80 cones), 2.5 mm (1.25 mm across the beam)");
}

TEST(CccEngine, refuses_a_spacing_that_makes_no_sense) {
  EXPECT_THROW(engine_of(0.0), InputError);
  EXPECT_THROW(engine_of(-2.5), InputError);
  EXPECT_THROW(engine_of(50.0), InputError);
  EXPECT_THROW(engine_of(std::nan("")), InputError);
  for (const double refinement : {0.5, 21.0, std::nan("")}) {
    CccEngine::Config config;
    config.refinement = refinement;
    EXPECT_THROW(CccEngine(test::mohan_physics(), config), InputError) << refinement;
  }
}

PhotonPhysics physics_of(std::vector<double> energy, std::vector<double> fluence) {
  return {std::move(energy), std::move(fluence), test::shipped_kernels(), PhotonCrossSections::shipped(),
          MaterialTable::shipped()};
}

TEST(PhotonPhysics, normalises_the_spectrum_and_knows_materials_by_name) {
  const PhotonPhysics physics = physics_of({1.0, 2.0, 4.0}, {2.0, 1.0, 1.0});
  EXPECT_DOUBLE_EQ(physics.photon_fluence[0], 0.5);
  const SpectralTable table = physics.spectral_table({"lung", "water"});
  ASSERT_EQ(table.mu.size(), 6U);
  EXPECT_DOUBLE_EQ(table.energy_fluence[2], 1.0);
  const double water = physics.cross_sections.of(physics.materials.at("water"), 2.0).total_without_coherent();
  EXPECT_DOUBLE_EQ(table.mu[4], water);
  EXPECT_LT(physics.primary_fraction[0], physics.primary_fraction[2]);
  EXPECT_THROW(static_cast<void>(physics.spectral_table({"unobtainium"})), InputError);
}

TEST(PhotonPhysics, refuses_a_spectrum_that_is_none) {
  EXPECT_THROW(physics_of({}, {}), InputError);
  EXPECT_THROW(physics_of({1.0, 2.0}, {1.0}), InputError);
  EXPECT_THROW(physics_of({1.0}, {0.0}), InputError);
  EXPECT_THROW(physics_of({1.0, 2.0}, {1.0, -0.5}), InputError);
  EXPECT_THROW(physics_of({1.0}, {std::nan("")}), InputError);
  EXPECT_THROW(physics_of({1e-6}, {1.0}), InputError) << "below the cross sections";
  EXPECT_THROW(physics_of({1e4}, {1.0}), InputError) << "above them";
}

}  // namespace
}  // namespace xingu
