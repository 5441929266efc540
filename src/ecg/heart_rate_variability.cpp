// SPDX-License-Identifier: Apache-2.0
#include "ecg/heart_rate_variability.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "base/parallel.h"

#include "ecg/qrs_detector.h"

namespace xingu::ecg {
namespace {

constexpr double longest_interval_s = 3.0;
constexpr std::size_t fewest_intervals = 10;
constexpr double stretch_s = 300.0;
constexpr double filled_part = 0.8;
constexpr std::size_t fewest_stretches = 3;
constexpr double shortest_for_triangle_s = 1200.0;
constexpr double bin_ms = 1000.0 / 128.0;
constexpr double neighbour_tolerance_s = 0.001;
constexpr double shortest_day_s = 20.0 * 3600.0;
constexpr double filled_part_of_day = 0.5;
constexpr double mean_over_s = 20.0;
constexpr double slope_from_hz = 1e-4, slope_to_hz = 1e-2;
constexpr std::size_t num_slope_bands = 20;
constexpr double lowest_hz = 0.003, very_low_to_hz = 0.04, low_to_hz = 0.15, high_to_hz = 0.4;

double mean(std::span<const NormalInterval> intervals) {
  double sum = 0.0;
  for (const NormalInterval& i : intervals) {
    sum += i.nn_ms;
  }
  return sum / static_cast<double>(intervals.size());
}

double standard_deviation(std::span<const double> values) {
  double sum = 0.0, squares = 0.0;
  for (const double v : values) {
    sum += v;
  }
  const auto n = static_cast<double>(values.size());
  for (const double v : values) {
    squares += (v - sum / n) * (v - sum / n);
  }
  return std::sqrt(squares / (n - 1.0));
}

std::vector<double> lengths(std::span<const NormalInterval> intervals) {
  std::vector<double> out;
  for (const NormalInterval& i : intervals) {
    out.push_back(i.nn_ms);
  }
  return out;
}

/// The 5-min stretches of a recording whose NN intervals fill most of them.
std::vector<std::span<const NormalInterval>> stretches(std::span<const NormalInterval> intervals) {
  std::vector<std::span<const NormalInterval>> out;
  for (std::size_t begin = 0; begin < intervals.size();) {
    const double number = std::floor(intervals[begin].end_s / stretch_s);
    std::size_t end = begin;
    double filled_ms = 0.0;
    for (; end < intervals.size() && std::floor(intervals[end].end_s / stretch_s) == number; ++end) {
      filled_ms += intervals[end].nn_ms;
    }
    if (filled_ms >= 1000.0 * filled_part * stretch_s) {
      out.push_back(intervals.subspan(begin, end - begin));
    }
    begin = end;
  }
  return out;
}

/// Whether the second of two intervals begins where the first ends.
bool are_neighbours(const NormalInterval& first, const NormalInterval& second) {
  return std::abs(second.end_s - second.nn_ms / 1000.0 - first.end_s) < neighbour_tolerance_s;
}

/// Lomb's periodogram at one frequency, of values without mean. His shift tau of the times turns all angles alike, so
/// the sums about it follow from those without it.
double lomb(std::span<const NormalInterval> x, double mean_ms, double frequency_hz) {
  const double omega = 2.0 * std::numbers::pi * frequency_hz;
  double sin_double = 0.0, cos_double = 0.0, by_cos = 0.0, by_sin = 0.0;
  for (const NormalInterval& i : x) {
    const double c = std::cos(omega * i.end_s);
    const double s = std::sin(omega * i.end_s);
    sin_double += 2.0 * s * c;
    cos_double += c * c - s * s;
    by_cos += (i.nn_ms - mean_ms) * c;
    by_sin += (i.nn_ms - mean_ms) * s;
  }
  const double shift = 0.5 * std::atan2(sin_double, cos_double);  // omega tau
  const double xc = by_cos * std::cos(shift) + by_sin * std::sin(shift);
  const double xs = by_sin * std::cos(shift) - by_cos * std::sin(shift);
  const double turned = std::hypot(sin_double, cos_double);  // sum of cos 2 omega (t - tau)
  const double cc = 0.5 * (static_cast<double>(x.size()) + turned);
  const double ss = 0.5 * (static_cast<double>(x.size()) - turned);
  return 0.5 * (xc * xc / std::max(cc, 1e-9) + xs * xs / std::max(ss, 1e-9));
}

using Histogram = std::map<long, std::size_t>;

/// How many bins from its peak a histogram's best triangle of the same height ends, in one direction (1 or −1): the
/// least sum of squared differences, the triangle being 0 beyond its end.
long triangle_foot(const Histogram& histogram, long peak, long direction) {
  const auto count = [&](long k) {
    const auto bin = histogram.find(peak + direction * k);
    return bin == histogram.end() ? 0.0 : static_cast<double>(bin->second);
  };
  const double height = count(0);
  const long reach = std::max(1L, direction > 0 ? histogram.rbegin()->first - peak : peak - histogram.begin()->first);
  long best = 1;
  double least = std::numeric_limits<double>::infinity();
  for (long foot = 1; foot <= 2 * reach; ++foot) {
    double squares = 0.0;
    for (long k = 1; k <= std::max(foot, reach); ++k) {
      const double triangle = height * std::max(0.0, 1.0 - static_cast<double>(k) / static_cast<double>(foot));
      squares += (count(k) - triangle) * (count(k) - triangle);
    }
    if (squares < least) {
      least = squares;
      best = foot;
    }
  }
  return best;
}

/// Means of the intervals that end in each 20 s of a recording, at the middle of those; seconds without any are left
/// out.
std::vector<NormalInterval> means_of_20_s(std::span<const NormalInterval> intervals) {
  std::vector<NormalInterval> out;
  for (std::size_t begin = 0; begin < intervals.size();) {
    const double number = std::floor(intervals[begin].end_s / mean_over_s);
    std::size_t end = begin;
    while (end < intervals.size() && std::floor(intervals[end].end_s / mean_over_s) == number) {
      ++end;
    }
    out.push_back({(number + 0.5) * mean_over_s, mean(intervals.subspan(begin, end - begin))});
    begin = end;
  }
  return out;
}

/// Power density at the frequencies 1/T, 2/T, … up to slope_to_hz, ms² s, of values over a time T.
std::vector<double> power_density(std::span<const NormalInterval> values, double duration_s) {
  const double mean_ms = mean(values);
  std::vector<double> density(static_cast<std::size_t>(slope_to_hz * duration_s));
  parallel_for(density.size(), [&](std::size_t k) {
    const double frequency_hz = static_cast<double>(k + 1) / duration_s;
    const double x = std::numbers::pi * frequency_hz * mean_over_s;
    const double kept = std::sin(x) / x;  // of an amplitude, by the mean over 20 s
    density[k] =
        2.0 * duration_s / static_cast<double>(values.size()) * lomb(values, mean_ms, frequency_hz) / (kept * kept);
  });
  return density;
}

/// Slope of log density by log frequency over bands of equal width.
double log_log_slope(std::span<const double> density, double duration_s) {
  std::array<double, num_slope_bands> sum{}, number{};
  for (std::size_t k = 0; k < density.size(); ++k) {
    const double frequency_hz = static_cast<double>(k + 1) / duration_s;
    const double place = std::log(frequency_hz / slope_from_hz) / std::log(slope_to_hz / slope_from_hz);
    if (place >= 0.0 && place < 1.0) {
      const auto band = static_cast<std::size_t>(place * num_slope_bands);
      sum[band] += density[k];
      number[band] += 1.0;
    }
  }
  double w = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
  for (std::size_t band = 0; band < num_slope_bands; ++band) {
    if (sum[band] > 0.0) {
      const double log_frequency =
          (static_cast<double>(band) + 0.5) / num_slope_bands * std::log(slope_to_hz / slope_from_hz);
      const double log_density = std::log(sum[band] / number[band]);
      w += number[band];
      x += number[band] * log_frequency;
      y += number[band] * log_density;
      xx += number[band] * log_frequency * log_frequency;
      xy += number[band] * log_frequency * log_density;
    }
  }
  return w * xx > x * x ? (w * xy - x * y) / (w * xx - x * x) : 0.0;
}

SpectralVariability spectrum(std::span<const NormalInterval> x) {
  SpectralVariability out;
  const double mean_ms = mean(x);
  const double duration_s = x.back().end_s - x.front().end_s + x.front().nn_ms / 1000.0;
  const double step_hz = 0.5 / duration_s;
  const double scale = 2.0 * duration_s / static_cast<double>(x.size()) * step_hz;
  for (double f = lowest_hz; f <= high_to_hz; f += step_hz) {
    (f < very_low_to_hz ? out.vlf_ms2 : f < low_to_hz ? out.lf_ms2 : out.hf_ms2) += scale * lomb(x, mean_ms, f);
  }
  return out;
}

}  // namespace

std::vector<NormalInterval> normal_intervals(std::span<const std::int64_t> beats, std::span<const BeatType> types,
                                             const std::vector<bool>& is_rejected, double rate_hz,
                                             std::span<const float> fine_offsets) {
  std::vector<NormalInterval> out;
  const auto time_s = [&](std::size_t b) {
    const double offset = fine_offsets.empty() ? 0.0 : static_cast<double>(fine_offsets[b]);
    return (static_cast<double>(beats[b]) + offset) / rate_hz;
  };
  for (std::size_t b = 1; b < beats.size(); ++b) {
    const double interval_s = time_s(b) - time_s(b - 1);
    const bool are_normal = types[b - 1] == BeatType::normal && types[b] == BeatType::normal;
    if (are_normal && is_heard(is_rejected, time_s(b - 1), time_s(b)) && interval_s <= longest_interval_s) {
      out.push_back({time_s(b), 1000.0 * interval_s});
    }
  }
  return out;
}

std::vector<NormalInterval> normal_intervals(const BeatSequence& beats, std::span<const Fibrillation> states,
                                             std::span<const float> fine_offsets) {
  std::vector<BeatType> types = beats.type;
  for (std::size_t b = 0; b < types.size(); ++b) {
    types[b] = states[b] == Fibrillation::yes ? BeatType::unknown : types[b];
  }
  return normal_intervals(beats.sample, types, beats.is_rejected, beats.rate_hz, fine_offsets);
}

std::optional<TimeVariability> time_variability(std::span<const NormalInterval> intervals) {
  if (intervals.size() < fewest_intervals) {
    return std::nullopt;
  }
  TimeVariability out;
  out.num_intervals = intervals.size();
  out.mean_nn_ms = mean(intervals);
  out.sdnn_ms = standard_deviation(lengths(intervals));
  double squares = 0.0;
  std::vector<double> differences;
  Histogram histogram{{std::lround(intervals.front().nn_ms / bin_ms), 1}};
  for (std::size_t i = 1; i < intervals.size(); ++i) {
    ++histogram[std::lround(intervals[i].nn_ms / bin_ms)];
    if (are_neighbours(intervals[i - 1], intervals[i])) {
      const double d = intervals[i].nn_ms - intervals[i - 1].nn_ms;
      squares += d * d;
      out.nn50 += std::abs(d) > 50.0 ? 1 : 0;
      differences.push_back(d);
    }
  }
  if (!differences.empty()) {
    const auto pairs = static_cast<double>(differences.size());
    out.rmssd_ms = std::sqrt(squares / pairs);
    out.sdsd_ms = differences.size() > 1 ? standard_deviation(differences) : 0.0;
    out.pnn50_percent = 100.0 * static_cast<double>(out.nn50) / pairs;
  }
  std::vector<double> means, deviations;
  for (const auto stretch : stretches(intervals)) {
    means.push_back(mean(stretch));
    deviations.push_back(standard_deviation(lengths(stretch)));
  }
  if (means.size() >= fewest_stretches) {
    out.sdann_ms = standard_deviation(means);
    double sum = 0.0;
    for (const double d : deviations) {
      sum += d;
    }
    out.sdnn_index_ms = sum / static_cast<double>(deviations.size());
  }
  if (intervals.back().end_s - intervals.front().end_s >= shortest_for_triangle_s) {
    const auto highest = std::ranges::max_element(histogram, {}, [](const auto& bin) { return bin.second; });
    out.triangular_index = static_cast<double>(intervals.size()) / static_cast<double>(highest->second);
    const long base = triangle_foot(histogram, highest->first, -1) + triangle_foot(histogram, highest->first, 1);
    out.tinn_ms = bin_ms * static_cast<double>(base);
  }
  return out;
}

std::optional<SpectralVariability> spectral_variability(std::span<const NormalInterval> intervals) {
  SpectralVariability sum;
  for (const auto stretch : stretches(intervals)) {
    const SpectralVariability one = spectrum(stretch);
    ++sum.num_stretches;
    sum.vlf_ms2 += one.vlf_ms2;
    sum.lf_ms2 += one.lf_ms2;
    sum.hf_ms2 += one.hf_ms2;
  }
  if (sum.num_stretches == 0) {
    return std::nullopt;
  }
  const auto n = static_cast<double>(sum.num_stretches);
  return SpectralVariability{sum.num_stretches, sum.vlf_ms2 / n, sum.lf_ms2 / n, sum.hf_ms2 / n};
}

std::optional<DayVariability> day_variability(std::span<const NormalInterval> intervals) {
  if (intervals.size() < fewest_intervals) {
    return std::nullopt;
  }
  const double duration_s = intervals.back().end_s - intervals.front().end_s;
  const double filled_s = 1e-3 * mean(intervals) * static_cast<double>(intervals.size());
  if (duration_s < shortest_day_s || filled_s < filled_part_of_day * duration_s) {
    return std::nullopt;
  }
  const std::vector<double> density = power_density(means_of_20_s(intervals), duration_s);
  DayVariability out;
  for (std::size_t k = 0; k < density.size() && static_cast<double>(k + 1) <= lowest_hz * duration_s; ++k) {
    out.ulf_ms2 += density[k] / duration_s;
  }
  out.slope = log_log_slope(density, duration_s);
  return out;
}

}  // namespace xingu::ecg
