// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace xingu::ecg {

/// Codes of what is urgent, in the order of urgency().
[[nodiscard]] std::span<const std::string_view> urgent_codes();

/// Where an urgent statement stands among the urgent ones, what threatens life at once first: no circulation, then what
/// may end so, then what makes the rest doubtful. The one order of all lists and pages.
/// @param code  of the statement
/// @return nothing for what is not urgent
[[nodiscard]] std::optional<std::size_t> urgency(std::string_view code);

}  // namespace xingu::ecg
