// SPDX-License-Identifier: Apache-2.0
#include "ecg/filters.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numbers>

#include "base/error.h"

namespace xingu::ecg {

Biquad Biquad::low_pass(double edge_hz, double rate_hz) {
  XINGU_EXPECT(edge_hz > 0 && edge_hz < rate_hz / 2);
  const double k = std::tan(std::numbers::pi * edge_hz / rate_hz);
  const double norm = 1 / (1 + std::numbers::sqrt2 * k + k * k);
  return {k * k * norm, 2 * k * k * norm, k * k * norm, 2 * (k * k - 1) * norm,
          (1 - std::numbers::sqrt2 * k + k * k) * norm};
}

Biquad Biquad::high_pass(double edge_hz, double rate_hz) {
  XINGU_EXPECT(edge_hz > 0 && edge_hz < rate_hz / 2);
  const double k = std::tan(std::numbers::pi * edge_hz / rate_hz);
  const double norm = 1 / (1 + std::numbers::sqrt2 * k + k * k);
  return {norm, -2 * norm, norm, 2 * (k * k - 1) * norm, (1 - std::numbers::sqrt2 * k + k * k) * norm};
}

void Biquad::settle(double x) {
  const double y = x * (b0_ + b1_ + b2_) / (1 + a1_ + a2_);
  state1_ = y - b0_ * x;
  state2_ = b2_ * x - a2_ * y;
}

void filter_zero_phase(Biquad section, std::span<float> signal, std::size_t margin) {
  if (signal.empty()) {
    return;
  }
  const std::size_t n = signal.size();
  const std::size_t pad = std::min(margin, n - 1);
  std::vector<double> work(n + 2 * pad);
  for (std::size_t i = 0; i < pad; ++i) {
    work[i] = 2.0 * signal[0] - signal[pad - i];
    work[pad + n + i] = 2.0 * signal[n - 1] - signal[n - 2 - i];
  }
  std::copy(signal.begin(), signal.end(), work.begin() + static_cast<std::ptrdiff_t>(pad));
  section.settle(work.front());
  for (double& x : work) {
    x = section.step(x);
  }
  section.settle(work.back());
  for (auto x = work.rbegin(); x != work.rend(); ++x) {
    *x = section.step(*x);
  }
  std::transform(work.begin() + static_cast<std::ptrdiff_t>(pad), work.begin() + static_cast<std::ptrdiff_t>(pad + n),
                 signal.begin(), [](double x) { return static_cast<float>(x); });
}

template <std::size_t Lanes>
void Biquad::filter_side_by_side(std::span<std::vector<float>> signals, std::size_t pad) const {
  using Frame = std::array<double, Lanes>;
  const std::size_t n = signals.front().size();
  std::array<float*, Lanes> x{};
  for (std::size_t l = 0; l < Lanes; ++l) {
    std::vector<float>& signal = signals[std::min(l, signals.size() - 1)];  // lanes that are left over do it again
    XINGU_EXPECT(signal.size() == n);
    x[l] = signal.data();
  }
  Frame state1, state2;
  const auto settle = [&](const Frame& at) {
    for (std::size_t l = 0; l < Lanes; ++l) {
      Biquad one = *this;
      one.settle(at[l]);
      state1[l] = one.state1_;
      state2[l] = one.state2_;
    }
  };
  const auto step = [&](Frame& at) {
    for (std::size_t l = 0; l < Lanes; ++l) {
      const double y = b0_ * at[l] + state1[l];
      state1[l] = b1_ * at[l] - a1_ * y + state2[l];
      state2[l] = b2_ * at[l] - a2_ * y;
      at[l] = y;
    }
  };
  /// The signals at a sample, and beyond an end their point reflection about the sample there.
  const auto frame_at = [&](std::size_t i) {
    Frame at;
    for (std::size_t l = 0; l < Lanes; ++l) {
      at[l] = x[l][i];
    }
    return at;
  };
  const auto reflection_at = [&](std::size_t end, std::size_t i) {
    Frame at;
    for (std::size_t l = 0; l < Lanes; ++l) {
      at[l] = 2.0 * x[l][end] - x[l][i];
    }
    return at;
  };
  // What comes before the signals serves to settle: forwards nothing of it is kept, and backwards it is not reached.
  settle(reflection_at(0, pad));
  for (std::size_t i = pad; i > 0; --i) {
    Frame before = reflection_at(0, i);
    step(before);
  }
  const auto forwards = std::make_unique_for_overwrite<Frame[]>(n + pad);
  for (std::size_t i = 0; i < n; ++i) {
    forwards[i] = frame_at(i);
    step(forwards[i]);
  }
  for (std::size_t i = 0; i < pad; ++i) {
    forwards[n + i] = reflection_at(n - 1, n - 2 - i);
    step(forwards[n + i]);
  }
  settle(forwards[n + pad - 1]);
  for (std::size_t i = n + pad; i-- > 0;) {
    step(forwards[i]);
    if (i < n) {
      for (std::size_t l = 0; l < signals.size(); ++l) {
        x[l][i] = static_cast<float>(forwards[i][l]);
      }
    }
  }
}

void filter_zero_phase(const Biquad& section, std::span<std::vector<float>> signals, std::size_t margin) {
  constexpr std::size_t many = 8;
  constexpr std::size_t few = 4;
  if (signals.empty() || signals.front().empty()) {
    return;
  }
  const std::size_t pad = std::min(margin, signals.front().size() - 1);
  while (!signals.empty()) {
    const std::size_t used = std::min(signals.size() > few ? many : few, signals.size());
    if (used > few) {
      section.filter_side_by_side<many>(signals.first(used), pad);
    } else {
      section.filter_side_by_side<few>(signals.first(used), pad);
    }
    signals = signals.subspan(used);
  }
}

std::vector<float> moving_mean(std::span<const float> signal, std::size_t width) {
  const std::size_t n = signal.size();
  const std::size_t half = width / 2;
  std::vector<float> result(n);
  double sum = 0.0;
  for (std::size_t i = 0; i < std::min(half, n); ++i) {
    sum += signal[i];
  }
  std::size_t count = std::min(half, n);
  for (std::size_t i = 0; i < n; ++i) {
    if (i + half < n) {
      sum += signal[i + half];
      ++count;
    }
    if (i > half) {
      sum -= signal[i - half - 1];
      --count;
    }
    result[i] = static_cast<float>(sum / static_cast<double>(count));
  }
  return result;
}

std::vector<float> decimate(std::span<const float> signal, std::size_t factor) {
  XINGU_EXPECT(factor > 0);
  std::vector<float> result(signal.size() / factor);
  for (std::size_t i = 0; i < result.size(); ++i) {
    float sum = 0.0F;
    for (std::size_t k = 0; k < factor; ++k) {
      sum += signal[i * factor + k];
    }
    result[i] = sum / static_cast<float>(factor);
  }
  return result;
}

void fill_gaps(std::span<float> signal) {
  const auto first = std::find_if(signal.begin(), signal.end(), [](float x) { return !std::isnan(x); });
  float last = first == signal.end() ? 0.0F : *first;
  for (float& x : signal) {
    x = std::isnan(x) ? last : x;
    last = x;
  }
}

void bridge_gaps(std::span<float> signal, std::size_t longest) {
  std::size_t begin = 0;  // of the gap, or of what comes behind the last valid sample
  for (std::size_t i = 0; i < signal.size(); ++i) {
    if (std::isnan(signal[i])) {
      continue;
    }
    const std::size_t gap = i - begin;
    if (begin > 0 && gap > 0 && gap <= longest) {
      const float before = signal[begin - 1];
      const float step = (signal[i] - before) / static_cast<float>(gap + 1);
      for (std::size_t k = 0; k < gap; ++k) {
        signal[begin + k] = before + step * static_cast<float>(k + 1);
      }
    }
    begin = i + 1;
  }
}

float median(std::span<float> values) {
  if (values.empty()) {
    return 0.0F;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  const float upper = *middle;
  return values.size() % 2 == 1 ? upper : (upper + *std::max_element(values.begin(), middle)) / 2;
}

float largest_change(std::span<const float> x, std::int64_t from, std::int64_t until, std::int64_t width) {
  const std::int64_t begin = std::max<std::int64_t>(0, from);
  const std::int64_t end = std::min(until, std::ssize(x)) - width;
  float largest = 0.0F;
  for (std::int64_t i = begin; i < end; ++i) {
    const float change = std::abs(x[static_cast<std::size_t>(i + width)] - x[static_cast<std::size_t>(i)]);
    largest = change > largest ? change : largest;
  }
  return largest;
}

float quantile(std::span<float> values, double q) {
  if (values.empty()) {
    return 0.0F;
  }
  const auto rank = static_cast<std::ptrdiff_t>(std::lround(q * static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

float quantile_of_sizes(std::span<const float> values, double q) {
  std::vector<float> scratch(values.size());
  return quantile_of_sizes(values, q, scratch);
}

float quantile_of_sizes(std::span<const float> values, double q, std::span<float> scratch) {
  XINGU_EXPECT(scratch.size() >= values.size());
  if (values.empty()) {
    return 0.0F;
  }
  constexpr unsigned dropped_bits = 21;  // what is left are the exponent and two bits of the mantissa
  const auto key = [](float x) { return (std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFFU) >> dropped_bits; };
  std::array<std::uint32_t, 1U << (31U - dropped_bits)> count{};
  std::uint32_t wanted = std::numeric_limits<std::uint32_t>::max();
  for (const float x : values) {
    const std::uint32_t k = key(x);
    ++count[k];
    wanted = std::min(wanted, k);
  }
  auto rank = static_cast<std::size_t>(std::lround(q * static_cast<double>(values.size() - 1)));
  while (rank >= count[wanted]) {
    rank -= count[wanted++];
  }
  std::size_t num_alike = 0;  // never ahead of the value that is read, so that scratch may be the values themselves
  for (const float x : values) {
    if (key(x) == wanted) {
      scratch[num_alike++] = x;
    }
  }
  const std::span<float> alike = scratch.first(num_alike);
  std::nth_element(alike.begin(), alike.begin() + static_cast<std::ptrdiff_t>(rank), alike.end());
  return alike[rank];
}

}  // namespace xingu::ecg
