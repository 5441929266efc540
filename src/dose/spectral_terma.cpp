// SPDX-License-Identifier: Apache-2.0
#include "dose/spectral_terma.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "geometry/ray_trace.h"

namespace xingu {
namespace {

/// What a bundle of rays meets: g/cm² by material, before the first slab and in each of them.
class SlabThickness {
 public:
  SlabThickness(std::size_t num_slabs, std::size_t num_materials, double share)
      : num_materials_(num_materials), share_(share), g_cm2_((num_slabs + 1) * num_materials, 0.0) {}

  void add_before(std::size_t material, double g_cm2) { g_cm2_[material] += share_ * g_cm2; }
  void add(std::size_t slab, std::size_t material, double g_cm2) {
    g_cm2_[(slab + 1) * num_materials_ + material] += share_ * g_cm2;
  }
  [[nodiscard]] std::span<const double> before() const { return std::span(g_cm2_).first(num_materials_); }
  [[nodiscard]] std::span<const double> slab(std::size_t slab) const {
    return std::span(g_cm2_).subspan((slab + 1) * num_materials_, num_materials_);
  }

 private:
  std::size_t num_materials_;
  double share_;  ///< of one ray
  std::vector<double> g_cm2_;
};

/// The energy that is left along the way, by spectral bins.
class SpectralBeam {
 public:
  SpectralBeam(const SpectralTable& table, std::span<const double> energy_fluence)
      : table_(table), energy_(energy_fluence.begin(), energy_fluence.end()) {}

  struct Released {
    float primary = 0.0F;
    float scatter = 0.0F;
  };

  /// Takes off what the thickness absorbs. @return that energy per mass
  Released pass(std::span<const double> g_cm2) {
    double mass = 0.0;
    tau_.assign(table_.num_bins, 0.0);
    for (std::size_t m = 0; m < g_cm2.size(); ++m) {
      if (g_cm2[m] > 0) {
        mass += g_cm2[m];
        const double* mu = &table_.mu[m * table_.num_bins];
        for (std::size_t b = 0; b < table_.num_bins; ++b) {
          tau_[b] += mu[b] * g_cm2[m];
        }
      }
    }
    if (!(mass > 0)) {
      return {};
    }
    double primary = 0.0;
    double all = 0.0;
    for (std::size_t b = 0; b < table_.num_bins; ++b) {
      const double released = -energy_[b] * std::expm1(-tau_[b]);
      energy_[b] -= released;
      all += released;
      primary += released * table_.primary_fraction[b];
    }
    const double inverse = mass > 1e-9 ? 1.0 / mass : 0.0;
    return {static_cast<float>(primary * inverse), static_cast<float>((all - primary) * inverse)};
  }

 private:
  const SpectralTable& table_;
  std::vector<double> energy_;
  std::vector<double> tau_;
};

/// Adds what one ray meets to the thickness.
void follow_ray(const DensityImage& image, const Vec3& source, const Vec3& direction, double first_mm, double slab_mm,
                int num_slabs, SlabThickness& thickness) {
  const Grid& grid = image.density.grid();
  const Vec3 before = source + first_mm * direction;
  trace_ray(grid, source, before, [&](std::size_t voxel, double length_mm) {
    thickness.add_before(image.material[voxel], 0.1 * length_mm * static_cast<double>(image.density[voxel]));
    return true;
  });
  const double reach_mm = slab_mm * num_slabs;
  // Where the ray enters the grid: slabs before it are empty. A ray that misses may meet a face's plane very far away.
  double entry_mm = 0.0;
  for (int a = 0; a < 3; ++a) {
    if (std::abs(direction[a]) > 1e-12) {
      const double face = direction[a] > 0 ? grid.lower()[a] : grid.upper()[a];
      entry_mm = std::max(entry_mm, (face - before[a]) / direction[a]);
    }
  }
  auto slab = static_cast<int>(std::min(entry_mm, reach_mm) / slab_mm);
  double room_mm = (slab + 1) * slab_mm - entry_mm;
  trace_ray(grid, before, before + reach_mm * direction, [&](std::size_t voxel, double length_mm) {
    const double density = static_cast<double>(image.density[voxel]);
    const std::size_t material = image.material[voxel];
    while (slab < num_slabs) {
      const double part = std::min(length_mm, room_mm);
      thickness.add(static_cast<std::size_t>(slab), material, 0.1 * part * density);
      length_mm -= part;
      room_mm -= part;
      if (room_mm > 1e-9) {
        return true;
      }
      ++slab;
      room_mm = slab_mm;
      if (length_mm <= 1e-9) {
        return slab < num_slabs;
      }
    }
    return false;
  });
}

}  // namespace

std::vector<double> energy_fluence_at(const SpectralTable& table, double tangent) {
  const double exponent = table.softening.x.empty() ? 0.0 : table.softening.at(tangent);
  if (exponent == 0.0) {
    return table.energy_fluence;
  }
  double mean = 0.0;
  for (const double e : table.energy_fluence) {
    mean += e;  // weights sum to 1, so this is the mean energy
  }
  double sum = 0.0;
  std::vector<double> result(table.num_bins);
  for (std::size_t b = 0; b < table.num_bins; ++b) {
    result[b] = table.energy_fluence[b] * std::pow(table.energy_MeV[b] / mean, -exponent);
    sum += result[b] / table.energy_MeV[b];
  }
  for (double& e : result) {
    e /= sum;
  }
  return result;
}

void trace_terma(const DensityImage& image, const SpectralTable& table, const Vec3& source,
                 std::span<const Vec3> directions, double first_mm, double slab_mm, int num_slabs, RayTerma& out,
                 std::span<const double> energy_fluence) {
  const std::size_t num_materials = image.material_names.size();
  XINGU_EXPECT(table.mu.size() == num_materials * table.num_bins && slab_mm > 0 && !directions.empty());
  const auto count = static_cast<std::size_t>(num_slabs);
  SlabThickness thickness(count, num_materials, 1.0 / static_cast<double>(directions.size()));
  for (const Vec3& direction : directions) {
    follow_ray(image, source, direction, first_mm, slab_mm, num_slabs, thickness);
  }
  SpectralBeam beam(table, energy_fluence.empty() ? std::span<const double>(table.energy_fluence) : energy_fluence);
  beam.pass(thickness.before());
  out.primary.resize(count);
  out.scatter.resize(count);
  for (std::size_t slab = 0; slab < count; ++slab) {
    const SpectralBeam::Released released = beam.pass(thickness.slab(slab));
    out.primary[slab] = released.primary;
    out.scatter[slab] = released.scatter;
  }
}

void trace_terma(const DensityImage& image, const SpectralTable& table, const Vec3& source, const Vec3& direction,
                 double first_mm, double slab_mm, int num_slabs, RayTerma& out,
                 std::span<const double> energy_fluence) {
  trace_terma(image, table, source, std::span(&direction, 1), first_mm, slab_mm, num_slabs, out, energy_fluence);
}

}  // namespace xingu
