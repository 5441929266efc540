// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dose/mc/sample_statistics.h"
#include "geometry/grid.h"
#include "validation/egsnrc_reference.h"

namespace xingu::test {

/// Density (g/cm³) and material (0 water, 1 bone, 2 lung) at a depth.
using LayerOf = std::function<std::pair<float, std::uint8_t>(double depth_mm)>;
[[nodiscard]] std::pair<float, std::uint8_t> water_everywhere(double depth_mm);
[[nodiscard]] std::pair<float, std::uint8_t> bone_and_lung(double depth_mm);

/// A dose of EGSnrc to compute anew by Xingu's Monte Carlo.
struct MonteCarloCase {
  std::string name;  ///< of the reference's files
  double side_mm;    ///< of the square field at the isocentre
  Vec3 spacing;      ///< of the transport grid, mm
  LayerOf layer;
  std::uint64_t histories;
};

/// A voxel of the reference with what Xingu computes for it.
struct ComparedPoint {
  ReferencePoint point;
  double largest = 0.0;  ///< dose of the reference's curve, Gy cm²
  SampleMean dose;       ///< over batches, Gy cm²
  std::vector<double> batches;

  [[nodiscard]] double difference() const;
  /// Of the difference: joint standard deviation.
  [[nodiscard]] double sigma() const;
  /// Within 1 % of the curve's maximum or two joint standard deviations.
  [[nodiscard]] bool passes() const;
  /// Chance of passes() if nothing but normal statistics parted the two.
  [[nodiscard]] double chance() const;
};

/// Weighted mean of the relative differences of points. Doses along one ray vary together, so its sigma comes from the
/// means of batches; the reference's points are taken as independent.
struct MeanDifference {
  double value = 0.0;
  double sigma = 0.0;
};
[[nodiscard]] MeanDifference mean_difference(const std::vector<ComparedPoint>& points,
                                             const std::function<bool(const ComparedPoint&)>& is_meant);

/// How a case fares as a whole.
struct MonteCarloAgreement {
  double share = 0.0;       ///< of the points that pass
  double by_chance = 0.0;   ///< share that would pass if both engines were the same and only statistics spread them
  MeanDifference mean;      ///< of points above a tenth of their curve's maximum
  MeanDifference build_up;  ///< of the first 9 mm
};

/// Runs a case, compares every point, and prints what lies outside.
[[nodiscard]] MonteCarloAgreement compare_with_egsnrc(const MonteCarloCase& of);

}  // namespace xingu::test
