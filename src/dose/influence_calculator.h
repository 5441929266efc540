// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ranks.h"
#include "dose/beamlet_dose.h"
#include "dose/influence_matrix.h"

namespace xingu {

/// A beam of the influence matrix before it is computed.
struct InfluenceBeam {
  BeamGeometry geometry;
  std::vector<Beamlet> beamlets;
};

/// Computes influence matrices by collapsed-cone beamlets.
///
/// Entries at least `threshold` times the column's largest are exact; a smaller one, a, is kept with probability a/ε as
/// ε = threshold · largest, so that its expectation is a: sums of dose stay unbiased while most of the far scatter
/// goes. The draw is keyed by (seed, beam, beamlet, row), so the matrix does not depend on threads.
class InfluenceCalculator {
 public:
  struct Config {
    BeamletDose::Config beamlet;
    double threshold = 1e-3;  ///< ε / largest entry of the column
    std::uint64_t seed = 1;
    double fluence_per_mu = 1.0;  ///< photons/cm² per MU where `profile` is 1
    /// Fluence through a beamlet of an isocentre plane that lies sad_mm from the source; empty: 1 everywhere.
    std::function<double(double x_mm, double y_mm, double sad_mm)> profile;
    double memory_limit_bytes = 4e9;
    std::filesystem::path store;  ///< folder of finished beams; empty: none. Only the root looks into it
    Ranks* ranks = &one_rank();   ///< who computes the beams
  };

  /// Size and time foreseen from a few beamlets spread over all beams.
  struct Prediction {
    std::size_t num_beamlets = 0;
    double num_nonzeros = 0.0;
    double bytes = 0.0;
    double seconds = 0.0;    ///< with the present number of threads
    double threshold = 0.0;  ///< as raised to hold the memory limit
    std::string note;        ///< what was given up for the limit; empty: nothing
  };

  InfluenceCalculator(std::shared_ptr<const PhotonPhysics> physics, const DensityImage& image,
                      const SamplePoints& samples, Config config);

  /// @throws InputError if the matrix cannot be brought under the memory limit
  [[nodiscard]] Prediction predict(const std::vector<InfluenceBeam>& beams);

  /// Computes all beams, or takes them from the store. Progress on the terminal; Ctrl-C leaves finished beams stored.
  /// With several ranks all of them call it for the same beams, the threshold being the root's; the root, which stores
  /// beams as they come in, has the matrix, the others an empty one. A beam travels packed, 4 bytes a non-zero.
  [[nodiscard]] InfluenceMatrix compute(const std::vector<InfluenceBeam>& beams);

  [[nodiscard]] std::size_t num_resumed() const { return num_resumed_; }

 private:
  [[nodiscard]] double profile_at(const Beamlet& beamlet, double sad_mm) const;
  [[nodiscard]] std::uint64_t key_of(const InfluenceBeam& beam, std::size_t index) const;
  [[nodiscard]] InfluenceMatrix::Beam compute_beam(const InfluenceBeam& beam, std::size_t index) const;
  [[nodiscard]] SharedWork share_of(const std::vector<InfluenceBeam>& beams, const std::vector<std::uint64_t>& missing);
  void thin(std::span<const MatrixEntry> entries, std::uint64_t stream, float scale,
            std::vector<MatrixEntry>& out) const;

  std::shared_ptr<const PhotonPhysics> physics_;
  const DensityImage& image_;
  const SamplePoints& samples_;
  Config config_;
  BeamletDose dose_;
  SpectralTable table_;
  std::uint64_t inputs_hash_;
  std::size_t num_resumed_ = 0;
};

}  // namespace xingu
