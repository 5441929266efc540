// SPDX-License-Identifier: Apache-2.0
#include "dose/column_products.h"

#include <cstddef>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dose/column_products.cpp"  // NOLINT(bugprone-suspicious-include)
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace xingu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t most_lanes = 16;
using Tag = hn::CappedTag<float, most_lanes>;
using Vector = hn::Vec<Tag>;

/// The next values as numbers.
HWY_INLINE Vector unpacked(Tag d, const std::uint16_t* values) {
  const hn::Rebind<std::uint16_t, Tag> packed;
  const hn::Rebind<std::int32_t, Tag> whole;
  return hn::ConvertTo(d, hn::PromoteTo(whole, hn::LoadU(packed, values)));
}

/// What stands at the next rows. Loads one by one are as fast as a gather instruction, where there is one.
HWY_INLINE Vector gathered(Tag d, const std::uint16_t* rows, const float* in) {
  HWY_ALIGN float lanes[most_lanes];
  for (std::size_t l = 0; l < hn::Lanes(d); ++l) {
    lanes[l] = in[rows[l]];
  }
  return hn::Load(d, lanes);
}

float dot(const std::uint16_t* rows, const std::uint16_t* values, std::size_t count, const float* in) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  Vector even = hn::Zero(d);
  Vector odd = hn::Zero(d);
  std::size_t k = 0;
  for (; k + 2 * lanes <= count; k += 2 * lanes) {
    even = hn::MulAdd(unpacked(d, values + k), gathered(d, rows + k, in), even);
    odd = hn::MulAdd(unpacked(d, values + k + lanes), gathered(d, rows + k + lanes, in), odd);
  }
  float rest = 0.0F;
  for (; k < count; ++k) {
    rest += in[rows[k]] * static_cast<float>(values[k]);
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd))) + rest;
}

void add(const std::uint16_t* rows, const std::uint16_t* values, std::size_t count, float weight, float* out) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  HWY_ALIGN float dose[most_lanes];
  std::size_t k = 0;
  for (; k + lanes <= count; k += lanes) {
    hn::Store(hn::Mul(unpacked(d, values + k), hn::Set(d, weight)), d, dose);
    for (std::size_t l = 0; l < lanes; ++l) {
      out[rows[k + l]] += dose[l];
    }
  }
  for (; k < count; ++k) {
    out[rows[k]] += weight * static_cast<float>(values[k]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xingu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xingu {

HWY_EXPORT(dot);

float dot_packed(std::span<const std::uint16_t> rows, std::span<const std::uint16_t> values, const float* in) {
  XINGU_EXPECT(rows.size() == values.size());
  return HWY_DYNAMIC_DISPATCH(dot)(rows.data(), values.data(), rows.size(), in);
}

HWY_EXPORT(add);

void add_packed(std::span<const std::uint16_t> rows, std::span<const std::uint16_t> values, float weight, float* out) {
  XINGU_EXPECT(rows.size() == values.size());
  HWY_DYNAMIC_DISPATCH(add)(rows.data(), values.data(), rows.size(), weight, out);
}

}  // namespace xingu
#endif
