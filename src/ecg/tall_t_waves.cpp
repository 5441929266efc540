// SPDX-License-Identifier: Apache-2.0
#include "ecg/tall_t_waves.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double earliest_s = 0.18;
constexpr double latest_s = 0.40;
constexpr double largest_spread_s = 0.05;
constexpr double half_wave_s = 0.08;
constexpr double steep_over_s = 0.02;
constexpr float largest_steepness = 0.75F;
constexpr double quiet_from_s = 0.16;
constexpr double quiet_until_s = 0.36;
constexpr double before_next_s = 0.22;
constexpr double shortest_quiet_s = 0.08;  // between a fast heart's beats no T wave can be looked for
constexpr double change_over_s = 0.04;
constexpr float largest_change_behind = 0.15F;
constexpr float least_likeness = 0.6F;

class Candidates {
 public:
  Candidates(const LeadSignals& signals, const QrsDetection& beats) : signals_(signals), beats_(beats) {}

  /// Whether a beat looks like the T wave of the one before it.
  [[nodiscard]] bool looks_like_t(std::size_t b) const {
    const double coupling_s = seconds(beats_.sample[b] - beats_.sample[b - 1]);
    return coupling_s >= earliest_s && coupling_s <= latest_s && has_room_behind(b) &&
           steepness(b) < largest_steepness && change_behind(b) < largest_change_behind;
  }

  /// Whether the next complex leaves room to look for a T wave of a beat.
  [[nodiscard]] bool has_room_behind(std::size_t b) const {
    const auto [from, until] = place_behind(b);
    return until - from >= samples(shortest_quiet_s);
  }

  /// Whether four of five complexes have a wave as large as the candidates at the same distance behind them.
  [[nodiscard]] bool are_behind_all(const std::vector<bool>& is_candidate, double coupling_s) const {
    std::vector<float> usual;  // [lead] of the candidates
    for (const std::vector<float>& x : signals_.mv) {
      std::vector<float> changes;
      for (std::size_t b = 0; b < is_candidate.size(); ++b) {
        if (is_candidate[b]) {
          changes.push_back(change_about(x, beats_.sample[b], change_over_s));
        }
      }
      usual.push_back(median(changes));
    }
    std::size_t num_complexes = 0;
    std::size_t num_with = 0;
    for (std::size_t b = 0; b < is_candidate.size(); ++b) {
      const std::int64_t at = beats_.sample[b] + samples(coupling_s);
      if (is_candidate[b] || at + samples(half_wave_s) >= static_cast<std::int64_t>(signals_.num_samples())) {
        continue;
      }
      std::size_t lead = 0;
      const float likeness = of_median_lead(
          [&](const std::vector<float>& x) { return std::pair(change_about(x, at, change_over_s), usual[lead++]); });
      ++num_complexes;
      num_with += likeness >= least_likeness ? 1 : 0;
    }
    return 5 * num_with >= 4 * num_complexes;
  }

  [[nodiscard]] double seconds(std::int64_t samples) const { return static_cast<double>(samples) / signals_.rate_hz; }

 private:
  [[nodiscard]] std::int64_t samples(double s) const { return std::llround(s * signals_.rate_hz); }

  [[nodiscard]] float change_about(const std::vector<float>& x, std::int64_t at, double over_s) const {
    return largest_change(x, at - samples(half_wave_s), at + samples(half_wave_s) + 1, samples(over_s));
  }

  template <typename Ratio>
  [[nodiscard]] float of_median_lead(Ratio ratio) const {
    std::vector<float> ratios;
    for (const std::vector<float>& x : signals_.mv) {
      if (const auto [part, whole] = ratio(x); whole > 0) {
        ratios.push_back(part / whole);
      }
    }
    return ratios.empty() ? 1.0F : median(ratios);
  }

  /// Of the complex before.
  [[nodiscard]] float steepness(std::size_t b) const {
    return of_median_lead([&](const std::vector<float>& x) {
      return std::pair(change_about(x, beats_.sample[b], steep_over_s),
                       change_about(x, beats_.sample[b - 1], steep_over_s));
    });
  }

  /// Where a T wave of its own would stand, [from, until); empty where the next complex is too near. The last beat's
  /// next one is taken to come as the last but one's came.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> place_behind(std::size_t b) const {
    const std::vector<std::int64_t>& at = beats_.sample;
    const std::int64_t next = b + 1 < at.size() ? at[b + 1] : b > 1 ? at[b] + at[b - 1] - at[b - 2] : at[b];
    return {at[b] + samples(quiet_from_s), std::min(at[b] + samples(quiet_until_s), next - samples(before_next_s))};
  }

  [[nodiscard]] float change_behind(std::size_t b) const {
    const auto [from, until] = place_behind(b);
    return of_median_lead([&](const std::vector<float>& x) {
      return std::pair(largest_change(x, from, until, samples(change_over_s)),
                       change_about(x, beats_.sample[b], change_over_s));
    });
  }

  const LeadSignals& signals_;
  const QrsDetection& beats_;
};

}  // namespace

void take_out_tall_t_waves(const LeadSignals& signals, QrsDetection& beats) {
  const Candidates candidates(signals, beats);
  std::vector<bool> is_t(beats.sample.size(), false);
  std::vector<float> couplings;
  for (std::size_t b = 1; b < beats.sample.size(); ++b) {
    is_t[b] = !is_t[b - 1] && candidates.looks_like_t(b);
    if (is_t[b]) {
      couplings.push_back(static_cast<float>(candidates.seconds(beats.sample[b] - beats.sample[b - 1])));
    }
  }
  if (couplings.empty()) {
    return;
  }
  const double usual_s = static_cast<double>(median(couplings));
  for (std::size_t b = 1; b < beats.sample.size(); ++b) {
    const double coupling_s = candidates.seconds(beats.sample[b] - beats.sample[b - 1]);
    is_t[b] = !is_t[b - 1] && std::abs(coupling_s - usual_s) <= largest_spread_s && candidates.has_room_behind(b);
  }
  if (!candidates.are_behind_all(is_t, usual_s)) {
    return;
  }
  QrsDetection out;
  out.is_rejected = beats.is_rejected;
  out.jolts = beats.jolts;
  for (std::size_t b = 0; b < beats.sample.size(); ++b) {
    if (is_t[b]) {
      out.tall_t.push_back(beats.sample[b]);
      continue;
    }
    out.sample.push_back(beats.sample[b]);
    out.confidence.push_back(beats.confidence[b]);
  }
  beats = std::move(out);
}

}  // namespace xingu::ecg
