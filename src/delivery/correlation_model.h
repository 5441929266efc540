// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include <array>
#include <cstddef>

#include "geometry/pose.h"

namespace xingu {

/// Where the target is when the skin is somewhere: target = B · (1, x, y, z, m², ṁ), (x, y, z) the marker's
/// displacement, m that along its own principal direction and ṁ its speed, which tells breathing in from breathing out
/// (Seppenwoolde et al. 2007 and Ruan et al. 2008 use such terms for hysteresis). Fitted to the last images by ridge
/// regression; each new image should first be compared with what the model says. Beyond what the images showed, half as
/// much again, m² and ṁ stay as they are: a marker that leaps has a speed that no breath has, which would undo the leap
/// that its place shows. No allocation; a fit costs some microseconds.
class CorrelationModel {
 public:
  static constexpr std::size_t max_images = 24;
  static constexpr std::size_t min_images = 8;

  /// Takes a marker sample: finds the principal direction while learning, afterwards keeps it.
  void learn_direction(const Vec3& marker) noexcept;

  /// Takes an image and fits anew.
  ///
  /// @param marker, marker_velocity  of the skin at the time of exposure, mm and mm/s
  /// @param target                   as imaged, mm
  void add_image(const Vec3& marker, const Vec3& marker_velocity, const Vec3& target) noexcept;

  /// Distance of an image from what the model says without it, mm; 0 while it learns.
  [[nodiscard]] double error_of(const Vec3& marker, const Vec3& marker_velocity, const Vec3& target) const noexcept {
    return is_ready() ? (this->target(marker, marker_velocity) - target).norm() : 0.0;
  }

  [[nodiscard]] bool is_ready() const noexcept { return num_images_ >= min_images; }
  [[nodiscard]] Vec3 target(const Vec3& marker, const Vec3& marker_velocity) const noexcept;
  /// Root mean square of the images about the fit, mm.
  [[nodiscard]] double residual_mm() const noexcept { return residual_mm_; }
  [[nodiscard]] std::size_t num_images() const noexcept { return num_images_; }
  /// Forgets all images, for instance after the patient moved on the couch.
  void forget_images() noexcept { num_images_ = next_ = 0; }

 private:
  using Features = Eigen::Matrix<double, 6, 1>;
  [[nodiscard]] Features features(const Vec3& marker, const Vec3& velocity) const noexcept;
  void fit() noexcept;
  /// The two terms that bend the relation, kept within what the images showed.
  [[nodiscard]] Features within_experience(Features f) const noexcept;

  struct Image {
    Vec3 marker = Vec3::Zero();
    Vec3 velocity = Vec3::Zero();
    Vec3 target = Vec3::Zero();
  };
  std::array<Image, max_images> images_{};
  std::size_t num_images_ = 0;
  std::size_t next_ = 0;
  Vec3 mean_ = Vec3::Zero();
  Mat3 scatter_ = Mat3::Zero();
  double num_samples_ = 0.0;
  Vec3 direction_ = Vec3::UnitY();
  double scale_mm_ = 1.0;  ///< of the marker's motion, so that features are of order one
  Eigen::Matrix<double, 3, 6> coefficients_ = Eigen::Matrix<double, 3, 6>::Zero();
  double largest_square_ = 0.0;  ///< of the features of the images
  double largest_speed_ = 0.0;
  double residual_mm_ = 0.0;
};

}  // namespace xingu
