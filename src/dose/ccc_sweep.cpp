// SPDX-License-Identifier: Apache-2.0
#include "dose/ccc_sweep.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dose/ccc_sweep.cpp"  // NOLINT(bugprone-suspicious-include)
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace xingu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int num_primary = PolyKernel::num_primary;
constexpr int num_scatter = PolyKernel::num_scatter;
constexpr int num_states = num_primary + num_scatter;

struct Amplitudes {
  float primary[num_primary];
  float scatter[num_scatter];
};

// 1 − exp(−y) for 0 ≤ y ≤ 0.5 to a relative 1e-7.
template <class D, class V>
HWY_INLINE V one_minus_exp(D d, V y) {
  V p = hn::Set(d, 1.0F / 720.0F);
  p = hn::NegMulAdd(p, y, hn::Set(d, 1.0F / 120.0F));
  p = hn::NegMulAdd(p, y, hn::Set(d, 1.0F / 24.0F));
  p = hn::NegMulAdd(p, y, hn::Set(d, 1.0F / 6.0F));
  p = hn::NegMulAdd(p, y, hn::Set(d, 0.5F));
  p = hn::NegMulAdd(p, y, hn::Set(d, 1.0F));
  return hn::Mul(p, y);
}

// h(2y) = h(y) (2 − h(y)): exact for 1 − exp, without cancellation.
template <class D, class V>
HWY_INLINE V doubled(D d, V h) {
  return hn::Mul(h, hn::Sub(hn::Set(d, 2.0F), h));
}

struct RowPointers {
  const float* density;
  const float* primary;
  const float* scatter;
  float* deposit;
  float* state[num_states];
};

template <class D, class V, class Load, class Store>
HWY_INLINE void step(D d, const RowPointers& row, std::ptrdiff_t i, V s, float length, float share,
                     const float* polynomial, const Amplitudes& amplitudes, Load load, Store store) {
  const V x =
      hn::Min(hn::Add(hn::Mul(load(row.density + i), hn::Set(d, length)), hn::Set(d, 1e-9F)), hn::Set(d, 10.0F));
  const V inverse = hn::Div(hn::Set(d, 1.0F), x);
  const V sp = hn::Mul(
      hn::Mul(load(row.primary + i), hn::Set(d, share)),
      hn::MulAdd(hn::MulAdd(hn::Set(d, polynomial[2]), s, hn::Set(d, polynomial[1])), s, hn::Set(d, polynomial[0])));
  const V ss = hn::Mul(
      hn::Mul(load(row.scatter + i), hn::Set(d, share)),
      hn::MulAdd(hn::MulAdd(hn::Set(d, polynomial[5]), s, hn::Set(d, polynomial[4])), s, hn::Set(d, polynomial[3])));
  constexpr float base = static_cast<float>(PolyKernel::scatter_rates[0]);
  V h = one_minus_exp(d, hn::Mul(x, hn::Set(d, base)));
  V kept = hn::Zero(d);
  float rate = base;
  const auto advance = [&](float* state, V source, int doublings) HWY_ATTR {
    for (int k = 0; k < doublings; ++k) {
      h = doubled(d, h);
      rate *= 2;
    }
    const V q = load(state + i);
    const V g = hn::Mul(hn::Mul(h, inverse), hn::Set(d, 1.0F / rate));
    const V out = hn::MulAdd(source, g, hn::NegMulAdd(h, q, q));
    kept = hn::Add(kept, hn::Sub(hn::Add(q, source), out));
    store(out, state + i);
  };
  for (int j = 0; j < num_scatter; ++j) {
    advance(row.state[num_primary + j], hn::Mul(ss, hn::Set(d, amplitudes.scatter[j])),
            PolyKernel::scatter_doublings[static_cast<std::size_t>(j)]);
  }
  for (int j = 0; j < num_primary; ++j) {
    advance(row.state[j], hn::Mul(sp, hn::Set(d, amplitudes.primary[j])),
            PolyKernel::primary_doublings[static_cast<std::size_t>(j)]);
  }
  store(hn::Add(load(row.deposit + i), kept), row.deposit + i);
}

void run(const ConeSweep& sweep) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::ptrdiff_t>(hn::Lanes(d));
  Amplitudes amplitudes{};
  for (int j = 0; j < num_primary; ++j) {
    amplitudes.primary[j] = static_cast<float>(sweep.primary_amplitudes[static_cast<std::size_t>(j)]);
  }
  for (int j = 0; j < num_scatter; ++j) {
    amplitudes.scatter[j] = static_cast<float>(sweep.scatter_amplitudes[static_cast<std::size_t>(j)]);
  }
  const auto num_lines = static_cast<std::size_t>(sweep.i_end - sweep.i_begin);
  std::vector<float> states(num_lines * num_states);
  for (int line_j = sweep.j_begin; line_j < sweep.j_end; ++line_j) {
    std::fill(states.begin(), states.end(), 0.0F);
    for (const SlabSegment& segment : sweep.segments) {
      const int j = line_j + segment.dj;
      if (j < 0 || j >= sweep.num_j) {
        continue;
      }
      const std::ptrdiff_t offset = segment.slab * sweep.stride_d + j * sweep.stride_j;
      const float* polynomial = sweep.row_polynomials + 6 * (segment.slab * sweep.num_j + j);
      RowPointers row{
          sweep.density + offset, sweep.primary + offset, sweep.scatter + offset, sweep.deposit + offset, {}};
      for (int k = 0; k < num_states; ++k) {
        // State of the line that now lies in voxel i is at states[i − di − i_begin].
        row.state[k] = states.data() + static_cast<std::ptrdiff_t>(num_lines) * k - segment.di - sweep.i_begin;
      }
      std::ptrdiff_t i = 0;
      const auto num_i = static_cast<std::ptrdiff_t>(sweep.num_i);
      for (; i + lanes <= num_i; i += lanes) {
        const auto s = hn::Iota(d, static_cast<float>(i));
        step(
            d, row, i, s, segment.length_cm, segment.share, polynomial, amplitudes,
            [&](const float* p) HWY_ATTR { return hn::LoadU(d, p); },
            [&](auto v, float* p) HWY_ATTR { hn::StoreU(v, d, p); });
      }
      if (i < num_i) {
        const auto mask = hn::FirstN(d, static_cast<std::size_t>(num_i - i));
        const auto s = hn::Iota(d, static_cast<float>(i));
        step(
            d, row, i, s, segment.length_cm, segment.share, polynomial, amplitudes,
            [&](const float* p) HWY_ATTR { return hn::MaskedLoad(mask, d, p); },
            [&](auto v, float* p) HWY_ATTR { hn::BlendedStore(v, mask, d, p); });
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xingu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xingu {
HWY_EXPORT(run);

void run_cone_sweep(const ConeSweep& sweep) { HWY_DYNAMIC_DISPATCH(run)(sweep); }

}  // namespace xingu
#endif
