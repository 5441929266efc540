// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "patient/phantom_shape.h"

namespace xingu {

/// Bones of the thorax as implicit surfaces (phantom_shape.h) in the frame of HeartAnatomy. Constant, safe to call
/// concurrently.
class ThoraxBones {
 public:
  ThoraxBones();

  /// Vertebrae, discs and the canal at one point, each a distance to its surface.
  struct Spine {
    double bone;
    double disc;
    double canal;
    double cord;
  };
  [[nodiscard]] Spine spine(const Vec3& p) const;
  /// Vertebrae and discs together.
  [[nodiscard]] double spinal_column(const Vec3& p) const;

  /// Bony part and cartilage of ribs 1 to 11 of both sides; `outside` is torso_cavity(p) here and below.
  struct Ribs {
    double bone;
    double cartilage;
  };
  [[nodiscard]] Ribs ribs(const Vec3& p, double outside) const;
  [[nodiscard]] double sternum(const Vec3& p, double outside) const;
  [[nodiscard]] double scapulae(const Vec3& p, double outside) const;
  [[nodiscard]] double clavicles(const Vec3& p) const;

  [[nodiscard]] static double vertebra_z(int number);  ///< centre of T1 (1) to L1 (13), mm
  [[nodiscard]] static double body_y(double z);        ///< centre of the vertebral bodies, mm

 private:
  Tube clavicle_;  ///< left; the right is its mirror image
};

}  // namespace xingu
