// SPDX-License-Identifier: Apache-2.0
#include "patient/heart_anatomy.h"

#include <numbers>

namespace xingu {
namespace {

using std::numbers::pi;
using Nodes = std::vector<Tube::Node>;

// Wall thickness, mm: right ventricle 3–5 and atria 2–3 are textbook figures [recalled].
constexpr double right_ventricle_wall = 3.5;
constexpr double atrial_wall = 2.0;
constexpr double septum = 4.2;       ///< between the atria
constexpr double valve_plane = 1.0;  ///< half the gap between atria and ventricles
constexpr double artery_wall = 1.5;
constexpr double pericardial_fat = 2.5;
constexpr double epicardial_height = 2.4;  ///< of the coronary arteries' axes above the muscle

constexpr double cut_reach = 30;

// Mean anatomical axis, Engblom et al. 2005: left, anterior = tan 46°, inferior = tan 38°.
Vec3 mean_long_axis() { return Vec3(1.0, -std::tan(46 * pi / 180), -std::tan(38 * pi / 180)).normalized(); }

const Vec3 base_centre(22, -6, 6);
const Vec3 septal_direction(-0.75, -0.66, 0);

LeftVentricle make_left_ventricle() {
  return LeftVentricle(LeftVentricle::Sizes{}, base_centre, mean_long_axis(), septal_direction);
}

Mat3 heart_axes(const LeftVentricle& lv) {
  Mat3 axes;
  axes.col(0) = lv.long_axis();
  axes.col(1) = lv.septal_axis();
  axes.col(2) = lv.inferior_axis();
  return axes;
}

/// A point given in heart axes from the base centre.
Vec3 from_base(const LeftVentricle& lv, double along, double septal, double inferior) {
  return base_centre + along * lv.long_axis() + septal * lv.septal_axis() + inferior * lv.inferior_axis();
}

Ellipsoid make_right_ventricle(const LeftVentricle& lv) {
  return {from_base(lv, 21, 33, 4), {57, 33, 46}, heart_axes(lv)};
}

Ellipsoid make_left_atrium() { return {{8, 21, 13}, {29, 16, 19}, Mat3::Identity()}; }

Ellipsoid make_right_atrium() { return {{-27, -12, 11}, {20, 23, 29}, Mat3::Identity()}; }

Tube make_outflow() {
  return Tube(Nodes{{{8, -42, -8}, 18}, {{10, -46, 12}, 16}, {{13, -45, 28}, 14}, {{14, -42, 38}, 12.5}});
}

Tube make_mitral(const LeftVentricle& lv) { return Tube(Nodes{{{10, 19, 14}, 15}, {from_base(lv, -2, -8, 2), 14.5}}); }

Tube make_tricuspid(const LeftVentricle& lv) {
  return Tube(Nodes{{{-25, -14, 11}, 17}, {from_base(lv, -2, 42, 4), 16}});
}

// Ascending and descending radius: half of 34.1 ± 3.9 and 25.8 ± 3.0 mm (Rogers et al. 2013, men).
Tube make_aorta() {
  return Tube(Nodes{{{12, -14, 9}, 16.5},
                    {{6, -15, 22}, 17.5},
                    {{-4, -15.5, 38}, 17},
                    {{-9, -14, 56}, 17},
                    {{-7, -11, 72}, 16},
                    {{4, -5, 84}, 15},
                    {{15, 2, 89}, 14.3},
                    {{25, 13, 89}, 14},
                    {{30, 28, 83}, 13.6},
                    {{31, 41, 71}, 13.2},
                    {{29, 46, 56}, 12.9},
                    {{29, 48, 30}, 12.9},
                    {{28, 48.5, 0}, 12.9},
                    {{25, 47, -30}, 12.9},
                    {{20, 43, -60}, 12.9},
                    {{15, 34, -95}, 12.5},
                    {{9, 25, -130}, 12.2},
                    {{7, 20, -155}, 12}});
}

Tube make_superior_cava() {
  return Tube(Nodes{
      {{-28, -4, 125}, 9}, {{-34, -8, 95}, 10}, {{-38, -10, 60}, 10}, {{-33, -11, 32}, 10.5}, {{-29, -12, 18}, 11}});
}

Tube make_inferior_cava() {
  return Tube(Nodes{{{-27, -9, -5}, 11},
                    {{-27, -2, -28}, 11},
                    {{-25, 8, -55}, 11.5},
                    {{-22, 18, -95}, 11.5},
                    {{-19, 17, -155}, 11.5}});
}

// Trunk: half of 25.1 ± 2.8 mm (Truong et al. 2012); right and left: Korean adults 1989 and textbook
// figures.
std::vector<Tube> make_pulmonary() {
  std::vector<Tube> tubes;
  tubes.emplace_back(Nodes{{{14, -42, 38}, 12.5}, {{20, -34, 44}, 12.6}, {{24, -20, 50}, 12.6}, {{21, 0, 56}, 12.5}});
  tubes.emplace_back(
      Nodes{{{21, 0, 56}, 11.5}, {{34, 6, 60}, 10.5}, {{46, 13, 59}, 9.5}, {{57, 22, 50}, 8.5}, {{64, 30, 36}, 7}});
  tubes.emplace_back(
      Nodes{{{21, 0, 56}, 11.5}, {{4, 10, 50}, 10}, {{-12, 13, 45}, 10}, {{-34, 14, 40}, 9.5}, {{-52, 17, 30}, 7.5}});
  return tubes;
}

std::vector<Tube> make_branches() {
  std::vector<Tube> tubes;
  // pulmonary veins
  tubes.emplace_back(Nodes{{{-12, 21, 18}, 7}, {{-32, 21, 24}, 6.5}, {{-50, 20, 28}, 5}});
  tubes.emplace_back(Nodes{{{-12, 23, 8}, 7}, {{-32, 28, 2}, 6.5}, {{-50, 33, -4}, 5}});
  tubes.emplace_back(Nodes{{{28, 20, 20}, 7}, {{44, 15, 28}, 6.5}, {{58, 10, 34}, 5}});
  tubes.emplace_back(Nodes{{{28, 23, 8}, 7}, {{44, 30, 2}, 6.5}, {{60, 36, -6}, 5}});
  // brachiocephalic trunk, left carotid, left subclavian, left brachiocephalic vein
  tubes.emplace_back(Nodes{{{2, -6, 86}, 7}, {{-9, -1, 104}, 6.5}, {{-20, 2, 140}, 6}});
  tubes.emplace_back(Nodes{{{14, 2, 92}, 4.5}, {{13, 4, 106}, 4}, {{15, 6, 140}, 4}});
  tubes.emplace_back(Nodes{{{26, 15, 92}, 5.5}, {{25, 16, 106}, 5}, {{28, 17, 140}, 5}});
  tubes.emplace_back(Nodes{{{-31, -6, 104}, 7}, {{-8, -14, 106}, 6.5}, {{16, -14, 112}, 6.5}, {{40, -6, 126}, 6}});
  return tubes;
}

}  // namespace

HeartAnatomy::HeartAnatomy()
    : left_ventricle_(make_left_ventricle()),
      right_ventricle_(make_right_ventricle(left_ventricle_)),
      left_atrium_(make_left_atrium()),
      right_atrium_(make_right_atrium()),
      outflow_(make_outflow()),
      mitral_(make_mitral(left_ventricle_)),
      tricuspid_(make_tricuspid(left_ventricle_)),
      aorta_(make_aorta()),
      superior_cava_(make_superior_cava()),
      inferior_cava_(make_inferior_cava()),
      pulmonary_(make_pulmonary()),
      branches_(make_branches()),
      left_main_(make_left_main()),
      anterior_descending_(make_anterior_descending()),
      circumflex_(make_circumflex()),
      right_coronary_(make_right_coronary()) {}

double HeartAnatomy::above_base(const Vec3& p) const { return -(p - base_centre).dot(left_ventricle_.long_axis()); }

double HeartAnatomy::pulmonary_arteries(const Vec3& p, double limit) const {
  double best = limit + 1e-9;
  for (const Tube& tube : pulmonary_) {
    best = std::min(best, tube.distance(p, best));
  }
  return best;
}

// In what follows a surface is cut by others with std::max; far outside the first value alone decides.

double HeartAnatomy::right_ventricle_cavity(const Vec3& p) const {
  const double body = std::max(right_ventricle_(p), above_base(p) + valve_plane);
  const double blood = smooth_union(body, outflow_.distance(p, 80), 8);
  if (blood > cut_reach) {
    return blood;
  }
  return std::max({blood, -left_ventricle_.whole(p), artery_wall + 1 - aorta_.distance(p, cut_reach),
                   -pulmonary_.front().distance(p, cut_reach)});
}

double HeartAnatomy::left_atrium_cavity(const Vec3& p) const {
  const double blood = smooth_union(left_atrium_(p), mitral_.distance(p, 80), 6);
  if (blood > cut_reach) {
    return blood;
  }
  return std::max({blood, valve_plane - above_base(p), artery_wall + 1.5 - aorta_.distance(p, cut_reach)});
}

double HeartAnatomy::right_atrium_cavity(const Vec3& p) const {
  const double blood = smooth_union(right_atrium_(p), tricuspid_.distance(p, 80), 6);
  if (blood > cut_reach) {
    return blood;
  }
  return std::max({blood, valve_plane - above_base(p), septum - left_atrium_cavity(p),
                   artery_wall + 1.5 - aorta_.distance(p, cut_reach),
                   right_ventricle_wall - outflow_.distance(p, cut_reach)});
}

double HeartAnatomy::right_ventricle(const Vec3& p) const {
  const double outer = right_ventricle_cavity(p) - right_ventricle_wall;
  return outer > 0 ? outer : std::max({outer, -left_ventricle_.whole(p), -aorta_.distance(p, cut_reach)});
}

double HeartAnatomy::left_atrium(const Vec3& p) const {
  const double outer = left_atrium_cavity(p) - atrial_wall;
  return outer > 0 ? outer : std::max({outer, -above_base(p), -aorta_.distance(p, cut_reach)});
}

double HeartAnatomy::right_atrium(const Vec3& p) const {
  const double outer = right_atrium_cavity(p) - atrial_wall;
  return outer > 0
             ? outer
             : std::max({outer, -above_base(p), -left_atrium(p), -right_ventricle(p), -aorta_.distance(p, cut_reach)});
}

double HeartAnatomy::chambers(const Vec3& p) const {
  const double roots = std::max(
      std::min(aorta_.distance(p, cut_reach), pulmonary_.front().distance(p, cut_reach)) - artery_wall, p.z() - 44);
  return std::min({left_ventricle_.whole(p), right_ventricle_cavity(p) - right_ventricle_wall,
                   left_atrium_cavity(p) - atrial_wall, right_atrium_cavity(p) - atrial_wall, roots});
}

double HeartAnatomy::pericardium(const Vec3& p) const {
  const double far = bounds().distance(p);
  if (far > 25) {
    return far;
  }
  constexpr double blend = 12;
  const double roots = std::max(
      std::min(aorta_.distance(p, cut_reach), pulmonary_.front().distance(p, cut_reach)) - artery_wall, p.z() - 42);
  const double ascending = std::max(roots, p.y() - 12);  // the descending aorta lies outside the sac
  double value = smooth_union(left_ventricle_.whole(p), right_ventricle_cavity(p) - right_ventricle_wall, blend);
  value = smooth_union(value, left_atrium_cavity(p) - atrial_wall, blend);
  value = smooth_union(value, right_atrium_cavity(p) - atrial_wall, blend);
  value = smooth_union(value, ascending, blend);
  return value - pericardial_fat;
}

Bounds HeartAnatomy::bounds() const { return {{-58, -92, -68}, {100, 48, 50}}; }

/// The point at a height above the chambers, from a guess, by Newton steps along the gradient.
Vec3 HeartAnatomy::on_surface(const Vec3& guess, double height) const {
  constexpr double h = 0.01;
  Vec3 p = guess;
  for (int k = 0; k < 60; ++k) {
    const double error = chambers(p) - height;
    if (std::abs(error) < 1e-3) {
      break;
    }
    Vec3 gradient;
    for (int a = 0; a < 3; ++a) {
      const Vec3 step = h * Vec3::Unit(a);
      gradient[a] = (chambers(p + step) - chambers(p - step)) / (2 * h);
    }
    const Vec3 move = -error / std::max(0.1, gradient.squaredNorm()) * gradient;
    p += 0.7 * move * std::min(1.0, 4.0 / std::max(1e-9, move.norm()));
  }
  return p;
}

/// Angle of an interventricular groove at a level: from a start on the free wall, the last before the right ventricle.
double HeartAnatomy::groove_angle(double s, double from, double step) const {
  double angle = from;
  for (int k = 0; k < 200; ++k) {
    const Vec3 p = left_ventricle_.point({left_ventricle_.epi_radius(s) + epicardial_height, s, angle + step});
    if (right_ventricle_cavity(p) - right_ventricle_wall < epicardial_height + 0.4) {
      break;
    }
    angle += step;
    if (std::abs(angle - from) > 0.6 * pi) {
      return std::nan("");
    }
  }
  return angle;
}

Tube HeartAnatomy::make_left_main() const {
  // Left main 4.5 ± 0.5 mm wide (Dodge et al. 1992); about 10 mm long [recalled].
  return Tube(Nodes{{{21, -19, 21}, 2.25},
                    {on_surface({27, -20, 27}, epicardial_height), 2.25},
                    {on_surface({31, -22, 31}, epicardial_height), 2.2}});
}

Tube HeartAnatomy::make_anterior_descending() const {
  // Proximal 3.7 ± 0.4 mm, distal 1.9 ± 0.4 mm (Dodge et al. 1992).
  Nodes nodes{{left_main_.chords().back().centre, 1.9}};
  const double tip = left_ventricle_.sizes().cavity_length;
  double angle = 0;
  constexpr int num_levels = 12;
  for (int k = 0; k <= num_levels; ++k) {
    const double s = -16 + (tip + 16) * k / num_levels;
    const double groove = groove_angle(s, -0.25 * pi, pi / 360);
    angle = std::isnan(groove) ? angle : groove;
    const Vec3 guess = left_ventricle_.point({left_ventricle_.epi_radius(s) + epicardial_height, s, angle});
    nodes.push_back({on_surface(guess, epicardial_height), 1.85 - 0.9 * k / num_levels});
  }
  return Tube(nodes);
}

Tube HeartAnatomy::make_circumflex() const {
  // Proximal 3.4 ± 0.5 mm (right dominance, Dodge et al. 1992); follows the left atrioventricular groove.
  Nodes nodes{{left_main_.chords().back().centre, 1.8}};
  const double s = -left_ventricle_.sizes().base_height - 3;
  constexpr int num_levels = 9;
  for (int k = 1; k <= num_levels; ++k) {
    const double angle = -(20 + 130.0 * k / num_levels) * pi / 180;
    const Vec3 guess = left_ventricle_.point({left_ventricle_.epi_radius(s) + 3, s, angle});
    nodes.push_back({on_surface(guess, epicardial_height), 1.7 - 0.6 * k / num_levels});
  }
  return Tube(nodes);
}

Tube HeartAnatomy::make_right_coronary() const {
  // Proximal 3.9 ± 0.6 mm (right dominance, Dodge et al. 1992); right atrioventricular groove, then the inferior
  // groove.
  Nodes nodes{{{-6, -28, 22}, 1.95}};
  const LeftVentricle& lv = left_ventricle_;
  const std::vector<std::pair<double, double>> around{{46, -30}, {68, -24}, {78, -4}, {74, 20},
                                                      {56, 38},  {34, 42},  {12, 40}};
  for (const auto& [septal, inferior] : around) {
    nodes.push_back({on_surface(from_base(lv, -1.0, septal, inferior), epicardial_height), 1.8});
  }
  constexpr int num_levels = 6;
  double angle = pi;
  for (int k = 0; k <= num_levels; ++k) {
    const double s = -20 + 60.0 * k / num_levels;
    const double groove = groove_angle(s, 1.25 * pi, -pi / 360);
    angle = std::isnan(groove) ? angle : groove;
    const Vec3 guess = lv.point({lv.epi_radius(s) + epicardial_height, s, angle});
    nodes.push_back({on_surface(guess, epicardial_height), 1.4 - 0.5 * k / num_levels});
  }
  return Tube(nodes);
}

}  // namespace xingu
