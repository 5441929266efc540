// SPDX-License-Identifier: Apache-2.0
#include "mitdb_records.h"

namespace xingu::ecg::validation {

ReferenceBeats reference_beats(const std::filesystem::path& annotation_file) {
  ReferenceBeats beats;
  for (const Annotation& annotation : read_annotations(annotation_file)) {
    const char symbol = annotation_symbol(annotation.code);
    if (is_beat(annotation.code)) {
      beats.sample.push_back(annotation.sample);
      beats.symbol.push_back(symbol);
    } else if (symbol == '[') {
      beats.flutter.emplace_back(annotation.sample, annotation.sample);
    } else if (symbol == ']' && !beats.flutter.empty()) {
      beats.flutter.back().second = annotation.sample;
    }
  }
  return beats;
}

}  // namespace xingu::ecg::validation
