// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_annotation.h"

#include "base/error.h"
#include "base/files.h"

namespace xingu::ecg {
namespace {

constexpr int code_skip = 59;
constexpr int code_number = 60;
constexpr int code_subtype = 61;
constexpr int code_channel = 62;
constexpr int code_text = 63;
constexpr int last_code = 49;

/// Index = code, from 0 to 49.
constexpr std::string_view symbols = " NLRaVFJASEj/Q~ | sT*D\"=pB^t+u?![]en@xf()r     ";

/// Two bytes at a time; every read is checked.
class Words {
 public:
  Words(std::span<const unsigned char> bytes, const std::string& file) : bytes_(bytes), file_(file) {}
  [[nodiscard]] bool at_end() const { return next_ + 2 > bytes_.size(); }
  unsigned take() {
    XINGU_REQUIRE(!at_end(), "{}: ends inside an annotation (the rest is lost); give the whole file", file_);
    const unsigned word = bytes_[next_] | static_cast<unsigned>(bytes_[next_ + 1]) << 8;
    next_ += 2;
    return word;
  }
  std::string take_text(std::size_t length) {
    const std::size_t padded = length + length % 2;
    XINGU_REQUIRE(next_ + length <= bytes_.size(), "{}: ends inside a text (the rest is lost); give the whole file",
                  file_);
    std::string text(reinterpret_cast<const char*>(bytes_.data()) + next_, length);
    next_ += padded;
    while (!text.empty() && text.back() == '\0') {
      text.pop_back();
    }
    return text;
  }

 private:
  std::span<const unsigned char> bytes_;
  const std::string& file_;
  std::size_t next_ = 0;
};

int signed_byte(unsigned value) { return static_cast<signed char>(static_cast<unsigned char>(value)); }

}  // namespace

char annotation_symbol(int code) {
  return code >= 0 && static_cast<std::size_t>(code) < symbols.size() ? symbols[static_cast<std::size_t>(code)] : ' ';
}

bool is_beat(int code) {
  switch (annotation_symbol(code)) {
    case 'N':
    case 'L':
    case 'R':
    case 'a':
    case 'V':
    case 'F':
    case 'J':
    case 'A':
    case 'S':
    case 'E':
    case 'j':
    case '/':
    case 'Q':
    case 'B':
    case '?':
    case 'e':
    case 'n':
    case 'f':
    case 'r':
      return true;
    default:
      return false;
  }
}

std::vector<Annotation> parse_annotations(std::span<const unsigned char> bytes, const std::string& file) {
  std::vector<Annotation> result;
  Words words(bytes, file);
  std::int64_t sample = 0;
  int channel = 0;
  int number = 0;
  while (!words.at_end()) {
    const unsigned word = words.take();
    const int code = static_cast<int>(word >> 10);
    const unsigned value = word & 0x3FF;
    if (word == 0) {
      break;
    }
    if (code == code_skip) {
      const unsigned high = words.take();
      sample += static_cast<std::int32_t>(high << 16 | words.take());
    } else if (code > 0 && code <= last_code) {
      sample += value;
      result.push_back({sample, code, 0, channel, number, {}});
    } else if (code == 0) {
      sample += value;
    } else {
      XINGU_REQUIRE(!result.empty(), "{}: begins with a modifier, not an annotation (not a WFDB annotation file)",
                    file);
      Annotation& last = result.back();
      if (code == code_number) {
        last.number = number = signed_byte(value);
      } else if (code == code_subtype) {
        last.subtype = signed_byte(value);
      } else if (code == code_channel) {
        last.channel = channel = static_cast<int>(value & 0xFF);
      } else if (code == code_text) {
        last.text = words.take_text(value);
      }
    }
  }
  return result;
}

std::vector<Annotation> read_annotations(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  const auto* const begin = reinterpret_cast<const unsigned char*>(content.data());
  return parse_annotations({begin, content.size()}, path.string());
}

}  // namespace xingu::ecg
