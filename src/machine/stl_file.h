// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "machine/convex_shape.h"

namespace xingu {

/// A part for collision checks that needs more triangles than this is better split or simplified: its checks would be
/// slow, and reading it more so (each corner against each plane).
inline constexpr std::size_t most_stl_facets = 5000;

/// A surface from an STL file, binary or text; points that coincide exactly become one.
/// @param scale  factor on every coordinate: 1000 for a file in metres
/// @throws InputError if the file is missing, cut short, empty, larger than 64 MiB or of more than most_stl_facets
[[nodiscard]] TriangleSurface read_stl(const std::filesystem::path& path, const Vec3& scale);

}  // namespace xingu
