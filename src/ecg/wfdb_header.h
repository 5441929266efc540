// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/record.h"

namespace xingu::ecg {

/// One signal line of a WFDB header: where and how a channel's samples stand in a file.
struct WfdbSignal {
  std::string file;
  int format = 0;  ///< the storage format's number, e.g. 16 or 212
  int samples_per_frame = 1;
  int skew = 0;               ///< samples by which the channel lags
  long long byte_offset = 0;  ///< of the first sample in the file
};

/// A WFDB header (.hea) of one segment (WFDB Applications Guide, header(5)).
struct WfdbHeader {
  RecordInfo info;
  std::vector<WfdbSignal> signals;  ///< one per channel of `info`
};

/// @throws InputError naming file and line for what is not a header of one segment.
[[nodiscard]] WfdbHeader parse_wfdb_header(std::string_view text, const std::string& file);
/// `record` with or without ".hea".
[[nodiscard]] WfdbHeader read_wfdb_header(const std::filesystem::path& record);

/// The path of the record's header: "…/100" and "…/100.hea" both give "…/100.hea".
[[nodiscard]] std::filesystem::path wfdb_header_path(const std::filesystem::path& record);

}  // namespace xingu::ecg
