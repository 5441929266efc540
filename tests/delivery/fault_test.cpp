// SPDX-License-Identifier: Apache-2.0
#include "delivery/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace xingu {
namespace {

using testing::HasSubstr;

TEST(FaultTable, names_every_kind_once_and_an_interlock_that_answers_it) {
  for (std::size_t i = 0; i < num_fault_kinds; ++i) {
    const FaultRow& row = fault_table::rows[i];
    EXPECT_EQ(static_cast<std::size_t>(row.kind), i);
    EXPECT_LE(row.smallest, row.largest);
    EXPECT_EQ(row.unit.empty(), row.largest == 0.0) << row.name;
  }
}

TEST(FaultSchedule, gives_a_fault_while_it_lasts) {
  const FaultSchedule schedule({{FaultKind::door_open, 1.0, 0.5, 0.0, 0}});
  EXPECT_EQ(schedule.active(FaultKind::door_open, 999), nullptr);
  EXPECT_NE(schedule.active(FaultKind::door_open, 1000), nullptr);
  EXPECT_NE(schedule.active(FaultKind::door_open, 1499), nullptr);
  EXPECT_EQ(schedule.active(FaultKind::door_open, 1500), nullptr);
  EXPECT_EQ(schedule.active(FaultKind::emergency_stop, 1200), nullptr);
}

TEST(FaultSchedule, takes_faults_while_the_session_runs) {
  FaultSchedule schedule;
  schedule.make_room();
  const std::uint64_t step = 12'345;
  const Fault open = fault_from(step, FaultKind::door_open, 10.0);
  EXPECT_EQ(open.first_step(), step);
  ASSERT_TRUE(schedule.take({FaultChange::Kind::begin, open}, step));
  EXPECT_EQ(schedule.active(FaultKind::door_open, step - 1), nullptr);
  EXPECT_NE(schedule.active(FaultKind::door_open, step), nullptr);
  ASSERT_TRUE(schedule.take({FaultChange::Kind::end, open}, step + 20));
  EXPECT_EQ(schedule.active(FaultKind::door_open, step + 20), nullptr);
}

TEST(FaultSchedule, refuses_more_faults_than_it_has_room_for_until_some_are_over) {
  FaultSchedule schedule;
  schedule.make_room();
  for (std::size_t i = 0; i < FaultSchedule::most_changes; ++i) {
    ASSERT_TRUE(schedule.take({FaultChange::Kind::begin, fault_from(0, FaultKind::output, 1.0)}, 0));
  }
  EXPECT_FALSE(schedule.take({FaultChange::Kind::begin, fault_from(0, FaultKind::door_open, 1.0)}, 0));
  EXPECT_TRUE(schedule.take({FaultChange::Kind::begin, fault_from(2000, FaultKind::door_open, 1.0)}, 2000));
  EXPECT_NE(schedule.active(FaultKind::door_open, 2000), nullptr);
}

TEST(ParseFaults, reads_what_people_write) {
  const auto faults = parse_faults(
      "[[fault]]\nkind = 'axis_slip'\nat_s = 12.5\nfor_s = 2\nmagnitude = 3\nindex = 1\n[[fault]]\nkind = 'door_open'\n"
      "at_s = 20\nfor_s = 1\n",
      "f.toml");
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].kind, FaultKind::axis_slip);
  EXPECT_EQ(faults[0].first_step(), 12'500U);
  EXPECT_EQ(faults[0].magnitude, 3.0);
  EXPECT_EQ(faults[0].index, 1U);
  EXPECT_EQ(faults[1].kind, FaultKind::door_open);
}

TEST(ParseFaults, refuses_what_cannot_be_with_line_and_nearest_name) {
  const auto complaint = [](const char* text) -> std::string {
    try {
      static_cast<void>(parse_faults(text, "f.toml"));
    } catch (const InputError& error) {
      return error.what();
    }
    return "it was read";
  };
  EXPECT_THAT(complaint("[[fault]]\nkind = 'door_opn'\nat_s = 1\nfor_s = 1\n"), HasSubstr("door_open"));
  EXPECT_THAT(complaint("[[fault]]\nkind = 'output'\nat_s = 1\nfor_s = 1\n"), HasSubstr("magnitude"));
  EXPECT_THAT(complaint("[[fault]]\nkind = 'door_open'\nat_s = -1\nfor_s = 1\n"), HasSubstr("f.toml:3"));
  EXPECT_THAT(complaint("[[fault]]\nkind = 'door_open'\nat_s = 1\nfor_s = 1\nhow = 2\n"), HasSubstr("how"));
}

}  // namespace
}  // namespace xingu
