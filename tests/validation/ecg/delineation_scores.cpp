// SPDX-License-Identifier: Apache-2.0
#include "validation/ecg/delineation_scores.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ecg/delineation.h"
#include "ecg/qrs_detector.h"
#include "ecg/wfdb_annotation.h"
#include "ecg/wfdb_signal.h"

namespace xingu::test {
namespace {

using Points = std::array<std::vector<std::int64_t>, num_fiducial_points>;

std::size_t number(FiducialPoint point) { return static_cast<std::size_t>(point); }

/// "(" wave ")" triples; an end that the expert left out is left out.
Points expert_points(const std::vector<ecg::Annotation>& annotations) {
  using enum FiducialPoint;
  Points out;
  std::int64_t onset = -1;
  std::optional<FiducialPoint> offset;
  const auto put = [&](FiducialPoint point, std::int64_t sample) { out[number(point)].push_back(sample); };
  for (const ecg::Annotation& a : annotations) {
    const std::string_view symbol = a.symbol();
    if (symbol == "(") {
      onset = a.sample;
      continue;
    }
    if (symbol == ")" && offset) {
      put(*offset, a.sample);
    }
    offset.reset();
    if (symbol == "p") {
      put(p_peak, a.sample);
      offset = p_offset;
    } else if (symbol == "t") {
      put(t_peak, a.sample);
      offset = t_offset;
    } else if (a.is_beat()) {
      offset = qrs_offset;
    }
    if (onset >= 0 && (symbol == "p" || a.is_beat())) {
      put(symbol == "p" ? p_onset : qrs_onset, onset);
    }
    onset = -1;
  }
  return out;
}

Points our_points(const std::vector<ecg::BeatWaves>& beats) {
  using enum FiducialPoint;
  Points out;
  for (const ecg::BeatWaves& beat : beats) {
    if (beat.p) {
      out[number(p_onset)].push_back(beat.p->onset);
      out[number(p_peak)].push_back(beat.p->peak);
      out[number(p_offset)].push_back(beat.p->offset);
    }
    if (beat.qrs) {
      out[number(qrs_onset)].push_back(beat.qrs->onset);
      out[number(qrs_offset)].push_back(beat.qrs->offset);
    }
    if (beat.t) {
      out[number(t_peak)].push_back(beat.t->peak);
      out[number(t_offset)].push_back(beat.t->offset);
    }
  }
  for (auto& samples : out) {
    std::ranges::sort(samples);
  }
  return out;
}

std::optional<std::int64_t> nearest(const std::vector<std::int64_t>& sorted, std::int64_t sample, double window) {
  const auto after = std::ranges::lower_bound(sorted, sample);
  std::optional<std::int64_t> best;
  for (const auto candidate : {after, after == sorted.begin() ? after : after - 1}) {
    if (candidate != sorted.end() && (!best || std::abs(*candidate - sample) < std::abs(*best - sample))) {
      best = *candidate;
    }
  }
  return best && static_cast<double>(std::abs(*best - sample)) <= window ? best : std::nullopt;
}

PointErrors compare(const std::vector<std::int64_t>& expert, const std::vector<std::int64_t>& ours, double rate_hz,
                    double window_s) {
  PointErrors out;
  for (const std::int64_t sample : expert) {
    if (const auto found = nearest(ours, sample, window_s * rate_hz)) {
      out.add(1000.0 * static_cast<double>(*found - sample) / rate_hz);
    } else {
      out.add_missed();
    }
  }
  return out;
}

std::vector<std::int64_t> detected(const ecg::LeadSignals& signals) {
  std::vector<std::int64_t> samples;
  for (const ecg::QrsBeat& beat : ecg::detect_qrs(signals)) {
    samples.push_back(beat.sample);
  }
  return samples;
}

bool is_without_p(const ecg::EcgRecord& record) {
  return std::ranges::any_of(record.info.comments, [](const std::string& comment) {
    return comment.find("ibrillation") != std::string::npos || comment.find("lutter") != std::string::npos;
  });
}

void score_ludb_lead(const std::filesystem::path& annotation, const std::vector<ecg::BeatWaves>& beats, double rate_hz,
                     bool is_af, LudbScore& score) {
  constexpr double window_s = 0.150;
  const auto annotations = ecg::read_wfdb_annotations(annotation);
  const Points expert = expert_points(annotations);
  const Points ours = our_points(beats);
  for (std::size_t point = 0; point < num_fiducial_points; ++point) {
    PointErrors errors = compare(expert[point], ours[point], rate_hz, window_s);
    const std::int64_t invented = std::ranges::count_if(ours[point], [&](std::int64_t sample) {
      return sample >= annotations.front().sample && sample <= annotations.back().sample &&
             !nearest(expert[point], sample, window_s * rate_hz);
    });
    errors.add_invented(invented);
    score.by_lead[point].add(errors);
    if (is_af && point == number(FiducialPoint::p_peak)) {
      score.invented_p_in_af += invented;
      score.beats_in_af += std::ssize(expert[number(FiducialPoint::qrs_onset)]);
    }
  }
}

}  // namespace

void PointErrors::add(double error_ms) {
  ++count_;
  sum_ += error_ms;
  squares_ += error_ms * error_ms;
}
void PointErrors::add(const PointErrors& other) {
  count_ += other.count_;
  missed_ += other.missed_;
  invented_ += other.invented_;
  sum_ += other.sum_;
  squares_ += other.squares_;
}
double PointErrors::mean_ms() const { return sum_ / static_cast<double>(std::max<std::int64_t>(1, count_)); }
double PointErrors::sd_ms() const { return std::sqrt(std::max(0.0, rms_ms() * rms_ms() - mean_ms() * mean_ms())); }
double PointErrors::rms_ms() const {
  return std::sqrt(squares_ / static_cast<double>(std::max<std::int64_t>(1, count_)));
}
double PointErrors::sensitivity() const {
  return 100.0 * static_cast<double>(count_) / static_cast<double>(std::max<std::int64_t>(1, count_ + missed_));
}
double PointErrors::positive_predictivity() const {
  return 100.0 * static_cast<double>(count_) / static_cast<double>(std::max<std::int64_t>(1, count_ + invented_));
}

QtdbScore qtdb_score(const std::filesystem::path& folder, int half) {
  constexpr double window_s = 0.148;
  constexpr std::int64_t fewest_marks = 5;
  std::vector<std::filesystem::path> records;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".q1c") {
      records.push_back(folder / entry.path().stem());
    }
  }
  std::ranges::sort(records);
  QtdbScore out;
  std::array<int, num_fiducial_points> num_records{};
  for (std::size_t r = 0; r < records.size(); ++r) {
    if (half >= 0 && static_cast<int>(r % 2) != half) {
      continue;
    }
    const auto signals = ecg::lead_signals(ecg::read_wfdb(records[r]));
    const Points expert = expert_points(ecg::read_wfdb_annotations(records[r].string() + ".q1c"));
    const auto found = ecg::delineate(signals, detected(signals));
    for (std::size_t point = 0; point < num_fiducial_points; ++point) {
      if (std::ssize(expert[point]) < fewest_marks) {
        continue;
      }
      std::vector<PointErrors> leads;
      for (const auto& lead : found.by_lead) {
        leads.push_back(compare(expert[point], our_points(lead)[point], signals.rate_hz, window_s));
      }
      const PointErrors& best = *std::ranges::min_element(
          leads, {}, [](const PointErrors& e) { return e.rms_ms() + 100.0 - e.sensitivity(); });
      out.pooled[point].add(best);
      if (best.count() > 1) {
        ++num_records[point];
        out.mean_of_means_ms[point] += best.mean_ms();
        out.mean_of_sds_ms[point] += best.sd_ms();
      }
    }
  }
  for (std::size_t point = 0; point < num_fiducial_points; ++point) {
    out.mean_of_means_ms[point] /= std::max(1, num_records[point]);
    out.mean_of_sds_ms[point] /= std::max(1, num_records[point]);
  }
  return out;
}

LudbScore ludb_score(const std::filesystem::path& folder, int half) {
  constexpr std::array<const char*, 12> leads{"i",  "ii", "iii", "avr", "avl", "avf",
                                              "v1", "v2", "v3",  "v4",  "v5",  "v6"};
  LudbScore out;
  for (int id = 1; id <= 100; ++id) {
    if (half >= 0 && id % 2 != half) {
      continue;
    }
    const std::filesystem::path name = folder / std::to_string(id);
    const ecg::EcgRecord record = ecg::read_wfdb(name);
    const auto signals = ecg::lead_signals(record);
    const auto found = ecg::delineate(signals, detected(signals));
    for (std::size_t lead = 0; lead < leads.size(); ++lead) {
      score_ludb_lead(name.string() + "." + leads[lead], found.by_lead[lead], signals.rate_hz, is_without_p(record),
                      out);
    }
  }
  return out;
}

}  // namespace xingu::test
