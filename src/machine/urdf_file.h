// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "machine/mechanism.h"

namespace xingu {

/// A mechanism from a URDF file (XML of links, joints and collision shapes in metres and radians; ROS URDF 1.0):
/// turning (revolute, continuous), sliding (prismatic) and fixed joints; boxes, cylinders, spheres and convex STL
/// meshes, whose file names are relative to the URDF's folder. The root link's frame is F. Axes come in the file's
/// order of depth; their acceleration and jerk are 0, since URDF 1.0 does not have them. Visual shapes are not read.
///
/// @throws InputError if the file cannot be parsed, links form a loop or two trees, a joint is of another type, a
/// moving
///         joint lacks limits or has none to move in, a link with collision shapes below a moving joint lacks inertia,
///         or a mesh is missing or not convex
[[nodiscard]] Mechanism read_urdf(const std::filesystem::path& path);

}  // namespace xingu
