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

/// @param mean_excitation_eV  ICRU Report 37
Material element(const std::string& symbol, double mean_excitation_eV) {
  Material material;
  material.name = symbol;
  material.composition = {{symbol, 1.0}};
  material.mean_excitation_eV = mean_excitation_eV;
  return material;
}

/// Scattering by one element, written down anew: per dy, y = (1 − cos θ)/2, in units of `scale`.
struct SingleScattering {
  double z, t, p2, beta2, screening, cut, excitation, scale;

  SingleScattering(const Material& material, double kinetic_MeV, double hard_cut_MeV) {
    const Element& of = element_data(material.composition.front().element);
    z = of.atomic_number;
    t = kinetic_MeV / electron_rest_MeV;
    p2 = t * (t + 2.0);
    beta2 = p2 / ((1.0 + t) * (1.0 + t));
    // Molière: χ_a = ħ/(p a), a the Thomas-Fermi radius 0.885 a_0 Z^(−1/3); the screening is χ_a²/4.
    const double chi0 = fine_structure * std::cbrt(z) / (0.88534 * std::sqrt(p2));
    const double born = fine_structure * z / std::sqrt(beta2);
    screening = 0.25 * chi0 * chi0 * (1.13 + 3.76 * born * born);
    cut = std::min(hard_cut_MeV / electron_rest_MeV, 0.5 * t);
    excitation = 1e-6 * material.mean_excitation_eV.value() / electron_rest_MeV;
    scale = avogadro / of.atomic_mass * pi * classical_radius_cm * classical_radius_cm / (p2 * beta2);
  }

  /// Nuclei: over an unscreened spinless nucleus of charge 1.
  [[nodiscard]] double nucleus(double y) const {
    return z * z * (1.0 - beta2 * y + pi * fine_structure * z * std::sqrt(beta2 * y) * (1.0 - std::sqrt(y)));
  }

  /// Møller's cross section per dW, in units of 2π r_e² n_e/β² mc².
  [[nodiscard]] double moller(double w) const {
    const double total2 = (t + 1.0) * (t + 1.0);
    return 1.0 / (w * w) + 1.0 / ((t - w) * (t - w)) + 1.0 / total2 - (2.0 * t + 1.0) / (total2 * w * (t - w));
  }

  /// 1 − cos θ of the electron that lost w; no difference of near numbers.
  [[nodiscard]] double turn(double w) const {
    const double sine2 = 2.0 * w / (t * (t - w + 2.0));
    return sine2 / (1.0 + std::sqrt(1.0 - sine2));
  }

  /// ∫ 2y dσ of the nuclei in closed form.
  [[nodiscard]] double first_moment_of_nuclei() const {
    const double n = screening;
    const double root = std::sqrt(n);
    const double log_part = std::log((1.0 + n) / n);
    const double arc = std::atan(1.0 / root) / root;
    const double rutherford = log_part - 1.0 / (1.0 + n);                                 // ∫ y/(y+η)²
    const double square = 1.0 - 2.0 * n * log_part + n / (1.0 + n);                       // ∫ y²/(y+η)²
    const double half = 2.0 - 4.0 * n * arc + n * n * (1.0 / (n * (1.0 + n)) + arc / n);  // ∫ y^1.5/(y+η)²
    const double az = pi * fine_structure * z * std::sqrt(beta2);
    return 2.0 * scale * z * z * (rutherford - beta2 * square + az * (half - square));
  }

  /// The same of the electrons: Bethe's sum up to a small loss, Møller's cross section beyond.
  [[nodiscard]] double first_moment_of_electrons() const {
    const double joint = 1e-4 * cut;
    constexpr int num = 20000;
    const double step = std::log(cut / joint) / num;
    double sum = (std::log(joint / excitation) + 1.0) / p2;
    for (int i = 0; i < num; ++i) {
      const double w = joint * std::exp((i + 0.5) * step);
      sum += turn(w) * moller(w) * w * step;
    }
    return 2.0 * scale * z * p2 * sum;
  }

  /// Nuclear collisions per path, cm²/g, by numerical integration.
  [[nodiscard]] double collisions_with_nuclei() const {
    constexpr int num = 20000;
    double sum = 0.0;
    for (int i = 0; i < num; ++i) {
      const double u = (i + 0.5) / num;
      sum += nucleus(screening * u / (1.0 + screening - u));
    }
    return scale * sum / num / (screening * (1.0 + screening));
  }

  [[nodiscard]] double turned_by_nucleus(RandomStream& random) const {
    const double bound = 1.1 * z * z;
    for (;;) {
      const double u = static_cast<double>(random.uniform());
      const double y = screening * u / (1.0 + screening - u);
      if (static_cast<double>(random.uniform()) * bound < nucleus(y)) {
        return 2.0 * y;
      }
    }
  }

  /// 1/W² from here on has the first moment of Bethe's sum, ln(W/W_0) = ln(W/I) + 1.
  [[nodiscard]] double least_loss() const { return excitation * std::exp(-1.0); }

  /// Collisions with electrons per path, cm²/g, as 1/W².
  [[nodiscard]] double collisions_with_electrons() const {
    return 2.0 * scale * z * p2 * (1.0 / least_loss() - 1.0 / cut);
  }

  /// 1/W² between least_loss() and the cut, thinned to Møller's cross section.
  [[nodiscard]] double turned_by_electron(RandomStream& random) const {
    const double w =
        1.0 / (1.0 / least_loss() + static_cast<double>(random.uniform()) * (1.0 / cut - 1.0 / least_loss()));
    // A collision that the thinning refuses is none; the bound goes into the rate.
    return static_cast<double>(random.uniform()) * electron_bound < w * w * moller(w) ? turn(w) : 0.0;
  }
  static constexpr double electron_bound = 2.0;
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

TEST(ElasticScattering, has_the_first_moments_of_screened_nuclei_and_of_bethe_and_moller) {
  for (const Material& of : {element("H", 19.2), element("O", 95.0), element("Ca", 191.0), element("W", 727.0)}) {
    for (const double kinetic : {0.1, 1.0, 10.0}) {
      const SingleScattering single(of, kinetic, 0.02);
      const double expected = single.first_moment_of_nuclei() + single.first_moment_of_electrons();
      EXPECT_NEAR(transport_coefficient(of, kinetic, 0.02) / expected, 1.0, 2e-3) << of.name << ' ' << kinetic;
    }
  }
}

TEST(ElasticScattering, of_a_mixture_is_the_sum_over_its_elements) {
  const Material water = MaterialTable::shipped().at("water");
  double sum = 0.0;
  for (const Material::Part& part : water.composition) {
    sum += part.mass_fraction * transport_coefficient(element(part.element, *water.mean_excitation_eV), 2.0, 0.2);
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
  const Material oxygen = element("O", 95.0);
  const SingleScattering single(oxygen, kinetic, cut);
  const ElasticScattering scattering(oxygen, kinetic, cut);
  const double path = 0.15 / scattering.transport();
  const double with_nuclei = single.collisions_with_nuclei();
  const double with_electrons = single.collisions_with_electrons() * SingleScattering::electron_bound;
  const double collisions = (with_nuclei + with_electrons) * path;
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
      const bool by_nucleus = static_cast<double>(random.uniform()) * (with_nuclei + with_electrons) < with_nuclei;
      const double turn = by_nucleus ? single.turned_by_nucleus(random) : single.turned_by_electron(random);
      direction = rotated(direction, static_cast<float>(1.0 - turn), random.uniform());
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
