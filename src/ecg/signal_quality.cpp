// SPDX-License-Identifier: Apache-2.0
#include "ecg/signal_quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr float flat_mv = 0.01F;
constexpr float smallest_extreme_mv = 1.5F;  // below it the recording's extreme is a wave's, not the converter's
constexpr double saturated_part = 0.1;
constexpr float baseline_mv = 1.0F;
constexpr float muscle_mv = 0.05F;
constexpr float mains_mv = 0.05F;
constexpr float inconsistent_mv = 0.2F;

void mark(LeadSecond& second, Fault fault, bool is_so) {
  second.faults = static_cast<std::uint8_t>(second.faults | (is_so ? 1U << static_cast<unsigned>(fault) : 0U));
}

constexpr std::array<double, 2> mains_hz{50.0, 60.0};

/// Amplitudes of sines of the mains' frequencies in the samples: the discrete Fourier sums at these two alone.
std::array<float, 2> mains_amplitudes(std::span<const float> x, double rate_hz) noexcept {
  std::array<double, 2> turn_cos{}, turn_sin{}, re{1.0, 1.0}, im{}, sum_re{}, sum_im{};
  for (std::size_t f = 0; f < mains_hz.size(); ++f) {
    turn_cos[f] = std::cos(2 * std::numbers::pi * mains_hz[f] / rate_hz);
    turn_sin[f] = -std::sin(2 * std::numbers::pi * mains_hz[f] / rate_hz);
  }
  for (const float value : x) {
    for (std::size_t f = 0; f < mains_hz.size(); ++f) {
      sum_re[f] += value * re[f];
      sum_im[f] += value * im[f];
      const double turned = re[f] * turn_cos[f] - im[f] * turn_sin[f];
      im[f] = re[f] * turn_sin[f] + im[f] * turn_cos[f];
      re[f] = turned;
    }
  }
  std::array<float, 2> out{};
  for (std::size_t f = 0; f < mains_hz.size(); ++f) {
    out[f] = static_cast<float>(2 * std::hypot(sum_re[f], sum_im[f]) / static_cast<double>(x.size()));
  }
  return out;
}

/// rms of the quieter half of the samples, brought to what the whole would have in Gaussian noise: QRS complexes, which
/// also have something above the edge, stand in the other half.
float quiet_rms(std::span<const float> x, std::span<float> scratch) {
  const std::span<float> size = scratch.first(x.size());
  std::transform(x.begin(), x.end(), size.begin(), [](float v) { return std::abs(v); });
  constexpr float median_of_unit_normal = 0.6745F;
  return quantile_of_sizes(size, 0.5, size) / median_of_unit_normal;
}

struct LeadBands {
  std::vector<std::vector<float>> slow;  ///< [lead] below 1 Hz
  std::vector<std::vector<float>> fast;  ///< [lead] above 35 Hz
};

LeadBands split_bands(std::vector<std::vector<float>> leads, double rate_hz) {
  for (std::vector<float>& x : leads) {
    float last = 0.0F;
    for (float& value : x) {
      last = std::isnan(value) ? last : value;
      value = last;
    }
  }
  const auto margin = static_cast<std::size_t>(rate_hz);
  LeadBands bands{leads, {}};
  filter_zero_phase(Biquad::low_pass(baseline_edge_hz, rate_hz), bands.slow, margin);
  if (muscle_edge_hz < 0.45 * rate_hz) {
    filter_zero_phase(Biquad::high_pass(muscle_edge_hz, rate_hz), leads, margin);
  } else {
    for (std::vector<float>& x : leads) {
      std::ranges::fill(x, 0.0F);
    }
  }
  bands.fast = std::move(leads);
  return bands;
}

Extremes extremes(const std::vector<float>& x) {
  Extremes result;
  for (const float value : x) {
    result.include(value);
  }
  return result;
}

/// Einthoven: II = I + III, whatever the heart does.
void check_limb_leads(const LeadSignals& signals, std::size_t per_second, SignalQuality& quality) {
  const auto one = lead_number(signals, "I");
  const auto two = lead_number(signals, "II");
  const auto three = lead_number(signals, "III");
  if (!one || !two || !three) {
    return;
  }
  for (std::size_t s = 0; s < quality.num_seconds(); ++s) {
    const std::size_t begin = s * per_second;
    const std::size_t end = std::min(begin + per_second, signals.num_samples());
    double mean = 0.0;
    double square = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
      const double d = signals.mv[*one][i] + signals.mv[*three][i] - signals.mv[*two][i];
      mean += d / static_cast<double>(end - begin);
      square += d * d / static_cast<double>(end - begin);
    }
    const bool is_off = std::sqrt(std::max(0.0, square - mean * mean)) > inconsistent_mv;  // false for NaN
    for (const std::size_t lead : {*one, *two, *three}) {
      mark(quality.leads[lead][s], Fault::inconsistent, is_off);
    }
  }
}

}  // namespace

std::string fault_name(Fault fault) {
  constexpr std::array<const char*, num_faults> names{"missing", "flat",  "saturated",   "baseline",
                                                      "muscle",  "mains", "inconsistent"};
  return names[static_cast<std::size_t>(fault)];
}

std::size_t SignalQuality::leads_with_signal(std::size_t second) const {
  return static_cast<std::size_t>(std::count_if(
      leads.begin(), leads.end(), [&](const std::vector<LeadSecond>& lead) { return lead[second].has_signal(); }));
}

double SignalQuality::good_part(std::size_t lead) const {
  const std::vector<LeadSecond>& seconds = leads[lead];
  const auto good = std::count_if(seconds.begin(), seconds.end(), [](const LeadSecond& s) { return s.is_good(); });
  return seconds.empty() ? 0.0 : static_cast<double>(good) / static_cast<double>(seconds.size());
}

LeadSecond assess_second(const SecondOfLead& of, std::span<float> scratch) noexcept {
  const auto& [x, slow, fast, extreme, rate_hz] = of;
  LeadSecond second;
  const auto num_missing = std::count_if(x.begin(), x.end(), [](float v) { return std::isnan(v); });
  if (num_missing > 0) {
    mark(second, Fault::missing, true);
    return second;
  }
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  second.range_mv = *high - *low;
  mark(second, Fault::flat, second.range_mv < flat_mv);
  std::ptrdiff_t at_extreme = 0;
  if (*high == extreme.high && *high > smallest_extreme_mv) {
    at_extreme += std::count(x.begin(), x.end(), *high);
  }
  if (*low == extreme.low && *low < -smallest_extreme_mv) {
    at_extreme += std::count(x.begin(), x.end(), *low);
  }
  mark(second, Fault::saturated, static_cast<double>(at_extreme) > saturated_part * static_cast<double>(x.size()));
  const auto [slow_low, slow_high] = std::minmax_element(slow.begin(), slow.end());
  second.baseline_mv = *slow_high - *slow_low;
  mark(second, Fault::baseline, second.baseline_mv > baseline_mv);
  second.muscle_mv = quiet_rms(fast, scratch);
  const std::array<float, 2> mains = mains_amplitudes(fast, rate_hz);
  for (std::size_t f = 0; f < mains_hz.size(); ++f) {
    if (mains_hz[f] < 0.45 * rate_hz) {
      second.mains_mv = std::max(second.mains_mv, mains[f]);
    }
  }
  const bool is_mains = second.mains_mv > mains_mv && second.muscle_mv > second.mains_mv / 2;
  mark(second, Fault::mains, is_mains);
  mark(second, Fault::muscle, !is_mains && second.muscle_mv > muscle_mv);
  return second;
}

SignalQuality assess_quality(const LeadSignals& signals) {
  const auto per_second = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(signals.rate_hz)));
  const std::size_t num_seconds = (signals.num_samples() + per_second / 2) / per_second;
  SignalQuality quality;
  const LeadBands bands = split_bands(signals.mv, signals.rate_hz);
  for (std::size_t l = 0; l < signals.num_leads(); ++l) {
    const std::vector<float>& lead = signals.mv[l];
    const Extremes extreme = extremes(lead);
    std::vector<LeadSecond> seconds;
    std::vector<float> scratch(per_second);
    for (std::size_t s = 0; s < num_seconds; ++s) {
      const std::size_t begin = s * per_second;
      const std::size_t length = std::min(per_second, lead.size() - begin);
      seconds.push_back(
          assess_second({std::span(lead).subspan(begin, length), std::span(bands.slow[l]).subspan(begin, length),
                         std::span(bands.fast[l]).subspan(begin, length), extreme, signals.rate_hz},
                        scratch));
    }
    quality.leads.push_back(std::move(seconds));
  }
  check_limb_leads(signals, per_second, quality);
  return quality;
}

}  // namespace xingu::ecg
