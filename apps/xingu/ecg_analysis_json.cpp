// SPDX-License-Identifier: Apache-2.0
#include "ecg_analysis_json.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "ecg/beat_timing.h"
#include "ecg_sequence.h"

namespace xingu {
namespace {

nlohmann::ordered_json value_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

/// {"mains": [0, 1, 7]}: the seconds of a lead that have a fault.
nlohmann::ordered_json faults_json(const std::vector<ecg::LeadSecond>& seconds) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (std::size_t s = 0; s < seconds.size(); ++s) {
    for (std::size_t f = 0; f < ecg::num_faults; ++f) {
      if (seconds[s].has(static_cast<ecg::Fault>(f))) {
        json[ecg::fault_name(static_cast<ecg::Fault>(f))].push_back(s);
      }
    }
  }
  return json;
}

/// @param num_measured  leads that the recording has; those behind them are computed
nlohmann::ordered_json leads_json(const ecg::LeadSignals& signals, const ecg::Analysis& analysis,
                                  std::size_t num_measured) {
  nlohmann::ordered_json leads = nlohmann::ordered_json::array();
  for (std::size_t l = 0; l < signals.num_leads(); ++l) {
    nlohmann::ordered_json lead{{"lead", signals.names[l]},
                                {"is_computed", l >= num_measured},
                                {"good_part", analysis.quality.good_part(l)},
                                {"faulty_seconds", faults_json(analysis.quality.leads[l])}};
    for (const char* const name :
         {"p_mv", "t_mv", "st_j_mv", "st_60_mv", "st_80_mv", "st_error_mv", "num_beats", "qrs"}) {
      lead[name] = nullptr;
    }
    if (l < analysis.measurements.leads.size() && !analysis.measurements.leads[l].qrs.empty()) {
      const ecg::LeadMeasurements& m = analysis.measurements.leads[l];
      lead["p_mv"] = value_or_null(m.p_mV);
      lead["t_mv"] = value_or_null(m.t_mV);
      lead["st_j_mv"] = m.st_j_mV;
      lead["st_60_mv"] = m.st_60_mV;
      lead["st_80_mv"] = m.st_80_mV;
      lead["st_error_mv"] = value_or_null(m.st_error_mV);
      lead["num_beats"] = m.num_beats;
      for (const ecg::QrsWave& wave : m.qrs) {
        lead["qrs"].push_back({{"wave", wave.name}, {"mv", wave.amplitude_mV}, {"ms", wave.duration_ms}});
      }
    }
    leads.push_back(std::move(lead));
  }
  return leads;
}

/// [onset, peak, offset] s from the first sample; null where there is no such wave.
nlohmann::ordered_json bounds_json(const std::optional<ecg::WaveBounds>& wave, double rate_hz) {
  if (!wave) {
    return nullptr;
  }
  return {static_cast<double>(wave->onset) / rate_hz, static_cast<double>(wave->peak) / rate_hz,
          static_cast<double>(wave->offset) / rate_hz};
}

/// The delineation of each beat, of all leads together and of each lead; the probability of a P wave.
nlohmann::ordered_json waves_json(const ecg::LeadSignals& signals, const ecg::Analysis& analysis) {
  const auto beats_json = [&](const std::vector<ecg::BeatWaves>& beats, bool is_global) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const ecg::BeatWaves& beat : beats) {
      nlohmann::ordered_json waves{{"p_s", bounds_json(beat.p, signals.rate_hz)},
                                   {"qrs_s", bounds_json(beat.qrs, signals.rate_hz)},
                                   {"t_s", bounds_json(beat.t, signals.rate_hz)}};
      if (is_global) {
        waves["p_probability"] = beat.p_probability;
      }
      out.push_back(std::move(waves));
    }
    return out;
  };
  nlohmann::ordered_json json{{"global", beats_json(analysis.waves.global, true)}};
  for (std::size_t lead = 0; lead < analysis.waves.by_lead.size(); ++lead) {
    json["by_lead"][signals.names[lead]] = beats_json(analysis.waves.by_lead[lead], false);
  }
  return json;
}

}  // namespace

std::vector<ecg::NormalInterval> sinus_intervals(const ecg::LeadSignals& signals, const ecg::Analysis& analysis) {
  std::vector<ecg::Fibrillation> states = analysis.fibrillation;
  for (const std::size_t beat : analysis.flutter.beats) {
    states[beat] = ecg::Fibrillation::yes;
  }
  const ecg::AlignedBeats& aligned = analysis.waves.beats;
  std::vector<float> offsets;  // none where nothing was delineated
  if (aligned.samples.size() == analysis.sequence.size()) {
    offsets = ecg::fine_offsets(signals, analysis.sequence.sample, aligned);
  }
  return ecg::normal_intervals(analysis.sequence, states, offsets);
}

nlohmann::ordered_json analysis_json(const std::string& record, const ecg::LeadSignals& signals,
                                     const ecg::Analysis& analysis, const ecg::EpisodeLimits& limits,
                                     std::size_t num_measured, const std::string& start_time,
                                     const std::vector<std::string>& warnings) {
  const ecg::Measurements& m = analysis.measurements;
  nlohmann::ordered_json json{{"record", record},
                              {"started", started_json(start_time)},
                              {"rate_hz", signals.rate_hz},
                              {"duration_s", signals.duration_s()},
                              {"warnings", warnings},
                              {"num_beats", analysis.beats.sample.size()},
                              {"rate_per_min", value_or_null(m.rate_per_min)},
                              {"p_ms", value_or_null(m.p_ms)},
                              {"pr_ms", value_or_null(m.pr_ms)},
                              {"qrs_ms", value_or_null(m.qrs_ms)},
                              {"qt_ms", value_or_null(m.qt_ms)},
                              {"p_axis_deg", value_or_null(m.p_axis_deg)},
                              {"qrs_axis_deg", value_or_null(m.qrs_axis_deg)},
                              {"t_axis_deg", value_or_null(m.t_axis_deg)}};
  json["recorded_filters"] = {{"high_pass_Hz", value_or_null(signals.filters.high_pass_Hz)},
                              {"low_pass_Hz", value_or_null(signals.filters.low_pass_Hz)},
                              {"notch_Hz", value_or_null(signals.filters.notch_Hz)}};
  json["qtc_ms"] = nullptr;
  if (m.qtc) {
    json["qtc_ms"] = {{"bazett", m.qtc->bazett_ms},
                      {"fridericia", m.qtc->fridericia_ms},
                      {"framingham", m.qtc->framingham_ms},
                      {"hodges", m.qtc->hodges_ms}};
  }
  json["statements"] = nlohmann::ordered_json::array();
  for (const ecg::Statement& s : analysis.statements) {
    json["statements"].push_back(
        {{"code", s.code}, {"text", s.text}, {"reason", s.reason}, {"beats", s.beats}, {"leads", s.leads}});
  }
  json["beats_s"] = nlohmann::ordered_json::array();
  for (const std::int64_t beat : analysis.beats.sample) {
    json["beats_s"].push_back(static_cast<double>(beat) / signals.rate_hz);
  }
  json.update(sequence_json(analysis.sequence, analysis.fibrillation, limits, sinus_intervals(signals, analysis),
                            EcgClock(start_time)));
  json["waves"] = waves_json(signals, analysis);
  json["leads"] = leads_json(signals, analysis, num_measured);
  return json;
}

}  // namespace xingu
