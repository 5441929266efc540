// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "ecg/lead_signals.h"

namespace xingu::ecg::test_signals {

/// Leads with Gaussian P, QRS and T waves at the given times: enough to say where each wave is.
struct SyntheticEcg {
  LeadSignals signals;
  std::vector<std::int64_t> beats;  ///< samples of the R peaks
};

inline SyntheticEcg synthetic_ecg(const std::vector<double>& beats_s, double duration_s, double rate_hz = 500.0,
                                  std::size_t num_leads = 2, double p_mv = 0.12) {
  SyntheticEcg ecg;
  ecg.signals.rate_hz = rate_hz;
  const auto size = static_cast<std::size_t>(duration_s * rate_hz);
  for (std::size_t lead = 0; lead < num_leads; ++lead) {
    const double scale = 1.0 / (1.0 + 0.3 * static_cast<double>(lead));
    std::vector<float> x(size, 0.0F);
    const auto add = [&](double at_s, double height_mv, double width_s) {
      for (std::size_t i = 0; i < size; ++i) {
        const double t = (static_cast<double>(i) / rate_hz - at_s) / width_s;
        if (std::abs(t) < 5) {
          x[i] += static_cast<float>(scale * height_mv * std::exp(-t * t / 2));
        }
      }
    };
    for (const double at : beats_s) {
      add(at - 0.16, p_mv, 0.02);
      add(at - 0.022, -0.1, 0.008);
      add(at, 1.2, 0.011);
      add(at + 0.025, -0.25, 0.009);
      add(at + 0.27, 0.3, 0.04);
    }
    ecg.signals.names.push_back(lead == 0 ? std::string("II") : fmt::format("V{}", lead));
    ecg.signals.mv.push_back(std::move(x));
  }
  for (const double at : beats_s) {
    ecg.beats.push_back(std::llround(at * rate_hz));
  }
  return ecg;
}

/// Beats every `interval_s` from `first_s` on.
inline std::vector<double> regular_beats(double first_s, double interval_s, double duration_s) {
  std::vector<double> beats;
  for (double at = first_s; at < duration_s - 0.5; at += interval_s) {
    beats.push_back(at);
  }
  return beats;
}

}  // namespace xingu::ecg::test_signals
