// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_annotation.h"

#include <algorithm>

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

void append_word(std::string& out, unsigned word) {
  out += static_cast<char>(word & 0xFF);
  out += static_cast<char>(word >> 8 & 0xFF);
}

void append_coded(std::string& out, int code, unsigned value) {
  append_word(out, static_cast<unsigned>(code) << 10 | value);
}

/// The step to the next annotation: ten bits with its code, or a skip of 32 bits before it.
void append_step(std::string& out, std::int64_t step, int code) {
  constexpr std::int64_t longest_short_step = 1023;
  constexpr std::int64_t longest_skip = 0x7FFFFFFF;
  while (step > longest_short_step) {
    const auto skip = static_cast<std::uint32_t>(std::min(step, longest_skip));
    append_coded(out, code_skip, 0);
    append_word(out, skip >> 16);
    append_word(out, skip & 0xFFFF);
    step -= skip;
  }
  append_coded(out, code, static_cast<unsigned>(step));
}

void append_text(std::string& out, const std::string& text) {
  if (text.empty()) {
    return;
  }
  const std::string kept = text.substr(0, 1023);
  append_coded(out, code_text, static_cast<unsigned>(kept.size()));
  out += kept;
  out.append(kept.size() % 2, '\0');
}

int signed_byte(unsigned value) { return static_cast<signed char>(static_cast<unsigned char>(value)); }

}  // namespace

char annotation_symbol(int code) {
  return code >= 0 && static_cast<std::size_t>(code) < symbols.size() ? symbols[static_cast<std::size_t>(code)] : ' ';
}

int annotation_code(char symbol) {
  const std::size_t code = symbol == ' ' ? std::string_view::npos : symbols.find(symbol);
  return code == std::string_view::npos ? 0 : static_cast<int>(code);
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

std::string encode_annotations(std::vector<Annotation> annotations) {
  std::ranges::stable_sort(annotations, {}, &Annotation::sample);
  std::string out;
  std::int64_t sample = 0;
  int channel = 0;
  int number = 0;
  for (const Annotation& annotation : annotations) {
    XINGU_REQUIRE(annotation.code > 0 && annotation.code <= last_code && annotation.sample >= 0,
                  "an annotation of code {} at sample {} (WFDB has codes 1 to 49 from sample 0 on); correct it",
                  annotation.code, annotation.sample);
    append_step(out, annotation.sample - sample, annotation.code);
    sample = annotation.sample;
    if (annotation.subtype != 0) {
      append_coded(out, code_subtype, static_cast<unsigned>(annotation.subtype) & 0xFF);
    }
    if (annotation.channel != channel) {
      append_coded(out, code_channel, static_cast<unsigned>(annotation.channel) & 0xFF);
    }
    if (annotation.number != number) {
      append_coded(out, code_number, static_cast<unsigned>(annotation.number) & 0xFF);
    }
    channel = annotation.channel;
    number = annotation.number;
    append_text(out, annotation.text);
  }
  append_word(out, 0);
  return out;
}

void write_annotations(std::vector<Annotation> annotations, const std::filesystem::path& path) {
  write_file(path, encode_annotations(std::move(annotations)));
}

}  // namespace xingu::ecg
