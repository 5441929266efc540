// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ecg/formats/recording.h"
#include "ecg/formats/wfdb_packing.h"

namespace xingu::ecg {

/// Reads a WFDB record whole: every signal format, several files and samples per frame, skewed signals, byte offsets,
/// and records of several segments of fixed or variable layout. What the header says and the files do not keep
/// (lengths, checksums) becomes a warning. Annotations of the file with the suffix .atr beside it become marks.
///
/// @param record  with or without ".hea"
/// @throws InputError naming the file if a header or a signal file is not readable or is beyond the bounds.
/// Cost O(samples); memory a small multiple of the samples.
[[nodiscard]] Recording read_wfdb(const std::filesystem::path& record);

struct WfdbWriteOptions {
  std::optional<WfdbFormat> format;  ///< for every signal; by default the narrowest of 212, 16, 24 and 32 that holds it
};

/// Writes a record: header, one signal file per format, and marks as an annotation file with the suffix .atr. Of a
/// record whose place it takes nothing stays: annotations and signal files that are not written anew are removed. All
/// of that, or nothing is changed.
///
/// @param header  "…/name.hea"; name of letters, digits, '-' and '_'
/// @throws InputError if a sample does not fit the format or the name is not one of a record, EnvironmentError if a
/// file cannot be written.
void write_wfdb(const Recording& recording, const std::filesystem::path& header, const WfdbWriteOptions& options = {});

/// The files that a record consists of: headers, signal files and annotations, those of its segments too.
[[nodiscard]] std::vector<std::filesystem::path> wfdb_files(const std::filesystem::path& record);
/// Whether write_wfdb() of this header may write a file of this name beside it: "r.hea", "r.dat", "r_2.dat", "r.atr".
[[nodiscard]] bool may_be_written_as(const std::string& file_name, const std::filesystem::path& header);

}  // namespace xingu::ecg
