// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/elastic_scattering.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "dose/mc/constants.h"
#include "dose/mc/elements.h"
#include "dose/mc/stopping_power.h"

namespace xingu::mc {
namespace {

/// Points in x = sin(θ/2) with weights for ∫ … dμ, μ = 1 − 2x², and the Legendre polynomials there. Dense near x = 0,
/// where the cross section is, and fine enough at wide angles for the highest order.
struct Quadrature {
  std::vector<double> x;
  std::vector<double> weight;
  std::vector<double> one_minus_legendre;  ///< [point, order]

  Quadrature() {
    constexpr double smallest = 1e-5;
    constexpr double joint = 0.02;
    constexpr int num_log = 300;
    constexpr int num_linear = 900;
    const double step = std::log(joint / smallest) / num_log;
    for (int i = 0; i < num_log; ++i) {
      const double point = smallest * std::exp((i + 0.5) * step);
      add(point, 4.0 * point * point * step);
    }
    const double width = (1.0 - joint) / num_linear;
    for (int i = 0; i < num_linear; ++i) {
      const double point = joint + (i + 0.5) * width;
      add(point, 4.0 * point * width);
    }
  }

 private:
  void add(double point, double measure) {
    x.push_back(point);
    weight.push_back(measure);
    // 1 − P_ℓ by its own recurrence, since P_ℓ is 1 to rounding at small angles.
    const double y = 2.0 * point * point;  // 1 − μ
    double before = 0.0;
    double now = y;
    one_minus_legendre.push_back(before);
    one_minus_legendre.push_back(now);
    for (int l = 1; l < ElasticScattering::max_order; ++l) {
      // (ℓ+1) P_{ℓ+1} = (2ℓ+1) μ P_ℓ − ℓ P_{ℓ−1}, with P = 1 − q.
      const double next = ((2.0 * l + 1.0) * (y + (1.0 - y) * now) - l * before) / (l + 1.0);
      before = now;
      now = next;
      one_minus_legendre.push_back(now);
    }
  }
};

const Quadrature& quadrature() {
  static const Quadrature instance;
  return instance;
}

/// Scattering by one element's nuclei per dμ, cm²/g.
class NuclearScattering {
 public:
  NuclearScattering(const Element& element, double mass_fraction, double kinetic_MeV) {
    const double t = kinetic_MeV / electron_rest_MeV;
    const double p2 = t * (t + 2.0);
    beta2_ = p2 / ((t + 1.0) * (t + 1.0));
    const double z = element.atomic_number;
    az_ = pi * fine_structure * z;
    const double born = fine_structure * z;
    const double thomas_fermi = fine_structure * std::cbrt(z) / 0.88534;
    screening_ = 0.25 * thomas_fermi * thomas_fermi / p2 * (1.13 + 3.76 * born * born / beta2_);
    norm_ = avogadro * mass_fraction / element.atomic_mass * 2.0 * pi * classical_radius_cm * classical_radius_cm * z *
            z / (p2 * beta2_);
  }

  [[nodiscard]] double at(double x) const {
    const double y = 2.0 * (x * x + screening_);
    const double mott = std::max(0.0, 1.0 - beta2_ * x * x + az_ * std::sqrt(beta2_) * x * (1.0 - x));
    return norm_ / (y * y) * mott;
  }

 private:
  double beta2_, az_, screening_, norm_;
};

/// Scattering by a material's electrons per dμ, cm²/g, for losses below the cut; energies in units of the rest energy.
class ElectronicScattering {
 public:
  ElectronicScattering(const Material& material, double kinetic_MeV, double hard_cut_MeV)
      : t_(kinetic_MeV / electron_rest_MeV), p2_(t_ * (t_ + 2.0)) {
    const double beta2 = p2_ / ((t_ + 1.0) * (t_ + 1.0));
    // ∫ (1 − μ) dσ up to a small W is ln(W/W_η) − 1 with W_η = 2 p² η, and ln(W/I) + 1 by Bethe: W_η = I/e².
    screening_ = 1e-6 * mean_excitation(material) / electron_rest_MeV * std::exp(-2.0) / (2.0 * p2_);
    norm_ =
        avogadro * electrons_per_mass(material) * 2.0 * pi * classical_radius_cm * classical_radius_cm / (p2_ * beta2);
    // A collision that loses W deflects by cos θ = √((T − W)(T + 2) / (T (T − W + 2))).
    const double w = std::min(hard_cut_MeV / electron_rest_MeV, 0.5 * t_);
    const double cosine = std::sqrt((t_ - w) * (t_ + 2.0) / (t_ * (t_ - w + 2.0)));
    widest_ = std::sqrt(0.5 * (1.0 - cosine));
  }

  [[nodiscard]] double at(double x) const {
    if (x >= widest_) {
      return 0.0;
    }
    const double y = 2.0 * (x * x + screening_);
    return norm_ / (y * y) * moller_over_rutherford(2.0 * x * x);
  }

 private:
  /// Of two free electrons, the faster of which leaves at 1 − μ.
  [[nodiscard]] double moller_over_rutherford(double one_minus_mu) const {
    const double mu = 1.0 - one_minus_mu;
    const double sine2 = one_minus_mu * (1.0 + mu);
    const double denominator = 2.0 + t_ * sine2;                // T + 2 − μ² T
    const double loss = t_ * (t_ + 2.0) * sine2 / denominator;  // the cosine above solved for W
    const double slope = 4.0 * mu * p2_ / (denominator * denominator);
    const double rest = t_ - loss;
    const double total = t_ + 1.0;
    // Møller's sum times W²
    const double ratio = loss / rest;
    const double moller =
        1.0 + ratio * ratio + loss * loss / (total * total) - (2.0 * t_ + 1.0) / (total * total) * ratio;
    const double rutherford_loss = p2_ * one_minus_mu;
    return moller * slope / p2_ * (rutherford_loss / loss) * (rutherford_loss / loss);
  }

  double t_, p2_;
  double screening_, norm_, widest_;
};

/// Cross section of the material times the measure, at the points of the quadrature, cm²/g.
std::vector<double> sections_of(const Material& material, double kinetic_MeV, double hard_cut_MeV) {
  std::vector<NuclearScattering> nuclei;
  for (const Material::Part& part : material.composition) {
    nuclei.emplace_back(element_data(part.element), part.mass_fraction, kinetic_MeV);
  }
  const ElectronicScattering electrons(material, kinetic_MeV, hard_cut_MeV);
  const Quadrature& points = quadrature();
  std::vector<double> sections(points.x.size(), 0.0);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    double section = electrons.at(points.x[i]);
    for (const NuclearScattering& nucleus : nuclei) {
      section += nucleus.at(points.x[i]);
    }
    sections[i] = section * points.weight[i];
  }
  return sections;
}

/// Part of a single scattering with screening `a` beyond v: y = a v/(1 + a − v); mean of y is a((1 + a) ln(1 + 1/a) −
/// 1).
double mean_of_transform(double a) { return a * ((1.0 + a) * std::log1p(1.0 / a) - 1.0); }

double transform_with_mean(double mean) {
  double low = 1e-12;
  double high = 1e3;
  for (int i = 0; i < 100; ++i) {
    const double middle = std::sqrt(low * high);
    (mean_of_transform(middle) < mean ? low : high) = middle;
  }
  return std::sqrt(low * high);
}

/// Probability of a deflection beyond y = (1 − μ)/2: ½ Σ e^{−G_ℓ t} (P_{ℓ−1}(μ) − P_{ℓ+1}(μ)) taken from 1 at y = 0.
double probability_within(const std::vector<double>& attenuated, double y) {
  const double one_minus_mu = 2.0 * y;
  double before = 0.0;  // 1 − P_{ℓ−1}
  double now = one_minus_mu;
  double sum = one_minus_mu * 0.5;  // ℓ = 0: (1 − μ)/2
  for (std::size_t l = 1; l < attenuated.size(); ++l) {
    const double d = static_cast<double>(l);
    const double next = ((2.0 * d + 1.0) * (one_minus_mu + (1.0 - one_minus_mu) * now) - d * before) / (d + 1.0);
    // ∫_μ^1 (2ℓ+1)/2 P_ℓ = ½ (P_{ℓ−1} − P_{ℓ+1}) = ½ (q_{ℓ+1} − q_{ℓ−1})
    sum += 0.5 * attenuated[l] * (next - before);
    before = now;
    now = next;
  }
  return sum;
}

/// Steps that grow finer towards 1, where wide angles are: 1 − (1 − s)².
double near_one(double s) { return 1.0 - (1.0 - s) * (1.0 - s); }

/// Mean of y of a table: v linear between nodes.
double mean_of(const DeflectionTable& table) {
  double sum = 0.0;
  const double a = static_cast<double>(table.a);
  for (std::size_t i = 0; i + 1 < table.v.size(); ++i) {
    const double v0 = static_cast<double>(table.v[i]);
    const double v1 = static_cast<double>(table.v[i + 1]);
    // ∫ a v/(1 + a − v) over a linear v: −a + a (1 + a) ln((1+a−v0)/(1+a−v1))/(v1 − v0)
    const double width = v1 - v0;
    const double mean =
        width > 1e-9 ? -a + a * (1.0 + a) * std::log((1.0 + a - v0) / (1.0 + a - v1)) / width : a * v0 / (1.0 + a - v0);
    const auto s = [&](std::size_t node) {
      return static_cast<double>(node) / static_cast<double>(table.v.size() - 1);
    };
    sum += mean * (near_one(s(i + 1)) - near_one(s(i)));
  }
  return sum;
}

}  // namespace

double transport_coefficient(const Material& material, double kinetic_MeV, double hard_cut_MeV) {
  const std::vector<double> sections = sections_of(material, kinetic_MeV, hard_cut_MeV);
  const Quadrature& points = quadrature();
  double sum = 0.0;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    sum += sections[i] * 2.0 * points.x[i] * points.x[i];
  }
  return sum;
}

ElasticScattering::ElasticScattering(const Material& material, double kinetic_MeV, double hard_cut_MeV)
    : moments_(static_cast<std::size_t>(max_order) + 1, 0.0) {
  const std::vector<double> sections = sections_of(material, kinetic_MeV, hard_cut_MeV);
  const Quadrature& points = quadrature();
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    const double section = sections[i];
    const double* q = &points.one_minus_legendre[i * moments_.size()];
    for (std::size_t l = 0; l < moments_.size(); ++l) {
      moments_[l] += section * q[l];
    }
  }
}

DeflectionTable deflection_after(const ElasticScattering& scattering, double path_g_cm2) {
  constexpr double negligible = 1e-9;
  std::vector<double> attenuated;
  for (const double moment : scattering.moments()) {
    attenuated.push_back(std::exp(-moment * path_g_cm2));
    if (attenuated.back() < negligible) {
      break;
    }
  }
  const double mean = 0.5 * (1.0 - attenuated[std::min<std::size_t>(1, attenuated.size() - 1)]);
  DeflectionTable table;
  const double a = transform_with_mean(mean);
  table.a = static_cast<float>(a);
  // The cumulative probability at points of v; inverted at equal steps of u.
  constexpr int num_points = 160;
  std::vector<double> v(num_points + 1);
  std::vector<double> u(num_points + 1);
  for (int i = 0; i <= num_points; ++i) {
    const auto k = static_cast<std::size_t>(i);
    v[k] = near_one(static_cast<double>(i) / num_points);
    u[k] = i == 0 ? 0.0 : i == num_points ? 1.0 : probability_within(attenuated, a * v[k] / (1.0 + a - v[k]));
    u[k] = k > 0 ? std::clamp(u[k], u[k - 1], 1.0) : 0.0;
  }
  std::size_t cell = 0;
  for (std::size_t i = 0; i < table.v.size(); ++i) {
    const double wanted = near_one(static_cast<double>(i) / static_cast<double>(table.v.size() - 1));
    while (cell + 1 < num_points && u[cell + 1] < wanted) {
      ++cell;
    }
    const double width = u[cell + 1] - u[cell];
    const double part = width > 0 ? std::clamp((wanted - u[cell]) / width, 0.0, 1.0) : 0.0;
    table.v[i] = static_cast<float>(v[cell] + part * (v[cell + 1] - v[cell]));
  }
  // The nodes' straight lines cost a little of the mean; the outer transform gives it back.
  for (int i = 0; i < 8; ++i) {
    table.a = static_cast<float>(static_cast<double>(table.a) * mean / mean_of(table));
  }
  return table;
}

}  // namespace xingu::mc
