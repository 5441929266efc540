// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/ascii_text.h"

#include <array>
#include <cstddef>

namespace xingu::ecg {
namespace {

/// From U+00C0 to U+00FF.
constexpr std::array<std::string_view, 64> latin_1{
    "A", "A", "A", "A", "Ae", "A", "Ae", "C", "E", "E", "E", "E", "I",  "I", "I",  "I",   //
    "D", "N", "O", "O", "O",  "O", "Oe", "x", "O", "U", "U", "U", "Ue", "Y", "Th", "ss",  //
    "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i",  "i", "i",  "i",   //
    "d", "n", "o", "o", "o",  "o", "oe", "/", "o", "u", "u", "u", "ue", "y", "th", "y"};

/// From U+0100 to U+017F, a letter each; "IJ" and "OE" lose their second one.
constexpr std::string_view latin_extended_a =
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUu"
    "Uu"
    "WwYyYZzZzZzs";
static_assert(latin_extended_a.size() == 128);

std::string of_code(char32_t code) {
  if (code >= 0xc0 && code <= 0xff) {
    return std::string(latin_1[code - 0xc0]);
  }
  if (code >= 0x100 && code <= 0x17f) {
    return std::string(1, latin_extended_a[code - 0x100]);
  }
  return code == 0xb5 || code == 0x3bc ? "u" : "?";
}

/// Bytes of the character that begins with this one.
std::size_t length_of(unsigned char first) { return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4; }

bool is_utf_8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const bool begins = first < 0x80 || (first >= 0xc2 && first < 0xf5);
    const std::size_t length = length_of(first);
    if (!begins || i + length > text.size()) {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0U) != 0x80U) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

}  // namespace

std::string utf_8_text(std::string_view text) {
  if (is_utf_8(text)) {
    return std::string(text);
  }
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0U | byte >> 6);
      out += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  return out;
}

std::string ascii_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      out += first < 32 || first == 127 ? ' ' : text[i];
      ++i;
      continue;
    }
    const std::size_t length = length_of(first);
    char32_t code = 0;
    if (length == 2 && i + 1 < text.size()) {
      code = static_cast<char32_t>((first & 0x1fU) << 6 | (static_cast<unsigned char>(text[i + 1]) & 0x3fU));
    }
    out += of_code(code);
    // to the next character's beginning, whatever the first byte promised
    ++i;
    for (std::size_t k = 1; k < length && i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U;
         ++k) {
      ++i;
    }
  }
  return out;
}

}  // namespace xingu::ecg
