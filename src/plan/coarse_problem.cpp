// SPDX-License-Identifier: Apache-2.0
#include "plan/coarse_problem.h"

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "base/parallel.h"

namespace xingu {

namespace {

/// The kept rows of the matrix, renumbered in their order.
InfluenceMatrix rows_of(const InfluenceMatrix& matrix, std::span<const std::uint32_t> kept,
                        std::span<const std::uint8_t> active) {
  std::vector<std::uint32_t> new_row(matrix.num_rows(), dropped_row);
  for (std::size_t k = 0; k < kept.size(); ++k) {
    new_row[kept[k]] = static_cast<std::uint32_t>(k);
  }
  std::vector<std::optional<InfluenceMatrix::Beam>> beams(matrix.num_beams());
  parallel_for(matrix.num_beams(), [&](std::size_t b) {
    const InfluenceMatrix::Beam& whole = matrix.beam(b);
    const bool is_active = active.empty() || active[b] != 0;
    InfluenceMatrix::Beam part{whole.beamlet_mm, whole.beamlets, InfluenceBlock(kept.size())};
    if (is_active) {
      part.block = whole.block.restricted_to(new_row, kept.size());
    }
    for (std::size_t j = part.block.num_columns(); j < whole.beamlets.size(); ++j) {
      part.block.append_column({});
    }
    beams[b] = std::move(part);
  });
  InfluenceMatrix result(kept.size());
  for (auto& beam : beams) {
    result.append(std::move(*beam));
  }
  return result;
}

}  // namespace

CoarseProblem coarsen(const InfluenceMatrix& matrix, const Objective& objective, double share,
                      std::span<const std::uint8_t> active) {
  const std::vector<float> rates = objective.keeping_rates(share);
  std::vector<std::uint32_t> kept;
  double sum = 0.5;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double before = std::floor(sum);
    sum += static_cast<double>(rates[i]);
    if (std::floor(sum) > before) {
      kept.push_back(static_cast<std::uint32_t>(i));
    }
  }
  return {rows_of(matrix, kept, active), objective.restricted_to(kept, rates)};
}

}  // namespace xingu
