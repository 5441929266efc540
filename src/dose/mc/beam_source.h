// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "dose/beam_geometry.h"
#include "dose/beam_model.h"
#include "dose/field_fluence.h"

namespace xingu::mc {

/// A photon as it leaves the machine, frame P.
struct SourcePhoton {
  Vec3 position_P = Vec3::Zero();  ///< mm
  Vec3 direction_P = Vec3::UnitZ();
  double energy_MeV = 0.0;
};

/// Photons of one field: the same model that collapsed cones take (BeamModel, FieldFluence), as a source to sample.
///
/// A point of the isocentre plane is drawn from the primary or the extra-focal map. Primary photons come from a point
/// of the focal spot through that point's shadow at the end of the collimator, so the penumbra widens with depth as it
/// should; extra-focal ones from the middle of their source, their map being blurred already. Energies follow the
/// softened spectrum at the point, evenly within a bin. Immutable; safe to call concurrently.
class BeamSource {
 public:
  /// @throws InputError if the field is closed
  BeamSource(const BeamModel& model, const BeamGeometry& geometry, const FieldFluence& field);

  /// Photons for a unit of the maps: ∫ Φ cos θ dA over the isocentre plane, cm² per unit fluence.
  [[nodiscard]] double photons() const { return photons_; }

  /// Where the field's points and energies lie in the unit cube is left to the caller, who may stratify; the rest is
  /// free.
  struct Draw {
    std::array<double, 3> stratified{};  ///< row, column, energy
    double is_extra_focal = 0.0;
    std::array<double, 2> spot{};
    double radius_node = 0.0;
  };
  [[nodiscard]] SourcePhoton sample(const Draw& draw) const;

 private:
  /// A map as nested inverse distributions: rows, then columns within a row.
  struct Raster {
    FluenceMap map;
    std::vector<double> row_end;     ///< [ny] cumulative photons
    std::vector<double> column_end;  ///< [ny, nx] cumulative photons within the row
    [[nodiscard]] double total() const { return row_end.empty() ? 0.0 : row_end.back(); }
    [[nodiscard]] std::array<double, 2> sample(double u_row, double u_column) const;
  };
  [[nodiscard]] static Raster lay(const FluenceMap& map, double sad_mm);
  [[nodiscard]] double sample_energy(double radius_mm, double u_node, double u) const;

  BeamModel model_;
  BeamGeometry geometry_;
  Raster primary_;
  Raster extra_focal_;
  double photons_ = 0.0;
  std::vector<std::vector<double>> energy_end_;  ///< [radius node][bin] cumulative
};

}  // namespace xingu::mc
