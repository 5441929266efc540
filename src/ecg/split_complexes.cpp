// SPDX-License-Identifier: Apache-2.0
#include "ecg/split_complexes.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr double widest_pair_s = 0.26;
constexpr double alone_from_s = 0.4;
constexpr std::size_t fewest_pairs = 2;
constexpr std::size_t pairs_per_beats = 5;
constexpr double reach_s = 0.2;
constexpr double slope_over_s = 0.02;
constexpr int most_moves = 6;
constexpr double quiet_part = 0.3;             // of the samples, whose slopes are noise or less
constexpr std::int64_t most_samples = 100000;  // that the quiet is found from
constexpr std::size_t most_judged = 100;       // beats, through the recording
constexpr double noise_multiple = 4.0;
constexpr double steep_ends_from_s = 0.070;  // spread of the slopes' squares: of complexes of 200 ms and more
constexpr double off_middle_from_s = 0.040;
constexpr double wide_from_s = 0.055;  // the same of complexes of 180 ms and more
constexpr double fastest_wide_per_min = 120.0;
constexpr double largest_rr_change = 0.15;  // of the median
constexpr std::size_t fewest_wide = 5;
constexpr double least_likeness = 0.9;
constexpr double like_part = 0.9;  // of the beats
constexpr double half_shape_s = 0.25;

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

double middle_value(std::vector<double> values, double part = 0.5) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

/// Where a complex has its middle, and how far its slopes lie from there.
struct Middle {
  std::int64_t sample = 0;
  double spread_s = 0.0;  ///< standard deviation of the slopes' squares in time
};

class Middles {
 public:
  explicit Middles(const LeadSignals& signals)
      : signals_(signals),
        reach_(std::llround(reach_s * signals.rate_hz)),
        over_(std::max<std::int64_t>(1, std::llround(slope_over_s * signals.rate_hz))) {
    std::vector<double> all;
    const auto size = static_cast<std::int64_t>(signals.num_samples());
    for (std::int64_t i = 0; i + over_ < size; i += 1 + size / most_samples) {
      all.push_back(square_at(i));
    }
    floor_ = all.empty() ? 0.0 : noise_multiple * middle_value(std::move(all), quiet_part);
  }

  /// Where the slopes' squares about a sample have their middle, looked for again from there until it stays.
  [[nodiscard]] Middle of(std::int64_t sample) const {
    Middle out{sample, 0.0};
    for (int move = 0; move < most_moves; ++move) {
      const Middle next = middle_about(out.sample);
      const bool stays = next.sample == out.sample;
      out = next;
      if (stays) {
        break;
      }
    }
    return out;
  }

 private:
  /// On all leads together.
  [[nodiscard]] double square_at(std::int64_t i) const {
    double sum = 0.0;
    for (const std::vector<float>& x : signals_.mv) {
      const float slope = x[static_cast<std::size_t>(i + over_)] - x[static_cast<std::size_t>(i)];
      sum += std::isfinite(slope) ? static_cast<double>(slope) * slope : 0.0;
    }
    return sum;
  }

  [[nodiscard]] Middle middle_about(std::int64_t sample) const {
    const auto end = static_cast<std::int64_t>(signals_.num_samples()) - over_;
    double sum = 0.0;
    double moment = 0.0;
    double second_moment = 0.0;
    for (std::int64_t i = std::max<std::int64_t>(0, sample - reach_); i < std::min(end, sample + reach_); ++i) {
      const double square = std::max(0.0, square_at(i) - floor_);
      const double at = static_cast<double>(2 * (i - sample) + over_) / 2;
      sum += square;
      moment += square * at;
      second_moment += square * at * at;
    }
    if (sum <= 0.0) {
      return {sample, 0.0};
    }
    const double mean = moment / sum;
    return {sample + std::llround(mean),
            std::sqrt(std::max(0.0, second_moment / sum - mean * mean)) / signals_.rate_hz};
  }

  const LeadSignals& signals_;
  std::int64_t reach_;
  std::int64_t over_;
  double floor_ = 0.0;
};

/// Whether complexes are steep at two ends so far apart that they are found now at one, now at the other, or always at
/// the same one.
bool have_two_ends(const Middles& middles, const QrsDetection& beats, double rate_hz) {
  if (beats.sample.size() < fewest_wide) {
    return false;
  }
  std::vector<double> spreads;
  std::vector<double> off;
  for (std::size_t b = 0; b < beats.sample.size(); b += 1 + beats.sample.size() / most_judged) {
    const Middle middle = middles.of(beats.sample[b]);
    spreads.push_back(middle.spread_s);
    off.push_back(std::abs(static_cast<double>(middle.sample - beats.sample[b])) / rate_hz);
  }
  return middle_value(std::move(spreads)) >= steep_ends_from_s && middle_value(std::move(off)) >= off_middle_from_s;
}

bool are_regular_and_slow(const QrsDetection& beats, double rate_hz) {
  std::vector<double> intervals = gaps_of(beats, rate_hz);
  intervals.erase(intervals.begin());
  intervals.pop_back();
  const double usual = middle_value(intervals);
  return usual >= 60.0 / fastest_wide_per_min && std::ranges::all_of(intervals, [&](double interval) {
           return std::abs(interval - usual) <= largest_rr_change * usual;
         });
}

/// A beat on all leads, each without its mean.
std::vector<double> shape_of(const LeadSignals& signals, std::int64_t beat) {
  const std::int64_t half = std::llround(half_shape_s * signals.rate_hz);
  std::vector<double> out;
  for (const std::vector<float>& lead : signals.mv) {
    double mean = 0.0;
    const std::size_t first = out.size();
    for (std::int64_t i = beat - half; i <= beat + half; ++i) {
      const float x = lead[static_cast<std::size_t>(std::clamp<std::int64_t>(i, 0, std::ssize(lead) - 1))];
      out.push_back(std::isfinite(x) ? static_cast<double>(x) : 0.0);
      mean += out.back() / static_cast<double>(2 * half + 1);
    }
    for (std::size_t i = first; i < out.size(); ++i) {
      out[i] -= mean;
    }
  }
  return out;
}

/// Whether nearly all beats look like their mean.
bool are_alike(const LeadSignals& signals, const QrsDetection& beats) {
  std::vector<std::vector<double>> shapes;
  for (const std::int64_t beat : beats.sample) {
    shapes.push_back(shape_of(signals, beat));
  }
  std::vector<double> mean(shapes.front().size(), 0.0);
  for (const std::vector<double>& shape : shapes) {
    std::ranges::transform(mean, shape, mean.begin(), std::plus<>());
  }
  const auto product = [](const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  };
  const auto num = std::ranges::count_if(shapes, [&](const std::vector<double>& shape) {
    return product(shape, mean) >= least_likeness * std::sqrt(product(shape, shape) * product(mean, mean));
  });
  return static_cast<double>(num) >= like_part * static_cast<double>(shapes.size());
}

/// Puts each beat where its complex has its middle, and takes those that then stand at one place for one.
void move_to_middles(const Middles& middles, const LeadSignals& signals, QrsDetection& beats) {
  const std::int64_t shortest = std::llround(reach_s * signals.rate_hz);
  QrsDetection out;
  out.is_rejected = std::move(beats.is_rejected);
  out.jolts = std::move(beats.jolts);
  out.tall_t = std::move(beats.tall_t);
  for (std::size_t b = 0; b < beats.sample.size(); ++b) {
    const std::int64_t at = middles.of(beats.sample[b]).sample;
    if (!out.sample.empty() && at - out.sample.back() < shortest) {
      out.confidence.back() = std::max(out.confidence.back(), beats.confidence[b]);
      continue;
    }
    out.sample.push_back(at);
    out.confidence.push_back(beats.confidence[b]);
  }
  beats = std::move(out);
}

}  // namespace

void join_split_complexes(const LeadSignals& signals, QrsDetection& beats) {
  if (has_pairs(beats, signals.rate_hz)) {
    move_to_middles(Middles(signals), signals, beats);
  }
}

void centre_wide_complexes(const LeadSignals& signals, QrsDetection& beats) {
  const Middles middles(signals);
  if (have_two_ends(middles, beats, signals.rate_hz)) {
    move_to_middles(middles, signals, beats);
  }
}

void trust_wide_complexes(const LeadSignals& signals, QrsDetection& beats) {
  if (std::ranges::find(beats.is_rejected, true) == beats.is_rejected.end() || beats.sample.size() < fewest_wide ||
      !are_regular_and_slow(beats, signals.rate_hz)) {
    return;
  }
  const Middles middles(signals);
  std::vector<double> spreads;
  std::ranges::transform(beats.sample, std::back_inserter(spreads),
                         [&](std::int64_t beat) { return middles.of(beat).spread_s; });
  if (middle_value(std::move(spreads)) < wide_from_s || !are_alike(signals, beats)) {
    return;
  }
  const std::size_t first = second_of(beats.sample.front(), signals.rate_hz);
  const std::size_t last = second_of(beats.sample.back(), signals.rate_hz);
  for (std::size_t s = first; s <= last && s < beats.is_rejected.size(); ++s) {
    beats.is_rejected[s] = false;
  }
}

}  // namespace xingu::ecg
