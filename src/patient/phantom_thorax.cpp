// SPDX-License-Identifier: Apache-2.0
#include "patient/phantom_thorax.h"

#include <optional>

#include "patient/phantom_torso.h"

namespace xingu {
namespace {

using Nodes = std::vector<Tube::Node>;

constexpr double airway_wall = 1.5;
constexpr double vessel_wall = 1.5;
constexpr double pleura = 1.0;
constexpr double diaphragm_thickness = 3.0;
constexpr double skin_thickness = 1.8;
constexpr double cortex = 1.2;
constexpr double far = 40.0;

// Left of the trachea at the top, behind the left atrium, in front of the descending aorta at the hiatus (T10).
Tube make_oesophagus() {
  return Tube(Nodes{{{3, 33, 140}, 6.5},
                    {{4, 41, 95}, 6.5},
                    {{6, 45.5, 60}, 6.5},
                    {{6, 47, 20}, 6.5},
                    {{9, 42, -15}, 6.5},
                    {{15, 30, -45}, 6.8},
                    {{22, 19, -70}, 7},
                    {{34, 10, -86}, 8},
                    {{46, 8, -96}, 8}});
}

// Tracheal lumen of men 13–25 mm coronal (Breatnach et al. 1984 [recalled]).
Tube make_trachea() { return Tube(Nodes{{{0, 13, 140}, 10.5}, {{1, 22, 92}, 10.5}, {{2, 27, 64}, 10.5}}); }

Tube make_bronchus_right() { return Tube(Nodes{{{0, 27, 62}, 9}, {{-16, 30, 49}, 8.2}, {{-34, 34, 34}, 7.8}}); }

Tube make_bronchus_left() {
  return Tube(Nodes{{{4, 27, 62}, 8}, {{20, 26, 50}, 7.2}, {{34, 27, 41}, 7}, {{48, 29, 33}, 6.8}});
}

std::optional<Tissue> bone_tissue(double depth) {
  if (depth >= 0) {
    return std::nullopt;
  }
  return depth > -cortex ? Tissue::cortical_bone : Tissue::trabecular_bone;
}

}  // namespace

double tissue_hu(Tissue tissue) {
  switch (tissue) {
    case Tissue::air:
      return -1000;
    case Tissue::lung:
      return -740;
    case Tissue::fat:
      return -95;
    case Tissue::muscle:
      return 50;
    case Tissue::skin:
      return 15;
    case Tissue::blood:
      return 42;
    case Tissue::myocardium:
      return 50;
    case Tissue::oesophagus:
    case Tissue::stomach_wall:
      return 38;
    case Tissue::airway_wall:
      return 20;
    case Tissue::stomach_content:
      return 12;
    case Tissue::liver:
      return 60;
    case Tissue::spleen:
      return 52;
    case Tissue::cartilage:
      return 110;
    case Tissue::disc:
      return 85;
    case Tissue::cord:
      return 38;
    case Tissue::canal:
      return 12;
    case Tissue::trabecular_bone:
      return 190;
    case Tissue::cortical_bone:
      return 850;
    case Tissue::tumour:
      return 40;
  }
  return -1000;
}

ThoraxAnatomy::ThoraxAnatomy()
    : oesophagus_(make_oesophagus()),
      trachea_(make_trachea()),
      bronchus_left_(make_bronchus_left()),
      bronchus_right_(make_bronchus_right()),
      fundus_{{64, 14, -106}, {36, 37, 35}, Mat3::Identity()},
      gastric_body_(Nodes{{{66, 2, -112}, 30}, {{58, -20, -136}, 27}, {{40, -36, -160}, 24}}),
      liver_{{-62, -10, -150}, {112, 82, 118}, Mat3::Identity()},
      spleen_{{106, 36, -112}, {20, 36, 38}, Mat3::Identity()},
      lung_vessels_(make_lung_vessels()) {}

/// Vessels that run from each hilum towards the surface of its lung in evenly spread directions, tapering from 5 to 2
/// mm. They give the lungs their texture; no named vessel is meant.
std::vector<Tube> ThoraxAnatomy::make_lung_vessels() const {
  constexpr int num_directions = 26;
  constexpr double golden_angle = 2.399963229728653;
  std::vector<Tube> tubes;
  for (const Vec3& hilum : {Vec3(-44, 20, 24), Vec3(54, 22, 28)}) {
    const double side = hilum.x() < 0 ? -1 : 1;
    for (int k = 0; k < num_directions; ++k) {
      // Fibonacci points of the half sphere that faces the lung.
      const double lateral = (k + 0.5) / num_directions;
      const double across = std::sqrt(1 - lateral * lateral);
      const Vec3 direction(side * lateral, across * std::cos(k * golden_angle), across * std::sin(k * golden_angle));
      double length = 15;
      while (length < 140 && lung(hilum + (length + 14) * direction) < -8) {
        length += 3;
      }
      if (length < 30) {
        continue;
      }
      const Vec3 bend = 0.06 * length * Vec3(0, -direction.z(), direction.y());
      tubes.emplace_back(
          Nodes{{hilum, 2.6}, {hilum + 0.5 * length * direction + bend, 1.8}, {hilum + length * direction, 0.9}});
    }
  }
  return tubes;
}

double ThoraxAnatomy::oesophagus(const Vec3& p) const {
  const double tube = oesophagus_(p);
  return tube > 5 ? tube
                  : std::max({tube, 0.3 - heart_.aorta().distance(p, far), 0.3 - bones_.spinal_column(p),
                              0.3 - std::min(trachea_.distance(p, far), bronchus_left_.distance(p, far))});
}

double ThoraxAnatomy::trachea(const Vec3& p) const { return trachea_(p); }

double ThoraxAnatomy::bronchi(const Vec3& p) const {
  return std::max(std::min(bronchus_left_(p), bronchus_right_(p)), -trachea_.distance(p, 1e3));
}

double ThoraxAnatomy::heart(const Vec3& p) const {
  const double sac = heart_.pericardium(p);
  return sac > 15 ? sac
                  : std::max({sac, 0.5 - oesophagus_.distance(p, far), pleura + torso_cavity(p), -torso_diaphragm(p)});
}

double ThoraxAnatomy::mediastinum(const Vec3& p) const {
  constexpr double limit = 24;  // farther tubes change nothing
  const HeartAnatomy& h = heart_;
  double tubes = limit;
  const auto take = [&](const Tube& tube, double fat) { tubes = std::min(tubes, tube.distance(p, tubes + fat) - fat); };
  take(h.aorta(), 2);
  take(h.superior_cava(), 2);
  take(h.inferior_cava(), 2);
  take(trachea_, 1.5);
  take(bronchus_left_, 1.5);
  take(bronchus_right_, 1.5);
  take(oesophagus_, 1.5);
  for (const Tube& tube : h.pulmonary_tubes()) {
    take(tube, 1.5);
  }
  for (const Tube& tube : h.branches()) {
    take(tube, 1);
  }
  const double septum = std::abs(p.x()) - 4;
  double value = smooth_union(tubes, septum, 16);
  value = smooth_union(value, bones_.spinal_column(p) - 3, 10);
  const double sac = heart(p);
  value = smooth_union(value, sac - 1, 10);
  // fat between the pericardium and the central tendon
  const double pad = std::max({std::hypot((p.x() - 24) / 1.15, p.y() + 24) - 38, p.z() + 25, sac - 9});
  return smooth_union(value, pad, 10);
}

double ThoraxAnatomy::lung(const Vec3& p) const {
  // the costophrenic recess ends in a rounded edge
  const double hull = smooth_intersection(torso_cavity(p) + pleura, -torso_diaphragm(p), 8);
  return hull > 15 ? hull : std::max({hull, -mediastinum(p), 2.0 - bones_.spinal_column(p)});
}

double ThoraxAnatomy::lung_left(const Vec3& p) const { return std::max(lung(p), -p.x()); }

double ThoraxAnatomy::lung_right(const Vec3& p) const { return std::max(lung(p), p.x()); }

double ThoraxAnatomy::stomach(const Vec3& p) const {
  const double hull = std::max(torso_diaphragm(p) + diaphragm_thickness + 0.5, torso_cavity(p) + 5);
  return std::max(hull, smooth_union(fundus_(p), gastric_body_(p), 12));
}

double ThoraxAnatomy::liver(const Vec3& p) const {
  const double hull = std::max({torso_diaphragm(p) + diaphragm_thickness, torso_cavity(p) + 4, liver_(p)});
  if (hull > 15) {
    return hull;
  }
  return std::max({hull, 2 - stomach(p), 6 - bones_.spinal_column(p),
                   vessel_wall - heart_.inferior_cava().distance(p, far), 5 - heart_.aorta().distance(p, far),
                   2 - oesophagus_.distance(p, far)});
}

double ThoraxAnatomy::spleen(const Vec3& p) const {
  return std::max(
      {spleen_(p), torso_diaphragm(p) + diaphragm_thickness + 0.5, torso_cavity(p) + 4.5, 2.5 - stomach(p)});
}

Tissue ThoraxAnatomy::heart_tissue(const Vec3& p) const {
  const HeartAnatomy& h = heart_;
  const LeftVentricle& lv = h.left_ventricle();
  if (lv.whole(p) < 0) {
    return lv.cavity(p) < 0 ? Tissue::blood : Tissue::myocardium;
  }
  const double rv = h.right_ventricle_cavity(p);
  const double la = h.left_atrium_cavity(p);
  const double ra = h.right_atrium_cavity(p);
  const double arteries = std::min(h.aorta().distance(p, far), h.pulmonary_arteries(p, far));
  const double veins = std::min(h.superior_cava().distance(p, far), h.inferior_cava().distance(p, far));
  if (std::min({rv, la, ra, arteries, veins}) < 0) {
    return Tissue::blood;
  }
  const double coronaries = std::min({h.left_main().distance(p, 5), h.left_anterior_descending().distance(p, 5),
                                      h.circumflex().distance(p, 5), h.right_coronary().distance(p, 5)});
  if (coronaries < 0) {
    return Tissue::blood;
  }
  if (h.right_ventricle(p) < 0 || h.left_atrium(p) < 0 || h.right_atrium(p) < 0 || arteries < vessel_wall) {
    return Tissue::myocardium;
  }
  for (const Tube& tube : h.branches()) {
    if (tube.distance(p, far) < 0) {
      return Tissue::blood;
    }
  }
  return Tissue::fat;
}

Tissue ThoraxAnatomy::thoracic_tissue(const Vec3& p, double cavity) const {
  if (heart(p) < 0) {
    return heart_tissue(p);
  }
  if (lung(p) < 0) {
    for (const Tube& tube : lung_vessels_) {
      if (tube.distance(p, 5) < 0) {
        return Tissue::blood;
      }
    }
    return Tissue::lung;
  }
  const double airway =
      std::min({trachea_.distance(p, far), bronchus_left_.distance(p, far), bronchus_right_.distance(p, far)});
  if (airway < 0) {
    return airway < -airway_wall ? Tissue::air : Tissue::airway_wall;
  }
  const double oesophagus_depth = oesophagus_.distance(p, far);
  if (oesophagus_depth < 0) {
    return oesophagus_depth < -5.5 ? Tissue::air : Tissue::oesophagus;
  }
  const HeartAnatomy& h = heart_;
  double vessel = std::min({h.aorta().distance(p, far), h.pulmonary_arteries(p, far),
                            h.superior_cava().distance(p, far), h.inferior_cava().distance(p, far)});
  for (const Tube& tube : h.branches()) {
    vessel = std::min(vessel, tube.distance(p, far));
  }
  if (vessel < 0) {
    return Tissue::blood;
  }
  if (h.aorta().distance(p, far) < vessel_wall || cavity > -pleura) {
    return Tissue::muscle;
  }
  return Tissue::fat;
}

Tissue ThoraxAnatomy::abdominal_tissue(const Vec3& p, double diaphragm, double cavity) const {
  const double aorta = heart_.aorta().distance(p, far);
  if (std::min(aorta, heart_.inferior_cava().distance(p, far)) < 0) {
    return Tissue::blood;
  }
  const double gullet = oesophagus_.distance(p, far);
  const double gastric = stomach(p);
  if (gullet < 0 && gastric > 0) {
    return Tissue::oesophagus;
  }
  if (gastric < 0) {
    if (gastric > -4) {
      return Tissue::stomach_wall;
    }
    return p.y() < -14 ? Tissue::air : Tissue::stomach_content;  // gas lies in front in a supine patient
  }
  if (liver(p) < 0) {
    return Tissue::liver;
  }
  if (spleen(p) < 0) {
    return Tissue::spleen;
  }
  const double crus = std::max(bones_.spinal_column(p) - 9, std::abs(p.x()) - 22);
  if (diaphragm > -diaphragm_thickness || cavity > -4 || (crus < 0 && p.y() > ThoraxBones::body_y(p.z()) - 24)) {
    return Tissue::muscle;
  }
  return Tissue::fat;
}

Tissue ThoraxAnatomy::wall_tissue(const Vec3& p, double depth, double cavity) const {
  const ThoraxBones::Ribs ribs = bones_.ribs(p, cavity);
  const double bone = std::min({ribs.bone, bones_.sternum(p, cavity), bones_.scapulae(p, cavity), bones_.clavicles(p)});
  if (const auto tissue = bone_tissue(bone)) {
    return *tissue;
  }
  if (ribs.cartilage < 0) {
    return Tissue::cartilage;
  }
  static const Ellipsoid axillary_fat{{132, 0, 100}, {20, 26, 48}, Mat3::Identity()};
  const double fat = 11 + 6 * std::abs(p.x()) / 172;
  if (depth < fat || axillary_fat(Vec3(std::abs(p.x()), p.y(), p.z())) < 0) {
    return Tissue::fat;
  }
  return Tissue::muscle;
}

Tissue ThoraxAnatomy::tissue_at(const Vec3& p) const {
  const double depth = -torso_body(p);
  if (depth < 0) {
    return Tissue::air;
  }
  if (depth < skin_thickness) {
    return Tissue::skin;
  }
  const ThoraxBones::Spine spine = bones_.spine(p);
  if (const auto tissue = bone_tissue(spine.bone)) {
    return *tissue;
  }
  if (spine.disc < 0) {
    return Tissue::disc;
  }
  if (spine.canal < 0) {
    return spine.cord < 0 ? Tissue::cord : Tissue::canal;
  }
  const double cavity = torso_cavity(p);
  if (cavity > 0) {
    return wall_tissue(p, depth, cavity);
  }
  const double diaphragm = torso_diaphragm(p);
  return diaphragm < 0 ? abdominal_tissue(p, diaphragm, cavity) : thoracic_tissue(p, cavity);
}

}  // namespace xingu
