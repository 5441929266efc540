// SPDX-License-Identifier: Apache-2.0
#include "dose/ccc_transport.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/parallel.h"
#include "base/philox.h"
#include "support/photon_beam.h"

namespace xingu {
namespace {

using Direction = std::array<double, 3>;

/// Random numbers in order of use.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : random_(seed, 0) {}
  double operator()(double low, double high) { return low + (high - low) * random_.uniform(next_++); }

 private:
  Philox random_;
  std::uint64_t next_ = 0;
};

struct Scene {
  BeamAlignedGrid grid;
  std::vector<float> density, primary, scatter;

  explicit Scene(const BeamAlignedGrid& g)
      : grid(g), density(g.num_voxels(), 1.0F), primary(g.num_voxels(), 0.0F), scatter(g.num_voxels(), 0.0F) {}

  [[nodiscard]] std::size_t index(int u, int v, int w) const {
    return (static_cast<std::size_t>(w) * static_cast<std::size_t>(grid.size[1]) + static_cast<std::size_t>(v)) *
               static_cast<std::size_t>(grid.size[0]) +
           static_cast<std::size_t>(u);
  }
  [[nodiscard]] std::vector<float> transported(const std::vector<Cone>& cones) const {
    return transport_cones(grid, density, primary, scatter, cones);
  }
  [[nodiscard]] double released() const { return sum(primary) + sum(scatter); }
  static double sum(const std::vector<float>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }
};

BeamAlignedGrid grid_of(std::array<int, 3> size, std::array<double, 3> spacing_mm) {
  BeamAlignedGrid grid;
  grid.size = size;
  grid.spacing_mm = spacing_mm;
  for (std::size_t a = 0; a < 3; ++a) {
    grid.origin_mm[a] = -0.5 * (size[a] - 1) * spacing_mm[a];
  }
  return grid;
}

/// Everything random, with holes of vacuum and voxels that release nothing.
Scene random_scene(const BeamAlignedGrid& grid, std::uint64_t seed) {
  Scene scene(grid);
  Draws draw(seed);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    scene.density[i] = draw(0, 1) < 0.15 ? 0.0F : static_cast<float>(draw(0.001, 3.0));
    scene.primary[i] = draw(0, 1) < 0.3 ? 0.0F : static_cast<float>(draw(0.0, 1.0));
    scene.scatter[i] = draw(0, 1) < 0.3 ? 0.0F : static_cast<float>(draw(0.0, 2.0));
  }
  return scene;
}

Cone random_cone(const Direction& direction, std::uint64_t seed) {
  Draws draw(seed);
  Cone cone{};
  const double norm = std::hypot(direction[0], direction[1], direction[2]);
  for (std::size_t a = 0; a < 3; ++a) {
    cone.direction[a] = direction[a] / norm;
  }
  for (double& a : cone.primary) {
    a = draw(-0.3, 1.0);
  }
  for (double& a : cone.scatter) {
    a = draw(-0.3, 1.0);
  }
  for (std::size_t k = 0; k < 6; ++k) {
    cone.primary_tilt[k] = static_cast<float>(k == 0 ? 1.0 : draw(-1.0, 1.0));
    cone.scatter_tilt[k] = static_cast<float>(k == 0 ? 1.0 : draw(-1.0, 1.0));
  }
  return cone;
}

/// A second, slow way to the same numbers: one line after another through the world, plane crossings sorted, the
/// textbook recursion with exp() in double. Shares nothing with the tested code but the lattice that its header states:
/// lines start in the middle of the faces of the axis the cone runs along most steeply, one per voxel cross-section.
class LineByLine {
 public:
  LineByLine(const Scene& scene, const Cone& cone) : scene_(scene), cone_(cone), deposit_(scene.density.size(), 0.0) {
    const auto& h = scene.grid.spacing_mm;
    steep_ = 0;
    for (std::size_t a = 1; a < 3; ++a) {
      if (std::abs(cone.direction[a]) / h[a] >= std::abs(cone.direction[steep_]) / h[steep_]) {
        steep_ = a;
      }
    }
    const std::size_t b = (steep_ + 1) % 3;
    const std::size_t c = (steep_ + 2) % 3;
    const int reach = scene.grid.size[steep_] + 1;  // slopes are at most one voxel a slab
    for (int i = -reach; i < scene.grid.size[b] + reach; ++i) {
      for (int j = -reach; j < scene.grid.size[c] + reach; ++j) {
        Direction start{};
        start[steep_] = cone.direction[steep_] > 0 ? 0.0 : scene.grid.size[steep_];
        start[b] = i + 0.5;
        start[c] = j + 0.5;
        follow(start);
      }
    }
  }

  [[nodiscard]] const std::vector<double>& deposit() const { return deposit_; }

 private:
  /// `start` in voxel edges, so that voxel (u, v, w) fills [u, u + 1) …
  void follow(const Direction& start) {
    const auto& size = scene_.grid.size;
    Direction per_mm{};
    for (std::size_t a = 0; a < 3; ++a) {
      per_mm[a] = cone_.direction[a] / scene_.grid.spacing_mm[a];
    }
    const double end_mm = size[steep_] / std::abs(per_mm[steep_]);
    std::vector<double> cuts{0.0, end_mm};
    for (std::size_t a = 0; a < 3; ++a) {
      for (int plane = 0; plane <= size[a]; ++plane) {
        const double t = per_mm[a] != 0 ? (plane - start[a]) / per_mm[a] : -1.0;
        if (t > 0 && t < end_mm) {
          cuts.push_back(t);
        }
      }
    }
    std::sort(cuts.begin(), cuts.end());
    std::array<double, PolyKernel::num_primary> primary{};
    std::array<double, PolyKernel::num_scatter> scatter{};
    for (std::size_t k = 0; k + 1 < cuts.size(); ++k) {
      const double middle = 0.5 * (cuts[k] + cuts[k + 1]);
      std::array<int, 3> voxel{};
      bool is_inside = cuts[k + 1] - cuts[k] > 1e-9;
      for (std::size_t a = 0; a < 3; ++a) {
        voxel[a] = static_cast<int>(std::floor(start[a] + middle * per_mm[a]));
        is_inside = is_inside && voxel[a] >= 0 && voxel[a] < size[a];
      }
      if (is_inside) {
        cross(voxel, cuts[k + 1] - cuts[k], primary, scatter);
      }
    }
  }

  void cross(const std::array<int, 3>& voxel, double length_mm, std::array<double, PolyKernel::num_primary>& primary,
             std::array<double, PolyKernel::num_scatter>& scatter) {
    const BeamAlignedGrid& grid = scene_.grid;
    const std::size_t here = scene_.index(voxel[0], voxel[1], voxel[2]);
    // All lines through the voxel together run as far in it as one line runs in its slab.
    const double slab_mm = grid.spacing_mm[steep_] / std::abs(cone_.direction[steep_]);
    const double share = length_mm / slab_mm;
    const double x = static_cast<double>(scene_.density[here]) * 0.1 * length_mm;
    const double away = grid.origin_mm[2] + voxel[2] * grid.spacing_mm[2] - grid.source_w_mm;
    const double tx = (grid.origin_mm[0] + voxel[0] * grid.spacing_mm[0]) / away;
    const double ty = (grid.origin_mm[1] + voxel[1] * grid.spacing_mm[1]) / away;
    const auto tilted = [&](const std::array<float, 6>& c) {
      return static_cast<double>(c[0]) + static_cast<double>(c[1]) * tx + static_cast<double>(c[2]) * ty +
             static_cast<double>(c[3]) * tx * tx + static_cast<double>(c[4]) * tx * ty +
             static_cast<double>(c[5]) * ty * ty;
    };
    const auto advance = [&](double& in_flight, double source, double rate) {
      const double y = rate * x;
      const double kept_of_source = y > 1e-6 ? 1 + std::expm1(-y) / y : 0.5 * y;
      const double lost = in_flight * -std::expm1(-y) + source * kept_of_source;
      in_flight += source - lost;
      deposit_[here] += lost;
    };
    const double from_primary = static_cast<double>(scene_.primary[here]) * share * tilted(cone_.primary_tilt);
    const double from_scatter = static_cast<double>(scene_.scatter[here]) * share * tilted(cone_.scatter_tilt);
    for (std::size_t j = 0; j < primary.size(); ++j) {
      advance(primary[j], from_primary * cone_.primary[j], PolyKernel::primary_rates[j]);
    }
    for (std::size_t j = 0; j < scatter.size(); ++j) {
      advance(scatter[j], from_scatter * cone_.scatter[j], PolyKernel::scatter_rates[j]);
    }
  }

  const Scene& scene_;
  const Cone& cone_;
  std::size_t steep_ = 0;
  std::vector<double> deposit_;
};

double worst_difference(const std::vector<float>& found, const std::vector<double>& expected) {
  double worst = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(found[i]) - expected[i]));
  }
  return worst;
}

double worst_difference(const std::vector<float>& a, const std::vector<float>& b) {
  return worst_difference(a, std::vector<double>(b.begin(), b.end()));
}

void expect_as_line_by_line(const BeamAlignedGrid& grid, const Direction& direction, std::uint64_t seed) {
  SCOPED_TRACE(fmt::format("direction {} {} {}, seed {}", direction[0], direction[1], direction[2], seed));
  const Scene scene = random_scene(grid, seed);
  const Cone cone = random_cone(direction, seed + 1000);
  const LineByLine twin(scene, cone);
  const double largest = *std::max_element(twin.deposit().begin(), twin.deposit().end());
  EXPECT_LT(worst_difference(scene.transported({cone}), twin.deposit()), 5e-6 * largest);
}

TEST(CccTransport, agrees_with_line_by_line_along_every_axis_in_both_senses) {
  const BeamAlignedGrid grid = grid_of({19, 7, 9}, {2.5, 2.5, 2.5});
  std::uint64_t seed = 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (const double sign : {1.0, -1.0}) {
      Direction direction{};
      direction[axis] = sign;
      expect_as_line_by_line(grid, direction, ++seed);
      for (const double side : {0.4, -0.9}) {
        direction[(axis + 1) % 3] = side;
        direction[(axis + 2) % 3] = -0.37;
        expect_as_line_by_line(grid, direction, ++seed);
      }
    }
  }
}

TEST(CccTransport, agrees_with_line_by_line_in_random_directions_and_unequal_spacings) {
  Draws draw(5);
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    const Direction direction{draw(-1, 1), draw(-1, 1), draw(-1, 1)};
    const BeamAlignedGrid grid =
        grid_of({static_cast<int>(draw(1, 40)), static_cast<int>(draw(1, 10)), static_cast<int>(draw(1, 10))},
                {draw(1, 5), draw(1, 5), draw(1, 5)});
    expect_as_line_by_line(grid, direction, seed);
  }
}

TEST(CccTransport, agrees_with_line_by_line_along_diagonals) {
  const BeamAlignedGrid grid = grid_of({17, 6, 6}, {2.0, 2.0, 2.0});
  for (const Direction& direction :
       {Direction{1, 1, 0}, Direction{-1, 0, 1}, Direction{0, 1, -1}, Direction{1, 1, 1}, Direction{-1, -1, 1}}) {
    expect_as_line_by_line(grid, direction, 77);
  }
}

TEST(CccTransport, agrees_with_line_by_line_through_voxels_of_many_mean_paths) {
  const BeamAlignedGrid grid = grid_of({18, 5, 5}, {12.0, 12.0, 12.0});
  for (const Direction& direction : {Direction{0.2, 0.3, 1}, Direction{1, -0.3, 0.1}}) {
    expect_as_line_by_line(grid, direction, 31);
  }
}

TEST(CccTransport, of_all_cones_is_the_sum_of_each) {
  const Scene scene = random_scene(grid_of({20, 8, 7}, {2.5, 2.5, 2.5}), 3);
  const auto cones = make_cones(test::mohan_physics()->kernel, ConeQuality::draft, 0.05);
  std::vector<double> sum(scene.density.size(), 0.0);
  for (const Cone& cone : cones) {
    const auto one = scene.transported({cone});
    std::transform(sum.begin(), sum.end(), one.begin(), sum.begin(), std::plus<>());
  }
  const auto all = scene.transported(cones);
  EXPECT_LT(worst_difference(all, sum), 3e-6 * *std::max_element(sum.begin(), sum.end()));
}

/// A small source in the middle; from there the walls are `voxels / 2` voxels away.
Scene closed_scene(int voxels, double spacing_mm, float density) {
  Scene scene(grid_of({voxels, voxels, voxels}, {spacing_mm, spacing_mm, spacing_mm}));
  scene.grid.source_w_mm = -1e5;
  std::fill(scene.density.begin(), scene.density.end(), density);
  const int middle = voxels / 2;
  for (int d = -1; d <= 1; ++d) {
    scene.primary[scene.index(middle + d, middle, middle - d)] = 1.0F;
    scene.scatter[scene.index(middle, middle + d, middle + d)] = 1.5F;
  }
  return scene;
}

TEST(CccTransport, deposits_what_is_released_when_nothing_can_leave) {
  // 470 g/cm² to every wall: exp(−0.026 · 470) = 5e−6 of the part that reaches farthest is left there.
  const Scene scene = closed_scene(95, 10.0, 10.0F);
  const auto deposited = scene.transported(make_cones(test::mohan_physics()->kernel, ConeQuality::draft, 0.05));
  EXPECT_NEAR(Scene::sum(deposited) / scene.released(), 1.0, 1e-5);
}

TEST(CccTransport, deposits_nothing_in_vacuum) {
  Scene scene = random_scene(grid_of({12, 9, 8}, {2.5, 2.5, 2.5}), 8);
  std::fill(scene.density.begin(), scene.density.end(), 0.0F);
  const auto deposited = scene.transported(make_cones(test::mohan_physics()->kernel, ConeQuality::draft, 0.05));
  for (const float value : deposited) {
    EXPECT_NEAR(value, 0.0F, 1e-5F);
  }
}

TEST(CccTransport, of_no_released_energy_is_zero) {
  const Scene scene(grid_of({12, 9, 8}, {2.5, 2.5, 2.5}));
  const auto deposited = scene.transported(make_cones(test::mohan_physics()->kernel, ConeQuality::draft, 0.05));
  EXPECT_EQ(std::count(deposited.begin(), deposited.end(), 0.0F), static_cast<std::ptrdiff_t>(deposited.size()));
}

TEST(CccTransport, scales_with_density) {
  Scene scene = random_scene(grid_of({16, 10, 12}, {4.0, 4.0, 4.0}), 21);
  const auto cones = make_cones(test::mohan_physics()->kernel, ConeQuality::draft, 0.05);
  const auto before = scene.transported(cones);
  for (std::size_t a = 0; a < 3; ++a) {
    scene.grid.spacing_mm[a] /= 2;
    scene.grid.origin_mm[a] /= 2;
  }
  scene.grid.source_w_mm /= 2;
  for (float& density : scene.density) {
    density *= 2;
  }
  EXPECT_LT(worst_difference(scene.transported(cones), before),
            1e-6 * static_cast<double>(*std::max_element(before.begin(), before.end())));
}

/// The scene in a mirror across one axis.
Scene mirrored(const Scene& scene, std::size_t axis) {
  Scene result(scene.grid);
  const auto& n = scene.grid.size;
  for (int w = 0; w < n[2]; ++w) {
    for (int v = 0; v < n[1]; ++v) {
      for (int u = 0; u < n[0]; ++u) {
        std::array<int, 3> to{u, v, w};
        to[axis] = n[axis] - 1 - to[axis];
        const std::size_t from = scene.index(u, v, w);
        const std::size_t there = scene.index(to[0], to[1], to[2]);
        result.density[there] = scene.density[from];
        result.primary[there] = scene.primary[from];
        result.scatter[there] = scene.scatter[from];
      }
    }
  }
  return result;
}

TEST(CccTransport, in_a_mirror_gives_the_mirrored_dose) {
  Scene scene = random_scene(grid_of({13, 11, 10}, {2.5, 3.0, 2.0}), 4);
  scene.grid.source_w_mm = -600;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Cone cone = random_cone({0.5, -0.3, 0.7}, 9);
    if (axis == 2) {  // the source does not move with the mirror, so only a cone without tilt has a mirror image
      cone.primary_tilt = cone.scatter_tilt = {1, 0, 0, 0, 0, 0};
    }
    Cone image = cone;
    image.direction[axis] = -image.direction[axis];
    if (axis < 2) {  // odd terms of the tilt change sign with their coordinate
      for (auto* tilt : {&image.primary_tilt, &image.scatter_tilt}) {
        (*tilt)[1 + axis] = -(*tilt)[1 + axis];
        (*tilt)[4] = -(*tilt)[4];
      }
    }
    const auto straight = scene.transported({cone});
    Scene turned = mirrored(scene, axis);
    turned.primary = turned.transported({image});
    EXPECT_LT(worst_difference(mirrored(turned, axis).primary, straight),
              3e-6 * static_cast<double>(*std::max_element(straight.begin(), straight.end())))
        << "axis " << axis;
  }
}

// What A sends to B along a direction, B sends to A along the opposite one where both have one density, whatever lies
// between. The slope takes a line through whole voxels from end to end, so both senses run on the same lines.
TEST(CccTransport, is_reciprocal_between_two_voxels_of_one_density) {
  Scene scene = random_scene(grid_of({15, 12, 14}, {2.5, 2.5, 2.5}), 12);
  std::fill(scene.scatter.begin(), scene.scatter.end(), 0.0F);
  const std::size_t a = scene.index(5, 5, 3);
  const std::size_t b = scene.index(8, 2, 9);
  scene.density[a] = scene.density[b] = 1.3F;
  Cone there = random_cone({3, -3, 6}, 2);
  there.primary_tilt = {1, 0, 0, 0, 0, 0};
  Cone back = there;
  for (double& d : back.direction) {
    d = -d;
  }
  const auto sent = [&](std::size_t from, std::size_t to, const Cone& cone) {
    std::fill(scene.primary.begin(), scene.primary.end(), 0.0F);
    scene.primary[from] = 1.0F;
    return static_cast<double>(scene.transported({cone})[to]);
  };
  const double forwards = sent(a, b, there);
  ASSERT_GT(std::abs(forwards), 1e-6);
  EXPECT_NEAR(sent(b, a, back) / forwards, 1.0, 1e-4);
}

TEST(CccTransport, is_linear_in_the_released_energy) {
  const BeamAlignedGrid grid = grid_of({15, 9, 8}, {2.5, 2.5, 2.5});
  const auto cones = make_cones(test::mohan_physics()->kernel, ConeQuality::draft, 0.05);
  const Scene one = random_scene(grid, 1);
  Scene two = random_scene(grid, 2);
  two.density = one.density;
  Scene both = one;
  for (std::size_t i = 0; i < both.primary.size(); ++i) {
    both.primary[i] = 2 * one.primary[i] + 3 * two.primary[i];
    both.scatter[i] = 2 * one.scatter[i] + 3 * two.scatter[i];
  }
  const auto d1 = one.transported(cones);
  const auto d2 = two.transported(cones);
  std::vector<double> expected(d1.size());
  for (std::size_t i = 0; i < d1.size(); ++i) {
    expected[i] = 2.0 * static_cast<double>(d1[i]) + 3.0 * static_cast<double>(d2[i]);
  }
  EXPECT_LT(worst_difference(both.transported(cones), expected),
            3e-6 * *std::max_element(expected.begin(), expected.end()));
}

TEST(CccTransport, gives_the_same_bits_for_any_number_of_threads) {
  const Scene scene = random_scene(grid_of({33, 21, 18}, {2.5, 2.5, 2.5}), 6);
  const auto cones = make_cones(test::mohan_physics()->kernel, ConeQuality::normal, 0.05);
  const int before = num_threads();
  set_num_threads(1);
  const auto serial = scene.transported(cones);
  for (const int threads : {2, 4}) {
    set_num_threads(threads);
    EXPECT_EQ(scene.transported(cones), serial) << threads << " threads";
  }
  set_num_threads(before);
}

}  // namespace
}  // namespace xingu
