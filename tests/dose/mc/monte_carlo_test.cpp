// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/monte_carlo.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "dose/mc/photon_interactions.h"
#include "dose/mc/sample_statistics.h"
#include "support/photon_beam.h"

namespace xingu::mc {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr double sad_mm = 1000.0;

DensityImage water_cube() { return test::uniform_image(test::cube_grid(10, 10.0, {0, 0, 50}), 1.0F, "water"); }

MonteCarloOptions quick_options(std::uint64_t seed = 1) {
  MonteCarloOptions options;
  options.seed = seed;
  options.histories_per_batch = 100;
  options.progress.clear();
  return options;
}

BeamSource square_source(double half_mm, const Vec3& isocentre = {0, 0, 50}) {
  const BeamModel model = ideal_point_source(monoenergetic(2.0), sad_mm);
  return {model, test::beam_along({0, 0, 1}, isocentre, sad_mm),
          field_fluence(model, FieldRectangle{-half_mm, half_mm, -half_mm, half_mm})};
}

MonteCarlo engine_of(const DensityImage& image, const MonteCarloOptions& options) {
  return {image, image.density.grid(), MaterialTable::shipped(), PhotonCrossSections::shipped(), options};
}

MonteCarloDose run_of(const MonteCarlo& engine, std::uint64_t histories, double fluence = 1.0) {
  return engine.run({{square_source(20.0), fluence}}, {0.0, histories, 0.0});
}

enum class SourcePoints { lattice, random };

std::vector<float> copy(const Volume<float>& volume) { return {volume.values().begin(), volume.values().end()}; }

TEST(MonteCarlo, gives_dose_to_water_that_is_the_same_bits_in_water_and_a_ninth_more_in_bone) {
  MonteCarloOptions options = quick_options();
  const MonteCarloDose water = run_of(engine_of(water_cube(), options), 2000);
  DensityImage bone = test::uniform_image(test::cube_grid(10, 10.0, {0, 0, 50}), 1.85F, "cortical_bone_icrp");
  const MonteCarloDose bone_to_bone = run_of(engine_of(bone, options), 2000);
  options.dose_to = DoseTo::water;
  EXPECT_EQ(copy(run_of(engine_of(water_cube(), options), 2000).dose_Gy), copy(water.dose_Gy));
  const MonteCarloDose bone_to_water = run_of(engine_of(bone, options), 2000);
  const WaterRatio ratio(MaterialTable::shipped(), {"cortical_bone_icrp"});
  float least = 2.0F;
  float most = 1.0F;
  for (float energy = 0.01F; energy < 2.0F; energy *= 1.1F) {
    WaterRatio::ByMaterial at{};
    ratio.at(energy, at);
    least = std::min(least, at[0]);
    most = std::max(most, at[0]);
  }
  for (std::size_t i = 0; i < bone_to_bone.dose_Gy.grid().num_voxels(); ++i) {
    if (bone_to_bone.dose_Gy[i] > 0) {
      // The same histories, each loss with the ratio at its energy.
      EXPECT_GT(bone_to_water.dose_Gy[i] / bone_to_bone.dose_Gy[i], 0.9999F * least);
      EXPECT_LT(bone_to_water.dose_Gy[i] / bone_to_bone.dose_Gy[i], 1.0001F * most);
    }
  }
}

TEST(MonteCarlo, gives_the_same_bits_for_any_number_of_threads) {
  const MonteCarlo engine = engine_of(water_cube(), quick_options());
  const int before = num_threads();
  set_num_threads(1);
  const MonteCarloDose alone = run_of(engine, 2000);
  for (const int threads : {2, 3}) {
    set_num_threads(threads);
    const MonteCarloDose together = run_of(engine, 2000);
    EXPECT_EQ(together.batches, alone.batches);
    EXPECT_EQ(copy(together.dose_Gy), copy(alone.dose_Gy)) << threads;
    EXPECT_EQ(copy(together.sigma_Gy), copy(alone.sigma_Gy)) << threads;
  }
  set_num_threads(before);
  EXPECT_GT(*std::ranges::max_element(alone.dose_Gy.values()), 0.0F);
}

TEST(MonteCarlo, gives_dose_in_proportion_to_fluence_from_one_or_many_sources) {
  const MonteCarlo engine = engine_of(water_cube(), quick_options());
  const MonteCarloDose one = run_of(engine, 4000, 1.0);
  const MonteCarloDose three = run_of(engine, 4000, 3.0);
  const MonteCarloDose split = engine.run({{square_source(20.0), 1.0}, {square_source(20.0), 2.0}}, {0.0, 4000, 0.0});
  const auto sum = [](const MonteCarloDose& dose) {
    return std::accumulate(dose.dose_Gy.values().begin(), dose.dose_Gy.values().end(), 0.0);
  };
  EXPECT_NEAR(sum(three) / sum(one), 3.0, 1e-5);
  EXPECT_NEAR(sum(split) / sum(one), 3.0, 0.15);
}

/// Dose summed over each layer across the beam, batch by batch.
std::vector<test::SampleMean> layers_of(SourcePoints points) {
  MonteCarloOptions options = quick_options(points == SourcePoints::lattice ? 1 : 2);
  options.stratifies_source = points == SourcePoints::lattice;
  const DensityImage image = water_cube();
  const auto size = static_cast<std::size_t>(image.density.grid().nz());
  const std::size_t per_layer = image.density.grid().num_voxels() / size;
  std::vector<test::SampleMean> layers(size);
  options.on_batch = [&](const Volume<float>& batch) {
    for (std::size_t k = 0; k < size; ++k) {
      const auto layer = batch.values().subspan(k * per_layer, per_layer);
      layers[k].add(std::accumulate(layer.begin(), layer.end(), 0.0));
    }
  };
  (void)run_of(engine_of(image, options), 16000);
  return layers;
}

TEST(MonteCarlo, has_the_same_mean_from_a_lattice_of_source_points_and_from_random_ones) {
  const std::vector<test::SampleMean> lattice = layers_of(SourcePoints::lattice);
  const std::vector<test::SampleMean> random = layers_of(SourcePoints::random);
  for (std::size_t k = 0; k < lattice.size(); ++k) {
    const double sigma = std::hypot(lattice[k].sigma(), random[k].sigma());
    EXPECT_NEAR(lattice[k].mean(), random[k].mean(), 3.5 * sigma) << k;
    EXPECT_LT(sigma, 0.03 * random[k].mean()) << k;
  }
}

TEST(MonteCarlo, loses_no_energy_that_the_attenuation_does_not_let_through) {
  // A narrow beam along the axis of a wide block: what is deposited is at most what interacts, and at least what the
  // first collisions give to electrons.
  Grid grid = test::cube_grid(5, 40.0, {0, 0, 100});
  const DensityImage image = test::uniform_image(grid, 1.0F, "water");
  const MonteCarlo engine = engine_of(image, quick_options());
  const BeamSource source = square_source(5.0, {0, 0, 100});
  const MonteCarloDose dose = engine.run({{source, 1.0}}, {0.0, 4000, 0.0});
  const double mass_g = 64.0;
  double deposited_MeV = 0.0;
  for (const float value : dose.dose_Gy.values()) {
    deposited_MeV += static_cast<double>(value) * mass_g / 1.602176634e-10;
  }
  const double attenuation =
      PhotonCrossSections::shipped().of(MaterialTable::shipped().at("water"), 2.0).total_without_coherent();
  const double interacting = source.photons() * 2.0 * -std::expm1(-20.0 * attenuation);
  EXPECT_LT(deposited_MeV, interacting);
  EXPECT_GT(deposited_MeV, compton_transfer_share(2.0) * interacting);
}

TEST(MonteCarlo, stops_at_the_uncertainty_asked_for_and_says_why_it_stopped) {
  const MonteCarlo engine = engine_of(water_cube(), quick_options());
  const MonteCarloDose rough = engine.run({{square_source(20.0), 1.0}}, {0.05, 0, 0.0});
  EXPECT_EQ(rough.stopped_by, "uncertainty");
  EXPECT_LE(rough.uncertainty, 0.05);
  const MonteCarloDose counted = run_of(engine, 3000);
  EXPECT_EQ(counted.stopped_by, "histories");
  EXPECT_GE(counted.histories, 3000U);
  EXPECT_EQ(counted.batches % 8, 0);
  const MonteCarloDose timed = engine.run({{square_source(20.0), 1.0}}, {0.0, 0, 1e-9});
  EXPECT_EQ(timed.stopped_by, "time");
  EXPECT_GE(timed.batches, 16);
}

TEST(MonteCarlo, goes_on_until_the_target_too_is_known_well_enough) {
  MonteCarloOptions options = quick_options();
  const Grid grid = water_cube().density.grid();
  const auto deep_beside_the_beam = static_cast<std::uint32_t>(grid.index(1, 5, 9));
  const StopRule stop{0.05, 0, 0.0};
  const std::vector<WeightedSource> field{{square_source(20.0), 1.0}};
  const MonteCarloDose without = engine_of(water_cube(), options).run(field, stop);
  EXPECT_FALSE(without.target_uncertainty.has_value());
  options.target_voxels = {deep_beside_the_beam};
  const MonteCarloDose with = engine_of(water_cube(), options).run(field, stop);
  ASSERT_TRUE(with.target_uncertainty.has_value());
  EXPECT_LE(*with.target_uncertainty, stop.uncertainty);
  EXPECT_GT(with.batches, without.batches);
  EXPECT_NEAR(*with.target_uncertainty,
              static_cast<double>(with.sigma_Gy[deep_beside_the_beam] / with.dose_Gy[deep_beside_the_beam]), 1e-6);
}

TEST(MonteCarlo, says_in_words_how_well_its_dose_is_known) {
  MonteCarloDose dose;
  dose.uncertainty = 0.00974;
  EXPECT_EQ(dose.uncertainty_words(), "0.97 % in voxels above half of the maximum");
  dose.target_uncertainty = 0.0086;
  EXPECT_EQ(dose.uncertainty_words(), "0.97 % in voxels above half of the maximum, 0.86 % in the target");
}

TEST(MonteCarlo, refuses_a_target_without_dose) {
  MonteCarloOptions options = quick_options();
  DensityImage slab = water_cube();
  Grid above = slab.density.grid();
  above.origin.z() -= 500.0;  // of air that the image does not hold
  options.target_voxels = {0};
  above.size[2] = 60;
  const MonteCarlo engine{slab, above, MaterialTable::shipped(), PhotonCrossSections::shipped(), options};
  EXPECT_THAT([&] { (void)engine.run({{square_source(20.0), 1.0}}, {0.05, 0, 0.0}); },
              ThrowsMessage<InputError>(HasSubstr("the target receives no dose")));
}

TEST(MonteCarlo, shows_batches_whose_mean_is_the_dose) {
  MonteCarloOptions options = quick_options();
  std::vector<double> sum(1000, 0.0);
  int batches = 0;
  options.on_batch = [&](const Volume<float>& batch) {
    ++batches;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += static_cast<double>(batch[i]);
    }
  };
  const MonteCarloDose dose = run_of(engine_of(water_cube(), options), 1600);
  ASSERT_EQ(batches, dose.batches);
  for (std::size_t i = 0; i < sum.size(); ++i) {
    EXPECT_NEAR(sum[i] / batches, static_cast<double>(dose.dose_Gy[i]), 1e-6 * sum[i] / batches);
  }
}

TEST(MonteCarlo, refuses_a_run_without_end_photons_or_body_in_the_way) {
  const MonteCarlo engine = engine_of(water_cube(), quick_options());
  EXPECT_THAT([&] { (void)run_of(engine, 0); }, ThrowsMessage<InputError>(HasSubstr("needs an end")));
  EXPECT_THAT([&] { (void)run_of(engine, 1000, 0.0); }, ThrowsMessage<InputError>(HasSubstr("give them MU")));
  EXPECT_THAT([&] { (void)engine.run({}, {0.0, 1000, 0.0}); }, ThrowsMessage<InputError>(HasSubstr("give them MU")));
  EXPECT_THAT([&] { (void)engine.run({{square_source(5.0, {900, 0, 50}), 1.0}}, {0.0, 1000, 0.0}); },
              ThrowsMessage<InputError>(HasSubstr("misses the body")));
}

TEST(MonteCarlo, refuses_a_beam_through_the_air_beside_the_body) {
  // A cube without one of its edges: its box is still the whole cube.
  DensityImage image = water_cube();
  const Grid& grid = image.density.grid();
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = grid.ny() / 2; y < grid.ny(); ++y) {
      for (int x = grid.nx() / 2; x < grid.nx(); ++x) {
        image.density.at(x, y, z) = 0.0012F;
      }
    }
  }
  const MonteCarlo engine = engine_of(image, quick_options());
  const Vec3 size = grid.upper() - grid.lower();
  const Vec3 edge = grid.lower() + 0.75 * size;
  const Vec3 beside = grid.lower() + 0.25 * size;
  EXPECT_THAT([&] { (void)engine.run({{square_source(2.0, {edge.x(), edge.y(), 50}), 1.0}}, {0.0, 1000, 0.0}); },
              ThrowsMessage<InputError>(HasSubstr("misses the body")));
  EXPECT_NO_THROW((void)engine.run({{square_source(2.0, {beside.x(), beside.y(), 50}), 1.0}}, {0.0, 1000, 0.0}));
}

TEST(MonteCarlo, refuses_materials_without_data) {
  Material bare = MaterialTable::shipped().at("water");
  bare.mean_excitation_eV.reset();
  const auto with = [](const Material& material) {
    return [material] {
      const DensityImage image = water_cube();
      MonteCarlo(image, image.density.grid(), MaterialTable({material}), PhotonCrossSections::shipped(),
                 quick_options());
    };
  };
  EXPECT_THAT(with(bare), ThrowsMessage<InputError>(HasSubstr("mean_excitation_eV")));
  Material strange = MaterialTable::shipped().at("water");
  strange.composition.front().element = "Xx";
  EXPECT_THAT(with(strange), ThrowsMessage<InputError>(HasSubstr("Xx")));
}

TEST(ImageOnLattice, keeps_mass_and_takes_the_heaviest_material) {
  Grid fine = test::cube_grid(12, 2.5);
  DensityImage image = test::uniform_image(fine, 0.0F, "air");
  image.material_names = {"air", "lung", "cortical_bone"};
  double mass = 0.0;
  for (int z = 2; z < 10; ++z) {
    for (int y = 3; y < 11; ++y) {
      for (int x = 1; x < 9; ++x) {
        const bool is_bone = (x + y + z) % 3 == 0;
        image.density.at(x, y, z) = is_bone ? 1.8F : 0.3F;
        image.material.at(x, y, z) = is_bone ? 2 : 1;
        mass += static_cast<double>(image.density.at(x, y, z)) * fine.voxel_volume_mm3();
      }
    }
  }
  Grid coarse = test::cube_grid(3, 7.0, {1.0, -2.0, 3.0});
  const DensityImage result = image_on_lattice(image, coarse);
  double kept = 0.0;
  for (const float density : result.density.values()) {
    kept += static_cast<double>(density) * coarse.voxel_volume_mm3();
  }
  EXPECT_NEAR(kept / mass, 1.0, 1e-5);
  // The lattice is that of the dose grid.
  const Vec3 shift = coarse.coordinates(result.density.grid().origin);
  EXPECT_NEAR((shift - shift.array().round().matrix()).norm(), 0.0, 1e-9);
  // A third of the voxels are bone, six times as heavy: bone wins wherever there is a mixture of many voxels.
  const Vec3 middle = fine.centre(5, 7, 6);
  const Vec3 place = result.density.grid().coordinates(middle);
  EXPECT_EQ(result.material.at(static_cast<int>(std::lround(place.x())), static_cast<int>(std::lround(place.y())),
                               static_cast<int>(std::lround(place.z()))),
            2);
}

TEST(ImageOnLattice, refuses_an_image_of_air) {
  const DensityImage image = test::uniform_image(test::cube_grid(4, 5.0), 0.001F, "air");
  EXPECT_THAT([&] { (void)image_on_lattice(image, image.density.grid()); },
              ThrowsMessage<InputError>(HasSubstr("no body")));
}

}  // namespace
}  // namespace xingu::mc
