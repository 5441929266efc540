// SPDX-License-Identifier: Apache-2.0
#include "base/byte_message.h"

#include <gtest/gtest.h>

namespace xingu {
namespace {

TEST(ByteMessage, gives_back_what_was_put_in_its_order) {
  const Bytes bytes = ByteWriter()
                          .put(7)
                          .put_all(std::vector<double>{1.5, -0.0})
                          .put_text("Σ")
                          .put_all(std::vector<float>{})
                          .put_rest(std::vector<std::byte>(3, std::byte{9}))
                          .take();
  ByteReader reader(bytes);
  EXPECT_EQ(reader.get<int>(), 7);
  EXPECT_EQ(reader.get_all<double>(), (std::vector<double>{1.5, -0.0}));
  EXPECT_EQ(reader.get_text(), "Σ");
  EXPECT_TRUE(reader.get_all<float>().empty());
  EXPECT_EQ(reader.rest().size(), 3U);
}

TEST(ByteMessage, that_is_too_short_breaks_a_promise) {
  const Bytes bytes = ByteWriter().put_all(std::vector<int>{1, 2, 3}).take();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader reader(std::span<const std::byte>(bytes).first(size));
    EXPECT_THROW(static_cast<void>(reader.get_all<int>()), BrokenPromise) << size;
  }
}

TEST(ByteMessage, whose_number_of_values_is_absurd_breaks_a_promise) {
  const Bytes bytes = ByteWriter().put<std::uint64_t>(~0ULL).take();
  EXPECT_THROW(static_cast<void>(ByteReader(bytes).get_all<double>()), BrokenPromise);
}

}  // namespace
}  // namespace xingu
