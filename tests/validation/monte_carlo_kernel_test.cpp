// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "support/test_paths.h"
#include "validation/kernel_comparison.h"

namespace xingu::mc {
namespace {

class PointKernelAgainstEgsnrc : public ::testing::TestWithParam<const char*> {};

/// A few seconds an energy, with statistics to match; tests/validation/long has all energies and more histories.
TEST_P(PointKernelAgainstEgsnrc, over_shells_and_angles) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  for (const KernelDifference& worst : compare_with_edknrc(GetParam(), 500, 4.0)) {
    EXPECT_LE(worst.beyond_statistics, 0.01) << worst.what;
  }
}

INSTANTIATE_TEST_SUITE_P(Energies, PointKernelAgainstEgsnrc, ::testing::Values("0.3", "1", "2", "6"));

}  // namespace
}  // namespace xingu::mc
