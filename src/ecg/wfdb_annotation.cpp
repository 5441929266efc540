// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_annotation.h"

#include <array>
#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace xingu::ecg {
namespace {

constexpr std::array<std::string_view, 42> symbols{
    "",  "N",  "L", "R", "a", "V", "F", "J", "A", "S", "E", "j", "/", "Q", "~", "",  "|", "",  "s", "T", "*",
    "D", "\"", "=", "p", "B", "^", "t", "+", "u", "?", "!", "[", "]", "e", "n", "@", "x", "f", "(", ")", "r"};

enum Pseudo : int { skip = 59, number = 60, subtype = 61, channel = 62, text = 63 };

/// Subtype, channel and number lie in the low byte, signed.
int signed_byte(unsigned value) { return static_cast<std::int8_t>(value & 0xFFU); }

}  // namespace

std::string_view Annotation::symbol() const {
  return code >= 0 && static_cast<std::size_t>(code) < symbols.size() ? symbols[static_cast<std::size_t>(code)] : "";
}

bool Annotation::is_beat() const {
  const std::string_view letter = symbol();
  return !letter.empty() && std::string_view("NLRaVFJASEj/QBenfr?").find(letter) != std::string_view::npos;
}

std::vector<Annotation> parse_wfdb_annotations(std::span<const unsigned char> bytes, const std::string& file) {
  std::vector<Annotation> annotations;
  std::int64_t time = 0;
  std::size_t at = 0;
  const auto word = [&]() -> unsigned {
    XINGU_REQUIRE(at + 2 <= bytes.size(),
                  "{}: breaks off after {} annotations (later beats are missing); copy it again", file,
                  annotations.size());
    const unsigned value = bytes[at] | (static_cast<unsigned>(bytes[at + 1]) << 8);
    at += 2;
    return value;
  };
  int last_number = 0;
  int last_channel = 0;
  while (at + 2 <= bytes.size()) {
    const unsigned head = word();
    const int code = static_cast<int>(head >> 10);
    const unsigned low = head & 0x3FFU;
    if (head == 0) {
      return annotations;
    }
    if (code == Pseudo::skip) {
      const unsigned high = word();
      time += static_cast<std::int32_t>((high << 16) | word());
    } else if (code >= Pseudo::number && annotations.empty()) {
      at += code == Pseudo::text ? (low + 1) / 2 * 2 : 0;
    } else if (code == Pseudo::number) {
      annotations.back().number = last_number = signed_byte(low);
    } else if (code == Pseudo::subtype) {
      annotations.back().subtype = signed_byte(low);
    } else if (code == Pseudo::channel) {
      annotations.back().channel = last_channel = static_cast<int>(low & 0xFFU);
    } else if (code == Pseudo::text) {
      XINGU_REQUIRE(at + low <= bytes.size(), "{}: breaks off in a text (later beats are missing); copy it again",
                    file);
      annotations.back().text.assign(reinterpret_cast<const char*>(bytes.data()) + at, low);
      while (!annotations.back().text.empty() && annotations.back().text.back() == '\0') {
        annotations.back().text.pop_back();
      }
      at += (low + 1) / 2 * 2;
    } else {
      time += low;
      annotations.push_back({time, code, 0, last_channel, last_number, {}});
    }
  }
  return annotations;
}

std::vector<Annotation> read_wfdb_annotations(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  return parse_wfdb_annotations({reinterpret_cast<const unsigned char*>(content.data()), content.size()},
                                path.string());
}

}  // namespace xingu::ecg
