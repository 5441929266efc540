// SPDX-License-Identifier: Apache-2.0
#include "ecg/lead_signals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "base/text.h"

namespace xingu::ecg {

std::size_t LeadSignals::samples_in(double seconds) const {
  return static_cast<std::size_t>(std::max(1.0, std::round(seconds * rate_hz)));
}

std::string standard_lead_name(const std::string& name) {
  constexpr std::array<std::string_view, 12> standard{"I",  "II", "III", "aVR", "aVL", "aVF",
                                                      "V1", "V2", "V3",  "V4",  "V5",  "V6"};
  const std::string lower = to_lower(name);
  for (const std::string_view lead : standard) {
    if (lower == to_lower(lead)) {
      return std::string(lead);
    }
  }
  return name;
}

LeadSignals lead_signals(const EcgRecord& record) {
  LeadSignals signals{record.info.sample_rate_hz, {}, {}};
  for (std::size_t c = 0; c < record.samples.size(); ++c) {
    signals.names.push_back(standard_lead_name(record.info.channels[c].name));
    signals.leads.push_back(record.millivolts(c));
  }
  return signals;
}

std::vector<float> decimated(const std::vector<float>& signal, std::size_t factor) {
  std::vector<float> out(signal.size() / factor);
  const float share = 1.0F / static_cast<float>(factor);
  for (std::size_t i = 0; i < out.size(); ++i) {
    float sum = 0.0F;
    for (std::size_t k = 0; k < factor; ++k) {
      sum += signal[i * factor + k];
    }
    out[i] = sum * share;
  }
  return out;
}

}  // namespace xingu::ecg
