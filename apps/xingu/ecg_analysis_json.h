// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "ecg/heart_rate_variability.h"
#include "ecg/statements.h"

namespace xingu {

/// Variability is that of the sinus node: without beats about which the atria fibrillate or flutter.
/// @param signals  those that were analysed; beats are placed between their samples
[[nodiscard]] std::vector<ecg::NormalInterval> sinus_intervals(const ecg::LeadSignals& signals,
                                                               const ecg::Analysis& analysis);

/// What `analyse --json` and `report --json` print; null for what cannot be said.
/// @param num_measured  leads that the recording has; those behind them are computed
/// @param start_time    of the recording (RecordInfo)
/// @param warnings      what is odd about the file and yet could be read
[[nodiscard]] nlohmann::ordered_json analysis_json(const std::string& record, const ecg::LeadSignals& signals,
                                                   const ecg::Analysis& analysis, const ecg::EpisodeLimits& limits,
                                                   std::size_t num_measured, const std::string& start_time,
                                                   const std::vector<std::string>& warnings);

}  // namespace xingu
