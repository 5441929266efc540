// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecg/qrs_features.h"

namespace xingu::ecg {

/// The QRS shapes of a recording: averages over all leads, ±120 ms about the beat, each lead divided by its level and
/// multiplied by its weight where they are compared. Learnt by leader clustering: a beat joins the most similar
/// template if the correlation is at least 0.85, else it founds one; rare shapes are dropped.
class QrsTemplates {
 public:
  /// @param beats  feature samples, ascending
  [[nodiscard]] static QrsTemplates learn(const QrsFeatures& features, std::span<const std::size_t> beats);

  [[nodiscard]] bool empty() const { return shapes_.empty(); }
  /// Largest weighted correlation of the signal about `time` ± 40 ms with any template.
  [[nodiscard]] float best_correlation(const QrsFeatures& features, std::size_t time) const;

 private:
  struct Shape {
    std::vector<float> mean;  ///< [lead][offset], in levels
    std::size_t count = 0;
  };
  struct Match {
    std::size_t shape = 0;
    std::ptrdiff_t shift = 0;
    float correlation = -1.0F;
  };
  [[nodiscard]] Match best_match(const QrsFeatures& features, std::size_t time) const;

  std::vector<Shape> shapes_;
  std::size_t half_ = 0;
};

}  // namespace xingu::ecg
