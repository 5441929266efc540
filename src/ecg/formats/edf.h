// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "ecg/formats/recording.h"

namespace xingu::ecg {

/// Reads EDF, EDF+ (Kemp 1992, Kemp and Olivan 2003) and the BDF of 24 bits. Signals of different rates share frames of
/// their greatest common rate. Annotations become marks; gaps of an interrupted file (EDF+D) become invalid samples.
/// @throws InputError naming the file if it is not EDF, is damaged, or is beyond the bounds of a Recording.
/// Cost O(samples).
[[nodiscard]] Recording read_edf(const std::filesystem::path& path);

enum class EdfKind { edf, bdf };

/// Writes EDF+C or BDF+C in records of about one second. Where the recording does not fill the last one, its end is
/// repeated and the annotation "Recording ends" says where the signal does; read_edf() cuts there.
/// @throws InputError if a sample is missing (the format has no mark for it) or does not fit its bits.
void write_edf(const Recording& recording, const std::filesystem::path& path, EdfKind kind);

}  // namespace xingu::ecg
