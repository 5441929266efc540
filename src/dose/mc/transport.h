// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "dose/mc/particles.h"
#include "dose/mc/random_stream.h"
#include "dose/mc/transport_tables.h"
#include "dose/mc/variance_reduction.h"

namespace xingu::mc {

/// Where the energy of histories went that the geometry's scores do not show, weight · MeV.
struct EnergyLeft {
  double escaped = 0.0;  ///< kinetic, with what a positron's annihilation would have set free
};

/// Coupled transport of photons, electrons and positrons (docs/methods/monte-carlo.md). One per worker; the tables are
/// shared. Works on its own stacks, which are reserved beforehand.
///
/// Geometry walks and scores: VoxelGeometry for images, KernelGeometry for kernels.
template <class Geometry>
class Transport {
 public:
  Transport(const TransportTables& tables, const VarianceReduction& reduction, Geometry& geometry);

  /// Follows a photon that stands inside the geometry, and all that it sets free, to the end.
  void run(const PhotonState& photon, RandomStream& random);
  /// The same with an interaction where the photon stands.
  void run_forced(const PhotonState& photon, RandomStream& random);
  /// Follows electrons or positrons.
  void run(const ElectronSet& set, RandomStream& random);

  [[nodiscard]] const EnergyLeft& energy_left() const { return left_; }

 private:
  using ByMaterial = std::array<float, TransportTables::max_materials>;

  void follow_all(RandomStream& random);
  void fly(const PhotonState& photon, RandomStream& random);
  /// Interactions at the sites, whose weights are the photon's shares; `sites` is used up.
  void collide(const PhotonState& photon, ElectronSet& sites, RandomStream& random);
  void scatter_compton(const PhotonState& photon, ElectronSet& sites, RandomStream& random);
  void absorb(const PhotonState& photon, ElectronSet& sites, RandomStream& random);
  void make_pair(const PhotonState& photon, ElectronSet& sites, RandomStream& random);
  /// Puts photons on the stack that stand for all lanes: systematic sampling by weight, roulette for `target`.
  template <class Direct>
  void release_photons(const ElectronSet& at, float energy_MeV, Generation generation, float target,
                       RandomStream& random, Direct&& direction_of);
  void push(ElectronSet& set, RandomStream& random);

  void follow(ElectronSet& set, RandomStream& random);
  /// One step without hard collisions that loses `loss_MeV`.
  void step(ElectronSet& set, float loss_MeV, RandomStream& random);
  void reject_short_ranges(ElectronSet& set);
  /// A hard collision or hard photon, or for some lanes nothing: lanes that differ from most go on as a set of their
  /// own.
  void hard_event(ElectronSet& set, RandomStream& random);
  void knock_on(ElectronSet& set, RandomStream& random);
  void radiate(ElectronSet& set, RandomStream& random);
  void end(ElectronSet& set, RandomStream& random);
  void deposit(const ElectronSet& set, std::size_t lane, float energy_MeV);
  [[nodiscard]] float energy_of_hard_event(const ElectronSet& set, RandomStream& random) const;
  [[nodiscard]] ByMaterial by_material(const std::vector<float>& array, LogGrid::Place place) const;

  const TransportTables& tables_;
  VarianceReduction reduction_;
  Geometry& geometry_;
  EnergyLeft left_;
  std::vector<PhotonState> photons_;
  std::vector<ElectronSet> sets_;
  int deflection_nodes_;
};

}  // namespace xingu::mc
