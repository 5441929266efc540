// SPDX-License-Identifier: Apache-2.0
// xingu ecg holter RECORD: a recording of hours or days, in memory that its length does not change.
#include "ecg_holter.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/progress.h"
#include "ecg/formats/ecg_file.h"
#include "ecg/long_recording.h"
#include "ecg/wfdb_header.h"
#include "ecg_clock.h"
#include "ecg_files.h"
#include "ecg_sequence.h"

namespace xingu {
namespace {

struct EcgHolterOptions {
  std::string record;
  bool is_json = false;
};

constexpr double shortest_for_burden_s = 30.0;
constexpr std::size_t shortest_listed_s = 5;  // of what is rejected
constexpr std::size_t most_listed = 10;
constexpr int night_from_h = 22, night_until_h = 6;
constexpr std::uintmax_t largest_whole_file = 1ULL << 30;
constexpr int column = 26;
/// That a day shows none of them says nothing.
constexpr std::array not_looked_for{"atrial_flutter", "av_block", "st", "qt"};

/// What is read whole must fit memory; that is asked before it is read.
void require_short(const std::string& record, ecg::EcgFormat format) {
  bool is_short = true;
  if (format == ecg::EcgFormat::wfdb) {
    const ecg::WfdbHeader header = ecg::read_wfdb_header(record);
    const auto frames = static_cast<std::uint64_t>(header.info.num_samples.value_or(0));
    is_short = frames <= ecg::max_recording_samples / std::max<std::size_t>(1, header.signals.size());
  } else {
    std::error_code error;
    is_short = std::filesystem::file_size(record, error) <= largest_whole_file || error;
  }
  XINGU_REQUIRE(
      is_short,
      "{}: too long for {} (FLAC, SCP-ECG, aECG, DICOM and CSV are held whole, twelve hours of twelve leads at "
      "500 Hz at most; EDF, BDF and the other WFDB formats stream); convert it in parts",
      record, format == ecg::EcgFormat::wfdb ? "WFDB's FLAC" : ecg::format_name(format));
}

/// What can be is read block by block, the rest whole.
std::unique_ptr<ecg::SampleSource> source_of(const std::string& record) {
  const ecg::EcgFormat format = ecg::recognise_format(record);
  std::unique_ptr<ecg::RecordingStream> stream = ecg::open_recording_stream(record, format);
  if (!stream) {
    require_short(record, format);
    return std::make_unique<ecg::RecordSource>(read_ecg_record(record));
  }
  ecg::Recording facts = ecg::read_streamed_facts(record, format);
  if (std::string text = ecg::left_out_text(facts, record); !text.empty()) {
    facts.warnings.push_back(std::move(text));
  }
  for (const std::string& warning : facts.warnings) {
    log_warning("{}", warning);
  }
  facts.name = record;  // by which the analysis names what it refuses
  return std::make_unique<ecg::StreamedSource>(std::move(facts), std::move(stream));
}

/// Minutes of the trend that have a rate.
struct RateSpan {
  double sum = 0.0, slowest = 1e9, fastest = 0.0;
  std::size_t minutes = 0;

  void take(double rate) {
    sum += rate;
    slowest = std::min(slowest, rate);
    fastest = std::max(fastest, rate);
    ++minutes;
  }
  [[nodiscard]] double mean() const { return sum / static_cast<double>(minutes); }
};

/// Rates of all minutes, and of those that begin by day and by night where the time of day is known.
struct DayRates {
  RateSpan all, day, night;
};

DayRates day_rates(const std::vector<ecg::TrendMinute>& trend, const EcgClock& clock) {
  DayRates out;
  for (std::size_t m = 0; m < trend.size(); ++m) {
    if (!trend[m].mean_rate) {
      continue;
    }
    out.all.take(*trend[m].mean_rate);
    if (clock.is_known()) {
      const int hour = clock.hour(60.0 * static_cast<double>(m));
      (hour >= night_from_h || hour < night_until_h ? out.night : out.day).take(*trend[m].mean_rate);
    }
  }
  return out;
}

nlohmann::ordered_json rates_json(const RateSpan& span) {
  if (span.minutes == 0) {
    return nullptr;
  }
  return {{"minutes", span.minutes},
          {"rate_per_min", span.mean()},
          {"slowest_minute_per_min", span.slowest},
          {"fastest_minute_per_min", span.fastest}};
}

/// Null where the recording's rate shows none.
nlohmann::ordered_json stimuli_json(const ecg::LongAnalysis& analysis) {
  if (!analysis.can_show_stimuli) {
    return nullptr;
  }
  nlohmann::ordered_json json{{"num_judged", analysis.capture.num_judged()}};
  json["without_complex_s"] = nlohmann::ordered_json::array();
  for (const std::int64_t sample : analysis.capture.unanswered) {
    json["without_complex_s"].push_back(static_cast<double>(sample) / analysis.sequence.rate_hz);
  }
  return json;
}

/// @param rate_hz  of the leads in the file; beats are sought at half of it or less where it is high
nlohmann::ordered_json to_json(const std::string& record, const std::string& start_time, double rate_hz,
                               const ecg::LongAnalysis& analysis, const ecg::EpisodeLimits& limits) {
  const EcgClock clock(start_time);
  nlohmann::ordered_json json{{"record", record},
                              {"started", started_json(start_time)},
                              {"rate_hz", rate_hz},
                              {"duration_s", analysis.duration_s},
                              {"num_beats", analysis.sequence.size()}};
  json["leads"] = nlohmann::ordered_json::array();
  for (std::size_t l = 0; l < analysis.leads.size(); ++l) {
    json["leads"].push_back({{"lead", analysis.leads[l]}, {"good_part", analysis.good_part[l]}});
  }
  json["beats_s"] = nlohmann::ordered_json::array();
  for (std::size_t b = 0; b < analysis.sequence.size(); ++b) {
    json["beats_s"].push_back(analysis.sequence.time_s(b));
  }
  json.update(sequence_json(analysis.sequence, analysis.fibrillation, limits,
                            ecg::normal_intervals(analysis.sequence, analysis.fibrillation, analysis.fine_offsets),
                            clock));
  const DayRates rates = day_rates(ecg::trend(analysis.sequence, analysis.fibrillation), clock);
  json["by_day"] = rates_json(rates.day);
  json["by_night"] = rates_json(rates.night);
  json["trembling_seconds"] = nlohmann::ordered_json::array();
  for (std::size_t s = 0; s < analysis.is_trembling.size(); ++s) {
    if (analysis.is_trembling[s]) {
      json["trembling_seconds"].push_back(s);
    }
  }
  json["tall_t_waves"] = analysis.num_tall_t;
  json["waves_without_complex"] = analysis.num_lone_waves;
  json["stimuli"] = stimuli_json(analysis);
  json["not_looked_for"] = not_looked_for;
  return json;
}

void print_line(std::string_view name, const std::string& text) { fmt::print("  {:<{}} {}\n", name, column, text); }

double length_s(const ecg::Episode& e) { return e.end_s - e.begin_s; }

/// "12 beats at 150 /min from 22:31:05"
std::string run_text(const ecg::Episode& run, const EcgClock& clock) {
  return fmt::format("{} beats{} from {}", run.num_beats,
                     run.rate_per_min ? fmt::format(" at {:.0f} /min", *run.rate_per_min) : std::string{},
                     clock.text(run.begin_s));
}

/// "3 above 100 /min, the longest 12 beats at 150 /min from 22:31:05, the fastest 4 beats at 190 /min from 22:40:00"
std::string runs_text(const std::vector<ecg::Episode>& runs, std::string_view kind, const EcgClock& clock) {
  const auto& longest = *std::ranges::max_element(runs, {}, &ecg::Episode::num_beats);
  const auto& fastest =
      *std::ranges::max_element(runs, {}, [](const ecg::Episode& e) { return e.rate_per_min.value_or(0); });
  const bool is_same = longest.begin_s == fastest.begin_s;
  return fmt::format("{} {}, the longest{} {}{}", runs.size(), kind, is_same && runs.size() > 1 ? " and fastest" : "",
                     run_text(longest, clock),
                     is_same ? std::string{} : fmt::format(", the fastest {}", run_text(fastest, clock)));
}

void print_runs(const std::string& name, const std::vector<ecg::Episode>& runs, double fast_above_per_min,
                const EcgClock& clock) {
  std::vector<ecg::Episode> fast, slow;
  for (const ecg::Episode& run : runs) {
    (run.rate_per_min.value_or(0) > fast_above_per_min ? fast : slow).push_back(run);
  }
  if (!fast.empty()) {
    print_line(name, runs_text(fast, fmt::format("of tachycardia (above {:.0f} /min)", fast_above_per_min), clock));
  }
  if (!slow.empty()) {
    print_line(name, runs_text(slow, fmt::format("of {:.0f} /min or less", fast_above_per_min), clock));
  }
}

/// "1, the longest 90.0 s from 22:31:05, in good leads: …"; nothing where there is none.
void print_urgent_episodes(std::string_view name, const std::vector<ecg::Episode>& all, std::string_view meaning,
                           const EcgClock& clock) {
  if (all.empty()) {
    return;
  }
  const ecg::Episode& longest = *std::ranges::max_element(all, {}, length_s);
  print_line(name,
             fmt::format("{}, the longest {:.1f} s{} from {}, {}", all.size(), length_s(longest),
                         longest.rate_per_min ? fmt::format(" at {:.0f} /min", *longest.rate_per_min) : std::string{},
                         clock.text(longest.begin_s), meaning));
}

/// Minutes whose mean rate is far below any usual one.
void print_slow_minutes(const std::vector<ecg::TrendMinute>& trend, double below_per_min, const EcgClock& clock) {
  std::size_t num = 0;
  std::size_t slowest = 0;
  const auto rate = [&](std::size_t m) { return trend[m].mean_rate.value_or(below_per_min); };
  for (std::size_t m = 0; m < trend.size(); ++m) {
    num += rate(m) < below_per_min ? 1 : 0;
    slowest = rate(m) < rate(slowest) ? m : slowest;
  }
  if (num > 0) {
    print_line("TOO SLOW", fmt::format("minutes below {:.0f} /min: {}, the slowest {:.0f} /min from {}", below_per_min,
                                       num, rate(slowest), clock.text(60.0 * static_cast<double>(slowest))));
  }
}

/// What may be an arrest of the circulation or lead to one, before all else.
void print_urgent(const std::vector<ecg::Episode>& episodes, const std::vector<ecg::TrendMinute>& trend,
                  const ecg::StatementThresholds& t, const EcgClock& clock) {
  const auto those = [&](auto is_meant) {
    std::vector<ecg::Episode> out;
    std::ranges::copy_if(episodes, std::back_inserter(out), is_meant);
    return out;
  };
  const auto of = [&](std::string_view code) {
    return those([code](const ecg::Episode& e) { return e.code == code; });
  };
  print_urgent_episodes("NO BEATS", of("no_beats"),
                        "in good leads: the heart stands still, or the electrodes are not on a person", clock);
  print_urgent_episodes("BEATS NOT TOLD APART", of("beats_untold"),
                        "in good leads: the ventricles may fibrillate or flutter; have a doctor look at it at once",
                        clock);
  print_urgent_episodes("VENTRICLES MAY FIBRILLATE", of("possible_ventricular_fibrillation"),
                        "leads that swing without a pause; have a doctor look at it at once", clock);
  print_urgent_episodes("STANDSTILL", those([&](const ecg::Episode& e) {
                          return e.code == "pause" && length_s(e) >= t.standstill_from_s;
                        }),
                        "between two beats in good leads; have a doctor look at it at once", clock);
  print_slow_minutes(trend, t.too_slow_below_per_min, clock);
  print_urgent_episodes("WIDE-COMPLEX TACHYCARDIA", of("wide_complex_tachycardia"),
                        "without P waves, may be ventricular; have a doctor look at it at once", clock);
  print_urgent_episodes("VENTRICULAR TACHYCARDIA", those([&](const ecg::Episode& e) {
                          return e.code == "ventricular_run" && length_s(e) >= t.sustained_from_s &&
                                 e.rate_per_min.value_or(0.0) > t.tachycardia_above_per_min;
                        }),
                        "sustained; have a doctor look at it at once", clock);
}

/// "episodes of fibrillation    3, the longest 760.0 s from 05:03:11"
void print_episodes(const std::vector<ecg::Episode>& episodes, double fast_above_per_min, const EcgClock& clock) {
  std::map<std::string, std::vector<ecg::Episode>> by_code;
  for (const ecg::Episode& episode : episodes) {
    const bool is_printed = episode.code == "no_beats" || episode.code == "beats_untold" ||
                            episode.code == "possible_ventricular_fibrillation" ||
                            episode.code == "wide_complex_tachycardia";  // print_urgent()
    if (!is_printed) {
      by_code[episode.code].push_back(episode);
    }
  }
  for (auto& [code, all] : by_code) {
    std::string name = code == "atrial_fibrillation" ? "episodes of fibrillation" : code;
    std::ranges::replace(name, '_', ' ');
    if (code.ends_with("_run")) {
      print_runs(name + 's', all, fast_above_per_min, clock);
      continue;
    }
    const ecg::Episode& longest = *std::ranges::max_element(all, {}, length_s);
    print_line(code == "pause" ? "pauses" : name, fmt::format("{}, the longest {:.1f} s from {}", all.size(),
                                                              length_s(longest), clock.text(longest.begin_s)));
  }
}

/// "75 /min, by the minute 60 to 98"
std::string rate_text(const RateSpan& span) {
  return fmt::format("{:.0f} /min, by the minute {:.0f} to {:.0f}", span.mean(), span.slowest, span.fastest);
}

/// Mean, slowest and fastest minute, of day and night where they can be told.
/// @param num_minutes  of the recording
void print_rate(const DayRates& rates, std::size_t num_minutes) {
  const std::string without =
      rates.all.minutes < num_minutes
          ? fmt::format("; {} of {} minutes have none", num_minutes - rates.all.minutes, num_minutes)
          : std::string{};
  print_line("rate", rates.all.minutes > 0 ? rate_text(rates.all) + without : "– (no minute has a rate)");
  if (rates.day.minutes > 0) {
    print_line("rate by day", rate_text(rates.day));
  }
  if (rates.night.minutes > 0) {
    print_line("rate by night (22–06 h)", rate_text(rates.night));
  }
}

/// "22:41:05 (12 s), 23:10:00 (7 s)": stretches of five seconds or more, the first ten.
void print_rejected(const std::vector<bool>& is_rejected, const EcgClock& clock) {
  std::string text;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < is_rejected.size();) {
    std::size_t end = begin;
    while (end < is_rejected.size() && is_rejected[end]) {
      ++end;
    }
    if (end - begin >= shortest_listed_s && ++number <= most_listed) {
      text += fmt::format("{}{} ({} s)", text.empty() ? "" : ", ", clock.text(static_cast<double>(begin)), end - begin);
    }
    begin = end + 1;
  }
  if (number > 0) {
    print_line("rejected from",
               text + (number > most_listed ? fmt::format(" and {} more", number - most_listed) : std::string{}));
  }
}

/// Rejected seconds for which the leads are to blame; print_urgent() tells the others.
std::vector<bool> disturbed_seconds(const ecg::BeatSequence& beats) {
  std::vector<bool> out = beats.is_rejected;
  for (std::size_t s = 0; s < std::min(out.size(), beats.is_untold.size()); ++s) {
    out[s] = out[s] && !beats.is_untold[s];
  }
  return out;
}

/// "25 s of an arm or leg that shook, the first at 22:41:05: …"
void print_trembling(const std::vector<bool>& is_trembling, const EcgClock& clock) {
  const auto first = std::ranges::find(is_trembling, true);
  if (first != is_trembling.end()) {
    print_line("tremor",
               fmt::format("{} s in which an arm or a leg shook, the first at {}: it was removed as far as it "
                           "could be, and small waves are doubtful there",
                           std::ranges::count(is_trembling, true),
                           clock.text(static_cast<double>(first - is_trembling.begin()))));
  }
}

/// "3 of 900 without a complex behind them (failure to capture, or artefacts), the first at 22:41:05"
void print_stimuli(const ecg::LongAnalysis& analysis, const EcgClock& clock) {
  const ecg::PacingCapture& capture = analysis.capture;
  if (!analysis.can_show_stimuli) {
    print_line("pacemaker", "stimuli cannot be seen at this sampling rate (from 400 samples a second they can)");
  } else if (capture.fails()) {
    print_line("pacemaker",
               fmt::format("{} of {} stimuli without a complex behind them (failure to capture, or artefacts), the "
                           "first at {}",
                           capture.unanswered.size(), capture.num_judged(),
                           clock.text(static_cast<double>(capture.unanswered.front()) / analysis.sequence.rate_hz)));
  } else if (capture.answered.size() > 1) {
    print_line("pacemaker", fmt::format("{} stimuli", capture.answered.size()));
  }
}

void print_analysis(const ecg::LongAnalysis& analysis, const std::string& start_time,
                    const ecg::StatementThresholds& thresholds) {
  const EcgClock clock(start_time);
  const ecg::BeatSequence& beats = analysis.sequence;
  const auto rejected = std::ranges::count(beats.is_rejected, true);
  fmt::print("{} in {} (h:mm:ss){}, {} of it rejected\n", beats.size() == 0 ? "no beats" : beat_counts(beats),
             duration_text(analysis.duration_s), clock.is_known() ? " from " + clock.text(0.0) : std::string{},
             duration_text(static_cast<double>(rejected)));
  const std::vector<ecg::Episode> episodes = ecg::find_episodes(beats, analysis.fibrillation, thresholds.episodes());
  const std::vector<ecg::TrendMinute> trend = ecg::trend(beats, analysis.fibrillation);
  print_urgent(episodes, trend, thresholds, clock);
  print_rate(day_rates(trend, clock), trend.size());
  const ecg::FibrillationBurden burden = ecg::fibrillation_burden(beats, analysis.fibrillation);
  if (burden.decided_s >= shortest_for_burden_s) {
    print_line("atrial fibrillation", fmt::format("{:.1f} % of {} that could be decided", 100 * burden.share(),
                                                  duration_text(burden.decided_s)));
  }
  print_episodes(episodes, thresholds.tachycardia_above_per_min, clock);
  if (analysis.num_tall_t > 0) {
    print_line("tall T waves",
               fmt::format("behind {} of {} complexes: they look like complexes, as with much potassium "
                           "in the blood",
                           analysis.num_tall_t, beats.size()));
  }
  if (analysis.num_lone_waves > 0) {
    print_line("waves without complex",
               fmt::format("{} slow waves that no complex follows, as P waves of ventricles that stand still: no beats",
                           analysis.num_lone_waves));
  }
  print_trembling(analysis.is_trembling, clock);
  print_stimuli(analysis, clock);
  const std::string variability =
      variability_text(ecg::normal_intervals(beats, analysis.fibrillation, analysis.fine_offsets));
  if (!variability.empty()) {
    print_line("variation", variability);
  }
  print_rejected(disturbed_seconds(beats), clock);
  std::string good;
  for (std::size_t l = 0; l < analysis.leads.size(); ++l) {
    good += fmt::format("{}{} {:.0f} %", good.empty() ? "" : " ", analysis.leads[l], 100 * analysis.good_part[l]);
  }
  print_line("good seconds", good);
  print_line("not looked for", "atrial flutter, AV block, ST and QT: 'xingu ecg analyse' does, for up to twelve hours");
}

void run_holter(const EcgHolterOptions& options) {
  const std::unique_ptr<ecg::SampleSource> source = source_of(options.record);
  const ecg::StatementThresholds thresholds = ecg::read_statement_thresholds(find_shipped("data/ecg/statements.toml"));
  const std::string start_time = source->info().start_time;
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
  if (options.is_json) {
    const nlohmann::ordered_json json =
        to_json(options.record, start_time, source->info().rate_hz, analysis, thresholds.episodes());
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    print_analysis(analysis, start_time, thresholds);
  }
}

}  // namespace

void add_ecg_holter_command(CLI::App& ecg) {
  auto options = std::make_shared<EcgHolterOptions>();
  CLI::App* command =
      ecg.add_subcommand("holter", "Beats, episodes, trends, fibrillation's burden and variability of hours or days");
  command
      ->add_option(
          "RECORD", options->record,
          "Recording: EDF, EDF+, BDF and WFDB (but FLAC) are streamed, days in the memory of minutes; FLAC, SCP-ECG, "
          "aECG, DICOM and CSV are read whole, up to twelve hours of twelve leads at 500 Hz")
      ->required();
  command->add_flag("--json", options->is_json, "The same as JSON, with a row a minute");
  command->callback([options] { run_holter(*options); });
}

}  // namespace xingu
