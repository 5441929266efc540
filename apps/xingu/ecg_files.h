// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "ecg/formats/recording.h"
#include "ecg/formats/wfdb_record.h"

namespace xingu {

/// Reads a recording of any format, DICOM too. @throws InputError as the readers do.
[[nodiscard]] ecg::Recording read_ecg_file(const std::filesystem::path& path);
/// The same for analysis, named as the path is: what is odd about the file, and which signals are left out, is logged
/// and among its warnings.
[[nodiscard]] ecg::Recording read_ecg_for_analysis(const std::filesystem::path& path);
/// Its ECG; what is odd about the file is logged as a warning.
[[nodiscard]] ecg::EcgRecord read_ecg_record(const std::filesystem::path& path);
/// Writes in the format that the suffix names. @throws InputError as the writers do, and where the place cannot be
/// written: it was asked for.
/// @param wfdb  how the samples of a WFDB record are stored
void write_ecg_file(const ecg::Recording& recording, const std::filesystem::path& path,
                    const ecg::WfdbWriteOptions& wfdb = {});
/// Does what writes a file that was asked for. @throws InputError where the place cannot be written.
void write_where_asked(const std::function<void()>& write);

}  // namespace xingu
