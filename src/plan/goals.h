// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/protocol.h"

namespace xingu {

/// Dose samples of one structure under its protocol id: points, sub-voxels or voxels, with the volume each stands for.
/// Where there is a DVH too, figures are read from that: it is as fine as `xingu evaluate` measures, the samples need
/// not be.
struct StructureDose {
  std::string id;
  std::vector<float> dose_Gy;     ///< total over all fractions
  std::vector<float> volume_mm3;  ///< same length, > 0
  double outside_mm3 = 0.0;       ///< volume beyond the dose's grid: no dose is known of it, and it has no samples
  std::shared_ptr<const Dvh> dvh = {};  ///< or null
  double dvh_factor = 1.0;              ///< on the doses of the DVH; the samples have it in them

  /// What the structure's figures are read from.
  [[nodiscard]] SortedDose sorted() const {
    return dvh ? SortedDose(dvh, dvh_factor) : SortedDose(dose_Gy, volume_mm3);
  }
  /// Volume beyond the dose's grid, by the same.
  [[nodiscard]] double volume_without_dose_mm3() const { return dvh ? 1000.0 * dvh->outside_cc() : outside_mm3; }
};

/// A dose distribution as goals see it.
struct DoseUnderEvaluation {
  std::vector<StructureDose> structures;  ///< any order; absent structures are simply not here
  std::vector<std::string> emptied;       ///< ids of which `minus` leaves nothing, though the patient has structures
  StructureDose body;                     ///< whole outline, targets included, with the DVH of the structure that is it
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
  double value = 0.0;       ///< in the metric's unit; NaN if not assessed
  std::string reason;       ///< why it was not assessed; empty otherwise
  double dosed_part = 1.0;  ///< of the structure's volume: what lies beyond the dose's grid is not in the value

  /// How far inside (positive) or outside (negative) the limit, in the metric's unit.
  [[nodiscard]] double margin() const {
    return goal.bound == Goal::Bound::at_most ? goal.limit - value : value - goal.limit;
  }
  /// Half of what one standard deviation of every voxel, lower and higher, makes of the value, in the metric's unit;
  /// none for a dose without statistical uncertainty.
  std::optional<double> uncertainty = {};
  /// True if the limit is nearer than that: the verdict may be chance.
  [[nodiscard]] bool is_within_uncertainty() const {
    return verdict != Verdict::not_assessed && uncertainty && std::abs(margin()) < *uncertainty;
  }
  /// "of 75.7 %" where a part of the structure worth telling has no dose; else empty.
  [[nodiscard]] std::string part_words() const;
};

/// Measures every goal of the protocol, in the protocol's order. Values are compared with limits exactly: a plan at
/// 14.0001 Gy does not meet 14 Gy. Cost O(n log n) per structure.
[[nodiscard]] std::vector<GoalResult> evaluate_goals(const Protocol& protocol, const DoseUnderEvaluation& dose);

/// Adds to goals of a dose what its standard deviations leave open of each: the goal measured with every sample one
/// standard deviation lower and higher, as if all erred together (what errors of their own do lies within).
/// @param results  of evaluate_goals(protocol, dose)
/// @param sigma    standard deviations at the samples of `dose`, in the same order; structures it lacks stay without
void add_uncertainty(std::vector<GoalResult>& results, const Protocol& protocol, const DoseUnderEvaluation& dose,
                     const DoseUnderEvaluation& sigma);

/// Verdicts in numbers, and in words a list of what was not assessed and why.
struct GoalTally {
  int met = 0;
  int not_met = 0;
  int not_assessed = 0;
  /// "no structure for Stomach, Colon; cannot be measured: PTV GI (the dose of the body is not known)". Empty if every
  /// goal was assessed.
  std::string why_not;

  [[nodiscard]] int assessed() const { return met + not_met; }
  /// "15 of 15 evaluated goals met; 2 not evaluated: no structure for Colon; nothing is left of Heart".
  [[nodiscard]] std::string words() const;
};
[[nodiscard]] GoalTally tally(const std::vector<GoalResult>& results);

/// A number to compare plans by: Σ over unmet goals of (relative excess) / priority²; 0 when every assessed goal is
/// met.
[[nodiscard]] double goal_penalty(const std::vector<GoalResult>& results);

}  // namespace xingu
