// SPDX-License-Identifier: Apache-2.0
#include "dose/csv_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace xingu {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(CsvTable, reads_cells_and_skips_comments_and_blank_lines) {
  const CsvTable table = CsvTable::parse("# figures\nname, value\r\n\n water ,1.5e-2\r\nlung,+3\n", "t.csv");
  ASSERT_EQ(table.num_rows(), 2U);
  EXPECT_EQ(table.text(0, table.column("name")), "water");
  EXPECT_EQ(table.numbers("value"), (std::vector<double>{0.015, 3.0}));
}

TEST(CsvTable, names_file_line_and_column_of_what_is_wrong) {
  EXPECT_THAT([] { (void)CsvTable::parse("a,b\n1,2\n3\n", "t.csv"); }, ThrowsMessage<InputError>(HasSubstr("t.csv:3")));
  EXPECT_THAT([] { (void)CsvTable::parse("a,b\n1,x\n", "t.csv").numbers("b"); },
              ThrowsMessage<InputError>(HasSubstr("t.csv:2: b is 'x'")));
  EXPECT_THAT([] { (void)CsvTable::parse("a\nnan\n", "t.csv").numbers("a"); },
              ThrowsMessage<InputError>(HasSubstr("finite")));
  EXPECT_THAT([] { (void)CsvTable::parse("a\n1\n", "t.csv").column("c"); },
              ThrowsMessage<InputError>(HasSubstr("'c'")));
  EXPECT_THROW((void)CsvTable::parse("# only a comment\n", "t.csv"), InputError);
}

}  // namespace
}  // namespace xingu
