// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <vector>

#include "dose/kernel_data.h"

namespace xingu {

/// A polyenergetic energy-deposition kernel in water as sums of exponentials of radiological distance, one set for the
/// primary part and one for scatter, per polar cone of 3.75°:
///
///     energy in cone θ within distance r = Σ_j A_j(θ) · (1 − exp(−a_j r)),      r in g/cm²
///
/// The decay rates a_j are the same for every cone and are the slowest one times powers of two, so one exponential
/// gives all; the amplitudes come from linear least squares on the cumulative kernel and may be negative. In each part
/// they sum to 1 over j and θ: the tail beyond the tabulated sphere belongs to the slowest rates, so that energy is
/// conserved. The rates are those of the form that fit the sum over cones best (0.4 % of a part's energy at 6 MV).
/// The form generalises the two exponentials of Ahnesjö (1989), Med. Phys. 16:577; primary and scatter are released
/// apart so that the depth's spectrum sets their shares exactly.
struct PolyKernel {
  static constexpr int num_primary = 4;
  static constexpr int num_scatter = 3;
  static constexpr std::array<double, num_primary> primary_rates{0.416, 0.832, 1.664, 6.656};  ///< cm²/g
  static constexpr std::array<double, num_scatter> scatter_rates{0.026, 0.052, 0.104};         ///< cm²/g
  /// Doublings that lead to a rate from the one before it, in the order scatter, primary, slowest first.
  static constexpr std::array<int, num_scatter> scatter_doublings{0, 1, 1};
  static constexpr std::array<int, num_primary> primary_doublings{2, 1, 1, 2};

  using PrimaryAmplitudes = std::array<double, num_primary>;
  using ScatterAmplitudes = std::array<double, num_scatter>;
  std::array<PrimaryAmplitudes, PointKernels::num_cones> primary{};  ///< [cone][rate], sum over all = 1
  std::array<ScatterAmplitudes, PointKernels::num_cones> scatter{};
  double worst_fit = 0.0;  ///< largest |fit − table| of any cumulative cone, as a fraction of its part's energy

  /// Kernel of a photon spectrum after `depth_g_cm2` of water.
  /// @param energy_MeV, fluence, mu_cm2_g  [bins] photon energy, photon fluence in air, water attenuation
  [[nodiscard]] static PolyKernel make(const PointKernels& kernels, std::span<const double> energy_MeV,
                                       std::span<const double> fluence, std::span<const double> mu_cm2_g,
                                       double depth_g_cm2);

  /// Part of an interacting photon's energy that its first electrons carry, by linear interpolation in ln E.
  [[nodiscard]] static double primary_fraction(const PointKernels& kernels, double energy_MeV);
};

}  // namespace xingu
