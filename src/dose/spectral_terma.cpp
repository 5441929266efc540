// SPDX-License-Identifier: Apache-2.0
#include "dose/spectral_terma.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "geometry/ray_trace.h"

namespace xingu {
namespace {

constexpr std::size_t max_materials = 64;

/// Follows one ray: collects g/cm² by material until a slab is full, then releases its energy.
class SlabCollector {
 public:
  SlabCollector(const SpectralTable& table, std::span<const double> energy_fluence, std::size_t num_materials,
                RayTerma& out)
      : table_(table),
        num_materials_(num_materials),
        energy_(energy_fluence.begin(), energy_fluence.end()),
        out_(out) {}

  void add(std::size_t material, double g_cm2) { thickness_[material] += g_cm2; }

  void attenuate_only() { release(nullptr, nullptr); }
  void release_slab(std::size_t slab) { release(&out_.primary[slab], &out_.scatter[slab]); }

 private:
  void release(float* primary_out, float* scatter_out) {
    double mass = 0.0;
    tau_.assign(table_.num_bins, 0.0);
    for (std::size_t m = 0; m < num_materials_; ++m) {
      if (thickness_[m] > 0) {
        mass += thickness_[m];
        const double* mu = &table_.mu[m * table_.num_bins];
        for (std::size_t b = 0; b < table_.num_bins; ++b) {
          tau_[b] += mu[b] * thickness_[m];
        }
        thickness_[m] = 0.0;
      }
    }
    double primary = 0.0;
    double all = 0.0;
    if (mass > 0) {
      for (std::size_t b = 0; b < table_.num_bins; ++b) {
        const double released = -energy_[b] * std::expm1(-tau_[b]);
        energy_[b] -= released;
        all += released;
        primary += released * table_.primary_fraction[b];
      }
    }
    if (primary_out != nullptr) {
      const double inverse = mass > 1e-9 ? 1.0 / mass : 0.0;
      *primary_out = static_cast<float>(primary * inverse);
      *scatter_out = static_cast<float>((all - primary) * inverse);
    }
  }

  const SpectralTable& table_;
  std::size_t num_materials_;
  std::vector<double> energy_;
  std::vector<double> tau_;
  std::array<double, max_materials> thickness_{};
  RayTerma& out_;
};

}  // namespace

std::vector<double> energy_fluence_at(const SpectralTable& table, double radius_mm) {
  const double exponent = table.softening.x.empty() ? 0.0 : table.softening.at(radius_mm);
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

void trace_terma(const DensityImage& image, const SpectralTable& table, const Vec3& source, const Vec3& direction,
                 double first_mm, double slab_mm, int num_slabs, RayTerma& out,
                 std::span<const double> energy_fluence) {
  const std::size_t num_materials = image.material_names.size();
  XINGU_EXPECT(num_materials <= max_materials && table.mu.size() == num_materials * table.num_bins && slab_mm > 0);
  out.primary.assign(static_cast<std::size_t>(num_slabs), 0.0F);
  out.scatter.assign(static_cast<std::size_t>(num_slabs), 0.0F);
  SlabCollector collector(table,
                          energy_fluence.empty() ? std::span<const double>(table.energy_fluence) : energy_fluence,
                          num_materials, out);
  const Grid& grid = image.density.grid();
  const Vec3 before = source + first_mm * direction;
  trace_ray(grid, source, before, [&](std::size_t voxel, double length_mm) {
    collector.add(image.material[voxel], 0.1 * length_mm * static_cast<double>(image.density[voxel]));
    return true;
  });
  collector.attenuate_only();

  const double reach_mm = slab_mm * num_slabs;
  const Vec3 end = before + reach_mm * direction;
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
  trace_ray(grid, before, end, [&](std::size_t voxel, double length_mm) {
    const double density = static_cast<double>(image.density[voxel]);
    const std::size_t material = image.material[voxel];
    while (slab < num_slabs) {
      const double part = std::min(length_mm, room_mm);
      collector.add(material, 0.1 * part * density);
      length_mm -= part;
      room_mm -= part;
      if (room_mm > 1e-9) {
        return true;
      }
      collector.release_slab(static_cast<std::size_t>(slab));
      ++slab;
      room_mm = slab_mm;
      if (length_mm <= 1e-9) {
        return slab < num_slabs;
      }
    }
    return false;
  });
  if (slab < num_slabs && room_mm < slab_mm) {
    collector.release_slab(static_cast<std::size_t>(slab));
  }
}

}  // namespace xingu
