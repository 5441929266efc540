// SPDX-License-Identifier: Apache-2.0
#include "ecg/clean_signals.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "ecg/contact_steps.h"
#include "ecg/filters.h"
#include "ecg/mains_removal.h"
#include "ecg/pacing_spikes.h"

namespace xingu::ecg {
namespace {

constexpr float mains_without_contact_mv = 0.5F;

float median_mains_mv(std::span<const LeadSecond> seconds) {
  std::vector<float> amplitudes;
  std::ranges::transform(seconds, std::back_inserter(amplitudes), &LeadSecond::mains_mv);
  return median(amplitudes);
}

}  // namespace

std::vector<std::size_t> useless_leads(const SignalQuality& recorded, const SignalQuality& cleaned) {
  std::vector<std::size_t> out;
  const auto is_good = [](const std::vector<LeadSecond>& seconds) {
    return std::ranges::any_of(seconds, &LeadSecond::is_good);
  };
  const bool has_good_lead = std::ranges::any_of(recorded.leads, is_good);
  const auto wanders = [](const LeadSecond& second) { return second.has(Fault::baseline); };
  for (std::size_t lead = 0; lead < recorded.leads.size(); ++lead) {
    const std::vector<LeadSecond>& seconds = recorded.leads[lead];
    const bool has_no_contact =
        has_good_lead && !is_good(seconds) && median_mains_mv(seconds) >= mains_without_contact_mv;
    if (!seconds.empty() && (has_no_contact || std::ranges::all_of(cleaned.leads[lead], wanders))) {
      out.push_back(lead);
    }
  }
  return out.size() == recorded.leads.size() ? std::vector<std::size_t>{} : out;
}

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

void CleanSignals::level_contacts() {
  for (std::size_t lead = 0; lead < recorded_.num_leads(); ++lead) {
    const std::vector<ContactStep> steps = find_contact_steps(signals().mv[lead], recorded_.rate_hz);
    if (!steps.empty()) {
      level_contact_steps(steps, recorded_.rate_hz, mended().mv[lead]);
    }
  }
}

void CleanSignals::leave_out(std::span<const std::size_t> leads) {
  for (const std::size_t lead : leads) {
    std::ranges::fill(mended().mv[lead], std::numeric_limits<float>::quiet_NaN());
  }
}

void CleanSignals::remove_mains(const SignalQuality& quality, std::span<const std::int64_t> beats) {
  const auto has_mains = [](const LeadSecond& second) { return second.has(Fault::mains); };
  if (std::ranges::any_of(quality.leads, [&](const auto& lead) { return std::ranges::any_of(lead, has_mains); })) {
    has_lost_mains_ = ecg::remove_mains(mended(), quality, beats);
  }
}

std::optional<FoundTremor> CleanSignals::remove_tremor(std::span<const std::int64_t> beats, const TremorRule& rule) {
  std::optional<FoundTremor> found = find_limb_tremor(signals(), beats, rule);
  if (found) {
    take_out(*found, mended());
  }
  return found;
}

void CleanSignals::bridge_stimuli(double step_mv) {
  std::vector<std::size_t> spikes = find_pacing_spikes(signals(), step_mv);
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
