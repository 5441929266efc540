// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "dose/poly_kernel.h"

namespace xingu {

/// How finely the sphere of directions is cut into cones: draft 48, normal 80, fine 192.
enum class ConeQuality { draft, normal, fine };

/// @throws InputError naming the qualities.
[[nodiscard]] ConeQuality cone_quality(std::string_view name);
[[nodiscard]] std::string to_string(ConeQuality quality);

/// A polar ring of cones around the beam's direction: edges in units of the kernel's 3.75° cones.
struct ConeRing {
  int first_cone;
  int last_cone;  ///< one past
  int num_azimuths;
  double cos_polar;  ///< of the ring's line: the primary energy's mean direction in the ring
  double azimuth_offset;
};

[[nodiscard]] std::vector<ConeRing> cone_rings(ConeQuality quality, const PolyKernel& kernel);

/// One collapsed cone: its direction in the beam's frame (z along the beam) and what it carries.
struct Cone {
  std::array<double, 3> direction;        ///< unit
  PolyKernel::PrimaryAmplitudes primary;  ///< share of the primary energy by rate; Σ over cones and rates = 1
  PolyKernel::ScatterAmplitudes scatter;
  /// Kernel tilting: the cone's share where the ray runs along (tx, ty, 1) instead of (0, 0, 1) is its share times
  /// c0 + c1 tx + c2 ty + c3 tx² + c4 tx ty + c5 ty². Summed over cones the energy stays exactly 1 for every tilt.
  std::array<float, 6> primary_tilt;
  std::array<float, 6> scatter_tilt;
};

/// All cones. The tilt polynomials hold for |tx|, |ty| ≤ max_tilt (tangent of the ray's angle to the beam's axis).
[[nodiscard]] std::vector<Cone> make_cones(const PolyKernel& kernel, ConeQuality quality, double max_tilt);

}  // namespace xingu
