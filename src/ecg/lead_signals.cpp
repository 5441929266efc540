// SPDX-License-Identifier: Apache-2.0
#include "ecg/lead_signals.h"

#include <array>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace xingu::ecg {

namespace {
constexpr double lowest_rate_hz = 50.0;  // below it no complex can be told from a wave
}  // namespace

std::string canonical_lead(const std::string& name) {
  constexpr std::array<std::string_view, 14> known{"I",  "II", "III", "aVR", "aVL", "aVF",  "V1",
                                                   "V2", "V3", "V4",  "V5",  "V6",  "MLII", "MLI"};
  for (const std::string_view lead : known) {
    if (to_lower(name) == to_lower(lead)) {
      return std::string(lead);
    }
  }
  return name;
}

LeadSignals lead_signals(const EcgRecord& record) {
  XINGU_REQUIRE(record.info.rate_hz >= lowest_rate_hz,
                "{}: {:g} samples a second (an ECG has {:g} at least: this seems to be another kind of table); give a "
                "recording of the heart",
                record.info.name, record.info.rate_hz, lowest_rate_hz);
  LeadSignals signals{record.info.rate_hz, {}, {}};
  for (std::size_t c = 0; c < record.info.channels.size(); ++c) {
    if (millivolts_per_unit(record.info.channels[c].unit)) {
      signals.names.push_back(canonical_lead(record.info.channels[c].name));
      signals.mv.push_back(channel_millivolts(record, c));
    }
  }
  XINGU_REQUIRE(!signals.mv.empty(), "{}: no channel is a voltage (there is no ECG in it); give another record",
                record.info.name);
  return signals;
}

}  // namespace xingu::ecg
