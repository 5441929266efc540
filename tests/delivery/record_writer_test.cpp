// SPDX-License-Identifier: Apache-2.0
#include "delivery/record_writer.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "delivery/record_reader.h"
#include "delivery_case.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using test::DeliveryCase;
using test::max_steps;

TEST(RecordFile, holds_every_pulse_action_and_change_of_state) {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "session.xrec";
  DeliveryCase one;
  const auto file = RecordFile::open(path);
  file->begin(one.plan(), one.settings(), "text");
  const auto session = one.session(file.get());
  ASSERT_TRUE(run_fast(*session, max_steps, [&] {
    file->prepare();
    return true;
  }));
  file->close();
  EXPECT_LT(std::filesystem::file_size(path), 2U << 20U) << "the file is cut to its content";

  const SessionRecord record = read_record(path);
  const auto sessions = sessions_of(record);
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].settings, "text");
  EXPECT_EQ(record.valid_bytes(), std::filesystem::file_size(path));
  double monitor1 = 0.0;
  std::size_t actions = 0;
  std::size_t leaves = 0;
  SessionState last = SessionState::idle;
  for (const auto& entry : sessions[0].entries) {
    if (entry.kind == record::Kind::pulse) {
      monitor1 += static_cast<double>(entry.as<record::PulseEntry>()->monitor1_mu);
    } else if (entry.kind == record::Kind::note && entry.as<record::NoteEntry>()->kind == 0) {
      last = static_cast<SessionState>(entry.as<record::NoteEntry>()->state);
    }
    actions += entry.kind == record::Kind::action ? 1U : 0U;
    leaves += entry.kind == record::Kind::leaves ? 1U : 0U;
  }
  EXPECT_NEAR(monitor1, one.plan().mu(), 0.2);
  EXPECT_EQ(actions, 3U) << "load, arm, confirm";
  EXPECT_EQ(leaves, 9U) << "once a segment";
  EXPECT_EQ(last, SessionState::complete);
}

TEST(RecordWriter, says_when_it_is_full_and_holds_the_beam) {
  DeliveryCase one;
  std::vector<std::byte> memory(80U << 10U);
  RecordWriter writer(memory, 0);
  writer.begin(one.plan(), one.settings(), "");
  const auto session = one.session(&writer);
  while (!writer.is_full() && session->num_steps() < max_steps) {
    session->step();
  }
  ASSERT_TRUE(writer.is_full());
  session->step();
  session->step();
  EXPECT_TRUE(session->controller().panel().stands(Interlock::record_lost));
  for (int i = 0; i < 100'000; ++i) {
    session->step();
  }
  EXPECT_LE(writer.used(), memory.size());
}

TEST(RecordFile, goes_on_behind_the_last_whole_entry) {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "session.xrec";
  DeliveryCase one;
  {
    const auto file = RecordFile::open(path, 1U << 20U);
    file->begin(one.plan(), one.settings(), "first");
    file->close();
  }
  std::ofstream(path, std::ios::app) << "a program died while it wrote this";
  {
    const auto file = RecordFile::open(path, 1U << 20U);
    file->begin(one.plan(), one.settings(), "second");
    file->close();
  }
  const SessionRecord record = read_record(path);
  const auto sessions = sessions_of(record);
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].settings, "first");
  EXPECT_EQ(sessions[1].settings, "second");
}

/// Of a disk that has one stretch left.
int claim_once(int /*file*/, std::size_t from, std::size_t /*bytes*/) noexcept { return from == 0 ? 0 : ENOSPC; }

TEST(RecordFile, is_full_before_its_disk_is) {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "session.xrec";
  DeliveryCase one(test::small_delivery_plan(3, 100.0));
  constexpr std::size_t claimed = 1U << 20U;
  const auto file = RecordFile::open(path, 64U << 20U, claim_once);
  file->begin(one.plan(), one.settings(), "text");
  const auto session = one.session(file.get());
  while (file->used() < (8U << 10U)) {  // two pages, so that more is claimed
    session->step();
  }
  file->prepare();
  while (file->room() != claimed) {
    std::this_thread::yield();
  }
  while (!file->is_full() && file->used() < claimed) {
    session->step();
  }
  EXPECT_TRUE(file->is_full());
  session->step();
  session->step();
  EXPECT_TRUE(session->controller().panel().stands(Interlock::record_lost));
  for (int i = 0; i < 100'000; ++i) {
    session->step();
  }
  EXPECT_LE(file->used(), claimed);
  file->close();
  EXPECT_EQ(read_record(path).valid_bytes(), std::filesystem::file_size(path));
}

TEST(RecordFile, is_not_begun_on_a_full_disk) {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "session.xrec";
  const auto never = [](int, std::size_t, std::size_t) noexcept { return ENOSPC; };
  EXPECT_THROW(static_cast<void>(RecordFile::open(path, 1U << 20U, never)), EnvironmentError);
  EXPECT_EQ(std::filesystem::file_size(path), 0U);
  EXPECT_NO_THROW(static_cast<void>(RecordFile::open(path, 1U << 20U))) << "another time";
}

TEST(RecordFile, is_written_by_one_at_a_time) {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "session.xrec";
  DeliveryCase one;
  {
    const auto first = RecordFile::open(path, 1U << 20U);
    first->begin(one.plan(), one.settings(), "first");
    EXPECT_THROW(static_cast<void>(RecordFile::open(path, 1U << 20U)), InputError);
    EXPECT_EQ(sessions_of(read_record(path)).size(), 1U) << "reading it is free";
  }
  const auto second = RecordFile::open(path, 1U << 20U);
  second->begin(one.plan(), one.settings(), "second");
  second->close();
  EXPECT_EQ(sessions_of(read_record(path)).size(), 2U);
}

TEST(RecordFile, refuses_to_write_into_what_is_no_record) {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "letter.txt";
  std::ofstream(path) << "Dear colleague, this is not a record of any session.";
  EXPECT_THROW(static_cast<void>(RecordFile::open(path)), InputError);
  EXPECT_EQ(std::filesystem::file_size(path), 52U) << "it was left as it is";
}

TEST(SettingsText, differs_when_anything_that_matters_differs) {
  DeliveryCase one;
  const std::string text = settings_text(one.settings(), "none", {});
  SessionSettings other = one.settings();
  other.dynamics.leaves.latency_ms += 1;
  EXPECT_NE(settings_text(other, "none", {}), text);
  other = one.settings();
  other.tracking.mode = MotionMode::gate;
  EXPECT_NE(settings_text(other, "none", {}), text);
  EXPECT_NE(settings_text(one.settings(), "breathing", {}), text);
  const std::vector<Fault> faults{{FaultKind::door_open, 1.0, 2.0, 0.0, 0}};
  EXPECT_NE(settings_text(one.settings(), "none", faults), text);
}

}  // namespace
}  // namespace xingu
