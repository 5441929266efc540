// SPDX-License-Identifier: Apache-2.0
// The structures of the heart phantom, named after AAPM TG-263 where it has a name.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "patient/heart_phantom.h"
#include "patient/phantom_torso.h"

namespace xingu {
namespace {

using Colour = std::array<int, 3>;

constexpr Colour arterial{230, 60, 60};
constexpr Colour venous{70, 90, 230};

Bounds box(const Ellipsoid& ellipsoid, double margin) { return ellipsoid.bounds().grown(margin); }

/// Points of a surface where edges of a lattice cross it.
std::vector<Vec3> surface_points(const std::function<double(const Vec3&)>& surface, const Bounds& bounds, double step) {
  const Vec3 extent = bounds.upper - bounds.lower;
  const int nx = static_cast<int>(std::ceil(extent.x() / step)) + 1;
  const int ny = static_cast<int>(std::ceil(extent.y() / step)) + 1;
  const int nz = static_cast<int>(std::ceil(extent.z() / step)) + 1;
  const auto index = [&](int x, int y, int z) {
    return (static_cast<std::size_t>(z) * static_cast<std::size_t>(ny) + static_cast<std::size_t>(y)) *
               static_cast<std::size_t>(nx) +
           static_cast<std::size_t>(x);
  };
  std::vector<double> values(index(0, 0, nz));
  for (int z = 0; z < nz; ++z) {
    for (int y = 0; y < ny; ++y) {
      for (int x = 0; x < nx; ++x) {
        values[index(x, y, z)] = surface(bounds.lower + step * Vec3(x, y, z));
      }
    }
  }
  std::vector<Vec3> points;
  const auto add_crossing = [&](const Vec3& from, const Vec3& to, double value_from, double value_to) {
    if ((value_from < 0) == (value_to < 0)) {
      return;
    }
    Vec3 inside = value_from < 0 ? from : to;
    Vec3 outside = value_from < 0 ? to : from;
    for (int k = 0; k < 12; ++k) {
      const Vec3 middle = 0.5 * (inside + outside);
      (surface(middle) < 0 ? inside : outside) = middle;
    }
    points.push_back(0.5 * (inside + outside));
  };
  for (int z = 0; z < nz; ++z) {
    for (int y = 0; y < ny; ++y) {
      for (int x = 0; x < nx; ++x) {
        const Vec3 p = bounds.lower + step * Vec3(x, y, z);
        const double value = values[index(x, y, z)];
        if (x + 1 < nx) {
          add_crossing(p, p + step * Vec3::UnitX(), value, values[index(x + 1, y, z)]);
        }
        if (y + 1 < ny) {
          add_crossing(p, p + step * Vec3::UnitY(), value, values[index(x, y + 1, z)]);
        }
        if (z + 1 < nz) {
          add_crossing(p, p + step * Vec3::UnitZ(), value, values[index(x, y, z + 1)]);
        }
      }
    }
  }
  return points;
}

/// The part of a box that holds a surface, by a coarse lattice.
Bounds tightened(const std::function<double(const Vec3&)>& surface, const Bounds& bounds) {
  constexpr double step = 3;
  Bounds tight{bounds.upper, bounds.lower};
  for (double z = bounds.lower.z(); z <= bounds.upper.z() + step; z += step) {
    for (double y = bounds.lower.y(); y <= bounds.upper.y() + step; y += step) {
      for (double x = bounds.lower.x(); x <= bounds.upper.x() + step; x += step) {
        const Vec3 p(x, y, z);
        if (surface(p) < 2 * step) {
          tight = tight.united({p, p});
        }
      }
    }
  }
  return tight;
}

/// Points in cells of one size, to find the nearest within that size.
class PointCells {
 public:
  PointCells(std::vector<Vec3> points, double size) : points_(std::move(points)), size_(size) {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      cells_[key(cell(points_[i]))].push_back(i);
    }
  }

  /// Distance to the nearest point, or `size` where that is farther.
  [[nodiscard]] double distance(const Vec3& p) const {
    const Eigen::Vector3i middle = cell(p);
    double best2 = size_ * size_;
    for (int dz = -1; dz <= 1; ++dz) {
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
          const auto found = cells_.find(key(middle + Eigen::Vector3i(dx, dy, dz)));
          if (found == cells_.end()) {
            continue;
          }
          for (const std::size_t i : found->second) {
            best2 = std::min(best2, (points_[i] - p).squaredNorm());
          }
        }
      }
    }
    return std::sqrt(best2);
  }

 private:
  [[nodiscard]] Eigen::Vector3i cell(const Vec3& p) const { return (p / size_).array().floor().cast<int>(); }
  [[nodiscard]] static std::uint64_t key(const Eigen::Vector3i& c) {
    const auto part = [](int v) { return static_cast<std::uint64_t>(v + (1 << 20)) & ((1U << 21) - 1); };
    return part(c.x()) | (part(c.y()) << 21) | (part(c.z()) << 42);
  }

  std::vector<Vec3> points_;
  double size_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> cells_;
};

}  // namespace

std::function<double(const Vec3&)> expanded_surface(const std::function<double(const Vec3&)>& surface,
                                                    const Bounds& bounds, double step, double margin) {
  auto cells = std::make_shared<const PointCells>(surface_points(surface, bounds.grown(2 * step), step), margin + 2);
  return [surface, cells, core = bounds, margin](const Vec3& p) {
    const double beyond = core.distance(p) - margin;
    if (beyond > 2) {
      return beyond;
    }
    if (core.contains(p)) {
      const double inside = surface(p);
      if (inside < 0) {
        return inside - margin;
      }
    }
    return cells->distance(p) - margin;
  };
}

Bounds HeartPhantom::present_bounds(const Bounds& anatomical) const {
  const BreathingThorax::Parameters& breath = parameters_.breath;
  const double motion =
      (breath.diaphragm_mm + breath.chest_mm + breath.lateral_mm) * inflated_part(parameters_.breathing_phase) +
      24 * ejected_part(parameters_.cardiac_phase);
  const double scale = parameters_.scale;
  return Bounds{scale * anatomical.lower, scale * anatomical.upper}.grown(motion + 3);
}

void HeartPhantom::add_tube(const std::string& name, Colour colour, const Tube& tube, double cell_mm) {
  add(name, "ORGAN", colour, tube.bounds(), cell_mm, [&tube](const ThoraxAnatomy&, const Vec3& p) { return tube(p); });
}

void HeartPhantom::add_torso() {
  add("External", "EXTERNAL", {0, 200, 0}, {{-174, -120, -150}, {174, 132, 140}}, 2.0,
      [](const ThoraxAnatomy&, const Vec3& p) { return torso_body(p); });
  const Bounds chest{{-137, -94, -140}, {137, 88, 120}};
  add("Lung_L", "ORGAN", {120, 190, 240}, chest, 1.0,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.lung_left(p); });
  add("Lung_R", "ORGAN", {90, 150, 220}, chest, 1.0,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.lung_right(p); });
  add("SpinalCord", "ORGAN", {255, 220, 0}, {{-8, 60, -150}, {8, 100, 140}}, 0.5,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.bones().spine(p).cord; });
  add("Spine", "ORGAN", {230, 225, 200}, {{-40, 35, -150}, {40, 128, 140}}, 0.7,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.bones().spinal_column(p); });
  add("Ribs", "ORGAN", {240, 235, 215}, {{-152, -110, -150}, {152, 104, 140}}, 0.7,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.bones().ribs(p, torso_cavity(p)).bone; });
  add("Sternum", "ORGAN", {220, 215, 190}, {{-32, -112, -50}, {32, -40, 105}}, 0.7,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.bones().sternum(p, torso_cavity(p)); });
}

void HeartPhantom::add_organs() {
  add("Esophagus", "ORGAN", {170, 110, 60}, {{-8, -4, -110}, {58, 60, 150}}, 0.6,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.oesophagus(p); });
  add("Trachea", "ORGAN", {60, 210, 210}, {{-14, -2, 48}, {16, 42, 152}}, 0.6,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.trachea(p); });
  add("Bronchus", "ORGAN", {40, 180, 190}, {{-46, 14, 22}, {58, 46, 76}}, 0.6,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.bronchi(p); });
  const Bounds abdomen{{-137, -94, -150}, {137, 88, -25}};
  add("Liver", "ORGAN", {150, 80, 50}, abdomen, 1.0, [](const ThoraxAnatomy& t, const Vec3& p) { return t.liver(p); });
  add("Stomach", "ORGAN", {230, 160, 120}, {{10, -66, -185}, {104, 56, -66}}, 0.8,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.stomach(p); });
  add("Spleen", "ORGAN", {140, 60, 110}, {{80, -4, -152}, {130, 76, -70}}, 0.8,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.spleen(p); });
}

void HeartPhantom::add_chambers() {
  const HeartAnatomy& heart = anatomy().heart_anatomy();
  const LeftVentricle& lv = heart.left_ventricle();
  add("Heart", "ORGAN", {230, 100, 130}, heart.bounds(), 0.8,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.heart(p); });
  add("Ventricle_L", "ORGAN", {200, 40, 60}, lv.bounds(), 0.7,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.heart_anatomy().left_ventricle().whole(p); });
  add("LV_Cavity", "ORGAN", {250, 120, 120}, lv.bounds(), 0.7,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.heart_anatomy().left_ventricle().cavity(p); });
  add("LV_Wall", "ORGAN", {180, 60, 80}, lv.bounds(), 0.6,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.heart_anatomy().left_ventricle().wall(p); });
  add("Ventricle_R", "ORGAN", {80, 80, 200}, heart.bounds(), 0.7,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.heart_anatomy().right_ventricle(p); });
  add("Atrium_L", "ORGAN", {240, 150, 90}, box(heart.left_atrium_body(), 24), 0.7,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.heart_anatomy().left_atrium(p); });
  add("Atrium_R", "ORGAN", {90, 150, 240}, box(heart.right_atrium_body(), 24), 0.7,
      [](const ThoraxAnatomy& t, const Vec3& p) { return t.heart_anatomy().right_atrium(p); });
}

void HeartPhantom::add_vessels() {
  const HeartAnatomy& heart = anatomy().heart_anatomy();
  Bounds pulmonary = heart.pulmonary_tubes().front().bounds();
  for (const Tube& tube : heart.pulmonary_tubes()) {
    pulmonary = pulmonary.united(tube.bounds());
  }
  const auto caval = [](const Tube& tube, const ThoraxAnatomy& t, const Vec3& p) {
    const double value = tube(p);
    return value > 0 ? value : std::max(value, -t.heart_anatomy().right_atrium(p));
  };
  const auto superior = [caval](const ThoraxAnatomy& t, const Vec3& p) {
    return caval(t.heart_anatomy().superior_cava(), t, p);
  };
  const auto inferior = [caval](const ThoraxAnatomy& t, const Vec3& p) {
    return caval(t.heart_anatomy().inferior_cava(), t, p);
  };
  const auto arteries = [](const ThoraxAnatomy& t, const Vec3& p) { return t.heart_anatomy().pulmonary_arteries(p); };
  const Bounds all = pulmonary.united(heart.aorta().bounds())
                         .united(heart.superior_cava().bounds())
                         .united(heart.inferior_cava().bounds());
  add("GreatVes", "ORGAN", {200, 80, 200}, all, 0.7, [=](const ThoraxAnatomy& t, const Vec3& p) {
    return std::min({t.heart_anatomy().aorta()(p), arteries(t, p), superior(t, p), inferior(t, p)});
  });
  add_tube("A_Aorta", arterial, heart.aorta(), 0.7);
  add("A_Pulmonary", "ORGAN", {100, 110, 240}, pulmonary, 0.7, arteries);
  add("V_Venacava_S", "ORGAN", venous, heart.superior_cava().bounds(), 0.6, superior);
  add("V_Venacava_I", "ORGAN", venous, heart.inferior_cava().bounds(), 0.6, inferior);
  add_tube("A_Coronary_L", arterial, heart.left_main(), 0.3);
  add_tube("A_LAD", {255, 30, 30}, heart.left_anterior_descending(), 0.3);
  add_tube("A_LCX", {255, 90, 30}, heart.circumflex(), 0.3);
  add_tube("A_Coronary_R", {255, 60, 90}, heart.right_coronary(), 0.3);
}

void HeartPhantom::add_segments() {
  const LeftVentricle& lv = anatomy().heart_anatomy().left_ventricle();
  for (int number = 1; number <= 17; ++number) {
    const int k = number * 37 % 200;
    add(fmt::format("LVseg_{:02}", number), "ORGAN", {55 + k, 255 - k, 40 + (number * 83) % 215}, lv.bounds(), 0.5,
        [number](const ThoraxAnatomy& t, const Vec3& p) {
          return t.heart_anatomy().left_ventricle().segment(number, p);
        });
  }
}

void HeartPhantom::add_scar() {
  const int number = parameters_.scar_segment;
  const double extent = parameters_.scar_extent;
  const LeftVentricle& lv = anatomy().heart_anatomy().left_ventricle();
  add("CTV_VT", "CTV", {255, 140, 0}, lv.bounds(), 0.5, [number, extent](const ThoraxAnatomy& t, const Vec3& p) {
    return t.heart_anatomy().left_ventricle().patch(number, extent, p);
  });
  PhantomSurface& target = surfaces_.back();
  target.bounds = tightened(target.surface, target.bounds);
  PhantomSurface planned{"PTV_2500",  "PTV",
                         {255, 0, 0}, target.bounds.grown(parameters_.margin_mm),
                         0.6,         expanded_surface(target.surface, target.bounds, 1.0, parameters_.margin_mm)};
  surfaces_.push_back(std::move(planned));
}

void HeartPhantom::add_tumour() {
  const Vec3 centre = tumour_centre();
  const double radius = parameters_.tumour->radius_mm;
  const auto add_sphere = [&](const std::string& name, const std::string& type, Colour colour, double r) {
    const Vec3 half = Vec3::Constant(r);
    surfaces_.push_back({name, type, colour, Bounds{centre - half, centre + half}.grown(1), 0.6,
                         [centre, r](const Vec3& p) { return (p - centre).norm() - r; }});
  };
  add_sphere("CTV", "CTV", {255, 140, 0}, radius);
  add_sphere("PTV", "PTV", {255, 0, 0}, radius + parameters_.margin_mm);
}

}  // namespace xingu
