// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "plan/objectives.h"
#include "plan/plan_problem.h"

namespace xingu::test {

/// A small planning problem with the structure of a real one: a water sphere with a horseshoe target around a core, and
/// an influence matrix from an analytic pencil beam (build-up, attenuation, Gaussian penumbra, a scatter tail).
struct SyntheticCase {
  PlanProblem problem;
  InfluenceMatrix matrix{0};
  std::vector<Vec3> directions;  ///< one per beam, from the source to the isocentre
  std::vector<ObjectiveSpec> objectives;
};

struct SyntheticOptions {
  int num_beams = 9;
  bool is_coplanar = true;
  double target_spacing_mm = 5.0;
  double body_spacing_mm = 10.0;
  double beamlet_mm = 5.0;
  double body_radius_mm = 110.0;
  double relative_cutoff = 2e-3;  ///< of a column's maximum
  double target_length_mm = 60.0;
};

inline bool is_in_target(const Vec3& p, double length_mm) {
  const double r = std::hypot(p.x(), p.y());
  const bool is_open = p.y() > 0.0 && std::abs(std::atan2(p.x(), p.y())) < 50.0 * std::numbers::pi / 180.0;
  return r >= 15.0 && r <= 37.0 && !is_open && std::abs(p.z()) <= 0.5 * length_mm;
}

inline bool is_in_core(const Vec3& p, double length_mm) {
  return std::hypot(p.x(), p.y()) <= 10.0 && std::abs(p.z()) <= 0.5 * length_mm + 10.0;
}

inline void add_sample(PlanProblem& problem, const Vec3& p, double volume, std::vector<std::size_t> groups) {
  const auto index = static_cast<std::uint32_t>(problem.points.size());
  problem.points.position_mm.push_back(p.cast<float>());
  problem.points.volume_mm3.push_back(static_cast<float>(volume));
  const double r = std::hypot(p.x(), p.y());
  problem.target_distance_mm.push_back(
      groups[0] == 0 ? 0.0F : static_cast<float>(std::max({1.0, r - 37.0, std::abs(p.z()) - 30.0, 15.0 - r})));
  for (const std::size_t g : groups) {
    problem.groups[g].sample.push_back(index);
    problem.groups[g].volume_mm3.push_back(static_cast<float>(volume));
  }
}

inline PlanProblem synthetic_problem(const SyntheticOptions& options) {
  PlanProblem problem;
  problem.groups = {{"Target", {}, {}}, {"Core", {}, {}}, {"Body", {}, {}}};
  const double length = options.target_length_mm;
  const auto scan = [&](double spacing, auto&& visit) {
    const int n = static_cast<int>(std::ceil(options.body_radius_mm / spacing));
    for (int k = -n; k <= n; ++k) {
      for (int j = -n; j <= n; ++j) {
        for (int i = -n; i <= n; ++i) {
          const Vec3 p = spacing * Vec3(i, j, k) + Vec3(0.3, 0.2, 0.1);
          if (p.norm() < options.body_radius_mm) {
            visit(p);
          }
        }
      }
    }
  };
  scan(options.target_spacing_mm, [&](const Vec3& p) {
    const double volume = std::pow(options.target_spacing_mm, 3);
    if (is_in_target(p, length)) {
      add_sample(problem, p, volume, {0, 2});
    } else if (is_in_core(p, length)) {
      add_sample(problem, p, volume, {1, 2});
    }
  });
  scan(options.body_spacing_mm, [&](const Vec3& p) {
    if (!is_in_target(p, length) && !is_in_core(p, length)) {
      add_sample(problem, p, std::pow(options.body_spacing_mm, 3), {2});
    }
  });
  return problem;
}

inline Mat3 beam_axes(const Vec3& direction) {
  Mat3 axes;
  axes.col(2) = -direction;
  const Vec3 helper = std::abs(direction.z()) < 0.9 ? Vec3::UnitZ() : Vec3::UnitX();
  axes.col(0) = helper.cross(axes.col(2)).normalized();
  axes.col(1) = axes.col(2).cross(axes.col(0));
  return axes;
}

inline InfluenceMatrix::Beam synthetic_beam(const PlanProblem& problem, const Vec3& direction,
                                            const SyntheticOptions& options) {
  constexpr double sad = 800.0;
  constexpr double sigma = 2.5;
  const double half = 0.5 * options.beamlet_mm;
  const Mat3 axes = beam_axes(direction);
  struct Seen {
    double x, y, depth;
  };
  std::vector<Seen> seen;
  std::vector<std::pair<int, int>> cells;
  for (std::size_t i = 0; i < problem.points.size(); ++i) {
    const Vec3 q = axes.transpose() * problem.points.position_mm[i].cast<double>();
    const double magnify = sad / (sad - q.z());
    const double u = q.x() * magnify;
    const double v = q.y() * magnify;
    const double entry =
        std::sqrt(std::max(0.0, options.body_radius_mm * options.body_radius_mm - q.x() * q.x() - q.y() * q.y()));
    seen.push_back({u, v, std::max(0.0, entry - q.z())});
    if (problem.target_distance_mm[i] <= 0.0F) {
      for (const double du : {-4.0, 4.0}) {
        for (const double dv : {-4.0, 4.0}) {
          cells.emplace_back(std::lround((v + dv) / options.beamlet_mm), std::lround((u + du) / options.beamlet_mm));
        }
      }
    }
  }
  std::ranges::sort(cells);
  const auto [first, last] = std::ranges::unique(cells);
  cells.erase(first, last);
  InfluenceMatrix::Beam beam{options.beamlet_mm, {}, InfluenceBlock(problem.points.size())};
  for (const auto& [cy, cx] : cells) {
    const double x0 = cx * options.beamlet_mm;
    const double y0 = cy * options.beamlet_mm;
    std::vector<MatrixEntry> entries;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const double dx = seen[i].x - x0;
      const double dy = seen[i].y - y0;
      const double rho2 = dx * dx + dy * dy;
      if (rho2 > 45.0 * 45.0) {
        continue;
      }
      const auto edge = [&](double d) {
        return 0.5 * (std::erf((d + half) / (sigma * std::numbers::sqrt2)) -
                      std::erf((d - half) / (sigma * std::numbers::sqrt2)));
      };
      const double attenuation = (1.0 - 0.7 * std::exp(-seen[i].depth / 4.0)) * std::exp(-0.005 * seen[i].depth);
      const double primary = rho2 < 20.0 * 20.0 ? edge(dx) * edge(dy) : 0.0;
      const double scatter = 0.012 * std::exp(-std::sqrt(rho2) / 12.0) * std::min(1.0, seen[i].depth / 40.0);
      const double dose = 0.01 * attenuation * (primary + scatter);
      if (dose > 0.01 * options.relative_cutoff) {
        entries.push_back({static_cast<std::uint32_t>(i), static_cast<float>(dose)});
      }
    }
    beam.beamlets.push_back({static_cast<float>(x0), static_cast<float>(y0)});
    beam.block.append_column(entries);
  }
  return beam;
}

/// Points spread evenly over the sphere (Fibonacci spiral).
inline Vec3 spiral_direction(int i, int n) {
  const double z = 1.0 - (2.0 * i + 1.0) / n;
  const double phi = std::numbers::pi * (3.0 - std::sqrt(5.0)) * i;
  const double r = std::sqrt(1.0 - z * z);
  return {r * std::cos(phi), r * std::sin(phi), z};
}

inline SyntheticCase synthetic_case(const SyntheticOptions& options = {}) {
  SyntheticCase result;
  result.problem = synthetic_problem(options);
  result.matrix = InfluenceMatrix(result.problem.points.size());
  for (int b = 0; b < options.num_beams; ++b) {
    const double angle = 2.0 * std::numbers::pi * b / options.num_beams + 0.1;
    result.directions.push_back(options.is_coplanar ? Vec3(std::cos(angle), std::sin(angle), 0.0)
                                                    : spiral_direction(b, options.num_beams));
  }
  std::vector<InfluenceMatrix::Beam> beams(result.directions.size(), {5.0, {}, InfluenceBlock(0)});
  parallel_for(beams.size(),
               [&](std::size_t b) { beams[b] = synthetic_beam(result.problem, result.directions[b], options); });
  for (InfluenceMatrix::Beam& beam : beams) {
    result.matrix.append(std::move(beam));
  }
  const auto objective = [](const char* structure, ObjectiveKind kind, double weight, double dose) {
    ObjectiveSpec spec;
    spec.structure = structure;
    spec.kind = kind;
    spec.weight = weight;
    spec.dose_Gy = dose;
    return spec;
  };
  result.objectives = {objective("Target", ObjectiveKind::underdose, 1000.0, 50.0),
                       objective("Target", ObjectiveKind::overdose, 1000.0, 50.0),
                       objective("Core", ObjectiveKind::overdose, 300.0, 25.0),
                       objective("Body", ObjectiveKind::overdose, 100.0, 30.0)};
  return result;
}

}  // namespace xingu::test
