// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "geometry/grid.h"

namespace xingu {

/// Writes a volume as MetaImage (.mha): a text header and 32-bit floats, little endian, uncompressed, frame P (LPS).
/// 3D Slicer, ITK, plastimatch and SimpleITK read it. The file appears whole or not at all.
/// @throws EnvironmentError if the folder cannot be written.
void write_mha(const std::filesystem::path& path, const Volume<float>& volume);

/// Reads a MetaImage whose data are in the same file, uncompressed, of any integer or floating type of up to 64 bits
/// and either byte order, with three axes along those of the patient. Every number of the header is checked against the
/// file's size before memory is asked for: at most 2³⁰ voxels.
/// @throws InputError naming the file and the header's key.
[[nodiscard]] Volume<float> read_mha(const std::filesystem::path& path);

}  // namespace xingu
