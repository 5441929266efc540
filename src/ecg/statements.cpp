// SPDX-License-Identifier: Apache-2.0
#include "ecg/statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

/// Which bundle branch conducts late: the last force points to the right (V1 up) or to the left.
void say_bundle_branch(const Measurements& m, const StatementThresholds& t, std::vector<Statement>& out) {
  const LeadMeasurements* const v1 = find_lead(m, "V1");
  const LeadMeasurements* const v6 = find_lead(m, "V6");
  if (*m.qrs_ms < t.incomplete_block_from_ms || v1 == nullptr || v6 == nullptr) {
    return;
  }
  const bool is_complete = *m.qrs_ms >= t.complete_block_from_ms;
  const QrsWave& last_v1 = v1->qrs.back();
  const QrsWave& last_v6 = v6->qrs.back();
  const std::string reason = fmt::format("QRS {:.0f} ms, V1 ends with {} {:.2f} mV, V6 with {} {:.2f} mV", *m.qrs_ms,
                                         last_v1.name, last_v1.amplitude_mV, last_v6.name, last_v6.amplitude_mV);
  const std::string grade = is_complete ? "complete" : "incomplete";
  if (last_v1.amplitude_mV > 0 && last_v6.amplitude_mV < 0) {
    out.push_back(
        {grade + "_rbbb", is_complete ? "Right bundle branch block" : "Incomplete right bundle branch block", reason});
  } else if (last_v1.amplitude_mV < 0 && last_v6.amplitude_mV > 0 && v6->amplitude_mV("Q") == 0.0) {
    out.push_back(
        {grade + "_lbbb", is_complete ? "Left bundle branch block" : "Incomplete left bundle branch block", reason});
  } else if (is_complete) {
    out.push_back({"intraventricular_delay", "Intraventricular conduction delay", reason});
  }
}

void say_intervals(const Measurements& m, const PatientFacts& patient, const StatementThresholds& t,
                   std::vector<Statement>& out) {
  if (m.pr_ms && *m.pr_ms > t.av_block_above_ms) {
    out.push_back({"av_block_1", "First-degree AV block", fmt::format("PR {:.0f} ms", *m.pr_ms)});
  }
  if (m.qrs_ms) {
    say_bundle_branch(m, t, out);
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
  say_intervals(a.measurements, patient, thresholds, a.statements);
  return a;
}

}  // namespace xingu::ecg
