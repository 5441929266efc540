// SPDX-License-Identifier: Apache-2.0
#include "plan/segment_columns.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"

namespace xingu {
namespace {

double overlap(double a_low, double a_high, double b_low, double b_high) {
  return std::max(0.0, std::min(a_high, b_high) - std::max(a_low, b_low));
}

}  // namespace

double opening_of(const Segment& segment, std::span<const double> leaf_boundaries_mm, const Beamlet& beamlet,
                  double beamlet_mm) {
  XINGU_EXPECT(segment.left_mm.size() + 1 == leaf_boundaries_mm.size());
  const double x_low = static_cast<double>(beamlet.x_mm) - 0.5 * beamlet_mm;
  const double y_low = static_cast<double>(beamlet.y_mm) - 0.5 * beamlet_mm;
  double area = 0.0;
  for (std::size_t leaf = 0; leaf < segment.left_mm.size(); ++leaf) {
    const double height = overlap(leaf_boundaries_mm[leaf], leaf_boundaries_mm[leaf + 1], y_low, y_low + beamlet_mm);
    if (height > 0) {
      area += height * overlap(segment.left_mm[leaf], segment.right_mm[leaf], x_low, x_low + beamlet_mm);
    }
  }
  return area / (beamlet_mm * beamlet_mm);
}

InfluenceMatrix segment_matrix(const InfluenceMatrix& matrix, const std::vector<PlannedBeam>& beams,
                               double transmission) {
  XINGU_EXPECT(beams.size() == matrix.num_beams());
  std::vector<std::optional<InfluenceMatrix::Beam>> results(beams.size());
  parallel_for(beams.size(), [&](std::size_t b) {
    const InfluenceMatrix::Beam& source = matrix.beam(b);
    InfluenceMatrix::Beam result{source.beamlet_mm, {}, InfluenceBlock(matrix.num_rows())};
    std::vector<float> dose(matrix.num_rows());
    std::vector<MatrixEntry> entries;
    for (std::size_t s = 0; s < beams[b].segments.size(); ++s) {
      std::fill(dose.begin(), dose.end(), 0.0F);
      for (std::size_t j = 0; j < source.beamlets.size(); ++j) {
        const double open =
            opening_of(beams[b].segments[s], beams[b].leaf_boundaries_mm, source.beamlets[j], source.beamlet_mm);
        const double passed = open + transmission * (1.0 - open);
        if (passed > 0) {
          source.block.add_column(j, static_cast<float>(passed), dose);
        }
      }
      entries.clear();
      for (std::size_t i = 0; i < dose.size(); ++i) {
        if (dose[i] > 0) {
          entries.push_back({static_cast<std::uint32_t>(i), dose[i]});
        }
      }
      result.block.append_column(entries);
      // Segments have no place in the raster of beamlets: far apart, so that no two count as neighbours.
      result.beamlets.push_back({static_cast<float>(s) * 1e4F, static_cast<float>(b) * 1e4F});
    }
    results[b] = std::move(result);
  });
  InfluenceMatrix segments(matrix.num_rows());
  for (auto& result : results) {
    segments.append(std::move(*result));
  }
  return segments;
}

}  // namespace xingu
