// SPDX-License-Identifier: Apache-2.0
#include "ecg/representative_beat.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <set>
#include <span>
#include <utility>

#include "ecg/filters.h"
#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr double before_s = 0.45;
constexpr double long_before_s = 0.60;  // where P begins long before the complex
constexpr double long_pr_s = 0.40;
constexpr double after_s = 0.75;
constexpr double lasting_s = 0.006;  // IEC 60601-2-25: a wave lasts at least 6 ms
constexpr double baseline_hz = 0.25;
constexpr double level_s = 0.012;            // the level outside a wave is the mean over this time
constexpr double reach_s = 0.024;            // from a bound to where the level outside begins
constexpr double largest_way_out_s = 0.006;  // further out lie slopes that are no part of a wave
constexpr double largest_way_in_s = 0.012;   // further in a wave that begins softly is cut
constexpr float smallest_departure_mV = 0.004F;
constexpr float smallest_wave_mV = 0.02F;    // IEC 60601-2-25
constexpr double largest_error_mV = 0.02;    // of a mean beat: the same
constexpr double clear_behind_t_s = 0.06;    // before the next complex
constexpr double clear_of_middle_s = 0.12;   // whose onset may lie in the T wave that it cuts
constexpr std::ptrdiff_t fewest_others = 3;  // beats, for some to be left out
constexpr std::size_t fewest_uneasy = 4;     // fewer do not tell how far they scatter

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

bool has_long_pr(const Delineation& delineation, double rate_hz) {
  std::vector<std::size_t> all;
  for (std::size_t b = 0; b < delineation.global.size(); ++b) {
    if (delineation.global[b].qrs) {
      all.push_back(b);
    }
  }
  const auto onset = median_distance(delineation, all, &BeatWaves::p, &WaveBounds::onset);
  return onset && static_cast<double>(-*onset) > long_pr_s * rate_hz;
}

/// Of some beats those whose T wave ends clear of the next complex, or that have none or no next one.
std::vector<std::size_t> with_whole_t(const Delineation& delineation, const std::vector<std::size_t>& beats,
                                      double rate_hz) {
  const std::int64_t clear = std::lround(clear_behind_t_s * rate_hz);
  const std::int64_t clear_of_middle = std::lround(clear_of_middle_s * rate_hz);
  std::vector<std::size_t> out;
  std::ranges::copy_if(beats, std::back_inserter(out), [&](std::size_t b) {
    const std::optional<WaveBounds>& t = delineation.global[b].t;
    const bool has_next = b + 1 < delineation.global.size() && delineation.global[b + 1].qrs;
    return !t || !has_next ||
           (delineation.global[b + 1].qrs->onset - t->offset >= clear &&
            delineation.beats.samples[b + 1] - t->offset >= clear_of_middle);
  });
  return out;
}

/// Beats by what their seconds say of a lead: those without any fault, and those whose faults average out.
struct UsableBeats {
  std::vector<std::int64_t> calm;    ///< first samples
  std::vector<std::int64_t> uneasy;  ///< muscle or baseline
};

UsableBeats usable_beats(std::span<const LeadSecond> seconds, const std::vector<std::int64_t>& starts,
                         std::int64_t width, double rate_hz) {
  constexpr unsigned averages_out =
      1U << static_cast<unsigned>(Fault::muscle) | 1U << static_cast<unsigned>(Fault::baseline);
  // Missing samples are left out one by one. What contradicts other leads is as long as theirs; its height is not
  // measured (measurements.cpp).
  constexpr unsigned no_matter =
      1U << static_cast<unsigned>(Fault::missing) | 1U << static_cast<unsigned>(Fault::inconsistent);
  UsableBeats out;
  for (const std::int64_t start : starts) {
    const std::size_t first = second_of(start, rate_hz);
    const std::size_t last = second_of(start + width - 1, rate_hz);
    unsigned faults = 0;
    for (std::size_t s = first; s <= last && s < seconds.size(); ++s) {
      faults |= seconds[s].faults;
    }
    faults &= ~no_matter;
    if (faults == 0) {
      out.calm.push_back(start);
    } else if ((faults & ~averages_out) == 0) {
      out.uneasy.push_back(start);
    }
  }
  return out;
}

struct MeanBeat {
  std::vector<float> mean;      ///< [time]
  bool is_whole = true;         ///< each sample was heard in some beat
  double standard_error = 0.0;  ///< mV, root mean square over the beat; 0 for one beat
};

/// @param lead    baseline removed, without gaps
/// @param heard   the same as it was measured, NaN where it was not
MeanBeat mean_beat(const std::vector<float>& lead, const std::vector<float>& heard,
                   const std::vector<std::int64_t>& starts, std::size_t width) {
  MeanBeat out;
  out.mean.assign(width, 0.0F);
  double variance = 0.0;
  for (std::size_t i = 0; i < width; ++i) {
    float sum = 0.0F;
    double squares = 0.0;
    std::size_t count = 0;
    for (const std::int64_t start : starts) {
      const std::size_t at = static_cast<std::size_t>(start) + i;
      if (!std::isnan(heard[at])) {
        sum += lead[at];
        squares += static_cast<double>(lead[at]) * lead[at];
        ++count;
      }
    }
    out.is_whole = out.is_whole && count > 0;
    out.mean[i] = count > 0 ? sum / static_cast<float>(count) : 0.0F;
    if (count > 1) {
      const double n = static_cast<double>(count);
      variance += std::max(0.0, squares / n - static_cast<double>(out.mean[i]) * out.mean[i]) / (n - 1.0);
    }
  }
  out.standard_error = std::sqrt(variance / static_cast<double>(width));
  return out;
}

/// Refines a bound on the mean beat.
class BoundFinder {
 public:
  explicit BoundFinder(const RepresentativeBeat& beat)
      : beat_(beat), span_(std::max<std::ptrdiff_t>(2, std::lround(level_s * beat.rate_hz))) {
    for (std::size_t lead = 0; lead < beat.leads.size(); ++lead) {
      if (beat.is_measured[lead]) {
        leads_.push_back(&beat.leads[lead]);
      }
    }
  }

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
    const std::ptrdiff_t width = std::ssize(*leads_.front());
    if (outside - span_ < 0 || outside + span_ >= width || coarse - step * reach < 0 ||
        coarse - step * reach >= width) {
      return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(coarse, 0, width - 1));
    }
    std::vector<float> level;
    float noise = 0.0F;
    for (const std::vector<float>* const lead : leads_) {
      float mean = 0.0F, squares = 0.0F;
      for (std::ptrdiff_t k = 0; k < span_; ++k) {
        const float x = (*lead)[static_cast<std::size_t>(outside + step * k)];
        mean += x / static_cast<float>(span_);
        squares += x * x / static_cast<float>(span_);
      }
      level.push_back(mean);
      noise += std::max(0.0F, squares - mean * mean) / static_cast<float>(leads_.size());
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
      const float d = (*leads_[lead])[static_cast<std::size_t>(i)] - level[lead];
      squares += d * d;
    }
    return std::sqrt(squares / static_cast<float>(level.size()));
  }

  const RepresentativeBeat& beat_;
  std::ptrdiff_t span_;
  std::vector<const std::vector<float>*> leads_;  ///< that are measured
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

/// Adds a lead's mean beat, or zeros where it cannot be measured.
/// @return first samples of the beats that it was measured on
std::vector<std::int64_t> measure_lead(const LeadSignals& signals, std::size_t l, const SignalQuality& quality,
                                       const std::vector<std::int64_t>& starts, std::size_t width,
                                       RepresentativeBeat& out) {
  const std::span<const LeadSecond> seconds =
      l < quality.leads.size() ? std::span<const LeadSecond>(quality.leads[l]) : std::span<const LeadSecond>();
  auto [used, uneasy] = usable_beats(seconds, starts, static_cast<std::int64_t>(width), signals.rate_hz);
  const bool is_calm = !used.empty() && used.size() >= uneasy.size();
  if (!is_calm) {
    used.insert(used.end(), uneasy.begin(), uneasy.end());
  }
  MeanBeat mean;
  if (!used.empty()) {
    std::vector<float> lead = signals.mv[l];
    fill_gaps(lead);
    filter_zero_phase(Biquad::high_pass(baseline_hz, signals.rate_hz), std::span<float>(lead),
                      filter_margin(signals.rate_hz));
    mean = mean_beat(lead, signals.mv[l], used, width);
  }
  const bool is_steady = is_calm || (used.size() >= fewest_uneasy && mean.standard_error < largest_error_mV);
  const bool is_measured = !used.empty() && mean.is_whole && is_steady;
  out.is_measured.push_back(is_measured);
  out.leads.push_back(is_measured ? std::move(mean.mean) : std::vector<float>(width, 0.0F));
  return is_measured ? used : std::vector<std::int64_t>{};
}

/// Whether a beat came over the conduction system, as far as its type tells.
bool is_conducted(BeatType type) { return type == BeatType::normal || type == BeatType::supraventricular; }

/// Of some beats those of the most frequent shape; of two that are as frequent, those of the lower number.
std::vector<std::size_t> of_usual_shape(const std::vector<std::size_t>& beats, const AlignedBeats& aligned) {
  std::vector<std::size_t> count(aligned.num_shapes, 0);
  for (const std::size_t b : beats) {
    ++count[aligned.shape[b]];
  }
  const auto usual = static_cast<std::size_t>(std::ranges::max_element(count) - count.begin());
  std::vector<std::size_t> out;
  std::ranges::copy_if(beats, std::back_inserter(out), [&](std::size_t b) { return aligned.shape[b] == usual; });
  return out;
}

/// The beats to be averaged, of those that can be: shape 0, or what is conducted where that shape is ventricular. A few
/// beats of it with a stimulus just before or in them, which moves their bounds, are left out.
std::vector<std::size_t> chosen_beats(const std::vector<std::size_t>& whole, const AlignedBeats& aligned,
                                      std::span<const BeatType> types) {
  std::vector<std::size_t> usual, conducted;
  std::ranges::copy_if(whole, std::back_inserter(usual), [&](std::size_t b) { return aligned.shape[b] == 0; });
  if (types.empty()) {
    return usual;
  }
  std::ranges::copy_if(whole, std::back_inserter(conducted), [&](std::size_t b) { return is_conducted(types[b]); });
  const auto count = [&](BeatType type) {
    return std::ranges::count_if(usual, [&](std::size_t b) { return types[b] == type; });
  };
  if (2 * count(BeatType::ventricular) > std::ssize(usual) && !conducted.empty()) {
    return of_usual_shape(conducted, aligned);
  }
  if (2 * count(BeatType::paced) < std::ssize(usual)) {
    std::erase_if(usual, [&](std::size_t b) { return types[b] == BeatType::paced; });
  }
  return usual;
}

}  // namespace

std::optional<RepresentativeBeat> representative_beat(const LeadSignals& signals, const Delineation& delineation,
                                                      const SignalQuality& quality, std::span<const BeatType> types,
                                                      const std::vector<bool>& is_left_out) {
  RepresentativeBeat out;
  out.rate_hz = signals.rate_hz;
  const auto before = static_cast<std::ptrdiff_t>(
      std::lround((has_long_pr(delineation, signals.rate_hz) ? long_before_s : before_s) * signals.rate_hz));
  const auto width = before + static_cast<std::ptrdiff_t>(std::lround(after_s * signals.rate_hz));
  const auto start_of = [&](std::size_t b) { return delineation.global[b].qrs->onset - before; };
  std::vector<std::size_t> whole;
  for (std::size_t b = 0; b < delineation.global.size(); ++b) {
    if (delineation.global[b].qrs && start_of(b) >= 0 &&
        start_of(b) + width <= static_cast<std::int64_t>(signals.num_samples())) {
      whole.push_back(b);
    }
  }
  std::vector<std::size_t> beats = chosen_beats(whole, delineation.beats, types);
  const auto is_out = [&](std::size_t b) {
    const std::vector<bool>& is_disturbed = delineation.beats.is_disturbed;
    return (b < is_left_out.size() && is_left_out[b]) || (b < is_disturbed.size() && is_disturbed[b]);
  };
  if (std::ssize(beats) >= fewest_others + std::ranges::count_if(beats, is_out)) {
    std::erase_if(beats, is_out);
  }
  if (beats.empty()) {
    return std::nullopt;
  }
  std::vector<std::int64_t> starts;
  std::ranges::transform(beats, std::back_inserter(starts), start_of);
  std::set<std::int64_t> averaged;
  for (std::size_t l = 0; l < signals.num_leads(); ++l) {
    out.starts.push_back(measure_lead(signals, l, quality, starts, static_cast<std::size_t>(width), out));
    averaged.insert(out.starts.back().begin(), out.starts.back().end());
  }
  if (averaged.empty()) {
    return std::nullopt;
  }
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < beats.size(); ++i) {
    if (averaged.contains(starts[i])) {
      kept.push_back(beats[i]);
    }
  }
  beats = std::move(kept);
  out.beats = beats;
  const BoundFinder finder(out);
  const std::vector<std::size_t> whole_t = with_whole_t(delineation, beats, signals.rate_hz);
  const bool are_enough = std::ssize(whole_t) >= fewest_others;
  out.is_t_cut = !are_enough && 2 * whole_t.size() < beats.size();
  const auto distance = [&](std::optional<WaveBounds> BeatWaves::* wave, std::int64_t WaveBounds::* bound) {
    return median_distance(delineation, wave == &BeatWaves::t && are_enough ? whole_t : beats, wave, bound);
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
  out.t = out.is_t_cut ? std::nullopt : bounds(&BeatWaves::t, [&](std::ptrdiff_t coarse, std::ptrdiff_t step) {
    return finder.refine_t(coarse, step);
  });
  set_levels(out);
  return out;
}

}  // namespace xingu::ecg
