// SPDX-License-Identifier: Apache-2.0
#include "ecg/qrs_features.h"

#include <algorithm>
#include <cmath>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double feature_rate_hz = 120.0;  // a QRS complex has nothing to tell of itself above 40 Hz
constexpr double grid_s = 0.5;             // how finely levels and weights follow the signal
constexpr double maximum_window_s = 1.5;   // holds at least one beat above 40/min
constexpr double level_window_s = 40.0;    // of the median of these maxima
constexpr double floor_window_s = 3.0;     // where the steepness between the beats is looked up
constexpr double floor_quantile = 0.4;
constexpr float smallest_level_mV = 2e-4F;  // of steepness per sample: below this a lead is silent

std::vector<float> steepness(const std::vector<float>& band, double rate_hz, double window_s) {
  std::vector<float> squared(band.size(), 0.0F);
  for (std::size_t i = 1; i + 1 < band.size(); ++i) {
    const float slope = 0.5F * (band[i + 1] - band[i - 1]);
    squared[i] = slope * slope;
  }
  std::vector<float> out = moving_mean(squared, static_cast<std::size_t>(window_s * rate_hz));
  for (float& x : out) {
    x = std::sqrt(std::max(0.0F, x));
  }
  return out;
}

/// One value of `statistic` per grid point, over a centred window.
template <class Statistic>
std::vector<float> on_grid(const std::vector<float>& signal, std::size_t step, std::size_t window,
                           Statistic statistic) {
  std::vector<float> out(signal.size() / step + 1);
  for (std::size_t g = 0; g < out.size(); ++g) {
    const std::size_t centre = g * step;
    const std::size_t begin = std::min(signal.size(), centre > window / 2 ? centre - window / 2 : 0);
    const std::size_t end = std::min(signal.size(), centre + window / 2 + 1);
    out[g] = begin < end ? statistic(signal.data() + begin, signal.data() + end) : 0.0F;
  }
  return out;
}

struct LeadCurve {
  std::vector<float> steep;
  std::vector<float> level;
  std::vector<float> weight;
};

LeadCurve lead_curve(const std::vector<float>& band, double rate_hz, std::size_t step, double window_s) {
  LeadCurve lead;
  lead.steep = steepness(band, rate_hz, window_s);
  const auto width = [&](double seconds) { return static_cast<std::size_t>(seconds * rate_hz); };
  const std::vector<float> maxima = on_grid(lead.steep, step, width(maximum_window_s),
                                            [](const float* b, const float* e) { return *std::max_element(b, e); });
  lead.level = moving_median(maxima, static_cast<std::size_t>(level_window_s / grid_s));
  const std::vector<float> floors =
      on_grid(lead.steep, step, width(floor_window_s),
              [](const float* b, const float* e) { return quantile({b, e}, floor_quantile); });
  lead.weight.resize(maxima.size());
  for (std::size_t g = 0; g < maxima.size(); ++g) {
    const float level = std::max(lead.level[g], smallest_level_mV);
    const float clean = std::clamp(1.0F - 2.0F * floors[g] / level, 0.03F, 1.0F);
    const float burst = std::min(1.0F, 2.0F * level / std::max(maxima[g], level));  // a maximum far above the level
    lead.weight[g] = lead.level[g] < smallest_level_mV ? 1e-6F : clean * clean * burst * burst;
    lead.level[g] = level;
  }
  return lead;
}

}  // namespace

std::size_t QrsFeatures::grid_index(std::size_t time) const {
  return std::min((time + grid_step / 2) / grid_step, level.empty() ? 0 : level.front().size() - 1);
}

QrsFeatures qrs_features(const LeadSignals& signals, const QrsBand& band) {
  QrsFeatures out;
  out.factor = std::max<std::size_t>(1, static_cast<std::size_t>(signals.rate_hz / feature_rate_hz));
  out.rate_hz = signals.rate_hz / static_cast<double>(out.factor);
  out.grid_step = std::max<std::size_t>(1, static_cast<std::size_t>(grid_s * out.rate_hz));
  const std::size_t count = signals.num_samples() / out.factor;
  out.curve.assign(count, 0.0F);
  std::vector<float> total(count / out.grid_step + 1, 0.0F);
  for (const std::vector<float>& raw : signals.leads) {
    std::vector<float> lead = decimated(raw, out.factor);
    fill_gaps(lead);
    filter_both_ways(lead, Biquad::high_pass(band.low_hz, out.rate_hz));
    filter_both_ways(lead, Biquad::low_pass(band.high_hz, out.rate_hz));
    LeadCurve curve = lead_curve(lead, out.rate_hz, out.grid_step, band.steepness_s);
    out.band.push_back(std::move(lead));
    out.level.push_back(std::move(curve.level));
    out.weight.push_back(std::move(curve.weight));
    for (std::size_t g = 0; g < total.size(); ++g) {
      total[g] += out.weight.back()[g];
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t g = out.grid_index(i);
      out.curve[i] += out.weight.back()[g] * curve.steep[i] / out.level.back()[g];
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    out.curve[i] /= std::max(1e-9F, total[out.grid_index(i)]);
  }
  return out;
}

}  // namespace xingu::ecg
