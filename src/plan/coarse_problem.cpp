// SPDX-License-Identifier: Apache-2.0
#include "plan/coarse_problem.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/parallel.h"

namespace xingu {

CoarseProblem coarsen(const InfluenceMatrix& matrix, const Objective& objective, double share,
                      std::span<const std::uint8_t> active) {
  constexpr std::uint32_t dropped = std::numeric_limits<std::uint32_t>::max();
  const std::vector<float> rates = objective.keeping_rates(share);
  std::vector<std::uint32_t> kept;
  std::vector<std::uint32_t> new_row(rates.size(), dropped);
  double sum = 0.5;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double before = std::floor(sum);
    sum += static_cast<double>(rates[i]);
    if (std::floor(sum) > before) {
      new_row[i] = static_cast<std::uint32_t>(kept.size());
      kept.push_back(static_cast<std::uint32_t>(i));
    }
  }
  std::vector<std::optional<InfluenceMatrix::Beam>> beams(matrix.num_beams());
  parallel_for(matrix.num_beams(), [&](std::size_t b) {
    const InfluenceMatrix::Beam& whole = matrix.beam(b);
    InfluenceMatrix::Beam part{whole.beamlet_mm, whole.beamlets, InfluenceBlock(kept.size())};
    std::vector<MatrixEntry> entries;
    for (std::size_t j = 0; j < whole.beamlets.size(); ++j) {
      entries.clear();
      if (active.empty() || active[b] != 0) {
        for (const MatrixEntry& entry : whole.block.column(j)) {
          if (new_row[entry.row] != dropped) {
            entries.push_back({new_row[entry.row], entry.value});
          }
        }
      }
      part.block.append_column(entries);
    }
    beams[b] = std::move(part);
  });
  CoarseProblem result{InfluenceMatrix(kept.size()), objective.restricted_to(kept, rates)};
  for (auto& beam : beams) {
    result.matrix.append(std::move(*beam));
  }
  return result;
}

}  // namespace xingu
