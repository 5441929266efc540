// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "patient/density_curve.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// --ct-calibration FILE.
void add_calibration_option(CLI::App& command, std::string& file);

/// The curve that turns CT numbers into density and material for the dose of a plan: the user's, or the shipped one.
/// @param plan      folder of `xingu plan`, or the RTPLAN in it
/// @param given     of --ct-calibration; empty if it was not given
/// @param warnings  gets one where the plan's summary.json says that it was planned with another
/// @throws InputError as DensityCurve::read
[[nodiscard]] DensityCurve curve_of_plan(const std::filesystem::path& plan, const std::string& given,
                                         std::vector<std::string>& warnings);

}  // namespace xingu
