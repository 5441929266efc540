// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>

namespace xingu::ecg {

/// Four values side by side, on which a processor works at once; operators apply to each of them, and comparisons give
/// all bits where they hold.
using Quad [[gnu::vector_size(4 * sizeof(double))]] = double;
using FloatQuad [[gnu::vector_size(4 * sizeof(float))]] = float;
constexpr std::size_t quad_lanes = sizeof(Quad) / sizeof(double);

/// Four values from an address on, which need not be aligned.
inline FloatQuad quad_at(const float* values) {
  FloatQuad out;
  std::memcpy(&out, values, sizeof out);
  return out;
}

}  // namespace xingu::ecg
