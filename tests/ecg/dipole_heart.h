// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/philox.h"
#include "ecg/lead_signals.h"
#include "ecg/record.h"
#include "ecg/simulation/beating_heart.h"

namespace xingu::ecg::test_signals {

/// Adds a sinus beat.
inline void add_sinus_beat(double onset_s, double rr_s, std::vector<DipoleBump>& heart) {
  const ConductedBeat beat = conducted_beat(onset_s, rr_s, {});
  heart.insert(heart.end(), beat.bumps.begin(), beat.bumps.end());
}

/// Adds a beat of the ventricles, 140 ms wide, whose T wave ends before the next complex.
/// @param rr_s  to that
inline void add_ventricular_beat(double onset_s, double rr_s, std::vector<DipoleBump>& heart) {
  const double t_s = std::min(0.20, 0.9 * rr_s - 0.15);
  heart.push_back({wave_within(onset_s, 0.14, 0.0, 0.45, 1.0), {-0.9, -2.0, 0.75}});
  heart.push_back({wave_within(onset_s + 0.15, t_s, 0.0, 0.5, 1.0), {0.3, 0.55, -0.25}});
}

/// The eight measured leads of a heart's waves at 500 samples a second, with 10 µV of noise from top to bottom.
inline LeadSignals leads_of(const std::vector<DipoleBump>& heart, double duration_s) {
  constexpr double sampled_hz = 500.0;
  LeadSignals out{sampled_hz, {}, {}};
  const auto size = static_cast<std::size_t>(duration_s * sampled_hz);
  for (std::size_t lead = 0; lead < measured_leads.size(); ++lead) {
    const Philox random(31, lead);
    std::vector<float> x(size);
    for (std::size_t i = 0; i < size; ++i) {
      x[i] = static_cast<float>(0.01 * (random.uniform(i) - 0.5));
    }
    for (const DipoleBump& bump : heart) {
      double height = 0.0;
      for (std::size_t axis = 0; axis < bump.height_mV.size(); ++axis) {
        height += measured_leads[lead].weight[axis] * bump.height_mV[axis];
      }
      const auto end = std::min(size, static_cast<std::size_t>(bump.wave.offset_s * sampled_hz) + 1);
      for (auto i = static_cast<std::size_t>(bump.wave.onset_s * sampled_hz); i < end; ++i) {
        x[i] += static_cast<float>(height * bump.part_at(static_cast<double>(i) / sampled_hz));
      }
    }
    out.names.emplace_back(measured_leads[lead].name);
    out.mv.push_back(std::move(x));
  }
  return out;
}

/// The same as a recording, 1 µV a step.
inline EcgRecord to_record(const LeadSignals& signals) {
  EcgRecord out;
  out.info.rate_hz = signals.rate_hz;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    Channel channel;
    channel.name = signals.names[lead];
    channel.gain = 1000.0;
    out.info.channels.push_back(channel);
    std::vector<std::int32_t>& samples = out.samples.emplace_back();
    for (const float mv : signals.mv[lead]) {
      samples.push_back(static_cast<std::int32_t>(std::lround(1000.0F * mv)));
    }
  }
  return out;
}

}  // namespace xingu::ecg::test_signals
