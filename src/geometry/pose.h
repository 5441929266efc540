// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>

namespace xingu {

using Vec3 = Eigen::Vector3d;
using Mat3 = Eigen::Matrix3d;

/// Frames, as tags. Axes in docs/methods/frames.md; all right-handed, mm.
namespace frame {
struct P {};  ///< patient: DICOM LPS (x to patient's left, y to posterior, z to superior)
struct F {};  ///< IEC 61217 fixed (X to the right of a viewer who faces the gantry, Y towards the gantry, Z up)
struct G {};  ///< IEC 61217 gantry
struct B {};  ///< IEC 61217 beam-limiting device: Z towards the source, origin at the isocentre
struct T {};  ///< IEC 61217 table top
struct W {};  ///< robot world
struct E {};  ///< robot flange
}  // namespace frame

/// A point in a frame, mm. p_PI is `Point<frame::P>` I in frame P.
template <class Frame>
struct Point {
  Vec3 value = Vec3::Zero();
};

/// A rigid transform that maps frame `From` to frame `To`, mm: X_PG is Pose<frame::P, frame::G>. Transforms whose inner
/// frames differ do not compose: that is a compile error.
template <class To, class From>
class Pose {
 public:
  Pose() = default;
  explicit Pose(const Eigen::Isometry3d& matrix) : matrix_(matrix) {}
  Pose(const Mat3& rotation, const Vec3& translation) {
    matrix_.linear() = rotation;
    matrix_.translation() = translation;
  }

  [[nodiscard]] const Eigen::Isometry3d& matrix() const { return matrix_; }
  [[nodiscard]] Mat3 rotation() const { return matrix_.linear(); }
  [[nodiscard]] Vec3 translation() const { return matrix_.translation(); }
  [[nodiscard]] Pose<From, To> inverse() const { return Pose<From, To>(matrix_.inverse(Eigen::Isometry)); }

  template <class Inner>
  [[nodiscard]] Pose<To, Inner> operator*(const Pose<From, Inner>& other) const {
    return Pose<To, Inner>(matrix_ * other.matrix());
  }
  [[nodiscard]] Point<To> operator*(const Point<From>& point) const { return {matrix_ * point.value}; }

 private:
  Eigen::Isometry3d matrix_ = Eigen::Isometry3d::Identity();
};

}  // namespace xingu
