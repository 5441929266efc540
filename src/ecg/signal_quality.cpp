// SPDX-License-Identifier: Apache-2.0
#include "ecg/signal_quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>

#include "base/vector_clones.h"
#include "ecg/amplitude_step.h"
#include "ecg/filters.h"
#include "ecg/limb_lead_laws.h"
#include "ecg/quads.h"
#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr float flat_mv = 0.01F;
constexpr float smallest_extreme_mv = 1.5F;  // below it the recording's extreme is a wave's, not the converter's
constexpr double saturated_part = 0.1;
// peaks that are cut off: a pacemaker's stimulus is flat for 2 ms, and a flat line between two beats lasts longer
constexpr double fewest_cut_samples = 3.0;
constexpr double shortest_cut_s = 0.004;
constexpr double longest_cut_s = 0.2;
constexpr double fewest_steps = 100.0;  // from the lowest value to the highest, of a lead whose cuts can be told
constexpr double least_jump_steps = 4.0;
constexpr double fewest_cuts = 3.0;
constexpr double cuts_per_second = 0.5;        // each beat of a slow heart
constexpr std::size_t seconds_about_cut = 10;  // in which they are counted
constexpr float baseline_mv = 1.0F;
constexpr float muscle_mv = 0.05F;
constexpr float mains_mv = 0.05F;

void mark(LeadSecond& second, Fault fault, bool is_so) {
  second.faults = static_cast<std::uint8_t>(second.faults | (is_so ? 1U << static_cast<unsigned>(fault) : 0U));
}

constexpr std::array<double, 2> mains_hz{50.0, 60.0};

/// Amplitudes of sines of the mains' frequencies in the samples: the discrete Fourier sums at these two alone, of every
/// fourth sample each, so that eight turn side by side.
XINGU_VECTOR_CLONES std::array<float, 2> mains_amplitudes(std::span<const float> x, double rate_hz) noexcept {
  struct Turning {
    Quad re{}, im{}, sum_re{}, sum_im{};
    double turn_re = 1.0, turn_im = 0.0;
  };
  std::array<Turning, mains_hz.size()> sines;
  for (std::size_t f = 0; f < mains_hz.size(); ++f) {
    const double step = -2 * std::numbers::pi * mains_hz[f] / rate_hz;
    sines[f].turn_re = std::cos(quad_lanes * step);
    sines[f].turn_im = std::sin(quad_lanes * step);
    for (std::size_t k = 0; k < quad_lanes; ++k) {
      sines[f].re[k] = std::cos(static_cast<double>(k) * step);
      sines[f].im[k] = std::sin(static_cast<double>(k) * step);
    }
  }
  const auto add = [&](const Quad& values) {
#pragma GCC unroll 2
    for (Turning& of : sines) {
      of.sum_re += values * of.re;
      of.sum_im += values * of.im;
      const Quad turned = of.re * of.turn_re - of.im * of.turn_im;
      of.im = of.re * of.turn_im + of.im * of.turn_re;
      of.re = turned;
    }
  };
  std::size_t i = 0;
  for (; i + quad_lanes <= x.size(); i += quad_lanes) {
    add(__builtin_convertvector(quad_at(&x[i]), Quad));
  }
  Quad rest{};
  for (std::size_t k = 0; i + k < x.size(); ++k) {
    rest[k] = x[i + k];
  }
  add(rest);
  std::array<float, 2> out{};
  for (std::size_t f = 0; f < mains_hz.size(); ++f) {
    double re = 0.0;
    double im = 0.0;
    for (std::size_t k = 0; k < quad_lanes; ++k) {
      re += sines[f].sum_re[k];
      im += sines[f].sum_im[k];
    }
    out[f] = static_cast<float>(2 * std::hypot(re, im) / static_cast<double>(x.size()));
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

/// @param leads  without gaps
LeadBands split_bands(const std::vector<std::vector<float>>& leads, double rate_hz) {
  const auto margin = static_cast<std::size_t>(rate_hz);
  LeadBands bands;
  bands.slow = filtered_zero_phase(Biquad::low_pass(baseline_edge_hz, rate_hz), leads, margin);
  if (muscle_edge_hz < 0.45 * rate_hz) {
    bands.fast = filtered_zero_phase(Biquad::high_pass(muscle_edge_hz, rate_hz), leads, margin);
  } else {
    for (const std::vector<float>& x : leads) {
      bands.fast.emplace_back(x.size(), 0.0F);
    }
  }
  return bands;
}

/// The last valid sample in place of what is lost, 0 before the first.
std::vector<std::vector<float>> held_over_gaps(std::vector<std::vector<float>> leads) {
  for (std::vector<float>& x : leads) {
    float last = 0.0F;
    for (float& value : x) {
      last = std::isnan(value) ? last : value;
      value = last;
    }
  }
  return leads;
}

Extremes extremes(const std::vector<float>& x) {
  const ValueRange range = value_range(x);
  Extremes result;
  if (range.low <= range.high) {
    result.include(range.low);
    result.include(range.high);
  }
  return result;
}

/// How often a lead stands still at a height, which a signal reaches and leaves faster than a wave turns, by second.
///
/// About its peak a wave is a parabola: if it stays within a step of its top for three samples, the next one lies less
/// than three steps away. What comes from further off on both sides was cut off.
void count_cuts(std::span<const float> lead, float height, double step_mv, double rate_hz,
                std::vector<std::size_t>& cuts) {
  const double shortest = std::max(fewest_cut_samples, shortest_cut_s * rate_hz);
  const auto jump = static_cast<float>(least_jump_steps * step_mv);
  for (std::size_t i = find_equal(lead, 1, height); i < lead.size();) {
    std::size_t end = i;
    while (end < lead.size() && lead[end] == height) {
      ++end;
    }
    const auto length = static_cast<double>(end - i);
    if (length >= shortest && length <= longest_cut_s * rate_hz && end < lead.size() &&
        std::abs(lead[i - 1] - height) >= jump && std::abs(lead[end] - height) >= jump) {  // false for NaN
      ++cuts[std::min(second_of(static_cast<std::int64_t>(i), rate_hz), cuts.size() - 1)];
    }
    i = find_equal(lead, end, height);
  }
}

/// A lead whose peaks are cut off at one height again and again, however low that is, is saturated.
void mark_cut_peaks(std::span<const float> lead, double rate_hz, std::vector<LeadSecond>& seconds) {
  const double step_mv = amplitude_step_mv(lead);
  if (step_mv == 0.0 || seconds.empty()) {
    return;
  }
  const auto [low, high] = value_range(lead);
  if (high - low < fewest_steps * step_mv) {
    return;  // in coarse heights an uncut peak, too, rests on one
  }
  std::vector<std::size_t> cuts(seconds.size(), 0);
  count_cuts(lead, low, step_mv, rate_hz, cuts);
  count_cuts(lead, high, step_mv, rate_hz, cuts);
  for (std::size_t s = 0; s < seconds.size(); ++s) {
    const std::size_t num = std::min(seconds_about_cut, seconds.size());
    const std::size_t begin = std::min(s < num / 2 ? 0 : s - num / 2, seconds.size() - num);
    const std::size_t end = begin + num;
    const auto from = cuts.begin() + static_cast<std::ptrdiff_t>(begin);
    const std::size_t count = std::accumulate(from, cuts.begin() + static_cast<std::ptrdiff_t>(end), std::size_t{0});
    mark(seconds[s], Fault::saturated,
         static_cast<double>(count) >= std::max(fewest_cuts, cuts_per_second * static_cast<double>(end - begin)));
  }
}

/// [second] and the end of the last one.
std::vector<std::size_t> begins_of_seconds(std::size_t num_seconds, const LeadSignals& signals) {
  std::vector<std::size_t> out;
  for (std::size_t s = 0; s <= num_seconds; ++s) {
    out.push_back(std::min(static_cast<std::size_t>(begin_of_second(s, signals.rate_hz)), signals.num_samples()));
  }
  return out;
}

void check_limb_leads(const LeadSignals& signals, std::span<const std::size_t> begins, SignalQuality& quality) {
  for (std::size_t s = 0; s < quality.num_seconds(); ++s) {
    const DoubtfulLimbLeads doubtful = doubtful_limb_leads(signals, begins[s], begins[s + 1]);
    for (std::size_t i = 0; i < num_limb_leads; ++i) {
      if (doubtful[i]) {
        mark(quality.leads[*lead_number(signals, limb_lead_names[i])][s], Fault::inconsistent, true);
      }
    }
  }
}

}  // namespace

std::string fault_name(Fault fault) {
  constexpr std::array<const char*, num_faults> names{"missing", "flat",  "saturated",    "baseline",
                                                      "muscle",  "mains", "inconsistent", "tremor"};
  return names[static_cast<std::size_t>(fault)];
}

void add_fault(Fault fault, const std::vector<bool>& seconds, std::vector<LeadSecond>& lead) {
  for (std::size_t s = 0; s < std::min(seconds.size(), lead.size()); ++s) {
    mark(lead[s], fault, seconds[s]);
  }
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

std::vector<bool> leads_with_a_say(const SignalQuality& quality) {
  const auto for_half = [](const std::vector<LeadSecond>& lead, auto is_so) {
    return !lead.empty() && 2 * std::ranges::count_if(lead, is_so) >= std::ssize(lead);
  };
  std::vector<bool> have_signal;
  std::vector<bool> are_calm;
  for (const std::vector<LeadSecond>& lead : quality.leads) {
    have_signal.push_back(for_half(lead, [](const LeadSecond& second) { return second.has_signal(); }));
    are_calm.push_back(for_half(lead, [](const LeadSecond& second) { return second.is_undisturbed(); }));
  }
  const auto num_with_signal = std::ranges::count(have_signal, true);
  const auto num_calm = std::ranges::count(are_calm, true);
  if (num_with_signal == 0) {
    return std::vector<bool>(quality.leads.size(), true);
  }
  return num_calm > 0 && 3 * num_calm >= num_with_signal ? are_calm : have_signal;
}

LeadSecond assess_second(const SecondOfLead& of, std::span<float> scratch) noexcept {
  const auto& [x, slow, fast, extreme, rate_hz] = of;
  LeadSecond second;
  if (has_gaps(x)) {
    mark(second, Fault::missing, true);
    return second;
  }
  const auto [low, high] = value_range(x);
  second.range_mv = high - low;
  mark(second, Fault::flat, second.range_mv < flat_mv);
  std::ptrdiff_t at_extreme = 0;
  if (high == extreme.high && high > smallest_extreme_mv) {
    at_extreme += std::count(x.begin(), x.end(), high);
  }
  if (low == extreme.low && low < -smallest_extreme_mv) {
    at_extreme += std::count(x.begin(), x.end(), low);
  }
  mark(second, Fault::saturated, static_cast<double>(at_extreme) > saturated_part * static_cast<double>(x.size()));
  const auto [slow_low, slow_high] = value_range(slow);
  second.baseline_mv = slow_high - slow_low;
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
  const std::size_t num_seconds = num_seconds_half_there(signals.num_samples(), signals.rate_hz);
  const std::vector<std::size_t> begins = begins_of_seconds(num_seconds, signals);
  SignalQuality quality;
  const LeadBands bands = std::ranges::any_of(signals.mv, has_gaps)
                              ? split_bands(held_over_gaps(signals.mv), signals.rate_hz)
                              : split_bands(signals.mv, signals.rate_hz);
  for (std::size_t l = 0; l < signals.num_leads(); ++l) {
    const std::vector<float>& lead = signals.mv[l];
    const Extremes extreme = extremes(lead);
    std::vector<LeadSecond> seconds;
    std::vector<float> scratch(static_cast<std::size_t>(std::ceil(signals.rate_hz)));
    for (std::size_t s = 0; s < num_seconds; ++s) {
      const std::size_t begin = begins[s];
      const std::size_t length = begins[s + 1] - begin;
      seconds.push_back(
          assess_second({std::span(lead).subspan(begin, length), std::span(bands.slow[l]).subspan(begin, length),
                         std::span(bands.fast[l]).subspan(begin, length), extreme, signals.rate_hz},
                        scratch));
    }
    mark_cut_peaks(lead, signals.rate_hz, seconds);
    quality.leads.push_back(std::move(seconds));
  }
  check_limb_leads(signals, begins, quality);
  return quality;
}

}  // namespace xingu::ecg
