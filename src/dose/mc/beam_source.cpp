// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/beam_source.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "dose/mc/constants.h"

namespace xingu::mc {
namespace {

constexpr double radius_step_mm = 10.0;  // between spectra
constexpr int num_radii = 31;
constexpr double mm2_per_cm2 = 100.0;

/// Place of u in ascending cumulative values: the index, and the part of its step (0 … 1).
struct Cell {
  std::size_t index;
  double part;
};
Cell find_cell(const double* end, std::size_t count, double wanted) {
  const double* above = std::upper_bound(end, end + count, wanted);
  const std::size_t i = std::min(static_cast<std::size_t>(above - end), count - 1);
  const double before = i > 0 ? end[i - 1] : 0.0;
  const double width = end[i] - before;
  return {i, width > 0 ? std::clamp((wanted - before) / width, 0.0, 1.0) : 0.5};
}

}  // namespace

BeamSource::Raster BeamSource::lay(const FluenceMap& map, double sad_mm) {
  Raster raster;
  raster.map = map;
  double sum = 0.0;
  const double area_cm2 = map.pixel_mm * map.pixel_mm / mm2_per_cm2;
  for (int y = 0; y < map.ny; ++y) {
    double row = 0.0;
    for (int x = 0; x < map.nx; ++x) {
      const double px = map.x0_mm + x * map.pixel_mm;
      const double py = map.y0_mm + y * map.pixel_mm;
      // Fluence counts photons per area across their direction; the raster lies across the axis.
      const double cosine = sad_mm / std::sqrt(sad_mm * sad_mm + px * px + py * py);
      row += std::max(0.0, static_cast<double>(map.at(x, y))) * cosine * area_cm2;
      raster.column_end.push_back(row);
    }
    sum += row;
    raster.row_end.push_back(sum);
  }
  return raster;
}

std::array<double, 2> BeamSource::Raster::sample(double u_row, double u_column) const {
  const Cell row = find_cell(row_end.data(), row_end.size(), u_row * total());
  const auto nx = static_cast<std::size_t>(map.nx);
  const double* columns = &column_end[row.index * nx];
  const Cell column = find_cell(columns, nx, u_column * columns[nx - 1]);
  return {map.x0_mm + (static_cast<double>(column.index) + column.part - 0.5) * map.pixel_mm,
          map.y0_mm + (static_cast<double>(row.index) + row.part - 0.5) * map.pixel_mm};
}

BeamSource::BeamSource(const BeamModel& model, const BeamGeometry& geometry, const FieldFluence& field)
    : model_(model),
      geometry_(geometry),
      primary_(lay(field.primary, geometry.sad_mm)),
      extra_focal_(lay(field.extra_focal, geometry.sad_mm)),
      photons_(primary_.total() + extra_focal_.total()) {
  XINGU_REQUIRE(photons_ > 0, "the field lets no photon through (its dose would be zero); open it");
  for (int i = 0; i < num_radii; ++i) {
    const Spectrum spectrum = model_.spectrum_at(i * radius_step_mm);
    std::vector<double> end;
    double sum = 0.0;
    for (const double weight : spectrum.weight) {
      sum += weight;
      end.push_back(sum);
    }
    energy_end_.push_back(std::move(end));
  }
}

double BeamSource::sample_energy(double radius_mm, double u_node, double u) const {
  const double place = std::min(radius_mm / radius_step_mm, static_cast<double>(num_radii - 1));
  const auto low = static_cast<std::size_t>(place);
  const bool takes_next = u_node < place - static_cast<double>(low) && low + 1 < energy_end_.size();
  const std::vector<double>& end = energy_end_[takes_next ? low + 1 : low];
  const Cell bin = find_cell(end.data(), end.size(), u * end.back());
  return model_.spectrum.energy_MeV[bin.index] + (bin.part - 0.5) * model_.spectrum.width_MeV[bin.index];
}

SourcePhoton BeamSource::sample(const Draw& draw) const {
  const double sad = geometry_.sad_mm;
  const bool is_extra_focal = draw.is_extra_focal * photons_ < extra_focal_.total();
  const auto [x, y] = (is_extra_focal ? extra_focal_ : primary_).sample(draw.stratified[0], draw.stratified[1]);
  Vec3 source_B(0, 0, sad);
  Vec3 through_B(x, y, 0);
  if (is_extra_focal) {
    source_B.z() = sad - model_.extra_focal.distance_mm;
  } else if (model_.collimator_distance_mm > 0) {
    const double share = model_.collimator_distance_mm / sad;
    through_B = Vec3(x * share, y * share, sad - model_.collimator_distance_mm);
    const double radius = std::sqrt(-2.0 * std::log(1.0 - draw.spot[0]));
    source_B.x() = model_.focal_sigma_x_mm * radius * std::cos(2.0 * pi * draw.spot[1]);
    source_B.y() = model_.focal_sigma_y_mm * radius * std::sin(2.0 * pi * draw.spot[1]);
  }
  SourcePhoton photon;
  photon.position_P = geometry_.X_PB.matrix() * source_B;
  photon.direction_P = geometry_.X_PB.rotation() * (through_B - source_B).normalized();
  photon.energy_MeV = sample_energy(std::hypot(x, y), draw.radius_node, draw.stratified[2]);
  return photon;
}

}  // namespace xingu::mc
