// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecg/wfdb_annotation.h"

namespace xingu::ecg {

/// Counts of a beat-by-beat comparison (ANSI/AAMI EC57:2012 §4.3): sensitivity and positive predictivity in percent.
struct DetectionScore {
  std::int64_t true_positives = 0;
  std::int64_t missed = 0;
  std::int64_t false_positives = 0;

  [[nodiscard]] double sensitivity() const;
  [[nodiscard]] double positive_predictivity() const;
  DetectionScore& operator+=(const DetectionScore& other);
};

/// A pair of indices, or −1 where the beat has no partner.
struct BeatPair {
  std::int64_t reference = -1;
  std::int64_t test = -1;
};

/// Pairs reference and test beats that lie within the window, each at most once, so that of two candidates the nearer
/// one gets the partner; in order of time. Both lists ascending. Cost O(n).
[[nodiscard]] std::vector<BeatPair> match_beats(std::span<const std::int64_t> reference,
                                                std::span<const std::int64_t> test, std::int64_t window);

/// Beats of a reference annotation, without those in ventricular flutter or fibrillation ("[" … "]"), which EC57
/// leaves out of the comparison; `test` beats in these stretches are taken out as well.
struct ReferenceBeats {
  std::vector<std::int64_t> samples;
  std::vector<char> symbols;
  struct Stretch {
    std::int64_t begin, end;
  };
  std::vector<Stretch> excluded;

  [[nodiscard]] bool is_excluded(std::int64_t sample) const;
};
[[nodiscard]] ReferenceBeats reference_beats(std::span<const Annotation> annotations);

/// QRS detection score within `window` samples (150 ms by EC57).
[[nodiscard]] DetectionScore score_detection(const ReferenceBeats& reference, std::span<const std::int64_t> test,
                                             std::int64_t window);

}  // namespace xingu::ecg
