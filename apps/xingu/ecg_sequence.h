// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ecg/heart_rate_variability.h"
#include "ecg/rhythm_episodes.h"
#include "ecg_clock.h"

namespace xingu {

/// What is told of a recording's beats one after the other, as JSON: "beat_types", "fibrillation" (burden),
/// "variability", "episodes", "rejected_seconds" and "trend" (a row a minute). A number that the recording does not
/// give is null: among them the counts of a minute without signal.
/// @param limits     of what is told as an episode
/// @param intervals  those that variability is made of
/// @param clock      of the recording's start
[[nodiscard]] nlohmann::ordered_json sequence_json(const ecg::BeatSequence& beats,
                                                   std::span<const ecg::Fibrillation> fibrillation,
                                                   const ecg::EpisodeLimits& limits,
                                                   std::span<const ecg::NormalInterval> intervals,
                                                   const EcgClock& clock);

/// When a recording began, as its file says it; null where it does not.
[[nodiscard]] nlohmann::ordered_json started_json(const std::string& start_time);

/// "812 normal, 3 ventricular"; empty for no beats.
[[nodiscard]] std::string beat_counts(const ecg::BeatSequence& beats);

/// "SDNN 141 ms, RMSSD 27 ms, …" of five minutes or more; empty for less.
[[nodiscard]] std::string variability_text(std::span<const ecg::NormalInterval> intervals);

}  // namespace xingu
