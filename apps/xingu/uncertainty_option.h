// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace xingu {

/// "1%", "0.5 %" or "0.01" as a relative uncertainty. @throws InputError if it is neither, or outside 0.05 to 20 %
[[nodiscard]] double parse_uncertainty(const std::string& text);

}  // namespace xingu
