// SPDX-License-Identifier: Apache-2.0
// xingu ecg analyse RECORD: what can be said of a recording, and why.
#include "ecg_analyse.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/log.h"
#include "ecg/heart_rate_variability.h"
#include "ecg/statements.h"
#include "ecg_files.h"

namespace xingu {
namespace {

struct EcgAnalyseOptions {
  std::string record;
  bool is_json = false;
};

nlohmann::ordered_json value_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json leads_json(const ecg::LeadSignals& signals, const ecg::Analysis& analysis) {
  nlohmann::ordered_json leads = nlohmann::ordered_json::array();
  for (std::size_t l = 0; l < signals.num_leads(); ++l) {
    nlohmann::ordered_json lead{{"lead", signals.names[l]}, {"good_part", analysis.quality.good_part(l)}};
    if (l < analysis.measurements.leads.size() && !analysis.measurements.leads[l].qrs.empty()) {
      const ecg::LeadMeasurements& m = analysis.measurements.leads[l];
      lead["p_mv"] = value_or_null(m.p_mV);
      lead["t_mv"] = value_or_null(m.t_mV);
      lead["st_j_mv"] = m.st_j_mV;
      lead["st_60_mv"] = m.st_60_mV;
      lead["st_80_mv"] = m.st_80_mV;
      for (const ecg::QrsWave& wave : m.qrs) {
        lead["qrs"].push_back({{"wave", wave.name}, {"mv", wave.amplitude_mV}, {"ms", wave.duration_ms}});
      }
    }
    leads.push_back(std::move(lead));
  }
  return leads;
}

nlohmann::ordered_json variability_json(const std::vector<ecg::NormalInterval>& intervals) {
  const auto time = ecg::time_variability(intervals);
  if (!time) {
    return nullptr;
  }
  nlohmann::ordered_json json{{"num_intervals", time->num_intervals},
                              {"mean_nn_ms", time->mean_nn_ms},
                              {"sdnn_ms", time->sdnn_ms},
                              {"sdann_ms", value_or_null(time->sdann_ms)},
                              {"sdnn_index_ms", value_or_null(time->sdnn_index_ms)},
                              {"rmssd_ms", time->rmssd_ms},
                              {"pnn50_percent", time->pnn50_percent},
                              {"triangular_index", value_or_null(time->triangular_index)}};
  if (const auto spectrum = ecg::spectral_variability(intervals)) {
    json["vlf_ms2"] = spectrum->vlf_ms2;
    json["lf_ms2"] = spectrum->lf_ms2;
    json["hf_ms2"] = spectrum->hf_ms2;
    json["lf_to_hf"] = spectrum->lf_to_hf();
    json["num_stretches"] = spectrum->num_stretches;
  }
  return json;
}

std::vector<ecg::NormalInterval> intervals_of(const ecg::Analysis& analysis) {
  return ecg::normal_intervals(analysis.sequence.sample, analysis.sequence.type, analysis.sequence.is_rejected,
                               analysis.sequence.rate_hz);
}

/// What is told of the beats one after the other: types, episodes, a row a minute, fibrillation, variability.
void add_sequence(const ecg::Analysis& analysis, double pause_above_s, nlohmann::ordered_json& json) {
  json["beat_types"] = nlohmann::ordered_json::array();
  for (const ecg::BeatType type : analysis.sequence.type) {
    json["beat_types"].push_back(ecg::beat_type_name(type));
  }
  const ecg::FibrillationBurden burden = ecg::fibrillation_burden(analysis.sequence, analysis.fibrillation);
  json["fibrillation"] = {{"burden", burden.decided_s > 0 ? nlohmann::ordered_json(burden.share()) : nullptr},
                          {"decided_s", burden.decided_s},
                          {"undecided_s", burden.undecided_s}};
  json["variability"] = variability_json(intervals_of(analysis));
  json["episodes"] = nlohmann::ordered_json::array();
  for (const ecg::Episode& e : ecg::find_episodes(analysis.sequence, analysis.fibrillation, pause_above_s)) {
    json["episodes"].push_back({{"code", e.code},
                                {"begin_s", e.begin_s},
                                {"end_s", e.end_s},
                                {"num_beats", e.num_beats},
                                {"rate_per_min", value_or_null(e.rate_per_min)}});
  }
  json["trend"] = nlohmann::ordered_json::array();
  for (const ecg::TrendMinute& minute : ecg::trend(analysis.sequence, analysis.fibrillation)) {
    json["trend"].push_back({{"rate_per_min", value_or_null(minute.mean_rate)},
                             {"slowest_per_min", value_or_null(minute.slowest_rate)},
                             {"fastest_per_min", value_or_null(minute.fastest_rate)},
                             {"ventricular", minute.ventricular},
                             {"supraventricular", minute.supraventricular},
                             {"fibrillating_share", minute.fibrillating_share},
                             {"rejected_s", minute.rejected_s}});
  }
}

nlohmann::ordered_json to_json(const std::string& record, const ecg::LeadSignals& signals,
                               const ecg::Analysis& analysis, double pause_above_s) {
  const ecg::Measurements& m = analysis.measurements;
  nlohmann::ordered_json json{{"record", record},
                              {"rate_hz", signals.rate_hz},
                              {"duration_s", signals.duration_s()},
                              {"num_beats", analysis.beats.sample.size()},
                              {"rate_per_min", value_or_null(m.rate_per_min)},
                              {"p_ms", value_or_null(m.p_ms)},
                              {"pr_ms", value_or_null(m.pr_ms)},
                              {"qrs_ms", value_or_null(m.qrs_ms)},
                              {"qt_ms", value_or_null(m.qt_ms)},
                              {"p_axis_deg", value_or_null(m.p_axis_deg)},
                              {"qrs_axis_deg", value_or_null(m.qrs_axis_deg)},
                              {"t_axis_deg", value_or_null(m.t_axis_deg)}};
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
  json["rejected_seconds"] = nlohmann::ordered_json::array();
  for (std::size_t s = 0; s < analysis.beats.is_rejected.size(); ++s) {
    if (analysis.beats.is_rejected[s]) {
      json["rejected_seconds"].push_back(s);
    }
  }
  json["beats_s"] = nlohmann::ordered_json::array();
  for (const std::int64_t beat : analysis.beats.sample) {
    json["beats_s"].push_back(static_cast<double>(beat) / signals.rate_hz);
  }
  add_sequence(analysis, pause_above_s, json);
  json["leads"] = leads_json(signals, analysis);
  return json;
}

void print_value(const char* name, const std::optional<double>& value, const char* unit) {
  fmt::print("  {:<10} {}\n", name, value ? fmt::format("{:.0f} {}", *value, unit) : std::string("–"));
}

/// How many beats of each type there are, and the variability of a recording long enough for it.
void print_beats(const ecg::Analysis& analysis) {
  std::string counts;
  for (const ecg::BeatType type : {ecg::BeatType::normal, ecg::BeatType::supraventricular, ecg::BeatType::ventricular,
                                   ecg::BeatType::fusion, ecg::BeatType::paced}) {
    const auto num = std::ranges::count(analysis.sequence.type, type);
    counts += num == 0 ? std::string{} : fmt::format(" {} {}", num, ecg::beat_type_name(type));
  }
  if (!counts.empty()) {
    fmt::print("  {:<10}{}\n", "beats", counts);
  }
  const auto intervals = intervals_of(analysis);
  const auto spectrum = ecg::spectral_variability(intervals);
  if (const auto time = ecg::time_variability(intervals); time && spectrum) {
    fmt::print("  {:<10} SDNN {:.0f} ms, RMSSD {:.0f} ms, pNN50 {:.1f} %, VLF {:.0f}, LF {:.0f}, HF {:.0f} ms²\n",
               "variation", time->sdnn_ms, time->rmssd_ms, time->pnn50_percent, spectrum->vlf_ms2, spectrum->lf_ms2,
               spectrum->hf_ms2);
  }
}

void print_analysis(const ecg::LeadSignals& signals, const ecg::Analysis& analysis) {
  const ecg::Measurements& m = analysis.measurements;
  for (const ecg::Statement& s : analysis.statements) {
    fmt::print("{}{}\n", s.text, s.reason.empty() ? std::string{} : " (" + s.reason + ")");
  }
  print_value("rate", m.rate_per_min, "/min");
  print_value("P", m.p_ms, "ms");
  print_value("PR", m.pr_ms, "ms");
  print_value("QRS", m.qrs_ms, "ms");
  print_value("QT", m.qt_ms, "ms");
  if (m.qtc) {
    fmt::print("  {:<10} {:.0f} Bazett, {:.0f} Fridericia, {:.0f} Framingham, {:.0f} Hodges ms\n", "QTc",
               m.qtc->bazett_ms, m.qtc->fridericia_ms, m.qtc->framingham_ms, m.qtc->hodges_ms);
  }
  print_value("QRS axis", m.qrs_axis_deg, "°");
  print_beats(analysis);
  fmt::print("  {:<10} good seconds by lead:", "signal");
  for (std::size_t l = 0; l < signals.num_leads(); ++l) {
    fmt::print(" {} {:.0f} %", signals.names[l], 100 * analysis.quality.good_part(l));
  }
  fmt::print("\n");
}

void run_analyse(const EcgAnalyseOptions& options) {
  const ecg::EcgRecord record = ecg::to_ecg_record(read_ecg_file(options.record));
  const ecg::LeadSignals signals = ecg::lead_signals(record);
  const ecg::StatementThresholds thresholds = ecg::read_statement_thresholds(find_shipped("data/ecg/statements.toml"));
  const ecg::Analysis analysis = ecg::analyse(signals, record.info.patient, thresholds);
  if (options.is_json) {
    const nlohmann::ordered_json json = to_json(options.record, signals, analysis, thresholds.pause_above_s);
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    print_analysis(signals, analysis);
  }
}

}  // namespace

void add_ecg_analyse_command(CLI::App& ecg) {
  auto options = std::make_shared<EcgAnalyseOptions>();
  CLI::App* command = ecg.add_subcommand("analyse", "Signal quality, beats, measurements and statements with reasons");
  command->add_option("RECORD", options->record, "Recording of any format that inspect reads")->required();
  command->add_flag("--json", options->is_json, "The same as JSON");
  command->callback([options] { run_analyse(*options); });
}

}  // namespace xingu
