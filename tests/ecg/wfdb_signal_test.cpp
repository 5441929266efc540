// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_signal.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

using namespace std::string_literals;

TEST(ReadWfdbRecord, reads_format_16_of_two_channels) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "r.hea", "r 2 500 2\nr.dat 16 1000 16 0 0 0 0 I\nr.dat 16 1000 16 0 0 0 0 Resp\n");
  write_file(folder.path() / "r.dat", "\x01\x00\xFF\xFF\x00\x80\x02\x01"s);
  const EcgRecord record = read_wfdb_record(folder.path() / "r.hea");
  EXPECT_EQ(record.info.num_samples, 2);
  EXPECT_EQ(record.samples[0], (std::vector<std::int32_t>{1, invalid_sample}));
  EXPECT_EQ(record.samples[1], (std::vector<std::int32_t>{-1, 258}));
}

TEST(ReadWfdbRecord, ends_where_a_cut_file_ends_and_refuses_other_formats) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "r.hea", "r 1 500 100\nr.dat 16 1000 16 0 0 0 0 I\n");
  write_file(folder.path() / "r.dat", "\x01\x00\x02\x00\x03"s);
  EXPECT_EQ(read_wfdb_record(folder.path() / "r").num_samples(), 2U);
  write_file(folder.path() / "s.hea", "s 1 500 100\nr.dat 9 1000 16 0 0 0 0 I\n");
  EXPECT_THROW(static_cast<void>(read_wfdb_record(folder.path() / "s")), InputError);
}

}  // namespace
}  // namespace xingu::ecg
