// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/formats/recording.h"

namespace xingu::ecg {

enum class EcgFormat { wfdb, edf, bdf, scp, aecg, csv, dicom };

/// The format of a file by how it begins, or of a WFDB record by its header. What begins like none is CSV, whose reader
/// says what is missing. @throws InputError if the file cannot be read.
[[nodiscard]] EcgFormat recognise_format(const std::filesystem::path& path);

/// The format that a name asks for by its suffix: .hea .edf .bdf .scp .xml .csv .dcm. @throws InputError for another.
[[nodiscard]] EcgFormat format_for_name(const std::filesystem::path& path);

/// Reads any format but DICOM, which the dicom folder reads. @throws InputError as the readers do.
[[nodiscard]] Recording read_recording(const std::filesystem::path& path, EcgFormat format);

/// What a recording holds and a format has no place for, a phrase each ("24 marks"): its writer leaves these out.
/// Samples are never among them: what cannot hold them refuses.
[[nodiscard]] std::vector<std::string> facts_lost_in(EcgFormat format, const Recording& recording);

/// "SCP-ECG" and the like.
[[nodiscard]] std::string_view format_name(EcgFormat format);

/// Writes any format but DICOM. @throws InputError as the writers do.
void write_recording(const Recording& recording, const std::filesystem::path& path, EcgFormat format);

}  // namespace xingu::ecg
