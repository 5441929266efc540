// SPDX-License-Identifier: Apache-2.0
#include "geometry/distance_field.h"

#include <cmath>
#include <limits>
#include <vector>

#include "base/parallel.h"

namespace xingu {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Squared distances along one line of samples, `step` apart: d[i] = min over j of (step (i − j))² + d[j].
class LineTransform {
 public:
  explicit LineTransform(std::size_t longest) : in_(longest), apex_(longest), start_(longest + 1) {}

  std::vector<double>& line() { return in_; }

  template <class Store>
  void run(int n, double step, Store&& store) {
    int num_parabolas = 0;
    const double step2 = step * step;
    for (int q = 0; q < n; ++q) {
      const double fq = in_[static_cast<std::size_t>(q)];
      if (fq == infinity) {
        continue;
      }
      double from = -infinity;
      while (num_parabolas > 0) {
        const int p = apex_[static_cast<std::size_t>(num_parabolas - 1)];
        const double fp = in_[static_cast<std::size_t>(p)];
        from = 0.5 * ((fq - fp) / (step2 * (q - p)) + q + p);
        if (from > start_[static_cast<std::size_t>(num_parabolas - 1)]) {
          break;
        }
        --num_parabolas;
        from = -infinity;
      }
      apex_[static_cast<std::size_t>(num_parabolas)] = q;
      start_[static_cast<std::size_t>(num_parabolas)] = from;
      ++num_parabolas;
    }
    int k = 0;
    for (int q = 0; q < n; ++q) {
      if (num_parabolas == 0) {
        store(q, infinity);
        continue;
      }
      while (k + 1 < num_parabolas && start_[static_cast<std::size_t>(k + 1)] < q) {
        ++k;
      }
      const int p = apex_[static_cast<std::size_t>(k)];
      store(q, step2 * (q - p) * (q - p) + in_[static_cast<std::size_t>(p)]);
    }
  }

 private:
  std::vector<double> in_;
  std::vector<int> apex_;
  std::vector<double> start_;
};

}  // namespace

Volume<float> distance_to(const Volume<std::uint8_t>& mask) {
  const Grid& grid = mask.grid();
  std::vector<double> squared(grid.num_voxels());
  for (std::size_t i = 0; i < squared.size(); ++i) {
    squared[i] = mask[i] != 0 ? 0.0 : infinity;
  }
  const auto along = [&](std::size_t axis) {
    const std::size_t u = axis == 0 ? 1 : 0;
    const std::size_t v = axis == 2 ? 1 : 2;
    const auto e = static_cast<Eigen::Index>(axis);
    parallel_for(static_cast<std::size_t>(grid.size[v]), [&](std::size_t line_v) {
      LineTransform transform(static_cast<std::size_t>(grid.size[axis]));
      std::array<int, 3> at{};
      at[v] = static_cast<int>(line_v);
      for (at[u] = 0; at[u] < grid.size[u]; ++at[u]) {
        const auto index = [&](int i) {
          std::array<int, 3> voxel = at;
          voxel[axis] = i;
          return grid.index(voxel[0], voxel[1], voxel[2]);
        };
        for (int i = 0; i < grid.size[axis]; ++i) {
          transform.line()[static_cast<std::size_t>(i)] = squared[index(i)];
        }
        transform.run(grid.size[axis], grid.spacing[e], [&](int i, double d2) { squared[index(i)] = d2; });
      }
    });
  };
  along(0);
  along(1);
  along(2);
  Volume<float> result(grid);
  for (std::size_t i = 0; i < squared.size(); ++i) {
    result[i] = static_cast<float>(std::sqrt(squared[i]));
  }
  return result;
}

}  // namespace xingu
