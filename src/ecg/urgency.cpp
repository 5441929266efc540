// SPDX-License-Identifier: Apache-2.0
#include "ecg/urgency.h"

#include <algorithm>
#include <array>

namespace xingu::ecg {
namespace {

constexpr std::array<std::string_view, 29> in_order{
    "possible_ventricular_fibrillation",
    "no_beats_in_good_leads",
    "cannot_say_ventricles",
    "beats_untold_for",
    "cannot_say_beats",
    "no_beats_for",
    "standstill",
    "too_slow",
    "cannot_say_rare_beats",
    "stimuli_without_complex",
    "wide_complex_tachycardia",
    "sustained_ventricular_tachycardia",
    "ventricular_tachycardia",
    "st_elevation",
    "widespread_st_depression",
    "long_pause",
    "av_block_3",
    "av_block_advanced",
    "av_block_2_type_2",
    "av_block_2_to_1",
    "slow_without_p",
    "very_long_qt",
    "tachycardia_without_p",
    "wide_complex_rhythm",
    "wide_regular_without_p",
    "electrodes_swapped",
    "doubtful_gains",
    "cannot_say_amplitudes",
    "very_low_voltage",
};

}  // namespace

std::span<const std::string_view> urgent_codes() { return in_order; }

std::optional<std::size_t> urgency(std::string_view code) {
  const auto* const found = std::ranges::find(in_order, code);
  return found == in_order.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - in_order.begin()));
}

}  // namespace xingu::ecg
