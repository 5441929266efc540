// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ranks.h"
#include "dose/attenuation.h"
#include "dose/material_table.h"
#include "dose/mc/beam_source.h"
#include "dose/mc/transport_tables.h"
#include "dose/mc/variance_reduction.h"
#include "dose/mc/voxel_medium.h"
#include "dose/mc/water_ratio.h"
#include "patient/density_image.h"

namespace xingu::mc {

/// A field and how many photons it sends.
struct WeightedSource {
  BeamSource source;
  double fluence = 1.0;            ///< photons/cm² on the axis at the isocentre plane, where the map says 1
  std::string name = "the field";  ///< in messages
};

/// When a run is good enough. It stops at the first that holds, and never before `min_batches`.
struct StopRule {
  double uncertainty = 0.01;        ///< relative, in voxels above half of the maximum and in the target; 0: not used
  std::uint64_t max_histories = 0;  ///< 0: no limit
  double max_seconds = 0.0;         ///< 0: no limit. The number of batches then depends on the machine
};

/// Whose absorbed dose a voxel states: that of the material in it, or that of a small mass of water there.
enum class DoseTo { medium, water };

struct MonteCarloOptions {
  TransportLimits limits;
  VarianceReduction reduction;
  DoseTo dose_to = DoseTo::medium;
  std::uint64_t seed = 1;
  std::uint64_t histories_per_batch = 0;  ///< 0: chosen from the number of voxels
  int min_batches = 16;
  /// Voxels of the dose grid that make up the target, by index: their uncertainty counts beside that of the voxels
  /// above half of the maximum. Empty: no target.
  std::vector<std::uint32_t> target_voxels;
  bool stratifies_source = true;         ///< a randomly shifted lattice for the source's points and energies, per batch
  Ranks* ranks = &one_rank();            ///< who computes the batches
  std::string progress = "Monte Carlo";  ///< what the progress line calls the run; empty: none
  /// Sees the dose of every batch, in order: for the spread of what is derived from dose, as means over boxes.
  std::function<void(const Volume<float>& batch_Gy)> on_batch;
  /// The relative uncertainty that the stop rule looks at, asked after on_batch; none: that of the voxels.
  std::function<double()> uncertainty_of_interest;
};

/// Dose with the standard deviation of its mean, both [nz, ny, nx] on the grid asked for.
struct MonteCarloDose {
  Volume<float> dose_Gy;
  Volume<float> sigma_Gy;
  std::uint64_t histories = 0;
  int batches = 0;
  double uncertainty = 0.0;                  ///< relative, root mean square over voxels above half of the maximum
  std::optional<double> target_uncertainty;  ///< root mean square σ of the target's voxels over their mean dose
  double seconds = 0.0;
  std::string stopped_by;  ///< "uncertainty", "histories" or "time"

  /// "0.97 % in voxels above half of the maximum, 0.86 % in the target": one standard deviation each.
  [[nodiscard]] std::string uncertainty_words() const;
};

/// Monte Carlo dose in one image. Construction builds the tables (about half a second a material); runs share them.
class MonteCarlo {
 public:
  /// @param grid  where dose is wanted; transport runs on its lattice, extended to the whole body, frame P
  /// @throws InputError for a material without data, or one not in the table
  MonteCarlo(const DensityImage& image, const Grid& grid, const MaterialTable& materials,
             const PhotonCrossSections& photons, const MonteCarloOptions& options);

  /// Histories are spread over the sources by the photons they send; uncertainties come from the spread of batches,
  /// each of which samples every source. Same bits for any number of threads and ranks (unless stopped by time). With
  /// several ranks all of them call it with the same arguments, and the root has the dose; the others an empty one.
  /// A batch travels as its voxels with dose, 4 bytes each.
  /// @throws InputError if no photon of a source comes to the body, or the target receives no dose; Cancelled
  [[nodiscard]] MonteCarloDose run(const std::vector<WeightedSource>& sources, const StopRule& stop) const;

  [[nodiscard]] const DensityImage& transport_image() const { return image_; }

 private:
  class Batches;
  class Intake;

  MonteCarloOptions options_;
  Grid grid_;
  DensityImage image_;  ///< on the transport grid
  std::shared_ptr<const TransportTables> tables_;
  std::unique_ptr<const VoxelMedium> medium_;
  std::unique_ptr<const WaterRatio> water_ratio_;  ///< null: dose to medium

 public:
  ~MonteCarlo();
  MonteCarlo(MonteCarlo&&) noexcept;
  MonteCarlo& operator=(MonteCarlo&&) = delete;
  MonteCarlo(const MonteCarlo&) = delete;
  MonteCarlo& operator=(const MonteCarlo&) = delete;
};

/// Follows 400 photons of each source through the image, straight on, at no cost worth naming.
/// @throws InputError naming a source none of whose photons comes to anything denser than air (0.01 g/cm³)
void require_that_sources_hit(const DensityImage& image, const std::vector<WeightedSource>& sources,
                              std::uint64_t seed);

/// The image on the lattice of `grid`, extended or cut to where something is denser than air: density is the mean over
/// a voxel, material the one with the most mass in it. Cost O(voxels of both).
[[nodiscard]] DensityImage image_on_lattice(const DensityImage& image, const Grid& grid);

}  // namespace xingu::mc
