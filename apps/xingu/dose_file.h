// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "geometry/grid.h"

namespace xingu {

/// A dose from an RTDOSE, a folder that holds exactly one (beside its uncertainty, DoseType ERROR), or a MetaImage
/// (.mha), Gy. A relative RTDOSE or an uncertainty is taken as it is, with a warning. @throws InputError naming the
/// file.
[[nodiscard]] Volume<float> load_dose(const std::filesystem::path& path);

}  // namespace xingu
