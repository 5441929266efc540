// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_comparison.h"

#include <algorithm>
#include <cstdlib>

namespace xingu::ecg {
namespace {

double percent(std::size_t part, std::size_t rest) {
  return part + rest == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(part + rest);
}

bool is_excluded(std::int64_t sample, std::span<const std::pair<std::int64_t, std::int64_t>> excluded) {
  return std::any_of(excluded.begin(), excluded.end(),
                     [&](const auto& e) { return sample >= e.first && sample < e.second; });
}

}  // namespace

double BeatScore::sensitivity_percent() const { return percent(true_positive, false_negative); }

double BeatScore::positive_predictivity_percent() const { return percent(true_positive, false_positive); }

BeatScore& BeatScore::operator+=(const BeatScore& other) {
  true_positive += other.true_positive;
  false_negative += other.false_negative;
  false_positive += other.false_positive;
  return *this;
}

BeatPairs match_beats(std::span<const std::int64_t> reference, std::span<const std::int64_t> test,
                      std::int64_t window) {
  BeatPairs pairs;
  std::size_t t = 0;
  for (std::size_t r = 0; r < reference.size(); ++r) {
    while (t < test.size() && test[t] < reference[r] - window) {
      ++t;
    }
    const auto distance = [&](std::size_t i) { return std::llabs(test[i] - reference[r]); };
    std::size_t best = t;
    while (best + 1 < test.size() && distance(best + 1) < distance(best)) {
      ++best;
    }
    if (best >= test.size() || distance(best) > window) {
      continue;
    }
    const bool is_nearer_to_next =
        r + 1 < reference.size() && std::llabs(test[best] - reference[r + 1]) < distance(best);
    if (is_nearer_to_next) {
      if (best == t || distance(best - 1) > window) {
        continue;
      }
      --best;
    }
    pairs.emplace_back(r, best);
    t = best + 1;
  }
  return pairs;
}

BeatScore compare_beats(std::span<const std::int64_t> reference, std::span<const std::int64_t> test,
                        std::int64_t window, std::span<const std::pair<std::int64_t, std::int64_t>> excluded) {
  BeatScore score;
  std::vector<bool> is_test_paired(test.size(), false);
  std::vector<bool> is_reference_paired(reference.size(), false);
  for (const auto& [r, t] : match_beats(reference, test, window)) {
    is_reference_paired[r] = true;
    is_test_paired[t] = true;
  }
  for (std::size_t r = 0; r < reference.size(); ++r) {
    if (!is_excluded(reference[r], excluded)) {
      ++(is_reference_paired[r] ? score.true_positive : score.false_negative);
    }
  }
  for (std::size_t t = 0; t < test.size(); ++t) {
    score.false_positive += !is_test_paired[t] && !is_excluded(test[t], excluded) ? 1 : 0;
  }
  return score;
}

}  // namespace xingu::ecg
