// SPDX-License-Identifier: Apache-2.0
#include "dose/beamlet_layout.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <utility>

#include "base/error.h"

namespace xingu {

std::vector<Beamlet> lay_beamlets(std::span<const Eigen::Vector3f> target_P, const BeamGeometry& geometry,
                                  double beamlet_mm, double margin_mm) {
  XINGU_EXPECT(beamlet_mm > 0 && margin_mm >= 0);
  const Mat3 to_B = geometry.X_PB.rotation().transpose();
  const Vec3 isocentre = geometry.isocentre_P();
  std::set<std::pair<std::int32_t, std::int32_t>> open;  // (row, column): the order of the result
  for (const auto& point : target_P) {
    const Vec3 p = to_B * (point.cast<double>() - isocentre);
    const double scale = geometry.sad_mm / (geometry.sad_mm - p.z());
    const auto cell = [&](double value) { return static_cast<std::int32_t>(std::floor(value / beamlet_mm)); };
    for (std::int32_t row = cell(p.y() * scale - margin_mm); row <= cell(p.y() * scale + margin_mm); ++row) {
      for (std::int32_t column = cell(p.x() * scale - margin_mm); column <= cell(p.x() * scale + margin_mm); ++column) {
        open.emplace(row, column);
      }
    }
  }
  std::vector<Beamlet> result;
  result.reserve(open.size());
  for (const auto& [row, column] : open) {
    result.push_back({static_cast<float>((column + 0.5) * beamlet_mm), static_cast<float>((row + 0.5) * beamlet_mm)});
  }
  return result;
}

std::size_t drop_beyond_leaves(std::vector<Beamlet>& beamlets, double beamlet_mm, const MultileafCollimator& mlc) {
  if (mlc.boundaries_mm.empty()) {
    return 0;
  }
  constexpr double rounding_mm = 1e-3;
  const double half = 0.5 * beamlet_mm - rounding_mm;
  return std::erase_if(beamlets, [&](const Beamlet& beamlet) {
    const auto x = static_cast<double>(beamlet.x_mm);
    const auto y = static_cast<double>(beamlet.y_mm);
    return std::abs(x) + half > mlc.max_position_mm || y - half < mlc.boundaries_mm.front() ||
           y + half > mlc.boundaries_mm.back();
  });
}

}  // namespace xingu
