// SPDX-License-Identifier: Apache-2.0
#include "ecg/qrs_templates.h"

#include <algorithm>
#include <cmath>

namespace xingu::ecg {
namespace {

constexpr double half_width_s = 0.12;
constexpr double largest_shift_s = 0.04;
constexpr float same_shape = 0.85F;
constexpr std::size_t most_shapes = 16;
constexpr double smallest_share = 0.004;  // of all beats: rarer shapes are taken for noise

}  // namespace

QrsTemplates::Match QrsTemplates::best_match(const QrsFeatures& features, std::size_t time) const {
  Match best;
  const auto reach = static_cast<std::ptrdiff_t>(largest_shift_s * features.rate_hz);
  const std::size_t width = 2 * half_ + 1;
  const std::size_t g = features.grid_index(time);
  for (std::ptrdiff_t shift = -reach; shift <= reach; ++shift) {
    const auto begin = static_cast<std::ptrdiff_t>(time) + shift - static_cast<std::ptrdiff_t>(half_);
    if (begin < 0 || begin + static_cast<std::ptrdiff_t>(width) > static_cast<std::ptrdiff_t>(features.curve.size())) {
      continue;
    }
    for (std::size_t s = 0; s < shapes_.size(); ++s) {
      float product = 0.0F, of_signal = 1e-9F, of_shape = 1e-9F;
      for (std::size_t lead = 0; lead < features.band.size(); ++lead) {
        const float* x = features.band[lead].data() + begin;
        const float* y = shapes_[s].mean.data() + lead * width;
        const float scale = 1.0F / features.level[lead][g];
        const float weight = features.weight[lead][g];
        float xy = 0.0F, xx = 0.0F, yy = 0.0F;
        for (std::size_t i = 0; i < width; ++i) {
          xy += x[i] * y[i];
          xx += x[i] * x[i];
          yy += y[i] * y[i];
        }
        product += weight * scale * xy;
        of_signal += weight * scale * scale * xx;
        of_shape += weight * yy;
      }
      const float correlation = product / std::sqrt(of_signal * of_shape);
      if (correlation > best.correlation) {
        best = {s, shift, correlation};
      }
    }
  }
  return best;
}

QrsTemplates QrsTemplates::learn(const QrsFeatures& features, std::span<const std::size_t> beats) {
  QrsTemplates out;
  out.half_ = static_cast<std::size_t>(half_width_s * features.rate_hz);
  const std::size_t width = 2 * out.half_ + 1;
  for (const std::size_t beat : beats) {
    if (beat < width || beat + width >= features.curve.size()) {
      continue;
    }
    Match match = out.best_match(features, beat);
    if (match.correlation < same_shape) {
      if (out.shapes_.size() == most_shapes) {
        out.shapes_.erase(std::ranges::min_element(out.shapes_, {}, &Shape::count));
      }
      out.shapes_.push_back({std::vector<float>(width * features.band.size(), 0.0F), 0});
      match = {out.shapes_.size() - 1, 0, 1.0F};
    }
    Shape& shape = out.shapes_[match.shape];
    ++shape.count;
    const float share = 1.0F / static_cast<float>(std::min<std::size_t>(shape.count, 100));
    const std::size_t begin = beat + static_cast<std::size_t>(match.shift) - out.half_;
    const std::size_t g = features.grid_index(beat);
    for (std::size_t lead = 0; lead < features.band.size(); ++lead) {
      for (std::size_t i = 0; i < width; ++i) {
        float& mean = shape.mean[lead * width + i];
        mean += share * (features.band[lead][begin + i] / features.level[lead][g] - mean);
      }
    }
  }
  const auto fewest = std::min<std::size_t>(3, 1 + beats.size() / 8) +
                      static_cast<std::size_t>(smallest_share * static_cast<double>(beats.size()));
  std::erase_if(out.shapes_, [&](const Shape& s) { return s.count < fewest; });
  return out;
}

float QrsTemplates::best_correlation(const QrsFeatures& features, std::size_t time) const {
  return std::max(0.0F, best_match(features, time).correlation);
}

}  // namespace xingu::ecg
