// SPDX-License-Identifier: Apache-2.0
#include "delivery/leaf_bank.h"

#include <gtest/gtest.h>

#include <vector>

namespace xingu {
namespace {

LeafBank bank_of(std::size_t num_leaves) { return LeafBank(num_leaves, LeafDynamics{25.0, 20, 0.02}, Noise(1, 1)); }

TEST(LeafBank, moves_every_leaf_at_its_speed_after_the_latency) {
  LeafBank bank = bank_of(4);
  const std::vector<double> goal{10.0, -5.0, 0.0, 2.5};
  bank.set_goal(goal, 1);
  for (int i = 0; i < 20; ++i) {
    bank.advance();
    EXPECT_EQ(bank.positions()[0], 0.0);
  }
  for (int i = 0; i < 100; ++i) {
    bank.advance();
  }
  EXPECT_NEAR(bank.positions()[0], 2.5, 1e-9);
  EXPECT_NEAR(bank.positions()[1], -2.5, 1e-9);
  for (int i = 0; i < 400; ++i) {
    bank.advance();
  }
  for (std::size_t leaf = 0; leaf < goal.size(); ++leaf) {
    EXPECT_EQ(bank.positions()[leaf], goal[leaf]);
    EXPECT_NEAR(bank.encoders()[leaf], goal[leaf], 0.1);
  }
}

TEST(LeafBank, moves_shadows_faster_from_farther_away) {
  LeafBank bank = bank_of(2);
  const std::vector<double> goal{10.0, -10.0};
  bank.set_goal(goal, 1, 1.25);
  for (int i = 0; i < 120; ++i) {
    bank.advance();
  }
  EXPECT_NEAR(bank.positions()[0], 1.25 * 2.5, 1e-9);
  EXPECT_NEAR(bank.positions()[1], -1.25 * 2.5, 1e-9);
}

TEST(LeafBank, leaves_a_displaced_leaf_until_it_is_asked_again) {
  LeafBank bank = bank_of(2);
  const std::vector<double> goal{1.0, 1.0};
  const auto run = [&](std::uint32_t request) {
    bank.set_goal(goal, request);
    for (int i = 0; i < 500; ++i) {
      bank.advance();
    }
  };
  run(1);
  bank.displace(1, 4.0);
  run(1);
  EXPECT_EQ(bank.positions()[1], 5.0);
  EXPECT_NEAR(bank.encoders()[1], 5.0, 0.1);
  run(2);
  EXPECT_EQ(bank.positions()[1], 1.0);
}

TEST(LeafBank, holds_a_blocked_leaf_until_it_is_free) {
  LeafBank bank = bank_of(2);
  const std::vector<double> goal{3.0, 3.0};
  bank.set_goal(goal, 1);
  bank.block(0);
  for (int i = 0; i < 500; ++i) {
    bank.advance();
  }
  EXPECT_EQ(bank.positions()[0], 0.0);
  EXPECT_EQ(bank.positions()[1], 3.0);
  bank.block(2);
  for (int i = 0; i < 500; ++i) {
    bank.advance();
  }
  EXPECT_EQ(bank.positions()[0], 3.0);
}

}  // namespace
}  // namespace xingu
