// SPDX-License-Identifier: Apache-2.0
#include "ecg/moved_beats.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "ecg/heart_space.h"

namespace xingu::ecg {
namespace {

// Own choices. Of the ventricular beats of LUDB 1-100, which have no noise, the rest about them is 0.07 of that in them
// at most, the waves of their neighbours left out; of beats that noise makes ventricular 0.2 and more.
constexpr double most_of_heart = 0.9;  // of a beat's energy
constexpr double goes_on_from = 0.2;   // the rest's energy per sample about the beat, of that in it
constexpr double half_beat_s = 0.1;
constexpr double before_from_s = 0.5;
constexpr double before_until_s = 0.15;
constexpr double behind_from_s = 0.5;
constexpr double behind_until_s = 0.8;
// Complex and T wave of an ectopic beat.
constexpr double ectopic_before_s = 0.12;
constexpr double ectopic_after_s = 0.4;

bool is_ectopic(BeatType type) { return type == BeatType::ventricular || type == BeatType::fusion; }

class MovedBeats {
 public:
  MovedBeats(HeartSpace space, std::vector<double> beats_s, const std::vector<BeatType>& types)
      : space_(std::move(space)), beats_s_(std::move(beats_s)), rest_(space_.rest()) {
    is_calm_.assign(static_cast<std::size_t>(rest_.size()), true);
    for (std::size_t b = 0; b < types.size(); ++b) {
      for (std::size_t i = row_of(beats_s_[b] - ectopic_before_s);
           is_ectopic(types[b]) && i < row_of(beats_s_[b] + ectopic_after_s); ++i) {
        is_calm_[i] = false;
      }
    }
  }

  /// Whether what no source of the heart makes is a part of a beat and goes on about it.
  [[nodiscard]] bool is_moved(std::size_t beat) const {
    const double at_s = beats_s_[beat];
    const std::size_t first = row_of(at_s - half_beat_s);
    const std::size_t end = row_of(at_s + half_beat_s);
    if (first >= end) {
      return false;
    }
    Sum within;
    add(first, end, within);
    const auto rows =
        space_.band().middleRows(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(end - first));
    Sum about;
    add_calm(row_of(at_s - before_from_s), row_of(at_s - before_until_s), about);
    add_calm(row_of(at_s + behind_from_s), row_of(at_s + behind_until_s), about);
    return within.energy >= (1.0 - most_of_heart) * static_cast<double>(rows.squaredNorm()) && about.num > 0 &&
           about.mean() >= goes_on_from * within.mean();
  }

 private:
  struct Sum {
    double energy = 0.0;
    std::size_t num = 0;
    [[nodiscard]] double mean() const { return energy / static_cast<double>(num); }
  };

  [[nodiscard]] std::size_t row_of(double at_s) const {
    return std::min(is_calm_.size(), static_cast<std::size_t>(std::max(0.0, at_s) * space_.rate_hz()));
  }
  void add(std::size_t first, std::size_t end, Sum& sum) const {
    for (std::size_t i = first; i < end; ++i) {
      sum.energy += rest_[static_cast<Eigen::Index>(i)];
      ++sum.num;
    }
  }
  void add_calm(std::size_t first, std::size_t end, Sum& sum) const {
    for (std::size_t i = first; i < end; ++i) {
      if (is_calm_[i]) {
        add(i, i + 1, sum);
      }
    }
  }

  HeartSpace space_;
  std::vector<double> beats_s_;
  Eigen::VectorXf rest_;       // [row] energy outside of the space, mV²
  std::vector<bool> is_calm_;  // [row] in no wave of an ectopic beat
};

}  // namespace

std::vector<std::size_t> forget_types_of_moved_beats(const LeadSignals& signals, const SignalQuality& quality,
                                                     const QrsDetection& beats, std::vector<BeatType>& types) {
  if (std::ranges::none_of(types, is_ectopic)) {
    return {};
  }
  auto space = HeartSpace::of(signals, quality, beats, [&](std::size_t b) { return !is_ectopic(types[b]); });
  if (!space) {
    return {};
  }
  std::vector<double> beats_s;
  for (const std::int64_t sample : beats.sample) {
    beats_s.push_back(static_cast<double>(sample) / signals.rate_hz);
  }
  const MovedBeats moved(std::move(*space), std::move(beats_s), types);
  std::vector<std::size_t> out;
  for (std::size_t b = 0; b < types.size(); ++b) {
    if (is_ectopic(types[b]) && moved.is_moved(b)) {
      out.push_back(b);
    }
  }
  for (const std::size_t b : out) {
    types[b] = BeatType::unknown;
  }
  return out;
}

}  // namespace xingu::ecg
