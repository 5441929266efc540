// SPDX-License-Identifier: Apache-2.0
#include "ecg/electrode_pops.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <numeric>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double half_s = 0.09;
constexpr std::size_t beats_averaged = 8;  // normal beats, of which the mean is taken
constexpr std::size_t fewest_normal = 3;
constexpr double shift_s = 0.06;  // by which a jolt moves where a beat is found
constexpr double shift_step_s = 0.004;
// Of a complex on which one chest electrode lies alone: leads beside its own; the part of the usual complex's energy in
// them by which they differ, and the same in its own.
constexpr std::size_t fewest_leads_alike = 7;
constexpr float largest_share_elsewhere = 0.15F;
constexpr float least_share_there = 0.5F;

// Of a beat beside an artefact of one lead: what that spans of the usual complex's height, within this time of the
// beat.
constexpr float artefact_from_heights = 4;  // as GapJudge: no heart is so much steeper
constexpr double artefact_within_s = 1.0;

/// The leads about a beat; empty where the recording ends.
std::vector<std::vector<float>> cut_about(const LeadSignals& signals, std::int64_t at, std::int64_t half) {
  std::vector<std::vector<float>> out;
  if (at - half < 0 || at + half >= static_cast<std::int64_t>(signals.num_samples())) {
    return out;
  }
  for (const std::vector<float>& lead : signals.mv) {
    out.emplace_back(lead.begin() + (at - half), lead.begin() + (at + half + 1));
  }
  return out;
}

void take_off_mean(std::vector<float>& x) {
  const float mean = std::accumulate(x.begin(), x.end(), 0.0F) / static_cast<float>(x.size());
  for (float& value : x) {
    value -= mean;
  }
}

/// Mean of the normal beats nearest to one; empty where there are too few.
std::vector<std::vector<float>> usual_about(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                            const std::vector<BeatType>& types, std::size_t beat, std::int64_t half) {
  std::vector<std::vector<float>> sum;
  std::size_t num = 0;
  for (const std::int64_t at : nearest_normal_beats(beats, types, beat, beats_averaged)) {
    const std::vector<std::vector<float>> waves = cut_about(signals, at, half);
    if (waves.empty()) {
      continue;
    }
    ++num;
    if (sum.empty()) {
      sum.assign(waves.size(), std::vector<float>(waves.front().size(), 0.0F));
    }
    for (std::size_t lead = 0; lead < waves.size(); ++lead) {
      std::ranges::transform(sum[lead], waves[lead], sum[lead].begin(), std::plus{});
    }
  }
  if (num < fewest_normal) {
    return {};
  }
  for (std::vector<float>& lead : sum) {
    std::ranges::transform(lead, lead.begin(), [&](float x) { return x / static_cast<float>(num); });
  }
  return sum;
}

float energy(const std::vector<float>& x) { return std::inner_product(x.begin(), x.end(), x.begin(), 0.0F); }

/// Whether a complex differs from the usual one in one lead of the chest alone: an electrode there moves no other lead,
/// and no heart does that.
/// @param difference  [lead] from the usual complex, about its mean
/// @param dues        [lead] energy of the usual complex about its mean
bool differs_in_one_chest_lead(const LeadSignals& signals, const std::vector<std::vector<float>>& difference,
                               const std::vector<float>& dues) {
  float due = 0.0F;
  float left = 0.0F;
  float worst_due = 0.0F;
  float worst_left = 0.0F;  // in the lead of the chest that differs most
  std::size_t num_leads = 0;
  for (std::size_t lead = 0; lead < difference.size(); ++lead) {
    const float here = energy(difference[lead]);
    if (std::isnan(here + dues[lead]) || dues[lead] == 0.0F) {
      continue;
    }
    ++num_leads;
    due += dues[lead];
    left += here;
    if (signals.names[lead].starts_with('V') && here > worst_left) {
      worst_due = dues[lead];
      worst_left = here;
    }
  }
  return num_leads > fewest_leads_alike && worst_left >= least_share_there * worst_due &&
         left - worst_left <= largest_share_elsewhere * (due - worst_due);
}

float height_of(std::span<const float> x) {
  const ValueRange range = value_range(x);
  return std::max(0.0F, range.high - range.low);
}

/// Whether a lead moves about a beat as none of its complexes does.
/// @param usual  of this lead
bool has_artefact(const std::vector<float>& lead, const std::vector<float>& usual, std::int64_t beat, double rate_hz) {
  const std::int64_t within = std::llround(artefact_within_s * rate_hz);
  const std::int64_t from = std::max<std::int64_t>(0, beat - within);
  const std::int64_t until = std::min(beat + within, std::ssize(lead));
  const float height = height_of(usual);
  return from < until && height > 0.0F &&
         height_of(std::span(lead).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(until - from))) >=
             artefact_from_heights * height;
}

/// Whether a complex is the usual one on all leads but one, which goes off as no heart makes it: what that shows is no
/// other beat.
bool is_usual_beside_artefact(const LeadSignals& signals, std::int64_t beat,
                              const std::vector<std::vector<float>>& usual) {
  std::vector<bool> goes_off(signals.num_leads());
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    goes_off[lead] = has_artefact(signals.mv[lead], usual[lead], beat, signals.rate_hz);
  }
  if (std::ranges::count(goes_off, true) != 1) {
    return false;
  }
  const auto half = static_cast<std::int64_t>(usual.front().size() / 2);
  const auto most = static_cast<std::int64_t>(shift_s * signals.rate_hz);
  const auto step = std::max<std::int64_t>(1, static_cast<std::int64_t>(shift_step_s * signals.rate_hz));
  for (std::int64_t shift = -most; shift <= most; shift += step) {
    const std::vector<std::vector<float>> waves = cut_about(signals, beat + shift, half);
    float due = 0.0F;
    float left = 0.0F;
    for (std::size_t lead = 0; lead < waves.size(); ++lead) {
      std::vector<float> own = usual[lead];
      std::vector<float> difference = waves[lead];
      std::ranges::transform(difference, own, difference.begin(), std::minus{});
      take_off_mean(own);
      take_off_mean(difference);
      const float here = energy(difference);
      const bool counts = !goes_off[lead] && !std::isnan(here);
      due += counts ? energy(own) : 0.0F;
      left += counts ? here : 0.0F;
    }
    if (due > 0.0F && left <= largest_share_elsewhere * due) {
      return true;
    }
  }
  return false;
}

bool is_jolted(const LeadSignals& signals, const ElectrodePops& pops, std::int64_t beat,
               const std::vector<std::vector<float>>& usual) {
  const auto half = static_cast<std::int64_t>(usual.front().size() / 2);
  const auto most = static_cast<std::int64_t>(shift_s * signals.rate_hz);
  const auto step = std::max<std::int64_t>(1, static_cast<std::int64_t>(shift_step_s * signals.rate_hz));
  std::vector<float> dues;
  for (std::vector<float> wave : usual) {
    take_off_mean(wave);
    dues.push_back(energy(wave));
  }
  for (std::int64_t shift = -most; shift <= most; shift += step) {
    std::vector<std::vector<float>> waves = cut_about(signals, beat + shift, half);
    for (std::size_t lead = 0; lead < waves.size(); ++lead) {
      std::ranges::transform(waves[lead], usual[lead], waves[lead].begin(), std::minus{});
      take_off_mean(waves[lead]);
    }
    if (!waves.empty() && (pops.is_pop(waves) || differs_in_one_chest_lead(signals, waves, dues))) {
      return true;
    }
  }
  return false;
}

}  // namespace

ElectrodePops::ElectrodePops(std::span<const std::string> names) {
  std::size_t num_chest = 0;
  for (std::size_t k = 0; k < names.size(); ++k) {
    Lead lead{k, names[k].starts_with('V'), {}};
    if (!lead_of_electrode(names[k], Electrode::ra)) {
      continue;
    }
    for (std::size_t limb = 0; limb < limb_electrodes.size(); ++limb) {
      lead.of_limbs[limb] = static_cast<float>(*lead_of_electrode(names[k], limb_electrodes[limb]));
    }
    num_chest += lead.is_chest ? 1 : 0;
    leads_.push_back(lead);
  }
  can_tell_ = num_chest >= fewest_chest_leads_to_tell && leads_.size() >= num_chest + fewest_limb_leads_to_tell;
}

bool ElectrodePops::is_pop(const QrsFeature& feature, std::int64_t at) const {
  const std::int64_t half = std::llround(half_s * feature.rate_hz);
  const std::int64_t size = std::ssize(feature.height);
  const auto first = static_cast<std::size_t>(std::clamp<std::int64_t>(at - half, 0, size));
  const auto last = static_cast<std::size_t>(std::clamp<std::int64_t>(at + half + 1, 0, size));
  return is_pop(last - first, [&](std::size_t lead, std::size_t i) { return feature.band[lead][first + i]; });
}

bool ElectrodePops::is_pop(std::span<const std::vector<float>> waves) const {
  return is_pop(waves.front().size(), [&](std::size_t lead, std::size_t i) { return waves[lead][i]; });
}

void forget_types_of_jolted_beats(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                  std::vector<BeatType>& types) {
  const ElectrodePops pops(signals.names);
  const std::vector<BeatType> found = types;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    if (is_ectopic_beat(found[b])) {
      const std::vector<std::vector<float>> usual =
          usual_about(signals, beats, found, b, std::llround(half_s * signals.rate_hz));
      const bool is_none =
          !usual.empty() && ((pops.can_tell() && is_jolted(signals, pops, beats[b], usual)) ||
                             (is_ventricular_in_part(found[b]) && is_usual_beside_artefact(signals, beats[b], usual)));
      types[b] = is_none ? BeatType::unknown : types[b];
    }
  }
}

}  // namespace xingu::ecg
