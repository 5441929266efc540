// SPDX-License-Identifier: Apache-2.0
#include "dose/tank.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"

namespace xingu {
namespace {

/// Covered part of each of n cells of width h that begin at `start`.
std::vector<double> covered_parts(double start, double h, int n, const std::array<double, 2>& range) {
  std::vector<double> part(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) {
    const double low = std::max(range[0], start + i * h);
    const double high = std::min(range[1], start + (i + 1) * h);
    const double overlap = std::max(0.0, high - low) / h;
    part[static_cast<std::size_t>(i)] = overlap > 1.0 - 1e-9 ? 1.0 : (overlap < 1e-9 ? 0.0 : overlap);
  }
  return part;
}

/// Lays one part of the tank into the image.
void paint(DensityImage& image, const TankBox& box, double surface_mm) {
  const Grid& grid = image.density.grid();
  const Vec3 lower = grid.lower();
  const auto along_x = covered_parts(lower.x(), grid.spacing.x(), grid.nx(), box.x_mm);
  const auto along_y = covered_parts(lower.y() - surface_mm, grid.spacing.y(), grid.ny(), box.depth_mm);
  const auto along_z = covered_parts(lower.z(), grid.spacing.z(), grid.nz(), box.y_mm);
  auto name = std::ranges::find(image.material_names, box.material);
  if (name == image.material_names.end()) {
    name = image.material_names.insert(name, box.material);
  }
  const auto material = static_cast<std::uint8_t>(name - image.material_names.begin());
  const auto density = static_cast<float>(box.density_g_cm3);
  parallel_for(static_cast<std::size_t>(grid.nz()), [&](std::size_t z) {
    for (int y = 0; y < grid.ny() && along_z[z] > 0; ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        const double part = along_z[z] * along_y[static_cast<std::size_t>(y)] * along_x[static_cast<std::size_t>(x)];
        const std::size_t i = grid.index(x, y, static_cast<int>(z));
        image.density[i] += static_cast<float>(part) * (density - image.density[i]);
        if (part >= 0.5) {
          image.material[i] = material;
        }
      }
    }
  });
}

}  // namespace

DensityImage tank_image(const Tank& tank, double ssd_mm, double sad_mm, double grid_mm) {
  const std::array<double, 3> extent{tank.block.x_mm[1] - tank.block.x_mm[0],
                                     tank.block.depth_mm[1] - tank.block.depth_mm[0],
                                     tank.block.y_mm[1] - tank.block.y_mm[0]};
  const double surface_mm = ssd_mm - sad_mm;
  Grid grid;
  for (std::size_t a = 0; a < 3; ++a) {
    grid.size[a] = std::max(1, static_cast<int>(std::lround(extent[a] / grid_mm)));
    grid.spacing[static_cast<Eigen::Index>(a)] = extent[a] / grid.size[a];
  }
  XINGU_REQUIRE(grid.num_voxels() <= 200'000'000,
                "the tank '{}' has {} voxels of {} mm (more than 200 million do not fit the memory); give a wider grid",
                tank.name, grid.num_voxels(), grid_mm);
  grid.origin = Vec3(tank.block.x_mm[0], surface_mm, tank.block.y_mm[0]) + 0.5 * grid.spacing;
  DensityImage image{Volume<float>(grid, static_cast<float>(tank.block.density_g_cm3)),
                     Volume<std::uint8_t>(grid, 0),
                     {tank.block.material}};
  for (const TankBox& part : tank.parts) {
    paint(image, part, surface_mm);
  }
  return image;
}

BeamGeometry tank_beam(double sad_mm) {
  return beam_geometry({0.0, 0.0, 0.0}, PatientPosition::hfs, Vec3::Zero(), sad_mm);
}

double box_mean(const Volume<float>& volume, const Vec3& lower, const Vec3& upper) {
  const Grid& grid = volume.grid();
  std::array<std::vector<double>, 3> part;
  std::array<int, 3> first{};
  for (std::size_t a = 0; a < 3; ++a) {
    const auto e = static_cast<Eigen::Index>(a);
    const double start = grid.lower()[e];
    const double h = grid.spacing[e];
    first[a] = std::clamp(static_cast<int>(std::floor((lower[e] - start) / h)), 0, grid.size[a]);
    const int last = std::clamp(static_cast<int>(std::ceil((upper[e] - start) / h)), first[a], grid.size[a]);
    part[a] = covered_parts(start + first[a] * h, h, last - first[a], {lower[e], upper[e]});
  }
  double sum = 0.0;
  for (std::size_t z = 0; z < part[2].size(); ++z) {
    for (std::size_t y = 0; y < part[1].size(); ++y) {
      const double weight = part[2][z] * part[1][y];
      for (std::size_t x = 0; x < part[0].size(); ++x) {
        sum += weight * part[0][x] *
               static_cast<double>(volume.at(first[0] + static_cast<int>(x), first[1] + static_cast<int>(y),
                                             first[2] + static_cast<int>(z)));
      }
    }
  }
  return sum * grid.voxel_volume_mm3() / (upper - lower).prod();
}

TankScores score_tank(const Volume<float>& dose, const TankSetup& setup, double surface_P_mm) {
  const auto score = [&](const std::array<double, 2>& depth, const std::array<double, 2>& x, double half_y) {
    const double mean =
        box_mean(dose, {x[0], surface_P_mm + depth[0], -half_y}, {x[1], surface_P_mm + depth[1], half_y});
    return TankScore{depth, x, mean, 0.0};
  };
  TankScores scores;
  const DepthScoring& depth_dose = setup.depth_dose;
  for (std::size_t i = 0; i + 1 < depth_dose.edges_mm.size(); ++i) {
    scores.depth_dose.push_back(score({depth_dose.edges_mm[i], depth_dose.edges_mm[i + 1]},
                                      {-depth_dose.half_width_mm, depth_dose.half_width_mm}, depth_dose.half_width_mm));
  }
  for (const ProfileScoring& profile : setup.profiles) {
    std::vector<TankScore>& line = scores.profiles.emplace_back();
    for (std::size_t i = 0; i + 1 < profile.edges_mm.size(); ++i) {
      line.push_back(score(profile.depth_mm, {profile.edges_mm[i], profile.edges_mm[i + 1]}, profile.half_width_mm));
    }
  }
  return scores;
}

namespace {

/// Every score of `other` with its counterpart in `scores`.
template <class Visit>
void visit_pairs(TankScores& scores, const TankScores& other, Visit&& visit) {
  for (std::size_t i = 0; i < scores.depth_dose.size(); ++i) {
    visit(scores.depth_dose[i], other.depth_dose[i]);
  }
  for (std::size_t p = 0; p < scores.profiles.size(); ++p) {
    for (std::size_t i = 0; i < scores.profiles[p].size(); ++i) {
      visit(scores.profiles[p][i], other.profiles[p][i]);
    }
  }
}

}  // namespace

void TankSpread::add(const TankScores& batch) {
  if (count_ == 0) {
    sum_ = batch;
    sum2_ = batch;
    visit_pairs(sum2_, batch, [](TankScore& square, const TankScore& one) { square.dose = one.dose * one.dose; });
  } else {
    visit_pairs(sum_, batch, [](TankScore& sum, const TankScore& one) { sum.dose += one.dose; });
    visit_pairs(sum2_, batch, [](TankScore& square, const TankScore& one) { square.dose += one.dose * one.dose; });
  }
  ++count_;
}

TankScores TankSpread::mean() const {
  XINGU_EXPECT(count_ > 1);
  TankScores result = sum_;
  const double n = count_;
  visit_pairs(result, sum2_, [n](TankScore& score, const TankScore& square) {
    score.dose /= n;
    score.sigma = std::sqrt(std::max(0.0, square.dose / n - score.dose * score.dose) / (n - 1.0));
  });
  return result;
}

double TankSpread::uncertainty() const {
  if (count_ < 2) {
    return 1.0;
  }
  const TankScores scores = mean();
  double largest = 0.0;
  for (const TankScore& score : scores.depth_dose) {
    largest = std::max(largest, score.dose);
  }
  double squares = 0.0;
  int num = 0;
  for (const TankScore& score : scores.depth_dose) {
    if (score.dose > 0.5 * largest) {
      squares += score.sigma * score.sigma / (score.dose * score.dose);
      ++num;
    }
  }
  return num > 0 ? std::sqrt(squares / num) : 1.0;
}

}  // namespace xingu
