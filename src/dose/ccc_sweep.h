// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "dose/poly_kernel.h"

namespace xingu {

/// A part of a slab's crossing: the line lies in the voxel shifted by (di, dj) from where it started, for `length_cm`.
struct SlabSegment {
  int slab;
  int di;
  int dj;
  float length_cm;
  float share;  ///< of the line's length in this slab; the shares of a slab sum to 1
};

/// One cone's sweep over a grid whose fastest axis is I; D is the axis that the cone runs along most steeply.
/// Voxel (d, j, i) is at d · stride_d + j · stride_j + i of every array.
struct ConeSweep {
  int num_i, num_j, num_d;
  std::ptrdiff_t stride_j, stride_d;
  const float* density;
  const float* primary;
  const float* scatter;
  float* deposit;
  std::vector<SlabSegment> segments;  ///< in marching order
  int i_begin, i_end;                 ///< line numbers that ever touch the grid
  int j_begin, j_end;
  PolyKernel::PrimaryAmplitudes primary_amplitudes;
  PolyKernel::ScatterAmplitudes scatter_amplitudes;

  /// Tilt polynomials along a row: share = c[0] + c[1] s + c[2] s², s = i. Laid out [d][j] → 6 floats (primary,
  /// scatter).
  const float* row_polynomials;
};

/// Runs the sweep with the widest vectors of this processor.
void run_cone_sweep(const ConeSweep& sweep);

}  // namespace xingu
