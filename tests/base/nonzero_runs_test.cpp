// SPDX-License-Identifier: Apache-2.0
#include "base/nonzero_runs.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/philox.h"

namespace xingu {
namespace {

std::vector<float> unpacked(const NonzeroRuns& packed, std::size_t size) {
  std::vector<float> array(size, 0.0F);
  packed.for_each([&](std::size_t i, float value) { array[i] = value; });
  return array;
}

/// Values at random places: one in `one_in` is not zero.
std::vector<float> sparse_array(std::size_t size, double one_in, std::uint64_t seed) {
  const Philox random(seed, 0);
  std::vector<float> array(size, 0.0F);
  for (std::size_t i = 0; i < size; ++i) {
    if (random.uniform(2 * i) * one_in < 1.0) {
      array[i] = static_cast<float>(random.uniform(2 * i + 1));
    }
  }
  return array;
}

TEST(NonzeroRuns, give_back_every_array_without_loss) {
  for (const std::size_t size : {0, 1, 2, 5, 1000}) {
    for (const double one_in : {1.0, 2.0, 4.0, 30.0, 1e9}) {
      const auto array = sparse_array(size, one_in, size);
      const Bytes bytes = NonzeroRuns::of(array).to_bytes();
      EXPECT_EQ(unpacked(NonzeroRuns::from_bytes(bytes), size), array) << size << " " << one_in;
    }
  }
}

TEST(NonzeroRuns, are_never_much_larger_than_the_array_and_small_where_it_is_mostly_zero) {
  constexpr std::size_t size = 10'000;
  for (const double one_in : {1.0, 2.0, 3.0, 4.0, 10.0}) {
    const std::size_t bytes = NonzeroRuns::of(sparse_array(size, one_in, 3)).to_bytes().size();
    EXPECT_LE(bytes, 4 * size + 24) << one_in;
  }
  EXPECT_LT(NonzeroRuns::of(sparse_array(size, 100.0, 3)).to_bytes().size(), 4 * size / 20);
}

TEST(NonzeroRuns, that_contradict_themselves_break_a_promise) {
  NonzeroRuns runs = NonzeroRuns::of(std::vector<float>{1.0F, 2.0F});
  runs.values.pop_back();
  EXPECT_THROW(static_cast<void>(NonzeroRuns::from_bytes(runs.to_bytes())), BrokenPromise);
}

}  // namespace
}  // namespace xingu
