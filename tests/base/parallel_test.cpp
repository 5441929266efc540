// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/philox.h"

namespace xingu {
namespace {

/// Numbers of very different size, so that the order of a sum shows in its last bits.
std::vector<double> uneven_numbers() {
  std::vector<double> numbers(100'003);
  const Philox stream(5, 0);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = (stream.uniform(i) - 0.5) * (i % 7 == 0 ? 1e12 : 1.0);
  }
  return numbers;
}

double chunked_sum(const std::vector<double>& numbers) {
  std::vector<double> partial(16, 0.0);
  parallel_chunks(numbers.size(), partial.size(), [&](std::size_t chunk, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      partial[chunk] += numbers[i];
    }
  });
  return std::accumulate(partial.begin(), partial.end(), 0.0);
}

TEST(Parallel, runs_each_iteration_once_for_any_number_of_threads) {
  for (const int threads : {1, 2, 4, 0}) {
    set_num_threads(threads);
    std::vector<std::atomic<int>> visits(1000);
    parallel_for(visits.size(), [&](std::size_t i) { ++visits[i]; });
    for (const auto& count : visits) {
      ASSERT_EQ(count, 1);
    }
  }
}

TEST(Parallel, does_nothing_for_an_empty_range) {
  parallel_for(0, [](std::size_t) { FAIL(); });
}

TEST(Parallel, sums_to_the_same_bits_for_any_number_of_threads) {
  const std::vector<double> numbers = uneven_numbers();
  set_num_threads(1);
  const double expected = chunked_sum(numbers);
  for (const int threads : {2, 3, 4, 0}) {
    set_num_threads(threads);
    for (int repeat = 0; repeat < 5; ++repeat) {
      ASSERT_EQ(chunked_sum(numbers), expected) << threads << " threads";
    }
  }
}

TEST(Parallel, cuts_a_range_into_chunks_that_follow_each_other) {
  for (const std::size_t count : {0, 1, 5, 64, 1001}) {
    std::vector<std::pair<std::size_t, std::size_t>> ranges(7);
    parallel_chunks(count, ranges.size(),
                    [&](std::size_t chunk, std::size_t begin, std::size_t end) { ranges[chunk] = {begin, end}; });
    std::size_t next = 0;
    for (const auto& [begin, end] : ranges) {
      EXPECT_EQ(begin, next);
      EXPECT_LE(begin, end);
      EXPECT_LE(end - begin, count / ranges.size() + 1);
      next = end;
    }
    EXPECT_EQ(next, count);
  }
}

TEST(Parallel, carries_an_exception_to_the_caller) {
  const auto loop = [] {
    parallel_for(100, [](std::size_t i) {
      if (i == 57) {
        throw std::runtime_error("57");
      }
    });
  };
  EXPECT_THROW(loop(), std::runtime_error);
}

TEST(Parallel, loops_may_stand_inside_loops) {
  std::atomic<int> visits{0};
  parallel_for(10, [&](std::size_t) { parallel_for(10, [&](std::size_t) { ++visits; }); });
  EXPECT_EQ(visits, 100);
}

TEST(Parallel, reports_the_number_of_threads_asked_for) {
  set_num_threads(3);
  EXPECT_EQ(num_threads(), 3);
  set_num_threads(0);
  EXPECT_GE(num_threads(), 1);
}

TEST(Parallel, refuses_a_number_of_threads_that_is_none) {
  EXPECT_THROW(set_num_threads(-1), InputError);
  EXPECT_THROW(set_num_threads(100'000), InputError);
}

}  // namespace
}  // namespace xingu
