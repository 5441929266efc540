// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "patient/heart_ventricle.h"
#include "patient/phantom_shape.h"

namespace xingu {

/// Chambers, great vessels and coronary arteries of a man's heart at end-diastole and end-expiration, in frame P with
/// the origin in the midline at the height of the heart's middle (about T7). All members are implicit surfaces
/// (phantom_shape.h); constant after construction, safe to call concurrently.
///
/// The long axis points left, anterior and inferior: 38° below the horizontal in the frontal plane and 46° forward of
/// the left in the transverse plane, the means of Engblom et al. 2005. Chamber volumes and vessel diameters and their
/// sources stand in docs/methods/phantoms.md; the tests hold the model to them.
class HeartAnatomy {
 public:
  HeartAnatomy();

  [[nodiscard]] const LeftVentricle& left_ventricle() const { return left_ventricle_; }

  // Blood.
  [[nodiscard]] double right_ventricle_cavity(const Vec3& p) const;
  [[nodiscard]] double left_atrium_cavity(const Vec3& p) const;
  [[nodiscard]] double right_atrium_cavity(const Vec3& p) const;

  // Chambers with their walls; they touch but do not overlap.
  [[nodiscard]] double right_ventricle(const Vec3& p) const;
  [[nodiscard]] double left_atrium(const Vec3& p) const;
  [[nodiscard]] double right_atrium(const Vec3& p) const;

  /// The pericardial sac: all chambers, the roots of the great arteries, and the fat between.
  [[nodiscard]] double pericardium(const Vec3& p) const;

  [[nodiscard]] const Tube& aorta() const { return aorta_; }
  [[nodiscard]] const Tube& superior_cava() const { return superior_cava_; }
  [[nodiscard]] const Tube& inferior_cava() const { return inferior_cava_; }
  [[nodiscard]] double pulmonary_arteries(const Vec3& p, double limit = 1e9) const;
  /// Pulmonary veins and the branches of the arch, as far as the phantom has them.
  [[nodiscard]] const std::vector<Tube>& branches() const { return branches_; }
  [[nodiscard]] const std::vector<Tube>& pulmonary_tubes() const { return pulmonary_; }
  [[nodiscard]] const Tube& left_main() const { return left_main_; }
  [[nodiscard]] const Tube& left_anterior_descending() const { return anterior_descending_; }
  [[nodiscard]] const Tube& circumflex() const { return circumflex_; }
  [[nodiscard]] const Tube& right_coronary() const { return right_coronary_; }

  [[nodiscard]] Bounds bounds() const;  ///< of the pericardium

  // What the motion model needs.
  [[nodiscard]] const Ellipsoid& left_atrium_body() const { return left_atrium_; }
  [[nodiscard]] const Ellipsoid& right_atrium_body() const { return right_atrium_; }

 private:
  [[nodiscard]] double above_base(const Vec3& p) const;  ///< distance above the base plane, towards the atria
  [[nodiscard]] double chambers(const Vec3& p) const;  ///< outer surface of the chambers and the roots of the arteries
  [[nodiscard]] Vec3 on_surface(const Vec3& guess, double height) const;
  [[nodiscard]] double groove_angle(double s, double from, double step) const;
  [[nodiscard]] Tube make_left_main() const;
  [[nodiscard]] Tube make_anterior_descending() const;
  [[nodiscard]] Tube make_circumflex() const;
  [[nodiscard]] Tube make_right_coronary() const;

  LeftVentricle left_ventricle_;
  Ellipsoid right_ventricle_;
  Ellipsoid left_atrium_;
  Ellipsoid right_atrium_;
  Tube outflow_;    ///< of the right ventricle, to the pulmonary valve
  Tube mitral_;     ///< funnel of the left atrium
  Tube tricuspid_;  ///< funnel of the right atrium
  Tube aorta_;
  Tube superior_cava_;
  Tube inferior_cava_;
  std::vector<Tube> pulmonary_;  ///< trunk, left, right
  std::vector<Tube> branches_;
  Tube left_main_;
  Tube anterior_descending_;
  Tube circumflex_;
  Tube right_coronary_;
};

}  // namespace xingu
