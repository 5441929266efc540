// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "ecg/record.h"

namespace xingu::ecg {

/// What the label of a channel says of it.
enum class ChannelKind {
  lead,    ///< of an ECG: "II", "v1", "MLII", "CM5", "ECG 2"
  other,   ///< of another kind: "EEG Fpz-Cz", "EMG", "Resp", "SpO2"
  unknown  ///< it does not say: "ch1"
};

/// Letters' case does not count. Labels of other kinds are those of the EDF+ standard texts (Kemp & Olivan 2003), of
/// pairs of scalp electrodes, and what monitors and sleep recorders write.
[[nodiscard]] ChannelKind channel_kind(std::string_view label);

/// What the choice of leads needs to know of a channel.
struct ChannelSummary {
  std::string_view label;
  std::string_view unit;
  int samples_per_frame = 1;
};

/// Indices of the channels that are analysed as an ECG: the voltages whose label is a lead; if none is, the voltages
/// of the highest rate whose label names nothing else. Empty where there is no ECG. Leads of several rates are all
/// taken unless their common rate is below lowest_ecg_rate_hz, then those of the highest.
[[nodiscard]] std::vector<std::size_t> ecg_channels(std::span<const ChannelSummary> channels, double frame_rate_hz);
/// The same for a record, whose channels have one rate.
[[nodiscard]] std::vector<std::size_t> ecg_channels(const RecordInfo& info);

/// Below it no complex can be told from a wave, samples per second.
inline constexpr double lowest_ecg_rate_hz = 50.0;

}  // namespace xingu::ecg
