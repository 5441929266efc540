// SPDX-License-Identifier: Apache-2.0
#include "console/triple_slot.h"

#include <gtest/gtest.h>

#include <thread>

namespace xingu::console {
namespace {

TEST(TripleSlot, gives_the_newest_value_once) {
  TripleSlot<int> slot(0);
  EXPECT_FALSE(slot.fetch());
  for (int value = 1; value <= 5; ++value) {
    slot.writing() = value;
    slot.publish();
  }
  EXPECT_TRUE(slot.fetch());
  EXPECT_EQ(slot.reading(), 5);
  EXPECT_FALSE(slot.fetch());
  EXPECT_EQ(slot.reading(), 5);
}

TEST(TripleSlot, never_shows_half_a_value_or_an_older_one) {
  constexpr int last = 100'000;
  using Value = std::array<int, 16>;
  TripleSlot<Value> slot(Value{});
  std::thread writer([&] {
    for (int i = 1; i <= last; ++i) {
      slot.writing().fill(i);
      slot.publish();
    }
  });
  int before = 0;
  int num_torn = 0;
  int num_older = 0;
  while (before < last) {
    if (slot.fetch()) {
      const Value& value = slot.reading();
      num_torn += value.front() != value.back() ? 1 : 0;
      num_older += value.front() <= before ? 1 : 0;
      before = value.front();
    }
  }
  writer.join();
  EXPECT_EQ(num_torn, 0);
  EXPECT_EQ(num_older, 0);
}

}  // namespace
}  // namespace xingu::console
