// SPDX-License-Identifier: Apache-2.0
#include "ecg/trembling_beats.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <numeric>

#include "ecg/limb_electrodes.h"
#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr double half_complex_s = 0.09;
constexpr std::size_t most_averaged = 16;  // normal beats, the nearest
constexpr std::size_t fewest_averaged = 3;
constexpr double largest_shift_s = 0.06;  // by which a tremor moves where a beat is found
constexpr double shift_by_s = 0.004;
constexpr double usual_from = 0.9;      // as shapes of beats (align_beats())
constexpr double nothing_below = 0.25;  // of the usual energy: own choice

/// Chest leads against their mean.
class ChestDifferences {
 public:
  explicit ChestDifferences(const LeadSignals& signals)
      : signals_(signals), half_(std::llround(half_complex_s * signals.rate_hz)) {
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      const std::vector<float>& x = signals.mv[lead];
      const bool is_heard = std::ranges::any_of(x, [](float mv) { return std::isfinite(mv); });
      if (signals.names[lead].starts_with('V') && lead_of_electrode(signals.names[lead], Electrode::ra) && is_heard) {
        leads_.push_back(lead);
      }
    }
  }

  [[nodiscard]] bool can_tell() const { return leads_.size() >= fewest_chest_leads_to_tell; }

  /// [lead · times + time] about a sample, each lead without its mean; empty where the recording ends.
  [[nodiscard]] std::vector<double> about(std::int64_t at) const {
    const std::int64_t begin = at - half_;
    if (begin < 0 || at + half_ >= static_cast<std::int64_t>(signals_.num_samples())) {
      return {};
    }
    const auto width = static_cast<std::size_t>(2 * half_ + 1);
    std::vector<double> out(leads_.size() * width);
    for (std::size_t i = 0; i < width; ++i) {
      double mean = 0.0;
      for (std::size_t k = 0; k < leads_.size(); ++k) {
        const float mv = signals_.mv[leads_[k]][static_cast<std::size_t>(begin) + i];
        out[k * width + i] = std::isfinite(mv) ? static_cast<double>(mv) : 0.0;
        mean += out[k * width + i] / static_cast<double>(leads_.size());
      }
      for (std::size_t k = 0; k < leads_.size(); ++k) {
        out[k * width + i] -= mean;
      }
    }
    for (std::size_t k = 0; k < leads_.size(); ++k) {
      const std::span<double> lead = std::span(out).subspan(k * width, width);
      const double level = std::accumulate(lead.begin(), lead.end(), 0.0) / static_cast<double>(width);
      for (double& x : lead) {
        x -= level;
      }
    }
    return out;
  }

 private:
  const LeadSignals& signals_;
  std::int64_t half_;
  std::vector<std::size_t> leads_;
};

double product(const std::vector<double>& x, const std::vector<double>& y) {
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

/// Mean of the normal beats nearest to one; empty where there are too few.
std::vector<double> usual_near(const ChestDifferences& chest, std::span<const std::int64_t> beats,
                               const std::vector<BeatType>& types, std::size_t beat) {
  std::vector<double> sum;
  std::size_t num = 0;
  for (const std::int64_t at : nearest_normal_beats(beats, types, beat, most_averaged)) {
    const std::vector<double> waves = chest.about(at);
    if (waves.empty()) {
      continue;
    }
    ++num;
    sum.resize(waves.size(), 0.0);
    std::ranges::transform(sum, waves, sum.begin(), std::plus{});
  }
  if (num < fewest_averaged) {
    return {};
  }
  std::ranges::transform(sum, sum.begin(), [&](double x) { return x / static_cast<double>(num); });
  return sum;
}

/// Whether the chest shows the usual complex, or none.
bool is_of_limbs_only(const ChestDifferences& chest, std::int64_t beat, const std::vector<double>& usual, BeatType type,
                      double rate_hz) {
  const auto most = static_cast<std::int64_t>(largest_shift_s * rate_hz);
  const auto step = std::max<std::int64_t>(1, static_cast<std::int64_t>(shift_by_s * rate_hz));
  const double energy = product(usual, usual);
  const bool has_other_shape = is_ventricular_in_part(type);
  double largest = 0.0;
  bool is_whole = true;
  for (std::int64_t shift = -most; shift <= most; shift += step) {
    const std::vector<double> waves = chest.about(beat + shift);
    if (waves.empty()) {
      is_whole = false;
      continue;
    }
    const double own = product(waves, waves);
    largest = std::max(largest, own);
    if (has_other_shape && product(waves, usual) >= usual_from * std::sqrt(own * energy) && own > 0.0) {
      return true;
    }
  }
  return is_whole && largest < nothing_below * energy;
}

}  // namespace

void forget_types_of_trembling_beats(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                     const std::vector<bool>& is_trembling, std::vector<BeatType>& types) {
  if (std::ranges::find(is_trembling, true) == is_trembling.end()) {
    return;
  }
  const ChestDifferences chest(signals);
  const std::vector<BeatType> found = types;
  for (std::size_t b = 0; b < beats.size() && chest.can_tell(); ++b) {
    const std::size_t second = second_of(beats[b], signals.rate_hz);
    if (!is_ectopic_beat(found[b]) || second >= is_trembling.size() || !is_trembling[second]) {
      continue;
    }
    const std::vector<double> usual = usual_near(chest, beats, found, b);
    if (!usual.empty() && is_of_limbs_only(chest, beats[b], usual, found[b], signals.rate_hz)) {
      types[b] = BeatType::unknown;
    }
  }
}

}  // namespace xingu::ecg
