// SPDX-License-Identifier: Apache-2.0
#include "ecg/level_leads.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "ecg/filters.h"
#include "ecg/seconds.h"
#include "ecg/wave_search.h"

namespace xingu::ecg {
namespace {

// Of the usual beat's range and the usual second's unrest: own choices.
constexpr float disturbed_from = 1.3F;
constexpr float restless_from = 2.0F;
constexpr float restless_product = 4.0F;
constexpr float least_unrest = 0.003F;  // of that range: a line without noise
constexpr float tiny_mv = 1e-6F;
constexpr double behind_complex_s = 0.45;      // where its T wave lies
constexpr double steepness_samples_hz = 60.0;  // of which the median is taken
constexpr float noise_contrast = 4.0F;         // of the steepness in Gaussian noise
constexpr float clear_contrast = 12.0F;
constexpr float smallest_share = 0.02F;  // of its size that a lead in noise keeps

/// Range of a lead within [from, until), which may reach beyond it.
float range_within(const std::vector<float>& lead, std::int64_t from, std::int64_t until) {
  const std::int64_t begin = std::clamp<std::int64_t>(from, 0, std::ssize(lead));
  const std::int64_t end = std::clamp<std::int64_t>(until, begin, std::ssize(lead));
  const auto [low, high] = value_range(std::span(lead.begin() + begin, lead.begin() + end));
  return std::max(0.0F, high - low);
}

/// A lead, its steepness and the beats in it.
struct Levelling {
  const std::vector<float>& lead;
  std::vector<float> steep;
  std::span<const std::int64_t> beats;
  double rate_hz;
};

/// Every so many samples' steepness within [begin, end).
std::vector<float> some_steepness(const Levelling& of, std::size_t begin, std::size_t end) {
  const auto stride = static_cast<std::size_t>(std::max(1.0, of.rate_hz / steepness_samples_hz));
  std::vector<float> out;
  for (std::size_t i = begin; i < end; i += stride) {
    out.push_back(of.steep[i]);
  }
  return out;
}

/// What a second of a lead has in it.
struct Second {
  std::size_t begin = 0, end = 0;  ///< samples
  float range = 0.0F;
  bool has_beat = false;
};

/// How large a lead is, mV, and what its seconds count.
struct LeadSize {
  float mv = 0.0F;
  std::vector<float> share;  ///< [second] 1, less where it is disturbed
};

/// Whole seconds, or all there is of less than one.
std::vector<Second> seconds_of(const Levelling& of, std::int64_t before, std::int64_t behind) {
  const std::int64_t size = std::ssize(of.lead);
  const std::size_t num = std::max<std::size_t>(1, second_of(size, of.rate_hz));
  std::vector<Second> out;
  for (std::size_t s = 0; s < num; ++s) {
    const std::int64_t begin = begin_of_second(s, of.rate_hz);
    const std::int64_t end = std::min(size, begin_of_second(s + 1, of.rate_hz));
    const auto beat = std::ranges::lower_bound(of.beats, begin - behind);
    out.push_back({static_cast<std::size_t>(begin), static_cast<std::size_t>(end), range_within(of.lead, begin, end),
                   beat != of.beats.end() && *beat < end + before});
  }
  return out;
}

/// [second] its median steepness.
std::vector<float> unrests_of(const Levelling& of, const std::vector<Second>& seconds) {
  std::vector<float> out;
  for (const Second& second : seconds) {
    std::vector<float> steep = some_steepness(of, second.begin, second.end);
    out.push_back(median(steep));
  }
  return out;
}

/// The size is the range within a second, which all but a twentieth of the seconds stay under. Seconds with more in
/// them than the usual beat although they have no beat, or far more restless than usual, are disturbed and say nothing
/// of it.
LeadSize lead_size(const Levelling& of) {
  const std::int64_t before = std::llround(half_complex_s * of.rate_hz);
  const std::int64_t behind = std::llround(behind_complex_s * of.rate_hz);
  std::vector<float> of_beats;
  for (const std::int64_t beat : of.beats) {
    of_beats.push_back(range_within(of.lead, beat - before, beat + behind));
  }
  const std::vector<Second> seconds = seconds_of(of, before, behind);
  const float usual = median(of_beats);
  const auto is_large = [&](const Second& second) { return second.range > disturbed_from * std::max(usual, tiny_mv); };
  const bool has_large = std::ranges::any_of(seconds, is_large);
  const std::vector<float> unrests = has_large ? unrests_of(of, seconds) : std::vector<float>(seconds.size(), 0.0F);
  std::vector<float> sorted = unrests;
  const float usual_unrest = std::max({median(sorted), least_unrest * usual, tiny_mv});
  LeadSize out;
  std::vector<float> calm, all;
  for (std::size_t s = 0; s < seconds.size(); ++s) {
    const Second& second = seconds[s];
    all.push_back(second.range);
    const float size = second.range / std::max(usual, tiny_mv);
    const float unrest = unrests[s] / usual_unrest;
    const bool is_restless = unrest > restless_from && size * unrest > restless_product;
    const bool is_disturbed = is_large(second) && (!second.has_beat || is_restless);
    out.share.push_back(is_disturbed ? usual / second.range : 1.0F);
    if (!is_disturbed) {
      calm.push_back(second.range);
    }
  }
  out.mv = quantile(std::span(calm.empty() ? all : calm), 0.95);
  return out;
}

/// Multiplies each sample by its second's share or that of a second beside it, whichever is less; between the middles
/// of two seconds by what lies between.
void apply(const std::vector<float>& of_seconds, double rate_hz, std::vector<float>& lead) {
  if (std::ranges::all_of(of_seconds, [](float x) { return x == 1.0F; })) {
    return;
  }
  std::vector<float> share = of_seconds;
  for (std::size_t s = 1; s < share.size(); ++s) {
    share[s - 1] = std::min(share[s - 1], of_seconds[s]);
    share[s] = std::min(share[s], of_seconds[s - 1]);
  }
  const auto last = static_cast<double>(share.size() - 1);
  for (std::size_t i = 0; i < lead.size(); ++i) {
    const double at = std::clamp(static_cast<double>(i) / rate_hz - 0.5, 0.0, last);
    const auto before = static_cast<std::size_t>(at);
    const std::size_t behind = std::min(before + 1, share.size() - 1);
    lead[i] *= share[before] + static_cast<float>(at - static_cast<double>(before)) * (share[behind] - share[before]);
  }
}

/// How far a lead's complexes stand out: 1 from a contrast of clear_contrast on, 0 where they are no steeper than
/// noise. The contrast is that of the median beat's greatest steepness and the lead's median steepness.
float clearness(const Levelling& of) {
  const std::vector<float>& steep = of.steep;
  const auto half = static_cast<std::int64_t>(std::lround(half_complex_s * of.rate_hz));
  std::vector<float> greatest;
  for (const std::int64_t beat : of.beats) {
    const auto begin = std::clamp<std::int64_t>(beat - half, 0, std::ssize(steep) - 1);
    const auto end = std::clamp<std::int64_t>(beat + half, begin, std::ssize(steep) - 1);
    greatest.push_back(*std::max_element(steep.begin() + begin, steep.begin() + end + 1));
  }
  std::vector<float> usual = some_steepness(of, 0, steep.size());
  const float contrast = median(greatest) / std::max(1e-6F, median(usual));
  return std::clamp((contrast - noise_contrast) / (clear_contrast - noise_contrast), 0.0F, 1.0F);
}

}  // namespace

std::vector<float> steepness(const std::vector<float>& x, std::ptrdiff_t reach) {
  std::vector<float> out(x.size());
  const std::ptrdiff_t size = std::ssize(x);
  const auto difference = [&](std::ptrdiff_t i) { return std::abs(at(x, i + reach) - at(x, i - reach)); };
  for (std::ptrdiff_t i = 0; i < std::min(reach, size); ++i) {
    out[static_cast<std::size_t>(i)] = difference(i);
  }
  for (std::ptrdiff_t i = reach; i < size - reach; ++i) {
    out[static_cast<std::size_t>(i)] =
        std::abs(x[static_cast<std::size_t>(i + reach)] - x[static_cast<std::size_t>(i - reach)]);
  }
  for (std::ptrdiff_t i = std::max(reach, size - reach); i < size; ++i) {
    out[static_cast<std::size_t>(i)] = difference(i);
  }
  return out;
}

std::vector<LevelledLead> level_leads(std::vector<std::vector<float>>& leads, std::span<const std::int64_t> beats,
                                      double rate_hz) {
  std::vector<float> sizes, clear;
  std::vector<std::vector<float>> shares;
  const std::ptrdiff_t reach = std::max<std::ptrdiff_t>(1, std::lround(steepness_reach_s * rate_hz));
  for (const std::vector<float>& lead : leads) {
    const Levelling of{lead, steepness(lead, reach), beats, rate_hz};
    auto [mv, share] = lead_size(of);
    sizes.push_back(mv);
    shares.push_back(std::move(share));
    clear.push_back(clearness(of));
  }
  std::vector<float> sorted = sizes;
  const float usual = median(sorted);
  std::vector<LevelledLead> out;
  for (std::size_t lead = 0; lead < leads.size(); ++lead) {
    const bool has_size = usual > 0.0F && sizes[lead] > 0.0F;
    out.push_back({has_size ? std::max(smallest_share, clear[lead]) * usual / sizes[lead] : 1.0F, clear[lead]});
    for (float& x : leads[lead]) {
      x *= out.back().scale;
    }
    apply(shares[lead], rate_hz, leads[lead]);
  }
  return out;
}

}  // namespace xingu::ecg
