// SPDX-License-Identifier: Apache-2.0
#include "delivery/clearance.h"

#include <gtest/gtest.h>

namespace xingu {
namespace {

TEST(SectorClearance, is_none_inside_a_forbidden_sector_and_ample_outside) {
  const SectorClearance clearance(load_machine("ring-arm-4pi").room);
  EXPECT_EQ(clearance.clearance_mm({90.0, 80.0, 0.0}, {}), 0.0);
  EXPECT_EQ(clearance.clearance_mm({-270.0, 80.0, 0.0}, {}), 0.0) << "the same angle, unwound";
  EXPECT_GT(clearance.clearance_mm({0.0, 0.0, 0.0}, {}), 100.0);
  EXPECT_GT(clearance.clearance_mm({54.99, 80.0, 0.0}, {}), 100.0);
  EXPECT_GT(clearance.clearance_mm({55.01, 80.0, 0.0}, {}), 100.0) << "noise at the edge of a sector is no collision";
}

}  // namespace
}  // namespace xingu
