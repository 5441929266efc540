// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace xingu {

/// The tables of the session as Markdown, as they stand in docs/methods/delivery.md and docs/methods/interlocks.md.
[[nodiscard]] std::string states_markdown();
[[nodiscard]] std::string transitions_markdown();
[[nodiscard]] std::string interlocks_markdown();

}  // namespace xingu
