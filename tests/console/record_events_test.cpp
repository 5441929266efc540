// SPDX-License-Identifier: Apache-2.0
#include "console/record_events.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "console/event_text.h"
#include "recorded_session.h"
#include "support/test_paths.h"

namespace xingu::console {
namespace {

constexpr auto whole = std::numeric_limits<std::uintmax_t>::max();

/// The answer, waited for.
RecordEvents::Found found_in(RecordEvents& events, const std::filesystem::path& record, std::uintmax_t bytes = whole) {
  std::optional<RecordEvents::Found> found;
  EXPECT_TRUE(events.ask(record, bytes, [&](const RecordEvents::Found& one) { found = one; }));
  while (!found) {
    events.poll();
    std::this_thread::yield();
  }
  return *found;
}

class RecordEventsOf : public testing::Test {
 protected:
  RecordEventsOf() {
    const auto bytes = record_.bytes();
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));  // NOLINT
  }
  xingu::test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "session.xrec";
  SessionRecord record_ = test::recorded_session();
  RecordEvents events_;
};

TEST_F(RecordEventsOf, a_record_are_what_the_record_holds) {
  const RecordEvents::Found found = found_in(events_, path_);
  ASSERT_TRUE(found.json) << found.refusal;
  EXPECT_EQ(*found.json, dump(events_of(record_)));
  EXPECT_EQ(found_in(events_, path_).json, found.json) << "remembered";
}

TEST_F(RecordEventsOf, a_record_that_is_being_written_end_where_it_does) {
  const std::uintmax_t half = record_.valid_bytes() / 2;
  const nlohmann::json events = nlohmann::json::parse(*found_in(events_, path_, half).json);
  const nlohmann::json all = events_of(record_);
  ASSERT_LT(events.size(), all.size());
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back(), all[events.size() - 1]);
}

TEST_F(RecordEventsOf, what_is_no_record_are_refused) {
  const RecordEvents::Found found = found_in(events_, folder_.path() / "nowhere.xrec");
  EXPECT_FALSE(found.json);
  EXPECT_NE(found.refusal.find("nowhere.xrec"), std::string::npos);
}

TEST_F(RecordEventsOf, many_records_do_not_pile_up) {
  std::size_t num_taken = 0;
  std::size_t num_answered = 0;
  for (int i = 0; i < 40; ++i) {
    num_taken += events_.ask(path_, whole, [&](const RecordEvents::Found&) { ++num_answered; }) ? 1U : 0U;
  }
  EXPECT_EQ(num_taken, RecordEvents::most_waiting);
  while (num_answered < num_taken) {
    events_.poll();
    std::this_thread::yield();
  }
  EXPECT_TRUE(found_in(events_, path_).json) << "and there is room again";
}

}  // namespace
}  // namespace xingu::console
