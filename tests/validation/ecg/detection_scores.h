// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ecg/beat_comparison.h"

namespace xingu::test {

struct RecordScore {
  std::string record;
  ecg::DetectionScore score;
};

/// QRS detection within 150 ms over whole records, one row per record.
[[nodiscard]] std::vector<RecordScore> detection_scores(const std::filesystem::path& folder,
                                                        const std::vector<std::string>& records);

/// The same with noise mixed in; counted from the start of the noise on, clean stretches between included, as EC57
/// does.
[[nodiscard]] std::vector<RecordScore> noise_scores(const std::filesystem::path& folder,
                                                    const std::vector<std::string>& records,
                                                    const std::filesystem::path& noise, double snr_db);

[[nodiscard]] ecg::DetectionScore gross(const std::vector<RecordScore>& rows);

}  // namespace xingu::test
