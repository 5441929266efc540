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
  int adc_zero = 0;
  std::int32_t initial_value = 0;  ///< where format 8 starts to sum its differences
  std::optional<int> checksum;     ///< sum of all samples, modulo 2^16
};

/// One segment of a record that consists of several.
struct WfdbSegment {
  std::string name;  ///< of its record, "~" for a gap
  std::int64_t num_frames = 0;
};

/// Facts that a header can only say in its remarks ("# age: 81"), empty where it does not.
struct WfdbRemarks {
  std::string id;
  std::string name;
  std::string birth_date;  ///< YYYY-MM-DD
  std::string device;
  std::string start_date;           ///< YYYY-MM-DD, where the first line has none
  std::string age_doubt;            ///< why an age that is stated is not used, "the age '6 x' has …"
  std::vector<std::string> others;  ///< the lines of `info.comments` that say more than age, sex and the facts above
};

/// A WFDB header (.hea; WFDB Applications Guide, header(5)). It lists signals, or segments that have headers of their
/// own. A first segment of no frames is the layout of a record whose segments hold varying signals.
struct WfdbHeader {
  RecordInfo info;
  WfdbRemarks remarks;
  std::vector<WfdbSignal> signals;  ///< one per channel of `info`, unless there are segments
  std::vector<WfdbSegment> segments;
};

/// Age and sex come from the remarks in their several customs, whatever the letters' case: "# 69 M 1085", "#<age>: 51
/// <sex>: F", "# Age: 81", "# sex: female", "# age: 6 months"; ages as parse_age() reads them.
/// @throws InputError naming file and line for what is not a header.
[[nodiscard]] WfdbHeader parse_wfdb_header(std::string_view text, const std::string& file);
/// `record` with or without ".hea".
[[nodiscard]] WfdbHeader read_wfdb_header(const std::filesystem::path& record);

/// The path of the record's header: "…/100" and "…/100.hea" both give "…/100.hea".
[[nodiscard]] std::filesystem::path wfdb_header_path(const std::filesystem::path& record);

}  // namespace xingu::ecg
