// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "support/test_paths.h"
#include "validation/monte_carlo_comparison.h"

namespace xingu {
namespace {

/// A few seconds a case: what a change breaks shows, while points still scatter by about 1 %. tests/validation/long
/// holds the same cases with the statistics for the goals.
void expect_agreement(const test::MonteCarloCase& of) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  const test::MonteCarloAgreement agreement = test::compare_with_egsnrc(of);
  // Of points that scatter by more than 1 %, one in 22 lies beyond two standard deviations by chance; axis points share
  // their rays.
  EXPECT_GE(agreement.share, 0.90);
  EXPECT_LE(std::abs(agreement.mean.value), 0.003 + 3.0 * agreement.mean.sigma);
}

TEST(MonteCarloAgainstEgsnrc, in_water_10x10) {
  expect_agreement({"water6MV_10x10", 100, {2.5, 300.0 / 61, 1.0}, test::water_everywhere, 480'000});
}

TEST(MonteCarloAgainstEgsnrc, in_water_2x2) {
  expect_agreement({"water6MV_2x2", 20, {1.25, 2.5, 1.0}, test::water_everywhere, 96'000});
}

TEST(MonteCarloAgainstEgsnrc, in_bone_and_lung_5x5) {
  expect_agreement({"slab6MV_5x5", 50, {2.5, 300.0 / 61, 1.0}, test::bone_and_lung, 240'000});
}

}  // namespace
}  // namespace xingu
