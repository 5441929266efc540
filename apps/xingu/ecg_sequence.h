// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ecg/heart_rate_variability.h"
#include "ecg/rhythm_episodes.h"

namespace xingu {

/// What is told of a recording's beats one after the other, as JSON: "beat_types", "fibrillation" (burden),
/// "variability", "episodes" and "trend" (a row a minute). A number that the recording does not give is null.
[[nodiscard]] nlohmann::ordered_json sequence_json(const ecg::BeatSequence& beats,
                                                   std::span<const ecg::Fibrillation> fibrillation,
                                                   double pause_above_s);

/// "812 normal, 3 ventricular"; empty for no beats.
[[nodiscard]] std::string beat_counts(const ecg::BeatSequence& beats);

/// Intervals between neighbouring normal beats, for variability.
[[nodiscard]] std::vector<ecg::NormalInterval> normal_intervals_of(const ecg::BeatSequence& beats);

/// "SDNN 141 ms, RMSSD 27 ms, …"; empty where the recording is too short.
[[nodiscard]] std::string variability_text(const ecg::BeatSequence& beats);

}  // namespace xingu
