// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xingu::ecg {

inline constexpr double half_complex_s = 0.10;
inline constexpr double steepness_reach_s = 0.006;

/// What levelling has made of a lead.
struct LevelledLead {
  float scale = 1.0F;      ///< what one mV has become
  float clearness = 1.0F;  ///< how far its complexes stand out: 0 … 1
};

/// |x[i + reach] − x[i − reach]| at every sample; beyond its ends the curve goes on as it is there.
[[nodiscard]] std::vector<float> steepness(const std::vector<float>& x, std::ptrdiff_t reach);

/// Brings all leads to one size, the median of theirs: where a wave begins is an event in time, to which the leads near
/// the heart must not speak louder than the others. A lead whose complexes do not stand out is one of noise and is left
/// small. How large a lead is say its undisturbed seconds alone, and a disturbed one is brought to the lead's usual
/// size: noise at one time may not change what is measured at another. Cost O(leads · samples).
/// @param leads  [lead][sample] mV, without baseline
[[nodiscard]] std::vector<LevelledLead> level_leads(std::vector<std::vector<float>>& leads,
                                                    std::span<const std::int64_t> beats, double rate_hz);

}  // namespace xingu::ecg
