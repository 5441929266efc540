// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace xingu::ecg {

/// Numbers behind the statements; data/ecg/statements.toml gives their sources.
struct StatementThresholds {
  double fewest_beats = 0.0;
  double largest_rejected_part = 0.0;
  double bradycardia_below_per_min = 0.0;
  double tachycardia_above_per_min = 0.0;
  double pause_above_s = 0.0;
  double least_irregularity = 0.0;
  double largest_p_share = 0.0;
  double av_block_above_ms = 0.0;
  double complete_block_from_ms = 0.0;
  double incomplete_block_from_ms = 0.0;
  double long_qtc_from_male_ms = 0.0;
  double long_qtc_from_female_ms = 0.0;
};

/// @throws InputError for a missing or unknown key.
[[nodiscard]] StatementThresholds read_statement_thresholds(const std::filesystem::path& path);

}  // namespace xingu::ecg
