// SPDX-License-Identifier: Apache-2.0
#include "report/png.h"

#include <gtest/gtest.h>

#include <random>

#include "decode_png.h"

namespace xingu {
namespace {

TEST(Png, decodes_to_the_same_pixels_for_any_content) {
  std::minstd_rand random(3);
  for (const auto [width, height, smoothness] :
       {std::array{1, 1, 1}, {1, 9, 1}, {13, 1, 4}, {64, 37, 1}, {61, 40, 16}}) {
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < width * height; ++i) {
      const int ramp = 3 * (i % width) + 2 * (i / width);
      pixels.push_back(static_cast<std::uint8_t>(ramp + static_cast<int>(random() % 256) / smoothness));
    }
    const test::DecodedPng decoded = test::decode_png(encode_png({width, height, pixels}));
    EXPECT_EQ(decoded.width, width);
    EXPECT_EQ(decoded.height, height);
    EXPECT_EQ(decoded.colour_type, 0);
    EXPECT_EQ(decoded.pixels, pixels);
  }
}

TEST(Png, carries_a_palette_with_alpha) {
  const std::vector<std::array<std::uint8_t, 4>> palette{{{1, 2, 3, 0}}, {{250, 251, 252, 128}}};
  const std::vector<std::uint8_t> pixels{0, 1, 1, 0, 0, 1};
  const test::DecodedPng decoded = test::decode_png(encode_png({3, 2, pixels, palette}));
  EXPECT_EQ(decoded.colour_type, 3);
  EXPECT_EQ(decoded.pixels, pixels);
  EXPECT_EQ(decoded.palette, std::string("\x01\x02\x03\xfa\xfb\xfc"));
  EXPECT_EQ(decoded.alpha, std::string("\x00\x80", 2));
}

TEST(Png, compresses_smooth_pictures) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 256 * 256; ++i) {
    pixels.push_back(static_cast<std::uint8_t>((i % 256 + i / 256) / 2));
  }
  EXPECT_LT(encode_png({256, 256, pixels}).size(), 3000U);
}

TEST(Base64, matches_the_vectors_of_rfc_4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string("\xff\x00\xfe", 3)), "/wD+");
}

}  // namespace
}  // namespace xingu
