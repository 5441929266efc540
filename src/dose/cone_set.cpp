// SPDX-License-Identifier: Apache-2.0
#include "dose/cone_set.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/error.h"

namespace xingu {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double cone_width = pi / PointKernels::num_cones;
constexpr int sub_polar = 6;     // quadrature points per kernel cone
constexpr int sub_azimuth = 12;  // quadrature points across a cell's azimuth

template <std::size_t n>
double total(const std::array<double, n>& amplitudes) {
  return std::accumulate(amplitudes.begin(), amplitudes.end(), 0.0);
}

struct EnergyPerSteradian {
  std::array<double, PointKernels::num_cones> value;

  template <class Part>
  explicit EnergyPerSteradian(const Part& part) : value{} {
    for (std::size_t c = 0; c < value.size(); ++c) {
      const double solid =
          2 * pi * (std::cos(static_cast<double>(c) * cone_width) - std::cos(static_cast<double>(c + 1) * cone_width));
      value[c] = total(part[c]) / solid;
    }
  }

  [[nodiscard]] double at(double cos_angle) const {
    const double cones = std::acos(std::clamp(cos_angle, -1.0, 1.0)) / cone_width - 0.5;
    const double clamped = std::clamp(cones, 0.0, PointKernels::num_cones - 1.0);
    const auto i = std::min(static_cast<std::size_t>(clamped), value.size() - 2);
    const double f = clamped - static_cast<double>(i);
    return (1 - f) * value[i] + f * value[i + 1];
  }
};

struct TiltSample {
  double tx;
  double ty;
};

std::vector<TiltSample> tilt_samples(double max_tilt) {
  std::vector<TiltSample> samples;
  for (int i = -2; i <= 2; ++i) {
    for (int j = -2; j <= 2; ++j) {
      samples.push_back({0.5 * i * max_tilt, 0.5 * j * max_tilt});
    }
  }
  return samples;
}

/// Energy of one part in one cell of directions, for each tilt sample.
std::vector<double> cell_energies(const EnergyPerSteradian& density, const ConeRing& ring, double azimuth, double width,
                                  const std::vector<TiltSample>& samples) {
  std::vector<double> result(samples.size(), 0.0);
  const int num_polar = (ring.last_cone - ring.first_cone) * sub_polar;
  for (int i = 0; i < num_polar; ++i) {
    const double low = ring.first_cone * cone_width + i * cone_width / sub_polar;
    const double high = low + cone_width / sub_polar;
    const double solid = (std::cos(low) - std::cos(high)) * width / sub_azimuth;
    const double cos_polar = std::cos(0.5 * (low + high));
    const double sin_polar = std::sin(0.5 * (low + high));
    for (int j = 0; j < sub_azimuth; ++j) {
      const double phi = azimuth + ((j + 0.5) / sub_azimuth - 0.5) * width;
      const double x = sin_polar * std::cos(phi);
      const double y = sin_polar * std::sin(phi);
      for (std::size_t s = 0; s < samples.size(); ++s) {
        const auto [tx, ty] = samples[s];
        result[s] += solid * density.at((x * tx + y * ty + cos_polar) / std::sqrt(1 + tx * tx + ty * ty));
      }
    }
  }
  return result;
}

/// Least-squares quadratic in the tilt through one column per cell; all cells share the design matrix, so their sum is
/// the quadratic through the sum.
Eigen::MatrixXd fit_quadratics(const std::vector<TiltSample>& samples, const Eigen::MatrixXd& energies) {
  Eigen::MatrixXd design(static_cast<Eigen::Index>(samples.size()), 6);
  for (std::size_t s = 0; s < samples.size(); ++s) {
    const auto [x, y] = samples[s];
    design.row(static_cast<Eigen::Index>(s)) << 1.0, x, y, x * x, x * y, y * y;
  }
  return design.colPivHouseholderQr().solve(energies);
}

}  // namespace

ConeQuality cone_quality(std::string_view name) {
  if (name == "draft") {
    return ConeQuality::draft;
  }
  if (name == "normal") {
    return ConeQuality::normal;
  }
  if (name == "fine") {
    return ConeQuality::fine;
  }
  fail_input("engine quality '{}' is not known (the number of cones depends on it); give draft, normal or fine", name);
}

std::string to_string(ConeQuality quality) {
  switch (quality) {
    case ConeQuality::draft:
      return "draft";
    case ConeQuality::normal:
      return "normal";
    case ConeQuality::fine:
      return "fine";
  }
  return {};
}

std::vector<ConeRing> cone_rings(ConeQuality quality, const PolyKernel& kernel) {
  std::vector<int> edges;
  int azimuths = 8;
  switch (quality) {
    case ConeQuality::draft:
      edges = {0, 3, 6, 10, 16, 26, 48};
      break;
    case ConeQuality::normal:
      edges = {0, 2, 4, 6, 8, 11, 15, 20, 26, 34, 48};
      break;
    case ConeQuality::fine:
      edges = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 27, 34, 48};
      azimuths = 12;
      break;
  }
  std::vector<ConeRing> rings;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    double weight = 0.0;
    double mean = 0.0;
    for (int c = edges[i]; c < edges[i + 1]; ++c) {
      const auto cone = static_cast<std::size_t>(c);
      const double energy = total(kernel.primary[cone]) + total(kernel.scatter[cone]);
      weight += energy;
      mean += energy * (c + 0.5) * cone_width;
    }
    // Neighbouring rings are turned against each other so that no azimuth is favoured.
    const double turn = 0.5 + std::fmod(static_cast<double>(i) * (std::numbers::phi - 1.0), 1.0);
    rings.push_back({edges[i], edges[i + 1], azimuths, std::cos(mean / weight), turn * 2 * pi / azimuths});
  }
  return rings;
}

std::vector<Cone> make_cones(const PolyKernel& kernel, ConeQuality quality, double max_tilt) {
  const auto rings = cone_rings(quality, kernel);
  const auto samples = tilt_samples(std::max(max_tilt, 1e-3));
  const EnergyPerSteradian primary_density(kernel.primary);
  const EnergyPerSteradian scatter_density(kernel.scatter);
  std::vector<Cone> cones;
  std::vector<std::vector<double>> primary_columns;
  std::vector<std::vector<double>> scatter_columns;
  for (const ConeRing& ring : rings) {
    const double width = 2 * pi / ring.num_azimuths;
    const double sin_polar = std::sqrt(1 - ring.cos_polar * ring.cos_polar);
    for (int a = 0; a < ring.num_azimuths; ++a) {
      const double phi = ring.azimuth_offset + a * width;
      Cone cone{};
      cone.direction = {sin_polar * std::cos(phi), sin_polar * std::sin(phi), ring.cos_polar};
      for (int c = ring.first_cone; c < ring.last_cone; ++c) {
        for (std::size_t j = 0; j < cone.primary.size(); ++j) {
          cone.primary[j] += kernel.primary[static_cast<std::size_t>(c)][j] / ring.num_azimuths;
        }
        for (std::size_t j = 0; j < cone.scatter.size(); ++j) {
          cone.scatter[j] += kernel.scatter[static_cast<std::size_t>(c)][j] / ring.num_azimuths;
        }
      }
      cones.push_back(cone);
      primary_columns.push_back(cell_energies(primary_density, ring, phi, width, samples));
      scatter_columns.push_back(cell_energies(scatter_density, ring, phi, width, samples));
    }
  }
  const auto to_polynomials = [&](const std::vector<std::vector<double>>& columns, auto share_of, auto Cone::* target) {
    // Quadrature errors would break the balance: normalise each tilt sample over the sphere first, and each cell so
    // that its share without tilt is its tabulated share.
    Eigen::MatrixXd energies(static_cast<Eigen::Index>(samples.size()), static_cast<Eigen::Index>(cones.size()));
    const std::size_t middle = samples.size() / 2;
    for (std::size_t c = 0; c < cones.size(); ++c) {
      const double share = share_of(cones[c]);
      for (std::size_t s = 0; s < samples.size(); ++s) {
        energies(static_cast<Eigen::Index>(s), static_cast<Eigen::Index>(c)) =
            columns[c][s] * share / columns[c][middle];
      }
    }
    for (Eigen::Index s = 0; s < energies.rows(); ++s) {
      energies.row(s) /= energies.row(s).sum();
    }
    const Eigen::MatrixXd polynomials = fit_quadratics(samples, energies);
    for (std::size_t c = 0; c < cones.size(); ++c) {
      const double share = share_of(cones[c]);
      for (std::size_t k = 0; k < 6; ++k) {
        (cones[c].*target)[k] =
            static_cast<float>(polynomials(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(c)) / share);
      }
    }
  };
  to_polynomials(primary_columns, [](const Cone& cone) { return total(cone.primary); }, &Cone::primary_tilt);
  to_polynomials(scatter_columns, [](const Cone& cone) { return total(cone.scatter); }, &Cone::scatter_tilt);
  return cones;
}

}  // namespace xingu
