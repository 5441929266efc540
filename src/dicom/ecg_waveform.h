// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "ecg/formats/recording.h"

namespace xingu {

/// Reads the first multiplex group of a DICOM ECG waveform (PS3.3 A.34.3 to A.34.5, C.10.9): 16-bit samples, signed or
/// not. The padding value becomes a missing sample; leads are known by the codes of MDC and SCP-ECG, else by their
/// meaning. Annotations of that group (C.10.10) that have a moment become marks, words without one comments; what the
/// file's own analysis measured is left out, and a warning counts those whose moment cannot be read.
/// @throws InputError naming file and tag if it is not a waveform or is damaged.
[[nodiscard]] ecg::Recording read_ecg_waveform(const std::filesystem::path& path);

/// Writes a 12-lead ECG where the recording keeps to its limits (at most 13 leads of 16384 samples at 200 to 1000 Hz),
/// else a general (24 channels, 200 to 1000 Hz) or an ambulatory one (12 channels, 50 to 1000 Hz). An unknown start is
/// written as 1 January 1900, which read_ecg_waveform() takes for unknown. Marks become
/// annotations with their moment, beats by the codes of context group 3335, comments annotations of the whole. The same
/// recording gives the same bytes.
/// @throws InputError if no kind fits or a sample needs more than 16 bits.
void write_ecg_waveform(const ecg::Recording& recording, const std::filesystem::path& path);

}  // namespace xingu
