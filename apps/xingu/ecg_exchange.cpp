// SPDX-License-Identifier: Apache-2.0
// xingu ecg inspect FILE, xingu ecg convert IN OUT: what a recording holds, and the same in another format.
#include "ecg_exchange.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "ecg/formats/ecg_file.h"
#include "ecg/formats/lead_codes.h"
#include "ecg/formats/wfdb_record.h"
#include "ecg/report/report_facts.h"
#include "ecg_files.h"
#include "text_table.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using ecg::Recording;
using ecg::StoredSignal;
using Json = nlohmann::ordered_json;

struct ExchangeOptions {
  std::string in;
  std::string out;
  std::vector<std::string> leads;
  int wfdb_format = 0;  ///< 0 for the narrowest
  bool is_json = false;
};

/// What the samples of a signal say of themselves.
struct SignalSpan {
  std::size_t missing = 0;
  double lowest = 0.0;
  double highest = 0.0;
  bool has_values = false;
};

SignalSpan span_of(const StoredSignal& signal) {
  SignalSpan span;
  for (const std::int32_t sample : signal.samples) {
    if (sample == ecg::invalid_sample) {
      ++span.missing;
      continue;
    }
    const double value = physical_value(signal, sample);
    span.lowest = span.has_values ? std::min(span.lowest, value) : value;
    span.highest = span.has_values ? std::max(span.highest, value) : value;
    span.has_values = true;
  }
  return span;
}

Json subject_json(const Recording& recording) {
  const ecg::RecordedSubject& subject = recording.subject;
  Json json{{"id", subject.id}, {"name", subject.name}, {"birth_date", subject.birth_date}};
  json["sex"] = !subject.sex ? Json(nullptr) : Json(*subject.sex == ecg::Sex::female ? "F" : "M");
  const auto age = ecg::age_at_recording(recording);
  json["age_years"] = age ? Json(*age) : Json(nullptr);
  return json;
}

Json to_json(const Recording& recording) {
  Json json{{"format", recording.format},
            {"name", recording.name},
            {"frame_rate_Hz", recording.frame_rate_Hz},
            {"num_frames", recording.num_frames},
            {"duration_s", static_cast<double>(recording.num_frames) / recording.frame_rate_Hz},
            {"start_date", recording.start_date},
            {"start_time", recording.start_time},
            {"device", recording.device},
            {"subject", subject_json(recording)},
            {"signals", Json::array()},
            {"marks", Json::array()},
            {"comments", recording.comments},
            {"warnings", recording.warnings}};
  for (const StoredSignal& signal : recording.signals) {
    const SignalSpan span = span_of(signal);
    json["signals"].push_back({{"label", signal.label},
                               {"unit", signal.unit},
                               {"steps_per_unit", signal.gain},
                               {"baseline_step", signal.baseline},
                               {"prefilter", signal.prefilter},
                               {"samples_per_frame", signal.samples_per_frame},
                               {"num_missing", span.missing},
                               {"lowest", span.has_values ? Json(span.lowest) : Json(nullptr)},
                               {"highest", span.has_values ? Json(span.highest) : Json(nullptr)}});
  }
  for (const ecg::RecordingMark& mark : recording.marks) {
    json["marks"].push_back({{"sample", mark.sample}, {"text", mark.text}, {"duration_s", mark.duration_s}});
  }
  return json;
}

std::string subject_line(const Recording& recording) {
  const ecg::RecordedSubject& subject = recording.subject;
  std::string line = fmt::format("{}{}{}", subject.id, subject.id.empty() || subject.name.empty() ? "" : " ",
                                 ecg::readable_name(subject.name));
  const auto add = [&line](const std::string& fact) { line += (line.empty() ? "" : ", ") + fact; };
  if (subject.sex) {
    add(*subject.sex == ecg::Sex::female ? "female" : "male");
  }
  if (const auto age = ecg::age_at_recording(recording)) {
    add(ecg::age_words(*age));
  }
  if (!subject.birth_date.empty()) {
    add("born " + subject.birth_date);
  }
  return line.empty() ? "not stated" : line;
}

void print_recording(const Recording& recording) {
  fmt::print("{}: {}, {} signals, {:.3f} s at {:g} Hz\n", recording.name, recording.format, recording.signals.size(),
             static_cast<double>(recording.num_frames) / recording.frame_rate_Hz, recording.frame_rate_Hz);
  fmt::print("  subject: {}\n", subject_line(recording));
  if (!recording.start_date.empty() || !recording.start_time.empty()) {
    fmt::print("  started: {} {}\n", recording.start_date, recording.start_time);
  }
  TextTable table({{"signal", Align::left},
                   {"unit", Align::left},
                   {"rate Hz", Align::right},
                   {"step", Align::right},
                   {"lowest", Align::right},
                   {"highest", Align::right},
                   {"missing", Align::right}});
  for (const StoredSignal& signal : recording.signals) {
    const SignalSpan span = span_of(signal);
    table.add({printable(signal.label, 24), signal.unit.empty() ? "none" : signal.unit,
               fmt::format("{:g}", recording.frame_rate_Hz * signal.samples_per_frame),
               fmt::format("{:.5g}", 1.0 / signal.gain), span.has_values ? fmt::format("{:.4g}", span.lowest) : "none",
               span.has_values ? fmt::format("{:.4g}", span.highest) : "none", fmt::format("{}", span.missing)});
  }
  table.print();
  std::vector<std::string> filters;
  for (const StoredSignal& signal : recording.signals) {
    if (!signal.prefilter.empty() && std::ranges::find(filters, signal.prefilter) == filters.end()) {
      filters.push_back(signal.prefilter);
    }
  }
  if (!filters.empty()) {
    fmt::print("  filtered before it was stored: {}\n", fmt::join(filters, "; "));
  }
  if (!recording.marks.empty()) {
    fmt::print("  {} marks, the first at sample {}: {}\n", recording.marks.size(), recording.marks.front().sample,
               recording.marks.front().text);
  }
  for (const std::string& warning : recording.warnings) {
    fmt::print("  note: {}\n", warning);
  }
}

void run_inspect(const ExchangeOptions& options) {
  const Recording recording = read_ecg_file(options.in);
  if (options.is_json) {
    fmt::print("{}\n", to_json(recording).dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print_recording(recording);
  }
}

/// Every file that the recording consists of.
std::vector<fs::path> files_of(const fs::path& recording) {
  return ecg::recognise_format(recording) == ecg::EcgFormat::wfdb ? ecg::wfdb_files(recording)
                                                                  : std::vector<fs::path>{recording};
}

void refuse_overwriting(const ExchangeOptions& options) {
  const bool is_wfdb = ecg::format_for_name(options.out) == ecg::EcgFormat::wfdb;
  for (const fs::path& file : files_of(options.in)) {
    std::error_code error;
    const bool is_beside =
        is_wfdb && fs::equivalent(fs::absolute(file).parent_path(), fs::absolute(options.out).parent_path(), error);
    XINGU_REQUIRE(
        !fs::equivalent(file, options.out, error) &&
            !(is_beside && ecg::may_be_written_as(file.filename().string(), options.out)),
        "{}: would overwrite {}, which is read (its samples and what the new format has no place for would be lost); "
        "choose another name",
        options.out, file.string());
  }
}

/// "I, II" is two names, as "I,II" is.
std::string trimmed(const std::string& word) {
  const std::size_t first = word.find_first_not_of(" \t");
  return first == std::string::npos ? std::string{} : word.substr(first, word.find_last_not_of(" \t") + 1 - first);
}

/// Indices of the signals that are asked for, by label or by the lead that it means.
std::vector<std::size_t> chosen_signals(const Recording& recording, const ExchangeOptions& options) {
  std::vector<std::string> labels;
  for (const StoredSignal& signal : recording.signals) {
    labels.push_back(printable(signal.label, 40));
  }
  std::vector<std::size_t> chosen;
  for (const std::string& word : options.leads) {
    const std::string name = trimmed(word);
    const auto is_same = [&](const StoredSignal& s) { return s.label == name; };
    const auto is_alike = [&](const StoredSignal& s) {
      return to_lower(ecg::lead_name(s.label)) == to_lower(ecg::lead_name(name));
    };
    auto found = std::ranges::find_if(recording.signals, is_same);
    found = found == recording.signals.end() ? std::ranges::find_if(recording.signals, is_alike) : found;
    XINGU_REQUIRE(found != recording.signals.end(), "{}: holds no signal '{}' (it has {}); choose of these", options.in,
                  printable(name, 40), fmt::join(labels, ", "));
    const auto index = static_cast<std::size_t>(found - recording.signals.begin());
    XINGU_REQUIRE(std::ranges::find(chosen, index) == chosen.end(),
                  "--leads names '{}' twice (it is written once); leave one out", printable(name, 40));
    chosen.push_back(index);
  }
  return chosen;
}

/// How the samples of a WFDB record are to be stored.
ecg::WfdbWriteOptions wfdb_options(const ExchangeOptions& options, ecg::EcgFormat format) {
  if (options.wfdb_format == 0) {
    return {};
  }
  XINGU_REQUIRE(format == ecg::EcgFormat::wfdb,
                "--wfdb-format {}: {} is no WFDB record (only these have such formats); name a .hea, or leave it out",
                options.wfdb_format, options.out);
  const auto asked = ecg::wfdb_format(options.wfdb_format);
  XINGU_REQUIRE(asked.has_value(),
                "--wfdb-format {}: WFDB has no such format; choose 8, 16, 24, 32, 61, 80, 160, 212, 310 or 311, or of "
                "FLAC 508, 516 or 524",
                options.wfdb_format);
  return {asked};
}

void run_convert(const ExchangeOptions& options) {
  const ecg::EcgFormat format = ecg::format_for_name(options.out);  // refuses what cannot be written before the work
  const ecg::WfdbWriteOptions wfdb = wfdb_options(options, format);
  refuse_overwriting(options);
  Recording recording = read_ecg_file(options.in);
  for (const std::string& warning : recording.warnings) {
    log_warning("{}", warning);
  }
  if (!options.leads.empty()) {
    const std::vector<std::size_t> chosen = chosen_signals(recording, options);
    recording = with_signals(std::move(recording), chosen);
  }
  if (const auto bits = ecg::bits_of(format)) {
    for (const std::string& note : ecg::round_to_bits(recording, *bits, options.out)) {
      log_warning("{}", note);
    }
  }
  write_ecg_file(recording, options.out, wfdb);
  const bool is_exact =
      format == ecg::EcgFormat::csv || format == ecg::EcgFormat::dicom || format == ecg::EcgFormat::aecg;
  if (!is_exact) {
    for (const std::string& note : ecg::rounding_notes(recording, read_ecg_file(options.out), options.out)) {
      log_warning("{}", note);
    }
  }
  if (const auto lost = ecg::facts_lost_in(format, recording); !lost.empty()) {
    log_warning("{}: {} does not hold {}; that is left out", options.out, ecg::format_name(format),
                fmt::join(lost, ", "));
  }
  log_info("{} ({}) written as {}", options.in, recording.format, options.out);
}

}  // namespace

void add_ecg_exchange_commands(CLI::App& ecg) {
  auto options = std::make_shared<ExchangeOptions>();
  CLI::App* inspect = ecg.add_subcommand("inspect", "What a recording holds: leads, rate, scale, who and when");
  inspect->add_option("FILE", options->in, "Recording: WFDB, EDF+, BDF+, SCP-ECG, HL7 aECG, DICOM or CSV")->required();
  inspect->add_flag("--json", options->is_json, "Print JSON for a program");
  inspect->callback([options] { run_inspect(*options); });
  CLI::App* convert = ecg.add_subcommand("convert", "The same recording in another format");
  convert->add_option("IN", options->in, "Recording of any format that inspect reads")->required();
  convert->add_option("OUT", options->out, "Where to write; the suffix says how: .hea .edf .bdf .scp .xml .csv .dcm")
      ->required();
  convert
      ->add_option("--leads", options->leads,
                   "Only these signals, in this order, by the names that inspect shows: I,II,V1")
      ->delimiter(',');
  convert->add_option("--wfdb-format", options->wfdb_format,
                      "How a WFDB record stores samples: 8, 16, 24, 32, 61, 80, 160, 212, 310, 311, or as FLAC 508, "
                      "516, 524 (default: the narrowest of 212, 16, 24 and 32 that holds them)");
  convert->callback([options] { run_convert(*options); });
}

}  // namespace xingu
