// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "ecg/formats/recording.h"

namespace xingu::ecg {

/// Reads the rhythm of an SCP-ECG file (EN 1064:2005, ISO 11073-91064): sections 1 (patient), 2 (Huffman tables),
/// 3 (leads), 4 and 5 (reference beat, which is added back where it was subtracted) and 6 (samples, as they are or as
/// first or second differences). Samples are in the file's own steps; the unit is µV. Under bimodal compression (one of
/// 2 or 4 samples outside the protected zones of section 4) straight lines join the samples that are left, and a
/// warning says so.
/// @throws InputError naming the file if it is damaged, or if a stretch between protected zones is no whole number of
/// thinned groups.
/// Cost O(bits of section 6).
[[nodiscard]] Recording read_scp(const std::filesystem::path& path);

/// Writes sections 0, 1, 2, 3 and 6: second differences with the default Huffman table, without loss where the steps of
/// all leads are one whole number of nV.
/// @throws InputError if a signal is no lead of an ECG, is not a voltage, has missing samples, or if the rate is not a
/// whole number of microseconds, which is all that the format can say.
void write_scp(const Recording& recording, const std::filesystem::path& path);

}  // namespace xingu::ecg
