// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>

#include "dose/mc/monte_carlo.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}  // namespace CLI

namespace xingu {

/// "1%", "0.5 %" or "0.01" as a relative uncertainty. @throws InputError if it is neither, or outside 0.05 to 20 %
[[nodiscard]] double parse_uncertainty(const std::string& text);

/// "medium" or "water". @throws InputError for another
[[nodiscard]] mc::DoseTo parse_dose_to(const std::string& text);

/// Refuses given options that the engine would not use: a number that changes nothing looks as if it did.
/// @param engine    "mc" or "ccc"
/// @param of_mc     names that only Monte Carlo uses
/// @param of_cones  names that only collapsed cones use
/// @throws InputError naming the first
void refuse_unused_by_engine(const CLI::App& command, const std::string& engine,
                             std::initializer_list<const char*> of_mc, std::initializer_list<const char*> of_cones);

}  // namespace xingu
