// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/limb_swings.h"

#include <algorithm>

#include "ecg/ventricular_oscillation.h"

namespace xingu::ecg {
namespace {

constexpr std::array<Electrode, 2> both_arms{Electrode::ra, Electrode::la};
constexpr std::array<Electrode, 1> the_leg{Electrode::ll};
// Own choices. Of made fibrillation, each lead for itself or of a dipole, arms explain 0.55 at most (0.76 under
// compressions of the chest) and no chest lead shows complexes without them.
constexpr float least_share = 2.0F / 3.0F;  // of all leads' energy
constexpr double beating_part = 2.0 / 3.0;  // of the chest leads

float energy_of(std::span<const float> x) noexcept {
  float sum = 0.0F;
  for (const float value : x) {
    sum += value * value;
  }
  return sum;
}

}  // namespace

LimbSwings::LimbSwings(double rate_hz, std::size_t samples, std::span<const std::string> names)
    : rate_hz_(rate_hz), scratch_(samples) {
  for (const std::string& name : names) {
    Lead lead;
    lead.is_limb = name == "I" || name == "II" || name == "III";
    lead.is_chest = lead_of_electrode(name, Electrode::ra) && name.starts_with('V');
    for (std::size_t limb = 0; limb < limb_electrodes.size(); ++limb) {
      lead.of_limbs[limb] = static_cast<float>(lead_of_electrode(name, limb_electrodes[limb]).value_or(0.0));
    }
    leads_.push_back(lead);
  }
  voltages_.fill(std::vector<float>(samples));
}

void LimbSwings::begin() noexcept {
  for (Lead& lead : leads_) {
    lead.is_used = false;
  }
}

bool LimbSwings::can_tell() const noexcept {
  std::size_t num_limb = 0;
  std::size_t num_chest = 0;
  for (const Lead& lead : leads_) {
    num_limb += lead.is_used && lead.is_limb ? 1U : 0U;
    num_chest += lead.is_used && lead.is_chest ? 1U : 0U;
  }
  return num_limb >= fewest_limb_leads_to_tell && num_chest >= fewest_chest_leads_to_tell;
}

bool LimbSwings::are_over_a_beating_heart(std::span<const LiveLead> leads) noexcept {
  return can_tell() && (are_of(both_arms, leads) || are_of(the_leg, leads));
}

void LimbSwings::fit(std::span<const Electrode> electrodes, std::span<const LiveLead> leads) noexcept {
  std::array<std::array<float, 2>, 2> products{};
  for (std::size_t l = 0; l < leads_.size(); ++l) {
    for (std::size_t d = 0; d < electrodes.size() && leads_[l].is_used; ++d) {
      for (std::size_t e = 0; e < electrodes.size(); ++e) {
        products[d][e] += leads_[l].of_limbs[static_cast<std::size_t>(electrodes[d])] *
                          leads_[l].of_limbs[static_cast<std::size_t>(electrodes[e])];
      }
    }
  }
  for (std::size_t e = 0; e < electrodes.size(); ++e) {
    std::ranges::fill(voltages_[e], 0.0F);
    const std::size_t other = electrodes.size() - 1 - e;  // itself, if it is alone
    const float square = other == e ? 1.0F : products[other][other];
    const float common = other == e ? 0.0F : products[e][other];
    const float determinant = other == e ? products[e][e] : products[e][e] * square - common * common;
    for (std::size_t l = 0; l < leads_.size() && determinant > 0.0F; ++l) {
      const Lead& lead = leads_[l];
      const float weight = (square * lead.of_limbs[static_cast<std::size_t>(electrodes[e])] -
                            common * lead.of_limbs[static_cast<std::size_t>(electrodes[other])]) /
                           determinant;
      if (leads_[l].is_used && weight != 0.0F && leads[l].copy_swing(scratch_)) {
        for (std::size_t i = 0; i < scratch_.size(); ++i) {
          voltages_[e][i] += weight * scratch_[i];
        }
      }
    }
  }
}

void LimbSwings::take_out(std::span<const Electrode> electrodes, std::size_t lead, std::span<float> x) const noexcept {
  for (std::size_t e = 0; e < electrodes.size(); ++e) {
    const float weight = leads_[lead].of_limbs[static_cast<std::size_t>(electrodes[e])];
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] -= weight * voltages_[e][i];
    }
  }
}

bool LimbSwings::are_of(std::span<const Electrode> electrodes, std::span<const LiveLead> leads) noexcept {
  fit(electrodes, leads);
  float all = 0.0F;
  float left = 0.0F;
  std::size_t num_chest = 0;
  std::size_t num_beating = 0;
  for (std::size_t l = 0; l < leads_.size(); ++l) {
    if (!leads_[l].is_used || !leads[l].copy_swing(scratch_)) {
      continue;
    }
    all += energy_of(scratch_);
    take_out(electrodes, l, scratch_);
    left += energy_of(scratch_);
    if (leads_[l].is_chest) {
      const Oscillation rest = measure_oscillation(scratch_, rate_hz_);
      if (is_swinging(rest, most_leakage_upheld)) {
        return false;
      }
      ++num_chest;
      num_beating += has_complexes(rest) ? 1U : 0U;
    }
  }
  return left <= (1.0F - least_share) * all &&
         static_cast<double>(num_beating) >= beating_part * static_cast<double>(num_chest);
}

}  // namespace xingu::ecg
