// SPDX-License-Identifier: Apache-2.0
#include "dose/beam_model.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/error.h"

namespace xingu {
namespace {

TEST(LinearCurve, interpolates_and_is_constant_beyond_its_ends) {
  const LinearCurve curve{{0, 10, 30}, {1.0, 0.8, 0.2}};
  EXPECT_DOUBLE_EQ(curve.at(-5), 1.0);
  EXPECT_DOUBLE_EQ(curve.at(5), 0.9);
  EXPECT_DOUBLE_EQ(curve.at(10), 0.8);
  EXPECT_DOUBLE_EQ(curve.at(20), 0.5);
  EXPECT_DOUBLE_EQ(curve.at(100), 0.2);
}

TEST(BeamModel, of_an_ideal_source_is_isotropic_sharp_and_of_one_spectrum) {
  const BeamModel beam = ideal_point_source(load_spectrum("mohan-6mv"), 1000.0);
  EXPECT_EQ(beam.profile.at(0), 1.0);
  for (const double radius : {3.0, 50.0, 71.3, 200.0, 300.0}) {
    const double distance_squared = radius * radius + 1000.0 * 1000.0;
    EXPECT_NEAR(beam.profile.at(radius), 1e6 / distance_squared, 1e-5) << radius;
  }
  EXPECT_EQ(beam.focal_blur_sigma_mm(1200), 0.0);
  EXPECT_EQ(beam.extra_focal_blur_sigma_mm(1200), 0.0);
  EXPECT_EQ(beam.mlc.num_pairs(), 0U);
  const Spectrum off_axis = beam.spectrum_at(150);
  for (std::size_t i = 0; i < off_axis.size(); ++i) {
    EXPECT_NEAR(off_axis.weight[i], beam.spectrum.weight[i], 1e-15);
  }
}

TEST(BeamModel, blurs_edges_by_similar_triangles) {
  BeamModel beam = ideal_point_source(monoenergetic(1.0), 800.0);
  beam.focal_sigma_x_mm = beam.focal_sigma_y_mm = 1.0;
  beam.collimator_distance_mm = 400.0;
  EXPECT_DOUBLE_EQ(beam.focal_blur_sigma_mm(800), 1.0);
  EXPECT_DOUBLE_EQ(beam.focal_blur_sigma_mm(1000), 1.5);
  EXPECT_DOUBLE_EQ(beam.focal_blur_sigma_mm(300), 0.0);
  beam.extra_focal = {0.05, 8.0, 80.0};
  EXPECT_DOUBLE_EQ(beam.extra_focal_blur_sigma_mm(800), 8.0 * 400.0 / 320.0);
}

TEST(BeamModel, keeps_its_angles_and_its_photons_at_another_distance) {
  BeamModel near = ideal_point_source(load_spectrum("fff-6mv"), 800.0);
  near.collimator_distance_mm = 400.0;
  near.softening = {{0, 140}, {0.0, 0.1}};
  near.mlc.boundaries_mm = {-40, -5, 0, 5, 40};
  near.mlc.tip_offset_mm = 0.4;
  const BeamModel far = near.at_distance(1000.0);
  EXPECT_DOUBLE_EQ(far.sad_mm, 1000.0);
  for (const double radius : {0.0, 17.0, 80.0, 139.0}) {
    EXPECT_NEAR(far.profile.at(1.25 * radius), near.profile.at(radius), 1e-12) << radius;
    EXPECT_NEAR(far.spectrum_at(1.25 * radius).mean_energy_MeV(), near.spectrum_at(radius).mean_energy_MeV(), 1e-12);
  }
  EXPECT_EQ(far.mlc.boundaries_mm, (std::vector<double>{-50, -6.25, 0, 6.25, 50}));
  EXPECT_DOUBLE_EQ(far.mlc.max_position_mm, 150.0);
  EXPECT_DOUBLE_EQ(far.mlc.tip_offset_mm, 0.5);
  EXPECT_DOUBLE_EQ(far.collimator_distance_mm, 400.0);
  EXPECT_DOUBLE_EQ(near.output_at(1000.0), 0.64);
  EXPECT_DOUBLE_EQ(near.output_at(800.0), 1.0);
  EXPECT_THROW(static_cast<void>(near.at_distance(399.0)), InputError);
}

TEST(BeamModel, softens_off_the_axis) {
  BeamModel beam = ideal_point_source(load_spectrum("fff-6mv"), 800.0);
  beam.softening = {{0, 140}, {0.0, 0.1}};
  double before = beam.spectrum.mean_energy_MeV() + 1e-12;
  for (const double radius : {0.0, 40.0, 80.0, 140.0}) {
    const Spectrum at = beam.spectrum_at(radius);
    EXPECT_NEAR(std::accumulate(at.weight.begin(), at.weight.end(), 0.0), 1.0, 1e-12);
    EXPECT_LT(at.mean_energy_MeV(), before);
    before = at.mean_energy_MeV();
  }
  EXPECT_NEAR(before / beam.spectrum.mean_energy_MeV(), 0.95, 0.03);
}

}  // namespace
}  // namespace xingu
