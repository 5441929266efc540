// SPDX-License-Identifier: Apache-2.0
#include "dose/beamlet_dose.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "base/files.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

std::shared_ptr<const PhotonPhysics> physics() {
  static const auto instance = std::make_shared<const PhotonPhysics>(
      std::vector<double>{0.5, 1.0, 2.0, 4.0}, std::vector<double>{0.2, 0.4, 0.3, 0.1},
      PointKernels::read(find_shipped("data/kernels/water_point_kernels.csv")), PhotonCrossSections::shipped(),
      MaterialTable::shipped());
  return instance;
}

DensityImage water_block() {
  Grid grid;
  grid.size = {40, 40, 40};
  grid.spacing = Vec3::Constant(4.0);
  grid.origin = Vec3(-78, -78, 2);
  return {Volume<float>(grid, 1.0F), Volume<std::uint8_t>(grid, 0), {"water"}};
}

/// Beam along +z on the block's axis, isocentre at 80 mm depth.
BeamGeometry from_above() {
  Mat3 rotation;
  rotation.col(0) = Vec3(1, 0, 0);
  rotation.col(1) = Vec3(0, -1, 0);
  rotation.col(2) = Vec3(0, 0, -1);
  return {Pose<frame::P, frame::B>(rotation, Vec3(0, 0, 80)), 800.0};
}

SamplePoints points(const std::vector<Vec3>& positions) {
  SamplePoints samples;
  for (const Vec3& p : positions) {
    samples.position_mm.push_back(p.cast<float>());
    samples.volume_mm3.push_back(1.0F);
  }
  return samples;
}

BeamletDose::Config all_samples() {
  BeamletDose::Config config;
  config.sparse_beyond_mm = 1000.0;
  return config;
}

TEST(BeamletDose, sums_to_the_dose_of_the_field_that_beamlets_fill) {
  const DensityImage image = water_block();
  const SamplePoints samples =
      points({{0.5, 0.5, 40}, {0.5, 0.5, 80}, {0.5, 0.5, 120}, {8.5, -6.5, 80}, {30.5, 0.5, 80}});
  const BeamletDose dose(physics(), all_samples());
  const SpectralTable table = physics()->spectral_table(image.material_names);
  BeamletDose::Beam beam(dose, image, table, samples, from_above());
  std::vector<double> sum(samples.size(), 0.0);
  for (float y = -17.5F; y < 20; y += 5) {
    for (float x = -17.5F; x < 20; x += 5) {
      for (const MatrixEntry& e : beam.compute({x, y}, 1)) {
        sum[e.row] += static_cast<double>(e.value);
      }
    }
  }
  FluenceMap field{40, 40, 1.0, -19.5, -19.5, std::vector<float>(1600, 1.0F)};
  CccEngine::Config config;
  config.spacing_mm = 2.0;
  const Volume<float> reference =
      CccEngine(physics(), config).compute(image, from_above(), field, image.density.grid());
  const double largest = interpolate(reference, Vec3(0.5, 0.5, 40));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double expected = interpolate(reference, samples.position_mm[i].cast<double>());
    EXPECT_NEAR(sum[i], expected, 0.015 * largest) << "sample " << i;
  }
}

TEST(BeamletDose, is_symmetric_about_its_own_ray) {
  const DensityImage image = water_block();
  const SamplePoints samples = points({{6, 0, 80}, {-6, 0, 80}, {0, 6, 80}, {0, -6, 80}});
  const BeamletDose dose(physics(), all_samples());
  const SpectralTable table = physics()->spectral_table(image.material_names);
  BeamletDose::Beam beam(dose, image, table, samples, from_above());
  const auto entries = beam.compute({0, 0}, 1);
  ASSERT_EQ(entries.size(), 4U);
  for (const MatrixEntry& e : entries) {
    EXPECT_NEAR(e.value, entries[0].value, 1e-3F * entries[0].value);
  }
}

TEST(BeamletDose, keeps_the_sum_of_far_samples_when_it_looks_at_one_in_four) {
  const DensityImage image = water_block();
  std::vector<Vec3> positions;
  for (int i = 0; i < 4000; ++i) {
    const double angle = 0.01 * i;
    positions.emplace_back(45 * std::cos(angle), 45 * std::sin(angle), 40 + 0.02 * i);
  }
  const SamplePoints samples = points(positions);
  const SpectralTable table = physics()->spectral_table(image.material_names);
  const auto total = [&](const BeamletDose::Config& config) {
    const BeamletDose dose(physics(), config);
    BeamletDose::Beam beam(dose, image, table, samples, from_above());
    double sum = 0.0;
    for (const MatrixEntry& e : beam.compute({0, 0}, 7)) {
      sum += static_cast<double>(e.value);
    }
    return sum;
  };
  BeamletDose::Config sparse;
  sparse.sparse_beyond_mm = 20.0;
  sparse.sparse_one_in = 4;
  const double all = total(all_samples());
  ASSERT_GT(all, 0.0);
  EXPECT_NEAR(total(sparse), all, 0.02 * all);
}

TEST(BeamletDose, reaches_nothing_when_the_ray_misses_the_body) {
  const DensityImage image = water_block();
  const SamplePoints samples = points({{0, 0, 80}});
  const BeamletDose dose(physics(), all_samples());
  const SpectralTable table = physics()->spectral_table(image.material_names);
  BeamletDose::Beam beam(dose, image, table, samples, from_above());
  EXPECT_TRUE(beam.compute({500, 0}, 1).empty());
}

}  // namespace
}  // namespace xingu
