// SPDX-License-Identifier: Apache-2.0
#include "ecg/lead_signals.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace xingu::ecg {

namespace {
constexpr double lowest_rate_hz = 50.0;  // below it no complex can be told from a wave

/// A sum of two leads, [sample].
struct LeadSum {
  const char* name;
  const char* first;
  const char* second;
  float of_first;
  float of_second;
};

void add_where_absent(const LeadSum& sum, LeadSignals& signals) {
  const auto first = lead_number(signals, sum.first);
  const auto second = lead_number(signals, sum.second);
  if (!first || !second || lead_number(signals, sum.name)) {
    return;
  }
  std::vector<float> lead(signals.num_samples());
  for (std::size_t i = 0; i < lead.size(); ++i) {
    lead[i] = sum.of_first * signals.mv[*first][i] + sum.of_second * signals.mv[*second][i];
  }
  signals.names.emplace_back(sum.name);
  signals.mv.push_back(std::move(lead));
}

}  // namespace

std::optional<std::size_t> lead_number(const LeadSignals& signals, std::string_view name) {
  const auto found = std::ranges::find(signals.names, name);
  return found == signals.names.end() ? std::nullopt
                                      : std::optional(static_cast<std::size_t>(found - signals.names.begin()));
}

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

LeadSignals with_limb_leads(LeadSignals signals) {
  constexpr std::array<LeadSum, 6> sums{{{"I", "II", "III", 1.0F, -1.0F},
                                         {"II", "I", "III", 1.0F, 1.0F},
                                         {"III", "I", "II", -1.0F, 1.0F},
                                         {"aVR", "I", "II", -0.5F, -0.5F},
                                         {"aVL", "I", "II", 1.0F, -0.5F},
                                         {"aVF", "I", "II", -0.5F, 1.0F}}};
  for (const LeadSum& sum : sums) {
    add_where_absent(sum, signals);
  }
  return signals;
}

}  // namespace xingu::ecg
