// SPDX-License-Identifier: Apache-2.0
// xingu ecg holter RECORD: a recording of hours or days, in memory that its length does not change.
#include "ecg_holter.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "base/progress.h"
#include "ecg/formats/ecg_file.h"
#include "ecg/long_recording.h"
#include "ecg/wfdb_header.h"
#include "ecg/wfdb_signal.h"
#include "ecg_files.h"
#include "ecg_sequence.h"

namespace xingu {
namespace {

struct EcgHolterOptions {
  std::string record;
  bool is_json = false;
};

constexpr double gains_judged_s = 60.0;
/// That a day shows none of them says nothing.
constexpr std::array not_looked_for{"atrial_flutter", "av_block", "st", "qt"};

/// The signals that a header names, without samples.
ecg::Recording signals_of(const ecg::WfdbHeader& header) {
  ecg::Recording recording;
  recording.frame_rate_Hz = header.info.rate_hz;
  for (std::size_t s = 0; s < header.signals.size(); ++s) {
    ecg::StoredSignal& signal = recording.signals.emplace_back();
    signal.label = header.info.channels[s].name;
    signal.unit = header.info.channels[s].unit;
    signal.samples_per_frame = header.signals[s].samples_per_frame;
  }
  return recording;
}

/// What is read block by block is judged by its header and its first minute.
void warn_of_oddities(ecg::WfdbSource source, const std::string& record) {
  const std::size_t num_channels = source.info().channels.size();
  std::vector<std::int32_t> frames(num_channels * static_cast<std::size_t>(gains_judged_s * source.info().rate_hz));
  const std::size_t num_frames = source.read(frames);
  ecg::EcgRecord first{source.info(), std::vector<std::vector<std::int32_t>>(num_channels)};
  for (std::size_t i = 0; i < num_frames * num_channels; ++i) {
    first.samples[i % num_channels].push_back(frames[i]);
  }
  if (has_doubtful_gains(ecg::to_recording(first))) {
    log_warning("{}", ecg::doubtful_gains_text(record));
  }
  if (const std::string text = ecg::left_out_text(signals_of(ecg::read_wfdb_header(record)), record); !text.empty()) {
    log_warning("{}", text);
  }
}

/// WFDB records are read block by block, others whole.
std::unique_ptr<ecg::SampleSource> source_of(const std::string& record) {
  if (ecg::recognise_format(record) == ecg::EcgFormat::wfdb) {
    warn_of_oddities(ecg::WfdbSource(record), record);
    return std::make_unique<ecg::WfdbSource>(record);
  }
  return std::make_unique<ecg::RecordSource>(read_ecg_record(record));
}

nlohmann::ordered_json to_json(const std::string& record, const ecg::LongAnalysis& analysis, double pause_above_s) {
  nlohmann::ordered_json json{
      {"record", record}, {"duration_s", analysis.duration_s}, {"num_beats", analysis.sequence.size()}};
  json["leads"] = nlohmann::ordered_json::array();
  for (std::size_t l = 0; l < analysis.leads.size(); ++l) {
    json["leads"].push_back({{"lead", analysis.leads[l]}, {"good_part", analysis.good_part[l]}});
  }
  json["beats_s"] = nlohmann::ordered_json::array();
  for (std::size_t b = 0; b < analysis.sequence.size(); ++b) {
    json["beats_s"].push_back(analysis.sequence.time_s(b));
  }
  json.update(sequence_json(analysis.sequence, analysis.fibrillation, pause_above_s,
                            ecg::normal_intervals(analysis.sequence, analysis.fibrillation)));
  json["not_looked_for"] = not_looked_for;
  return json;
}

std::string clock(double seconds) {
  const auto s = static_cast<long>(seconds);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

/// "atrial fibrillation: 3, the longest 0:12:40 from 5:03:11".
void print_episodes(const std::vector<ecg::Episode>& episodes) {
  std::map<std::string, std::vector<ecg::Episode>> by_code;
  for (const ecg::Episode& episode : episodes) {
    by_code[episode.code].push_back(episode);
  }
  for (auto& [code, all] : by_code) {
    const auto length = [](const ecg::Episode& e) { return e.end_s - e.begin_s; };
    const ecg::Episode& longest = *std::ranges::max_element(all, {}, length);
    std::string name = code;
    std::ranges::replace(name, '_', ' ');
    fmt::print("  {:<20} {}, the longest {:.1f} s from {}\n", name, all.size(), length(longest),
               clock(longest.begin_s));
  }
}

/// Mean, slowest and fastest minute of the day.
void print_rate(const std::vector<ecg::TrendMinute>& trend) {
  double sum = 0.0, slowest = 1e9, fastest = 0.0;
  std::size_t minutes = 0;
  for (const ecg::TrendMinute& minute : trend) {
    if (minute.mean_rate) {
      sum += *minute.mean_rate;
      slowest = std::min(slowest, *minute.mean_rate);
      fastest = std::max(fastest, *minute.mean_rate);
      ++minutes;
    }
  }
  if (minutes == 0) {
    fmt::print("  {:<20} – (no minute has a rate)\n", "rate");
    return;
  }
  fmt::print("  {:<20} {:.0f} /min, by the minute {:.0f} to {:.0f}\n", "rate", sum / static_cast<double>(minutes),
             slowest, fastest);
}

void print_analysis(const ecg::LongAnalysis& analysis, double pause_above_s) {
  const ecg::BeatSequence& beats = analysis.sequence;
  const auto rejected = std::ranges::count(beats.is_rejected, true);
  fmt::print("{} in {} (h:mm:ss), {} of it rejected\n", beats.size() == 0 ? "no beats" : beat_counts(beats),
             clock(analysis.duration_s), clock(static_cast<double>(rejected)));
  print_rate(ecg::trend(beats, analysis.fibrillation));
  const ecg::FibrillationBurden burden = ecg::fibrillation_burden(beats, analysis.fibrillation);
  if (burden.decided_s > 0) {
    fmt::print("  {:<20} {:.1f} % of {} that could be decided\n", "atrial fibrillation", 100 * burden.share(),
               clock(burden.decided_s));
  }
  print_episodes(ecg::find_episodes(beats, analysis.fibrillation, pause_above_s));
  if (const std::string text = variability_text(ecg::normal_intervals(beats, analysis.fibrillation)); !text.empty()) {
    fmt::print("  {:<20} {}\n", "variation", text);
  }
  fmt::print("  {:<20}", "good seconds");
  for (std::size_t l = 0; l < analysis.leads.size(); ++l) {
    fmt::print(" {} {:.0f} %", analysis.leads[l], 100 * analysis.good_part[l]);
  }
  fmt::print("\n  {:<20} atrial flutter, AV block, ST and QT: 'xingu ecg analyse' does, for up to twelve hours\n",
             "not looked for");
}

void run_holter(const EcgHolterOptions& options) {
  const std::unique_ptr<ecg::SampleSource> source = source_of(options.record);
  const ecg::StatementThresholds thresholds = ecg::read_statement_thresholds(find_shipped("data/ecg/statements.toml"));
  const std::int64_t frames = source->info().num_samples.value_or(0);
  const auto total_s = static_cast<std::size_t>(static_cast<double>(frames) / source->info().rate_hz);
  Progress progress("recording", total_s, "s");
  std::size_t shown_s = 0;
  const ecg::LongAnalysis analysis = ecg::analyse_long(*source, thresholds, {}, [&](double done_s) {
    throw_if_cancelled();
    const std::size_t now_s = std::max(shown_s, static_cast<std::size_t>(done_s));
    progress.advance(now_s - shown_s);
    shown_s = now_s;
  });
  const auto held = static_cast<std::int64_t>(std::llround(analysis.duration_s * source->info().rate_hz));
  if (held < frames) {
    log_warning("{}: the header says {} samples, its files hold {}", options.record, frames, held);
  }
  if (options.is_json) {
    const nlohmann::ordered_json json = to_json(options.record, analysis, thresholds.pause_above_s);
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    print_analysis(analysis, thresholds.pause_above_s);
  }
}

}  // namespace

void add_ecg_holter_command(CLI::App& ecg) {
  auto options = std::make_shared<EcgHolterOptions>();
  CLI::App* command =
      ecg.add_subcommand("holter", "Beats, episodes, trends, fibrillation's burden and variability of hours or days");
  command
      ->add_option("RECORD", options->record,
                   "Recording of any format that inspect reads; WFDB needs no more memory for days")
      ->required();
  command->add_flag("--json", options->is_json, "The same as JSON, with a row a minute");
  command->callback([options] { run_holter(*options); });
}

}  // namespace xingu
