// SPDX-License-Identifier: Apache-2.0
#include "ecg/filters.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace xingu::ecg {
namespace {

/// tan(π f / rate) with f kept below 0.49 of the rate, so that a design always exists.
double prewarped(double cutoff_hz, double rate_hz) {
  return std::tan(std::numbers::pi * std::min(cutoff_hz / rate_hz, 0.49));
}

}  // namespace

Biquad Biquad::low_pass(double cutoff_hz, double rate_hz) {
  const double k = prewarped(cutoff_hz, rate_hz);
  const double norm = 1.0 / (1.0 + std::numbers::sqrt2 * k + k * k);
  Biquad out;
  out.b0_ = k * k * norm;
  out.b1_ = 2.0 * out.b0_;
  out.b2_ = out.b0_;
  out.a1_ = 2.0 * (k * k - 1.0) * norm;
  out.a2_ = (1.0 - std::numbers::sqrt2 * k + k * k) * norm;
  return out;
}

Biquad Biquad::high_pass(double cutoff_hz, double rate_hz) {
  Biquad out = low_pass(cutoff_hz, rate_hz);
  const double k = prewarped(cutoff_hz, rate_hz);
  out.b0_ = 1.0 / (1.0 + std::numbers::sqrt2 * k + k * k);
  out.b1_ = -2.0 * out.b0_;
  out.b2_ = out.b0_;
  return out;
}

void Biquad::settle(double x) {
  const double y = x * (b0_ + b1_ + b2_) / (1.0 + a1_ + a2_);
  z2_ = b2_ * x - a2_ * y;
  z1_ = b1_ * x - a1_ * y + z2_;
}

void filter_both_ways(std::span<float> signal, const Biquad& section) {
  if (signal.empty()) {
    return;
  }
  Biquad forward = section;
  forward.settle(signal.front());
  for (float& x : signal) {
    x = static_cast<float>(forward.step(x));
  }
  Biquad backward = section;
  backward.settle(signal.back());
  for (std::size_t i = signal.size(); i-- > 0;) {
    signal[i] = static_cast<float>(backward.step(signal[i]));
  }
}

std::vector<float> moving_mean(std::span<const float> signal, std::size_t width) {
  const std::size_t half = width / 2;
  std::vector<float> out(signal.size());
  double sum = 0.0;
  std::size_t begin = 0;
  std::size_t end = 0;
  for (std::size_t i = 0; i < signal.size(); ++i) {
    while (end < signal.size() && end <= i + half) {
      sum += signal[end++];
    }
    while (begin + half < i) {
      sum -= signal[begin++];
    }
    out[i] = static_cast<float>(sum / static_cast<double>(end - begin));
  }
  return out;
}

std::vector<float> moving_median(std::span<const float> signal, std::size_t width) {
  const std::size_t half = width / 2;
  std::vector<float> out(signal.size());
  for (std::size_t i = 0; i < signal.size(); ++i) {
    const std::size_t begin = i > half ? i - half : 0;
    const std::size_t end = std::min(signal.size(), i + half + 1);
    out[i] = quantile(
        {signal.begin() + static_cast<std::ptrdiff_t>(begin), signal.begin() + static_cast<std::ptrdiff_t>(end)}, 0.5);
  }
  return out;
}

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

float quantile(std::vector<float> values, double q) {
  if (values.empty()) {
    return std::numeric_limits<float>::quiet_NaN();
  }
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

}  // namespace xingu::ecg
