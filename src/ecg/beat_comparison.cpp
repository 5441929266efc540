// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_comparison.h"

#include <algorithm>
#include <cstdlib>

namespace xingu::ecg {
namespace {

double percent(std::int64_t part, std::int64_t rest) {
  return part + rest == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(part + rest);
}

}  // namespace

double DetectionScore::sensitivity() const { return percent(true_positives, missed); }
double DetectionScore::positive_predictivity() const { return percent(true_positives, false_positives); }

DetectionScore& DetectionScore::operator+=(const DetectionScore& other) {
  true_positives += other.true_positives;
  missed += other.missed;
  false_positives += other.false_positives;
  return *this;
}

std::vector<BeatPair> match_beats(std::span<const std::int64_t> reference, std::span<const std::int64_t> test,
                                  std::int64_t window) {
  std::vector<BeatPair> pairs;
  std::size_t r = 0;
  std::size_t t = 0;
  while (r < reference.size() || t < test.size()) {
    if (t == test.size() || (r < reference.size() && reference[r] + window < test[t])) {
      pairs.push_back({static_cast<std::int64_t>(r++), -1});
      continue;
    }
    if (r == reference.size() || test[t] + window < reference[r]) {
      pairs.push_back({-1, static_cast<std::int64_t>(t++)});
      continue;
    }
    const std::int64_t distance = std::abs(reference[r] - test[t]);
    if (t + 1 < test.size() && std::abs(reference[r] - test[t + 1]) < distance) {
      pairs.push_back({-1, static_cast<std::int64_t>(t++)});
    } else if (r + 1 < reference.size() && std::abs(reference[r + 1] - test[t]) < distance) {
      pairs.push_back({static_cast<std::int64_t>(r++), -1});
    } else {
      pairs.push_back({static_cast<std::int64_t>(r++), static_cast<std::int64_t>(t++)});
    }
  }
  return pairs;
}

bool ReferenceBeats::is_excluded(std::int64_t sample) const {
  return std::ranges::any_of(excluded, [&](const Stretch& s) { return s.begin <= sample && sample <= s.end; });
}

ReferenceBeats reference_beats(std::span<const Annotation> annotations) {
  ReferenceBeats out;
  std::int64_t flutter_start = -1;
  for (const Annotation& a : annotations) {
    if (a.symbol() == "[") {
      flutter_start = a.sample;
    } else if (a.symbol() == "]" && flutter_start >= 0) {
      out.excluded.push_back({flutter_start, a.sample});
      flutter_start = -1;
    } else if (a.is_beat() && flutter_start < 0) {
      out.samples.push_back(a.sample);
      out.symbols.push_back(a.symbol().front());
    }
  }
  return out;
}

DetectionScore score_detection(const ReferenceBeats& reference, std::span<const std::int64_t> test,
                               std::int64_t window) {
  std::vector<std::int64_t> counted;
  std::ranges::copy_if(test, std::back_inserter(counted), [&](std::int64_t s) { return !reference.is_excluded(s); });
  DetectionScore score;
  for (const BeatPair& pair : match_beats(reference.samples, counted, window)) {
    score.true_positives += pair.reference >= 0 && pair.test >= 0;
    score.missed += pair.test < 0;
    score.false_positives += pair.reference < 0;
  }
  return score;
}

}  // namespace xingu::ecg
