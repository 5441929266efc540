// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "patient/heart_motion.h"
#include "patient/patient.h"
#include "patient/phantom_contour.h"
#include "patient/phantom_thorax.h"

namespace xingu {

/// A spherical tumour in a lung; it keeps its shape and moves with the tissue at its centre.
struct LungTumour {
  Vec3 centre = Vec3(-84, 12, -2);  ///< at end-expiration, frame P, mm, for scale 1
  double radius_mm = 14.0;
};

struct HeartParameters {
  double scale = 1.0;            ///< linear size; 1 is a man, 0.92 gives a woman's volumes
  double cardiac_phase = 0.0;    ///< [0, 1), 0 is end-diastole
  double breathing_phase = 0.0;  ///< [0, 1), 0 is end-expiration
  BeatingHeart::Parameters beat;
  BreathingThorax::Parameters breath;  ///< amplitudes in mm whatever the scale
  int scar_segment = 12;               ///< AHA segment of the target, 1 to 17
  double scar_extent = 1.0;            ///< length and angle of the target over the segment's
  double margin_mm = 5.0;              ///< from CTV to PTV
  double contrast_hu = 0.0;            ///< added to blood
  std::optional<LungTumour> tumour;    ///< replaces the scar as the target

  /// @throws InputError, naming the parameter, for values the model does not hold for.
  void check() const;
};

/// A structure as a surface: negative inside, frame P, mm, at the phantom's phases.
struct PhantomSurface {
  std::string name;
  std::string interpreted_type;
  std::array<int, 3> colour;
  Bounds bounds;
  double cell_mm;  ///< fine enough to contour it
  std::function<double(const Vec3&)> surface;
};

/// A thorax with a heart that beats and lungs that breathe, from analytic surfaces: anatomy at end-diastole and
/// end-expiration (HeartAnatomy, ThoraxAnatomy) carried by the heart beat, then by the breath. Frame P, origin in the
/// midline at the middle of the heart; head first, supine. Constant; safe to call concurrently.
class HeartPhantom {
 public:
  explicit HeartPhantom(const HeartParameters& parameters);

  [[nodiscard]] const HeartParameters& parameters() const { return parameters_; }
  [[nodiscard]] const ThoraxAnatomy& anatomy() const;

  /// Motion, mm, of the material point that is at `material` at end-expiration and end-diastole.
  [[nodiscard]] Vec3 displacement(const Vec3& material, double breathing_phase, double cardiac_phase) const;
  /// The material point that is at `present` at the phantom's own phases.
  [[nodiscard]] Vec3 material_point(const Vec3& present) const;

  [[nodiscard]] Tissue tissue_at(const Vec3& present) const;
  [[nodiscard]] double hu_at(const Vec3& present) const;

  /// All structures, External first, targets last.
  [[nodiscard]] const std::vector<PhantomSurface>& surfaces() const { return surfaces_; }
  /// @throws BrokenPromise if there is none of that name
  [[nodiscard]] const PhantomSurface& surface(const std::string& name) const;

  /// What an image shows: 400 mm × 280 mm × 260 mm for scale 1.
  [[nodiscard]] Bounds field_of_view() const;
  /// Mean HU of 2×2×2 samples in voxels where tissues meet, else of the centre.
  [[nodiscard]] Volume<float> image(double spacing_mm) const;
  /// Contours of every structure on the grid's planes.
  [[nodiscard]] StructureSet contours(const Grid& grid) const;

 private:
  /// From present points to the anatomy's frame and size; shared by the surfaces.
  struct Placement;
  using Anatomical = std::function<double(const ThoraxAnatomy&, const Vec3&)>;
  /// Adds a structure given in the anatomy's frame; `bounds` too.
  void add(const std::string& name, const std::string& type, std::array<int, 3> colour, const Bounds& bounds,
           double cell_mm, Anatomical surface);
  void add_tube(const std::string& name, std::array<int, 3> colour, const Tube& tube, double cell_mm);
  void add_torso();
  void add_organs();
  void add_chambers();
  void add_vessels();
  void add_segments();
  void add_scar();
  void add_tumour();
  [[nodiscard]] Bounds present_bounds(const Bounds& anatomical) const;
  [[nodiscard]] Vec3 tumour_centre() const;

  HeartParameters parameters_;
  std::shared_ptr<const Placement> placement_;
  std::vector<PhantomSurface> surfaces_;
};

/// The set of points within `margin` of a surface, as a surface: its points are sampled on a lattice of `step` within
/// `bounds`, moved onto the surface, and looked up in a hash grid. Error about step² / (8 margin). Cost of a look-up
/// O(1).
[[nodiscard]] std::function<double(const Vec3&)> expanded_surface(const std::function<double(const Vec3&)>& surface,
                                                                  const Bounds& bounds, double step, double margin);

}  // namespace xingu
