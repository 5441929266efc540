// SPDX-License-Identifier: Apache-2.0
#include "validation/monte_carlo_comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "dose/mc/monte_carlo.h"
#include "support/photon_beam.h"
#include "support/test_paths.h"

namespace xingu::test {
namespace {

constexpr double sad_mm = 1000.0;
constexpr double isocentre_depth_mm = 100.0;
constexpr double tank_mm = 300.0;
constexpr std::uint64_t num_batches = 48;

/// The reference's tank, 300 mm in each direction, entered at z = 0 by a beam along +z. Its voxels divide those of the
/// reference; a middle voxel lies on the axis along y.
DensityImage tank_of(const Vec3& spacing, const LayerOf& layer) {
  Grid grid;
  for (std::size_t a = 0; a < 3; ++a) {
    grid.size[a] = static_cast<int>(std::lround(tank_mm / spacing[static_cast<Eigen::Index>(a)]));
  }
  grid.spacing = spacing;
  grid.origin = Vec3(-0.5 * tank_mm, -0.5 * tank_mm, 0.0) + 0.5 * spacing;
  DensityImage image = uniform_image(grid, 1.0F, "water");
  image.material_names = {"water", "cortical_bone_icrp", "lung"};
  for (int z = 0; z < grid.nz(); ++z) {
    const auto [density, material] = layer((z + 0.5) * spacing.z());
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        image.density.at(x, y, z) = density;
        image.material.at(x, y, z) = material;
      }
    }
  }
  return image;
}

/// Mean dose over a voxel of the reference and its mirror image in x: voxels of the tank by the parts of them inside.
class ReferenceVoxel {
 public:
  ReferenceVoxel(const Grid& grid, const ReferencePoint& point) {
    constexpr double half_width_y = 2.5;
    const std::vector<Part> depths = parts(grid, 2, point.depth_low_mm, point.depth_high_mm);
    const std::vector<Part> rows = parts(grid, 1, -half_width_y, half_width_y);
    for (const auto& [low, high] :
         {std::pair(point.x_low_mm, point.x_high_mm), std::pair(-point.x_high_mm, -point.x_low_mm)}) {
      for (const Part& x : parts(grid, 0, low, high)) {
        for (const Part& y : rows) {
          for (const Part& z : depths) {
            voxels_.push_back({grid.index(x.index, y.index, z.index), 0.5 * x.share * y.share * z.share});
          }
        }
      }
    }
  }

  [[nodiscard]] double mean(const Volume<float>& dose) const {
    double sum = 0.0;
    for (const auto& [voxel, share] : voxels_) {
      sum += share * static_cast<double>(dose[voxel]);
    }
    return sum;
  }

 private:
  struct Part {
    int index;
    double share;  ///< of the interval
  };
  static std::vector<Part> parts(const Grid& grid, std::size_t axis, double low, double high) {
    const auto a = static_cast<Eigen::Index>(axis);
    std::vector<Part> result;
    for (int i = 0; i < grid.size[axis]; ++i) {
      const double begin = grid.lower()[a] + i * grid.spacing[a];
      const double inside = std::min(high, begin + grid.spacing[a]) - std::max(low, begin);
      if (inside > 1e-9) {
        result.push_back({i, inside / (high - low)});
      }
    }
    return result;
  }

  std::vector<std::pair<std::size_t, double>> voxels_;
};

struct Place {
  ComparedPoint compared;
  ReferenceVoxel voxel;
};

/// The points of a reference, each with the largest dose of its own curve.
std::vector<Place> places_of(const Reference& reference, const Grid& grid) {
  std::vector<Place> result;
  const auto add = [&](auto begin, auto end) {
    const double largest =
        std::max_element(begin, end, [](const auto& a, const auto& b) { return a.dose < b.dose; })->dose;
    for (; begin != end; ++begin) {
      result.push_back({{*begin, largest, {}, {}}, ReferenceVoxel(grid, *begin)});
    }
  };
  add(reference.depth_dose.begin(), reference.depth_dose.end());
  for (auto begin = reference.profiles.begin(); begin != reference.profiles.end();) {
    const auto end = std::find_if(begin, reference.profiles.end(),
                                  [&](const auto& p) { return p.depth_low_mm != begin->depth_low_mm; });
    add(begin, end);
    begin = end;
  }
  return result;
}

/// Doses of all points of a case, batch by batch.
std::vector<ComparedPoint> compute(const MonteCarloCase& of) {
  const DensityImage tank = tank_of(of.spacing, of.layer);
  std::vector<Place> places =
      places_of(read_reference(shared_dir() / "reference/egsnrc", of.name), tank.density.grid());
  const BeamModel model = ideal_point_source(load_spectrum("mohan-6mv"), sad_mm);
  const double half = 0.5 * of.side_mm;
  const mc::BeamSource source(model, beam_along({0, 0, 1}, {0, 0, isocentre_depth_mm}, sad_mm),
                              field_fluence(model, FieldRectangle{-half, half, -half, half}));
  mc::MonteCarloOptions options;
  options.progress.clear();
  options.histories_per_batch = of.histories / num_batches;
  options.on_batch = [&](const Volume<float>& batch) {
    for (Place& place : places) {
      const double dose = place.voxel.mean(batch);
      place.compared.dose.add(dose);
      place.compared.batches.push_back(dose);
    }
  };
  const mc::MonteCarlo engine(tank, tank.density.grid(), materials_of_egsnrc(), PhotonCrossSections::shipped(),
                              options);
  (void)engine.run({{source, 1.0}}, {0.0, of.histories, 0.0});
  std::vector<ComparedPoint> points;
  for (const Place& place : places) {
    points.push_back(place.compared);
  }
  return points;
}

}  // namespace

std::pair<float, std::uint8_t> water_everywhere(double) { return {1.0F, 0}; }

std::pair<float, std::uint8_t> bone_and_lung(double depth_mm) {
  if (depth_mm > 30 && depth_mm < 50) {
    return {1.85F, 1};
  }
  return depth_mm > 50 && depth_mm < 120 ? std::pair<float, std::uint8_t>{0.26F, 2} : water_everywhere(depth_mm);
}

double ComparedPoint::difference() const { return dose.mean() - point.dose; }

double ComparedPoint::sigma() const { return std::hypot(dose.sigma(), point.sigma); }

bool ComparedPoint::passes() const { return std::abs(difference()) <= std::max(0.01 * largest, 2.0 * sigma()); }

MeanDifference mean_difference(const std::vector<ComparedPoint>& points,
                               const std::function<bool(const ComparedPoint&)>& is_meant) {
  std::vector<double> of_batch(points.front().batches.size(), 0.0);
  double weights = 0.0;
  double reference = 0.0;
  for (const ComparedPoint& point : points) {
    if (is_meant(point)) {
      const double weight = std::pow(point.point.dose / point.sigma(), 2);
      weights += weight;
      reference += std::pow(weight * point.point.sigma / point.point.dose, 2);
      for (std::size_t b = 0; b < of_batch.size(); ++b) {
        of_batch[b] += weight * (point.batches[b] / point.point.dose - 1.0);
      }
    }
  }
  SampleMean ours;
  for (const double sum : of_batch) {
    ours.add(sum / weights);
  }
  return {ours.mean(), std::hypot(ours.sigma(), std::sqrt(reference) / weights)};
}

MonteCarloAgreement compare_with_egsnrc(const MonteCarloCase& of) {
  const std::vector<ComparedPoint> points = compute(of);
  int passed = 0;
  double ours = 0.0;
  for (const ComparedPoint& point : points) {
    passed += point.passes() ? 1 : 0;
    ours += point.dose.sigma() / point.largest / static_cast<double>(points.size());
    if (!point.passes()) {
      std::printf("  outside: depth %.1f to %.1f mm, x %.2f to %.2f mm: %+.2f %% of maximum, sigma %.2f %%\n",
                  point.point.depth_low_mm, point.point.depth_high_mm, point.point.x_low_mm, point.point.x_high_mm,
                  100 * point.difference() / point.largest, 100 * point.sigma() / point.largest);
    }
  }
  MonteCarloAgreement result;
  result.share = static_cast<double>(passed) / static_cast<double>(points.size());
  result.mean =
      mean_difference(points, [](const ComparedPoint& point) { return point.point.dose > 0.1 * point.largest; });
  result.build_up = mean_difference(points, [](const ComparedPoint& point) { return point.point.depth_high_mm < 9; });
  std::printf(
      "%-14s %d of %zu points (%.1f %%), mean %+.2f %% (%.2f %%), first 9 mm %+.2f %% (%.2f %%); our sigma %.2f %% of "
      "maximum\n",
      of.name.c_str(), passed, points.size(), 100 * result.share, 100 * result.mean.value, 100 * result.mean.sigma,
      100 * result.build_up.value, 100 * result.build_up.sigma, 100 * ours);
  return result;
}

}  // namespace xingu::test
