// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "ecg/formats/recording_stream.h"

namespace xingu::ecg {

/// Opens a WFDB record as a stream: every packed format, several files and samples per frame, skewed signals, byte
/// offsets, and segments of fixed or variable layout, one after the other with invalid samples in their gaps. All
/// headers are read at once, and what the files do not hold becomes a warning; checksums are not judged.
/// @param record  with or without ".hea"
/// @return nothing where a signal is stored as FLAC, whose frames have no fixed length
/// @throws InputError where read_wfdb() does, but for the bounds on memory; above max_streamed_samples
[[nodiscard]] std::unique_ptr<RecordingStream> open_wfdb_stream(const std::filesystem::path& record);

}  // namespace xingu::ecg
