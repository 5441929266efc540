// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "plan/protocol.h"

namespace xingu {

/// Dose samples of one structure under its protocol id: points, sub-voxels or voxels, with the volume each stands for.
struct StructureDose {
  std::string id;
  std::vector<float> dose_Gy;     ///< total over all fractions
  std::vector<float> volume_mm3;  ///< same length, > 0
};

/// A dose distribution as goals see it.
struct DoseUnderEvaluation {
  std::vector<StructureDose> structures;  ///< any order; absent structures are simply not here
  StructureDose body;                     ///< whole outline, targets included; may be empty
  BodyIsodoses isodoses;                  ///< of the whole dose; may be empty
  std::vector<float> body_distance_mm;    ///< of each body sample from the nearest target, 0 inside; may be empty
};

struct GoalResult {
  enum class Verdict {
    met,
    not_met,
    not_assessed  ///< the patient has no such structure, or the body's dose was not given
  };
  Goal goal;
  Verdict verdict = Verdict::not_assessed;
  double value = 0.0;  ///< in the metric's unit; NaN if not assessed

  /// How far inside (positive) or outside (negative) the limit, in the metric's unit.
  [[nodiscard]] double margin() const {
    return goal.bound == Goal::Bound::at_most ? goal.limit - value : value - goal.limit;
  }
};

/// Measures every goal of the protocol, in the protocol's order. Values are compared with limits exactly: a plan at
/// 14.0001 Gy does not meet 14 Gy. Cost O(n log n) per structure.
[[nodiscard]] std::vector<GoalResult> evaluate_goals(const Protocol& protocol, const DoseUnderEvaluation& dose);

/// A number to compare plans by: Σ over unmet goals of (relative excess) / priority²; 0 when every assessed goal is
/// met.
[[nodiscard]] double goal_penalty(const std::vector<GoalResult>& results);

}  // namespace xingu
