// SPDX-License-Identifier: Apache-2.0
#include "patient/structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace xingu {

NumberedName numbered_name(std::string_view text) {
  const std::size_t mark = text.rfind('#');
  if (mark == std::string_view::npos || mark == 0 || mark + 1 == text.size()) {
    return {text, std::nullopt};
  }
  int number = 0;
  const auto [end, error] = std::from_chars(text.data() + mark + 1, text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return {text, std::nullopt};
  }
  return {text.substr(0, mark), number};
}

std::string label_of(const StructureSet& set, const Structure& structure) {
  const auto has_its_name = [&](const Structure& other) { return to_lower(other.name) == to_lower(structure.name); };
  return std::ranges::count_if(set.structures, has_its_name) > 1
             ? fmt::format("{}#{}", structure.name, structure.number)
             : structure.name;
}

const Structure* structure_labelled(const StructureSet& set, std::string_view label) {
  if (const auto whole = std::ranges::find(set.structures, label, &Structure::name); whole != set.structures.end()) {
    return &*whole;
  }
  const NumberedName wanted = numbered_name(label);
  const auto found = std::ranges::find_if(set.structures, [&](const Structure& structure) {
    return wanted.number == structure.number && structure.name == wanted.name;
  });
  return found == set.structures.end() ? nullptr : &*found;
}

}  // namespace xingu
