// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_signal.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

using namespace std::string_literals;

TEST(WfdbSource, reads_format_212_in_blocks_that_split_pairs) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "r.hea", "r 1 360 4\nr.dat 212 200 12 0 0 0 0 I\n");
  write_file(folder.path() / "r.dat", "\x01\xF0\xFF\x00\x78\xFF"s);  // 1, -1, -2048 (missing), 2047
  WfdbSource source(folder.path() / "r");
  std::vector<std::int32_t> values(3);
  ASSERT_EQ(source.read(std::span(values).first(1)), 1U);
  EXPECT_EQ(values[0], 1);
  ASSERT_EQ(source.read(values), 3U);
  EXPECT_EQ(values, (std::vector<std::int32_t>{-1, invalid_sample, 2047}));
  EXPECT_EQ(source.read(values), 0U);
}

TEST(WfdbSource, reads_format_16_of_two_channels) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "r.hea", "r 2 500 2\nr.dat 16 1000 16 0 0 0 0 I\nr.dat 16 1000 16 0 0 0 0 II\n");
  write_file(folder.path() / "r.dat", "\x01\x00\xFF\xFF\x00\x80\x02\x01"s);
  const EcgRecord record = read_wfdb_record(folder.path() / "r.hea");
  EXPECT_EQ(record.samples[0], (std::vector<std::int32_t>{1, invalid_sample}));
  EXPECT_EQ(record.samples[1], (std::vector<std::int32_t>{-1, 258}));
}

TEST(WfdbSource, ends_where_a_cut_file_ends_and_refuses_other_formats) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "r.hea", "r 1 500 100\nr.dat 16 1000 16 0 0 0 0 I\n");
  write_file(folder.path() / "r.dat", "\x01\x00\x02\x00\x03"s);
  EXPECT_EQ(read_wfdb_record(folder.path() / "r").num_samples(), 2U);
  write_file(folder.path() / "s.hea", "s 1 500 100\nr.dat 9 1000 16 0 0 0 0 I\n");
  EXPECT_THROW(WfdbSource(folder.path() / "s"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
