// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "geometry/grid.h"

namespace xingu {

/// A dose from an RTDOSE, a folder that holds exactly one, or a MetaImage (.mha), Gy. A relative RTDOSE is taken as it
/// is, with a warning. @throws InputError naming the file.
[[nodiscard]] Volume<float> load_dose(const std::filesystem::path& path);

}  // namespace xingu
