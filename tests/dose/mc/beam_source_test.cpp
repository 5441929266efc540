// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/beam_source.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "dose/mc/random_stream.h"
#include "dose/mc/sample_statistics.h"
#include "support/photon_beam.h"

namespace xingu::mc {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr double sad_mm = 1000.0;
constexpr int num_samples = 100000;
constexpr double far_out = 4.0;  // standard deviations

BeamGeometry down_z() { return test::beam_along({0, 0, 1}, {0, 0, 100}, sad_mm); }

BeamSource::Draw draw_from(RandomStream& random) {
  const auto next = [&] { return static_cast<double>(random.uniform()); };
  BeamSource::Draw draw;
  draw.stratified = {next(), next(), next()};
  draw.is_extra_focal = next();
  draw.spot = {next(), next()};
  draw.radius_node = next();
  return draw;
}

/// Where a photon's line crosses a plane at `distance` from the source, frame B up to the sign of the axes.
Vec3 crossing(const SourcePhoton& photon, double distance_mm) {
  const double z = 100 - sad_mm + distance_mm;
  return photon.position_P + (z - photon.position_P.z()) / photon.direction_P.z() * photon.direction_P;
}

TEST(BeamSource, of_an_ideal_point_sends_its_solid_angle_in_photons) {
  const BeamModel model = ideal_point_source(monoenergetic(2.0), sad_mm);
  for (const double half : {10.0, 50.0, 150.0}) {
    const BeamSource source(model, down_z(), field_fluence(model, FieldRectangle{-half, half, -half, half}));
    // A square seen from its axis: Ω = 4 asin(a²/(a² + d²)); SAD² Ω photons a unit of fluence on the axis.
    const double omega = 4.0 * std::asin(half * half / (half * half + sad_mm * sad_mm));
    EXPECT_NEAR(source.photons() / (sad_mm * sad_mm / 100.0 * omega), 1.0, 2e-4) << half;
  }
}

TEST(BeamSource, of_an_ideal_point_is_isotropic_within_its_field) {
  const BeamModel model = ideal_point_source(monoenergetic(2.0), sad_mm);
  const BeamSource source(model, down_z(), field_fluence(model, FieldRectangle{-200, 100, -40, 40}));
  RandomStream random(1, 1);
  test::Histogram across(-200.0, 100.0, 30);
  test::Histogram along(-40.0, 40.0, 20);
  for (int i = 0; i < num_samples; ++i) {
    const SourcePhoton photon = source.sample(draw_from(random));
    ASSERT_NEAR((photon.position_P - Vec3(0, 0, 100 - sad_mm)).norm(), 0.0, 1e-9);
    ASSERT_NEAR(photon.direction_P.norm(), 1.0, 1e-12);
    EXPECT_EQ(photon.energy_MeV, 2.0);
    const Vec3 in_B = down_z().X_PB.rotation().transpose() * (crossing(photon, sad_mm) - Vec3(0, 0, 100));
    across.add(in_B.x());
    along.add(in_B.y());
  }
  EXPECT_EQ(across.outside(), 0);
  EXPECT_EQ(along.outside(), 0);
  // Photons per area of the plane fall with the cube of the cosine, 1/(1 + r²/SAD²)^1.5; over y its mean nearly.
  EXPECT_LT(across.excess([](double x) { return std::pow(1.0 + (x * x + 40.0 * 40.0 / 3.0) / 1e6, -1.5); }), far_out);
  EXPECT_LT(along.excess([](double) { return 1.0; }), far_out);
}

TEST(BeamSource, sends_the_spectrum_evenly_within_its_bins) {
  const BeamModel model = ideal_point_source(load_spectrum("mohan-6mv"), sad_mm);
  const BeamSource source(model, down_z(), field_fluence(model, FieldRectangle{}));
  RandomStream random(1, 2);
  const Spectrum& spectrum = model.spectrum;
  std::vector<double> counts(spectrum.size(), 0.0);
  test::SampleMean within;
  for (int i = 0; i < num_samples; ++i) {
    const double energy = source.sample(draw_from(random)).energy_MeV;
    std::size_t bin = 0;
    while (bin + 1 < spectrum.size() && energy > spectrum.energy_MeV[bin] + 0.5 * spectrum.width_MeV[bin]) {
      ++bin;
    }
    const double place = (energy - spectrum.energy_MeV[bin]) / spectrum.width_MeV[bin];
    ASSERT_LE(std::abs(place), 0.5 + 1e-9);
    counts[bin] += 1.0;
    within.add(place);
  }
  double chi2 = 0.0;
  for (std::size_t bin = 0; bin < counts.size(); ++bin) {
    const double mean = spectrum.weight[bin] * num_samples;
    chi2 += (counts[bin] - mean) * (counts[bin] - mean) / mean;
  }
  const auto freedom = static_cast<double>(counts.size() - 1);
  EXPECT_LT((chi2 - freedom) / std::sqrt(2.0 * freedom), far_out);
  EXPECT_NEAR(within.mean(), 0.0, far_out * within.sigma());
  EXPECT_NEAR(within.spread(), std::sqrt(1.0 / 12.0), 2e-3);
}

TEST(BeamSource, softens_off_the_axis_as_its_model_does) {
  BeamModel model = ideal_point_source(load_spectrum("fff-6mv"), sad_mm);
  model.softening = {{0, 150}, {0.0, 0.3}};
  const BeamSource source(model, down_z(), field_fluence(model, FieldRectangle{100, 110, -5, 5}));
  RandomStream random(1, 3);
  test::SampleMean energy;
  for (int i = 0; i < num_samples; ++i) {
    energy.add(source.sample(draw_from(random)).energy_MeV);
  }
  EXPECT_NEAR(energy.mean(), model.spectrum_at(105.0).mean_energy_MeV(), far_out * energy.sigma() + 1e-3);
}

TEST(BeamSource, blurs_edges_by_its_focal_spot_and_more_with_distance) {
  BeamModel model = ideal_point_source(monoenergetic(1.0), sad_mm);
  model.focal_sigma_x_mm = 1.2;
  model.focal_sigma_y_mm = 0.6;
  model.collimator_distance_mm = 400.0;
  constexpr double slit = 0.2;
  FieldFluence field;
  field.primary = test::open_square(slit, slit);
  const BeamSource source(model, down_z(), field);
  for (const double distance : {400.0, 1000.0, 1200.0}) {
    RandomStream random(1, 4);
    test::SampleMean x;
    test::SampleMean y;
    for (int i = 0; i < num_samples; ++i) {
      const Vec3 at = down_z().X_PB.rotation().transpose() * crossing(source.sample(draw_from(random)), distance);
      x.add(at.x());
      y.add(at.y());
    }
    // Similar triangles: σ (d − d_c)/d_c of each axis, with the slit's own width projected to the plane.
    const double shadow = slit * distance / sad_mm / std::sqrt(12.0);
    EXPECT_NEAR(x.spread(), std::hypot(1.2 * (distance - 400.0) / 400.0, shadow), 0.01 * x.spread());
    EXPECT_NEAR(y.spread(), std::hypot(0.6 * (distance - 400.0) / 400.0, shadow), 0.01 * y.spread());
  }
}

TEST(BeamSource, sends_extra_focal_photons_in_their_share_from_their_own_place) {
  BeamModel model = ideal_point_source(monoenergetic(1.0), sad_mm);
  model.extra_focal = {0.08, 10.0, 100.0};
  const FieldFluence field = field_fluence(model, FieldRectangle{});
  const BeamSource source(model, down_z(), field);
  RandomStream random(1, 5);
  int extra_focal = 0;
  for (int i = 0; i < num_samples; ++i) {
    const double below = source.sample(draw_from(random)).position_P.z() - (100 - sad_mm);
    ASSERT_TRUE(std::abs(below) < 1e-9 || std::abs(below - 100.0) < 1e-9) << below;
    extra_focal += below > 50.0 ? 1 : 0;
  }
  FieldFluence without = field;
  std::ranges::fill(without.extra_focal.value, 0.0F);
  const double share = 1.0 - BeamSource(model, down_z(), without).photons() / source.photons();
  EXPECT_GT(share, 0.03);
  EXPECT_NEAR(static_cast<double>(extra_focal) / num_samples, share,
              far_out * std::sqrt(share * (1.0 - share) / num_samples));
}

TEST(BeamSource, follows_a_map_of_uneven_fluence) {
  const BeamModel model = ideal_point_source(monoenergetic(1.0), 1e6);  // nearly parallel
  FieldFluence field;
  field.primary = test::open_square(40.0, 10.0);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) {
      field.primary.at(x, y) = static_cast<float>(x == y ? 0 : 1 + x + 4 * y);
    }
  }
  const BeamGeometry geometry = test::beam_along({0, 0, 1}, {0, 0, 0}, 1e6);
  const BeamSource source(model, geometry, field);
  RandomStream random(1, 6);
  std::array<double, 16> counts{};
  for (int i = 0; i < num_samples; ++i) {
    const SourcePhoton photon = source.sample(draw_from(random));
    const Vec3 at = geometry.X_PB.rotation().transpose() *
                    (photon.position_P - photon.position_P.z() / photon.direction_P.z() * photon.direction_P);
    const int x = static_cast<int>(std::floor((at.x() + 20.0) / 10.0));
    const int y = static_cast<int>(std::floor((at.y() + 20.0) / 10.0));
    counts[static_cast<std::size_t>(x + 4 * y)] += 1.0;
  }
  double sum = 0.0;
  for (const float value : field.primary.value) {
    sum += static_cast<double>(value);
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double mean = static_cast<double>(field.primary.value[i]) / sum * num_samples;
    EXPECT_NEAR(counts[i], mean, far_out * std::sqrt(mean) + 0.5) << i;
  }
}

TEST(BeamSource, refuses_a_closed_field) {
  const BeamModel model = ideal_point_source(monoenergetic(1.0), sad_mm);
  FieldFluence closed;
  closed.primary = test::open_square(10.0, 1.0, 0.0F);
  EXPECT_THAT([&] { BeamSource(model, down_z(), closed); }, ThrowsMessage<InputError>(HasSubstr("open it")));
}

}  // namespace
}  // namespace xingu::mc
