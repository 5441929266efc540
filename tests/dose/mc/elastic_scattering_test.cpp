// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/elastic_scattering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "dose/mc/constants.h"
#include "dose/mc/elements.h"
#include "dose/mc/particles.h"
#include "dose/mc/random_stream.h"

namespace xingu::mc {
namespace {

Material element(const std::string& symbol) {
  Material material;
  material.name = symbol;
  material.composition = {{symbol, 1.0}};
  return material;
}

/// Screened scattering by one element, written down anew: per dy, y = (1 − cos θ)/2, in units of `scale`.
struct SingleScattering {
  double z, beta2, screening, widest, scale;

  SingleScattering(const std::string& symbol, double kinetic_MeV, double hard_cut_MeV) {
    const Element& of = element_data(symbol);
    z = of.atomic_number;
    const double t = kinetic_MeV / electron_rest_MeV;
    const double p2 = t * (t + 2.0);
    beta2 = p2 / ((1.0 + t) * (1.0 + t));
    // Molière: χ_a = ħ/(p a), a the Thomas-Fermi radius 0.885 a_0 Z^(−1/3); the screening is χ_a²/4.
    const double chi0 = fine_structure * std::cbrt(z) / (0.88534 * std::sqrt(p2));
    const double born = fine_structure * z / std::sqrt(beta2);
    screening = 0.25 * chi0 * chi0 * (1.13 + 3.76 * born * born);
    const double w = std::min(hard_cut_MeV, 0.5 * kinetic_MeV);
    const double cosine2 = (kinetic_MeV - w) * (kinetic_MeV + 2.0 * electron_rest_MeV) /
                           (kinetic_MeV * (kinetic_MeV - w + 2.0 * electron_rest_MeV));
    widest = 0.5 * (1.0 - std::sqrt(cosine2));
    scale = avogadro / of.atomic_mass * pi * classical_radius_cm * classical_radius_cm / (p2 * beta2);
  }

  /// Over that of an unscreened spinless nucleus of charge 1.
  [[nodiscard]] double charges(double y) const {
    const double mott = 1.0 - beta2 * y + pi * fine_structure * z * std::sqrt(beta2 * y) * (1.0 - std::sqrt(y));
    return z * z * mott + (y < widest ? z : 0.0);
  }

  /// ∫ 2y dσ in closed form.
  [[nodiscard]] double first_moment() const {
    const double n = screening;
    const double root = std::sqrt(n);
    const double log_part = std::log((1.0 + n) / n);
    const double arc = std::atan(1.0 / root) / root;
    const double rutherford = log_part - 1.0 / (1.0 + n);                                 // ∫ y/(y+η)²
    const double square = 1.0 - 2.0 * n * log_part + n / (1.0 + n);                       // ∫ y²/(y+η)²
    const double half = 2.0 - 4.0 * n * arc + n * n * (1.0 / (n * (1.0 + n)) + arc / n);  // ∫ y^1.5/(y+η)²
    const double electrons = std::log((widest + n) / n) + n / (widest + n) - 1.0;         // ∫ y/(y+η)² to the widest
    const double az = pi * fine_structure * z * std::sqrt(beta2);
    return 2.0 * scale * (z * z * (rutherford - beta2 * square + az * (half - square)) + z * electrons);
  }

  /// Collisions per path, cm²/g, by numerical integration.
  [[nodiscard]] double total() const {
    constexpr int num = 20000;
    double sum = 0.0;
    for (int i = 0; i < num; ++i) {
      const double u = (i + 0.5) / num;
      sum += charges(screening * u / (1.0 + screening - u));
    }
    return scale * sum / num / (screening * (1.0 + screening));
  }

  [[nodiscard]] double sample(RandomStream& random) const {
    const double bound = 1.1 * (z * z + z);
    for (;;) {
      const double u = static_cast<double>(random.uniform());
      const double y = screening * u / (1.0 + screening - u);
      if (static_cast<double>(random.uniform()) * bound < charges(y)) {
        return y;
      }
    }
  }
};

/// y of a table at u, as deflect() interpolates.
double sampled(const DeflectionTable& table, double u) {
  constexpr int cells = DeflectionTable::num_nodes - 1;
  const double r = std::sqrt(1.0 - u);
  const int cell = std::min(cells - 1, static_cast<int>(cells * (1.0 - r)));
  const double r0 = 1.0 - static_cast<double>(cell) / cells;
  const double r1 = r0 - 1.0 / cells;
  const auto v0 = static_cast<double>(table.v[static_cast<std::size_t>(cell)]);
  const auto v1 = static_cast<double>(table.v[static_cast<std::size_t>(cell) + 1]);
  const double v = v0 + (r0 * r0 - r * r) / (r0 * r0 - r1 * r1) * (v1 - v0);
  const auto a = static_cast<double>(table.a);
  return a * v / (1.0 + a - v);
}

TEST(ElasticScattering, has_the_first_moment_of_screened_rutherford_scattering_in_closed_form) {
  for (const char* symbol : {"H", "O", "Ca", "W"}) {
    for (const double kinetic : {0.1, 1.0, 10.0}) {
      const double expected = SingleScattering(symbol, kinetic, 0.02).first_moment();
      EXPECT_NEAR(transport_coefficient(element(symbol), kinetic, 0.02) / expected, 1.0, 2e-3)
          << symbol << ' ' << kinetic;
    }
  }
}

TEST(ElasticScattering, of_a_mixture_is_the_sum_over_its_elements) {
  const Material water = MaterialTable::shipped().at("water");
  double sum = 0.0;
  for (const Material::Part& part : water.composition) {
    sum += part.mass_fraction * transport_coefficient(element(part.element), 2.0, 0.2);
  }
  EXPECT_NEAR(transport_coefficient(water, 2.0, 0.2) / sum, 1.0, 1e-12);
}

TEST(ElasticScattering, moments_rise_with_their_order_and_begin_with_the_transport_coefficient) {
  const Material water = MaterialTable::shipped().at("water");
  const ElasticScattering scattering(water, 1.0, 0.2);
  EXPECT_EQ(scattering.moments()[0], 0.0);
  EXPECT_NEAR(scattering.transport() / transport_coefficient(water, 1.0, 0.2), 1.0, 1e-12);
  for (std::size_t l = 1; l < scattering.moments().size(); ++l) {
    EXPECT_GT(scattering.moments()[l], scattering.moments()[l - 1]) << l;
  }
}

TEST(ElasticScattering, leaves_harder_collisions_with_electrons_to_those_that_sample_them) {
  const Material water = MaterialTable::shipped().at("water");
  EXPECT_LT(transport_coefficient(water, 2.0, 0.01), transport_coefficient(water, 2.0, 0.2));
  // Above the kinematic limit the cut says nothing.
  EXPECT_EQ(transport_coefficient(water, 0.3, 0.15), transport_coefficient(water, 0.3, 5.0));
}

TEST(DeflectionTable, attenuates_the_first_two_legendre_moments_exponentially) {
  for (const char* name : {"water", "cortical_bone_icrp", "lung"}) {
    const Material material = MaterialTable::shipped().at(name);
    for (const double kinetic : {0.2, 1.0, 6.0}) {
      const ElasticScattering scattering(material, kinetic, 0.2);
      for (const double strength : {0.48, 0.12, 0.03, 0.0075}) {
        const double path = strength / scattering.transport();
        const DeflectionTable table = deflection_after(scattering, path);
        constexpr int num = 40000;
        double first = 0.0;
        double second = 0.0;
        for (int i = 0; i < num; ++i) {
          const double y = sampled(table, (i + 0.5) / num);
          first += 2.0 * y / num;               // 1 − P_1
          second += 6.0 * y * (1.0 - y) / num;  // 1 − P_2
        }
        EXPECT_NEAR(first / -std::expm1(-strength), 1.0, 1e-3) << name << ' ' << kinetic << ' ' << strength;
        EXPECT_NEAR(second / -std::expm1(-path * scattering.moments()[2]), 1.0, 1e-2)
            << name << ' ' << kinetic << ' ' << strength;
      }
    }
  }
}

TEST(DeflectionTable, agrees_with_many_single_collisions) {
  constexpr double kinetic = 0.5;
  constexpr double cut = 0.2;
  const SingleScattering single("O", kinetic, cut);
  const ElasticScattering scattering(element("O"), kinetic, cut);
  const double path = 0.15 / scattering.transport();
  const double collisions = single.total() * path;
  ASSERT_GT(collisions, 50.0);
  const DeflectionTable table = deflection_after(scattering, path);
  constexpr int num = 4000;
  std::vector<double> deflection;
  for (int i = 0; i < num; ++i) {
    RandomStream random(7, static_cast<std::uint64_t>(i));
    Direction direction;
    // The number of collisions follows Poisson's law: exponential gaps.
    for (double passed = -std::log(static_cast<double>(random.uniform())); passed < collisions;
         passed -= std::log(static_cast<double>(random.uniform()))) {
      const auto cosine = static_cast<float>(1.0 - 2.0 * single.sample(random));
      direction = rotated(direction, cosine, random.uniform());
    }
    deflection.push_back(0.5 * (1.0 - static_cast<double>(direction.z)));
  }
  for (const double u : {0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99}) {
    const double y = sampled(table, u);
    const auto below = static_cast<double>(std::ranges::count_if(deflection, [&](double d) { return d < y; })) / num;
    EXPECT_NEAR(below, u, 3.5 * std::sqrt(u * (1.0 - u) / num)) << u;
  }
}

}  // namespace
}  // namespace xingu::mc
