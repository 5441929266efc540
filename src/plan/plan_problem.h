// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dose/influence_matrix.h"

namespace xingu {

/// The samples of one structure and how much of its volume each of them stands for.
struct SampleGroup {
  std::string id;                     ///< the protocol's id, or "Body"
  std::vector<std::uint32_t> sample;  ///< indices into PlanProblem::points, ascending
  std::vector<float> volume_mm3;      ///< same length, > 0

  [[nodiscard]] double total_volume_mm3() const {
    double sum = 0.0;
    for (const float v : volume_mm3) {
      sum += v;
    }
    return sum;
  }
};

/// Where a plan's dose is looked at: sample points, the structures they belong to and their distance from the targets.
struct PlanProblem {
  SamplePoints points;
  std::vector<SampleGroup> groups;
  std::vector<float> target_distance_mm;  ///< per sample, 0 inside a target

  [[nodiscard]] const SampleGroup* find(std::string_view id) const {
    for (const SampleGroup& group : groups) {
      if (group.id == id) {
        return &group;
      }
    }
    return nullptr;
  }
};

}  // namespace xingu
