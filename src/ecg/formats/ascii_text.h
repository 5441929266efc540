// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xingu::ecg {

/// The text as it is where it is UTF-8, else with each byte beyond ASCII as the letter of Latin-1 that it is: "µV" and
/// "Müller" of headers that are to be ASCII.
[[nodiscard]] std::string utf_8_text(std::string_view text);

/// UTF-8 text in printable ASCII, as EDF's header wants it: letters of Latin alphabets without their marks, umlauts and
/// ligatures as two letters ("Müller" is "Mueller"), one '?' for any other character, a blank for a control.
[[nodiscard]] std::string ascii_text(std::string_view text);

}  // namespace xingu::ecg
