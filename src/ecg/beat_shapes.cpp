// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_shapes.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "ecg/quads.h"

namespace xingu::ecg {
namespace {

constexpr double half_width_s = 0.085;
constexpr float same_shape = 0.85F;
constexpr std::size_t most_shapes = 60;      // beyond it the rarest is given up
constexpr float slowest_update = 1 / 40.0F;  // the mean follows slow changes of shape

}  // namespace

BeatShapes::BeatShapes(const QrsFeature& feature)
    : feature_(feature),
      half_(static_cast<std::int64_t>(half_width_s * feature.rate_hz)),
      block_(static_cast<std::size_t>(0.5 * feature.rate_hz)) {}

BeatShapes::Comparison BeatShapes::compare(const Shape& shape, std::int64_t at) const {
  const std::int64_t length = 2 * half_ + 1;
  const auto size = static_cast<std::int64_t>(feature_.height.size());
  if (at < half_ || at + half_ >= size) {
    return {-1.0F, 0.0F};
  }
  float product = 0.0F;
  float own = 0.0F;
  float other = 0.0F;
  for (std::size_t l = 0; l < feature_.band.size(); ++l) {
    const float weight = std::sqrt(feature_.weight[l][static_cast<std::size_t>(at) / block_]);
    const float* const x = &feature_.band[l][static_cast<std::size_t>(at - half_)];
    const float* const t = &shape.mean[l * static_cast<std::size_t>(length)];
    float xt = 0.0F;
    float xx = 0.0F;
    for (std::int64_t i = 0; i < length; ++i) {
      xt += x[i] * t[i];
      xx += x[i] * x[i];
    }
    const float scale = weight / (shape.energy[l] + 1e-6F);
    product += scale * xt;
    own += scale * xx;
    other += scale * shape.energy[l];
  }
  return own > 0 && other > 0 ? Comparison{product / std::sqrt(own * other), product / other} : Comparison{};
}

BeatShapes::Shifts BeatShapes::compare_about(const Shape& shape, std::int64_t at) const {
  constexpr auto num_shifts = static_cast<std::int64_t>(std::tuple_size_v<Shifts>);
  constexpr std::int64_t lanes = (num_shifts + quad_lanes - 1) / quad_lanes * quad_lanes;
  constexpr std::int64_t num_quads = lanes / quad_lanes;
  Shifts out;
  const std::int64_t first = at - half_ - largest_shift;
  if (first < 0 || at + half_ - largest_shift + lanes >= std::ssize(feature_.height)) {
    for (std::int64_t s = 0; s < num_shifts; ++s) {
      out[static_cast<std::size_t>(s)] = compare(shape, at + s - largest_shift);
    }
    return out;
  }
  const std::int64_t length = 2 * half_ + 1;
  std::array<float, num_shifts> product{}, own{}, other{};
  for (std::size_t l = 0; l < feature_.band.size(); ++l) {
    const float* const x = &feature_.band[l][static_cast<std::size_t>(first)];
    const float* const t = &shape.mean[l * static_cast<std::size_t>(length)];
    FloatQuad xt[num_quads] = {}, xx[num_quads] = {};
    for (std::int64_t i = 0; i < length; ++i) {
#pragma GCC unroll 3
      for (std::int64_t q = 0; q < num_quads; ++q) {
        const FloatQuad shifted = quad_at(x + i + q * static_cast<std::int64_t>(quad_lanes));
        xt[q] += shifted * t[i];
        xx[q] += shifted * shifted;
      }
    }
    for (std::size_t s = 0; s < out.size(); ++s) {
      const std::size_t block = static_cast<std::size_t>(at - largest_shift + static_cast<std::int64_t>(s)) / block_;
      const float scale = std::sqrt(feature_.weight[l][block]) / (shape.energy[l] + 1e-6F);
      product[s] += scale * xt[s / quad_lanes][s % quad_lanes];
      own[s] += scale * xx[s / quad_lanes][s % quad_lanes];
      other[s] += scale * shape.energy[l];
    }
  }
  for (std::size_t s = 0; s < out.size(); ++s) {
    out[s] = own[s] > 0 && other[s] > 0 ? Comparison{product[s] / std::sqrt(own[s] * other[s]), product[s] / other[s]}
                                        : Comparison{};
  }
  return out;
}

ShapeMatch BeatShapes::match(std::int64_t at) const {
  ShapeMatch best;
  best.likeness = -1.0F;
  for (std::size_t s = 0; s < shapes_.size(); ++s) {
    Comparison closest{-1.0F, 0.0F};
    std::int64_t shift = 0;
    const Shifts found = compare_about(shapes_[s], at);
    for (std::int64_t d = -largest_shift; d <= largest_shift; ++d) {
      const Comparison& here = found[static_cast<std::size_t>(d + largest_shift)];
      if (here.correlation > closest.correlation) {
        closest = here;
        shift = d;
      }
    }
    const auto n = static_cast<float>(shapes_[s].count);
    const float likeness = closest.correlation * n / (n + 1.0F);
    if (likeness > best.likeness) {
      best = {static_cast<int>(s), closest.correlation, likeness, static_cast<int>(shift), closest.size};
    }
  }
  return best;
}

void BeatShapes::update(Shape& shape, std::int64_t at) {
  const std::int64_t length = 2 * half_ + 1;
  const auto size = static_cast<std::int64_t>(feature_.height.size());
  ++shape.count;
  if (at < half_ || at + half_ >= size) {
    return;
  }
  const float part = std::max(1.0F / static_cast<float>(shape.count), slowest_update);
  for (std::size_t l = 0; l < feature_.band.size(); ++l) {
    float energy = 0.0F;
    for (std::int64_t i = 0; i < length; ++i) {
      float& mean = shape.mean[l * static_cast<std::size_t>(length) + static_cast<std::size_t>(i)];
      mean += part * (feature_.band[l][static_cast<std::size_t>(at - half_ + i)] - mean);
      energy += mean * mean;
    }
    shape.energy[l] = energy;
  }
}

int BeatShapes::add(std::int64_t at) {
  std::size_t best = shapes_.size();
  float best_correlation = same_shape;
  std::int64_t best_shift = 0;
  for (std::size_t s = 0; s < shapes_.size(); ++s) {
    const Shifts found = compare_about(shapes_[s], at);
    for (std::int64_t d = -largest_shift; d <= largest_shift; ++d) {
      const float r = found[static_cast<std::size_t>(d + largest_shift)].correlation;
      if (r > best_correlation) {
        best = s;
        best_correlation = r;
        best_shift = d;
      }
    }
  }
  if (best == shapes_.size()) {
    const auto length = static_cast<std::size_t>(2 * half_ + 1);
    Shape fresh{std::vector<float>(feature_.band.size() * length, 0.0F), std::vector<float>(feature_.band.size(), 0.0F),
                0};
    if (shapes_.size() == most_shapes) {
      const auto rarest = std::min_element(shapes_.begin(), shapes_.end(),
                                           [](const Shape& a, const Shape& b) { return a.count < b.count; });
      best = static_cast<std::size_t>(rarest - shapes_.begin());
      shapes_[best] = std::move(fresh);
    } else {
      shapes_.push_back(std::move(fresh));
    }
  }
  update(shapes_[best], at + best_shift);
  return static_cast<int>(best);
}

}  // namespace xingu::ecg
