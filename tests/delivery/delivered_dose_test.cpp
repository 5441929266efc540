// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivered_dose.h"

#include <gtest/gtest.h>

#include <cmath>

#include "delivery_case.h"
#include "dose/field_fluence.h"

namespace xingu {
namespace {

/// A beam whose first segment was given at the stated shifts.
DeliveredBeam shifted_beam(std::vector<DeliveredPart> parts) {
  DeliveredBeam beam;
  beam.beam = test::small_delivery_plan(1).beams[0];
  for (Segment& segment : beam.beam.segments) {
    segment.mu = 0.0;
  }
  beam.parts = std::move(parts);
  for (const DeliveredPart& part : beam.parts) {
    beam.beam.segments[part.segment].mu += part.mu;
  }
  return beam;
}

struct Moments {
  double sum = 0.0;
  double x = 0.0;
  double y = 0.0;
};

Moments moments(const FluenceMap& map) {
  Moments m;
  for (int row = 0; row < map.ny; ++row) {
    for (int column = 0; column < map.nx; ++column) {
      const double value = static_cast<double>(map.at(column, row));
      m.sum += value;
      m.x += value * (map.x0_mm + column * map.pixel_mm);
      m.y += value * (map.y0_mm + row * map.pixel_mm);
    }
  }
  m.x /= m.sum;
  m.y /= m.sum;
  return m;
}

TEST(DeliveredFluence, without_motion_is_that_of_the_segments) {
  const BeamModel model = load_machine("ring-arm-4pi").beam;
  const DeliveredBeam beam = shifted_beam({{0, Vec3::Zero(), 2.0}, {2, Vec3::Zero(), 3.0}});
  PlannedBeam planned = beam.beam;
  std::erase_if(planned.segments, [](const Segment& s) { return s.mu == 0; });
  const FluenceMap expected = fluence_of_segments(model, planned, 1.0);
  const FluenceMap map = delivered_fluence(model, beam, 1.0);
  EXPECT_EQ(map.value, expected.value);
  EXPECT_EQ(map.x0_mm, expected.x0_mm);
}

TEST(DeliveredFluence, moves_with_the_shift_and_keeps_its_integral) {
  const BeamModel model = load_machine("ring-arm-4pi").beam;
  const Moments still = moments(delivered_fluence(model, shifted_beam({{0, Vec3::Zero(), 2.0}}), 1.0));
  for (const Vec3& shift : {Vec3(4.0, 0.0, 0.0), Vec3(-2.5, 3.5, 0.0), Vec3(0.5, -7.0, 0.0)}) {
    const Moments moved = moments(delivered_fluence(model, shifted_beam({{0, shift, 2.0}}), 1.0));
    EXPECT_NEAR(moved.sum, still.sum, 1e-5 * still.sum);
    EXPECT_NEAR(moved.x - still.x, shift.x(), 1e-4);
    EXPECT_NEAR(moved.y - still.y, shift.y(), 1e-4);
  }
}

TEST(DeliveredFluence, of_two_shifts_is_the_sum_of_both) {
  const BeamModel model = load_machine("ring-arm-4pi").beam;
  const Moments one = moments(delivered_fluence(model, shifted_beam({{0, Vec3(3, 0, 0), 1.0}}), 1.0));
  const Moments other = moments(delivered_fluence(model, shifted_beam({{0, Vec3(-3, 0, 0), 2.0}}), 1.0));
  const Moments both =
      moments(delivered_fluence(model, shifted_beam({{0, Vec3(3, 0, 0), 1.0}, {0, Vec3(-3, 0, 0), 2.0}}), 1.0));
  EXPECT_NEAR(both.sum, one.sum + other.sum, 1e-5 * both.sum);
  EXPECT_NEAR(both.x, (one.x * one.sum + other.x * other.sum) / both.sum, 1e-4);
}

TEST(DeliveredFluence, falls_by_the_inverse_square_when_the_source_is_farther) {
  const BeamModel model = load_machine("ring-arm-4pi").beam;
  const Moments still = moments(delivered_fluence(model, shifted_beam({{0, Vec3::Zero(), 2.0}}), 1.0));
  const Moments farther = moments(delivered_fluence(model, shifted_beam({{0, Vec3(0, 0, 8.0), 2.0}}), 1.0));
  EXPECT_NEAR(farther.sum / still.sum, std::pow(800.0 / 808.0, 2), 1e-5);
}

}  // namespace
}  // namespace xingu
