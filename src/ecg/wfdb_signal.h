// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "ecg/wfdb_header.h"

namespace xingu::ecg {

/// A WFDB record held whole (read_wfdb()), with all its channels where they have one rate, else with those that are an
/// ECG. The formats' own marks for a missing sample become invalid_sample.
/// @param record  with or without ".hea"
/// @throws InputError where read_wfdb() does
[[nodiscard]] EcgRecord read_wfdb_record(const std::filesystem::path& record);

}  // namespace xingu::ecg
