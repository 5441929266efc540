// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "machine/convex_shape.h"

namespace xingu {

/// A surface from an STL file, binary or text; points that coincide exactly become one.
/// @param scale  factor on every coordinate: 1000 for a file in metres
/// @throws InputError if the file is missing, cut short, empty or larger than 64 MiB.
[[nodiscard]] TriangleSurface read_stl(const std::filesystem::path& path, const Vec3& scale);

}  // namespace xingu
