// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "dose/mc/particles.h"
#include "dose/mc/transport_tables.h"
#include "dose/mc/voxel_medium.h"

namespace xingu::mc {

/// Moves a set straight on until each lane has lost `loss_MeV` of energy to what it passed through, and scores the
/// losses in the voxels crossed. A lane that leaves the image ends (weight 0).
///
/// @param stopping     [material] MeV/mm at 1 g/cm³, constant over the move
/// @param energy_MeV   of the lanes before the move, for what escapes
/// @param factor       [material] by which scores are multiplied; null: by 1
/// @param score        [padded voxels] MeV, added to
/// @return             energy that escaped, weight · MeV
/// Cost O(lanes · voxels crossed), in lock step: as many rounds as the lane that crosses the most.
[[nodiscard]] double walk_voxels(const VoxelMedium& medium, ElectronSet& set, float loss_MeV, float energy_MeV,
                                 const float* stopping, const float* factor, float* score);

/// What a deflection of a set needs; material indices by lane, tables of the energy's node.
struct DeflectionInput {
  const float* tables = nullptr;    ///< TransportTables::deflection
  int node = 0;                     ///< energy node, one for all lanes
  int num_nodes = 0;                ///< energies per material in the tables
  float strongest = 0.0F;           ///< TransportTables::strongest
  const float* strength = nullptr;  ///< [material] G_1 t of this step
};

/// Deflects every lane by multiple scattering over a step, each by its own random numbers and material. Between the
/// strengths of the tables the next stronger or weaker is chosen at random so that the mean of 1 − cos θ is right.
void deflect(ElectronSet& set, const Lanes<int>& material, const DeflectionInput& input,
             const std::array<Lanes<std::uint32_t>, 4>& words);

}  // namespace xingu::mc
