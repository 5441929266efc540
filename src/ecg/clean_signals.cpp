// SPDX-License-Identifier: Apache-2.0
#include "ecg/clean_signals.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "ecg/filters.h"
#include "ecg/mains_removal.h"
#include "ecg/pacing_spikes.h"

namespace xingu::ecg {

CleanSignals::CleanSignals(const LeadSignals& recorded)
    : recorded_(recorded), has_losses_(std::ranges::any_of(recorded.mv, [](const auto& lead) {
        return std::ranges::any_of(lead, [](float x) { return std::isnan(x); });
      })) {}

void CleanSignals::bridge_losses() {
  if (!has_losses_) {
    return;
  }
  for (std::vector<float>& lead : mended().mv) {
    bridge_gaps(lead, static_cast<std::size_t>(longest_bridged_s * recorded_.rate_hz));
  }
}

void CleanSignals::remove_mains(const SignalQuality& quality, std::span<const std::int64_t> beats) {
  const auto has_mains = [](const LeadSecond& second) { return second.has(Fault::mains); };
  if (std::ranges::any_of(quality.leads, [&](const auto& lead) { return std::ranges::any_of(lead, has_mains); })) {
    has_lost_mains_ = ecg::remove_mains(mended(), quality, beats);
  }
}

void CleanSignals::bridge_stimuli() {
  std::vector<std::size_t> spikes = find_pacing_spikes(signals());
  if (!spikes.empty()) {
    remove_pacing_spikes(mended().mv, recorded_.rate_hz, std::move(spikes));
  }
}

void CleanSignals::open_losses() {
  for (std::size_t lead = 0; has_losses_ && lead < recorded_.num_leads(); ++lead) {
    for (std::size_t i = 0; i < recorded_.num_samples(); ++i) {
      if (std::isnan(recorded_.mv[lead][i])) {
        mended().mv[lead][i] = recorded_.mv[lead][i];
      }
    }
  }
}

LeadSignals& CleanSignals::mended() {
  if (!mended_) {
    mended_ = recorded_;
  }
  return *mended_;
}

}  // namespace xingu::ecg
