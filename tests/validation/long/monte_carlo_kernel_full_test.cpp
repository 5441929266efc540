// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "support/test_paths.h"
#include "validation/kernel_comparison.h"

namespace xingu::mc {
namespace {

class PointKernelAgainstEgsnrcInFull : public ::testing::TestWithParam<const char*> {};

/// The goal: 1 % wherever 1 % of the energy goes, as far as statistics can tell.
TEST_P(PointKernelAgainstEgsnrcInFull, over_shells_and_angles) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  for (const KernelDifference& worst : compare_with_edknrc(GetParam(), 12'000, 2.0)) {
    EXPECT_LE(worst.beyond_statistics, 0.01) << worst.what;
  }
}

INSTANTIATE_TEST_SUITE_P(Energies, PointKernelAgainstEgsnrcInFull,
                         ::testing::Values("0.1", "0.2", "0.3", "0.5", "0.75", "1", "1.5", "2", "3", "4", "5", "6"));

}  // namespace
}  // namespace xingu::mc
