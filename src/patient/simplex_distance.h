// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>

#include <span>

namespace xingu {

/// Squared distance from the origin to a simplex of one to four points in four dimensions (here three of place and one
/// of dose, each in units of its criterion). Projects onto the simplex' span; where the foot lies outside, onto the
/// faces opposite the vertices with negative weights (Ju et al. 2008, Med Phys 35:879). Degenerate simplices are
/// allowed. No allocation.
[[nodiscard]] double squared_distance_to_simplex(std::span<const Eigen::Vector4d> points);

}  // namespace xingu
