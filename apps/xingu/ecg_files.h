// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "ecg/formats/recording.h"

namespace xingu {

/// Reads a recording of any format, DICOM too. @throws InputError as the readers do.
[[nodiscard]] ecg::Recording read_ecg_file(const std::filesystem::path& path);
/// The same for analysis: what is odd about the file, and which signals are left out, is logged and among its warnings.
[[nodiscard]] ecg::Recording read_ecg_for_analysis(const std::filesystem::path& path);
/// Its ECG; what is odd about the file is logged as a warning.
[[nodiscard]] ecg::EcgRecord read_ecg_record(const std::filesystem::path& path);
/// Writes in the format that the suffix names. @throws InputError as the writers do.
void write_ecg_file(const ecg::Recording& recording, const std::filesystem::path& path);

}  // namespace xingu
