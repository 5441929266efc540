// SPDX-License-Identifier: Apache-2.0
#include "dicom/inflated_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "base/error.h"

namespace xingu {
namespace {

using testing::HasSubstr;

/// A bare deflate stream, as DICOM has it.
std::string deflated(const std::string& data) {
  z_stream stream{};
  std::string out(compressBound(static_cast<uLong>(data.size())) + 64, '\0');
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string in = data;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string refusal(const std::string& data, std::size_t limit) {
  try {
    static_cast<void>(inflate_data_set(data, limit));
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

TEST(InflateDataSet, gives_back_what_was_deflated) {
  std::string data;
  for (unsigned i = 0; i < 700'000; ++i) {
    data += std::to_string(i * 7919 % 1000);
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20, data.size()}) {
    EXPECT_EQ(inflate_data_set(deflated(data.substr(0, size)), std::size_t{4} << 20), data.substr(0, size)) << size;
  }
  EXPECT_EQ(inflate_data_set(deflated("abc") + std::string(1, '\0'), 1 << 20), "abc") << "padded to an even length";
}

TEST(InflateDataSet, stops_at_its_limit) {
  const std::string bomb = deflated(std::string(std::size_t{64} << 20, '\0'));
  ASSERT_LT(bomb.size(), 100'000U);
  EXPECT_THAT(refusal(bomb, std::size_t{4} << 20), HasSubstr("inflates to more than 4 MiB"));
  EXPECT_EQ(refusal(deflated(std::string(1000, 'x')), 1001), "");
  EXPECT_THAT(refusal(deflated(std::string(1000, 'x')), 999), HasSubstr("inflates to more than"));
}

TEST(InflateDataSet, refuses_what_is_cut_off_or_no_deflate_stream) {
  const std::string whole = deflated("a data set that is long enough to be cut anywhere");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(refusal(whole.substr(0, size), 1 << 20), HasSubstr("without an end")) << size;
  }
  EXPECT_THAT(refusal(std::string(50, '\xff'), 1 << 20), HasSubstr("cannot be inflated"));
}

}  // namespace
}  // namespace xingu
