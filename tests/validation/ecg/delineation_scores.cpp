// SPDX-License-Identifier: Apache-2.0
#include "validation/ecg/delineation_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "ecg/delineation.h"
#include "ecg/filters.h"
#include "ecg/measurements.h"
#include "ecg/qrs_detector.h"
#include "ecg/wfdb_annotation.h"
#include "ecg/wfdb_signal.h"
#include "validation/ecg/ludb_records.h"

namespace xingu::test {
namespace {

constexpr std::array<const char*, 12> ludb_leads{"i",  "ii", "iii", "avr", "avl", "avf",
                                                 "v1", "v2", "v3",  "v4",  "v5",  "v6"};

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
    const char symbol = ecg::annotation_symbol(a.code);
    if (symbol == '(') {
      onset = a.sample;
      continue;
    }
    if (symbol == ')' && offset) {
      put(*offset, a.sample);
    }
    offset.reset();
    if (symbol == 'p') {
      put(p_peak, a.sample);
      offset = p_offset;
    } else if (symbol == 't') {
      put(t_peak, a.sample);
      offset = t_offset;
    } else if (ecg::is_beat(a.code)) {
      put(qrs_peak, a.sample);
      offset = qrs_offset;
    }
    if (onset >= 0 && (symbol == 'p' || ecg::is_beat(a.code))) {
      put(symbol == 'p' ? p_onset : qrs_onset, onset);
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
      out[number(qrs_peak)].push_back(beat.qrs->peak);
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

bool says(const ecg::EcgRecord& record, const char* words) {
  return std::ranges::any_of(record.info.comments,
                             [&](const std::string& comment) { return comment.find(words) != std::string::npos; });
}

/// Where P waves that were found count as invented; nowhere in a rhythm that has them.
InventedP* without_p(const ecg::EcgRecord& record, LudbScore& score) {
  return says(record, "fibrillation") ? &score.fibrillation : says(record, "flutter") ? &score.flutter : nullptr;
}

Points score_ludb_lead(const std::filesystem::path& annotation, const std::vector<ecg::BeatWaves>& beats,
                       double rate_hz, InventedP* without_p, LudbScore& score) {
  constexpr double window_s = 0.150;
  const auto annotations = ecg::read_annotations(annotation);
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
    if (without_p != nullptr && point == number(FiducialPoint::p_peak)) {
      without_p->invented_p += invented;
      without_p->beats += std::ssize(expert[number(FiducialPoint::qrs_onset)]);
    }
  }
  return expert;
}

/// Marks of all leads grouped into beats: a gap of more than 120 ms starts a new group, and a group of fewer than half
/// of the leads is no event. Each group gives its quantile.
std::vector<std::int64_t> taken_together(std::vector<std::int64_t> marks, double q, double rate_hz,
                                         std::size_t num_leads) {
  std::ranges::sort(marks);
  std::vector<std::int64_t> out;
  for (std::size_t begin = 0; begin < marks.size();) {
    std::size_t end = begin + 1;
    while (end < marks.size() && static_cast<double>(marks[end] - marks[end - 1]) < 0.12 * rate_hz) {
      ++end;
    }
    if (2 * (end - begin) > num_leads) {
      out.push_back(marks[begin + static_cast<std::size_t>(q * static_cast<double>(end - begin - 1))]);
    }
    begin = end;
  }
  return out;
}

Points experts_together(const std::vector<Points>& leads, double rate_hz) {
  using enum FiducialPoint;
  Points out;
  for (std::size_t point = 0; point < num_fiducial_points; ++point) {
    std::vector<std::int64_t> marks;
    for (const Points& lead : leads) {
      marks.insert(marks.end(), lead[point].begin(), lead[point].end());
    }
    const bool is_onset = point == number(p_onset) || point == number(qrs_onset);
    const bool is_peak = point == number(p_peak) || point == number(qrs_peak) || point == number(t_peak);
    out[point] = taken_together(marks, is_onset ? 0.25 : is_peak ? 0.5 : 0.75, rate_hz, leads.size());
  }
  return out;
}

void score_ludb_global(const std::vector<Points>& leads, const std::vector<ecg::BeatWaves>& beats, double rate_hz,
                       LudbScore& score) {
  const Points expert = experts_together(leads, rate_hz);
  const Points ours = our_points(beats);
  for (std::size_t point = 0; point < num_fiducial_points; ++point) {
    score.global[point].add(compare(expert[point], ours[point], rate_hz, 0.150));
  }
}

/// [lead] the marks of a LUDB record.
std::vector<Points> ludb_lead_marks(const std::filesystem::path& folder, int id) {
  std::vector<Points> leads;
  for (const char* const lead : ludb_leads) {
    leads.push_back(expert_points(ecg::read_annotations(folder / fmt::format("{}.{}", id, lead))));
  }
  return leads;
}

/// The same of its leads taken together.
Points ludb_experts(const std::filesystem::path& folder, int id, double rate_hz) {
  return experts_together(ludb_lead_marks(folder, id), rate_hz);
}

constexpr std::int64_t fewest_marks = 5;  // of a kind in a QTDB record that is scored

std::vector<std::filesystem::path> qtdb_records(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> records;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".q1c") {
      records.push_back(folder / entry.path().stem());
    }
  }
  std::ranges::sort(records);
  return records;
}

/// The beat that a mark belongs to: P waves precede it, T waves follow, QRS marks are near.
std::optional<std::size_t> beat_of(std::int64_t mark, FiducialPoint point, const std::vector<std::int64_t>& beats,
                                   double rate_hz) {
  const auto after = static_cast<std::size_t>(std::ranges::lower_bound(beats, mark) - beats.begin());
  const bool is_p = point <= FiducialPoint::p_offset;
  const bool is_qrs = !is_p && point <= FiducialPoint::qrs_offset;
  const bool takes_before =
      is_qrs ? after == beats.size() || (after > 0 && mark - beats[after - 1] < beats[after] - mark) : !is_p;
  if (takes_before ? after == 0 : after == beats.size()) {
    return std::nullopt;
  }
  const std::size_t beat = takes_before ? after - 1 : after;
  const double reach_s = is_p ? 0.45 : is_qrs ? 0.20 : 0.70;
  return static_cast<double>(std::abs(beats[beat] - mark)) <= reach_s * rate_hz ? std::optional(beat) : std::nullopt;
}

constexpr double longest_qrs_s = 0.25;

/// Median time from one point to the next point of another kind that follows within `longest_s`, ms.
std::optional<double> median_interval(const Points& points, FiducialPoint from, FiducialPoint to, double longest_s,
                                      double rate_hz) {
  std::vector<float> intervals;
  for (const std::int64_t begin : points[number(from)]) {
    const auto end = std::ranges::upper_bound(points[number(to)], begin);
    if (end != points[number(to)].end() && static_cast<double>(*end - begin) <= longest_s * rate_hz) {
      intervals.push_back(static_cast<float>(1000.0 * static_cast<double>(*end - begin) / rate_hz));
    }
  }
  return intervals.empty() ? std::nullopt : std::optional<double>(ecg::median(intervals));
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
  const std::vector<std::filesystem::path> records = qtdb_records(folder);
  QtdbScore out;
  std::array<int, num_fiducial_points> num_records{};
  for (std::size_t r = 0; r < records.size(); ++r) {
    if (half >= 0 && static_cast<int>(r % 2) != half) {
      continue;
    }
    const auto signals = ecg::lead_signals(ecg::read_wfdb_record(records[r]));
    const Points expert = expert_points(ecg::read_annotations(records[r].string() + ".q1c"));
    const auto found = ecg::delineate(signals, ecg::detect_qrs(signals).sample);
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
  LudbScore out;
  for (int id = 1; id <= 100; ++id) {
    if (half >= 0 && id % 2 != half) {
      continue;
    }
    const std::filesystem::path name = folder / std::to_string(id);
    const ecg::EcgRecord record = ecg::validation::ludb_record(id);
    const auto signals = ecg::lead_signals(record);
    const auto found = ecg::delineate(signals, ecg::detect_qrs(signals).sample);
    std::vector<Points> experts;
    for (std::size_t lead = 0; lead < ludb_leads.size(); ++lead) {
      experts.push_back(score_ludb_lead(name.string() + "." + ludb_leads[lead], found.by_lead[lead], signals.rate_hz,
                                        without_p(record, out), out));
    }
    score_ludb_global(experts, found.global, signals.rate_hz, out);
  }
  return out;
}

std::array<double, num_fiducial_points> ludb_expert_scatter_ms(const std::filesystem::path& folder) {
  constexpr double rate_hz = 500.0;
  std::array<PointErrors, num_fiducial_points> all;
  for (int id = 1; id <= 100; ++id) {
    const std::vector<Points> leads = ludb_lead_marks(folder, id);
    std::vector<std::int64_t> onsets;
    for (const Points& lead : leads) {
      const auto& own = lead[number(FiducialPoint::qrs_onset)];
      onsets.insert(onsets.end(), own.begin(), own.end());
    }
    const std::vector<std::int64_t> beats = taken_together(onsets, 0.5, rate_hz, leads.size());
    for (const Points& lead : leads) {
      for (std::size_t point = 0; point < num_fiducial_points; ++point) {
        std::vector<double> distances_ms;
        double sum = 0.0;
        for (const std::int64_t mark : lead[point]) {
          if (const auto beat = beat_of(mark, static_cast<FiducialPoint>(point), beats, rate_hz)) {
            distances_ms.push_back(1000.0 * static_cast<double>(mark - beats[*beat]) / rate_hz);
            sum += distances_ms.back();
          }
        }
        const auto n = static_cast<double>(distances_ms.size());
        for (std::size_t i = 0; n > 2 && i < distances_ms.size(); ++i) {
          all[point].add((distances_ms[i] - sum / n) * std::sqrt(n / (n - 1.0)));
        }
      }
    }
  }
  std::array<double, num_fiducial_points> out{};
  std::ranges::transform(all, out.begin(), &PointErrors::rms_ms);
  return out;
}

std::array<double, num_fiducial_points> qtdb_expert_scatter_ms(const std::filesystem::path& folder) {
  std::array<double, num_fiducial_points> sums{};
  std::array<int, num_fiducial_points> num_records{};
  for (const std::filesystem::path& record : qtdb_records(folder)) {
    const auto signals = ecg::lead_signals(ecg::read_wfdb_record(record));
    const Points expert = expert_points(ecg::read_annotations(record.string() + ".q1c"));
    const ecg::AlignedBeats beats = ecg::delineate(signals, ecg::detect_qrs(signals).sample).beats;
    for (std::size_t point = 0; point < num_fiducial_points; ++point) {
      PointErrors changes;
      std::optional<std::size_t> last;
      double last_ms = 0.0;
      for (const std::int64_t mark : expert[point]) {
        const auto beat = beat_of(mark, static_cast<FiducialPoint>(point), beats.samples, signals.rate_hz);
        if (!beat) {
          continue;
        }
        const double ms = 1000.0 * static_cast<double>(mark - beats.samples[*beat]) / signals.rate_hz;
        if (last && *beat == *last + 1 && beats.shape[*beat] == beats.shape[*last]) {
          changes.add(ms - last_ms);
        }
        last = beat;
        last_ms = ms;
      }
      if (changes.count() > fewest_marks) {
        ++num_records[point];
        sums[point] += changes.sd_ms() / std::numbers::sqrt2;
      }
    }
  }
  for (std::size_t point = 0; point < num_fiducial_points; ++point) {
    sums[point] /= std::max(1, num_records[point]);
  }
  return sums;
}

std::optional<double> ludb_expert_qrs_ms(const std::filesystem::path& folder, int id, double rate_hz) {
  return median_interval(ludb_experts(folder, id, rate_hz), FiducialPoint::qrs_onset, FiducialPoint::qrs_offset,
                         longest_qrs_s, rate_hz);
}

IntervalErrors ludb_interval_errors(const std::filesystem::path& folder) {
  using enum FiducialPoint;
  IntervalErrors out;
  for (int id = 1; id <= 100; ++id) {
    const auto signals = ecg::lead_signals(ecg::validation::ludb_record(id));
    const Points expert = ludb_experts(folder, id, signals.rate_hz);
    const auto measured = ecg::measure(signals, ecg::delineate(signals, ecg::detect_qrs(signals).sample));
    const auto add = [&](PointErrors& errors, std::optional<double> ours, FiducialPoint from, FiducialPoint to,
                         double longest_s) {
      const auto theirs = median_interval(expert, from, to, longest_s, signals.rate_hz);
      if (ours && theirs) {
        errors.add(*ours - *theirs);
      }
    };
    add(out.p, measured.p_ms, p_onset, p_offset, 0.25);
    add(out.pr, measured.pr_ms, p_onset, qrs_onset, 0.40);
    add(out.qrs, measured.qrs_ms, qrs_onset, qrs_offset, longest_qrs_s);
    add(out.qt, measured.qt_ms, qrs_onset, t_offset, 0.70);
  }
  return out;
}

}  // namespace xingu::test
