// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "ecg/heart_rate_variability.h"
#include "ecg/long_recording.h"
#include "ecg/seconds.h"
#include "ecg_judges.h"

namespace xingu::test {
namespace {

bool is_part(double value) { return value >= 0.0 && value <= 1.0; }

/// Whether a sequence has something for each of its items, or nothing at all.
template <class Items>
bool is_of(const Items& items, std::size_t size) {
  return items.empty() || items.size() == size;
}

bool is_rate(const std::optional<double>& rate) {
  return !rate || (std::isfinite(*rate) && *rate >= 1.0 && *rate <= 400.0);  // of a minute that is one pause
}

/// Beats in order inside the recording with all that is known of each, and the seconds of the whole recording.
std::string complaint_about_sequence(const ecg::LongAnalysis& a, std::size_t num_samples, double rate_hz) {
  const ecg::BeatSequence& s = a.sequence;
  const double duration_s = static_cast<double>(num_samples) / rate_hz;
  const std::size_t num_seconds = ecg::num_seconds_begun(num_samples, rate_hz);
  if (a.duration_s != duration_s || s.end_s != duration_s) {
    return fmt::format("{} s in place of {}", a.duration_s, duration_s);
  }
  if (s.is_rejected.size() != num_seconds || !is_of(s.is_untold, num_seconds) || !is_of(s.is_swinging, num_seconds) ||
      !is_of(a.is_trembling, num_seconds)) {
    return fmt::format("{} seconds in place of {}", s.is_rejected.size(), num_seconds);
  }
  if (s.type.size() != s.size() || s.p_probability.size() != s.size() || !is_of(s.is_wide, s.size()) ||
      a.fibrillation.size() != s.size() || a.fine_offsets.size() != s.size()) {
    return "not every beat has a type and the rest";
  }
  for (std::size_t b = 0; b < s.size(); ++b) {
    const bool is_inside = s.sample[b] >= 0 && s.time_s(b) < duration_s;
    const bool is_in_order = b == 0 || s.time_s(b) - s.time_s(b - 1) > 0.15;
    if (!is_inside || !is_in_order || !is_part(static_cast<double>(s.p_probability[b])) ||
        !(std::abs(a.fine_offsets[b]) < s.rate_hz)) {
      return fmt::format("beat {} of {} at {} s", b, s.size(), s.time_s(b));
    }
  }
  for (const auto& stimuli : {a.capture.answered, a.capture.unanswered}) {
    if (!std::ranges::is_sorted(stimuli) ||
        (!stimuli.empty() && (stimuli.front() < 0 || static_cast<double>(stimuli.back()) / s.rate_hz > duration_s))) {
      return "stimuli outside the recording or in no order";
    }
  }
  return a.good_part.size() == a.leads.size() && std::ranges::all_of(a.good_part, is_part) ? "" : "a part that is none";
}

std::string complaint_about_episodes(const ecg::LongAnalysis& a, const ecg::EpisodeLimits& limits) {
  double last_s = 0.0;
  for (const ecg::Episode& e : ecg::find_episodes(a.sequence, a.fibrillation, limits)) {
    if (!(e.begin_s >= last_s) || !(e.end_s >= e.begin_s) || e.end_s > a.duration_s + 1e-9 ||
        !is_rate(e.rate_per_min) || e.num_beats > a.sequence.size()) {
      return fmt::format("'{}' from {} to {} s with {} beats at {}", e.code, e.begin_s, e.end_s, e.num_beats,
                         e.rate_per_min.value_or(0.0));
    }
    last_s = e.begin_s;
  }
  const ecg::FibrillationBurden burden = ecg::fibrillation_burden(a.sequence, a.fibrillation);
  const bool is_burden = burden.fibrillating_s >= 0.0 && burden.fibrillating_s <= burden.decided_s + 1e-9 &&
                         burden.undecided_s >= 0.0 && burden.decided_s + burden.undecided_s <= a.duration_s + 1e-6;
  return is_burden ? ""
                   : fmt::format("fibrillation for {} of {} s, {} undecided, in {} s", burden.fibrillating_s,
                                 burden.decided_s, burden.undecided_s, a.duration_s);
}

/// The rate that is shown of the whole: the mean of the minutes that have one.
struct Trend {
  std::string wrong;
  std::optional<double> rate_per_min;
};

Trend trend_of(const ecg::LongAnalysis& a) {
  const std::vector<ecg::TrendMinute> minutes = ecg::trend(a.sequence, a.fibrillation);
  Trend out;
  double sum = 0.0;
  std::size_t num = 0, rejected = 0, ectopic = 0;
  for (const ecg::TrendMinute& m : minutes) {
    if (!is_rate(m.mean_rate) || !is_rate(m.slowest_rate) || !is_rate(m.fastest_rate) ||
        (m.slowest_rate && m.fastest_rate && *m.slowest_rate > *m.fastest_rate) || !is_part(m.fibrillating_share) ||
        m.rejected_s > 60) {
      out.wrong = fmt::format("a minute of {}, {} to {} /min, {} s rejected", m.mean_rate.value_or(0.0),
                              m.slowest_rate.value_or(0.0), m.fastest_rate.value_or(0.0), m.rejected_s);
    }
    rejected += m.rejected_s;
    ectopic += m.ventricular + m.supraventricular;
    sum += m.mean_rate.value_or(0.0);
    num += m.mean_rate ? 1 : 0;
  }
  const auto all_rejected = static_cast<std::size_t>(std::ranges::count(a.sequence.is_rejected, true));
  if (minutes.size() > static_cast<std::size_t>(a.duration_s / 60.0) + 1 || rejected > all_rejected ||
      ectopic > a.sequence.size()) {
    out.wrong = fmt::format("{} minutes with {} s rejected of {}, {} ectopic beats of {}", minutes.size(), rejected,
                            all_rejected, ectopic, a.sequence.size());
  }
  if (num > 0) {
    out.rate_per_min = sum / static_cast<double>(num);
  }
  return out;
}

std::string complaint_about_variability(const ecg::LongAnalysis& a) {
  const std::vector<ecg::NormalInterval> intervals = ecg::normal_intervals(a.sequence, a.fibrillation, a.fine_offsets);
  for (const ecg::NormalInterval& interval : intervals) {
    if (!(interval.nn_ms > 100.0) || !(interval.nn_ms <= 3100.0) || !(interval.end_s <= a.duration_s + 0.1)) {
      return fmt::format("a normal interval of {} ms that ends at {} s", interval.nn_ms, interval.end_s);
    }
  }
  const auto is_positive = [](double value) { return std::isfinite(value) && value >= 0.0; };
  if (const auto time = ecg::time_variability(intervals)) {
    const std::array<double, 10> values{time->mean_nn_ms,
                                        time->sdnn_ms,
                                        time->rmssd_ms,
                                        time->sdsd_ms,
                                        time->sdann_ms.value_or(0.0),
                                        time->sdnn_index_ms.value_or(0.0),
                                        time->triangular_index.value_or(0.0),
                                        time->tinn_ms.value_or(0.0),
                                        time->pnn50_percent,
                                        100.0 - time->pnn50_percent};
    if (!std::ranges::all_of(values, is_positive) || time->num_intervals != intervals.size()) {
      return "a variability that is none";
    }
  }
  const auto power = ecg::spectral_variability(intervals);
  return !power || (is_positive(power->vlf_ms2) && is_positive(power->lf_ms2) && is_positive(power->hf_ms2))
             ? ""
             : "a power that is none";
}

/// Of a clean signal the rate and the number of beats are right, and nothing lasts but wide complexes, since a P wave
/// that runs into them may make them so, and beats that cannot be told in the one low lead that electrodes leave.
std::string complaint_about_truth(const EcgCase& c, const ecg::LongAnalysis& a, const Trend& trend,
                                  const ecg::EpisodeLimits& limits) {
  if (trend.rate_per_min && std::abs(*trend.rate_per_min / c.heart_rate_per_min - 1.0) > 0.05) {
    return fmt::format("long: a rate of {} in place of {}", *trend.rate_per_min, c.heart_rate_per_min);
  }
  const auto found = static_cast<double>(a.sequence.size());
  const auto truth = static_cast<double>(c.beats_s.size());
  const bool is_heard = c.has_electrodes && std::ranges::count(a.sequence.is_rejected, true) == 0;
  if (is_heard && std::abs(found - truth) > 2.0 + 0.02 * truth) {
    return fmt::format("long: {} beats in place of {}", found, truth);
  }
  for (const ecg::Episode& e : ecg::find_episodes(a.sequence, a.fibrillation, limits)) {
    const bool is_long = 60.0 / c.heart_rate_per_min > 0.98 * limits.pause_above_s;  // each interval, all but a sample
    const bool may_be = e.code == "wide_complex_tachycardia" || (e.code == "pause" && is_long) ||
                        (e.code == "beats_untold" && c.damage != Damage::none);
    if (!may_be) {
      return fmt::format("long: '{}' from {} to {} s of a clean sinus rhythm", e.code, e.begin_s, e.end_s);
    }
  }
  return "";
}

bool is_clean(const EcgCase& c) {
  return c.damage != Damage::hostile && c.signals.rate_hz >= 128.0 && c.heart_rate_per_min >= 30.0 &&
         c.heart_rate_per_min <= 220.0;
}

}  // namespace

void judge_long(const EcgCase& c, Dice& dice, const ecg::StatementThresholds& thresholds, Verdict& verdict) {
  ecg::RecordSource source(digitised(c, dice));
  ecg::LongRecordingSettings settings;
  settings.chunk_s = dice.chance(0.3) ? settings.chunk_s : dice.between(10.0, 60.0);
  settings.margin_s = dice.chance(0.5) ? settings.margin_s : dice.between(0.0, 45.0);
  settings.rate_hz = dice.chance(0.5) ? settings.rate_hz : dice.between(100.0, 250.0);
  double last_s = 0.0;
  std::string wrong;
  const ecg::LongAnalysis a = ecg::analyse_long(source, thresholds, settings, [&](double done_s) {
    if (!(done_s >= last_s)) {
      wrong = fmt::format("{} s are done after {}", done_s, last_s);
    }
    last_s = done_s;
  });
  const Trend trend = trend_of(a);
  verdict.is_silent = !trend.rate_per_min;
  for (const std::string& what :
       {std::move(wrong), complaint_about_sequence(a, c.signals.num_samples(), c.signals.rate_hz),
        complaint_about_episodes(a, thresholds.episodes()), trend.wrong, complaint_about_variability(a)}) {
    if (!what.empty()) {
      verdict.wrong = "long: " + what;
      return;
    }
  }
  if (is_clean(c)) {
    verdict.wrong = complaint_about_truth(c, a, trend, thresholds.episodes());
  }
}

}  // namespace xingu::test
