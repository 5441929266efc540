// SPDX-License-Identifier: Apache-2.0
#include "dose/ccc_transport.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "dose/ccc_sweep.h"

namespace xingu {
namespace {

/// How the grid's axes play for a cone: D is its steepest axis, I the fastest in memory (u, or v if D is u).
struct AxisRoles {
  std::size_t d, j, i;
};

AxisRoles roles_of(const Cone& cone, const BeamAlignedGrid& grid) {
  std::array<double, 3> slabs{};
  for (std::size_t a = 0; a < 3; ++a) {
    slabs[a] = std::abs(cone.direction[a]) / grid.spacing_mm[a];
  }
  if (slabs[2] >= slabs[0] && slabs[2] >= slabs[1]) {
    return {2, 1, 0};
  }
  return slabs[1] >= slabs[0] ? AxisRoles{1, 2, 0} : AxisRoles{0, 2, 1};
}

/// Where in [0, 1] a coordinate that moves from `start` to `start + slope` passes an integer; 1 if it does not.
double crossing(double start, double slope) {
  const double first = std::floor(start);
  const double last = std::floor(start + slope);
  return first == last ? 1.0 : std::clamp(((slope > 0 ? last : first) - start) / slope, 0.0, 1.0);
}

/// The voxels that a line of this cone crosses, slab after slab, relative to its entry voxel.
std::vector<SlabSegment> crossing_pattern(const Cone& cone, const BeamAlignedGrid& grid, const AxisRoles& roles) {
  const double steep = cone.direction[roles.d] / grid.spacing_mm[roles.d];
  const double slope_i = cone.direction[roles.i] / grid.spacing_mm[roles.i] / std::abs(steep);
  const double slope_j = cone.direction[roles.j] / grid.spacing_mm[roles.j] / std::abs(steep);
  const double slab_cm = 0.1 / std::abs(steep);
  const int num_slabs = grid.size[roles.d];
  std::vector<SlabSegment> pattern;
  for (int n = 0; n < num_slabs; ++n) {
    const int slab = steep > 0 ? n : num_slabs - 1 - n;
    // Lines start in the middle of their entry voxel's face.
    const double i0 = 0.5 + n * slope_i;
    const double j0 = 0.5 + n * slope_j;
    // Slopes are at most 1, so each lateral axis is crossed at most once in a slab.
    const double cut_i = crossing(i0, slope_i);
    const double cut_j = crossing(j0, slope_j);
    const std::array<double, 4> cuts{0.0, std::min(cut_i, cut_j), std::max(cut_i, cut_j), 1.0};
    for (std::size_t k = 0; k < 3; ++k) {
      const double share = cuts[k + 1] - cuts[k];
      if (share <= 1e-9) {
        continue;
      }
      const double middle = 0.5 * (cuts[k] + cuts[k + 1]);
      pattern.push_back({slab, static_cast<int>(std::floor(i0 + middle * slope_i)),
                         static_cast<int>(std::floor(j0 + middle * slope_j)), static_cast<float>(share * slab_cm),
                         static_cast<float>(share)});
    }
  }
  return pattern;
}

/// Tilt polynomials of every row, in the index along the row.
std::vector<float> row_polynomials(const Cone& cone, const BeamAlignedGrid& grid, const AxisRoles& roles) {
  const int num_d = grid.size[roles.d];
  const int num_j = grid.size[roles.j];
  std::vector<float> result(static_cast<std::size_t>(num_d) * static_cast<std::size_t>(num_j) * 6);
  for (int d = 0; d < num_d; ++d) {
    for (int j = 0; j < num_j; ++j) {
      std::array<double, 3> position{};
      position[roles.d] = grid.origin_mm[roles.d] + d * grid.spacing_mm[roles.d];
      position[roles.j] = grid.origin_mm[roles.j] + j * grid.spacing_mm[roles.j];
      const double inverse = 1.0 / (position[2] - grid.source_w_mm);
      const double a = grid.origin_mm[roles.i] * inverse;  // running tilt = a + b i
      const double b = grid.spacing_mm[roles.i] * inverse;
      const double fixed = (roles.i == 0 ? position[1] : position[0]) * inverse;
      float* out =
          &result[(static_cast<std::size_t>(d) * static_cast<std::size_t>(num_j) + static_cast<std::size_t>(j)) * 6];
      for (const auto* c : {&cone.primary_tilt, &cone.scatter_tilt}) {
        std::array<double, 6> p{};
        std::copy(c->begin(), c->end(), p.begin());
        if (roles.i == 1) {  // the running tilt is ty: exchange the roles of tx and ty
          std::swap(p[1], p[2]);
          std::swap(p[3], p[5]);
        }
        const double constant = p[0] + p[2] * fixed + p[5] * fixed * fixed;
        const double linear = p[1] + p[4] * fixed;
        *out++ = static_cast<float>(constant + linear * a + p[3] * a * a);
        *out++ = static_cast<float>((linear + 2 * p[3] * a) * b);
        *out++ = static_cast<float>(p[3] * b * b);
      }
    }
  }
  return result;
}

/// [w, v, u] → [u, w, v].
std::vector<float> with_v_fastest(const BeamAlignedGrid& grid, std::span<const float> values) {
  std::vector<float> result(values.size());
  const auto nu = static_cast<std::size_t>(grid.size[0]);
  const auto nv = static_cast<std::size_t>(grid.size[1]);
  const auto nw = static_cast<std::size_t>(grid.size[2]);
  for (std::size_t w = 0; w < nw; ++w) {
    for (std::size_t v = 0; v < nv; ++v) {
      for (std::size_t u = 0; u < nu; ++u) {
        result[(u * nw + w) * nv + v] = values[(w * nv + v) * nu + u];
      }
    }
  }
  return result;
}

void add_from_v_fastest(const BeamAlignedGrid& grid, std::span<const float> values, std::span<float> sum) {
  const auto nu = static_cast<std::size_t>(grid.size[0]);
  const auto nv = static_cast<std::size_t>(grid.size[1]);
  const auto nw = static_cast<std::size_t>(grid.size[2]);
  for (std::size_t w = 0; w < nw; ++w) {
    for (std::size_t v = 0; v < nv; ++v) {
      for (std::size_t u = 0; u < nu; ++u) {
        sum[(w * nv + v) * nu + u] += values[(u * nw + w) * nv + v];
      }
    }
  }
}

struct FieldArrays {
  std::vector<float> density, primary, scatter;
};

void sweep_cone(const Cone& cone, const BeamAlignedGrid& grid, const float* density, const float* primary,
                const float* scatter, float* deposit) {
  const AxisRoles roles = roles_of(cone, grid);
  ConeSweep sweep{};
  sweep.num_i = grid.size[roles.i];
  sweep.num_j = grid.size[roles.j];
  sweep.num_d = grid.size[roles.d];
  const auto stride_of = [&](std::size_t axis) -> std::ptrdiff_t {
    const std::ptrdiff_t nu = grid.size[0];
    const std::ptrdiff_t nv = grid.size[1];
    const std::ptrdiff_t nw = grid.size[2];
    if (roles.i == 0) {
      return axis == 1 ? nu : nu * nv;
    }
    return axis == 2 ? nv : nv * nw;
  };
  sweep.stride_j = stride_of(roles.j);
  sweep.stride_d = stride_of(roles.d);
  sweep.density = density;
  sweep.primary = primary;
  sweep.scatter = scatter;
  sweep.deposit = deposit;
  sweep.segments = crossing_pattern(cone, grid, roles);
  int i_min = 0, i_max = 0, j_min = 0, j_max = 0;
  for (const SlabSegment& s : sweep.segments) {
    i_min = std::min(i_min, s.di);
    i_max = std::max(i_max, s.di);
    j_min = std::min(j_min, s.dj);
    j_max = std::max(j_max, s.dj);
  }
  sweep.i_begin = -i_max;
  sweep.i_end = sweep.num_i - i_min;
  sweep.j_begin = -j_max;
  sweep.j_end = sweep.num_j - j_min;
  sweep.primary_amplitudes = cone.primary;
  sweep.scatter_amplitudes = cone.scatter;
  const auto polynomials = row_polynomials(cone, grid, roles);
  sweep.row_polynomials = polynomials.data();
  run_cone_sweep(sweep);
}

}  // namespace

std::vector<float> transport_cones(const BeamAlignedGrid& grid, std::span<const float> density,
                                   std::span<const float> primary, std::span<const float> scatter,
                                   const std::vector<Cone>& cones) {
  const std::size_t n = grid.num_voxels();
  XINGU_EXPECT(density.size() == n && primary.size() == n && scatter.size() == n && n > 0);
  std::vector<const Cone*> along_u;
  std::vector<const Cone*> others;
  for (const Cone& cone : cones) {
    (roles_of(cone, grid).i == 0 ? others : along_u).push_back(&cone);
  }
  // The number of partial sums depends on the grid alone, so the result does not depend on the number of threads.
  const std::size_t num_parts = std::clamp<std::size_t>(100'000'000 / n, 2, 8);
  std::vector<std::vector<float>> partial(num_parts);
  std::vector<float> result(n, 0.0F);
  const auto run_group = [&](const std::vector<const Cone*>& group, const float* rho, const float* p, const float* s) {
    parallel_for(num_parts, [&](std::size_t part) {
      partial[part].assign(n, 0.0F);
      for (std::size_t c = part; c < group.size(); c += num_parts) {
        throw_if_cancelled();
        sweep_cone(*group[c], grid, rho, p, s, partial[part].data());
      }
    });
    parallel_chunks(n, 64, [&](std::size_t, std::size_t begin, std::size_t end) {
      for (std::size_t part = 1; part < num_parts; ++part) {
        for (std::size_t i = begin; i < end; ++i) {
          partial[0][i] += partial[part][i];
        }
      }
    });
  };
  if (!along_u.empty()) {
    const FieldArrays turned{with_v_fastest(grid, density), with_v_fastest(grid, primary),
                             with_v_fastest(grid, scatter)};
    run_group(along_u, turned.density.data(), turned.primary.data(), turned.scatter.data());
    add_from_v_fastest(grid, partial[0], result);
  }
  run_group(others, density.data(), primary.data(), scatter.data());
  for (std::size_t i = 0; i < n; ++i) {
    result[i] += partial[0][i];
  }
  return result;
}

}  // namespace xingu
