// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace xingu {

/// Σ_k in[rows[k]] · values[k]: a packed column of the influence matrix times a vector.
///
/// @param rows    [n] indices into `in`
/// @param values  [n] packed doses, in the column's unit
/// Summed in lanes of single precision, as many as the processor has. Cost n loads; 4 bytes a non-zero are read.
[[nodiscard]] float dot_packed(std::span<const std::uint16_t> rows, std::span<const std::uint16_t> values,
                               const float* in);

/// out[rows[k]] += weight · values[k]; the rows of one call differ from each other.
void add_packed(std::span<const std::uint16_t> rows, std::span<const std::uint16_t> values, float weight, float* out);

}  // namespace xingu
