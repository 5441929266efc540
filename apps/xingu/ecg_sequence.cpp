// SPDX-License-Identifier: Apache-2.0
#include "ecg_sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace xingu {
namespace {

using Json = nlohmann::ordered_json;

constexpr double shortest_for_variability_s = 290.0;  // five minutes but for the beats at their ends

Json value_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json variability_json(std::span<const ecg::NormalInterval> intervals) {
  const auto time = ecg::time_variability(intervals);
  if (!time) {
    return nullptr;
  }
  Json json{{"num_intervals", time->num_intervals},
            {"mean_nn_ms", time->mean_nn_ms},
            {"sdnn_ms", time->sdnn_ms},
            {"sdann_ms", value_or_null(time->sdann_ms)},
            {"sdnn_index_ms", value_or_null(time->sdnn_index_ms)},
            {"rmssd_ms", time->rmssd_ms},
            {"sdsd_ms", time->sdsd_ms},
            {"nn50", time->nn50},
            {"pnn50_percent", time->pnn50_percent},
            {"triangular_index", value_or_null(time->triangular_index)},
            {"tinn_ms", value_or_null(time->tinn_ms)}};
  if (const auto spectrum = ecg::spectral_variability(intervals)) {
    json["vlf_ms2"] = spectrum->vlf_ms2;
    json["lf_ms2"] = spectrum->lf_ms2;
    json["hf_ms2"] = spectrum->hf_ms2;
    json["total_ms2"] = spectrum->total_ms2();
    json["lf_normalised_percent"] = spectrum->lf_normalised_percent();
    json["hf_normalised_percent"] = spectrum->hf_normalised_percent();
    json["lf_to_hf"] = spectrum->lf_to_hf();
    json["num_stretches"] = spectrum->num_stretches;
  }
  if (const auto day = ecg::day_variability(intervals)) {
    json["ulf_ms2"] = day->ulf_ms2;
    json["slope"] = day->slope;
  }
  return json;
}

}  // namespace

nlohmann::ordered_json sequence_json(const ecg::BeatSequence& beats, std::span<const ecg::Fibrillation> fibrillation,
                                     double pause_above_s, std::span<const ecg::NormalInterval> intervals) {
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
  for (const ecg::Episode& e : ecg::find_episodes(beats, fibrillation, pause_above_s)) {
    json["episodes"].push_back({{"code", e.code},
                                {"begin_s", e.begin_s},
                                {"end_s", e.end_s},
                                {"num_beats", e.num_beats},
                                {"rate_per_min", value_or_null(e.rate_per_min)}});
  }
  json["trend"] = Json::array();
  for (const ecg::TrendMinute& minute : ecg::trend(beats, fibrillation)) {
    json["trend"].push_back({{"rate_per_min", value_or_null(minute.mean_rate)},
                             {"slowest_per_min", value_or_null(minute.slowest_rate)},
                             {"fastest_per_min", value_or_null(minute.fastest_rate)},
                             {"ventricular", minute.ventricular},
                             {"supraventricular", minute.supraventricular},
                             {"fibrillating_share", minute.fibrillating_share},
                             {"rejected_s", minute.rejected_s}});
  }
  return json;
}

std::string beat_counts(const ecg::BeatSequence& beats) {
  std::string counts;
  for (const ecg::BeatType type : {ecg::BeatType::normal, ecg::BeatType::supraventricular, ecg::BeatType::ventricular,
                                   ecg::BeatType::fusion, ecg::BeatType::paced}) {
    const auto num = std::ranges::count(beats.type, type);
    if (num > 0) {
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", num, ecg::beat_type_name(type));
    }
  }
  return counts;
}

std::string variability_text(std::span<const ecg::NormalInterval> intervals) {
  const auto time = ecg::time_variability(intervals);
  if (!time || intervals.back().end_s - intervals.front().end_s < shortest_for_variability_s) {
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
