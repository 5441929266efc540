// SPDX-License-Identifier: Apache-2.0
#include "console/bounded_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace xingu::console {
namespace {

TEST(BoundedQueue, refuses_what_it_has_no_room_for) {
  BoundedQueue<int, 4> queue;
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(queue.push(i));
  }
  EXPECT_FALSE(queue.push(4));
  int value = -1;
  EXPECT_TRUE(queue.pop(value));
  EXPECT_EQ(value, 0);
  EXPECT_TRUE(queue.push(4));
  for (int i = 1; i <= 4; ++i) {
    EXPECT_TRUE(queue.pop(value));
    EXPECT_EQ(value, i);
  }
  EXPECT_FALSE(queue.pop(value));
}

TEST(BoundedQueue, keeps_the_order_between_two_threads) {
  constexpr int count = 100'000;
  BoundedQueue<int, 64> queue;
  std::thread writer([&] {
    for (int i = 0; i < count;) {
      if (queue.push(i)) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  int wanted = 0;
  int num_wrong = 0;
  while (wanted < count) {
    int value = -1;
    if (queue.pop(value)) {
      num_wrong += value != wanted ? 1 : 0;
      ++wanted;
    } else {
      std::this_thread::yield();
    }
  }
  writer.join();
  EXPECT_EQ(num_wrong, 0);
}

}  // namespace
}  // namespace xingu::console
