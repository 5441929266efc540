// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "ecg/formats/recording_stream.h"

namespace xingu::ecg {

/// Opens EDF, EDF+ or BDF as a stream, data record after data record; the gaps of an interrupted file become invalid
/// samples. Annotations are read through once, for the places of the records and the end mark of write_edf().
/// @throws InputError where read_edf() does, but for the bounds on memory; above max_streamed_samples
[[nodiscard]] std::unique_ptr<RecordingStream> open_edf_stream(const std::filesystem::path& path);

}  // namespace xingu::ecg
