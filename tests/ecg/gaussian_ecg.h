// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// A wave as a Gaussian: centre and standard deviation in s relative to the R peak, amplitude in mV.
struct GaussianWave {
  double centre_s, sigma_s, amplitude_mV;
};

/// Adds P, Q, R, S and T to every lead about each beat; the leads differ by a factor.
inline LeadSignals gaussian_ecg(const std::vector<double>& beats_s, double duration_s, double rate_hz,
                                std::size_t num_leads = 2, double p_mV = 0.12) {
  const std::vector<GaussianWave> waves{
      {-0.17, 0.022, p_mV}, {-0.03, 0.008, -0.1}, {0.0, 0.011, 1.1}, {0.03, 0.009, -0.25}, {0.28, 0.045, 0.3}};
  LeadSignals out{rate_hz, {}, {}};
  for (std::size_t lead = 0; lead < num_leads; ++lead) {
    out.names.push_back(fmt::format("V{}", lead + 1));
    std::vector<float> signal(static_cast<std::size_t>(duration_s * rate_hz), 0.0F);
    const double factor = 1.0 - 0.1 * static_cast<double>(lead);
    for (const double beat : beats_s) {
      for (const GaussianWave& wave : waves) {
        for (std::size_t i = 0; i < signal.size(); ++i) {
          const double u = (static_cast<double>(i) / rate_hz - beat - wave.centre_s) / wave.sigma_s;
          if (std::abs(u) < 6.0) {
            signal[i] += static_cast<float>(factor * wave.amplitude_mV * std::exp(-0.5 * u * u));
          }
        }
      }
    }
    out.mv.push_back(std::move(signal));
  }
  return out;
}

}  // namespace xingu::ecg
