// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "patient/heart_anatomy.h"
#include "patient/phantom_bones.h"
#include "patient/phantom_shape.h"

namespace xingu {

/// What a point of the thorax is made of.
enum class Tissue {
  air,
  lung,
  fat,
  muscle,
  skin,
  blood,
  myocardium,
  oesophagus,
  airway_wall,
  stomach_wall,
  stomach_content,
  liver,
  spleen,
  cartilage,
  disc,
  cord,
  canal,
  trabecular_bone,
  cortical_bone,
  tumour,
};

/// CT number of a tissue without contrast agent. Soft tissues after the usual clinical ranges [recalled]; lung −740 HU,
/// that is about 0.26 g/cm³ (ICRU lung), at end-expiration.
[[nodiscard]] double tissue_hu(Tissue tissue);

/// A man's thorax and upper abdomen around a heart, at end-expiration, in the heart's frame (see HeartAnatomy): supine,
/// arms above the head. Members are implicit surfaces (phantom_shape.h); constant, safe to call concurrently.
class ThoraxAnatomy {
 public:
  ThoraxAnatomy();

  [[nodiscard]] const HeartAnatomy& heart_anatomy() const { return heart_; }
  [[nodiscard]] const ThoraxBones& bones() const { return bones_; }

  [[nodiscard]] double heart(const Vec3& p) const;  ///< the pericardial sac, less what runs beside it
  [[nodiscard]] double mediastinum(const Vec3& p) const;
  [[nodiscard]] double lung_left(const Vec3& p) const;
  [[nodiscard]] double lung_right(const Vec3& p) const;
  [[nodiscard]] double oesophagus(const Vec3& p) const;
  [[nodiscard]] double trachea(const Vec3& p) const;  ///< with its wall, down to the carina
  [[nodiscard]] double bronchi(const Vec3& p) const;  ///< main bronchi with their walls
  [[nodiscard]] double liver(const Vec3& p) const;
  [[nodiscard]] double stomach(const Vec3& p) const;
  [[nodiscard]] double spleen(const Vec3& p) const;

  /// Tissue at a material point. Cost about 0.3 µs outside the rib cage, 2 µs inside.
  [[nodiscard]] Tissue tissue_at(const Vec3& p) const;

 private:
  [[nodiscard]] double lung(const Vec3& p) const;
  [[nodiscard]] std::vector<Tube> make_lung_vessels() const;
  [[nodiscard]] Tissue wall_tissue(const Vec3& p, double depth, double cavity) const;
  [[nodiscard]] Tissue abdominal_tissue(const Vec3& p, double diaphragm, double cavity) const;
  [[nodiscard]] Tissue thoracic_tissue(const Vec3& p, double cavity) const;
  [[nodiscard]] Tissue heart_tissue(const Vec3& p) const;

  HeartAnatomy heart_;
  ThoraxBones bones_;
  Tube oesophagus_;
  Tube trachea_;
  Tube bronchus_left_;
  Tube bronchus_right_;
  Ellipsoid fundus_;
  Tube gastric_body_;
  Ellipsoid liver_;
  Ellipsoid spleen_;
  std::vector<Tube> lung_vessels_;
};

}  // namespace xingu
