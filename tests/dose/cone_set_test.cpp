// SPDX-License-Identifier: Apache-2.0
#include "dose/cone_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "base/error.h"
#include "base/philox.h"
#include "support/photon_beam.h"

namespace xingu {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double cone_width = pi / PointKernels::num_cones;
constexpr std::array qualities{ConeQuality::draft, ConeQuality::normal, ConeQuality::fine};

const PolyKernel& beam_kernel() { return test::mohan_physics()->kernel; }

template <std::size_t n>
double total(const std::array<double, n>& amplitudes) {
  return std::accumulate(amplitudes.begin(), amplitudes.end(), 0.0);
}

double at_tilt(const std::array<float, 6>& c, double tx, double ty) {
  return static_cast<double>(c[0]) + static_cast<double>(c[1]) * tx + static_cast<double>(c[2]) * ty +
         static_cast<double>(c[3]) * tx * tx + static_cast<double>(c[4]) * tx * ty +
         static_cast<double>(c[5]) * ty * ty;
}

TEST(ConeSet, names_its_qualities_and_refuses_others) {
  for (const ConeQuality quality : qualities) {
    EXPECT_EQ(cone_quality(to_string(quality)), quality);
  }
  EXPECT_THROW(static_cast<void>(cone_quality("best")), InputError);
  EXPECT_THROW(static_cast<void>(cone_quality("")), InputError);
}

TEST(ConeSet, has_48_80_and_192_cones) {
  EXPECT_EQ(make_cones(beam_kernel(), ConeQuality::draft, 0.1).size(), 48U);
  EXPECT_EQ(make_cones(beam_kernel(), ConeQuality::normal, 0.1).size(), 80U);
  EXPECT_EQ(make_cones(beam_kernel(), ConeQuality::fine, 0.1).size(), 192U);
}

TEST(ConeSet, rings_cover_the_sphere_once) {
  for (const ConeQuality quality : qualities) {
    const auto rings = cone_rings(quality, beam_kernel());
    double solid = 0.0;
    int next = 0;
    for (const ConeRing& ring : rings) {
      EXPECT_EQ(ring.first_cone, next);
      EXPECT_GT(ring.last_cone, ring.first_cone);
      next = ring.last_cone;
      const double low = std::cos(ring.last_cone * cone_width);
      const double high = std::cos(ring.first_cone * cone_width);
      EXPECT_GT(ring.cos_polar, low) << "the line lies in its own ring";
      EXPECT_LT(ring.cos_polar, high);
      solid += 2 * pi * (high - low);
    }
    EXPECT_EQ(next, PointKernels::num_cones);
    EXPECT_NEAR(solid, 4 * pi, 1e-9);
  }
}

TEST(ConeSet, directions_are_unit_and_balanced_about_the_beam) {
  for (const ConeQuality quality : qualities) {
    double u = 0.0;
    double v = 0.0;
    for (const Cone& cone : make_cones(beam_kernel(), quality, 0.1)) {
      const auto& d = cone.direction;
      EXPECT_NEAR(d[0] * d[0] + d[1] * d[1] + d[2] * d[2], 1.0, 1e-12);
      u += d[0] * total(cone.primary);
      v += d[1] * total(cone.primary);
    }
    EXPECT_NEAR(u, 0.0, 1e-12) << "no side of the beam is favoured";
    EXPECT_NEAR(v, 0.0, 1e-12);
  }
}

TEST(ConeSet, carries_all_of_the_kernels_energy_rate_by_rate) {
  for (const ConeQuality quality : qualities) {
    PolyKernel::PrimaryAmplitudes primary{};
    PolyKernel::ScatterAmplitudes scatter{};
    for (const Cone& cone : make_cones(beam_kernel(), quality, 0.1)) {
      EXPECT_GT(total(cone.primary), 0.0);
      EXPECT_GT(total(cone.scatter), 0.0);
      std::transform(primary.begin(), primary.end(), cone.primary.begin(), primary.begin(), std::plus<>());
      std::transform(scatter.begin(), scatter.end(), cone.scatter.begin(), scatter.begin(), std::plus<>());
    }
    EXPECT_NEAR(total(primary), 1.0, 1e-12);
    EXPECT_NEAR(total(scatter), 1.0, 1e-12);
    for (std::size_t j = 0; j < primary.size(); ++j) {
      double table = 0.0;
      for (const auto& cone : beam_kernel().primary) {
        table += cone[j];
      }
      EXPECT_NEAR(primary[j], table, 1e-12);
    }
  }
}

TEST(ConeSet, without_tilt_has_the_shares_of_the_table) {
  for (const ConeQuality quality : qualities) {
    for (const Cone& cone : make_cones(beam_kernel(), quality, 0.12)) {
      // The quadratic is a least-squares one, so it may miss the middle sample a little.
      EXPECT_NEAR(cone.primary_tilt[0], 1.0F, 0.02F);
      EXPECT_NEAR(cone.scatter_tilt[0], 1.0F, 0.02F);
    }
  }
}

TEST(ConeSet, tilt_conserves_energy_exactly_for_every_ray) {
  const Philox random(7, 1);
  for (const ConeQuality quality : qualities) {
    for (const double largest : {0.0, 0.03, 0.12, 0.3}) {
      const auto cones = make_cones(beam_kernel(), quality, largest);
      for (std::uint64_t i = 0; i < 50; ++i) {
        // Beyond the range too: what the polynomials are fitted on does not matter for their sum.
        const double tx = 2 * largest * (2 * random.uniform(2 * i) - 1);
        const double ty = 2 * largest * (2 * random.uniform(2 * i + 1) - 1);
        double primary = 0.0;
        double scatter = 0.0;
        for (const Cone& cone : cones) {
          primary += total(cone.primary) * at_tilt(cone.primary_tilt, tx, ty);
          scatter += total(cone.scatter) * at_tilt(cone.scatter_tilt, tx, ty);
        }
        EXPECT_NEAR(primary, 1.0, 1e-5);
        EXPECT_NEAR(scatter, 1.0, 1e-5);
      }
    }
  }
}

TEST(ConeSet, shares_stay_positive_within_the_tilts_they_are_made_for) {
  for (const ConeQuality quality : qualities) {
    for (const Cone& cone : make_cones(beam_kernel(), quality, 0.2)) {
      for (double tx = -0.2; tx <= 0.2001; tx += 0.05) {
        for (double ty = -0.2; ty <= 0.2001; ty += 0.05) {
          EXPECT_GT(at_tilt(cone.primary_tilt, tx, ty), 0.0);
          EXPECT_GT(at_tilt(cone.scatter_tilt, tx, ty), 0.0);
        }
      }
    }
  }
}

/// Energy that a kernel about the unit vector `axis` sends into one cell of directions about +z: integrated in the
/// kernel's own frame's angle over a fine raster, energy per steradian linear between the kernel's cone centres.
template <class Part>
double energy_in_cell(const Part& part, const ConeRing& ring, int azimuth, const std::array<double, 3>& axis) {
  const auto per_steradian = [&](std::size_t cone) {
    const auto c = static_cast<double>(cone);
    return total(part[cone]) / (2 * pi * (std::cos(c * cone_width) - std::cos((c + 1) * cone_width)));
  };
  constexpr int steps = 48;
  const double polar_low = ring.first_cone * cone_width;
  const double polar_step = (ring.last_cone - ring.first_cone) * cone_width / steps;
  const double width = 2 * pi / ring.num_azimuths;
  double energy = 0.0;
  for (int i = 0; i < steps; ++i) {
    const double polar = polar_low + (i + 0.5) * polar_step;
    const double solid = std::sin(polar) * polar_step * width / steps;
    for (int j = 0; j < steps; ++j) {
      const double phi = ring.azimuth_offset + (azimuth - 0.5 + (j + 0.5) / steps) * width;
      const double cosine =
          std::sin(polar) * (std::cos(phi) * axis[0] + std::sin(phi) * axis[1]) + std::cos(polar) * axis[2];
      const double position = std::clamp(std::acos(std::clamp(cosine, -1.0, 1.0)) / cone_width - 0.5, 0.0, 46.999);
      const auto below = static_cast<std::size_t>(position);
      const double f = position - static_cast<double>(below);
      energy += solid * ((1 - f) * per_steradian(below) + f * per_steradian(below + 1));
    }
  }
  return energy;
}

TEST(ConeSet, tilted_by_six_degrees_agrees_with_the_kernel_turned_and_integrated_again) {
  const double tangent = std::tan(6.0 * pi / 180.0);
  const PolyKernel& kernel = beam_kernel();
  const auto rings = cone_rings(ConeQuality::normal, kernel);
  const auto cones = make_cones(kernel, ConeQuality::normal, tangent);
  const double azimuth = 0.7;  // towards which the ray leans
  const std::array<double, 3> axis{std::sin(std::atan(tangent)) * std::cos(azimuth),
                                   std::sin(std::atan(tangent)) * std::sin(azimuth), std::cos(std::atan(tangent))};
  double worst = 0.0;
  double moved = 0.0;
  std::size_t c = 0;
  for (const ConeRing& ring : rings) {
    for (int a = 0; a < ring.num_azimuths; ++a, ++c) {
      const double straight = energy_in_cell(kernel.primary, ring, a, {0, 0, 1});
      const double expected = energy_in_cell(kernel.primary, ring, a, axis) * total(cones[c].primary) / straight;
      const double found = total(cones[c].primary) *
                           at_tilt(cones[c].primary_tilt, tangent * std::cos(azimuth), tangent * std::sin(azimuth));
      worst = std::max(worst, std::abs(found - expected));
      moved = std::max(moved, std::abs(expected - total(cones[c].primary)));
    }
  }
  RecordProperty("worst", std::to_string(worst));
  RecordProperty("moved", std::to_string(moved));
  EXPECT_LT(worst, 4e-4) << "of the primary energy, in any of the 80 cones: what a quadratic misses";
  EXPECT_GT(moved, 10 * worst) << "the tilt matters";
}

TEST(ConeSet, tilt_sends_more_energy_into_the_cones_the_ray_leans_to) {
  const auto cones = make_cones(beam_kernel(), ConeQuality::normal, 0.1);
  for (const Cone& cone : cones) {
    const double side = cone.direction[0];
    if (cone.direction[2] > 0 && std::abs(side) > 0.1) {
      EXPECT_EQ(at_tilt(cone.primary_tilt, 0.1, 0.0) > at_tilt(cone.primary_tilt, -0.1, 0.0), side > 0);
    }
  }
}

}  // namespace
}  // namespace xingu
