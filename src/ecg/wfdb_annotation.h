// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace xingu::ecg {

/// One annotation of a WFDB annotation file. Codes are those of ecgcodes.h; symbol() gives their letters.
struct Annotation {
  std::int64_t sample = 0;
  int code = 0;
  int subtype = 0;
  int channel = 0;
  int number = 0;
  std::string text;  ///< for example "(AFIB" of a rhythm change

  /// "N", "V", "(", "p" …; empty for a code without a letter.
  [[nodiscard]] std::string_view symbol() const;
  /// Whether the code marks a QRS complex (isqrs() of WFDB).
  [[nodiscard]] bool is_beat() const;
};

/// Annotations in the MIT format, annot(5) of the WFDB Applications Guide.
/// @param path  with its extension: "106.atr". @throws InputError if it cannot be read or breaks off
[[nodiscard]] std::vector<Annotation> read_wfdb_annotations(const std::filesystem::path& path);
[[nodiscard]] std::vector<Annotation> parse_wfdb_annotations(std::span<const unsigned char> bytes,
                                                             const std::string& file);

}  // namespace xingu::ecg
