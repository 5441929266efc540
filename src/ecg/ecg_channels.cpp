// SPDX-License-Identifier: Apache-2.0
#include "ecg/ecg_channels.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "base/text.h"
#include "ecg/formats/lead_codes.h"

namespace xingu::ecg {
namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether the text is the word, or goes on behind it with something that is no letter: "ecg", "ecg2", "ecg 2".
bool begins_with_word(std::string_view text, std::string_view word) {
  return text.starts_with(word) && (text.size() == word.size() || !is_letter(text[word.size()]));
}

/// Leads of Holter recorders and monitors beside those that have a code: modified (MLII, MCL1), bipolar with the
/// electrode V5 (CM5, CC5, CS5), of the European ST-T database (D3), Frank's, "V" of a monitor, "V2-V3".
bool is_lead_name(std::string_view text) {
  if (is_lead(lead_name(text))) {
    return true;
  }
  constexpr std::array<std::string_view, 11> names{"v",     "vx",  "vy",  "vz",  "mli", "mlii",
                                                   "mliii", "a-s", "e-s", "a-i", "nasa"};
  if (std::ranges::find(names, text) != names.end()) {
    return true;
  }
  constexpr std::array<std::string_view, 9> numbered{"ml", "mv", "mcl", "cm", "cc", "cs", "cb", "d", "mod.v"};
  for (const std::string_view name : numbered) {
    if (text.size() == name.size() + 1 && text.starts_with(name) && text.back() >= '1' && text.back() <= '6') {
      return true;
    }
  }
  const std::size_t dash = text.find('-');
  return dash != std::string_view::npos && is_lead(text.substr(0, dash)) && is_lead(text.substr(dash + 1));
}

/// An electrode of the 10-20 system: "fpz", "c3", "a1".
bool is_scalp_electrode(std::string_view text) {
  constexpr std::array<std::string_view, 14> places{"fp", "af", "fc", "ft", "tp", "cp", "po",
                                                    "f",  "t",  "c",  "p",  "o",  "a",  "m"};
  return std::ranges::any_of(places, [&](std::string_view place) {
    if (!text.starts_with(place)) {
      return false;
    }
    const std::string_view rest = text.substr(place.size());
    return rest == "z" || (!rest.empty() && rest.size() <= 2 && std::ranges::all_of(rest, is_digit));
  });
}

/// Electrodes of the scalp alone or against each other. "C3" alone may be Wilson's C3 as well and says nothing.
bool is_scalp_lead(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    return is_scalp_electrode(text) && (text.starts_with("fp") || text.ends_with('z'));
  }
  const std::string_view second = text.substr(dash + 1);
  return is_scalp_electrode(text.substr(0, dash)) && (is_scalp_electrode(second) || second == "ref");
}

}  // namespace

ChannelKind channel_kind(std::string_view label) {
  const std::string text = to_lower(label);
  if (begins_with_word(text, "ecg") || begins_with_word(text, "ekg") || is_lead_name(text)) {
    return ChannelKind::lead;
  }
  // words that are whole, and beginnings of words
  constexpr std::array<std::string_view, 28> words{"eeg",   "emg",   "eog",  "erg",   "meg",    "mcg",   "ep",
                                                   "scg",   "bcg",   "icg",  "ppg",   "gsr",    "eda",   "abp",
                                                   "bp",    "art",   "cvp",  "pap",   "nibp",   "co2",   "etco2",
                                                   "sound", "event", "chin", "light", "marker", "pulse", "position"};
  constexpr std::array<std::string_view, 19> beginnings{"resp",  "pleth", "spo2", "sao2",  "acc",  "flow", "airflow",
                                                        "nasal", "thor",  "abdo", "snor",  "temp", "trig", "status",
                                                        "photo", "eeg",   "emg",  "press", "mic"};
  const bool is_other =
      std::ranges::any_of(words, [&](std::string_view word) { return begins_with_word(text, word); }) ||
      std::ranges::any_of(beginnings, [&](std::string_view word) { return text.starts_with(word); });
  return is_other || is_scalp_lead(text) ? ChannelKind::other : ChannelKind::unknown;
}

std::vector<std::size_t> ecg_channels(std::span<const ChannelSummary> channels, double frame_rate_hz) {
  std::vector<std::size_t> leads;
  std::vector<std::size_t> unknown;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const ChannelKind kind = channel_kind(channels[c].label);
    if (millivolts_per_unit(std::string(channels[c].unit)) && kind != ChannelKind::other) {
      (kind == ChannelKind::lead ? leads : unknown).push_back(c);
    }
  }
  const bool has_leads = !leads.empty();
  std::vector<std::size_t> chosen = has_leads ? std::move(leads) : std::move(unknown);
  int common = 0;
  int fastest = 0;
  for (const std::size_t c : chosen) {
    common = std::gcd(common, channels[c].samples_per_frame);
    fastest = std::max(fastest, channels[c].samples_per_frame);
  }
  if (!has_leads || common * frame_rate_hz < lowest_ecg_rate_hz) {
    std::erase_if(chosen, [&](std::size_t c) { return channels[c].samples_per_frame != fastest; });
  }
  return chosen;
}

std::vector<std::size_t> ecg_channels(const RecordInfo& info) {
  std::vector<ChannelSummary> channels;
  for (const Channel& channel : info.channels) {
    channels.push_back({channel.name, channel.unit});
  }
  return ecg_channels(channels, info.rate_hz);
}

}  // namespace xingu::ecg
