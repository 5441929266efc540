// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
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
  bool is_urgent = false;  ///< stands before everything else, and is never cut from a page
};

/// @param code  of the statement
/// @return nothing for a statement that other sentences cover or that says nothing to a layman (an axis, a fascicle)
[[nodiscard]] std::optional<PlainWords> plain_words(std::string_view code);

/// Where an urgent statement stands among the urgent ones, what threatens life at once first: the one order of all
/// pages.
/// @param code  of the statement
/// @return nothing for what is not urgent
[[nodiscard]] std::optional<std::size_t> urgency(std::string_view code);

}  // namespace xingu::ecg
