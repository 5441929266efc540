// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "geometry/grid.h"
#include "machine/surface_tree.h"
#include "machine/treatment_machine.h"
#include "patient/body_outline.h"
#include "patient/ct_image.h"

namespace xingu {

/// What a patient is for collisions, in frame P (mm): the skin that the CT shows, as triangles with a field of
/// distances, and a padded prism beyond each end of the CT, where the patient goes on unseen. Immutable; safe to share.
class PatientSkin {
 public:
  struct Config {
    std::size_t num_triangles = 20'000;  ///< of the skin, about
    UnseenPatient unseen;
    /// BodyOutline::beyond_mm: how far the patient goes on beyond the mask's first and last slice at most.
    std::array<double, 2> beyond_mm{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  };

  /// @param body  [nz, ny, nx] 1 inside the patient (find_body)
  /// @throws InputError if nothing is inside
  /// The skin passes within half a voxel of the field (about 3 mm for a thorax) of the mask's surface. Cost about half
  /// a second. Same bits for any number of threads.
  PatientSkin(const Volume<std::uint8_t>& body, const Config& config);

  [[nodiscard]] const TriangleSurface& surface() const { return surface_; }
  [[nodiscard]] const SurfaceTree& tree() const { return tree_; }
  /// What may be there unseen, convex shapes in frame P: beyond the first and the last slice, where the patient does
  /// not end before the CT does, the convex hull of the outline there, with padding, drawn out along z; beyond an edge
  /// of the CT that cuts the body off the box of what is cut, with padding, drawn out across. Lengths of 0 leave them
  /// out.
  [[nodiscard]] const std::vector<ConvexShape>& unseen() const { return unseen_; }

  /// A lower bound on the distance from p to the seen skin, mm; at most 0 inside. The better of two that are certain,
  /// where f are exact distances at the eight grid points around p, h apart: max(f − |p − grid point|), because a
  /// distance changes by no more than the way gone; and the trilinear value − 3h²/(8d), because beyond distance d from
  /// a set the distance to it is a concave function plus |x|²/(2d) (Cannarsa and Sinestrari 2004, "Semiconcave
  /// functions", section 2.2). Cost O(1), about 30 ns.
  [[nodiscard]] double distance_bound(const Vec3& p) const;

  /// Box around the seen skin, mm.
  [[nodiscard]] const Vec3& lower() const { return lower_; }
  [[nodiscard]] const Vec3& upper() const { return upper_; }
  /// Side of the field's voxels, mm.
  [[nodiscard]] double spacing_mm() const { return field_.grid().spacing.x(); }

 private:
  TriangleSurface surface_;
  SurfaceTree tree_;
  Volume<float> field_;  ///< signed distances to the surface at the voxel centres; −4 voxels where deeper inside
  std::vector<ConvexShape> unseen_;
  Vec3 lower_;
  Vec3 upper_;
};

/// The skin of a patient's outline on a machine.
[[nodiscard]] std::shared_ptr<const PatientSkin> skin_of(const BodyOutline& body, const UnseenPatient& unseen);

/// Where a patient lies on the table: frame T from frame P for an isocentre that comes to lie at the table's origin
/// along Y, on the middle of the body along X, with the lowest skin on the table's surface.
[[nodiscard]] Pose<frame::T, frame::P> patient_on_table(const PatientSkin& skin, PatientPosition position,
                                                        const Vec3& isocentre_P);

}  // namespace xingu
