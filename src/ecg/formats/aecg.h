// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "ecg/formats/recording.h"

namespace xingu::ecg {

/// Reads the rhythm of an HL7 annotated ECG (HL7 v3 "aECG", PORT_MT020001): the first sequence set of the first series.
/// Digits stay the stored integers, with scale and origin as gain and baseline. Annotations of that series that have a
/// moment become marks, words without one comments; what the file's own analysis measured is left out.
/// @throws InputError naming the file if it is not such a document or is beyond the bounds.
/// Cost O(size of the document). No external entity is ever loaded.
[[nodiscard]] Recording read_aecg(const std::filesystem::path& path);

/// Writes a document with one series of one sequence set; every signal becomes a lead of the MDC code system,
/// every mark an annotation with its time (beats by their codes), every comment one without. The document's id follows
/// from all else that it says.
/// @throws InputError if samples are missing (the format has no mark for them) or signals have different rates.
void write_aecg(const Recording& recording, const std::filesystem::path& path);

}  // namespace xingu::ecg
