// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xingu {

/// The candidate with the smallest edit distance to `word` (case ignored), or empty if none is near: at most a third of
/// the word's letters, and at least one, may differ. Cost O(sum of lengths · length of word).
[[nodiscard]] std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

/// Lower case of ASCII letters; other bytes stay.
[[nodiscard]] std::string to_lower(std::string_view text);

/// Text made safe to print in one line of a terminal: control characters become spaces, at most `limit` bytes are kept.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace xingu
