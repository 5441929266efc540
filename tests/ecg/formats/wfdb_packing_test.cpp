// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/wfdb_packing.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/philox.h"
#include "ecg/record.h"

namespace xingu::ecg {
namespace {

constexpr std::array packed{8, 16, 24, 32, 61, 80, 160, 212, 310, 311};

/// Values over the whole range of a format, its ends and its "no sample" among them.
std::vector<std::int32_t> samples_of(WfdbFormat format, std::size_t count) {
  const std::int64_t limit = std::int64_t{1} << (sample_bits(format) - 1);
  const Philox random(1, static_cast<std::uint64_t>(format));
  std::vector<std::int32_t> samples;
  for (std::size_t i = 0; i < count; ++i) {
    const double place = random.uniform(i);
    samples.push_back(
        static_cast<std::int32_t>(static_cast<std::int64_t>((2 * place - 1) * static_cast<double>(limit - 1))));
  }
  if (count > 3) {
    samples[0] = static_cast<std::int32_t>(limit - 1);
    samples[1] = static_cast<std::int32_t>(1 - limit);
    samples[2] = format == WfdbFormat::diff8 ? -128 : invalid_sample;
  }
  return samples;
}

TEST(WfdbPacking, gives_back_what_it_packed_for_every_format_and_length) {
  for (const int number : packed) {
    const WfdbFormat format = *wfdb_format(number);
    for (std::size_t count = 0; count < 14; ++count) {
      const auto samples = samples_of(format, count);
      const std::string bytes = pack_samples(format, samples);
      EXPECT_EQ(bytes.size(), packed_bytes(format, count));
      ASSERT_GE(packed_samples(format, bytes.size()), count) << number;
      EXPECT_EQ(unpack_samples(format, bytes, count), samples) << "format " << number << " of " << count;
    }
  }
}

TEST(WfdbPacking, lays_bits_where_the_format_says) {
  EXPECT_EQ(pack_samples(WfdbFormat::packed12, std::vector{0x123, 0x456}), "\x23\x41\x56");
  EXPECT_EQ(pack_samples(WfdbFormat::big16, std::vector{0x1234}), "\x12\x34");
  EXPECT_EQ(pack_samples(WfdbFormat::offset8, std::vector{-127}), "\x01");
  EXPECT_EQ(pack_samples(WfdbFormat::packed10b, std::vector{1, 2, 3}), std::string("\x01\x08\x30\x00", 4));
  EXPECT_EQ(pack_samples(WfdbFormat::packed10a, std::vector{1, 2, 33}), std::string("\x02\x08\x04\x08", 4));
}

TEST(WfdbPacking, refuses_what_does_not_fit) {
  EXPECT_THROW((void)pack_samples(WfdbFormat::packed12, std::vector{2048}), InputError);
  EXPECT_THROW((void)pack_samples(WfdbFormat::diff8, std::vector{invalid_sample}), InputError);
  EXPECT_FALSE(wfdb_format(17).has_value());
}

}  // namespace
}  // namespace xingu::ecg
