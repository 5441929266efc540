// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <numbers>
#include <numeric>

#include "base/philox.h"
#include "dose/ccc_engine.h"
#include "support/photon_beam.h"

namespace xingu {
namespace {

constexpr double electron_MeV = 0.51099895;

/// A small photon Monte Carlo, written only to say how much energy leaves the kernels' sphere: Compton scattering by
/// Klein and Nishina (1929), pair production with its two annihilation photons, photoelectric absorption. Electrons
/// stop where they start; bremsstrahlung is left out. Neither kernels nor convolution have a part in it.
class EscapeFromSphere {
 public:
  EscapeFromSphere(const PhotonCrossSections& sections, const Material& water, double radius_cm)
      : sections_(sections), water_(water), radius_cm_(radius_cm) {}

  /// Mean escaping part of the energy of photons that are forced to interact at the centre.
  double of(double energy_MeV, int histories) {
    random_ = Philox(1, static_cast<std::uint64_t>(energy_MeV * 1000));
    draw_ = 0;
    double escaped = 0.0;
    for (int i = 0; i < histories; ++i) {
      stack_.clear();
      interact({Vec3::Zero(), Vec3::UnitZ(), energy_MeV});
      while (!stack_.empty()) {
        Photon photon = stack_.back();
        stack_.pop_back();
        photon.position -= std::log(1 - uniform()) / sections_of(photon.energy).total_without_coherent() *
                           photon.direction;  // water of 1 g/cm³
        if (photon.position.norm() > radius_cm_) {
          escaped += photon.energy;
        } else {
          interact(photon);
        }
      }
    }
    return escaped / (histories * energy_MeV);
  }

 private:
  struct Photon {
    Vec3 position;
    Vec3 direction;
    double energy;
  };

  double uniform() { return random_.uniform(draw_++); }

  [[nodiscard]] ProcessCrossSections sections_of(double energy_MeV) const { return sections_.of(water_, energy_MeV); }

  void interact(const Photon& photon) {
    const ProcessCrossSections s = sections_of(photon.energy);
    const double process = uniform() * s.total_without_coherent();
    if (process < s.incoherent) {
      scatter(photon);
    } else if (process < s.incoherent + s.pair_nuclear + s.pair_electron) {
      const double z = 2 * uniform() - 1;
      const double phi = 2 * std::numbers::pi * uniform();
      const double side = std::sqrt(1 - z * z);
      const Vec3 direction(side * std::cos(phi), side * std::sin(phi), z);
      stack_.push_back({photon.position, direction, electron_MeV});
      stack_.push_back({photon.position, -direction, electron_MeV});
    }
  }

  /// Energy after scattering by rejection from the uniform distribution of its ratio: slow and plain.
  void scatter(const Photon& photon) {
    const double alpha = photon.energy / electron_MeV;
    const double least = 1 / (1 + 2 * alpha);
    for (;;) {
      const double ratio = least + (1 - least) * uniform();
      const double t = (1 - ratio) / (alpha * ratio);  // 1 − cos θ
      const double density = ratio + 1 / ratio - t * (2 - t);
      if (uniform() * (least + 1 / least) > density) {
        continue;
      }
      const double energy = ratio * photon.energy;
      if (energy < 0.01) {
        return;
      }
      const double cosine = 1 - t;
      const double sine = std::sqrt(std::max(0.0, 1 - cosine * cosine));
      const double phi = 2 * std::numbers::pi * uniform();
      const Vec3 side = std::abs(photon.direction.z()) < 0.9 ? Vec3::UnitZ() : Vec3::UnitX();
      const Vec3 e1 = photon.direction.cross(side).normalized();
      const Vec3 e2 = photon.direction.cross(e1);
      stack_.push_back(
          {photon.position, cosine * photon.direction + sine * (std::cos(phi) * e1 + std::sin(phi) * e2), energy});
      return;
    }
  }

  const PhotonCrossSections& sections_;
  const Material& water_;
  double radius_cm_;
  Philox random_{1, 1};
  std::uint64_t draw_ = 0;
  std::vector<Photon> stack_;
};

TEST(CccEnergyBalance, of_the_kernels_is_the_photons_energy_less_what_leaves_the_sphere) {
  const PointKernels kernels = test::shipped_kernels();
  const PhotonCrossSections sections = PhotonCrossSections::shipped();
  const MaterialTable materials = MaterialTable::shipped();
  EscapeFromSphere escape(sections, materials.at("water"), kernels.r_edges_cm.back());
  std::printf("kernel balance:  MeV   table    escape   sum\n");
  for (std::size_t e = 0; e < kernels.energy_MeV.size(); ++e) {
    const double table = std::accumulate(kernels.primary[e].begin(), kernels.primary[e].end(), 0.0) +
                         std::accumulate(kernels.scatter[e].begin(), kernels.scatter[e].end(), 0.0);
    const double escaped = escape.of(kernels.energy_MeV[e], 20'000);
    std::printf("               %5.2f  %.4f   %.4f   %.4f\n", kernels.energy_MeV[e], table, escaped, table + escaped);
    RecordProperty(fmt::format("sum at {} MeV", kernels.energy_MeV[e]), fmt::format("{:.4f}", table + escaped));
    EXPECT_NEAR(table + escaped, 1.0, 0.005) << kernels.energy_MeV[e] << " MeV";
  }
}

// Water without end, as far as energy is concerned: 3 m to every wall.
TEST(CccEnergyBalance, of_transport_in_infinite_water_is_within_half_a_percent) {
  BeamAlignedGrid grid;
  grid.size = {101, 101, 101};
  grid.spacing_mm = {60.0, 60.0, 60.0};
  grid.origin_mm = {-3000.0, -3000.0, -3000.0};
  grid.source_w_mm = -1e5;
  const std::vector<float> density(grid.num_voxels(), 1.0F);
  std::vector<float> primary(grid.num_voxels(), 0.0F);
  std::vector<float> scatter(grid.num_voxels(), 0.0F);
  const std::size_t middle = grid.num_voxels() / 2;
  primary[middle] = 1.0F;
  scatter[middle] = 1.0F;
  for (const ConeQuality quality : {ConeQuality::draft, ConeQuality::normal, ConeQuality::fine}) {
    const auto deposited =
        transport_cones(grid, density, primary, scatter, make_cones(test::mohan_physics()->kernel, quality, 0.03));
    const double balance = std::accumulate(deposited.begin(), deposited.end(), 0.0) / 2.0;
    std::printf("infinite water, %s: deposited / released = %.6f\n", to_string(quality).c_str(), balance);
    RecordProperty(to_string(quality), fmt::format("{:.6f}", balance));
    EXPECT_NEAR(balance, 1.0, 0.005);
  }
}

// A whole beam: what is released in a tank of 4 m each way is deposited there, but for the backscatter at its front.
TEST(CccEnergyBalance, of_a_beam_into_deep_water_lacks_only_what_leaves_the_front) {
  Grid grid;
  grid.size = {100, 100, 100};
  grid.spacing = Vec3::Constant(40.0);
  grid.origin = Vec3(-1980, -1980, 20);
  const DensityImage image = test::uniform_image(grid, 1.0F, "water");
  CccEngine::Config config;
  config.spacing_mm = 20.0;
  config.margin_mm = 1000.0;
  const CccEngine engine(test::mohan_physics(), config);
  CccEngine::Energy energy;
  const Grid nowhere = test::cube_grid(1, 1.0, {0, 0, 100});
  static_cast<void>(engine.compute(image, test::beam_along({0, 0, 1}, {0, 0, 100}, 1000), test::open_square(100, 10.0),
                                   nowhere, energy));
  const double balance = energy.deposited / energy.released;
  std::printf("10x10 beam into 4 m of water: deposited / released = %.4f\n", balance);
  RecordProperty("balance", fmt::format("{:.5f}", balance));
  EXPECT_LT(balance, 1.0);
  EXPECT_GT(balance, 0.975);
}

}  // namespace
}  // namespace xingu
