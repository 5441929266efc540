// SPDX-License-Identifier: Apache-2.0
#include "delivery/interlock_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace xingu {
namespace {

TEST(InterlockTable, has_one_row_with_a_name_of_its_own_per_interlock) {
  std::set<std::string_view> names;
  for (const InterlockRow& row : interlock_table::rows) {
    names.insert(row.name);
    EXPECT_EQ(to_string(row.id), row.name);
  }
  EXPECT_EQ(names.size(), num_interlocks);
}

TEST(InterlockTable, lets_only_normal_work_clear_itself) {
  for (const InterlockRow& row : interlock_table::rows) {
    const bool is_normal_work =
        row.id == Interlock::target_position || row.id == Interlock::cardiac_gate || row.id == Interlock::positioning;
    EXPECT_EQ(row.latch == InterlockLatch::none, is_normal_work) << row.name;
  }
}

TEST(InterlockTable, sums_up_its_columns_as_masks) {
  using namespace interlock_table;
  EXPECT_EQ(terminating, bit(Interlock::emergency_stop) | bit(Interlock::watchdog) | bit(Interlock::overdose) |
                             bit(Interlock::unexpected_beam) | bit(Interlock::monitor_disagreement));
  EXPECT_EQ(stopping, bit(Interlock::emergency_stop) | bit(Interlock::watchdog) | bit(Interlock::clearance) |
                          bit(Interlock::following_error) | bit(Interlock::door));
}

}  // namespace
}  // namespace xingu
