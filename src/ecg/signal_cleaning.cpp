// SPDX-License-Identifier: Apache-2.0
#include "ecg/signal_cleaning.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xingu::ecg {
namespace {

constexpr double mains_stretch_s = 4.0;
constexpr double smallest_mains_mV = 0.008;

/// Amplitudes of one frequency over a stretch.
struct Sinusoid {
  double cosine = 0.0;
  double sine = 0.0;
  [[nodiscard]] double amplitude() const { return std::hypot(cosine, sine); }
};

/// Calls use(i, cos(i·step), sin(i·step)) for i in [0, count) by rotation, which costs four products a step.
template <class Use>
void for_each_phase(std::size_t count, double step, Use use) {
  const double c = std::cos(step);
  const double s = std::sin(step);
  double x = 1.0;
  double y = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    use(i, x, y);
    const double turned = c * x - s * y;
    y = s * x + c * y;
    x = turned;
  }
}

Sinusoid fit_sinusoid(std::span<const float> signal, double radians_per_sample) {
  Sinusoid out;
  for_each_phase(signal.size(), radians_per_sample, [&](std::size_t i, double cosine, double sine) {
    out.cosine += signal[i] * cosine;
    out.sine += signal[i] * sine;
  });
  const double share = 2.0 / static_cast<double>(signal.size());
  return {share * out.cosine, share * out.sine};
}

}  // namespace

void remove_mains(std::span<float> signal, double rate_hz) {
  if (rate_hz < 150.0) {
    return;
  }
  const auto stretch = static_cast<std::size_t>(mains_stretch_s * rate_hz);
  for (std::size_t begin = 0; begin < signal.size(); begin += stretch) {
    const auto part = signal.subspan(begin, std::min(stretch, signal.size() - begin));
    if (part.size() < stretch / 4) {
      return;
    }
    double step = 0.0;
    Sinusoid hum;
    for (const double hz : {50.0, 60.0}) {
      const double radians = 2.0 * std::numbers::pi * hz / rate_hz;
      const Sinusoid fit = fit_sinusoid(part, radians);
      if (fit.amplitude() > hum.amplitude()) {
        hum = fit;
        step = radians;
      }
    }
    if (hum.amplitude() < smallest_mains_mV) {
      continue;
    }
    for_each_phase(part.size(), step, [&](std::size_t i, double cosine, double sine) {
      part[i] -= static_cast<float>(hum.cosine * cosine + hum.sine * sine);
    });
  }
}

void fill_gaps(std::span<float> signal) {
  const auto first = std::ranges::find_if(signal, [](float x) { return !std::isnan(x); });
  float last = first == signal.end() ? 0.0F : *first;
  for (float& x : signal) {
    if (std::isnan(x)) {
      x = last;
    }
    last = x;
  }
}

float lower_quantile(std::vector<float> values, double q) {
  if (values.empty()) {
    return 0.0F;
  }
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

}  // namespace xingu::ecg
