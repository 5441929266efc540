// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/electrodes.h"

namespace xingu::ecg {

inline constexpr std::array<Electrode, 3> limb_electrodes{Electrode::ra, Electrode::la, Electrode::ll};

/// With fewer leads an electrode cannot be told from a heart.
inline constexpr std::size_t fewest_limb_leads_to_tell = 2;
inline constexpr std::size_t fewest_chest_leads_to_tell = 3;

/// "right arm".
[[nodiscard]] std::string_view limb_name(Electrode electrode) noexcept;

/// What 1 mV on a limb's electrode is in a lead, from I = LA − RA, II = LL − RA and chest leads from the limbs' mean
/// (Einthoven, Goldberger, Wilson): with RA −1 in I and II, 0 in III, +1 in aVR, −1/2 in aVL and aVF, −1/3 in chest
/// leads. Nothing for a name that is no standard lead's.
[[nodiscard]] std::optional<double> lead_of_electrode(std::string_view canonical_name, Electrode electrode) noexcept;

/// A limb's electrode and how much of some energy it explains.
struct ElectrodeShare {
  Electrode electrode = Electrode::ra;
  double share = 0.0;  ///< 0 … 1: 1 if the leads move as with that electrode's voltage and nothing else
};

/// How leads move together, and how much of it the voltages of limbs' electrodes explain. The sources of the heart lie
/// in the chest and give no chest lead alike; an electrode of a limb gives all of them the same.
class LeadMoves {
 public:
  /// Cost O(parts · leads²).
  /// @param names  [lead]
  /// @param at     (part, lead) mV, of one moment or one phase each
  template <typename At>
  LeadMoves(std::size_t num_parts, std::span<const std::string> names, At at)
      : names_(names.begin(), names.end()), covariance_(names.size() * names.size(), 0.0) {
    for (std::size_t i = 0; i < num_parts; ++i) {
      for (std::size_t k = 0; k < names.size(); ++k) {
        for (std::size_t l = 0; l <= k; ++l) {
          covariance_[k * names.size() + l] += at(i, k) * at(i, l);
        }
      }
    }
    find_known();
  }

  /// Whether there are two limb and three chest leads that show something: with fewer an electrode cannot be told from
  /// a heart.
  [[nodiscard]] bool can_tell_electrodes() const noexcept;

  /// Of the energy the largest part that one limb's electrode explains.
  [[nodiscard]] ElectrodeShare largest() const;

  /// 0 … 1: the part that voltages of both arms' electrodes explain together.
  [[nodiscard]] double share_of_arms() const;
  /// Of the chest leads' energy alone the part that these voltages leave unexplained: two arms explain any limb leads.
  [[nodiscard]] double chest_left_by_arms() const;

  /// Voltages of electrodes by least squares over the leads that show something: v_e = Σ out[e][lead] · lead.
  /// @param electrodes  one limb's or two limbs'
  [[nodiscard]] std::vector<std::vector<double>> filters(std::span<const Electrode> electrodes) const;

 private:
  void find_known();
  [[nodiscard]] double covariance(std::size_t k, std::size_t l) const;
  /// Of the energy the part that the electrodes explain together.
  [[nodiscard]] double share_of(std::span<const Electrode> electrodes) const;

  std::vector<std::string> names_;
  std::vector<double> covariance_;  ///< [lead · leads + lead], lower half
  std::vector<std::size_t> known_;  ///< standard leads that show something
  double all_ = 0.0;
};

/// The same of waves.
/// @param waves  [part][lead] mV
/// @return nothing where electrodes cannot be told from a heart
[[nodiscard]] std::optional<ElectrodeShare> electrode_share(std::span<const std::vector<float>> waves,
                                                            std::span<const std::string> names);

}  // namespace xingu::ecg
