// SPDX-License-Identifier: Apache-2.0
// xingu ecg report RECORD --out DIR: report.html and report.pdf.
#include "ecg_report.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "ecg/exit_site.h"
#include "ecg/report/ecg_report.h"
#include "ecg_files.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;

struct EcgReportOptions {
  std::string record;
  std::string out;
  double from_s = 0.0;
};

ecg::ReportStatement exit_statement(const ecg::ExitSite& site, std::size_t num_beats) {
  std::string others;
  for (std::size_t i = 1; i < 3; ++i) {
    others +=
        fmt::format(", then {} ({:.0f} %)", ecg::segment_name(site.segments[i].segment), 100 * site.segments[i].share);
  }
  const ecg::SegmentGuess& best = site.segments.front();
  return {fmt::format("Ventricular exit: segment {}, {} (research)", best.segment, ecg::segment_name(best.segment)),
          fmt::format("by rules from {} beats, {:.0f} %{}{}{}", num_beats, 100 * best.share, others,
                      site.outflow.empty() ? "" : "; outflow tract: ", site.outflow),
          "ventricular_exit"};
}

/// What reading the file found odd: first if amplitudes, and so what rests on them, are in doubt, else at the end.
void add_notes(const ecg::Recording& recording, const std::string& file, ecg::ReportFacts& facts) {
  const std::string named = file + ": ";
  for (const std::string& warning : recording.warnings) {
    const std::string note = warning.starts_with(named) ? warning.substr(named.size()) : warning;
    if (warning == ecg::doubtful_gains_text(file)) {
      facts.statements.insert(facts.statements.begin(), {"The recording is in doubt", note, "doubtful_gains"});
    } else {
      facts.statements.push_back({"Note on the file", note, {}});
    }
  }
}

ecg::ReportFacts facts_of(const ecg::Recording& recording, const ecg::LeadSignals& signals, const std::string& file) {
  ecg::PatientFacts patient;
  patient.age_years = ecg::age_at_recording(recording);
  patient.sex = recording.subject.sex;
  patient.id = recording.subject.id;
  const auto thresholds = ecg::read_statement_thresholds(find_shipped("data/ecg/statements.toml"));
  const ecg::Analysis analysis = ecg::analyse(signals, patient, thresholds);
  ecg::ReportFacts facts = ecg::rhythm_facts(signals, analysis.beats);
  take_analysis(analysis, facts);
  if (const auto complex = ecg::ventricular_complex(signals, analysis)) {
    facts.statements.push_back(exit_statement(ecg::estimate_exit_site(*complex), complex->beats.size()));
  }
  add_notes(recording, file, facts);
  facts.subject_name = recording.subject.name;
  facts.subject_id = recording.subject.id;
  facts.sex = recording.subject.sex;
  facts.age_years = patient.age_years;
  facts.start = fmt::format("{} {}", recording.start_date, recording.start_time);
  facts.start = facts.start == " " ? std::string{} : facts.start;
  facts.source = fmt::format("{} ({}) · xingu {}", fs::path(file).filename().string(), recording.format, XINGU_VERSION);
  return facts;
}

void run_report(const EcgReportOptions& options) {
  const ecg::Recording recording = read_ecg_file(options.record);
  for (const std::string& warning : recording.warnings) {
    log_warning("{}", warning);
  }
  const ecg::LeadSignals signals = ecg::with_limb_leads(ecg::lead_signals(ecg::to_ecg_record(recording)));
  XINGU_REQUIRE(options.from_s >= 0 && options.from_s < signals.duration_s(),
                "--from-s {} is outside the recording of {:.1f} s (there is nothing to draw); choose another",
                options.from_s, signals.duration_s());
  const ecg::ReportFacts facts = facts_of(recording, signals, options.record);
  const std::vector<ecg::Page> pages = ecg::report_pages(signals, facts, options.from_s);
  const fs::path out(options.out);
  std::error_code error;
  fs::create_directories(out, error);
  XINGU_REQUIRE(!error, "--out {}: cannot be made a folder ({}); give another place", options.out, error.message());
  write_file(out / "report.html", ecg::report_html(pages, facts));
  write_file(out / "report.pdf", ecg::pages_pdf(pages));
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
  command->add_option("--from-s", options->from_s, "Where the ten seconds on paper begin")->capture_default_str();
  command->callback([options] { run_report(*options); });
}

}  // namespace xingu
