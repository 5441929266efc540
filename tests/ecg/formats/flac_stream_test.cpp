// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/flac_stream.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace xingu::ecg {
namespace {

std::vector<std::vector<std::int32_t>> two_channels() {
  std::vector<std::vector<std::int32_t>> channels(2);
  for (std::int32_t i = 0; i < 10000; ++i) {
    channels[0].push_back(i % 251 - 125);
    channels[1].push_back(i * i % 256 - 128);
  }
  return channels;
}

TEST(Flac, gives_back_what_it_encoded) {
  for (const int bits : {8, 16, 24}) {
    const FlacAudio audio = decode_flac(encode_flac(two_channels(), bits), 20000, "t");
    EXPECT_EQ(audio.bits, bits);
    EXPECT_EQ(audio.channels, two_channels());
  }
}

TEST(Flac, refuses_damage_and_more_samples_than_allowed) {
  std::string bytes = encode_flac(two_channels(), 16);
  EXPECT_THROW((void)decode_flac(bytes, 19999, "t"), InputError);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  EXPECT_THROW((void)decode_flac(bytes, 20000, "t"), InputError);
  EXPECT_THROW((void)decode_flac("", 20000, "t"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
