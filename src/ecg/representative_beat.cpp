// SPDX-License-Identifier: Apache-2.0
#include "ecg/representative_beat.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double before_s = 0.45;
constexpr double after_s = 0.75;
constexpr double lasting_s = 0.006;  // IEC 60601-2-25: a wave lasts at least 6 ms
constexpr double baseline_hz = 0.25;
constexpr double level_s = 0.012;            // the level outside a wave is the mean over this time
constexpr double reach_s = 0.024;            // from a bound to where the level outside begins
constexpr double largest_way_out_s = 0.006;  // further out lie slopes that are no part of a wave
constexpr double largest_way_in_s = 0.012;   // further in a wave that begins softly is cut
constexpr float smallest_departure_mV = 0.004F;
constexpr float smallest_wave_mV = 0.02F;  // IEC 60601-2-25

/// Median over the beats of a bound's distance from QRS onset; nothing if fewer than half of the beats have the wave.
std::optional<std::ptrdiff_t> median_distance(const Delineation& delineation, const std::vector<std::size_t>& beats,
                                              std::optional<WaveBounds> BeatWaves::* wave,
                                              std::int64_t WaveBounds::* bound) {
  std::vector<float> distances;
  for (const std::size_t b : beats) {
    const BeatWaves& waves = delineation.global[b];
    if (waves.*wave) {
      distances.push_back(static_cast<float>((*(waves.*wave)).*bound - waves.qrs->onset));
    }
  }
  if (2 * distances.size() < beats.size() || distances.empty()) {
    return std::nullopt;
  }
  return static_cast<std::ptrdiff_t>(std::lround(quantile(distances, 0.5)));
}

std::vector<float> mean_beat(const std::vector<float>& lead, const std::vector<std::int64_t>& starts,
                             std::size_t width) {
  std::vector<float> sum(width, 0.0F);
  for (const std::int64_t start : starts) {
    for (std::size_t i = 0; i < width; ++i) {
      sum[i] += lead[static_cast<std::size_t>(start) + i];
    }
  }
  for (float& x : sum) {
    x /= static_cast<float>(starts.size());
  }
  return sum;
}

/// Refines a bound on the mean beat.
class BoundFinder {
 public:
  explicit BoundFinder(const RepresentativeBeat& beat)
      : beat_(beat), span_(std::max<std::ptrdiff_t>(2, std::lround(level_s * beat.rate_hz))) {}

  [[nodiscard]] std::size_t refine(std::ptrdiff_t coarse, std::ptrdiff_t step) const {
    return refine(coarse, step, std::numeric_limits<float>::max());
  }

  /// T falls slowly: where noise could hide a wave its bound stays, for the smoothed beats know better.
  [[nodiscard]] std::size_t refine_t(std::ptrdiff_t coarse, std::ptrdiff_t step) const {
    return refine(coarse, step, smallest_wave_mV);
  }

 private:
  /// A bound stays where the search would move it far, unless nothing at all stands above the level.
  ///
  /// @param step           −1 for an onset (outside lies before), +1 for an offset
  /// @param largest_limit  mV; a limit above it leaves the bound
  [[nodiscard]] std::size_t refine(std::ptrdiff_t coarse, std::ptrdiff_t step, float largest_limit) const {
    const auto reach = static_cast<std::ptrdiff_t>(std::lround(reach_s * beat_.rate_hz));
    const std::ptrdiff_t outside = coarse + step * reach;  // the level is taken beyond this index
    const std::ptrdiff_t width = std::ssize(beat_.leads.front());
    if (outside - span_ < 0 || outside + span_ >= width || coarse - step * reach < 0 ||
        coarse - step * reach >= width) {
      return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(coarse, 0, width - 1));
    }
    std::vector<float> level;
    float noise = 0.0F;
    for (const auto& lead : beat_.leads) {
      float mean = 0.0F, squares = 0.0F;
      for (std::ptrdiff_t k = 0; k < span_; ++k) {
        const float x = lead[static_cast<std::size_t>(outside + step * k)];
        mean += x / static_cast<float>(span_);
        squares += x * x / static_cast<float>(span_);
      }
      level.push_back(mean);
      noise += std::max(0.0F, squares - mean * mean) / static_cast<float>(beat_.leads.size());
    }
    const float limit = std::max(smallest_departure_mV, 3.0F * std::sqrt(noise));
    if (limit > largest_limit || departure(outside, level) >= limit) {
      return static_cast<std::size_t>(coarse);
    }
    std::ptrdiff_t bound = outside;
    const std::ptrdiff_t lasting = std::max<std::ptrdiff_t>(1, std::lround(lasting_s * beat_.rate_hz));
    const std::ptrdiff_t innermost = coarse - step * reach;
    while (bound != innermost &&
           (departure(bound, level) < limit || departure(bound - step * lasting, level) < limit)) {
      bound -= step;
    }
    const auto outward = static_cast<double>(step * (bound + step - coarse)) / beat_.rate_hz;
    const bool is_near = outward <= largest_way_out_s && (outward >= -largest_way_in_s || bound == innermost);
    return static_cast<std::size_t>(is_near ? bound + step : coarse);
  }

  [[nodiscard]] float departure(std::ptrdiff_t i, const std::vector<float>& level) const {
    float squares = 0.0F;
    for (std::size_t lead = 0; lead < level.size(); ++lead) {
      const float d = beat_.leads[lead][static_cast<std::size_t>(i)] - level[lead];
      squares += d * d;
    }
    return std::sqrt(squares / static_cast<float>(level.size()));
  }

  const RepresentativeBeat& beat_;
  std::ptrdiff_t span_;
};

void set_levels(RepresentativeBeat& beat) {
  const auto span = static_cast<std::size_t>(std::max(2L, std::lround(level_s * beat.rate_hz)));
  const std::size_t begin = beat.qrs.onset > span ? beat.qrs.onset - span : 0;
  for (const auto& lead : beat.leads) {
    float mean = 0.0F;
    for (std::size_t i = begin; i <= beat.qrs.onset; ++i) {
      mean += lead[i] / static_cast<float>(beat.qrs.onset - begin + 1);
    }
    beat.level.push_back(mean);
  }
}

}  // namespace

std::optional<RepresentativeBeat> representative_beat(const LeadSignals& signals, const Delineation& delineation) {
  RepresentativeBeat out;
  out.rate_hz = signals.rate_hz;
  const auto before = static_cast<std::ptrdiff_t>(std::lround(before_s * signals.rate_hz));
  const auto width = before + static_cast<std::ptrdiff_t>(std::lround(after_s * signals.rate_hz));
  std::vector<std::size_t> beats;
  std::vector<std::int64_t> starts;
  for (std::size_t b = 0; b < delineation.global.size(); ++b) {
    if (delineation.beats.shape[b] != 0 || !delineation.global[b].qrs) {
      continue;
    }
    const std::int64_t start = delineation.global[b].qrs->onset - before;
    if (start >= 0 && start + width <= static_cast<std::int64_t>(signals.num_samples())) {
      beats.push_back(b);
      starts.push_back(start);
    }
  }
  if (beats.empty()) {
    return std::nullopt;
  }
  out.num_beats = beats.size();
  for (std::vector<float> lead : signals.mv) {
    fill_gaps(lead);
    filter_zero_phase(Biquad::high_pass(baseline_hz, signals.rate_hz), lead, filter_margin(signals.rate_hz));
    out.leads.push_back(mean_beat(lead, starts, static_cast<std::size_t>(width)));
  }
  const BoundFinder finder(out);
  const auto distance = [&](std::optional<WaveBounds> BeatWaves::* wave, std::int64_t WaveBounds::* bound) {
    return median_distance(delineation, beats, wave, bound);
  };
  out.qrs.onset = finder.refine(before, -1);
  const std::ptrdiff_t coarse_offset = before + *distance(&BeatWaves::qrs, &WaveBounds::offset);
  out.qrs.offset = finder.refine(coarse_offset, 1);
  if (out.qrs.onset >= out.qrs.offset) {
    out.qrs = {static_cast<std::size_t>(before), static_cast<std::size_t>(coarse_offset)};
  }
  const auto bounds = [&](std::optional<WaveBounds> BeatWaves::* wave, auto refine) {
    const auto onset = distance(wave, &WaveBounds::onset);
    const auto offset = distance(wave, &WaveBounds::offset);
    if (!onset || !offset) {
      return std::optional<WaveIndices>{};
    }
    const WaveIndices wave_of_mean{refine(before + *onset, -1), refine(before + *offset, 1)};
    return wave_of_mean.onset < wave_of_mean.offset ? std::optional(wave_of_mean) : std::nullopt;
  };
  out.p =
      bounds(&BeatWaves::p, [&](std::ptrdiff_t coarse, std::ptrdiff_t step) { return finder.refine(coarse, step); });
  out.t =
      bounds(&BeatWaves::t, [&](std::ptrdiff_t coarse, std::ptrdiff_t step) { return finder.refine_t(coarse, step); });
  set_levels(out);
  return out;
}

}  // namespace xingu::ecg
