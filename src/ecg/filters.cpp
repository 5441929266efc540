// SPDX-License-Identifier: Apache-2.0
#include "ecg/filters.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <numbers>

#include "base/error.h"
#include "base/vector_clones.h"
#include "ecg/quads.h"

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

namespace {

struct Gains {
  double b0, b1, b2, a1, a2;
};

/// Runs a section over frames of Quads times four signals, each `stride` doubles behind the one before, in place.
/// @param states  of the section: the first ones of all signals, then the second ones
template <std::size_t Quads>
[[gnu::always_inline]] inline void run_section(const Gains& gains, double* frame, std::ptrdiff_t stride, std::size_t n,
                                               double* states) {
  constexpr std::size_t lanes = Quads * quad_lanes;
  Quad state1[Quads], state2[Quads];
  std::memcpy(state1, states, sizeof state1);
  std::memcpy(state2, states + lanes, sizeof state2);
  for (std::size_t i = 0; i < n; ++i, frame += stride) {
#pragma GCC unroll 4
    for (std::size_t q = 0; q < Quads; ++q) {
      Quad x;
      std::memcpy(&x, frame + q * quad_lanes, sizeof x);
      const Quad y = gains.b0 * x + state1[q];
      state1[q] = gains.b1 * x + state2[q] - gains.a1 * y;
      state2[q] = gains.b2 * x - gains.a2 * y;
      std::memcpy(frame + q * quad_lanes, &y, sizeof y);
    }
  }
  std::memcpy(states, state1, sizeof state1);
  std::memcpy(states + lanes, state2, sizeof state2);
}

XINGU_VECTOR_CLONES void run_section_4(const Gains& gains, double* frame, std::ptrdiff_t stride, std::size_t n,
                                       double* states) {
  run_section<1>(gains, frame, stride, n, states);
}
XINGU_VECTOR_CLONES void run_section_8(const Gains& gains, double* frame, std::ptrdiff_t stride, std::size_t n,
                                       double* states) {
  run_section<2>(gains, frame, stride, n, states);
}
XINGU_VECTOR_CLONES void run_section_12(const Gains& gains, double* frame, std::ptrdiff_t stride, std::size_t n,
                                        double* states) {
  run_section<3>(gains, frame, stride, n, states);
}

[[gnu::always_inline]] inline void transpose(std::array<FloatQuad, 4>& m) {
  const FloatQuad low01 = __builtin_shufflevector(m[0], m[1], 0, 4, 1, 5);
  const FloatQuad low23 = __builtin_shufflevector(m[2], m[3], 0, 4, 1, 5);
  const FloatQuad high01 = __builtin_shufflevector(m[0], m[1], 2, 6, 3, 7);
  const FloatQuad high23 = __builtin_shufflevector(m[2], m[3], 2, 6, 3, 7);
  m = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5), __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
       __builtin_shufflevector(high01, high23, 0, 1, 4, 5), __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
}

/// Four signals side by side: frames[i][0 … 3] = signals[0 … 3][i]; a frame is `lanes` doubles behind the one before.
void interleave(const std::array<const float*, 4>& signals, std::size_t count, double* frames, std::size_t lanes) {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    std::array<FloatQuad, 4> m;
    for (std::size_t l = 0; l < 4; ++l) {
      std::memcpy(&m[l], signals[l] + i, sizeof m[l]);
    }
    transpose(m);
    for (std::size_t k = 0; k < 4; ++k) {
      const Quad frame = __builtin_convertvector(m[k], Quad);
      std::memcpy(frames + (i + k) * lanes, &frame, sizeof frame);
    }
  }
  for (; i < count; ++i) {
    for (std::size_t l = 0; l < 4; ++l) {
      frames[i * lanes + l] = signals[l][i];
    }
  }
}

/// The reverse of interleave(), rounded.
void separate(const double* frames, std::size_t lanes, std::size_t count, const std::array<float*, 4>& signals) {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    std::array<FloatQuad, 4> m;
    for (std::size_t k = 0; k < 4; ++k) {
      Quad frame;
      std::memcpy(&frame, frames + (i + k) * lanes, sizeof frame);
      m[k] = __builtin_convertvector(frame, FloatQuad);
    }
    transpose(m);
    for (std::size_t l = 0; l < 4; ++l) {
      std::memcpy(signals[l] + i, &m[l], sizeof m[l]);
    }
  }
  for (; i < count; ++i) {
    for (std::size_t l = 0; l < 4; ++l) {
      signals[l][i] = static_cast<float>(frames[i * lanes + l]);
    }
  }
}

constexpr std::size_t block_frames = 256;  // 24 KB of twelve signals: at hand for the processor

}  // namespace

template <std::size_t Lanes>
void Biquad::filter_side_by_side(std::span<const std::vector<float>> signals, std::span<std::vector<float>> filtered,
                                 std::size_t pad) const {
  const std::size_t n = signals.front().size();
  std::array<const float*, Lanes> x{};
  std::array<float*, Lanes> out{};
  for (std::size_t l = 0; l < Lanes; ++l) {
    const std::size_t signal = std::min(l, signals.size() - 1);  // lanes that are left over do it again
    XINGU_EXPECT(signals[signal].size() == n && filtered[signal].size() == n);
    x[l] = signals[signal].data();
    out[l] = filtered[signal].data();
  }
  const Gains gains{b0_, b1_, b2_, a1_, a2_};
  using States = std::array<double, 2 * Lanes>;
  const auto settled = [&](const double* at) {
    States states;
    for (std::size_t l = 0; l < Lanes; ++l) {
      Biquad one = *this;
      one.settle(at[l]);
      states[l] = one.state1_;
      states[Lanes + l] = one.state2_;
    }
    return states;
  };
  constexpr auto kernel = Lanes == 4 ? run_section_4 : Lanes == 8 ? run_section_8 : run_section_12;
  const auto run = [&](double* frames, std::size_t count, States& states) {
    kernel(gains, frames, Lanes, count, states.data());
  };
  const auto run_backwards = [&](double* frames, std::size_t count, States& states) {
    if (count > 0) {
      kernel(gains, frames + (count - 1) * Lanes, -static_cast<std::ptrdiff_t>(Lanes), count, states.data());
    }
  };
  /// The point reflection of the signals about their sample `end`.
  const auto reflect = [&](std::size_t end, std::size_t i, double* frame) {
    for (std::size_t l = 0; l < Lanes; ++l) {
      frame[l] = 2.0 * x[l][end] - x[l][i];
    }
  };
  const auto load = [&](std::size_t begin, std::size_t count, double* frames) {
    for (std::size_t l = 0; l < Lanes; l += quad_lanes) {
      interleave({x[l] + begin, x[l + 1] + begin, x[l + 2] + begin, x[l + 3] + begin}, count, frames + l, Lanes);
    }
  };
  const auto beyond = std::make_unique_for_overwrite<double[]>((pad + 1) * Lanes);
  const auto block = std::make_unique_for_overwrite<double[]>(block_frames * Lanes);
  // What comes before the signals serves to settle: forwards nothing of it is kept, and backwards it is not reached.
  for (std::size_t i = 0; i <= pad; ++i) {
    reflect(0, pad - i, beyond.get() + i * Lanes);
  }
  States forwards = settled(beyond.get());
  run(beyond.get(), pad, forwards);
  std::vector<States> at_begin;  // of each block, so that backwards it is run forwards once more: cheaper than kept
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < n; begin += count) {
    at_begin.push_back(forwards);
    count = std::min(block_frames, n - begin);
    load(begin, count, block.get());
    run(block.get(), count, forwards);
  }
  const double* last = block.get() + (count - 1) * Lanes;
  if (pad > 0) {
    for (std::size_t i = 0; i < pad; ++i) {
      reflect(n - 1, n - 2 - i, beyond.get() + i * Lanes);
    }
    run(beyond.get(), pad, forwards);
    last = beyond.get() + (pad - 1) * Lanes;
  }
  States backwards = settled(last);
  run_backwards(beyond.get(), pad, backwards);
  for (std::size_t b = at_begin.size(); b-- > 0;) {
    const std::size_t begin = b * block_frames;
    count = std::min(block_frames, n - begin);
    load(begin, count, block.get());
    run(block.get(), count, at_begin[b]);
    run_backwards(block.get(), count, backwards);
    for (std::size_t l = 0; l < Lanes; l += quad_lanes) {
      separate(block.get() + l, Lanes, count,
               {out[l] + begin, out[l + 1] + begin, out[l + 2] + begin, out[l + 3] + begin});
    }
  }
}

void Biquad::filter_all(std::span<const std::vector<float>> signals, std::span<std::vector<float>> filtered,
                        std::size_t margin) const {
  if (signals.empty() || signals.front().empty()) {
    return;
  }
  const std::size_t pad = std::min(margin, signals.front().size() - 1);
  for (std::size_t first = 0; first < signals.size();) {
    const std::size_t used = std::min<std::size_t>(signals.size() - first, 12);
    const auto from = signals.subspan(first, used);
    const auto to = filtered.subspan(first, used);
    if (used > 8) {
      filter_side_by_side<12>(from, to, pad);
    } else if (used > 4) {
      filter_side_by_side<8>(from, to, pad);
    } else {
      filter_side_by_side<4>(from, to, pad);
    }
    first += used;
  }
}

void filter_zero_phase(const Biquad& section, std::span<std::vector<float>> signals, std::size_t margin) {
  section.filter_all(signals, signals, margin);
}

std::vector<std::vector<float>> filtered_zero_phase(const Biquad& section, std::span<const std::vector<float>> signals,
                                                    std::size_t margin) {
  std::vector<std::vector<float>> out;
  for (const std::vector<float>& signal : signals) {
    out.emplace_back(signal.size());
  }
  section.filter_all(signals, out, margin);
  return out;
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
    double change = 0.0;  // one addition after another is all there is to wait for
    if (i + half < n) {
      change += signal[i + half];
      ++count;
    }
    if (i > half) {
      change -= signal[i - half - 1];
      --count;
    }
    sum += change;
    result[i] = static_cast<float>(sum / static_cast<double>(count));
  }
  return result;
}

std::vector<float> decimate(std::span<const float> signal, std::size_t factor) {
  XINGU_EXPECT(factor > 0);
  std::vector<float> result(signal.size() / factor);
  if (factor == 2) {  // the usual one, which compilers make of shuffles
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] = (signal[2 * i] + signal[2 * i + 1]) / 2.0F;
    }
    return result;
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    float sum = 0.0F;
    for (std::size_t k = 0; k < factor; ++k) {
      sum += signal[i * factor + k];
    }
    result[i] = sum / static_cast<float>(factor);
  }
  return result;
}

namespace {

constexpr std::size_t values_at_once = 16;  // of which loops without a branch make a few instructions
constexpr std::size_t quads_at_once = values_at_once / quad_lanes;

/// Whether a test holds for any of sixteen values. @param test  of a FloatQuad: all bits of those for which it holds
template <typename Test>
[[gnu::always_inline]] inline bool holds_for_any(const float* values, Test test) {
  static_assert(quads_at_once == 4);
  const auto found = (test(quad_at(values)) | test(quad_at(values + quad_lanes))) |
                     (test(quad_at(values + 2 * quad_lanes)) | test(quad_at(values + 3 * quad_lanes)));
  std::array<std::uint64_t, 2> bits;
  static_assert(sizeof bits == sizeof found);
  std::memcpy(bits.data(), &found, sizeof found);
  return (bits[0] | bits[1]) != 0;
}

}  // namespace

bool has_gaps(std::span<const float> signal) noexcept {
  std::size_t i = 0;
  for (; i + values_at_once <= signal.size(); i += values_at_once) {
    if (holds_for_any(signal.data() + i,
                      [](const FloatQuad& x) { return x != x; })) {  // NOLINT(misc-redundant-expression): NaN alone
      return true;
    }
  }
  return std::any_of(signal.begin() + static_cast<std::ptrdiff_t>(i), signal.end(),
                     [](float x) { return std::isnan(x); });
}

std::size_t find_equal(std::span<const float> signal, std::size_t from, float value) noexcept {
  std::size_t i = std::min(from, signal.size());
  while (i + values_at_once <= signal.size() &&
         !holds_for_any(signal.data() + i, [&](const FloatQuad& x) { return x == value; })) {
    i += values_at_once;
  }
  while (i < signal.size() && signal[i] != value) {
    ++i;
  }
  return i;
}

ValueRange value_range(std::span<const float> signal) noexcept {
  ValueRange range;
  FloatQuad low[quads_at_once], high[quads_at_once];
  std::ranges::fill(low, FloatQuad{} + range.low);
  std::ranges::fill(high, FloatQuad{} + range.high);
  std::size_t i = 0;
  for (; i + values_at_once <= signal.size(); i += values_at_once) {
#pragma GCC unroll 4
    for (std::size_t q = 0; q < quads_at_once; ++q) {
      const FloatQuad x = quad_at(signal.data() + i + q * quad_lanes);
      low[q] = x < low[q] ? x : low[q];  // false for NaN
      high[q] = x > high[q] ? x : high[q];
    }
  }
  for (std::size_t q = 0; q < quads_at_once; ++q) {
    for (std::size_t l = 0; l < quad_lanes; ++l) {
      range.low = std::min(range.low, low[q][l]);
      range.high = std::max(range.high, high[q][l]);
    }
  }
  for (; i < signal.size(); ++i) {
    range.low = signal[i] < range.low ? signal[i] : range.low;
    range.high = signal[i] > range.high ? signal[i] : range.high;
  }
  return range;
}

void fill_gaps(std::span<float> signal) {
  if (!has_gaps(signal)) {
    return;
  }
  const auto first = std::find_if(signal.begin(), signal.end(), [](float x) { return !std::isnan(x); });
  float last = first == signal.end() ? 0.0F : *first;
  for (float& x : signal) {
    x = std::isnan(x) ? last : x;
    last = x;
  }
}

void bridge_gaps(std::span<float> signal, std::size_t longest) {
  if (!has_gaps(signal)) {
    return;
  }
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
  constexpr std::size_t num_keys = 1U << (31U - dropped_bits);
  const auto key = [](float x) { return (std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFFU) >> dropped_bits; };
  // Neighbours often have one key, and counting up waits for the count before: each of four has counters of its own.
  constexpr std::size_t num_counters = 4;
  std::array<std::array<std::uint32_t, num_keys>, num_counters> count;
  const ValueRange range = value_range(values);
  std::uint32_t wanted = key(range.low);
  const std::uint32_t last = key(range.high);
  XINGU_EXPECT(range.low >= 0.0F && range.low <= range.high);
  for (std::array<std::uint32_t, num_keys>& of : count) {
    std::fill(of.begin() + wanted, of.begin() + last + 1, 0U);
  }
  std::size_t i = 0;
  for (; i + num_counters <= values.size(); i += num_counters) {
    for (std::size_t c = 0; c < num_counters; ++c) {
      ++count[c][key(values[i + c])];
    }
  }
  for (; i < values.size(); ++i) {
    ++count[0][key(values[i])];
  }
  const auto num_of = [&](std::uint32_t k) { return count[0][k] + count[1][k] + count[2][k] + count[3][k]; };
  auto rank = static_cast<std::size_t>(std::lround(q * static_cast<double>(values.size() - 1)));
  while (wanted < last && rank >= num_of(wanted)) {
    rank -= num_of(wanted++);
  }
  std::size_t num_alike = 0;  // never ahead of the value that is read, so that scratch may be the values themselves
  for (const float x : values) {
    scratch[num_alike] = x;
    num_alike += key(x) == wanted ? 1 : 0;
  }
  XINGU_EXPECT(rank < num_alike);  // no NaN
  const std::span<float> alike = scratch.first(num_alike);
  std::nth_element(alike.begin(), alike.begin() + static_cast<std::ptrdiff_t>(rank), alike.end());
  return alike[rank];
}

}  // namespace xingu::ecg
