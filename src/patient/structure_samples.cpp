// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/parallel.h"
#include "patient/structure_shape.h"

namespace xingu {
namespace {

constexpr double most_cells = 3e7;

}  // namespace

double StructureSamples::volume_mm3() const {
  double sum = 0.0;
  for (const Sample& sample : samples) {
    sum += std::pow(static_cast<double>(sample.cell_mm), 3);
  }
  return sum;
}

StructureSamples sample_shape(const StructureShape& shape, double num_samples) {
  double volume = 0.0;
  double box_volume = 0.0;
  for (std::size_t b = 0; b < shape.num_bodies(); ++b) {
    volume += shape.slab_volume_mm3(b);
    box_volume += (shape.upper(b) - shape.lower(b)).prod();
  }
  const double cell = std::max({std::cbrt(volume / num_samples), std::cbrt(box_volume / most_cells), 0.02});
  StructureSamples result;
  for (std::size_t b = 0; b < shape.num_bodies(); ++b) {
    const Vec3 low = shape.lower(b);
    const Eigen::Vector3i size = ((shape.upper(b) - low) / cell).array().ceil().cast<int>().max(1);
    std::vector<std::vector<StructureSamples::Sample>> layers(static_cast<std::size_t>(size.z()));
    parallel_for(layers.size(), [&](std::size_t layer) {
      // the plastic number's powers: the evenest additive recurrence in two dimensions (Roberts 2018)
      constexpr double g1 = 0.7548776662466927;
      constexpr double g2 = 0.5698402909980532;
      const auto part = [](double v) { return v - std::floor(v); };
      const int k = static_cast<int>(layer);
      for (int j = 0; j < size.y(); ++j) {
        for (int i = 0; i < size.x(); ++i) {
          const Vec3 place(part(0.5 + g1 * j + g2 * k), part(0.5 + g1 * k + g2 * i), part(0.5 + g1 * i + g2 * j));
          const Vec3 point = low + cell * (Vec3(i, j, k) + place);
          if (shape.contains(b, point)) {
            layers[layer].push_back({point.cast<float>(), static_cast<float>(cell)});
          }
        }
      }
    });
    for (const auto& layer : layers) {
      result.samples.insert(result.samples.end(), layer.begin(), layer.end());
    }
  }
  return result;
}

}  // namespace xingu
