// SPDX-License-Identifier: Apache-2.0
#include "ecg/lead_signals.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "ecg/ecg_channels.h"
#include "ecg/formats/lead_codes.h"

namespace xingu::ecg {

namespace {
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

void refuse_without_ecg(const RecordInfo& info) {
  std::string names;
  for (const Channel& channel : info.channels) {
    XINGU_REQUIRE(!is_without_unit(channel.unit) || channel_kind(channel.name) == ChannelKind::other,
                  "{}: channel '{}' states no unit, and its values do not look like millivolts (heights would be a "
                  "guess); write the unit, mV or uV, into the file's header",
                  info.name, printable(channel.name, 40));
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", printable(channel.name, 40));
  }
  fail_input("{}: holds no ECG (no channel is a voltage that may be a lead: {}); give a recording of the heart",
             info.name, printable(names, 200));
}

std::optional<std::size_t> lead_number(const LeadSignals& signals, std::string_view name) {
  const auto found = std::ranges::find(signals.names, name);
  return found == signals.names.end() ? std::nullopt
                                      : std::optional(static_cast<std::size_t>(found - signals.names.begin()));
}

std::string canonical_lead(const std::string& name) {
  for (const std::string_view modified : {"MLI", "MLII"}) {
    if (to_lower(name) == to_lower(modified)) {
      return std::string(modified);
    }
  }
  return lead_name(name);
}

LeadSignals lead_signals(const EcgRecord& record) {
  const RecordInfo& info = record.info;
  XINGU_REQUIRE(info.rate_hz >= lowest_ecg_rate_hz,
                "{}: {:g} samples a second (an ECG has {:g} at least: this seems to be another kind of table); give a "
                "recording of the heart",
                info.name, info.rate_hz, lowest_ecg_rate_hz);
  const std::vector<std::size_t> channels = ecg_channels(info);
  if (channels.empty()) {
    refuse_without_ecg(info);
  }
  LeadSignals signals{info.rate_hz, {}, {}};
  signals.gain_doubt = info.gain_doubt;
  for (const std::size_t c : channels) {
    signals.names.push_back(canonical_lead(info.channels[c].name));
    signals.mv.push_back(channel_millivolts(record, c));
    signals.filters = narrowest(signals.filters, info.channels[c].filters);
  }
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
