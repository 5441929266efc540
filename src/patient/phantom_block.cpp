// SPDX-License-Identifier: Apache-2.0
#include "patient/phantom_block.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

namespace xingu {
namespace {

using std::numbers::pi;
using Polygon = std::vector<Eigen::Vector2d>;

constexpr double air_margin_mm = 10.0;
constexpr double water_density = 1.0;  // a CT calibration makes soft tissue of 0 HU

struct Box {
  Vec3 lower;
  Vec3 upper;
};

struct Layer {
  Box box;
  float hu;
};

/// Part of the interval [centre ± spacing/2] that lies in [lower, upper].
double covered_part(double centre, double spacing, double lower, double upper) {
  const double length = std::min(centre + 0.5 * spacing, upper) - std::max(centre - 0.5 * spacing, lower);
  return std::clamp(length / spacing, 0.0, 1.0);
}

std::vector<double> covered_parts(const Grid& grid, int axis, const Box& box) {
  std::vector<double> parts(static_cast<std::size_t>(grid.size[static_cast<std::size_t>(axis)]));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double centre = grid.origin[axis] + static_cast<double>(i) * grid.spacing[axis];
    parts[i] = covered_part(centre, grid.spacing[axis], box.lower[axis], box.upper[axis]);
  }
  return parts;
}

/// Adds a box to air: HU mix linearly by volume, which is exact for linear attenuation.
void add_layer(Volume<float>& hu, const Layer& layer) {
  const Grid& grid = hu.grid();
  const auto px = covered_parts(grid, 0, layer.box);
  const auto py = covered_parts(grid, 1, layer.box);
  const auto pz = covered_parts(grid, 2, layer.box);
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      const double pyz = pz[static_cast<std::size_t>(z)] * py[static_cast<std::size_t>(y)];
      if (pyz <= 0) {
        continue;
      }
      for (int x = 0; x < grid.nx(); ++x) {
        hu.at(x, y, z) += static_cast<float>(pyz * px[static_cast<std::size_t>(x)]) * (layer.hu - BlockHu::air);
      }
    }
  }
}

Patient make_blocks(const Box& body, double spacing_mm, const std::vector<Layer>& layers) {
  const Vec3 margin = Vec3::Constant(air_margin_mm);
  Patient patient;
  patient.ct.hu = Volume<float>(covering_grid(body.lower - margin, body.upper + margin, spacing_mm), BlockHu::air);
  for (const Layer& layer : layers) {
    add_layer(patient.ct.hu, layer);
  }
  return patient;
}

Polygon rectangle(const Box& box) {
  return {{box.lower.x(), box.lower.y()},
          {box.upper.x(), box.lower.y()},
          {box.upper.x(), box.upper.y()},
          {box.lower.x(), box.upper.y()}};
}

/// Points of an arc from angle a to b about the origin, on the radius that gives the polygon the sector's exact area.
Polygon arc(double radius, double from, double to) {
  const int n = std::max(8, static_cast<int>(std::ceil(std::abs(to - from) / (2 * pi) * 180)));
  const double step = (to - from) / n;
  const double r = radius * std::sqrt(step / std::sin(step));
  Polygon points;
  for (int i = 0; i <= n; ++i) {
    const double angle = from + i * step;
    points.emplace_back(r * std::cos(angle), r * std::sin(angle));
  }
  return points;
}

Polygon disc(double radius) {
  Polygon points = arc(radius, 0, 2 * pi);
  points.pop_back();
  return points;
}

/// The region between two radii, over the angles from a to b.
Polygon annulus_sector(double inner, double outer, double from, double to) {
  Polygon points = arc(outer, from, to);
  const Polygon back = arc(inner, to, from);
  points.insert(points.end(), back.begin(), back.end());
  return points;
}

Structure& add_structure(Patient& patient, std::string name, std::string type, std::array<int, 3> colour) {
  Structure structure;
  structure.number = static_cast<int>(patient.structure_set.structures.size()) + 1;
  structure.name = std::move(name);
  structure.interpreted_type = std::move(type);
  structure.colour = colour;
  return patient.structure_set.structures.emplace_back(std::move(structure));
}

/// One contour on every slice whose centre lies in [lower, upper]; outline(z) may be empty.
template <class Outline>
void extrude(Structure& structure, const Grid& grid, double lower, double upper, Outline&& outline) {
  for (int k = 0; k < grid.nz(); ++k) {
    const double z = grid.origin.z() + k * grid.spacing.z();
    if (z < lower || z > upper) {
      continue;
    }
    Polygon points = outline(z);
    if (points.size() >= 3) {
      structure.contours.push_back({z, std::move(points)});
    }
  }
}

void add_box_structure(Patient& patient, const Box& box, std::string name, std::string type, std::array<int, 3> colour,
                       std::optional<double> density = {}) {
  Structure& structure = add_structure(patient, std::move(name), std::move(type), colour);
  structure.relative_mass_density = density;
  if (density == water_density) {
    structure.relative_electron_density = water_density;  // both: water itself, not tissue of its density
  }
  extrude(structure, patient.ct.hu.grid(), box.lower.z(), box.upper.z(), [&](double) { return rectangle(box); });
}

}  // namespace

Patient make_water_phantom(double spacing_mm) {
  const Box body{Vec3::Constant(-150), Vec3::Constant(150)};
  Patient patient = make_blocks(body, spacing_mm, {{body, BlockHu::water}});
  add_box_structure(patient, body, "External", "EXTERNAL", {0, 200, 0}, water_density);
  constexpr double radius = 20.0;
  Structure& target = add_structure(patient, "PTV", "PTV", {230, 40, 40});
  extrude(target, patient.ct.hu.grid(), -radius, radius,
          [&](double z) { return disc(std::sqrt(std::max(0.25, radius * radius - z * z))); });
  return patient;
}

Patient make_slab_phantom(double spacing_mm) {
  const auto layer = [](double from, double to) { return Box{Vec3(-150, from - 150, -150), Vec3(150, to - 150, 150)}; };
  const Box body = layer(0, 300);
  const Box bone = layer(30, 50);
  const Box lung = layer(50, 120);
  Patient patient = make_blocks(body, spacing_mm,
                                {{layer(0, 30), BlockHu::water},
                                 {bone, BlockHu::cortical_bone},
                                 {lung, BlockHu::lung},
                                 {layer(120, 300), BlockHu::water}});
  add_box_structure(patient, body, "External", "EXTERNAL", {0, 200, 0}, water_density);
  add_box_structure(patient, bone, "Bone", "ORGAN", {240, 220, 130}, 1.85);
  add_box_structure(patient, lung, "Lung", "ORGAN", {90, 160, 240}, 0.26);
  return patient;
}

Patient make_cshape_phantom(double spacing_mm) {
  const Box body{Vec3(-150, -100, -85), Vec3(150, 100, 85)};
  Patient patient = make_blocks(body, spacing_mm, {{body, BlockHu::water}});
  const Grid& grid = patient.ct.hu.grid();
  add_box_structure(patient, body, "External", "EXTERNAL", {0, 200, 0}, water_density);
  constexpr double half_opening = 50.0 * pi / 180.0;
  Structure& target = add_structure(patient, "OuterTarget", "PTV", {230, 40, 40});
  extrude(target, grid, -40, 40,
          [&](double) { return annulus_sector(15, 37, 0.5 * pi + half_opening, 2.5 * pi - half_opening); });
  Structure& core = add_structure(patient, "Core", "ORGAN", {60, 120, 255});
  extrude(core, grid, -50, 50, [&](double) { return disc(10); });
  return patient;
}

}  // namespace xingu
