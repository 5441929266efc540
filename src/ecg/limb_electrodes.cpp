// SPDX-License-Identifier: Apache-2.0
#include "ecg/limb_electrodes.h"

#include <algorithm>
#include <cmath>

namespace xingu::ecg {
namespace {

constexpr double dead_below = 1e-4;  // of the largest lead's energy: one without an electrode
constexpr std::array<Electrode, 2> arms{Electrode::ra, Electrode::la};

}  // namespace

std::string_view limb_name(Electrode electrode) noexcept {
  switch (electrode) {
    case Electrode::ra:
      return "right arm";
    case Electrode::la:
      return "left arm";
    case Electrode::ll:
      return "left leg";
    default:
      return "chest";
  }
}

std::optional<double> lead_of_electrode(std::string_view canonical_name, Electrode electrode) noexcept {
  struct Lead {
    std::string_view name;
    std::array<double, 3> of_limbs;
  };
  constexpr std::array<Lead, 6> limb_leads{{{"I", {-1.0, 1.0, 0.0}},
                                            {"II", {-1.0, 0.0, 1.0}},
                                            {"III", {0.0, -1.0, 1.0}},
                                            {"aVR", {1.0, -0.5, -0.5}},
                                            {"aVL", {-0.5, 1.0, -0.5}},
                                            {"aVF", {-0.5, -0.5, 1.0}}}};
  const auto limb = static_cast<std::size_t>(electrode);
  if (limb >= limb_electrodes.size()) {
    return std::nullopt;
  }
  const auto* const found = std::ranges::find(limb_leads, canonical_name, &Lead::name);
  if (found != limb_leads.end()) {
    return found->of_limbs[limb];
  }
  const bool is_chest_lead =
      canonical_name.size() >= 2 && canonical_name[0] == 'V' && canonical_name[1] >= '1' && canonical_name[1] <= '9';
  return is_chest_lead ? std::optional(-1.0 / 3.0) : std::nullopt;
}

void LeadMoves::find_known() {
  double largest = 0.0;
  for (std::size_t k = 0; k < names_.size(); ++k) {
    if (lead_of_electrode(names_[k], Electrode::ra) && covariance(k, k) > 0.0) {
      known_.push_back(k);
      largest = std::max(largest, covariance(k, k));
    }
  }
  std::erase_if(known_, [&](std::size_t k) { return covariance(k, k) < dead_below * largest; });
  for (const std::size_t k : known_) {
    all_ += covariance(k, k);
  }
}

double LeadMoves::covariance(std::size_t k, std::size_t l) const {
  return covariance_[std::max(k, l) * names_.size() + std::min(k, l)];
}

bool LeadMoves::can_tell_electrodes() const noexcept {
  const auto is_limb = [&](std::size_t k) { return names_[k] == "I" || names_[k] == "II" || names_[k] == "III"; };
  const auto is_chest = [&](std::size_t k) { return names_[k].starts_with('V'); };
  const auto num = [&](const auto& which) { return static_cast<std::size_t>(std::ranges::count_if(known_, which)); };
  return num(is_limb) >= fewest_limb_leads_to_tell && num(is_chest) >= fewest_chest_leads_to_tell;
}

ElectrodeShare LeadMoves::largest() const {
  ElectrodeShare best;
  for (const Electrode electrode : limb_electrodes) {
    if (const double share = share_of(std::array{electrode}); share > best.share) {
      best = {electrode, share};
    }
  }
  return best;
}

double LeadMoves::share_of_arms() const { return share_of(arms); }

double LeadMoves::chest_left_by_arms() const {
  const std::vector<std::vector<double>> voltage = filters(arms);
  double left = 0.0;
  double all = 0.0;
  for (const std::size_t chest : known_) {
    if (!names_[chest].starts_with('V')) {
      continue;
    }
    std::vector<double> residue(names_.size(), 0.0);
    residue[chest] = 1.0;
    for (std::size_t e = 0; e < arms.size(); ++e) {
      for (const std::size_t k : known_) {
        residue[k] -= lead_of_electrode(names_[chest], arms[e]).value_or(0.0) * voltage[e][k];
      }
    }
    for (const std::size_t k : known_) {
      for (const std::size_t l : known_) {
        left += residue[k] * residue[l] * covariance(k, l);
      }
    }
    all += covariance(chest, chest);
  }
  return all > 0.0 ? left / all : 1.0;
}

std::vector<std::vector<double>> LeadMoves::filters(std::span<const Electrode> electrodes) const {
  const auto makes = [&](std::size_t e, std::size_t lead) {
    return lead_of_electrode(names_[lead], electrodes[e]).value_or(0.0);
  };
  const auto product = [&](std::size_t d, std::size_t e) {
    double sum = 0.0;
    for (const std::size_t k : known_) {
      sum += makes(d, k) * makes(e, k);
    }
    return sum;
  };
  std::vector<std::vector<double>> out(electrodes.size(), std::vector<double>(names_.size(), 0.0));
  for (std::size_t e = 0; e < electrodes.size(); ++e) {
    const std::size_t other = electrodes.size() - 1 - e;  // itself, if it is alone
    const double common = other == e ? 0.0 : product(e, other);
    const double square = product(other, other);
    const double determinant = other == e ? square : product(e, e) * square - common * common;
    for (const std::size_t k : known_) {
      const double own = other == e ? makes(e, k) : square * makes(e, k) - common * makes(other, k);
      out[e][k] = determinant > 0.0 ? own / determinant : 0.0;
    }
  }
  return out;
}

double LeadMoves::share_of(std::span<const Electrode> electrodes) const {
  const std::vector<std::vector<double>> of_lead = filters(electrodes);
  double explained = 0.0;  // trace of the projection's product with the covariance
  for (std::size_t e = 0; e < electrodes.size(); ++e) {
    for (const std::size_t k : known_) {
      for (const std::size_t l : known_) {
        explained += lead_of_electrode(names_[k], electrodes[e]).value_or(0.0) * of_lead[e][l] * covariance(k, l);
      }
    }
  }
  return all_ > 0.0 ? explained / all_ : 0.0;
}

std::optional<ElectrodeShare> electrode_share(std::span<const std::vector<float>> waves,
                                              std::span<const std::string> names) {
  const LeadMoves moves(waves.size(), names,
                        [&](std::size_t part, std::size_t lead) { return static_cast<double>(waves[part][lead]); });
  return moves.can_tell_electrodes() ? std::optional(moves.largest()) : std::nullopt;
}

}  // namespace xingu::ecg
