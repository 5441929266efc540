// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <memory>

#include "dose/beam_geometry.h"
#include "dose/ccc_engine.h"
#include "dose/fluence.h"
#include "dose/spectrum.h"
#include "support/test_paths.h"

namespace xingu::test {

[[nodiscard]] inline PointKernels shipped_kernels() {
  return PointKernels::read(source_dir() / "data/kernels/water_point_kernels.csv");
}

/// The flattened 6 MV beam that the references were computed with; built once a process.
[[nodiscard]] inline std::shared_ptr<const PhotonPhysics> mohan_physics() {
  static const auto physics = [] {
    const Spectrum spectrum = read_spectrum(source_dir() / "data/spectra/mohan-6mv.csv");
    return std::make_shared<const PhotonPhysics>(spectrum.energy_MeV, spectrum.weight, shipped_kernels(),
                                                 PhotonCrossSections::shipped(), MaterialTable::shipped());
  }();
  return physics;
}

/// A beam that travels along `direction` (any length) through `isocentre`, turned about itself by `roll` rad.
[[nodiscard]] inline BeamGeometry beam_along(const Vec3& direction, const Vec3& isocentre, double sad_mm,
                                             double roll = 0.0) {
  const Vec3 z = -direction.normalized();
  const Vec3 side = std::abs(z.x()) < 0.9 ? Vec3::UnitX() : Vec3::UnitY();
  Mat3 rotation;
  rotation.col(0) = (side - side.dot(z) * z).normalized();
  rotation.col(1) = z.cross(rotation.col(0));
  rotation.col(2) = z;
  rotation = rotation * Eigen::AngleAxisd(roll, Vec3::UnitZ()).toRotationMatrix();
  return {Pose<frame::P, frame::B>(rotation, isocentre), sad_mm};
}

/// A square that is fully open: `side_mm` at the isocentre plane, in whole pixels, centred on the axis.
[[nodiscard]] inline FluenceMap open_square(double side_mm, double pixel_mm, float value = 1.0F) {
  FluenceMap map;
  map.pixel_mm = pixel_mm;
  map.nx = map.ny = static_cast<int>(std::lround(side_mm / pixel_mm));
  map.x0_mm = map.y0_mm = -0.5 * (map.nx - 1) * pixel_mm;
  map.value.assign(static_cast<std::size_t>(map.nx) * static_cast<std::size_t>(map.ny), value);
  return map;
}

/// One material and density everywhere.
[[nodiscard]] inline DensityImage uniform_image(const Grid& grid, float density, const std::string& material) {
  return {Volume<float>(grid, density), Volume<std::uint8_t>(grid, 0), {material}};
}

/// A grid of cubic voxels centred on `centre`.
[[nodiscard]] inline Grid cube_grid(int voxels, double spacing_mm, const Vec3& centre = Vec3::Zero()) {
  Grid grid;
  grid.size = {voxels, voxels, voxels};
  grid.spacing = Vec3::Constant(spacing_mm);
  grid.origin = centre - Vec3::Constant(0.5 * (voxels - 1) * spacing_mm);
  return grid;
}

}  // namespace xingu::test
