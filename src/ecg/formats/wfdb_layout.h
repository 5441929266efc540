// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "ecg/formats/recording.h"
#include "ecg/formats/wfdb_packing.h"
#include "ecg/wfdb_header.h"

namespace xingu::ecg {

/// The file beside the header, never one elsewhere: a header comes from outside and may name anything.
/// @throws InputError for a name that leaves the header's folder
[[nodiscard]] std::filesystem::path beside(const std::filesystem::path& header, const std::string& name);

/// Signals [first, last) of a header that share a file.
struct WfdbGroup {
  std::size_t first = 0;
  std::size_t last = 0;
};
[[nodiscard]] std::vector<WfdbGroup> wfdb_groups(const WfdbHeader& header);

/// How the samples of a group stand in their file.
struct WfdbGroupLayout {
  std::span<const WfdbSignal> signals;
  std::string file;
  WfdbFormat format = WfdbFormat::int16;
  std::uint64_t frame_samples = 0;  ///< of all signals
};
/// @throws InputError naming the file if its signals do not fit each other
[[nodiscard]] WfdbGroupLayout wfdb_group_layout(const WfdbHeader& header, WfdbGroup group,
                                                const std::filesystem::path& file);

/// What a header says of a recording, without samples.
[[nodiscard]] Recording recording_of(const WfdbHeader& header);

/// A segment's path by its name in a record's header.
[[nodiscard]] std::filesystem::path segment_path(const std::filesystem::path& record, const WfdbSegment& segment);
/// @throws InputError if it has segments itself
[[nodiscard]] WfdbHeader segment_header(const std::filesystem::path& record, const WfdbSegment& segment);

/// To which signal of a record each one of a segment belongs: by label in a variable layout, by number in a fixed one.
/// @throws InputError naming the segment's file where they do not fit
[[nodiscard]] std::vector<std::size_t> signals_in_record(const Recording& segment, const Recording& record,
                                                         bool is_by_label, const std::string& file);

/// A segment's samples in the steps of the record, where it was digitised with others; off by at most half a step.
void rescale(std::vector<std::int32_t>& samples, const StoredSignal& source, const StoredSignal& target);

}  // namespace xingu::ecg
