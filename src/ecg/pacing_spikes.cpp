// SPDX-License-Identifier: Apache-2.0
#include "ecg/pacing_spikes.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double conducted_below_s = 0.1;  // own choice: no muscle far from the conduction system is as fast
constexpr double smallest_height_mV = 0.08;
constexpr double fewest_steps = 4.0;
constexpr double quiet_s = 0.010;   // before the stimulus
constexpr double return_s = 0.006;  // after it
constexpr float quiet_share = 0.15F;
constexpr float return_share = 0.45F;
constexpr double decay_s = 0.014;
constexpr double same_distance_s = 0.010;
constexpr std::size_t fewest_evoked = 2;
constexpr std::size_t one_in = 10;  // beats of a shape whose stimulus has to be seen

struct Spans {
  std::size_t quiet, back, decay;
};

Spans spans_at(double rate_hz) {
  const auto samples = [&](double s) { return static_cast<std::size_t>(std::lround(s * rate_hz)); };
  return {samples(quiet_s), samples(return_s), samples(decay_s)};
}

bool is_spike(const std::vector<float>& x, std::size_t i, const Spans& spans, float least_mv) {
  const float base = x[i - 1];
  const float first = x[i] - base;
  const float second = x[i + 1] - base;
  const float height = std::max(std::abs(first), std::abs(second));
  if (height < least_mv || std::abs(x[i + spans.back] - base) > return_share * height) {
    return false;
  }
  for (std::size_t k = i - spans.quiet; k < i; ++k) {
    if (std::abs(x[k] - x[k - 1]) > quiet_share * height) {
      return false;
    }
  }
  for (std::size_t k = i + spans.back + 1; k <= i + spans.decay; ++k) {
    if (std::abs(x[k] - x[k - 1]) > quiet_share * height) {
      return false;  // a complex goes on
    }
  }
  return true;
}

/// Samples from the last stimulus that can have evoked a beat to the beat.
std::optional<std::int64_t> distance_to(const std::vector<std::size_t>& spikes, std::int64_t beat, double rate_hz) {
  const auto after = std::ranges::upper_bound(spikes, static_cast<std::size_t>(std::max<std::int64_t>(0, beat)));
  if (after == spikes.begin()) {
    return std::nullopt;
  }
  const std::int64_t distance = beat - static_cast<std::int64_t>(*(after - 1));
  return static_cast<double>(distance) <= evoked_within_s * rate_hz ? std::optional(distance) : std::nullopt;
}

}  // namespace

float least_stimulus_mv(double step_mv) {
  return static_cast<float>(std::max(smallest_height_mV, fewest_steps * step_mv));
}

std::vector<std::size_t> find_pacing_spikes(const std::vector<std::vector<float>>& leads, double rate_hz,
                                            double step_mv) {
  std::vector<std::size_t> out;
  const float least_mv = least_stimulus_mv(step_mv);
  const Spans spans = spans_at(rate_hz);
  if (rate_hz < lowest_spike_rate_hz || leads.empty()) {
    return out;
  }
  const std::size_t needed = std::min<std::size_t>(2, leads.size());
  for (std::size_t i = spans.quiet + 1; i + spans.decay < leads.front().size(); ++i) {
    const auto votes =
        std::ranges::count_if(leads, [&](const auto& lead) { return is_spike(lead, i, spans, least_mv); });
    if (static_cast<std::size_t>(votes) >= needed) {
      out.push_back(i);
      i += spans.decay;
    }
  }
  return out;
}

std::vector<std::size_t> find_pacing_spikes(const LeadSignals& signals, double step_mv) {
  const bool has_losses = std::ranges::any_of(
      signals.mv, [](const auto& lead) { return std::ranges::any_of(lead, [](float x) { return std::isnan(x); }); });
  if (!has_losses || signals.rate_hz < lowest_spike_rate_hz) {
    return find_pacing_spikes(signals.mv, signals.rate_hz, step_mv);
  }
  std::vector<std::vector<float>> filled = signals.mv;
  for (std::vector<float>& lead : filled) {
    fill_gaps(lead);
  }
  return find_pacing_spikes(filled, signals.rate_hz, step_mv);
}

LeadSignals without_stimuli(LeadSignals signals, std::span<const std::size_t> spikes) {
  if (!spikes.empty()) {
    remove_pacing_spikes(signals.mv, signals.rate_hz, {spikes.begin(), spikes.end()});
  }
  return signals;
}

std::vector<std::size_t> with_hidden_spikes(std::vector<std::size_t> spikes, const AlignedBeats& beats,
                                            double rate_hz) {
  if (spikes.size() < fewest_evoked) {
    return spikes;
  }
  std::vector<std::size_t> hidden;
  for (std::size_t shape = 0; shape < beats.num_shapes; ++shape) {
    std::vector<float> distances;
    std::vector<std::int64_t> without;
    for (std::size_t b = 0; b < beats.samples.size(); ++b) {
      if (beats.shape[b] != shape) {
        continue;
      }
      if (const auto distance = distance_to(spikes, beats.samples[b], rate_hz)) {
        distances.push_back(static_cast<float>(*distance));
      } else {
        without.push_back(beats.samples[b]);
      }
    }
    const auto usual = static_cast<std::int64_t>(quantile(distances, 0.5));
    std::erase_if(distances, [&](float d) {
      return std::abs(static_cast<double>(d) - static_cast<double>(usual)) > same_distance_s * rate_hz;
    });
    if (distances.size() < fewest_evoked || one_in * distances.size() < distances.size() + without.size()) {
      continue;
    }
    for (const std::int64_t beat : without) {
      if (beat > usual) {
        hidden.push_back(static_cast<std::size_t>(beat - usual));
      }
    }
  }
  spikes.insert(spikes.end(), hidden.begin(), hidden.end());
  std::ranges::sort(spikes);
  return spikes;
}

std::vector<std::size_t> remove_pacing_spikes(std::vector<std::vector<float>>& leads, double rate_hz,
                                              std::vector<std::size_t> spikes) {
  const Spans spans = spans_at(rate_hz);
  for (std::size_t& spike : spikes) {
    const std::size_t begin = spike - 1;
    const std::size_t end = std::min(spike + spans.decay, leads.empty() ? spike : leads.front().size() - 1);
    for (std::vector<float>& lead : leads) {
      const float slope = (lead[end] - lead[begin]) / static_cast<float>(end - begin);
      if (std::isnan(slope)) {
        continue;  // samples are lost there
      }
      for (std::size_t i = begin + 1; i < end; ++i) {
        lead[i] = lead[begin] + slope * static_cast<float>(i - begin);
      }
    }
    spike = end;
  }
  return spikes;
}

void settle_conducted_beats(std::vector<BeatType>& types, std::span<const BeatWaves> waves, double rate_hz) {
  if (2 * std::ranges::count(types, BeatType::paced) <= std::ssize(types)) {
    return;
  }
  for (std::size_t b = 0; b < types.size(); ++b) {
    const auto& qrs = waves[b].qrs;
    const bool is_narrow = qrs && static_cast<double>(qrs->offset - qrs->onset) < conducted_below_s * rate_hz;
    types[b] = is_narrow && types[b] == BeatType::ventricular ? BeatType::normal : types[b];
  }
}

}  // namespace xingu::ecg
