// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/scp_huffman.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace xingu::ecg {
namespace {

std::vector<std::int32_t> all_kinds_of_values() {
  std::vector<std::int32_t> values;
  for (std::int32_t value = -140; value <= 140; ++value) {
    values.push_back(value);
  }
  values.insert(values.end(), {-32768, 32767, 0, 0, 1});
  return values;
}

TEST(ScpHuffman, decodes_what_it_encoded) {
  const std::vector<ScpTable> tables{default_scp_table()};
  const auto values = all_kinds_of_values();
  EXPECT_EQ(decode_scp(encode_scp(values), values.size(), tables, "t"), values);
}

TEST(ScpHuffman, sends_the_codes_of_the_standard) {
  // 0 | 100 | 101 | 1100 | 1101 -> 0100 1011 1001 101(0)
  EXPECT_EQ(encode_scp(std::vector{0, 1, -1, 2, -2}), "\x4B\x9A");
  EXPECT_EQ(encode_scp(std::vector{9}), std::string("\xFF\x82\x40", 3));
}

TEST(ScpHuffman, reads_tables_of_a_file_and_switches_between_them) {
  // table 1: "0" is 5, "1" switches to table 2; table 2: "1" is -3 and "0" four bits of value
  const std::string section(
      "\x02\x00"
      "\x02\x00\x01\x01\x01\x05\x00\x00\x00\x00\x00\x01\x01\x00\x02\x00\x01\x00\x00\x00"
      "\x02\x00\x01\x01\x01\xFD\xFF\x01\x00\x00\x00\x01\x05\x01\x00\x00\x00\x00\x00\x00",
      42);
  const auto tables = parse_scp_tables(section, "t");
  ASSERT_EQ(tables.size(), 2U);
  // 0, 1 (switch), 1, 0 1110, 1 -> 0110 1110 1
  EXPECT_EQ(decode_scp(std::string("\x6E\x80", 2), 4, tables, "t"), (std::vector<std::int32_t>{5, -3, -2, -3}));
}

TEST(ScpHuffman, refuses_bits_that_end_and_tables_that_cannot_decode) {
  const std::vector<ScpTable> tables{default_scp_table()};
  EXPECT_THROW((void)decode_scp("\xFF", 1, tables, "t"), InputError);
  EXPECT_THROW((void)parse_scp_tables(std::string("\x01\x00\x05\x00", 4), "t"), InputError);
  EXPECT_THROW((void)parse_scp_tables("", "t"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
