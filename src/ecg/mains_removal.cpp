// SPDX-License-Identifier: Apache-2.0
#include "ecg/mains_removal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <utility>
#include <vector>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr std::array<double, 2> mains_hz{50.0, 60.0};
constexpr double window_s = 1.0;
constexpr double half_complex_s = 0.10;  // about a beat, left out of the fit
constexpr double highest_part_of_rate = 0.45;
constexpr double stretch_s = 60.0;  // worked on at once
constexpr double margin_s = 3.0;

/// [sample] whether a complex lies there.
std::vector<bool> complexes(std::size_t size, double rate_hz, std::span<const std::int64_t> beats) {
  std::vector<bool> out(size, false);
  const auto half = static_cast<std::int64_t>(half_complex_s * rate_hz);
  for (const std::int64_t beat : beats) {
    const auto begin = std::clamp<std::int64_t>(beat - half, 0, static_cast<std::int64_t>(size));
    const auto end = std::clamp<std::int64_t>(beat + half + 1, begin, static_cast<std::int64_t>(size));
    std::fill(out.begin() + begin, out.begin() + end, true);
  }
  return out;
}

/// Gain of the high-pass run forwards and backwards: its magnitude squared. Butterworth of second order.
double two_pass_gain(double frequency_hz, double rate_hz) {
  const auto warped = [&](double hz) { return std::tan(std::numbers::pi * hz / rate_hz); };
  const double ratio = warped(muscle_edge_hz) / warped(frequency_hz);
  return 1.0 / (1.0 + ratio * ratio * ratio * ratio);
}

/// The sine of a frequency in a signal, as it is about each sample.
class LocalSine {
 public:
  /// @param fast  the signal above the muscle's edge, without gaps
  /// @param skip  [sample] what has no part in the fit
  LocalSine(const std::vector<float>& fast, const std::vector<bool>& skip, double frequency_hz, double rate_hz)
      : frequency_hz_(frequency_hz),
        rate_hz_(rate_hz),
        turn_(std::polar(1.0, 2.0 * std::numbers::pi * frequency_hz / rate_hz)),
        gain_(two_pass_gain(frequency_hz, rate_hz)),
        sine_(fast.size()) {
    const auto half = static_cast<std::ptrdiff_t>(0.5 * window_s * rate_hz);
    const std::ptrdiff_t size = std::ssize(fast);
    std::vector<std::complex<double>> product(fast.size());
    std::complex<double> phase(1.0, 0.0);
    for (std::size_t i = 0; i < fast.size(); ++i) {
      product[i] = skip[i] ? 0.0 : static_cast<double>(fast[i]) * std::conj(phase);
      phase *= turn_;
      phase /= std::abs(phase);
    }
    std::complex<double> sum = 0.0;
    std::ptrdiff_t count = 0;
    const auto add = [&](std::ptrdiff_t i, double sign) {
      const auto at = static_cast<std::size_t>(i);
      sum += sign * product[at];
      count += skip[at] ? 0 : static_cast<std::ptrdiff_t>(sign);
    };
    for (std::ptrdiff_t i = 0; i < std::min(half, size); ++i) {
      add(i, 1.0);
    }
    for (std::ptrdiff_t i = 0; i < size; ++i) {
      if (i + half < size) {
        add(i + half, 1.0);
      }
      if (i > half) {
        add(i - half - 1, -1.0);
      }
      sine_[static_cast<std::size_t>(i)] = count > 0 ? 2.0 * sum / static_cast<double>(count) : 0.0;
      power_ += std::norm(sine_[static_cast<std::size_t>(i)]);
    }
  }

  [[nodiscard]] double power() const { return power_; }

  /// The frequency it really has, by the phase that it gains in a second; within half a hertz.
  [[nodiscard]] double measured_hz() const {
    const auto lag = static_cast<std::size_t>(rate_hz_);
    std::complex<double> gained = 0.0;
    for (std::size_t i = 0; i + lag < sine_.size(); ++i) {
      gained += sine_[i + lag] * std::conj(sine_[i]);
    }
    return frequency_hz_ + std::arg(gained) / (2.0 * std::numbers::pi) * rate_hz_ / static_cast<double>(lag);
  }

  void take_out_of(std::vector<float>& lead) const {
    std::complex<double> phase(1.0, 0.0);
    for (std::size_t i = 0; i < lead.size(); ++i) {
      lead[i] -= static_cast<float>((sine_[i] * phase).real() / gain_);
      phase *= turn_;
      phase /= std::abs(phase);
    }
  }

 private:
  double frequency_hz_, rate_hz_;
  std::complex<double> turn_;
  double gain_;                             ///< by which the high-pass changed the frequency
  std::vector<std::complex<double>> sine_;  ///< [sample] amplitude and phase
  double power_ = 0.0;
};

/// Takes the larger of the two sines out of a stretch, samples begin to end − 1, about which `margin` more are seen.
void remove_from(const std::vector<float>& lead, const std::vector<bool>& in_complex, double rate_hz, std::size_t begin,
                 std::size_t end, std::size_t margin, std::vector<float>& mended) {
  const std::size_t from = begin - std::min(begin, margin);
  const std::size_t until = std::min(lead.size(), end + margin);
  const auto at = [](auto& values, std::size_t i) { return values.begin() + static_cast<std::ptrdiff_t>(i); };
  std::vector<float> stretch(at(lead, from), at(lead, until));
  std::vector<float> fast = stretch;
  std::vector<bool> skip(at(in_complex, from), at(in_complex, until));
  for (std::size_t i = 0; i < fast.size(); ++i) {
    skip[i] = skip[i] || std::isnan(fast[i]);
  }
  fill_gaps(fast);
  filter_zero_phase(Biquad::high_pass(muscle_edge_hz, rate_hz), std::span<float>(fast),
                    static_cast<std::size_t>(rate_hz));
  std::vector<LocalSine> sines;
  for (const double frequency_hz : mains_hz) {
    if (frequency_hz < highest_part_of_rate * rate_hz) {
      sines.emplace_back(fast, skip, frequency_hz, rate_hz);
    }
  }
  const auto larger = std::ranges::max_element(sines, {}, &LocalSine::power);
  LocalSine(fast, skip, larger->measured_hz(), rate_hz).take_out_of(stretch);
  std::copy(at(stretch, begin - from), at(stretch, end - from), at(mended, begin));
}

}  // namespace

bool remove_mains(LeadSignals& signals, const SignalQuality& quality, std::span<const std::int64_t> beats) {
  const auto has_mains = [](const LeadSecond& second) { return second.has(Fault::mains); };
  const bool is_there =
      std::ranges::any_of(quality.leads, [&](const auto& lead) { return std::ranges::any_of(lead, has_mains); });
  if (!is_there || mains_hz.front() >= highest_part_of_rate * signals.rate_hz) {
    return false;
  }
  const std::vector<bool> in_complex = complexes(signals.num_samples(), signals.rate_hz, beats);
  const auto in = [&](double seconds) { return static_cast<std::size_t>(seconds * signals.rate_hz); };
  for (std::vector<float>& lead : signals.mv) {
    std::vector<float> mended = lead;
    for (std::size_t begin = 0; begin < lead.size(); begin += in(stretch_s)) {
      const std::size_t end = std::min(lead.size(), begin + in(stretch_s));
      remove_from(lead, in_complex, signals.rate_hz, begin, end, in(margin_s), mended);
    }
    lead = std::move(mended);
  }
  return true;
}

}  // namespace xingu::ecg
