// SPDX-License-Identifier: Apache-2.0
#include "patient/heart_phantom.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "patient/phantom_torso.h"

namespace xingu {
namespace {

BreathingThorax::Parameters scaled(const BreathingThorax::Parameters& breath, double scale) {
  return {breath.diaphragm_mm / scale, breath.chest_mm / scale, breath.lateral_mm / scale};
}

}  // namespace

struct HeartPhantom::Placement {
  explicit Placement(const HeartParameters& parameters)
      : scale(parameters.scale),
        heart(anatomy.heart_anatomy(), parameters.beat, ejected_part(parameters.cardiac_phase)),
        breath(scaled(parameters.breath, parameters.scale), inflated_part(parameters.breathing_phase)) {}
  Placement(const Placement&) = delete;
  Placement& operator=(const Placement&) = delete;

  [[nodiscard]] Vec3 anatomical(const Vec3& present) const { return heart.backward(breath.backward(present / scale)); }

  double scale;
  ThoraxAnatomy anatomy;
  BeatingHeart heart;
  BreathingThorax breath;
};

void HeartParameters::check() const {
  const auto within = [](double value, double low, double high, const char* name, const char* unit) {
    XINGU_REQUIRE(value >= low && value <= high,
                  "{} of {}{} is out of range (the anatomy would fold or overlap); give {} to {}", name, value, unit,
                  low, high);
  };
  within(scale, 0.7, 1.25, "scale", "");
  for (const auto& [phase, name] : {std::pair(cardiac_phase, "cardiac"), std::pair(breathing_phase, "breathing")}) {
    XINGU_REQUIRE(phase >= 0 && phase < 1,
                  "{} phase of {} is no part of a cycle (1 would be 0 again); give 0 to below 1", name, phase);
  }
  within(beat.ejection_fraction, 0, 0.75, "ejection fraction", "");
  within(beat.shortening, 0, 0.2, "shortening of the long axis", "");
  within(beat.twist_deg, -25, 25, "twist", " degrees");
  within(breath.diaphragm_mm, 0, 40, "motion of the diaphragm", " mm");
  within(breath.chest_mm, 0, 15, "motion of the chest wall", " mm");
  within(breath.lateral_mm, 0, 8, "lateral motion of the chest wall", " mm");
  within(scar_extent, 0.3, 2, "extent of the scar", "");
  within(margin_mm, 1, 20, "margin", " mm");
  within(contrast_hu, 0, 500, "contrast", " HU");
  XINGU_REQUIRE(scar_segment >= 1 && scar_segment <= 17,
                "segment {} does not exist (the AHA model has 17); give 1 to 17", scar_segment);
  if (tumour) {
    within(tumour->radius_mm, 3, 30, "radius of the tumour", " mm");
  }
}

HeartPhantom::HeartPhantom(const HeartParameters& parameters) : parameters_(parameters) {
  parameters_.check();
  placement_ = std::make_shared<const Placement>(parameters_);
  add_torso();
  add_organs();
  add_chambers();
  add_vessels();
  if (parameters_.tumour) {
    add_tumour();
  } else {
    add_segments();
    add_scar();
  }
}

const ThoraxAnatomy& HeartPhantom::anatomy() const { return placement_->anatomy; }

Vec3 HeartPhantom::displacement(const Vec3& material, double breathing_phase, double cardiac_phase) const {
  const BeatingHeart heart(anatomy().heart_anatomy(), parameters_.beat, ejected_part(cardiac_phase));
  const BreathingThorax breath(scaled(parameters_.breath, parameters_.scale), inflated_part(breathing_phase));
  return parameters_.scale * breath.forward(heart.forward(material / parameters_.scale)) - material;
}

Vec3 HeartPhantom::material_point(const Vec3& present) const {
  return parameters_.scale * placement_->anatomical(present);
}

Vec3 HeartPhantom::tumour_centre() const {
  const Vec3 material = parameters_.scale * parameters_.tumour->centre;
  return material + displacement(material, parameters_.breathing_phase, parameters_.cardiac_phase);
}

Tissue HeartPhantom::tissue_at(const Vec3& present) const {
  if (parameters_.tumour && (present - tumour_centre()).norm() < parameters_.tumour->radius_mm) {
    return Tissue::tumour;
  }
  return anatomy().tissue_at(placement_->anatomical(present));
}

double HeartPhantom::hu_at(const Vec3& present) const {
  const Tissue tissue = tissue_at(present);
  const double hu = tissue_hu(tissue);
  if (tissue == Tissue::blood) {
    return hu + parameters_.contrast_hu;
  }
  if (tissue == Tissue::lung) {
    // Tissue thins as it stretches; in a supine patient the back is denser, by about 0.15 % a millimetre [recalled].
    const Vec3 material = placement_->breath.backward(present / parameters_.scale);
    const double density = (1000 + hu) * (1 + 0.0015 * material.y()) / placement_->breath.volume_ratio(material);
    return density - 1000;
  }
  return hu;
}

const PhantomSurface& HeartPhantom::surface(const std::string& name) const {
  for (const PhantomSurface& s : surfaces_) {
    if (s.name == name) {
      return s;
    }
  }
  throw BrokenPromise(fmt::format("the heart phantom has no structure '{}'", name));
}

Bounds HeartPhantom::field_of_view() const {
  return {parameters_.scale * Vec3(-200, -134, -135), parameters_.scale * Vec3(200, 146, 125)};
}

void HeartPhantom::add(const std::string& name, const std::string& type, std::array<int, 3> colour,
                       const Bounds& bounds, double cell_mm, Anatomical surface) {
  const double scale = parameters_.scale;
  surfaces_.push_back({name, type, colour, present_bounds(bounds), cell_mm,
                       [placement = placement_, scale, surface = std::move(surface)](const Vec3& present) {
                         return scale * surface(placement->anatomy, placement->anatomical(present));
                       }});
}

Volume<float> HeartPhantom::image(double spacing_mm) const {
  const Bounds view = field_of_view();
  Volume<float> hu(covering_grid(view.lower, view.upper, spacing_mm));
  const Grid& grid = hu.grid();
  Volume<std::uint8_t> tissue(grid);
  const auto rows = static_cast<std::size_t>(grid.nz()) * static_cast<std::size_t>(grid.ny());
  const auto each_voxel = [&](auto&& visit) {
    parallel_for(rows, [&](std::size_t row) {
      const int z = static_cast<int>(row) / grid.ny();
      const int y = static_cast<int>(row) % grid.ny();
      for (int x = 0; x < grid.nx(); ++x) {
        visit(x, y, z);
      }
    });
  };
  each_voxel(
      [&](int x, int y, int z) { tissue.at(x, y, z) = static_cast<std::uint8_t>(tissue_at(grid.centre(x, y, z))); });
  const auto is_uniform = [&](int x, int y, int z) {
    const std::uint8_t own = tissue.at(x, y, z);
    for (int dz = -1; dz <= 1; ++dz) {
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
          if (grid.contains(x + dx, y + dy, z + dz) && tissue.at(x + dx, y + dy, z + dz) != own) {
            return false;
          }
        }
      }
    }
    return true;
  };
  each_voxel([&](int x, int y, int z) {
    const Vec3 centre = grid.centre(x, y, z);
    double mean = 0;
    if (is_uniform(x, y, z)) {
      mean = hu_at(centre);
    } else {
      for (int corner = 0; corner < 8; ++corner) {
        const Vec3 offset((corner & 1) - 0.5, ((corner >> 1) & 1) - 0.5, (corner >> 2) - 0.5);
        mean += hu_at(centre + 0.5 * spacing_mm * offset) / 8;
      }
    }
    hu.at(x, y, z) = static_cast<float>(std::round(mean));
  });
  return hu;
}

StructureSet HeartPhantom::contours(const Grid& grid) const {
  std::vector<double> planes;
  for (int k = 0; k < grid.nz(); ++k) {
    planes.push_back(grid.origin.z() + k * grid.spacing.z());
  }
  StructureSet set;
  for (const PhantomSurface& s : surfaces_) {
    Structure structure;
    structure.number = static_cast<int>(set.structures.size()) + 1;
    structure.name = s.name;
    structure.interpreted_type = s.interpreted_type;
    structure.colour = s.colour;
    structure.contours = contour_surface(s.surface, s.bounds, planes, {.cell_mm = s.cell_mm});
    set.structures.push_back(std::move(structure));
  }
  return set;
}

}  // namespace xingu
