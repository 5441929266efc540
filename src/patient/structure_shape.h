// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "geometry/pose.h"
#include "patient/structure.h"

namespace xingu {

/// The solid that a structure's contours were cut from: between its planes the outline is interpolated, beyond the
/// outer planes it is continued to where it closes. Used where sub-voxel volumes matter (DVH), while rasterise() keeps
/// to slabs.
///
/// Contours that overlap from plane to plane make one body; each body is interpolated on its own. In each plane every
/// pixel of a raster holds f = d (2 r − d), with d the signed distance to the outline (positive inside) and r the
/// largest d of the plane; the solid is f > 0. For a circle f = r² − ρ², so that spheres, cones and cylinders along z
/// have f exactly quadratic in z. f is interpolated linearly in the plane, and along z linearly with a quadratic term
/// from three neighbouring planes, limited where they disagree (minmod), after the shape-based interpolation of Raya
/// and Udupa 1990 (IEEE TMI 9:32).
///
/// Ends: f is continued quadratically. If it closes before the next plane would have come, the body ends there; if it
/// would close only far beyond (or never: a cylinder), the body ends half-way, as a slab does; between, the end moves
/// evenly from the one to the other. docs/methods/structures-and-dvh.md gives equations and measured errors.
///
/// Immutable; safe to use concurrently.
class StructureShape {
 public:
  /// @throws InputError if a contour point is not finite. Cost O(raster pixels + points), at most 8 million pixels.
  explicit StructureShape(const Structure& structure);
  ~StructureShape();
  StructureShape(StructureShape&&) noexcept;
  StructureShape& operator=(StructureShape&&) noexcept;

  [[nodiscard]] std::size_t num_bodies() const;
  [[nodiscard]] bool is_empty() const { return num_bodies() == 0; }
  /// Box that holds a body, mm, frame P.
  [[nodiscard]] Vec3 lower(std::size_t body) const;
  [[nodiscard]] Vec3 upper(std::size_t body) const;
  /// Whether a point (mm, frame P) lies in a body. Cost O(log planes).
  [[nodiscard]] bool contains(std::size_t body, const Vec3& point) const;
  [[nodiscard]] bool contains(const Vec3& point) const;
  /// Volume by slabs, mm³: an estimate for choosing a sampling.
  [[nodiscard]] double slab_volume_mm3(std::size_t body) const;

 private:
  class Body;
  std::vector<std::unique_ptr<const Body>> bodies_;
};

/// Points that fill a structure evenly, each with the volume it stands for.
struct StructureSamples {
  struct Sample {
    Eigen::Vector3f position_mm;  ///< frame P
    float cell_mm;                ///< edge of the cube it stands for
  };
  std::vector<Sample> samples;  ///< body by body, z outermost
  [[nodiscard]] double volume_mm3() const;
};

/// Samples of a shape: cubic cells so small that about `num_samples` lie inside (but not below 0.02 mm), one point in
/// each cell at a place that differs from cell to cell by an additive recurrence, so that no direction sees a lattice.
/// Deterministic. Cost O(cells of the bounding boxes).
[[nodiscard]] StructureSamples sample_shape(const StructureShape& shape, double num_samples);

}  // namespace xingu
