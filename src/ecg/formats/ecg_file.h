// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/formats/recording_stream.h"

namespace xingu::ecg {

enum class EcgFormat { wfdb, edf, bdf, scp, aecg, csv, dicom };

/// The format of a file by how it begins, or of a WFDB record by its header. What begins like none is CSV, whose reader
/// says what is missing. @throws InputError if the file cannot be read.
[[nodiscard]] EcgFormat recognise_format(const std::filesystem::path& path);

/// The format that a name asks for by its suffix: .hea .edf .bdf .scp .xml .csv .dcm. @throws InputError for another.
[[nodiscard]] EcgFormat format_for_name(const std::filesystem::path& path);

/// Reads any format but DICOM, which the dicom folder reads. Marks behind the end are left out. @throws InputError as
/// the readers do.
[[nodiscard]] Recording read_recording(const std::filesystem::path& path, EcgFormat format);

/// Whether a format can be read block by block; of WFDB all but records stored as FLAC.
[[nodiscard]] bool is_streamed(EcgFormat format);
/// Opens a recording as a stream. @return nothing where it can only be read whole: SCP-ECG, aECG, DICOM, CSV, and WFDB
/// stored as FLAC. @throws InputError as the readers do, before any sample is read
[[nodiscard]] std::unique_ptr<RecordingStream> open_recording_stream(const std::filesystem::path& path,
                                                                     EcgFormat format);
/// What read_recording() gives of a recording that can be streamed, without samples and marks, and with the same
/// warnings but for those of checksums and marks. Gains are judged by the first minute; where a lead states no unit the
/// samples are gone through once.
[[nodiscard]] Recording read_streamed_facts(const std::filesystem::path& path, EcgFormat format);

/// What a recording holds and a format has no place for, a phrase each ("24 marks"): its writer leaves these out.
/// Samples are never among them: what cannot hold them refuses.
[[nodiscard]] std::vector<std::string> facts_lost_in(EcgFormat format, const Recording& recording);

/// Bits of a sample where the format has no more; nothing where samples may have as many as they need, or are rounded
/// by the writer.
[[nodiscard]] std::optional<int> bits_of(EcgFormat format);

/// "SCP-ECG" and the like.
[[nodiscard]] std::string_view format_name(EcgFormat format);

/// Writes any format but DICOM. @throws InputError as the writers do.
void write_recording(const Recording& recording, const std::filesystem::path& path, EcgFormat format);

}  // namespace xingu::ecg
