// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "base/progress.h"
#include "plan/beam_orientation.h"
#include "plan/fluence_optimiser.h"

namespace xingu {

/// optimise_fluence with its iterations shown as Progress. It seldom needs all that it may take: the time left is told
/// from above, and the work done before the first iteration, on a part of the samples, is not in it. The result is that
/// of optimise_fluence, bit by bit.
[[nodiscard]] FluenceResult optimise_fluence_shown(const std::string& label, const InfluenceMatrix& matrix,
                                                   Objective& objective, FluenceOptions options,
                                                   std::span<const float> start = {});

/// all_beams_plan in the same way.
[[nodiscard]] FluenceResult all_beams_plan_shown(const InfluenceMatrix& matrix, Objective& objective,
                                                 FluenceOptions options);

/// select_beams with its stages shown by OrientationProgress; its result, bit by bit.
[[nodiscard]] OrientationResult select_beams_shown(const InfluenceMatrix& matrix, Objective& objective,
                                                   std::span<const Vec3> directions, OrientationMethod method,
                                                   const FluenceResult& all_beams, OrientationOptions options);

/// The stages of select_beams as Progress: beams put out (or added), and rounds of exchange, of which it may take at
/// most OrientationOptions::max_swaps and seldom does. For OrientationOptions::on_step.
class OrientationProgress {
 public:
  /// The first stage begins at once.
  /// @param num_candidates  lit at the beginning
  OrientationProgress(OrientationMethod method, std::size_t num_candidates, const OrientationOptions& options);

  /// What select_beams reports: a stage's name and the beams that are lit now.
  void note(const std::string& stage, std::size_t num_beams);

 private:
  void begin(const char* stage, std::size_t num_steps, const char* unit);

  OrientationMethod method_;
  std::size_t num_candidates_;
  std::size_t num_swaps_;
  std::string stage_;
  std::size_t num_steps_ = 0;
  std::size_t num_done_ = 0;
  std::optional<Progress> progress_;
};

}  // namespace xingu
