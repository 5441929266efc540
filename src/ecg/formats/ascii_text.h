// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xingu::ecg {

/// UTF-8 text in printable ASCII, as EDF's header wants it: letters of Latin alphabets without their marks, umlauts and
/// ligatures as two letters ("Müller" is "Mueller"), one '?' for any other character, a blank for a control.
[[nodiscard]] std::string ascii_text(std::string_view text);

}  // namespace xingu::ecg
