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
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "ecg/statements.h"
#include "ecg_files.h"
#include "ecg_sequence.h"

namespace xingu {
namespace {

struct EcgAnalyseOptions {
  std::string record;
  bool is_json = false;
};

nlohmann::ordered_json value_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

/// Variability is that of the sinus node: without beats about which the atria fibrillate or flutter.
std::vector<ecg::NormalInterval> sinus_intervals(const ecg::Analysis& analysis) {
  std::vector<ecg::Fibrillation> states = analysis.fibrillation;
  for (const std::size_t beat : analysis.flutter.beats) {
    states[beat] = ecg::Fibrillation::yes;
  }
  return ecg::normal_intervals(analysis.sequence, states);
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

/// " (mains, muscle)": what is wrong with a lead in some second; empty where nothing is.
std::string faults_text(const std::vector<ecg::LeadSecond>& seconds) {
  std::string text;
  for (std::size_t f = 0; f < ecg::num_faults; ++f) {
    const auto fault = static_cast<ecg::Fault>(f);
    if (std::ranges::any_of(seconds, [&](const ecg::LeadSecond& second) { return second.has(fault); })) {
      text += fmt::format("{}{}", text.empty() ? "" : ", ", ecg::fault_name(fault));
    }
  }
  return text.empty() ? text : fmt::format(" ({})", text);
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

nlohmann::ordered_json to_json(const std::string& record, const ecg::LeadSignals& signals,
                               const ecg::Analysis& analysis, double pause_above_s, std::size_t num_measured) {
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
  json.update(sequence_json(analysis.sequence, analysis.fibrillation, pause_above_s, sinus_intervals(analysis)));
  json["leads"] = leads_json(signals, analysis, num_measured);
  return json;
}

void print_value(const char* name, const std::optional<double>& value, const char* unit) {
  fmt::print("  {:<10} {}\n", name, value ? fmt::format("{:.0f} {}", *value, unit) : std::string("–"));
}

void print_beats(const ecg::Analysis& analysis) {
  for (const auto& [name, text] : {std::pair{"beats", beat_counts(analysis.sequence)},
                                   std::pair{"variation", variability_text(sinus_intervals(analysis))}}) {
    if (!text.empty()) {
      fmt::print("  {:<10} {}\n", name, text);
    }
  }
}

void print_analysis(const ecg::LeadSignals& signals, const ecg::Analysis& analysis, std::size_t num_measured) {
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
    fmt::print(" {} {:.0f} %{}", signals.names[l], 100 * analysis.quality.good_part(l),
               faults_text(analysis.quality.leads[l]));
  }
  fmt::print("\n");
  if (num_measured < signals.num_leads()) {
    fmt::print("  {:<10} {} (sums of the measured limb leads)\n", "computed",
               fmt::join(signals.names.begin() + static_cast<std::ptrdiff_t>(num_measured), signals.names.end(), " "));
  }
}

void run_analyse(const EcgAnalyseOptions& options) {
  const ecg::EcgRecord record = read_ecg_record(options.record);
  ecg::LeadSignals measured = ecg::lead_signals(record);
  const std::size_t num_measured = measured.num_leads();
  const ecg::LeadSignals signals = ecg::with_limb_leads(std::move(measured));
  const ecg::StatementThresholds thresholds = ecg::read_statement_thresholds(find_shipped("data/ecg/statements.toml"));
  const ecg::Analysis analysis = ecg::analyse(signals, record.info.patient, thresholds);
  if (options.is_json) {
    const nlohmann::ordered_json json =
        to_json(options.record, signals, analysis, thresholds.pause_above_s, num_measured);
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    print_analysis(signals, analysis, num_measured);
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
