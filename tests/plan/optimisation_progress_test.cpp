// SPDX-License-Identifier: Apache-2.0
#include "plan/optimisation_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "plan/candidates.h"
#include "plan/synthetic_case.h"

namespace xingu {
namespace {

using testing::HasSubstr;

/// What is printed where standard error is no terminal, with a line at every step.
std::string lines_of(const std::function<void()>& work) {
  Progress::set_line_interval(std::chrono::milliseconds(0));
  testing::internal::CaptureStderr();
  work();
  Progress::set_line_interval(std::chrono::seconds(30));
  return testing::internal::GetCapturedStderr();
}

test::SyntheticCase small_case() {
  return test::synthetic_case({.num_beams = 24,
                               .is_coplanar = false,
                               .target_spacing_mm = 8.0,
                               .body_spacing_mm = 20.0,
                               .beamlet_mm = 10.0,
                               .target_length_mm = 30.0});
}

TEST(OptimiseFluenceShown, tells_its_iterations_and_changes_no_bit) {
  const auto c = small_case();
  Objective objective(c.objectives, c.problem);
  const FluenceResult silent = optimise_fluence(c.matrix, objective, {});
  FluenceResult shown;
  const std::string lines = lines_of([&] { shown = optimise_fluence_shown("fluence", c.matrix, objective, {}); });
  EXPECT_EQ(shown.x, silent.x);
  EXPECT_EQ(shown.iterations, silent.iterations);
  EXPECT_THAT(lines, HasSubstr("fluence: "));
  EXPECT_THAT(lines, HasSubstr(fmt::format("({}/300 iterations)", silent.iterations)));
  EXPECT_THAT(lines, HasSubstr("ETA "));
}

TEST(SelectBeamsShown, tells_its_stages_and_changes_no_bit) {
  const auto c = small_case();
  Objective objective(c.objectives, c.problem);
  const std::vector<Vec3> directions = sphere_directions(24);
  OrientationOptions options;
  options.num_beams = 6;
  const FluenceResult all = all_beams_plan(c.matrix, objective, options.fluence);
  for (const auto& [method, stage] : {std::pair{OrientationMethod::group_sparsity, "putting beams out: "},
                                      std::pair{OrientationMethod::pricing, "adding beams: "}}) {
    const auto silent = select_beams(c.matrix, objective, directions, method, all, options);
    OrientationResult shown;
    const std::string lines =
        lines_of([&] { shown = select_beams_shown(c.matrix, objective, directions, method, all, options); });
    EXPECT_EQ(shown.beams, silent.beams);
    EXPECT_EQ(shown.fluence.x, silent.fluence.x);
    EXPECT_THAT(lines, HasSubstr(stage));
  }
}

TEST(OrientationProgress, counts_the_beams_that_are_put_out) {
  OrientationOptions options;
  options.num_beams = 20;
  const std::string lines = lines_of([&] {
    OrientationProgress progress(OrientationMethod::group_sparsity, 620, options);
    progress.note("putting beams out", 320);
    progress.note("putting beams out", 20);
    progress.note("exchanging beams", 20);
    progress.note("final fluence", 20);
  });
  EXPECT_THAT(lines, HasSubstr("putting beams out: 50 % (300/600 beams)"));
  EXPECT_THAT(lines, HasSubstr("putting beams out: 100 % (600/600 beams)"));
  EXPECT_THAT(lines, HasSubstr("exchanging beams: 2 % (1/60 rounds)"));
}

}  // namespace
}  // namespace xingu
