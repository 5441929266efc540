// SPDX-License-Identifier: Apache-2.0
#include "plan/optimisation_progress.h"

#include <algorithm>
#include <utility>

namespace xingu {
namespace {

// As select_beams names its stages.
constexpr const char* putting_out = "putting beams out";
constexpr const char* adding = "adding beams";
constexpr const char* exchanging = "exchanging beams";

/// @param minimise  takes the options, whose iterations are shown
template <class Minimise>
FluenceResult with_iterations_shown(const std::string& label, FluenceOptions options, Minimise minimise) {
  Progress progress(label, static_cast<std::size_t>(std::max(1, options.max_iterations)), "iterations");
  options.on_iteration = [&progress](const FluenceProgress&) { progress.advance(); };
  return minimise(options);
}

}  // namespace

FluenceResult optimise_fluence_shown(const std::string& label, const InfluenceMatrix& matrix, Objective& objective,
                                     FluenceOptions options, std::span<const float> start) {
  return with_iterations_shown(label, std::move(options), [&](const FluenceOptions& shown) {
    return optimise_fluence(matrix, objective, shown, start);
  });
}

FluenceResult all_beams_plan_shown(const InfluenceMatrix& matrix, Objective& objective, FluenceOptions options) {
  return with_iterations_shown("fluence of all candidates", std::move(options),
                               [&](const FluenceOptions& shown) { return all_beams_plan(matrix, objective, shown); });
}

OrientationResult select_beams_shown(const InfluenceMatrix& matrix, Objective& objective,
                                     std::span<const Vec3> directions, OrientationMethod method,
                                     const FluenceResult& all_beams, OrientationOptions options) {
  OrientationProgress progress(method, matrix.num_beams(), options);
  options.on_step = [&progress](const std::string& stage, std::size_t num_beams, double /*objective*/) {
    progress.note(stage, num_beams);
  };
  return select_beams(matrix, objective, directions, method, all_beams, options);
}

OrientationProgress::OrientationProgress(OrientationMethod method, std::size_t num_candidates,
                                         const OrientationOptions& options)
    : method_(method),
      num_candidates_(num_candidates),
      num_swaps_(static_cast<std::size_t>(std::max(0, options.max_swaps))) {
  const auto num_wanted = static_cast<std::size_t>(std::max(0, options.num_beams));
  if (method == OrientationMethod::group_sparsity) {
    begin(putting_out, num_candidates - std::min(num_candidates, num_wanted), "beams");
  } else {
    begin(adding, num_wanted, "beams");
  }
}

void OrientationProgress::begin(const char* stage, std::size_t num_steps, const char* unit) {
  stage_ = stage;
  num_steps_ = num_steps;
  num_done_ = 0;
  progress_.reset();
  progress_.emplace(stage, num_steps, unit);
}

void OrientationProgress::note(const std::string& stage, std::size_t num_beams) {
  if (stage != stage_) {
    return;  // a stage of few steps, as the final fluence
  }
  std::size_t done = num_done_ + 1;
  if (stage != exchanging) {
    done = method_ == OrientationMethod::group_sparsity ? num_candidates_ - std::min(num_candidates_, num_beams)
                                                        : num_beams;
  }
  done = std::clamp(done, num_done_, std::max(num_done_, num_steps_));
  progress_->advance(done - num_done_);
  num_done_ = done;
  if (stage != exchanging && done == num_steps_) {
    begin(exchanging, num_swaps_, "rounds");
  }
}

}  // namespace xingu
