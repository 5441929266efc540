// SPDX-License-Identifier: Apache-2.0
#include "patient/gamma.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/parallel.h"
#include "patient/simplex_distance.h"

namespace xingu {
namespace {

/// The six tetrahedra of a cell, as corner numbers (bit 0: x, bit 1: y, bit 2: z): paths from corner 0 to corner 7.
constexpr std::array<std::array<std::size_t, 4>, 6> tetrahedra{
    {{0, 1, 3, 7}, {0, 1, 5, 7}, {0, 2, 3, 7}, {0, 2, 6, 7}, {0, 4, 5, 7}, {0, 4, 6, 7}}};

/// Cells around the cell of a point, ordered by the least distance they can have from it.
struct CellOffset {
  std::array<int, 3> step;
  double least_mm;
  double step_mm;
};

std::vector<CellOffset> cells_within(const Grid& grid, double radius_mm) {
  std::vector<CellOffset> offsets;
  std::array<int, 3> reach{};
  for (std::size_t a = 0; a < 3; ++a) {
    const double cells = std::ceil(radius_mm / grid.spacing[static_cast<Eigen::Index>(a)]);
    reach[a] = static_cast<int>(std::min<double>(cells, grid.size[a]));
  }
  for (int z = -reach[2]; z <= reach[2]; ++z) {
    for (int y = -reach[1]; y <= reach[1]; ++y) {
      for (int x = -reach[0]; x <= reach[0]; ++x) {
        const Vec3 gap(std::max(std::abs(x) - 1, 0), std::max(std::abs(y) - 1, 0), std::max(std::abs(z) - 1, 0));
        const double least = gap.cwiseProduct(grid.spacing).norm();
        if (least <= radius_mm) {
          offsets.push_back({{x, y, z}, least, Vec3(x, y, z).cwiseProduct(grid.spacing).norm()});
        }
      }
    }
  }
  // the point's own cell and its nearest neighbours first: what they yield spares most of the others
  std::ranges::stable_sort(offsets, [](const CellOffset& a, const CellOffset& b) {
    return a.least_mm < b.least_mm || (a.least_mm == b.least_mm && a.step_mm < b.step_mm);
  });
  return offsets;
}

class Search {
 public:
  Search(const Volume<float>& evaluated, const GammaOptions& options)
      : evaluated_(evaluated),
        grid_(evaluated.grid()),
        distance_(options.distance_mm),
        largest_(options.largest),
        offsets_(cells_within(grid_, options.distance_mm * options.largest)) {}

  [[nodiscard]] bool has(const Vec3& point) const {
    const Vec3 c = grid_.coordinates(point);
    return c.minCoeff() >= -0.5 - 1e-6 && c.x() <= grid_.nx() - 0.5 + 1e-6 && c.y() <= grid_.ny() - 0.5 + 1e-6 &&
           c.z() <= grid_.nz() - 0.5 + 1e-6;
  }

  /// γ of one reference point with an absolute dose criterion, Gy.
  [[nodiscard]] double gamma(const Vec3& point, double dose, double criterion_gy) const {
    const Vec3 c = grid_.coordinates(point);
    std::array<int, 3> home{};
    for (std::size_t a = 0; a < 3; ++a) {
      const double last_cell = std::max(0, grid_.size[a] - 2);
      home[a] = static_cast<int>(std::clamp(std::floor(c[static_cast<Eigen::Index>(a)]), 0.0, last_cell));
    }
    double best2 = largest_ * largest_;
    for (const CellOffset& offset : offsets_) {
      const double least = offset.least_mm / distance_;
      if (least * least >= best2) {
        break;
      }
      best2 = std::min(best2, visit_cell(offset, home, c, dose, criterion_gy, best2));
    }
    return std::sqrt(best2);
  }

 private:
  [[nodiscard]] double visit_cell(const CellOffset& offset, const std::array<int, 3>& home, const Vec3& c, double dose,
                                  double criterion_gy, double best2) const {
    std::array<int, 3> low{};
    std::array<int, 3> high{};
    double bound2 = 0.0;
    for (std::size_t a = 0; a < 3; ++a) {
      const auto e = static_cast<Eigen::Index>(a);
      low[a] = home[a] + offset.step[a];
      if (low[a] < 0 || low[a] > std::max(0, grid_.size[a] - 2)) {
        return best2;
      }
      high[a] = std::min(low[a] + 1, grid_.size[a] - 1);
      const double gap = std::max({low[a] - c[e], c[e] - high[a], 0.0}) * grid_.spacing[e] / distance_;
      bound2 += gap * gap;
    }
    if (bound2 >= best2) {
      return best2;
    }
    std::array<double, 8> difference{};
    double smallest = std::numeric_limits<double>::infinity();
    double greatest = -smallest;
    for (std::size_t k = 0; k < 8; ++k) {
      const auto value = static_cast<double>(evaluated_.at(
          (k & 1) != 0 ? high[0] : low[0], (k & 2) != 0 ? high[1] : low[1], (k & 4) != 0 ? high[2] : low[2]));
      difference[k] = (value - dose) / criterion_gy;
      smallest = std::min(smallest, difference[k]);
      greatest = std::max(greatest, difference[k]);
    }
    const double dose_gap = std::max({smallest, -greatest, 0.0});
    if (bound2 + dose_gap * dose_gap >= best2) {
      return best2;
    }
    std::array<Eigen::Vector4d, 8> corner;
    for (std::size_t k = 0; k < 8; ++k) {
      const Vec3 place((k & 1) != 0 ? high[0] : low[0], (k & 2) != 0 ? high[1] : low[1],
                       (k & 4) != 0 ? high[2] : low[2]);
      corner[k] << (place - c).cwiseProduct(grid_.spacing) / distance_, difference[k];
    }
    for (const auto& tetrahedron : tetrahedra) {
      const auto [least, most] = std::minmax({difference[tetrahedron[0]], difference[tetrahedron[1]],
                                              difference[tetrahedron[2]], difference[tetrahedron[3]]});
      const double gap = std::max({least, -most, 0.0});
      if (bound2 + gap * gap >= best2) {
        continue;
      }
      const std::array<Eigen::Vector4d, 4> points{corner[tetrahedron[0]], corner[tetrahedron[1]],
                                                  corner[tetrahedron[2]], corner[tetrahedron[3]]};
      best2 = std::min(best2, squared_distance_to_simplex(points));
    }
    return best2;
  }

  const Volume<float>& evaluated_;
  const Grid& grid_;
  double distance_;
  double largest_;
  std::vector<CellOffset> offsets_;
};

void check(const GammaOptions& options) {
  XINGU_REQUIRE(options.dose_percent > 0 && options.dose_percent <= 100,
                "a gamma dose criterion of {} % is not usable (it must lie between 0 and 100); give for example 3",
                options.dose_percent);
  XINGU_REQUIRE(options.distance_mm > 0 && options.distance_mm <= 100,
                "a gamma distance criterion of {} mm is not usable (it must lie between 0 and 100); give for example 2",
                options.distance_mm);
  XINGU_REQUIRE(options.threshold_percent >= 0 && options.threshold_percent < 100,
                "a gamma threshold of {} % is not usable (it must lie between 0 and 100); give for example 10",
                options.threshold_percent);
  XINGU_REQUIRE(options.largest >= 1 && options.largest <= 10,
                "a largest gamma of {} is not usable (it must lie between 1 and 10); give for example 2",
                options.largest);
  XINGU_REQUIRE(options.reference_gy >= 0,
                "a normalisation dose of {} Gy is negative; give a positive one, or 0 for the maximum",
                options.reference_gy);
}

}  // namespace

GammaResult compute_gamma(const Volume<float>& reference, const Volume<float>& evaluated, const GammaOptions& options) {
  check(options);
  XINGU_REQUIRE(evaluated.grid().num_voxels() > 0,
                "the evaluated dose is empty (nothing to compare with); give a dose");
  const Grid& grid = reference.grid();
  GammaResult result;
  result.normalisation_gy = options.reference_gy;
  if (!(result.normalisation_gy > 0)) {
    for (const float dose : reference.values()) {
      result.normalisation_gy = std::max(result.normalisation_gy, static_cast<double>(dose));
    }
  }
  XINGU_REQUIRE(result.normalisation_gy > 0,
                "the reference dose is zero everywhere (gamma is relative to it); give another");
  const double threshold = options.threshold_percent / 100.0 * result.normalisation_gy;
  const double part = options.dose_percent / 100.0;
  const Search search(evaluated, options);
  result.map = Volume<float>(grid, -1.0F);
  struct RowSum {
    std::size_t num_evaluated = 0;
    std::size_t num_outside = 0;
    std::size_t num_both_above = 0;
    std::size_t num_passed = 0;
    double sum = 0.0;
    double max = 0.0;
  };
  std::vector<RowSum> rows(static_cast<std::size_t>(grid.ny()) * static_cast<std::size_t>(grid.nz()));
  parallel_for(rows.size(), [&](std::size_t row) {
    const int y = static_cast<int>(row % static_cast<std::size_t>(grid.ny()));
    const int z = static_cast<int>(row / static_cast<std::size_t>(grid.ny()));
    for (int x = 0; x < grid.nx(); ++x) {
      const auto dose = static_cast<double>(reference.at(x, y, z));
      const Vec3 point = grid.centre(x, y, z);
      const double criterion =
          part * (options.normalisation == GammaNormalisation::global ? result.normalisation_gy : dose);
      if (!(dose >= threshold) || !(criterion > 0)) {
        continue;
      }
      RowSum& sum = rows[row];
      if (!search.has(point)) {
        ++sum.num_outside;
        continue;
      }
      const double gamma = search.gamma(point, dose, criterion);
      result.map.at(x, y, z) = static_cast<float>(gamma);
      ++sum.num_evaluated;
      sum.num_both_above += static_cast<double>(interpolate(evaluated, point)) >= threshold ? 1 : 0;
      sum.num_passed += gamma <= 1.0 + 1e-9 ? 1 : 0;
      sum.sum += gamma;
      sum.max = std::max(sum.max, gamma);
    }
  });
  std::size_t num_passed = 0;
  double sum = 0.0;
  for (const RowSum& row : rows) {
    result.num_evaluated += row.num_evaluated;
    result.num_outside += row.num_outside;
    result.num_both_above += row.num_both_above;
    num_passed += row.num_passed;
    sum += row.sum;
    result.max = std::max(result.max, row.max);
  }
  const auto count = static_cast<double>(result.num_evaluated);
  result.pass_percent = 100.0 * static_cast<double>(num_passed) / count;
  result.mean = sum / count;
  return result;
}

}  // namespace xingu
