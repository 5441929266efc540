// SPDX-License-Identifier: Apache-2.0
#include "delivery/fault.h"

#include <fmt/format.h>
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

TEST(FaultSchedule, tells_when_a_fault_comes_and_goes_by_itself) {
  FaultSchedule schedule({{FaultKind::door_open, 1.0, 0.5, 0.0, 0},
                          {FaultKind::output, 1.0, 1.0, 0.5, 0},
                          {FaultKind::marker_lost, 2.0, 0.0004, 0.0, 0}});
  schedule.make_room();
  const auto told = [&](std::uint64_t first_step) {
    std::vector<std::string> lines;
    std::vector<FaultChange> changes;
    for (std::uint64_t step = first_step; step <= 3000; ++step) {
      changes.clear();
      schedule.append_changes(step, first_step, changes);
      for (const FaultChange& change : changes) {
        EXPECT_TRUE(change.is_by_itself);
        lines.push_back(fmt::format("{} {} {}", step, fault_table::row(change.fault.kind).name,
                                    change.kind == FaultChange::Kind::begin ? "begins" : "ends"));
      }
    }
    return lines;
  };
  using testing::ElementsAre;
  EXPECT_THAT(told(0),
              ElementsAre("1000 door_open begins", "1000 output begins", "1500 door_open ends", "2000 output ends"))
      << "what is shorter than a step never was";
  EXPECT_THAT(told(1700), ElementsAre("1700 output begins", "2000 output ends")) << "of a session that goes on then";
  ASSERT_TRUE(schedule.take({FaultChange::Kind::end, {FaultKind::output, 0.0, 1.0, 0.0, 0}}, 1800));
  EXPECT_THAT(told(1900), testing::IsEmpty()) << "what was ended does not end again";
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
