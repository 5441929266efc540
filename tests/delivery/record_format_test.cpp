// SPDX-License-Identifier: Apache-2.0
#include "delivery/record_format.h"

#include <gtest/gtest.h>

#include <string_view>

namespace xingu {
namespace {

TEST(Crc32c, gives_the_published_check_value) {
  const std::string_view text = "123456789";
  EXPECT_EQ(record::crc32c(std::as_bytes(std::span(text))), 0xE3069283U);
}

TEST(Crc32c, can_be_continued) {
  const std::string_view text = "123456789";
  const auto bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(record::crc32c(bytes.subspan(4), record::crc32c(bytes.first(4))), record::crc32c(bytes));
}

TEST(EntryBytes, are_whole_multiples_of_eight_with_room_for_the_checksum) {
  for (std::size_t payload = 0; payload < 100; ++payload) {
    EXPECT_EQ(record::entry_bytes(payload) % 8, 0U);
    EXPECT_GE(record::entry_bytes(payload), payload + 20);
    EXPECT_LT(record::entry_bytes(payload), payload + 28);
  }
}

}  // namespace
}  // namespace xingu
