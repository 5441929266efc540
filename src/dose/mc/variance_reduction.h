// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace xingu::mc {

/// How photons and electrons are made to say more per second. No choice here moves a mean; tests switch each on and
/// off. The defaults were tuned on the water and slab references (bench/README.md).
struct VarianceReduction {
  /// Interaction sites placed on the path of a photon from the source, stratified in collision probability: photon
  /// splitting with forced interactions. 1 and forces_interactions = false: analogue transport.
  int sites_primary = 32;
  /// The same for photons that were scattered or radiated.
  int sites_scattered = 16;
  bool forces_interactions = true;
  /// One interaction is sampled per photon and its electron repeated at all sites, moving as a set (see ElectronSet);
  /// else each site samples its own.
  bool repeats_histories = true;
  /// Photons below this deposit the expectation of their electrons' energy along their path (track-length estimator of
  /// kerma), MeV. Their electrons' ranges must be short against voxels. 0: never.
  double kerma_below_MeV = 0.35;
  /// Weight at which a photon made by a site or an electron goes on; lighter ones play Russian roulette for it.
  double scatter_weight = 1.0;
  double scatter_weight_low = 1.0;  ///< the same for photons below kerma_below_MeV
  double radiation_weight = 1.0;    ///< the same for bremsstrahlung and annihilation photons
  /// Electrons below this energy that cannot reach the nearest face of their voxel end where they are, MeV. 0: never.
  double range_rejection_below_MeV = 1.0;

  [[nodiscard]] static VarianceReduction none() {
    VarianceReduction off;
    off.sites_primary = 1;
    off.sites_scattered = 1;
    off.forces_interactions = false;
    off.repeats_histories = false;
    off.kerma_below_MeV = 0.0;
    off.range_rejection_below_MeV = 0.0;
    return off;
  }
};

}  // namespace xingu::mc
