// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace xingu::test {

/// The 24 records of the MIT-BIH Arrhythmia Database (Moody and Mark 2001; PhysioNet, Goldberger et al. 2000).
[[nodiscard]] const std::vector<std::string>& mitdb_records();

/// Records of the QT Database (Laguna et al. 1997) with reference beats that no scored MIT-BIH record shares: what the
/// detector's setting was chosen on.
[[nodiscard]] const std::vector<std::string>& qtdb_development_records();

}  // namespace xingu::test
