// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ecg/beat_types.h"

namespace xingu::ecg::validation {

/// The beats of one record that teach: features and whether each is of the class.
struct TaughtRecord {
  std::vector<BeatFeatures> features;
  std::vector<bool> is_of_class;
};

/// Ridge-penalised logistic regression by Newton's method on terms of zero mean and unit deviation (Hastie, Tibshirani
/// & Friedman, The Elements of Statistical Learning, 4.4). A record weighs by the root of its number of beats beyond 60
/// of the class and 200 others, so that one patient with a thousand does not speak for all. Cost O(beats · terms²).
[[nodiscard]] LogisticModel train(const std::vector<TaughtRecord>& records, const std::vector<std::string>& terms,
                                  double odds_from);

}  // namespace xingu::ecg::validation
