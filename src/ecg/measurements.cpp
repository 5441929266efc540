// SPDX-License-Identifier: Apache-2.0
#include "ecg/measurements.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>
#include <string_view>

#include "ecg/filters.h"
#include "ecg/hidden_p_waves.h"
#include "ecg/qrs_detector.h"
#include "ecg/representative_beat.h"

namespace xingu::ecg {
namespace {

constexpr double smallest_wave_mV = 0.02;  // IEC 60601-2-25: a wave has 20 µV and 6 ms at least
constexpr double smallest_wave_ms = 6.0;
constexpr double longest_pr_s = 0.52;  // as P is sought (delineation.cpp)
constexpr double clear_of_t_s = 0.02;
constexpr double level_s = 0.012;            // over which a level is the mean
constexpr double st_s = 0.08;                // of the ST segment, as far as it is judged
constexpr std::size_t fewest_for_mean = 6;   // intervals: of fewer one that a misplaced beat bounds weighs too much
constexpr float longest_over_median = 2.2F;  // beyond 4:1 among 2:1 conduction: own choice

/// Waves of the complex: stretches of one sign about the level at onset, named in order. A return to the level too
/// short or too low to be a wave is a notch: the stretches on both sides of it are one wave.
std::vector<QrsWave> qrs_waves(const std::vector<float>& beat, std::size_t onset, std::size_t offset, float level,
                               double rate_hz) {
  std::vector<QrsWave> waves;
  const double ms = 1000.0 / rate_hz;
  for (std::size_t i = onset; i <= offset;) {
    const bool is_up = beat[i] > level;
    QrsWave wave;
    for (; i <= offset && (beat[i] > level) == is_up; ++i) {
      const double height = beat[i] - level;
      wave.amplitude_mV = std::abs(height) > std::abs(wave.amplitude_mV) ? height : wave.amplitude_mV;
      wave.duration_ms += ms;
    }
    if (std::abs(wave.amplitude_mV) < smallest_wave_mV || wave.duration_ms < smallest_wave_ms) {
      continue;
    }
    if (!waves.empty() && (waves.back().amplitude_mV > 0.0) == is_up) {
      waves.back().duration_ms += wave.duration_ms;
      waves.back().amplitude_mV = is_up ? std::max(waves.back().amplitude_mV, wave.amplitude_mV)
                                        : std::min(waves.back().amplitude_mV, wave.amplitude_mV);
    } else {
      waves.push_back(wave);
    }
  }
  const bool has_r = std::ranges::any_of(waves, [](const QrsWave& w) { return w.amplitude_mV > 0.0; });
  int num_r = 0;
  for (QrsWave& wave : waves) {
    const bool is_r = wave.amplitude_mV > 0.0;
    const std::string_view letter = is_r ? "R" : !has_r ? "QS" : num_r == 0 ? "Q" : "S";
    const int num_marks = is_r ? num_r++ : std::max(0, num_r - 1);
    wave.name = std::string(letter).append(static_cast<std::size_t>(num_marks), '\'');
  }
  return waves;
}

double extreme(const std::vector<float>& beat, std::size_t begin, std::size_t end, double level) {
  double largest = 0.0;
  for (std::size_t i = begin; i <= end && i < beat.size(); ++i) {
    largest = std::abs(beat[i] - level) > std::abs(largest) ? beat[i] - level : largest;
  }
  return largest;
}

double area(const std::vector<float>& beat, std::size_t begin, std::size_t end, double level) {
  double sum = 0.0;
  for (std::size_t i = begin; i <= end && i < beat.size(); ++i) {
    sum += beat[i] - level;
  }
  return sum;
}

/// Sum below the level from the lowest point of a wave's second half outward; 0 if it is not below.
double terminal_area(const std::vector<float>& beat, std::size_t begin, std::size_t end, double level) {
  end = std::min(end, beat.size() - 1);
  std::size_t lowest = begin + (end - begin) / 2;
  for (std::size_t i = lowest; i <= end; ++i) {
    lowest = beat[i] < beat[lowest] ? i : lowest;
  }
  double sum = 0.0;
  for (std::size_t i = lowest; i <= end && beat[i] < level; ++i) {
    sum += beat[i] - level;
  }
  for (std::size_t i = lowest; i > begin && beat[i - 1] < level; --i) {
    sum += beat[i - 1] - level;
  }
  return sum;
}

/// [lead] whether other leads contradict it in most of its seconds: then its height means nothing.
std::vector<bool> contradicted_leads(const SignalQuality& quality, std::size_t num_leads) {
  std::vector<bool> out(num_leads, false);
  for (std::size_t lead = 0; lead < std::min(num_leads, quality.leads.size()); ++lead) {
    const auto num = std::ranges::count_if(quality.leads[lead],
                                           [](const LeadSecond& second) { return second.has(Fault::inconsistent); });
    out[lead] = 2 * num > std::ssize(quality.leads[lead]);
  }
  return out;
}

/// Mean of a lead about a sample; nothing where a sample is missing.
std::optional<double> mean_about(const std::vector<float>& x, std::int64_t from, std::int64_t until) {
  if (from < 0 || until > std::ssize(x) || from >= until) {
    return std::nullopt;
  }
  double sum = 0.0;
  for (std::int64_t i = from; i < until; ++i) {
    sum += static_cast<double>(x[static_cast<std::size_t>(i)]);
  }
  return std::isfinite(sum) ? std::optional(sum / static_cast<double>(until - from)) : std::nullopt;
}

/// Squares of the standard errors of some samples of a mean, each of which is measured in every beat.
class ErrorsOfMean {
 public:
  explicit ErrorsOfMean(std::size_t num_samples) : sums_(num_samples), squares_(num_samples) {}

  void add(std::size_t sample, double value) {
    sums_[sample] += value;
    squares_[sample] += value * value;
  }
  /// Mean of them over the samples.
  [[nodiscard]] double mean_square(double num_beats) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      sum += std::max(0.0, squares_[i] / num_beats - sums_[i] * sums_[i] / (num_beats * num_beats)) / (num_beats - 1.0);
    }
    return sum / static_cast<double>(sums_.size());
  }

 private:
  std::vector<double> sums_;
  std::vector<double> squares_;
};

/// Standard error of ST above the level before the complex, each beat for itself: that of J, or that of the samples
/// from J until 80 ms later if it is the larger one, since few beats may be alike at J by chance.
std::optional<double> st_error_mv(const RepresentativeBeat& beat, std::size_t lead, const std::vector<float>& x) {
  const std::int64_t span = std::max<std::int64_t>(1, std::llround(level_s * beat.rate_hz));
  const auto length = static_cast<std::size_t>(std::llround(st_s * beat.rate_hz));
  ErrorsOfMean at_j(1);
  ErrorsOfMean samples(length);
  double num = 0.0;
  for (const std::int64_t start : beat.starts[lead]) {
    const std::int64_t onset = start + static_cast<std::int64_t>(beat.qrs.onset);
    const std::int64_t end = start + static_cast<std::int64_t>(beat.qrs.offset);
    const auto level = mean_about(x, onset - span, onset);
    const auto j = mean_about(x, end - span / 2, end + (span + 1) / 2);
    if (!level || !j || !mean_about(x, end, end + static_cast<std::int64_t>(length))) {
      continue;
    }
    at_j.add(0, *j - *level);
    for (std::size_t i = 0; i < length; ++i) {
      samples.add(i, static_cast<double>(x[static_cast<std::size_t>(end) + i]) - *level);
    }
    ++num;
  }
  if (num < 2.0) {
    return std::nullopt;
  }
  return std::sqrt(std::max(at_j.mean_square(num), samples.mean_square(num)));
}

LeadMeasurements measure_lead(const RepresentativeBeat& beat, std::size_t lead, const std::string& name,
                              const std::vector<float>& signal) {
  const std::vector<float>& x = beat.leads[lead];
  const auto ms = [&](double t) { return static_cast<std::size_t>(std::lround(t * beat.rate_hz / 1000.0)); };
  const auto at = [&](std::size_t i) { return static_cast<double>(x[std::min(i, x.size() - 1)]); };
  LeadMeasurements out;
  out.lead = name;
  out.is_measured = beat.is_measured[lead];
  if (!out.is_measured) {
    return out;
  }
  const double level = beat.level[lead];
  out.qrs = qrs_waves(x, beat.qrs.onset, beat.qrs.offset, static_cast<float>(level), beat.rate_hz);
  out.st_j_mV = at(beat.qrs.offset) - level;
  out.st_60_mV = at(beat.qrs.offset + ms(60.0)) - level;
  out.st_80_mV = at(beat.qrs.offset + ms(80.0)) - level;
  out.st_error_mV = st_error_mv(beat, lead, signal);
  out.num_beats = beat.starts[lead].size();
  if (beat.p) {
    const std::size_t begin = beat.p->onset - std::min(beat.p->onset, ms(12.0));
    double before = 0.0;
    for (std::size_t i = begin; i <= beat.p->onset; ++i) {
      before += at(i) / static_cast<double>(beat.p->onset - begin + 1);
    }
    out.p_mV = extreme(x, beat.p->onset, beat.p->offset, before);
    out.p_terminal_mVs = terminal_area(x, beat.p->onset, beat.p->offset, before) / beat.rate_hz;
  }
  if (beat.t) {
    out.t_mV = extreme(x, std::max(beat.t->onset, beat.qrs.offset + ms(40.0)), beat.t->offset, level);
  }
  return out;
}

/// Frontal axis from areas in I and aVF; aVF is √3/2 of a limb lead's length. Absent where both are all but zero.
std::optional<double> axis_deg(const RepresentativeBeat& beat, const std::vector<std::string>& names, std::size_t begin,
                               std::size_t end, bool from_begin) {
  const auto find = [&](const char* name) { return std::ranges::find(names, name) - names.begin(); };
  const auto one = static_cast<std::size_t>(find("I"));
  const auto foot = static_cast<std::size_t>(find("aVF"));
  if (one == names.size() || foot == names.size() || !beat.is_measured[one] || !beat.is_measured[foot]) {
    return std::nullopt;
  }
  const auto of = [&](std::size_t lead) {
    const double level = from_begin ? beat.leads[lead][begin] : beat.level[lead];
    return area(beat.leads[lead], begin, end, level) / static_cast<double>(end - begin + 1);
  };
  const double x = of(one);
  const double y = of(foot) * 2.0 / std::numbers::sqrt3;
  constexpr double smallest_mean_mV = 0.005;
  if (std::hypot(x, y) < smallest_mean_mV) {
    return std::nullopt;
  }
  return std::atan2(y, x) * 180.0 / std::numbers::pi;
}

/// Intervals, ms, before those beats that `counts` names, of those in which no second is rejected.
std::vector<float> intervals_ms(const std::vector<std::int64_t>& beats, double rate_hz,
                                const std::vector<bool>& is_rejected, const std::function<bool(std::size_t)>& counts) {
  const auto time_s = [&](std::size_t b) { return static_cast<double>(beats[b]) / rate_hz; };
  std::vector<float> out;
  for (std::size_t b = 1; b < beats.size(); ++b) {
    if (counts(b) && is_heard(is_rejected, time_s(b - 1), time_s(b))) {
      out.push_back(static_cast<float>(1000.0 * (time_s(b) - time_s(b - 1))));
    }
  }
  return out;
}

std::optional<double> mean_of(const std::vector<float>& values) {
  if (values.empty()) {
    return std::nullopt;
  }
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::optional<double> median_of(std::vector<float> values) {
  return values.empty() ? std::nullopt : std::optional(static_cast<double>(median(values)));
}

/// The interval that QT belongs to: one after a pause says little of it.
std::optional<double> usual_rr_ms(std::vector<float> intervals) {
  if (!intervals.empty()) {
    std::vector<float> copy = intervals;
    const float longest = longest_over_median * median(copy);
    std::erase_if(intervals, [&](float interval) { return interval > longest; });
  }
  return mean_of(intervals);
}

/// The index from which a P wave would be seen: where the T wave before has ended, and no farther back than it may be.
std::size_t p_begins_behind(const RepresentativeBeat& beat, std::optional<double> rr_ms) {
  const auto onset = static_cast<double>(beat.qrs.onset);
  const double farthest = onset - longest_pr_s * beat.rate_hz;
  const double t_end = beat.t && rr_ms
                           ? static_cast<double>(beat.t->offset) + (clear_of_t_s - *rr_ms / 1000.0) * beat.rate_hz
                           : farthest;
  return static_cast<std::size_t>(std::clamp(std::max(farthest, t_end), 0.0, onset));
}

}  // namespace

CorrectedQt corrected_qt(double qt_ms, double rr_s) {
  return {qt_ms / std::sqrt(rr_s), qt_ms / std::cbrt(rr_s), qt_ms + 154.0 * (1.0 - rr_s),
          qt_ms + 1.75 * (60.0 / rr_s - 60.0)};
}

bool are_most_leads_measured(const Measurements& measurements) {
  return measurements.qrs_ms && 2 * std::ranges::count_if(measurements.leads, &LeadMeasurements::is_measured) >=
                                    std::ssize(measurements.leads);
}

const LeadMeasurements* measured_lead(const Measurements& measurements, std::string_view name) {
  const auto found = std::ranges::find(measurements.leads, name, &LeadMeasurements::lead);
  return found == measurements.leads.end() || !found->is_measured || found->qrs.empty() ? nullptr : &*found;
}

double LeadMeasurements::amplitude_mv(const std::string& wave) const {
  const auto found = std::ranges::find(qrs, wave, &QrsWave::name);
  return found == qrs.end() ? 0.0 : found->amplitude_mV;
}

Measurements measure(const LeadSignals& signals, const Delineation& delineation, const SignalQuality& quality,
                     const std::vector<bool>& is_rejected, std::span<const BeatType> types,
                     const std::vector<bool>& is_left_out) {
  Measurements out;
  out.num_beats = delineation.global.size();
  const std::vector<std::int64_t>& beats = delineation.beats.samples;
  const std::vector<float> all = intervals_ms(beats, signals.rate_hz, is_rejected, [](std::size_t) { return true; });
  if (all.size() >= 2) {
    out.rr_ms = all.size() < fewest_for_mean ? median_of(all) : mean_of(all);
    out.rate_per_min = 60000.0 / *out.rr_ms;
  }
  auto beat = representative_beat(signals, delineation, quality, types, is_left_out);
  if (!beat) {
    return out;
  }
  const std::vector<bool> is_contradicted = contradicted_leads(quality, signals.num_leads());
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    beat->is_measured[lead] = beat->is_measured[lead] && !is_contradicted[lead];
  }
  out.rr_of_qt_ms = usual_rr_ms(intervals_ms(
      beats, signals.rate_hz, is_rejected, [&](std::size_t b) { return std::ranges::binary_search(beat->beats, b); }));
  const auto ms = [&](std::size_t from, std::size_t to) {
    return 1000.0 * (static_cast<double>(to) - static_cast<double>(from)) / signals.rate_hz;
  };
  out.averaged = beat->beats;
  out.qrs_ms = ms(beat->qrs.onset, beat->qrs.offset);
  out.qrs_axis_deg = axis_deg(*beat, signals.names, beat->qrs.onset, beat->qrs.offset, false);
  if (beat->p) {
    out.p_ms = ms(beat->p->onset, beat->p->offset);
    out.pr_ms = ms(beat->p->onset, beat->qrs.onset);
    out.p_axis_deg = axis_deg(*beat, signals.names, beat->p->onset, beat->p->offset, true);
  }
  out.is_t_cut = beat->is_t_cut;
  if (!beat->p) {
    out.hidden_p_mV = largest_hidden_p_mv(signals, *beat, p_begins_behind(*beat, out.rr_of_qt_ms), beat->qrs.onset);
  }
  if (beat->t) {
    out.qt_ms = ms(beat->qrs.onset, beat->t->offset);
    out.t_axis_deg = axis_deg(*beat, signals.names, beat->t->onset, beat->t->offset, false);
    if (const auto rr_ms = out.rr_of_qt_ms ? out.rr_of_qt_ms : out.rr_ms; rr_ms && out.rr_ms) {
      out.qtc = corrected_qt(*out.qt_ms, *rr_ms / 1000.0);
    }
  }
  for (std::size_t lead = 0; lead < signals.mv.size(); ++lead) {
    out.leads.push_back(measure_lead(*beat, lead, signals.names[lead], signals.mv[lead]));
  }
  return out;
}

}  // namespace xingu::ecg
