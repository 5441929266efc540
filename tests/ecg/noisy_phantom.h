// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/philox.h"
#include "ecg/lead_signals.h"
#include "ecg/simulation/phantom.h"

namespace xingu::ecg::test_signals {

/// The phantom's twelve leads in sinus rhythm at 500 samples a second, with white noise as of an amplifier.
/// @param noise_mv  from its lowest value to its highest
inline LeadSignals noisy_phantom(double duration_s, double per_min, float noise_mv) {
  PhantomSettings settings;
  settings.duration_s = duration_s;
  settings.heart_rate_per_min = per_min;
  LeadSignals signals = lead_signals(to_ecg_record(make_phantom(settings).recording));
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const Philox random(9, lead);
    for (std::size_t i = 0; i < signals.num_samples(); ++i) {
      signals.mv[lead][i] += noise_mv * static_cast<float>(random.uniform(i) - 0.5);
    }
  }
  return signals;
}

}  // namespace xingu::ecg::test_signals
