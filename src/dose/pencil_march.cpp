// SPDX-License-Identifier: Apache-2.0
#include "dose/pencil_march.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dose/pencil_march.cpp"  // NOLINT(bugprone-suspicious-include)
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace xingu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int sectors = PencilMesh::num_sectors;
using Tag = hn::CappedTag<float, sectors>;
using Vector = hn::Vec<Tag>;

HWY_INLINE Vector one_minus_exp(Tag d, Vector y) {
  Vector p = hn::Set(d, 1.0F / 120.0F);
  p = hn::NegMulAdd(p, y, hn::Set(d, 1.0F / 24.0F));
  p = hn::NegMulAdd(p, y, hn::Set(d, 1.0F / 6.0F));
  p = hn::NegMulAdd(p, y, hn::Set(d, 0.5F));
  p = hn::NegMulAdd(p, y, hn::Set(d, 1.0F));
  return hn::Mul(p, y);
}

HWY_INLINE Vector doubled(Tag d, Vector h) { return hn::Mul(h, hn::Sub(hn::Set(d, 2.0F), h)); }

/// What is in flight along one cone's lines, by rate.
struct Flight {
  Vector s0, s1, s2;
  Vector p0, p1, p2, p3;
};

/// Lets the flight pass `x` g/cm² and returns what it leaves there.
HWY_INLINE Vector pass(Tag d, Flight& f, Vector x) {
  constexpr float base = static_cast<float>(PolyKernel::scatter_rates[0]);
  Vector h = one_minus_exp(d, hn::Mul(x, hn::Set(d, base)));
  Vector left = hn::Zero(d);
  const auto take = [&](Vector& q, int doublings) HWY_ATTR {
    for (int k = 0; k < doublings; ++k) {
      h = doubled(d, h);
    }
    const Vector part = hn::Mul(h, q);
    q = hn::Sub(q, part);
    left = hn::Add(left, part);
  };
  constexpr auto scatter = PolyKernel::scatter_doublings;
  constexpr auto primary = PolyKernel::primary_doublings;
  take(f.s0, scatter[0]);
  take(f.s1, scatter[1]);
  take(f.s2, scatter[2]);
  take(f.p0, primary[0]);
  take(f.p1, primary[1]);
  take(f.p2, primary[2]);
  take(f.p3, primary[3]);
  return left;
}

void march_line(Tag d, const PencilMesh& mesh, const PencilCone& cone, int start, float primary, float scatter,
                int lane, const float* density, float* deposit) {
  const int num_rings = mesh.num_rings();
  const int num_slabs = mesh.num_slabs();
  const float slab_mm = mesh.slab_mm;
  const float inverse_sin = 1.0F / cone.sin_polar;
  const bool is_forward = cone.cos_polar > 0;
  const float inverse_cos = 1.0F / std::max(1e-6F, std::abs(cone.cos_polar));
  Flight flight{hn::Set(d, scatter * cone.scatter[0]), hn::Set(d, scatter * cone.scatter[1]),
                hn::Set(d, scatter * cone.scatter[2]), hn::Set(d, primary * cone.primary[0]),
                hn::Set(d, primary * cone.primary[1]), hn::Set(d, primary * cone.primary[2]),
                hn::Set(d, primary * cone.primary[3])};
  int slab = start;
  int ring = 0;
  float r = 0.0F;
  float to_face = 0.5F * slab_mm * inverse_cos;
  while (true) {
    const float edge =
        mesh.ring_edges_mm[static_cast<std::size_t>(ring) + 1] * mesh.magnification[static_cast<std::size_t>(slab)];
    const float to_edge = std::max(0.0F, (edge - r) * inverse_sin);
    const bool leaves_ring = to_edge < to_face;
    const float step = leaves_ring ? to_edge : to_face;
    const std::ptrdiff_t cell = (static_cast<std::ptrdiff_t>(slab) * num_rings + ring) * sectors + lane;
    const Vector x = hn::Min(hn::MulAdd(hn::LoadU(d, density + cell), hn::Set(d, 0.1F * step), hn::Set(d, 1e-9F)),
                             hn::Set(d, 10.0F));
    hn::StoreU(hn::Add(hn::LoadU(d, deposit + cell), pass(d, flight, x)), d, deposit + cell);
    r += step * cone.sin_polar;
    if (leaves_ring) {
      to_face -= step;
      if (++ring == num_rings) {
        return;
      }
      continue;
    }
    slab += is_forward ? 1 : -1;
    if (slab < 0 || slab >= num_slabs) {
      return;
    }
    to_face = slab_mm * inverse_cos;
    const float scale = mesh.magnification[static_cast<std::size_t>(slab)];
    while (ring > 0 && r < mesh.ring_edges_mm[static_cast<std::size_t>(ring)] * scale) {
      --ring;
    }
    while (r >= mesh.ring_edges_mm[static_cast<std::size_t>(ring) + 1] * scale) {
      if (++ring == num_rings) {
        return;
      }
    }
  }
}

void march(const PencilMesh& mesh, std::span<const PencilCone> cones, const float* density, const float* primary,
           const float* scatter, float* deposit) {
  const Tag d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int slab = 0; slab < mesh.num_slabs(); ++slab) {
    if (primary[slab] + scatter[slab] <= 0) {
      continue;
    }
    for (const PencilCone& cone : cones) {
      for (int lane = 0; lane < sectors; lane += lanes) {
        march_line(d, mesh, cone, slab, primary[slab], scatter[slab], lane, density, deposit);
      }
    }
  }
}

void average(const PencilMesh& mesh, int num_inner_rings, const float* dose, const float* square, std::size_t nodes,
             float* out) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const int num_cells = num_inner_rings * sectors;
  const std::ptrdiff_t slab_cells = static_cast<std::ptrdiff_t>(mesh.num_rings()) * sectors;
  // Four slabs share each load of a weight.
  constexpr int together = 4;
  for (int first = 0; first < mesh.num_slabs(); first += together) {
    const int count = std::min(together, mesh.num_slabs() - first);
    const auto row = [&](int k) { return dose + (first + std::min(k, count - 1)) * slab_cells; };
    const float* rows[together] = {row(0), row(1), row(2), row(3)};
    for (std::size_t n = 0; n < nodes; n += lanes) {
      const auto mask = hn::FirstN(d, nodes - n);
      auto a0 = hn::Zero(d);
      auto a1 = a0;
      auto a2 = a0;
      auto a3 = a0;
      for (int c = 0; c < num_cells; ++c) {
        const auto w = hn::MaskedLoad(mask, d, square + static_cast<std::size_t>(c) * nodes + n);
        a0 = hn::MulAdd(w, hn::Set(d, rows[0][c]), a0);
        a1 = hn::MulAdd(w, hn::Set(d, rows[1][c]), a1);
        a2 = hn::MulAdd(w, hn::Set(d, rows[2][c]), a2);
        a3 = hn::MulAdd(w, hn::Set(d, rows[3][c]), a3);
      }
      const auto keep = [&](auto sum, int k) HWY_ATTR {
        if (k < count) {
          const float m = mesh.magnification[static_cast<std::size_t>(first + k)];
          hn::BlendedStore(hn::Mul(sum, hn::Set(d, m * m)), mask, d,
                           out + static_cast<std::size_t>(first + k) * nodes + n);
        }
      };
      keep(a0, 0);
      keep(a1, 1);
      keep(a2, 2);
      keep(a3, 3);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xingu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xingu {
HWY_EXPORT(march);

void march_pencil(const PencilMesh& mesh, std::span<const PencilCone> cones, std::span<const float> density,
                  std::span<const float> primary, std::span<const float> scatter, std::span<float> deposit) {
  XINGU_EXPECT(density.size() == mesh.num_cells() && deposit.size() == mesh.num_cells());
  XINGU_EXPECT(primary.size() == mesh.magnification.size() && scatter.size() == mesh.magnification.size());
  HWY_DYNAMIC_DISPATCH(march)(mesh, cones, density.data(), primary.data(), scatter.data(), deposit.data());
}

HWY_EXPORT(average);

void average_pencils(const PencilMesh& mesh, int num_inner_rings, std::span<const float> dose,
                     std::span<const float> square, std::span<float> out) {
  const std::size_t nodes = square.size() / (static_cast<std::size_t>(num_inner_rings) * PencilMesh::num_sectors);
  XINGU_EXPECT(out.size() == nodes * mesh.magnification.size());
  HWY_DYNAMIC_DISPATCH(average)(mesh, num_inner_rings, dose.data(), square.data(), nodes, out.data());
}

}  // namespace xingu
#endif
