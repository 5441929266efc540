// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/shape_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/philox.h"
#include "support/allocations.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t num_leads = 2;
constexpr std::size_t num_samples = 24;

/// A wave for the next beat, whose two leads turn `turns` times in opposite directions, `late` samples later and `gain`
/// times as high.
void put_wave(ShapeMemory& memory, double turns, double late = 0.0, float gain = 1.0F) {
  const auto room = memory.next();
  for (std::size_t i = 0; i < num_samples; ++i) {
    const double x = (static_cast<double>(i) - 12.0 - late) / 12.0;
    const double wave = std::cos(turns * 3.14159265 * x) * std::exp(-4.0 * x * x);
    room[i] = gain * static_cast<float>(wave);
    room[num_samples + i] = -0.5F * room[i];
  }
}

void add_wave(ShapeMemory& memory, double turns, double late = 0.0, float gain = 1.0F) {
  put_wave(memory, turns, late, gain);
  memory.add();
}

TEST(ShapeMemory, beats_of_one_shape_are_alike_whatever_their_height_and_when_they_are_two_samples_late) {
  ShapeMemory memory(num_leads, num_samples);
  EXPECT_EQ(memory.alike_part(), 1.0F) << "of no pair nothing is known";
  for (const double late : {0.0, 2.0, 1.0, 0.0, 2.0}) {
    add_wave(memory, 1.5, late, static_cast<float>(1.0 + late));
  }
  EXPECT_EQ(memory.alike_part(), 1.0F);
  EXPECT_FALSE(memory.is_full());
  add_wave(memory, 1.5, 0.0, -1.0F);  // upside down is another shape
  EXPECT_FLOAT_EQ(memory.alike_part(), 10.0F / 15.0F);
}

TEST(ShapeMemory, counts_the_pairs_of_two_and_of_three_shapes_in_turn_and_forgets_what_is_older_than_nine_beats) {
  ShapeMemory memory(num_leads, num_samples);
  for (int i = 0; i < 30; ++i) {
    add_wave(memory, i % 2 == 0 ? 0.5 : 3.0);
  }
  ASSERT_TRUE(memory.is_full());
  EXPECT_FLOAT_EQ(memory.alike_part(), 16.0F / 36.0F);
  for (int i = 0; i < 9; ++i) {
    add_wave(memory, 1.5 * (i % 3));
  }
  EXPECT_FLOAT_EQ(memory.alike_part(), 9.0F / 36.0F);
  memory.clear();
  EXPECT_FALSE(memory.is_full());
}

TEST(ShapeMemory, knows_a_shape_again_that_any_of_its_beats_had) {
  ShapeMemory memory(num_leads, num_samples);
  put_wave(memory, 1.5);
  EXPECT_FALSE(memory.knows_next()) << "no beat is known";
  for (int i = 0; i < 12; ++i) {
    add_wave(memory, i % 2 == 0 ? 0.5 : 3.0);
    put_wave(memory, 1.5);
    EXPECT_FALSE(memory.knows_next()) << i;
    put_wave(memory, 0.5, 1.0, 0.3F);
    EXPECT_TRUE(memory.knows_next()) << i;
  }
}

TEST(ShapeMemory, noise_is_seldom_alike_and_no_memory_is_taken) {
  ShapeMemory memory(num_leads, num_samples);
  const Philox random(5, 0);
  std::uint64_t drawn = 0;
  float largest = 0.0F;
  const std::uint64_t before = test::num_allocations();
  for (int beat = 0; beat < 400; ++beat) {
    float low = 0.0F;
    for (float& value : memory.next()) {
      low += 0.4F * (static_cast<float>(random.uniform(drawn++)) - 0.5F - low);  // as slow as the QRS band
      value = low;
    }
    memory.add();
    largest = memory.is_full() ? std::max(largest, memory.alike_part()) : largest;
  }
  EXPECT_EQ(test::num_allocations(), before);
  EXPECT_LT(largest, 0.12F);
}

}  // namespace
}  // namespace xingu::ecg
