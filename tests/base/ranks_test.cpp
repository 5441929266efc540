// SPDX-License-Identifier: Apache-2.0
#include "base/ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <vector>

#include "base/error.h"
#include "support/thread_ranks.h"

namespace xingu {
namespace {

using test::ThreadRanks;
using testing::HasSubstr;

Bytes square(std::size_t item) { return ByteWriter().put<std::uint64_t>(item * item).take(); }

/// What the root has after `count` items were shared out over some ranks.
std::map<std::size_t, std::uint64_t> squares_of(int num_ranks, std::size_t count) {
  std::map<std::size_t, std::uint64_t> taken;
  ThreadRanks::run(num_ranks, [&](Ranks& ranks) {
    SharedWork work;
    work.count = count;
    work.compute = square;
    work.take = [&](std::size_t item, const Bytes& result) {
      EXPECT_TRUE(ranks.is_root());
      EXPECT_TRUE(taken.emplace(item, ByteReader(result).get<std::uint64_t>()).second) << item;
    };
    share_out(ranks, work);
  });
  return taken;
}

TEST(Ranks, take_every_item_once_however_many_there_are) {
  for (const int num_ranks : {1, 2, 3, 7}) {
    for (const std::size_t count : {0, 1, 5, 200}) {
      const auto taken = squares_of(num_ranks, count);
      ASSERT_EQ(taken.size(), count) << num_ranks << " ranks";
      for (const auto& [item, value] : taken) {
        EXPECT_EQ(value, item * item);
      }
    }
  }
}

TEST(Ranks, give_one_work_after_another_without_mixing_them) {
  std::vector<std::uint64_t> sums(20, 0);
  ThreadRanks::run(3, [&](Ranks& ranks) {
    for (std::size_t round = 0; round < sums.size(); ++round) {
      SharedWork work;
      work.count = 1 + round % 4;
      work.inputs = round;
      work.compute = [&](std::size_t item) { return square(item + round); };
      work.take = [&](std::size_t, const Bytes& result) { sums[round] += ByteReader(result).get<std::uint64_t>(); };
      share_out(ranks, work);
    }
  });
  for (std::size_t round = 0; round < sums.size(); ++round) {
    std::uint64_t expected = 0;
    for (std::size_t item = 0; item < 1 + round % 4; ++item) {
      expected += (item + round) * (item + round);
    }
    EXPECT_EQ(sums[round], expected) << round;
  }
}

TEST(Ranks, begin_no_item_beyond_those_that_are_ready_and_take_none_beyond_the_end) {
  for (const int num_ranks : {1, 3}) {
    Supply supply;
    supply.ready = 4;
    std::atomic<std::size_t> most_begun{0};
    std::set<std::size_t> taken;
    ThreadRanks::run(num_ranks, [&](Ranks& ranks) {
      SharedWork work;
      work.supply = ranks.is_root() ? &supply : nullptr;
      work.compute = [&](std::size_t item) {
        EXPECT_LT(item, supply.ready);
        for (std::size_t most = most_begun; most < item && !most_begun.compare_exchange_weak(most, item);) {
        }
        return square(item);
      };
      work.take = [&](std::size_t item, const Bytes&) {
        EXPECT_LT(item, supply.count);
        taken.insert(item);
        if (taken.size() == supply.ready) {
          supply.ready = supply.ready + 4;
        }
        if (taken.size() == 10) {
          supply.count = 10;
        }
      };
      share_out(ranks, work);
    });
    for (std::size_t item = 0; item < 10; ++item) {  // one or two above may have come before the end was known
      EXPECT_TRUE(taken.contains(item)) << item << " of " << num_ranks;
    }
    EXPECT_LT(most_begun, 12U) << num_ranks;
  }
}

TEST(Ranks, whose_inputs_differ_are_refused) {
  const auto differing = [] {
    ThreadRanks::run(3, [](Ranks& ranks) {
      SharedWork work;
      work.name = "the squares";
      work.count = 3;
      work.inputs = ranks.rank() == 2 ? 1 : 0;
      work.compute = square;
      work.take = [](std::size_t, const Bytes&) {};
      share_out(ranks, work);
    });
  };
  EXPECT_THAT(differing, testing::ThrowsMessage<InputError>(HasSubstr("rank 2 has other inputs for the squares")));
}

TEST(Ranks, end_with_the_failure_of_an_item_or_of_taking_it) {
  for (const bool fails_in_take : {false, true}) {
    for (const int num_ranks : {1, 3}) {
      const auto failing = [&] {
        ThreadRanks::run(num_ranks, [&](Ranks& ranks) {
          SharedWork work;
          work.count = 50;
          work.compute = [&](std::size_t item) {
            XINGU_REQUIRE(fails_in_take || item != 17, "item 17 is wrong");
            return square(item);
          };
          work.take = [&](std::size_t item, const Bytes&) {
            XINGU_REQUIRE(!fails_in_take || item != 17, "item 17 is wrong");
          };
          share_out(ranks, work);
        });
      };
      EXPECT_THAT(failing, testing::ThrowsMessage<InputError>("item 17 is wrong"));
    }
  }
}

TEST(Ranks, hear_what_the_root_broadcasts_in_its_order) {
  ThreadRanks::run(4, [](Ranks& ranks) {
    for (std::uint64_t word = 0; word < 5; ++word) {
      const Bytes heard = broadcast(ranks, ranks.is_root() ? ByteWriter().put(word).take() : Bytes{});
      EXPECT_EQ(ByteReader(heard).get<std::uint64_t>(), word);
    }
  });
}

}  // namespace
}  // namespace xingu
