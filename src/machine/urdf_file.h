// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "machine/mechanism.h"

namespace xingu {

/// A mechanism from a URDF file (XML of links, joints and collision shapes in metres and radians; ROS URDF 1.0):
/// turning (revolute, continuous), sliding (prismatic) and fixed joints; boxes, cylinders, spheres and convex STL
/// meshes, whose file names are relative to the URDF's folder. The root link's frame is F. Axes come in the file's
/// order of depth; their acceleration and jerk are 0, since URDF 1.0 does not have them. Visual shapes are not read,
/// but what has one must have a collision shape too.
///
/// @throws InputError if the file cannot be parsed in all its parts, has elements that are not known (see
///         require_known_elements), nests or grows beyond what machines need, links form a loop or two trees, a joint
///         is of another type, a moving joint lacks limits or has none to move in, a link with collision shapes below a
///         moving joint lacks inertia, one that is seen, or that moves and weighs, lacks collision shapes, a figure is
///         beyond what machines have, or a mesh is missing, outside the URDF's folder or not convex
[[nodiscard]] Mechanism read_urdf(const std::filesystem::path& path);

/// True if a path leads to a place inside `folder`, whatever links and ".." there are on its way: a machine is one
/// folder and names nothing outside. Neither need exist.
[[nodiscard]] bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace xingu
