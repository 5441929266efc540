// SPDX-License-Identifier: Apache-2.0
#include "delivery/clearance.h"

#include <gtest/gtest.h>

namespace xingu {
namespace {

TEST(SectorClearance, is_none_inside_a_forbidden_sector_and_ample_outside) {
  const SectorClearance clearance(load_machine("ring-arm-4pi").room);
  EXPECT_EQ(clearance.read({90.0, 80.0, 0.0}, {}).clearance_mm, 0.0);
  EXPECT_EQ(clearance.read({-270.0, 80.0, 0.0}, {}).clearance_mm, 0.0) << "the same angle, unwound";
  EXPECT_GT(clearance.read({0.0, 0.0, 0.0}, {}).clearance_mm, 100.0);
  EXPECT_GT(clearance.read({54.99, 80.0, 0.0}, {}).clearance_mm, 100.0);
  EXPECT_GT(clearance.read({55.01, 80.0, 0.0}, {}).clearance_mm, 100.0)
      << "noise at the edge of a sector is no collision";
}

}  // namespace
}  // namespace xingu
