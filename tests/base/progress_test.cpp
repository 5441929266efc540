// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "base/parallel.h"

namespace xingu {
namespace {

TEST(Progress, prints_nothing_where_standard_error_is_no_terminal) {
  testing::internal::CaptureStderr();
  {
    Progress progress("beams", 100, "beams");
    parallel_for(100, [&](std::size_t) { progress.advance(); });
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
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
