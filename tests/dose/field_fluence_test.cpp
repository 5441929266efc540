// SPDX-License-Identifier: Apache-2.0
#include "dose/field_fluence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/philox.h"

namespace xingu {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

BeamModel flat_model() {
  BeamModel model = ideal_point_source(monoenergetic(1.0), 800.0);
  model.profile = {{0.0}, {1.0}};
  return model;
}

PlannedBeam beam_of(std::vector<double> boundaries, std::vector<Segment> segments) {
  PlannedBeam beam;
  beam.name = "B1";
  beam.leaf_boundaries_mm = std::move(boundaries);
  beam.segments = std::move(segments);
  return beam;
}

double integral(const FluenceMap& map) {
  return std::accumulate(map.value.begin(), map.value.end(), 0.0) * map.pixel_mm * map.pixel_mm;
}

double value_at(const FluenceMap& map, double x, double y) {
  const int ix = static_cast<int>(std::floor((x - map.x0_mm) / map.pixel_mm + 0.5));
  const int iy = static_cast<int>(std::floor((y - map.y0_mm) / map.pixel_mm + 0.5));
  return ix < 0 || iy < 0 || ix >= map.nx || iy >= map.ny ? 0.0 : static_cast<double>(map.at(ix, iy));
}

TEST(FieldFluence, of_a_rectangle_has_its_exact_area_on_any_raster) {
  for (const double pixel : {0.3, 0.5, 1.0, 2.0, 7.0}) {
    const FluenceMap map = field_fluence(flat_model(), FieldRectangle{-10.3, 25.7, -4.0, 8.25}, {pixel, 0.0}).total();
    EXPECT_NEAR(integral(map), 36.0 * 12.25, 1e-4 * 36.0 * 12.25) << pixel;
    EXPECT_LE(*std::ranges::max_element(map.value), 1.0F + 1e-6F);
  }
}

TEST(FieldFluence, keeps_edges_that_lie_on_pixel_edges_sharp) {
  const FluenceMap map = field_fluence(flat_model(), FieldRectangle{-20, 20, -10, 10}).total();
  EXPECT_EQ(map.nx, 40);
  EXPECT_EQ(map.ny, 20);
  EXPECT_TRUE(std::ranges::all_of(map.value, [](float v) { return v == 1.0F; }));
}

TEST(FieldFluence, of_segments_agrees_with_sampling_many_points) {
  BeamModel model = flat_model();
  model.mlc.transmission = 0.02;
  model.mlc.tip_offset_mm = 0.3;
  const std::vector<double> boundaries{-15, -10, -5, -2.5, 0, 2.5, 5, 10, 15};
  const Philox random(3, 7);
  std::uint64_t draw = 0;
  std::vector<Segment> segments(3);
  for (Segment& segment : segments) {
    segment.mu = 1 + 5 * random.uniform(draw++);
    for (int leaf = 0; leaf < 8; ++leaf) {
      const double left = -20 + 25 * random.uniform(draw++);
      segment.left_mm.push_back(left);
      segment.right_mm.push_back(left + (leaf == 3 ? 0.0 : 15 * random.uniform(draw++)));
    }
  }
  const PlannedBeam beam = beam_of(boundaries, segments);
  const FluenceMap map = field_fluence(model, beam, {2.0, 6.0}).total();
  constexpr int fine = 40;
  for (int y = 0; y < map.ny; ++y) {
    for (int x = 0; x < map.nx; ++x) {
      double sum = 0.0;
      for (int s = 0; s < fine * fine; ++s) {
        const double px = map.x0_mm + map.pixel_mm * (x + (s % fine + 0.5) / fine - 0.5);
        const double py = map.y0_mm + map.pixel_mm * (y + (static_cast<double>(s / fine) + 0.5) / fine - 0.5);
        if (py < -15 || py > 15) {
          continue;
        }
        const auto leaf = static_cast<std::size_t>(std::ranges::upper_bound(boundaries, py) - boundaries.begin() - 1);
        for (const Segment& segment : segments) {
          const bool is_gap = segment.right_mm[leaf] > segment.left_mm[leaf];
          const bool is_open = is_gap && px > segment.left_mm[leaf] - 0.3 && px < segment.right_mm[leaf] + 0.3;
          sum += segment.mu * (is_open ? 1.0 : 0.02);
        }
      }
      // A pixel's sampled edge is right to one sample in x per leaf.
      ASSERT_NEAR(static_cast<double>(map.at(x, y)), sum / (fine * fine), 3 * 6.0 / fine) << x << " " << y;
    }
  }
}

TEST(FieldFluence, of_closed_leaves_is_the_transmission_inside_the_bank_only) {
  BeamModel model = flat_model();
  model.mlc.transmission = 0.005;
  const PlannedBeam beam = beam_of({-10, -5, 0, 5, 10}, {{{0, -5, -5, 0}, {0, 5, 5, 0}, 100.0}});
  const FluenceMap map = fluence_of_segments(model, beam, 1.0);
  EXPECT_NEAR(value_at(map, 0.5, 2.5), 100.0, 1e-4);
  EXPECT_NEAR(value_at(map, 0.5, 7.5), 0.5, 1e-5);
  EXPECT_NEAR(value_at(map, 20.5, 2.5), 0.5, 1e-5);
  EXPECT_EQ(value_at(map, 0.5, 12.5), 0.0);
  EXPECT_EQ(map.ny, 20);
  EXPECT_EQ(map.nx, 60);
}

TEST(FieldFluence, of_a_beam_with_jaws_stops_at_them) {
  BeamModel model = flat_model();
  model.mlc.transmission = 0.01;
  PlannedBeam beam = beam_of({-10, -5, 0, 5, 10}, {{{-20, -20, -20, -20}, {20, 20, 20, 20}, 2.0}});
  beam.jaws = JawOpening{-7.5, 12.0, -10.0, 3.0};
  const FluenceMap map = fluence_of_segments(model, beam, 0.5);
  EXPECT_NEAR(integral(map), 2.0 * 19.5 * 13.0, 1e-3);
  EXPECT_NEAR(value_at(map, 11.75, 2.75), 2.0, 1e-5);
  EXPECT_EQ(value_at(map, 12.25, 0.25), 0.0);
  EXPECT_EQ(value_at(map, 0.25, 3.25), 0.0);
}

TEST(FieldFluence, follows_the_profile_of_the_beam) {
  BeamModel model = flat_model();
  model.profile = {{0, 100}, {1.0, 0.8}};
  const FluenceMap map = field_fluence(model, FieldRectangle{-100, 100, -100, 100}).total();
  EXPECT_NEAR(value_at(map, 50.5, 0.5), 1.0 - 0.002 * std::hypot(50.5, 0.5), 1e-6);
  EXPECT_NEAR(value_at(map, 30.5, -40.5), 1.0 - 0.002 * std::hypot(30.5, 40.5), 1e-6);
}

TEST(FieldFluence, gives_small_fields_less_of_the_extra_focal_part) {
  BeamModel model = flat_model();
  model.extra_focal = {0.05, 8.0, 60.0};
  model.collimator_distance_mm = 400.0;
  const double sigma = model.extra_focal_blur_sigma_mm(800);
  double before = 0.0;
  for (const double half : {5.0, 10.0, 20.0, 40.0, 80.0}) {
    const FieldFluence field = field_fluence(model, FieldRectangle{-half, half, -half, half});
    const double axis = value_at(field.total(), 0.5, 0.5);
    EXPECT_GT(axis, before - 1e-6);
    before = axis;
    const double part = std::erf(half / (sigma * std::sqrt(2.0)));
    EXPECT_NEAR(axis, 0.95 + 0.05 * part * part, 2e-4) << half;
  }
  EXPECT_NEAR(before, 1.0, 1e-6);
}

TEST(GaussianBlur, keeps_the_integral_and_has_the_variance) {
  const FluenceMap map = field_fluence(flat_model(), FieldRectangle{-4, 4, -4, 4}, {0.5, 0}).total();
  FluenceMap wide;
  wide.pixel_mm = 0.5;
  wide.nx = wide.ny = 120;
  wide.x0_mm = wide.y0_mm = -29.75;
  wide.value.assign(14400, 0.0F);
  for (int y = 0; y < map.ny; ++y) {
    for (int x = 0; x < map.nx; ++x) {
      wide.at(x + 52, y + 52) = map.at(x, y);
    }
  }
  const FluenceMap blurred = gaussian_blur(wide, 3.0);
  EXPECT_NEAR(integral(blurred), 64.0, 1e-3);
  double variance = 0.0;
  for (int y = 0; y < 120; ++y) {
    for (int x = 0; x < 120; ++x) {
      const double px = wide.x0_mm + x * 0.5;
      variance += px * px * static_cast<double>(blurred.at(x, y)) * 0.25 / 64.0;
    }
  }
  EXPECT_NEAR(variance, 9.0 + 64.0 / 12.0, 0.05);
  EXPECT_EQ(gaussian_blur(wide, 0.0).value, wide.value);
}

TEST(FieldFluence, refuses_apertures_that_cannot_be) {
  const BeamModel model = flat_model();
  EXPECT_THAT([&] { (void)fluence_of_segments(model, beam_of({-5, 0, 5}, {{{0}, {1}, 1}}), 1.0); },
              ThrowsMessage<InputError>(HasSubstr("leaf pairs")));
  EXPECT_THAT([&] { (void)fluence_of_segments(model, beam_of({-5, 0, 5}, {{{0, 3}, {1, 2}, 1}}), 1.0); },
              ThrowsMessage<InputError>(HasSubstr("collide")));
  EXPECT_THAT([&] { (void)fluence_of_segments(model, beam_of({-5, 0, 5}, {{{0, 0}, {0, 0}, 1}}), 1.0); },
              ThrowsMessage<InputError>(HasSubstr("no leaf pair is open")));
  EXPECT_THROW((void)fluence_of_segments(model, beam_of({}, {}), 1.0), InputError);
  EXPECT_THROW((void)field_fluence(model, FieldRectangle{5, 5, 0, 1}), InputError);
}

}  // namespace
}  // namespace xingu
