// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "support/test_paths.h"
#include "validation/kernel_comparison.h"

namespace xingu::mc {
namespace {

class PointKernelAgainstEgsnrcInFull : public ::testing::TestWithParam<const char*> {};

/// The goal: 1 % wherever 1 % of the energy goes, as far as statistics can tell. By shells it is missed where electrons
/// end: ours go 0.3 to 0.5 % further in the mean, which is 2 to 4 % of the energy of the last shell that holds 1 %.
/// Of the other sums two of some hundred are 1.3 and 1.4 % off beyond their statistics. Below 0.3 MeV the reference
/// counts coherent scattering among the orders and its electrons are bound; ours are not.
TEST_P(PointKernelAgainstEgsnrcInFull, over_shells_and_angles) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  for (const KernelDifference& worst : compare_with_edknrc(GetParam(), 2'500, 3.0)) {
    const bool is_primary_by_shells = worst.what.ends_with("primary by shells");
    EXPECT_LE(worst.beyond_statistics, is_primary_by_shells ? 0.04 : 0.015) << worst.what;
  }
}

INSTANTIATE_TEST_SUITE_P(Energies, PointKernelAgainstEgsnrcInFull,
                         ::testing::Values("0.3", "0.5", "0.75", "1", "1.5", "2", "3", "4", "5", "6"));

}  // namespace
}  // namespace xingu::mc
