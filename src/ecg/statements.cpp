// SPDX-License-Identifier: Apache-2.0
#include "ecg/statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

bool is_rejected(const QrsDetection& beats, std::int64_t sample, double rate_hz) {
  const auto second = static_cast<std::size_t>(static_cast<double>(sample) / rate_hz);
  return second < beats.is_rejected.size() && beats.is_rejected[second];
}

double rejected_part(const QrsDetection& beats) {
  if (beats.is_rejected.empty()) {
    return 1.0;
  }
  return static_cast<double>(std::count(beats.is_rejected.begin(), beats.is_rejected.end(), true)) /
         static_cast<double>(beats.is_rejected.size());
}

/// Intervals between successive beats that both lie in seconds that count, s.
std::vector<float> clear_intervals(const QrsDetection& beats, double rate_hz) {
  std::vector<float> intervals;
  for (std::size_t b = 1; b < beats.sample.size(); ++b) {
    if (!is_rejected(beats, beats.sample[b - 1], rate_hz) && !is_rejected(beats, beats.sample[b], rate_hz)) {
      intervals.push_back(static_cast<float>(static_cast<double>(beats.sample[b] - beats.sample[b - 1]) / rate_hz));
    }
  }
  return intervals;
}

/// Part of the beats, of those whose waves were sought, that have a P wave.
double p_share(const Delineation& waves) {
  std::size_t sought = 0;
  std::size_t found = 0;
  for (const BeatWaves& beat : waves.global) {
    sought += beat.qrs ? 1 : 0;
    found += beat.qrs && beat.p ? 1 : 0;
  }
  return sought == 0 ? 0.0 : static_cast<double>(found) / static_cast<double>(sought);
}

const LeadMeasurements* find_lead(const Measurements& m, const std::string& name) {
  const auto found = std::ranges::find(m.leads, name, &LeadMeasurements::lead);
  return found == m.leads.end() || found->qrs.empty() ? nullptr : &*found;
}

void say_rhythm(const Analysis& a, double rate_hz, const StatementThresholds& t, std::vector<Statement>& out) {
  const double rate = *a.measurements.rate_per_min;
  const double irregularity = rr_irregularity(a.beats, rate_hz);
  const double share = p_share(a.waves);
  const std::string basis =
      fmt::format("{:.0f}/min from {} beats, irregularity {:.2f}, P waves before {:.0f} % of the beats", rate,
                  a.beats.sample.size(), irregularity, 100 * share);
  const bool has_p = share > t.largest_p_share;
  if (!has_p && irregularity > t.least_irregularity) {
    out.push_back({"atrial_fibrillation", "Atrial fibrillation", basis});
  } else if (!has_p) {
    out.push_back({"regular_without_p", "Regular rhythm without P waves", basis});
  } else if (irregularity >= t.sinus_arrhythmia_from) {
    out.push_back({"sinus_arrhythmia", "Sinus arrhythmia", basis});
  } else if (rate < t.bradycardia_below_per_min) {
    out.push_back({"sinus_bradycardia", "Sinus bradycardia", basis});
  } else if (rate > t.tachycardia_above_per_min) {
    out.push_back({"sinus_tachycardia", "Sinus tachycardia", basis});
  } else {
    out.push_back({"sinus_rhythm", "Sinus rhythm", basis});
  }
  const std::vector<float> intervals = clear_intervals(a.beats, rate_hz);
  if (!intervals.empty()) {
    const float longest = *std::max_element(intervals.begin(), intervals.end());
    if (longest > t.pause_above_s) {
      out.push_back({"pause", "Pause", fmt::format("longest interval {:.2f} s", longest)});
    }
  }
}

/// What decides between the bundle branches on a lead: its largest wave, and its last one that counts.
struct LeadForces {
  double largest_mv = 0.0;
  double last_mv = 0.0;
};

LeadForces forces(const LeadMeasurements& lead, double smallest_mv) {
  LeadForces result;
  for (const QrsWave& wave : lead.qrs) {
    if (std::abs(wave.amplitude_mV) > std::abs(result.largest_mv)) {
      result.largest_mv = wave.amplitude_mV;
    }
    if (std::abs(wave.amplitude_mV) >= smallest_mv) {
      result.last_mv = wave.amplitude_mV;
    }
  }
  return result;
}

/// Median duration of the beats' complexes, ms. Unlike that of the mean beat it has no slope of ST in it.
std::optional<double> median_qrs_ms(const Delineation& waves, double rate_hz) {
  std::vector<float> durations;
  for (const BeatWaves& beat : waves.global) {
    if (beat.qrs) {
      durations.push_back(
          static_cast<float>(1000.0 * static_cast<double>(beat.qrs->offset - beat.qrs->onset) / rate_hz));
    }
  }
  return durations.empty() ? std::nullopt : std::optional<double>(median(durations));
}

/// Which bundle branch conducts late. Right: the last force points to V1 and away from V6. Left: V1 is all but negative
/// and V6 positive.
void say_bundle_branch(const Measurements& m, double qrs_ms, const StatementThresholds& t,
                       std::vector<Statement>& out) {
  const LeadMeasurements* const v1 = find_lead(m, "V1");
  const LeadMeasurements* const v6 = find_lead(m, "V6");
  if (qrs_ms < t.incomplete_block_from_ms || v1 == nullptr || v6 == nullptr) {
    return;
  }
  const LeadForces right = forces(*v1, t.smallest_wave_mv);
  const LeadForces left = forces(*v6, t.smallest_wave_mv);
  const std::string reason =
      fmt::format("QRS {:.0f} ms; V1 largest {:.2f}, last {:.2f} mV; V6 largest {:.2f}, last {:.2f} mV", qrs_ms,
                  right.largest_mv, right.last_mv, left.largest_mv, left.last_mv);
  const bool is_complete = qrs_ms >= t.complete_block_from_ms;
  if (right.last_mv > 0.5 * std::abs(right.largest_mv) && left.last_mv < 0) {
    out.push_back({is_complete ? "complete_rbbb" : "incomplete_rbbb",
                   is_complete ? "Right bundle branch block" : "Incomplete right bundle branch block", reason});
  } else if (right.largest_mv < 0 && left.largest_mv > 0 && qrs_ms >= t.complete_left_block_from_ms) {
    out.push_back({"complete_lbbb", "Left bundle branch block", reason});
  } else if (is_complete) {
    out.push_back({"intraventricular_delay", "Intraventricular conduction delay", reason});
  }
}

void say_intervals(const Analysis& a, double rate_hz, const PatientFacts& patient, const StatementThresholds& t,
                   std::vector<Statement>& out) {
  const Measurements& m = a.measurements;
  if (m.pr_ms && *m.pr_ms > t.av_block_above_ms) {
    out.push_back({"av_block_1", "First-degree AV block", fmt::format("PR {:.0f} ms", *m.pr_ms)});
  }
  const bool may_be_ventricular =
      std::ranges::any_of(out, [](const Statement& s) { return s.code == "regular_without_p"; });
  const std::optional<double> qrs_ms = median_qrs_ms(a.waves, rate_hz);
  if (qrs_ms && !may_be_ventricular) {
    say_bundle_branch(m, *qrs_ms, t, out);
  }
  const double limit = patient.sex == Sex::male ? t.long_qtc_from_male_ms : t.long_qtc_from_female_ms;
  if (m.qtc && m.qrs_ms && *m.qrs_ms < t.complete_block_from_ms && m.qtc->fridericia_ms >= limit) {
    out.push_back({"long_qt", "Prolonged QT interval",
                   fmt::format("QTc {:.0f} ms (Fridericia), limit {:.0f} ms{}", m.qtc->fridericia_ms, limit,
                               patient.sex ? "" : ", sex unknown")});
  }
}

}  // namespace

double rr_irregularity(const QrsDetection& beats, double rate_hz) {
  const std::vector<float> intervals = clear_intervals(beats, rate_hz);
  if (intervals.size() < 3) {
    return 0.0;
  }
  double sum = 0.0;
  std::vector<float> changes;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    sum += intervals[i];
    if (i > 0) {
      changes.push_back(std::abs(intervals[i] - intervals[i - 1]));
    }
  }
  return static_cast<double>(median(changes)) * static_cast<double>(intervals.size()) / sum;
}

Analysis analyse(const LeadSignals& signals, const PatientFacts& patient, const StatementThresholds& thresholds) {
  Analysis a;
  a.quality = assess_quality(signals);
  a.beats = detect_qrs(signals);
  const double rejected = rejected_part(a.beats);
  if (static_cast<double>(a.beats.sample.size()) < thresholds.fewest_beats ||
      rejected > thresholds.largest_rejected_part) {
    a.statements.push_back(
        {"cannot_say", "The signal does not allow a statement",
         fmt::format("{} beats, {:.0f} % of the seconds rejected", a.beats.sample.size(), 100 * rejected)});
    return a;
  }
  a.waves = delineate(signals, a.beats.sample);
  a.measurements = measure(signals, a.waves);
  if (a.measurements.rate_per_min) {
    say_rhythm(a, signals.rate_hz, thresholds, a.statements);
  }
  say_intervals(a, signals.rate_hz, patient, thresholds, a.statements);
  return a;
}

}  // namespace xingu::ecg
