// SPDX-License-Identifier: Apache-2.0
#include "plan/planner_ranks.h"

#include <gtest/gtest.h>

#include "support/thread_ranks.h"

namespace xingu {
namespace {

TEST(PlannerRanks, draw_drafts_more_coarsely_than_what_fluence_is_optimised_on) {
  const MachinePhysics machine;
  PlannerOptions options;
  options.quality = ConeQuality::fine;
  options.seed = 7;
  const auto draft = matrix_config(machine, MatrixQuality::draft, options);
  const auto final_one = matrix_config(machine, MatrixQuality::final, options);
  EXPECT_EQ(draft.beamlet.quality, ConeQuality::draft);
  EXPECT_EQ(final_one.beamlet.quality, ConeQuality::fine);
  EXPECT_GT(draft.threshold, final_one.threshold);
  EXPECT_LT(draft.beamlet.radius_mm, final_one.beamlet.radius_mm);
  EXPECT_EQ(draft.seed, 7U);
}

TEST(PlannerRanks, hear_of_each_announcement_once_and_of_none_where_the_root_is_alone) {
  TreatmentPlan plan;
  plan.beams.emplace_back();
  for (const int num_ranks : {1, 3}) {
    test::ThreadRanks::run(num_ranks, [&](Ranks& ranks) {
      if (ranks.is_root()) {
        announce_matrix(ranks, MatrixQuality::draft, SamplePoints{}, {});
        announce_cones(ranks, plan);
        announce_calibration(ranks);
        announce_monte_carlo(ranks, plan, mc::Calibration{}, 1);
        return;
      }
      const std::size_t matrix = ranks.receive(0).size();
      const std::size_t cones = ranks.receive(0).size();
      const std::size_t calibration = ranks.receive(0).size();
      EXPECT_GT(matrix, calibration);
      EXPECT_EQ(ranks.receive(0).size(), cones + sizeof(mc::Calibration) + sizeof(std::uint64_t));  // and the seed
      EXPECT_FALSE(ranks.try_receive(0).has_value());
    });
  }
}

}  // namespace
}  // namespace xingu
