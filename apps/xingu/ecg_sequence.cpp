// SPDX-License-Identifier: Apache-2.0
#include "ecg_sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace xingu {
namespace {

using Json = nlohmann::ordered_json;

constexpr double shortest_for_variability_s = 290.0;  // five minutes but for the beats at their ends
constexpr double least_filled_s = 0.8 * 300.0;        // of which normal intervals make so much, as for the spectrum
constexpr double least_power_ms2 = 1.0;               // a ratio of powers below it is one of errors

Json value_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

bool is_long_enough(std::span<const ecg::NormalInterval> intervals) {
  double filled_s = 0.0;
  for (const ecg::NormalInterval& interval : intervals) {
    filled_s += interval.nn_ms / 1000.0;
  }
  return filled_s >= least_filled_s && intervals.back().end_s - intervals.front().end_s >= shortest_for_variability_s;
}

Json value_if(bool is_known, double value) { return is_known ? Json(value) : Json(nullptr); }

Json variability_json(std::span<const ecg::NormalInterval> intervals) {
  const auto time = ecg::time_variability(intervals);
  if (!time) {
    return nullptr;
  }
  const bool is_long = is_long_enough(intervals);
  Json json{{"num_intervals", time->num_intervals},
            {"mean_nn_ms", time->mean_nn_ms},
            {"sdnn_ms", value_if(is_long, time->sdnn_ms)},
            {"sdann_ms", value_or_null(time->sdann_ms)},
            {"sdnn_index_ms", value_or_null(time->sdnn_index_ms)},
            {"rmssd_ms", value_if(is_long, time->rmssd_ms)},
            {"sdsd_ms", value_if(is_long, time->sdsd_ms)},
            {"nn50", is_long ? Json(time->nn50) : Json(nullptr)},
            {"pnn50_percent", value_if(is_long, time->pnn50_percent)},
            {"triangular_index", value_or_null(time->triangular_index)},
            {"tinn_ms", value_or_null(time->tinn_ms)}};
  const auto spectrum = ecg::spectral_variability(intervals);
  const ecg::SpectralVariability power = spectrum.value_or(ecg::SpectralVariability{});
  const bool has_shares = spectrum && power.lf_ms2 + power.hf_ms2 >= least_power_ms2;
  const bool has_ratio = spectrum && power.lf_ms2 >= least_power_ms2 && power.hf_ms2 >= least_power_ms2;
  json["vlf_ms2"] = value_if(spectrum.has_value(), power.vlf_ms2);
  json["lf_ms2"] = value_if(spectrum.has_value(), power.lf_ms2);
  json["hf_ms2"] = value_if(spectrum.has_value(), power.hf_ms2);
  json["total_ms2"] = value_if(spectrum.has_value(), power.total_ms2());
  json["lf_normalised_percent"] = has_shares ? Json(power.lf_normalised_percent()) : Json(nullptr);
  json["hf_normalised_percent"] = has_shares ? Json(power.hf_normalised_percent()) : Json(nullptr);
  json["lf_to_hf"] = has_ratio ? Json(power.lf_to_hf()) : Json(nullptr);
  json["num_stretches"] = spectrum ? Json(power.num_stretches) : Json(nullptr);
  const auto day = ecg::day_variability(intervals);
  json["ulf_ms2"] = day ? Json(day->ulf_ms2) : Json(nullptr);
  json["slope"] = day ? Json(day->slope) : Json(nullptr);
  return json;
}

/// A row a minute. Of a minute all of whose seconds are rejected nothing is known but that.
Json trend_json(const ecg::BeatSequence& beats, std::span<const ecg::Fibrillation> fibrillation,
                const EcgClock& clock) {
  const std::vector<ecg::TrendMinute> trend = ecg::trend(beats, fibrillation);
  std::vector<std::size_t> num_beats(trend.size(), 0);
  for (std::size_t b = 0; b < beats.size(); ++b) {
    ++num_beats[static_cast<std::size_t>(beats.time_s(b) / 60.0)];
  }
  Json rows = Json::array();
  for (std::size_t m = 0; m < trend.size(); ++m) {
    const ecg::TrendMinute& minute = trend[m];
    const std::size_t seconds = std::min<std::size_t>(60, std::max(beats.is_rejected.size(), 60 * m + 1) - 60 * m);
    const bool has_signal = minute.rejected_s < seconds;
    const double begin_s = 60.0 * static_cast<double>(m);
    const std::optional<std::string> time = clock.iso(begin_s);
    const auto count = [&](std::size_t number) { return has_signal ? Json(number) : Json(nullptr); };
    rows.push_back({{"begin_s", begin_s},
                    {"time", time ? Json(*time) : Json(nullptr)},
                    {"rate_per_min", value_or_null(minute.mean_rate)},
                    {"slowest_per_min", value_or_null(minute.slowest_rate)},
                    {"fastest_per_min", value_or_null(minute.fastest_rate)},
                    {"ventricular", count(minute.ventricular)},
                    {"supraventricular", count(minute.supraventricular)},
                    {"fibrillating_share", value_if(has_signal && num_beats[m] > 0, minute.fibrillating_share)},
                    {"rejected_s", minute.rejected_s}});
  }
  return rows;
}

Json rejected_json(const std::vector<bool>& is_rejected) {
  Json seconds = Json::array();
  for (std::size_t s = 0; s < is_rejected.size(); ++s) {
    if (is_rejected[s]) {
      seconds.push_back(s);
    }
  }
  return seconds;
}

}  // namespace

nlohmann::ordered_json sequence_json(const ecg::BeatSequence& beats, std::span<const ecg::Fibrillation> fibrillation,
                                     const ecg::EpisodeLimits& limits, std::span<const ecg::NormalInterval> intervals,
                                     const EcgClock& clock) {
  Json json{{"beat_types", Json::array()}};
  for (const ecg::BeatType type : beats.type) {
    json["beat_types"].push_back(ecg::beat_type_name(type));
  }
  const ecg::FibrillationBurden burden = ecg::fibrillation_burden(beats, fibrillation);
  json["fibrillation"] = {{"burden", burden.decided_s > 0 ? Json(burden.share()) : nullptr},
                          {"decided_s", burden.decided_s},
                          {"undecided_s", burden.undecided_s}};
  json["variability"] = variability_json(intervals);
  json["episodes"] = Json::array();
  for (const ecg::Episode& e : ecg::find_episodes(beats, fibrillation, limits)) {
    json["episodes"].push_back({{"code", e.code},
                                {"begin_s", e.begin_s},
                                {"end_s", e.end_s},
                                {"num_beats", e.num_beats},
                                {"rate_per_min", value_or_null(e.rate_per_min)}});
  }
  json["rejected_seconds"] = rejected_json(beats.is_rejected);
  json["trend"] = trend_json(beats, fibrillation, clock);
  return json;
}

nlohmann::ordered_json started_json(const std::string& start_time) {
  return start_time.empty() ? Json(nullptr) : Json(start_time);
}

std::string beat_counts(const ecg::BeatSequence& beats) {
  std::string counts;
  std::size_t num_untold = beats.size();
  for (const ecg::BeatType type : {ecg::BeatType::normal, ecg::BeatType::supraventricular, ecg::BeatType::ventricular,
                                   ecg::BeatType::fusion, ecg::BeatType::paced, ecg::BeatType::unknown}) {
    std::size_t num = 0;
    for (std::size_t b = 0; b < beats.size(); ++b) {
      num += beats.type[b] == type && beats.is_told(b) ? 1 : 0;
    }
    num_untold -= num;
    if (num > 0) {
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", num,
                            type == ecg::BeatType::unknown ? "of unknown type" : ecg::beat_type_name(type));
    }
  }
  if (num_untold > 0) {
    counts += fmt::format("{}{} more where beats cannot be told apart", counts.empty() ? "" : ", ", num_untold);
  }
  return counts;
}

std::string variability_text(std::span<const ecg::NormalInterval> intervals) {
  const auto time = ecg::time_variability(intervals);
  if (!time || !is_long_enough(intervals)) {
    return {};
  }
  const auto spectrum = ecg::spectral_variability(intervals);
  const auto day = ecg::day_variability(intervals);
  return fmt::format("SDNN {:.0f} ms, {}RMSSD {:.0f} ms, pNN50 {:.1f} %, {}{}", time->sdnn_ms,
                     time->sdann_ms ? fmt::format("SDANN {:.0f} ms, ", *time->sdann_ms) : std::string{}, time->rmssd_ms,
                     time->pnn50_percent, day ? fmt::format("ULF {:.0f}, ", day->ulf_ms2) : std::string{},
                     spectrum ? fmt::format("VLF {:.0f}, LF {:.0f}, HF {:.0f} ms²", spectrum->vlf_ms2, spectrum->lf_ms2,
                                            spectrum->hf_ms2)
                              : std::string("no spectrum: no five minutes of mostly normal beats"));
}

}  // namespace xingu
