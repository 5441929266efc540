// SPDX-License-Identifier: Apache-2.0
#include "report/html_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/xml_text.h"

namespace xingu {
namespace {

/// Length of the well-formed UTF-8 sequence at the start of `bytes` (Unicode 15, table 3-7), 0 if there is none.
std::size_t utf8_length(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || bytes.size() < length) {
    return 0;
  }
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) {
      return 0;
    }
  }
  return length;
}

std::string grouped(std::string digits) {
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const std::size_t first = !digits.empty() && digits[0] == '-' ? 1 : 0;
  constexpr std::string_view thin_space = "\u202F";
  if (point - first > 4) {
    for (std::size_t at = point; at > first + 3;) {
      at -= 3;
      digits.insert(at, thin_space);
    }
  }
  if (first == 1) {
    digits.replace(0, 1, "\u2212");
  }
  return digits;
}

std::string scientific(double value) {
  const std::string text = fmt::format("{:.2e}", value);
  const std::size_t e = text.find('e');
  const int exponent = std::stoi(text.substr(e + 1));
  return fmt::format("{}×10<sup>{}</sup>", grouped(text.substr(0, e)), grouped(std::to_string(exponent)));
}

std::string with_unit(std::string shown, std::string_view unit) {
  if (unit.empty()) {
    return shown;
  }
  return shown + "\u202F<span class=\"unit\">" + html_escape(unit) + "</span>";
}

double linear(int channel) {
  const double c = std::clamp(channel, 0, 255) / 255.0;
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

double luminance(const Rgb& c) { return 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]); }

}  // namespace

std::string repaired_utf8(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) {
      result += "\uFFFD";
      bytes.remove_prefix(1);
    } else {
      result += bytes.substr(0, length);
      bytes.remove_prefix(length);
    }
  }
  return result;
}

std::string html_escape(std::string_view text) { return xml_escaped(repaired_utf8(text)); }

std::string element(std::string_view name, std::string_view attributes, std::string_view content) {
  return fmt::format("<{}{}{}>{}</{}>", name, attributes.empty() ? "" : " ", attributes, content, name);
}

std::string fixed(double value, int decimals) {
  if (!std::isfinite(value)) {
    return "–";
  }
  std::string digits = fmt::format("{:.{}f}", value, decimals);
  if (digits.find_first_of("123456789") == std::string::npos && digits[0] == '-') {
    digits.erase(0, 1);
  }
  return grouped(digits);
}

std::string coordinate(double value, int decimals) {
  if (!std::isfinite(value)) {
    return "0";
  }
  std::string digits = fmt::format("{:.{}f}", value, decimals);
  if (digits.find('.') != std::string::npos) {
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') {
      digits.pop_back();
    }
  }
  return digits == "-0" ? "0" : digits;
}

std::string number(std::string_view json_pointer, std::optional<double> value, const NumberStyle& style) {
  if (!value.has_value() || !std::isfinite(*value)) {
    return fmt::format("<data class=\"none\" value=\"null\" data-key=\"{}\" title=\"not available\">–</data>",
                       html_escape(json_pointer));
  }
  const double shown = *value / style.scale;
  const std::string text = style.is_scientific ? scientific(shown) : fixed(shown, style.decimals);
  const std::string scale = style.scale == 1.0 ? "" : fmt::format(" data-scale=\"{}\"", style.scale);
  return with_unit(
      fmt::format("<data value=\"{}\" data-key=\"{}\"{}>{}</data>", *value, html_escape(json_pointer), scale, text),
      style.unit);
}

std::string count(std::string_view json_pointer, std::uint64_t value, std::string_view unit) {
  return with_unit(fmt::format("<data value=\"{}\" data-key=\"{}\">{}</data>", value, html_escape(json_pointer),
                               grouped(std::to_string(value))),
                   unit);
}

std::string byte_size(std::string_view json_pointer, std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> units{"B", "KiB", "MiB", "GiB"};
  std::size_t k = 0;
  double scale = 1.0;
  while (k + 1 < units.size() && static_cast<double>(bytes) >= 1024.0 * scale) {
    scale *= 1024.0;
    ++k;
  }
  return number(json_pointer, static_cast<double>(bytes), {k == 0 ? 0 : 2, units[k], scale});
}

std::string css_colour(const Rgb& c) {
  return fmt::format("#{:02x}{:02x}{:02x}", std::clamp(c[0], 0, 255), std::clamp(c[1], 0, 255),
                     std::clamp(c[2], 0, 255));
}

double contrast(const Rgb& a, const Rgb& b) {
  const auto [dark, light] = std::minmax({luminance(a), luminance(b)});
  return (light + 0.05) / (dark + 0.05);
}

Rgb with_contrast(const Rgb& colour, const Rgb& background, double least_contrast) {
  const int towards = luminance(background) > 0.18 ? 0 : 255;
  Rgb result = colour;
  for (int step = 0; step <= 100; ++step) {
    for (std::size_t k = 0; k < 3; ++k) {
      result[k] = std::clamp(colour[k], 0, 255) + (towards - std::clamp(colour[k], 0, 255)) * step / 100;
    }
    if (contrast(result, background) >= least_contrast) {
      break;
    }
  }
  return result;
}

}  // namespace xingu
