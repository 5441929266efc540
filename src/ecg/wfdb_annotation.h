// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xingu::ecg {

/// One annotation of a WFDB annotation file (WFDB Applications Guide, annot(5)).
struct Annotation {
  std::int64_t sample = 0;
  int code = 0;  ///< 1 normal beat … 49; see annotation_symbol
  int subtype = 0;
  int channel = 0;
  int number = 0;
  std::string text;

  [[nodiscard]] bool operator==(const Annotation&) const = default;
};

/// Code of a comment: the text says it all.
inline constexpr int note_annotation = 22;

/// The symbol of a code: 'N', 'V', '(', 'p' …; ' ' for one that has none.
[[nodiscard]] char annotation_symbol(int code);
/// The code of a symbol, or 0 where no annotation has it.
[[nodiscard]] int annotation_code(char symbol);
/// Whether the code stands for a beat (a QRS complex).
[[nodiscard]] bool is_beat(int code);

/// Decodes the MIT format. `file` names the source in messages. @throws InputError for bytes that are not annotations.
[[nodiscard]] std::vector<Annotation> parse_annotations(std::span<const unsigned char> bytes, const std::string& file);
[[nodiscard]] std::vector<Annotation> read_annotations(const std::filesystem::path& path);

/// The reverse of parse_annotations, in the order of time. Texts longer than 1023 bytes are cut: a file cannot hold
/// more.
[[nodiscard]] std::string encode_annotations(std::vector<Annotation> annotations);
void write_annotations(std::vector<Annotation> annotations, const std::filesystem::path& path);

}  // namespace xingu::ecg
