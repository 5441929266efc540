// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "dose/mc/monte_carlo.h"

namespace xingu {

/// "1%", "0.5 %" or "0.01" as a relative uncertainty. @throws InputError if it is neither, or outside 0.05 to 20 %
[[nodiscard]] double parse_uncertainty(const std::string& text);

/// "medium" or "water". @throws InputError for another
[[nodiscard]] mc::DoseTo parse_dose_to(const std::string& text);

}  // namespace xingu
