// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>

#include "base/error.h"
#include "base/parallel.h"

namespace xingu {
namespace {

TEST(Progress, prints_nothing_of_a_short_step_where_standard_error_is_no_terminal) {
  testing::internal::CaptureStderr();
  {
    Progress progress("beams", 100, "beams");
    parallel_for(100, [&](std::size_t) { progress.advance(); });
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

/// Standard error of some parts of a step, with a line at each.
template <class Work>
std::string lines_of(std::size_t total, const Work& work) {
  Progress::set_line_interval(std::chrono::milliseconds(0));
  testing::internal::CaptureStderr();
  {
    Progress progress("fluence", total, "iterations");
    work(progress);
  }
  Progress::set_line_interval(std::chrono::seconds(30));
  return testing::internal::GetCapturedStderr();
}

TEST(Progress, takes_no_rate_from_what_is_set_up_before_the_first_part) {
  const std::string lines = lines_of(10, [](Progress& progress) {
    progress.advance();
    progress.advance();
  });
  EXPECT_THAT(lines.substr(0, lines.find('\n')), testing::Not(testing::HasSubstr("ETA")));
  EXPECT_THAT(lines, testing::ContainsRegex("20 %.*ETA [0-9]+ s"));
}

TEST(Progress, has_no_time_left_below_two_per_cent) {
  const std::string lines = lines_of(300, [](Progress& progress) {
    for (int i = 0; i < 6; ++i) {
      progress.advance();
    }
  });
  const auto sixth = lines.find("(6/300 iterations)");
  ASSERT_NE(sixth, std::string::npos);
  EXPECT_EQ(lines.find("ETA"), lines.find("ETA", sixth));
  EXPECT_NE(lines.find("ETA", sixth), std::string::npos);
}

/// Standard error of a step of four parts, the first of which an earlier run had finished, with a line at each part.
std::string lines_of_a_resumed_step() {
  Progress::set_line_interval(std::chrono::milliseconds(0));
  testing::internal::CaptureStderr();
  {
    Progress progress("influence matrix", 4, "beams");
    progress.skip();
    progress.advance();
    progress.advance();
    progress.advance();
  }
  Progress::set_line_interval(std::chrono::seconds(30));
  return testing::internal::GetCapturedStderr();
}

TEST(Progress, prints_lines_with_part_and_time_left_for_logs) {
  const std::string lines = lines_of_a_resumed_step();
  EXPECT_THAT(lines, testing::HasSubstr("influence matrix: 75 % (3/4 beams) after "));
  EXPECT_THAT(lines, testing::HasSubstr("influence matrix: 100 % (4/4 beams) after "));
  EXPECT_THAT(lines, testing::ContainsRegex("75 %.*ETA [0-9]+ s"));
}

TEST(Progress, takes_no_rate_from_what_an_earlier_run_did) {
  const std::string lines = lines_of_a_resumed_step();
  const std::string first = lines.substr(0, lines.find('\n'));
  EXPECT_THAT(first, testing::HasSubstr("25 % (1/4 beams)"));
  EXPECT_THAT(first, testing::Not(testing::HasSubstr("ETA")));
  EXPECT_THAT(lines, testing::ContainsRegex("100 %.*ETA 0 s"));
}

TEST(Progress, is_quiet_where_it_was_asked_to_be) {
  Progress::set_enabled(false);
  const std::string lines = lines_of_a_resumed_step();
  Progress::set_enabled(true);
  EXPECT_EQ(lines, "");
}

/// Runs in a process of its own, because a request to stop is never taken back.
[[noreturn]] void stop_and_report(int num_signals) {
  install_cancel_handler();
  if (is_cancelled()) {
    _exit(1);
  }
  throw_if_cancelled();
  for (int i = 0; i < num_signals; ++i) {
    std::raise(SIGINT);
  }
  try {
    throw_if_cancelled();
  } catch (const Cancelled&) {
    _exit(42);
  }
  _exit(2);
}

TEST(CancelDeathTest, lets_the_work_stop_by_itself_at_the_first_signal) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(stop_and_report(1), testing::ExitedWithCode(42), "");
}

TEST(CancelDeathTest, ends_the_process_at_the_second_signal) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(stop_and_report(2), testing::ExitedWithCode(128 + SIGINT), "");
}

}  // namespace
}  // namespace xingu
