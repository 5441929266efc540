// SPDX-License-Identifier: Apache-2.0
#include "ecg/split_complexes.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace xingu::ecg {
namespace {

constexpr double widest_pair_s = 0.26;
constexpr double alone_from_s = 0.4;
constexpr std::size_t fewest_pairs = 2;
constexpr std::size_t pairs_per_beats = 5;
constexpr double reach_s = 0.2;
constexpr double slope_over_s = 0.02;
constexpr int most_moves = 6;

/// Seconds from each beat to the one before; infinite for the first, and one more for what follows the last.
std::vector<double> gaps_of(const QrsDetection& beats, double rate_hz) {
  std::vector<double> out(beats.sample.size() + 1, INFINITY);
  for (std::size_t b = 1; b < beats.sample.size(); ++b) {
    out[b] = static_cast<double>(beats.sample[b] - beats.sample[b - 1]) / rate_hz;
  }
  return out;
}

bool has_pairs(const QrsDetection& beats, double rate_hz) {
  const std::vector<double> gaps = gaps_of(beats, rate_hz);
  std::size_t num = 0;
  for (std::size_t b = 1; b < beats.sample.size(); ++b) {
    num += gaps[b] <= widest_pair_s && gaps[b - 1] >= alone_from_s && gaps[b + 1] >= alone_from_s ? 1 : 0;
  }
  return num >= fewest_pairs && num * pairs_per_beats >= beats.sample.size();
}

class Middles {
 public:
  explicit Middles(const LeadSignals& signals)
      : signals_(signals),
        reach_(std::llround(reach_s * signals.rate_hz)),
        over_(std::max<std::int64_t>(1, std::llround(slope_over_s * signals.rate_hz))) {}

  /// Where the slopes' squares about a sample have their middle, looked for again from there until it stays.
  [[nodiscard]] std::int64_t of(std::int64_t sample) const {
    for (int move = 0; move < most_moves; ++move) {
      const std::int64_t next = middle_about(sample);
      if (next == sample) {
        break;
      }
      sample = next;
    }
    return sample;
  }

 private:
  [[nodiscard]] std::int64_t middle_about(std::int64_t sample) const {
    const auto end = static_cast<std::int64_t>(signals_.num_samples()) - over_;
    double sum = 0.0;
    double moment = 0.0;
    for (std::int64_t i = std::max<std::int64_t>(0, sample - reach_); i < std::min(end, sample + reach_); ++i) {
      for (const std::vector<float>& x : signals_.mv) {
        const float slope = x[static_cast<std::size_t>(i + over_)] - x[static_cast<std::size_t>(i)];
        const double square = std::isfinite(slope) ? static_cast<double>(slope) * slope : 0.0;
        sum += square;
        moment += square * static_cast<double>(2 * i + over_) / 2;
      }
    }
    return sum > 0.0 ? std::llround(moment / sum) : sample;
  }

  const LeadSignals& signals_;
  std::int64_t reach_;
  std::int64_t over_;
};

}  // namespace

void join_split_complexes(const LeadSignals& signals, QrsDetection& beats) {
  if (!has_pairs(beats, signals.rate_hz)) {
    return;
  }
  const Middles middles(signals);
  const std::int64_t shortest = std::llround(reach_s * signals.rate_hz);
  QrsDetection out;
  out.is_rejected = std::move(beats.is_rejected);
  out.tall_t = std::move(beats.tall_t);
  for (std::size_t b = 0; b < beats.sample.size(); ++b) {
    const std::int64_t at = middles.of(beats.sample[b]);
    if (!out.sample.empty() && at - out.sample.back() < shortest) {
      out.confidence.back() = std::max(out.confidence.back(), beats.confidence[b]);
      continue;
    }
    out.sample.push_back(at);
    out.confidence.push_back(beats.confidence[b]);
  }
  beats = std::move(out);
}

}  // namespace xingu::ecg
