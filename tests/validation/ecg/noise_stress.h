// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "mitdb_records.h"

namespace xingu::ecg::validation {

inline constexpr std::size_t mitdb_rate = 360;

/// Mixes noise into a lead as the Noise Stress Test Database was made: from the fifth minute on, two minutes with and
/// two without in turn. @param noise  mV, at the lead's rate; repeated where it ends
void mix_noise(std::vector<float>& lead, const ReferenceBeats& beats, const std::vector<float>& noise, double snr_db);

}  // namespace xingu::ecg::validation
