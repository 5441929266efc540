// SPDX-License-Identifier: Apache-2.0
// xingu ecg report RECORD --out DIR: report.html and report.pdf.
#include "ecg_report.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "ecg/exit_site.h"
#include "ecg/report/ecg_paper.h"
#include "ecg/report/ecg_report.h"
#include "ecg_analysis_json.h"
#include "ecg_files.h"
#include "output_place.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;

struct EcgReportOptions {
  std::string record;
  std::string out;
  std::optional<double> from_s;
  std::string paper = "a4";
  bool is_json = false;
};

ecg::ReportStatement exit_statement(const ecg::ExitSite& site, std::size_t num_beats) {
  const bool is_single = num_beats == 1;
  const char* const label = is_single ? "(single beat; research)" : "(research)";
  const std::string basis =
      is_single ? "by rules from a single beat" : fmt::format("by rules from {} beats", num_beats);
  if (!site.outflow.empty()) {
    return {fmt::format("Ventricular exit: {} {}", ecg::outflow_text(site), label),
            fmt::format("{}: left bundle pattern with inferior axis, transition {}", basis,
                        site.transition == 7 ? std::string("beyond V6") : fmt::format("in V{}", site.transition)),
            "ventricular_exit"};
  }
  std::string others;
  for (std::size_t i = 1; i < 3; ++i) {
    others +=
        fmt::format(", then {} ({:.0f} %)", ecg::segment_name(site.segments[i].segment), 100 * site.segments[i].share);
  }
  const ecg::SegmentGuess& best = site.segments.front();
  return {fmt::format("Ventricular exit: segment {}, {} {}", best.segment, ecg::segment_name(best.segment), label),
          fmt::format("{}, {:.0f} %{}", basis, 100 * best.share, others), "ventricular_exit"};
}

/// What reading the file found odd. Of a doubt in the gains the analysis has a statement.
void add_notes(const ecg::Recording& recording, const ecg::LeadSignals& signals, const std::string& file,
               ecg::ReportFacts& facts) {
  const std::string named = file + ": ";
  for (const std::string& warning : recording.warnings) {
    const std::string note = warning.starts_with(named) ? warning.substr(named.size()) : warning;
    if (!signals.has_doubtful_gains() || warning != ecg::gain_doubt_text(signals.gain_doubt, file)) {
      facts.statements.push_back({"Note on the file", note, {}});
    }
  }
}

ecg::ReportFacts facts_of(const ecg::Recording& recording, const ecg::LeadSignals& signals,
                          const ecg::PatientFacts& patient, const ecg::Analysis& analysis,
                          const ecg::StatementThresholds& thresholds, const std::string& file) {
  ecg::ReportFacts facts = ecg::rhythm_facts(signals, analysis.beats, ecg::usual_ranges(thresholds));
  take_analysis(analysis, facts);
  take_quality(signals.names, analysis.quality, facts);
  if (const auto complex = ecg::ventricular_complex(signals, analysis)) {
    facts.statements.push_back(exit_statement(ecg::estimate_exit_site(*complex), complex->beats.size()));
  }
  add_notes(recording, signals, file, facts);
  facts.statements = ecg::by_urgency(std::move(facts.statements));
  facts.subject_name = ecg::readable_name(recording.subject.name);
  facts.subject_id = recording.subject.id;
  facts.sex = recording.subject.sex;
  facts.age_years = patient.age_years;
  facts.start = fmt::format("{} {}", recording.start_date, recording.start_time);
  facts.start = facts.start == " " ? std::string{} : facts.start;
  facts.source = fmt::format("{} ({}) · xingu {}", fs::path(file).filename().string(), recording.format, XINGU_VERSION);
  return facts;
}

/// Where the paper begins unless told: at what is most urgent, with what comes before it.
double usual_from_s(const ecg::Analysis& analysis) {
  constexpr double before_s = 2.0;
  const std::optional<double> urgent_s = ecg::most_urgent_s(analysis);
  return urgent_s ? std::max(0.0, std::floor(*urgent_s - before_s)) : 0.0;
}

void run_report(const EcgReportOptions& options) {
  const std::string paper = to_lower(options.paper);
  XINGU_REQUIRE(paper == "a4" || paper == "letter",
                "--paper '{}' is not drawn (the report has a4 and letter); choose one of these",
                printable(options.paper, 30));
  require_folder_place(options.out);
  const ecg::Recording recording = read_ecg_for_analysis(options.record);
  const ecg::EcgRecord record = ecg::to_ecg_record(recording);
  ecg::LeadSignals measured = ecg::lead_signals(record);
  const std::size_t num_measured = measured.num_leads();
  const ecg::LeadSignals signals = ecg::with_limb_leads(std::move(measured));
  XINGU_REQUIRE(!options.from_s || (*options.from_s >= 0 && *options.from_s < signals.duration_s()),
                "--from-s {} is outside the recording of {:.1f} s (there is nothing to draw); choose another",
                *options.from_s, signals.duration_s());
  const auto thresholds = ecg::read_statement_thresholds(find_shipped("data/ecg/statements.toml"));
  ecg::require_analysed_rate(signals.rate_hz, options.record);
  const ecg::Analysis analysis = ecg::analyse(signals, record.info.patient, thresholds);
  const ecg::ReportFacts facts =
      facts_of(recording, signals, record.info.patient, analysis, thresholds, options.record);
  const double from_s = ecg::first_drawn_s(signals, options.from_s.value_or(usual_from_s(analysis)));
  if (options.from_s && from_s < *options.from_s) {
    log_warning("--from-s {}: the recording ends after {:.1f} s; the paper shows it from {:.1f} s on", *options.from_s,
                signals.duration_s(), from_s);
  }
  const std::vector<ecg::Page> pages =
      ecg::report_pages(signals, facts, from_s, paper == "letter" ? ecg::PaperSize::letter : ecg::PaperSize::a4);
  const fs::path out(options.out);
  std::error_code error;
  fs::create_directories(out, error);
  XINGU_REQUIRE(!error, "--out {}: cannot be made a folder ({}); give another place", options.out, error.message());
  write_where_asked([&] {
    write_files_together(
        {{out / "report.html", ecg::report_html(pages, facts)}, {out / "report.pdf", ecg::pages_pdf(pages)}}, {});
  });
  if (options.is_json) {
    nlohmann::ordered_json json = analysis_json(options.record, signals, analysis, thresholds.episodes(), num_measured,
                                                record.info.start_time, recording.warnings);
    json["reported"] = nlohmann::ordered_json::array();
    for (const ecg::ReportStatement& statement : facts.statements) {
      json["reported"].push_back({{"text", statement.text}, {"reason", statement.reason}});
    }
    json["files"] = {(out / "report.pdf").string(), (out / "report.html").string()};
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  for (const ecg::ReportStatement& statement : facts.statements) {
    fmt::print("{}{}\n", statement.text, statement.reason.empty() ? std::string{} : " (" + statement.reason + ")");
  }
  fmt::print("written: {} and report.html\n", (out / "report.pdf").string());
}

}  // namespace

void add_ecg_report_command(CLI::App& ecg) {
  auto options = std::make_shared<EcgReportOptions>();
  CLI::App* command =
      ecg.add_subcommand("report", "Pages on ECG paper and in plain English and Chinese, as PDF and HTML");
  command->add_option("RECORD", options->record, "Recording of any format that inspect reads")->required();
  command->add_option("--out", options->out, "Folder for report.html and report.pdf")->required();
  command->add_option("--from-s", options->from_s,
                      "Where the ten seconds on paper begin; else two seconds before what is most urgent, or at 0");
  command->add_option("--paper", options->paper, "Sheet: a4 or letter, lengthwise")->capture_default_str();
  command->add_flag("--json", options->is_json,
                    "Print what analyse --json does, with the report's statements and the files written");
  command->callback([options] { run_report(*options); });
}

}  // namespace xingu
