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
#include "ecg_analysis_json.h"
#include "ecg_files.h"
#include "ecg_sequence.h"

namespace xingu {
namespace {

struct EcgAnalyseOptions {
  std::string record;
  bool is_json = false;
};

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

void print_value(const char* name, const std::optional<double>& value, const char* unit) {
  fmt::print("  {:<10} {}\n", name, value ? fmt::format("{:.0f} {}", ecg::whole(*value), unit) : std::string("–"));
}

void print_beats(const ecg::LeadSignals& signals, const ecg::Analysis& analysis) {
  for (const auto& [name, text] : {std::pair{"beats", beat_counts(analysis.sequence)},
                                   std::pair{"variation", variability_text(sinus_intervals(signals, analysis))}}) {
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
  print_beats(signals, analysis);
  fmt::print("  {:<10} good seconds by lead:", "signal");
  for (std::size_t l = 0; l < num_measured; ++l) {
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
  ecg::Recording recording = read_ecg_for_analysis(options.record);
  const std::vector<std::string> warnings = recording.warnings;
  const ecg::EcgRecord record = ecg::to_ecg_record(std::move(recording));
  ecg::LeadSignals measured = ecg::lead_signals(record);
  const std::size_t num_measured = measured.num_leads();
  const ecg::LeadSignals signals = ecg::with_limb_leads(std::move(measured));
  const ecg::StatementThresholds thresholds = ecg::read_statement_thresholds(find_shipped("data/ecg/statements.toml"));
  ecg::require_analysed_rate(signals.rate_hz, options.record);
  const ecg::Analysis analysis = ecg::analyse(signals, record.info.patient, thresholds);
  if (options.is_json) {
    const nlohmann::ordered_json json = analysis_json(options.record, signals, analysis, thresholds.episodes(),
                                                      num_measured, record.info.start_time, warnings);
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
