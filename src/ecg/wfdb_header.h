// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/record.h"

namespace xingu::ecg {

/// One signal line of a WFDB header: where the samples are, beside what ChannelInfo holds.
struct WfdbSignal {
  std::string file;
  int format = 0;                 ///< 16, 212, …
  int samples_per_frame = 1;      ///< format "212x2"
  int skew = 0;                   ///< samples that this signal lies late, format "212:3"
  std::uint64_t byte_offset = 0;  ///< of the first sample, format "16+24"
};

/// A WFDB header file (header(5) of the WFDB Applications Guide): record line, signal lines, comments.
struct WfdbHeader {
  RecordInfo info;
  std::optional<std::size_t> num_samples;
  std::vector<WfdbSignal> signals;  ///< one per channel of info
  int num_segments = 0;             ///< 0 for a record of one piece
};

/// @param record  path without extension, or with ".hea"
/// @throws InputError naming file and line
[[nodiscard]] WfdbHeader read_wfdb_header(const std::filesystem::path& record);
[[nodiscard]] WfdbHeader parse_wfdb_header(std::string_view text, const std::string& file);

}  // namespace xingu::ecg
