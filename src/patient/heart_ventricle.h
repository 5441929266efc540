// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "patient/phantom_shape.h"

namespace xingu {

/// The left ventricle at end-diastole: a wall between two confocal prolate spheroids, cut by a base plane, in heart
/// coordinates; and its division into the 17 segments of the American Heart Association (Cerqueira et al. 2002).
///
/// Heart coordinates of a point: s, mm along the long axis from the equator of the spheroids towards the apex; r, mm
/// from that axis; angle, rad about it from the middle of the anterior wall towards the septum (0 anterior, π/2 septal,
/// π inferior, 3π/2 lateral). The base plane is at s = −base_height.
///
/// Sizes (man): cavity 95 mm long and 54 mm wide, wall 8 mm at the equator. They give 162 ml and 127 g, against
/// 160 ± 29 ml (Hudsmith et al. 2005) and 134 ± 21 g (Kawel-Boehm et al. 2015); the wall lies between the mean (6.3 mm)
/// and the mean maximum (9 mm) thickness of Kawel et al. 2012.
class LeftVentricle {
 public:
  struct Sizes {
    double cavity_radius = 27.0;  ///< at the equator
    double cavity_length = 68.0;  ///< from the equator to the cavity's apex
    double base_height = 27.0;    ///< from the base plane to the equator
    double wall = 8.0;            ///< thickness at the equator
    double apical_cap = 5.0;      ///< the last part of the cavity's length that counts to segment 17
  };
  struct Coordinates {
    double r = 0.0;
    double s = 0.0;
    double angle = 0.0;
  };

  /// @param base_centre where the long axis meets the base plane
  /// @param long_axis   unit, from base to apex
  /// @param septal      direction from the axis to the middle of the septum; made perpendicular to the axis
  LeftVentricle(const Sizes& sizes, const Vec3& base_centre, const Vec3& long_axis, const Vec3& septal);

  [[nodiscard]] const Sizes& sizes() const { return sizes_; }
  [[nodiscard]] double epi_length() const { return epi_length_; }  ///< from the equator to the outer apex
  [[nodiscard]] const Vec3& equator_centre() const { return equator_; }
  [[nodiscard]] const Vec3& long_axis() const { return axis_; }
  [[nodiscard]] const Vec3& septal_axis() const { return septal_; }
  [[nodiscard]] const Vec3& inferior_axis() const { return inferior_; }

  [[nodiscard]] Coordinates coordinates(const Vec3& p) const;
  [[nodiscard]] Vec3 point(const Coordinates& c) const;
  /// Unit vector away from the axis at an angle.
  [[nodiscard]] Vec3 outward(double angle) const;

  [[nodiscard]] double endo_radius(double s) const;  ///< 0 beyond the cavity's apex
  [[nodiscard]] double epi_radius(double s) const;   ///< 0 beyond the outer apex

  // Implicit surfaces (phantom_shape.h).
  [[nodiscard]] double cavity(const Vec3& p) const;
  [[nodiscard]] double whole(const Vec3& p) const;  ///< cavity and wall
  [[nodiscard]] double wall(const Vec3& p) const;
  /// One AHA segment of the wall, 1 to 17.
  [[nodiscard]] double segment(int number, const Vec3& p) const;
  /// A transmural patch with the middle of a segment and `extent` times its length and angle, its corners rounded.
  [[nodiscard]] double patch(int number, double extent, const Vec3& p) const;
  [[nodiscard]] Bounds bounds() const;

  /// AHA segment of a point by its s and angle alone; 0 above the base plane.
  [[nodiscard]] int segment_at(const Vec3& p) const;

  [[nodiscard]] double cavity_volume_mm3() const;  ///< closed form
  [[nodiscard]] double wall_volume_mm3() const;    ///< closed form

  /// Range in s and sector in angle of a segment.
  struct Sector {
    double s_from;
    double s_to;
    double angle;       ///< middle
    double half_angle;  ///< π for segment 17
  };
  [[nodiscard]] Sector sector(int number) const;

 private:
  Sizes sizes_;
  double epi_radius_;
  double epi_length_;
  Vec3 axis_;
  Vec3 septal_;
  Vec3 inferior_;
  Vec3 equator_;
};

/// The wall of a left ventricle in contraction: a closed-form motion of its material that keeps the volume of every
/// piece of the wall.
///
/// With λ the stretch along the axis, the apex fixed: s' = L + λ (s − L); r'² = r²/λ − q e(s)² within the wall and
/// r' = r √(1/λ − q) within the cavity, where e is the cavity's radius and q = EF/λ. The first has Jacobian 1 for any
/// q; the second scales the cavity by λ (1/λ − q) = 1 − EF. A rotation about the axis that grows linearly from base to
/// apex is added. Thickening at the equator follows (about 45 % for an ejection fraction of 0.6 and 15 % shortening,
/// against 40–60 % [recalled figures]).
class VentricleContraction {
 public:
  struct Strength {
    double ejected = 0.0;     ///< part of the cavity's end-diastolic volume that is out
    double shortening = 0.0;  ///< 1 − λ
    double twist = 0.0;       ///< rotation of the apex against the base, rad, counter-clockwise seen from the apex
  };
  VentricleContraction(const LeftVentricle& ventricle, const Strength& strength);

  [[nodiscard]] LeftVentricle::Coordinates forward(const LeftVentricle::Coordinates& c) const;
  /// The material point that is now at c; c must lie in the contracted ventricle or near it.
  [[nodiscard]] LeftVentricle::Coordinates backward(const LeftVentricle::Coordinates& c) const;
  /// Whether a present position lies in the contracted ventricle (cavity or wall).
  [[nodiscard]] bool contains_present(const LeftVentricle::Coordinates& c) const;

 private:
  [[nodiscard]] double rotation(double s) const;

  const LeftVentricle* ventricle_;
  double stretch_;
  double inward_;        ///< q
  double cavity_scale_;  ///< √(1/λ − q)
  double twist_;
};

}  // namespace xingu
