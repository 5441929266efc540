// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "patient/heart_anatomy.h"
#include "patient/heart_ventricle.h"

namespace xingu {

// Motion of the thorax as two maps of material points: first the heart beats, then everything breathes. A material
// point is a point's place at end-diastole and end-expiration in the frame of HeartAnatomy (mm, a man's size). Both
// maps are one to one; their inverses are part of the model. Everything is constant after construction and safe to call
// concurrently.

/// Part of the stroke volume that is out at a phase of the heart cycle in [0, 1), phase 0 at end-diastole: ejection
/// until 0.38, rapid filling of three quarters until 0.62, rest, atrial filling from 0.86. Shape after textbook volume
/// curves [recalled]; continuous with its slope.
[[nodiscard]] double ejected_part(double cardiac_phase);

/// Part of the tidal motion at a phase of the breath in [0, 1), phase 0 at end-expiration: sin⁴(π·phase), the curve of
/// Lujan et al. 1999 with n = 2, which dwells at expiration.
[[nodiscard]] double inflated_part(double breathing_phase);

/// The heart at one moment of its beat. The left ventricle follows VentricleContraction exactly: its ejection fraction
/// is the one asked for and its wall keeps its volume. What surrounds it is drawn along and fades to rest: the base
/// descends towards the apex and stretches the atria, which fill while the ventricles empty; the right ventricle closes
/// towards the septum like bellows. The chest wall and the spine do not move.
class BeatingHeart {
 public:
  struct Parameters {
    double ejection_fraction = 0.60;  ///< of the left ventricle; 58 ± 5 % men, 61 ± 5 % women (Petersen et al. 2017)
    double shortening = 0.16;         ///< of the long axis; moves the base by 16 mm (16.4 mm, Carlsson et al. 2007)
    double twist_deg = 10.0;          ///< apex against base
  };
  /// @param ejected  see ejected_part
  BeatingHeart(const HeartAnatomy& anatomy, const Parameters& parameters, double ejected);

  [[nodiscard]] Vec3 forward(const Vec3& material) const;
  /// Exact within the left ventricle, elsewhere by Newton's method to 1e-6 mm. Cost 0.1 µs at rest to 5 µs.
  [[nodiscard]] Vec3 backward(const Vec3& present) const;

 private:
  [[nodiscard]] Vec3 surroundings(const Vec3& material, const LeftVentricle::Coordinates& c) const;

  const HeartAnatomy* anatomy_;
  VentricleContraction contraction_;
  double ejected_;
  Bounds reach_;
};

/// The thorax at one moment of a breath. The diaphragm and what lies under it move down; the motion fades linearly
/// towards the lungs' apex, and within 20 mm of the ribs and the spine, where organs slide [the sliding is smoothed].
/// The heart moves as a whole, so its tissue keeps its volume. The front of the body rises and the ribs widen a little.
class BreathingThorax {
 public:
  struct Parameters {
    double diaphragm_mm = 14.0;  ///< down, peak to peak; the heart moves 0.72 of it (6.2–14.7 mm published)
    double chest_mm = 4.0;       ///< anterior skin forwards
    double lateral_mm = 1.5;     ///< lateral skin outwards
  };
  /// @param inflated  see inflated_part
  BreathingThorax(const Parameters& parameters, double inflated);

  [[nodiscard]] Vec3 forward(const Vec3& material) const;
  [[nodiscard]] Vec3 backward(const Vec3& present) const;  ///< to 1e-6 mm
  /// Present over material volume at a material point: by how much lung tissue thins.
  [[nodiscard]] double volume_ratio(const Vec3& material) const;

 private:
  [[nodiscard]] bool is_at_rest() const { return down_ == 0 && forwards_ == 0 && outwards_ == 0; }
  [[nodiscard]] Vec3 motion(const Vec3& material) const;

  double down_;
  double forwards_;
  double outwards_;
};

}  // namespace xingu
