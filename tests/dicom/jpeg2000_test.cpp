// SPDX-License-Identifier: Apache-2.0
#include "dicom/jpeg2000.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "base/philox.h"
#include "jpeg2000_encoder.h"

namespace xingu {
namespace {

using test::encode_jpeg2000;
using test::Jpeg2000Coding;
using test::Wavelet;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

PixelLayout layout_of(int columns, int rows, int bits_stored, bool is_signed) {
  return {.columns = columns,
          .rows = rows,
          .bits_allocated = bits_stored > 8 ? 16 : 8,
          .bits_stored = bits_stored,
          .high_bit = bits_stored - 1,
          .is_signed = is_signed};
}

/// Noise over all values that the layout has, the extremes among them.
std::vector<std::int32_t> noise(const PixelLayout& layout) {
  const Philox random(7, 0);
  const std::int32_t lowest = layout.is_signed ? -(1 << (layout.bits_stored - 1)) : 0;
  const std::int32_t count = 1 << layout.bits_stored;
  std::vector<std::int32_t> samples(layout.num_pixels());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = lowest + static_cast<std::int32_t>(random.uniform(i) * count);
  }
  samples.front() = lowest;
  samples.back() = lowest + count - 1;
  return samples;
}

/// A smooth image: what a real encoder compresses.
std::vector<std::int32_t> ramp(const PixelLayout& layout) {
  std::vector<std::int32_t> samples(layout.num_pixels());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int32_t>(3 * (i % static_cast<std::size_t>(layout.columns)) + i / 97);
  }
  return samples;
}

std::vector<std::int32_t> decode(const std::string& stream, const PixelLayout& layout) {
  return decode_jpeg2000({reinterpret_cast<const std::uint8_t*>(stream.data()), stream.size()}, layout);
}

/// The refusal, or nothing where the stream was taken.
std::string refusal(const std::string& stream, const PixelLayout& layout) {
  try {
    static_cast<void>(decode(stream, layout));
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

void set_u32(std::string& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[at + i] = static_cast<char>(value >> (24 - 8 * i));
  }
}

struct Case {
  const char* name;
  PixelLayout layout;
  Jpeg2000Coding coding;
};

class Jpeg2000 : public testing::TestWithParam<Case> {};

TEST_P(Jpeg2000, gives_back_every_bit) {
  const auto& [name, layout, coding] = GetParam();
  const auto samples = noise(layout);
  EXPECT_EQ(decode(encode_jpeg2000(samples, layout, coding), layout), samples);
}

INSTANTIATE_TEST_SUITE_P(All, Jpeg2000,
                         testing::Values(Case{"signed_16", layout_of(64, 48, 16, true), {}},
                                         Case{"unsigned_16", layout_of(64, 48, 16, false), {}},
                                         Case{"unsigned_12", layout_of(33, 71, 12, false), {}},
                                         Case{"signed_13", layout_of(33, 71, 13, true), {}},
                                         Case{"unsigned_8", layout_of(40, 40, 8, false), {}},
                                         Case{"one_pixel_wide", layout_of(1, 60, 12, false), {.num_levels = 0}},
                                         Case{"tiles", layout_of(70, 50, 16, true), {.tile = 32}},
                                         Case{"layers", layout_of(64, 64, 16, true), {.num_layers = 3}},
                                         Case{"precincts", layout_of(128, 128, 16, true), {.precinct = 32}},
                                         Case{"no_wavelet", layout_of(64, 64, 16, true), {.num_levels = 0}}),
                         [](const auto& param) { return param.param.name; });

TEST(Jpeg2000Stream, tells_the_wavelet_that_loses) {
  const PixelLayout layout = layout_of(64, 64, 12, false);
  const auto samples = ramp(layout);
  const auto bytes = [](const std::string& text) {
    return std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  const std::string whole = encode_jpeg2000(samples, layout);
  const std::string lossy = encode_jpeg2000(samples, layout, {.wavelet = Wavelet::irreversible});
  EXPECT_FALSE(is_jpeg2000_irreversible(bytes(whole)));
  EXPECT_TRUE(is_jpeg2000_irreversible(bytes(lossy)));
  const auto back = decode(lossy, layout);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ASSERT_NEAR(back[i], samples[i], 2);
  }
}

TEST(Jpeg2000Stream, is_refused_where_it_contradicts_the_tags) {
  const PixelLayout layout = layout_of(64, 48, 12, false);
  const std::string stream = encode_jpeg2000(noise(layout), layout);
  EXPECT_THAT(refusal(stream, layout_of(48, 64, 12, false)), HasSubstr("64 x 48 pixels but (0028,0011) Columns"));
  EXPECT_THAT(refusal(stream, layout_of(64, 48, 12, true)), HasSubstr("unsigned values but (0028,0103)"));
  EXPECT_THAT(refusal(stream, layout_of(64, 48, 8, false)), HasSubstr("of 12 bits a pixel (at most 8 fit)"));
  EXPECT_THAT(refusal(stream, layout_of(64, 48, 11, false)),
              HasSubstr("values of 0 to 4095, which do not fit (0028,0101) BitsStored 11"));
  EXPECT_EQ(refusal(stream, layout_of(64, 48, 13, false)), "") << "every value has one meaning";
  EXPECT_THAT(refusal(encode_jpeg2000(noise(layout), layout, {.num_components = 3}), layout),
              HasSubstr("more than one component"));
  EXPECT_THAT(refusal("no code stream at all", layout), HasSubstr("does not begin as one"));
  EXPECT_THAT(refusal("", layout), HasSubstr("ends in its headers"));
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Jpeg2000Boxes, hold_the_stream_that_would_be_bare) {
  const PixelLayout layout = layout_of(64, 48, 12, true);
  const std::string bare = encode_jpeg2000(noise(layout), layout);
  std::string boxed = encode_jpeg2000(noise(layout), layout, {.container = test::Container::jp2_boxes});
  ASSERT_GT(boxed.size(), bare.size());
  const auto found = find_code_stream(bytes_of(boxed));
  EXPECT_TRUE(found.is_boxed);
  EXPECT_EQ(decode_jpeg2000(found.bytes, layout), noise(layout));
  EXPECT_FALSE(find_code_stream(bytes_of(bare)).is_boxed);
  EXPECT_EQ(find_code_stream(bytes_of(bare)).bytes.data(), bytes_of(bare).data());
  const std::size_t stream_box = boxed.find("jp2c") - 4;
  set_u32(boxed, stream_box, 0);  // to the end of the file, a byte of padding included
  const std::string padded = boxed + '\0';
  EXPECT_EQ(decode_jpeg2000(find_code_stream(bytes_of(padded)).bytes, layout), noise(layout));
  set_u32(boxed, stream_box, 1);  // an extended length
  std::string extended(8, '\0');
  set_u32(extended, 4, static_cast<std::uint32_t>(boxed.size() - stream_box + 8));
  boxed.insert(stream_box + 8, extended);
  EXPECT_EQ(decode_jpeg2000(find_code_stream(bytes_of(boxed)).bytes, layout), noise(layout));
}

TEST(Jpeg2000Boxes, are_refused_in_one_sentence_wherever_they_are_cut_or_bent) {
  const PixelLayout layout = layout_of(40, 40, 12, false);
  const std::string boxed = encode_jpeg2000(ramp(layout), layout, {.container = test::Container::jp2_boxes});
  const auto told = [&](const std::string& frame) -> std::string {
    try {
      static_cast<void>(decode_jpeg2000(find_code_stream(bytes_of(frame)).bytes, layout));
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(told(boxed), "");
  for (std::size_t size = 0; size < boxed.size(); ++size) {
    EXPECT_THAT(told(boxed.substr(0, size)), StartsWith("has a JPEG 2000 code stream")) << size;
  }
  const Philox random(13, 0);
  const std::size_t end_of_boxes = boxed.find("jp2c") + 4;
  for (std::size_t i = 0; i < 8 * end_of_boxes; ++i) {
    std::string bent = boxed;
    bent[i / 8] = static_cast<char>(bent[i / 8] ^ (1 << (i % 8)));
    EXPECT_THAT(told(bent), AnyOf("", StartsWith("has a JPEG 2000 code stream"))) << i;
  }
  std::string palette = boxed;
  palette.replace(palette.find("colr"), 4, "pclr");
  EXPECT_THAT(told(palette), HasSubstr("in JP2 boxes with a palette (only grey images are read)"));
}

TEST(Jpeg2000Stream, is_refused_before_it_makes_a_decoder_take_memory) {
  PixelLayout layout = layout_of(64, 48, 12, false);
  const std::string stream = encode_jpeg2000(noise(layout), layout);
  std::string huge = stream;
  set_u32(huge, 8, 60'000);   // Xsiz
  set_u32(huge, 12, 60'000);  // Ysiz
  set_u32(huge, 24, 60'000);  // XTsiz
  set_u32(huge, 28, 60'000);  // YTsiz
  EXPECT_THAT(refusal(huge, layout), HasSubstr("60000 x 60000 pixels but"));
  layout.columns = 8192;
  layout.rows = 8192;
  set_u32(huge, 8, 8192);
  set_u32(huge, 12, 8192);
  EXPECT_THAT(refusal(huge, layout), HasSubstr("67108864 pixels (more than 16777216"));
  std::string many_tiles = huge;
  set_u32(many_tiles, 24, 1);
  set_u32(many_tiles, 28, 1);
  EXPECT_THAT(refusal(many_tiles, layout), HasSubstr("more tiles than any encoder makes"));
  const std::size_t style = stream.find("\xff\x52");
  std::string many_layers = huge;
  many_layers[style + 6] = '\xff';
  many_layers[style + 7] = '\xff';
  set_u32(many_layers, 24, 256);
  set_u32(many_layers, 28, 256);
  EXPECT_THAT(refusal(many_layers, layout), HasSubstr("more packets than any encoder makes"));
  std::string small_precincts = huge;
  small_precincts[style + 4] = 1;  // precincts are stated: those of the levels stand where the next segment stood
  small_precincts.replace(style + 14, 4, std::string(4, '\0'));
  EXPECT_THAT(refusal(small_precincts, layout), HasSubstr("more precincts than any encoder makes"));
}

TEST(Jpeg2000Stream, is_refused_wherever_it_is_cut) {
  const PixelLayout layout = layout_of(40, 40, 12, false);
  const std::string stream = encode_jpeg2000(ramp(layout), layout, {.tile = 20});
  for (std::size_t size = 0; size < stream.size(); ++size) {
    EXPECT_THAT(refusal(stream.substr(0, size), layout), StartsWith("has a JPEG 2000 code stream that")) << size;
  }
  EXPECT_EQ(refusal(stream + std::string(1, '\0'), layout), "") << "padded to an even length";
}

TEST(Jpeg2000Stream, is_refused_without_all_its_tiles) {
  const PixelLayout layout = layout_of(40, 40, 12, false);
  std::string stream = encode_jpeg2000(ramp(layout), layout, {.tile = 20});
  const std::size_t last = stream.rfind(std::string("\xff\x90\x00\x0a", 4));
  stream.erase(last, stream.size() - 2 - last);
  EXPECT_THAT(refusal(stream, layout), HasSubstr("lacks a tile"));
}

TEST(Jpeg2000Stream, is_refused_or_whole_with_any_byte_changed) {
  const PixelLayout layout = layout_of(24, 20, 12, false);
  const std::string stream = encode_jpeg2000(ramp(layout), layout, {.tile = 16, .num_levels = 2});
  const Philox random(11, 0);
  for (std::size_t i = 0; i < stream.size(); ++i) {
    std::string damaged = stream;
    damaged[i] = static_cast<char>(random.uniform(i) * 256);
    try {
      EXPECT_EQ(decode(damaged, layout).size(), layout.num_pixels());
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), StartsWith("has a JPEG 2000 code stream")) << i;
    }
  }
}

}  // namespace
}  // namespace xingu
