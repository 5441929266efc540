// SPDX-License-Identifier: Apache-2.0
#include "delivery/real_time.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <thread>

namespace xingu {
namespace {

TEST(RealTimePlace, is_what_the_system_says_it_is) {
  RealTimePlace place;
  int policy = -1;
  std::thread thread([&] {
    place = take_real_time_place();
    policy = sched_getscheduler(0);
  });
  thread.join();
  EXPECT_EQ(policy == SCHED_FIFO, place.has_priority);
  EXPECT_NE(sched_getscheduler(0), SCHED_FIFO) << "only the thread that asked";
}

TEST(PromptPlace, is_for_the_thread_that_asks_where_it_is_granted) {
  const int before = getpriority(PRIO_PROCESS, 0);
  int after = 0;
  std::thread thread([&] {
    take_prompt_place();
    after = getpriority(PRIO_PROCESS, 0);
  });
  thread.join();
  EXPECT_TRUE(after == -10 || after == before) << after;
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before) << "only the thread that asked";
}

TEST(RealTimePlace, has_advice_about_what_is_missing_only) {
  EXPECT_TRUE(advice({true, true}).empty());
  EXPECT_NE(advice({false, true}).find("CAP_SYS_NICE"), std::string_view::npos);
  EXPECT_NE(advice({true, false}).find("CAP_IPC_LOCK"), std::string_view::npos);
}

}  // namespace
}  // namespace xingu
