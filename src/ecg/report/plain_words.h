// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace xingu::ecg {

/// One sentence in both languages of the report.
struct Sentence {
  std::string english;
  std::string chinese;
};

/// What a statement means for a family, with what to do; no diagnosis.
struct PlainWords {
  Sentence sentence;
  bool is_urgent = false;  ///< (urgency()) stands before everything else, and is never cut from a page
};

/// @param code  of the statement
/// @return nothing for a statement that other sentences cover or that says nothing to a layman (an axis, a fascicle)
[[nodiscard]] std::optional<PlainWords> plain_words(std::string_view code);

}  // namespace xingu::ecg
