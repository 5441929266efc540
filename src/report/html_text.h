// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xingu {

/// Valid UTF-8: each byte that belongs to no well-formed sequence becomes U+FFFD. Cost O(n).
[[nodiscard]] std::string repaired_utf8(std::string_view bytes);

/// Text that is safe between tags and inside quoted attributes of HTML and SVG: UTF-8 repaired, markup characters as
/// entities, control characters as spaces.
[[nodiscard]] std::string html_escape(std::string_view text);

/// `<name attributes>content</name>`. Attributes and content are markup already.
[[nodiscard]] std::string element(std::string_view name, std::string_view attributes, std::string_view content);

/// How a number is shown. The value itself is in the unit of the JSON; `scale` is what one shown unit is worth in it.
struct NumberStyle {
  int decimals = 2;
  std::string_view unit{};
  double scale = 1.0;
  bool is_scientific = false;
};

/// A number with fixed decimals, a true minus sign and thin spaces between thousands: "−1 234.50". "−0.00" is "0.00",
/// what is not finite a dash.
[[nodiscard]] std::string fixed(double value, int decimals);

/// Fixed decimals with an ASCII minus and no grouping, for SVG attributes; trailing zeros are cut, what is not
/// finite is 0.
[[nodiscard]] std::string coordinate(double value, int decimals = 2);

/// A number of the report as `<data value="full precision" data-key="/json/pointer">shown</data> unit`; a dash with
/// the word "not available" if it is absent or not finite.
[[nodiscard]] std::string number(std::string_view json_pointer, std::optional<double> value, const NumberStyle& style);
[[nodiscard]] std::string count(std::string_view json_pointer, std::uint64_t value, std::string_view unit = {});
/// Bytes in the largest of B, KiB, MiB, GiB that leaves at least 1.
[[nodiscard]] std::string byte_size(std::string_view json_pointer, std::uint64_t bytes);

using Rgb = std::array<int, 3>;
[[nodiscard]] std::string css_colour(const Rgb& colour);
/// WCAG 2.1 contrast ratio, 1 … 21.
[[nodiscard]] double contrast(const Rgb& a, const Rgb& b);
/// The colour mixed with black (on a light background) or white (on a dark one) just enough to reach the contrast.
[[nodiscard]] Rgb with_contrast(const Rgb& colour, const Rgb& background, double least_contrast);

}  // namespace xingu
