// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/statements.h"

namespace xingu::ecg {

/// What is missing for as long or longer is told, and no interval counts across it; s. The heart gives no two complexes
/// within it (the refractory time of the detector), and a complex with its slopes is shorter: own choice.
inline constexpr double shortest_missing_s = 0.2;

/// Samples [from, until) that more than half of the leads do not have, without leads that lack nine tenths of all.
struct MissingStretch {
  std::int64_t from = 0;
  std::int64_t until = 0;
};

/// All of `shortest_missing_s` or more, ascending. Cost O(leads · samples).
[[nodiscard]] std::vector<MissingStretch> missing_stretches(const LeadSignals& signals);

/// [second] with a part of a stretch in it.
[[nodiscard]] std::vector<bool> missing_seconds(const std::vector<MissingStretch>& stretches, double rate_hz,
                                                std::size_t num_seconds);

/// Adds `samples_missing`, how long in all and where, if there is such a stretch, or shorter losses of a twentieth of
/// the recording together, and anything beside them; `samples_missing_in_leads` where some lead was recorded meanwhile.
void say_missing_samples(const LeadSignals& signals, Analysis& analysis);

}  // namespace xingu::ecg
