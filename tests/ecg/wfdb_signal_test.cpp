// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_signal.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "base/error.h"
#include "base/files.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

class WfdbSignalFile : public testing::Test {
 protected:
  void write(const std::string& format, const std::string& bytes) {
    write_file(folder_.path() / "r.hea", "r 1 360\nr.dat " + format + " 200 12 0\n");
    write_file(folder_.path() / "r.dat", bytes);
  }
  test::TemporaryFolder folder_;
};

TEST_F(WfdbSignalFile, format_212_holds_two_samples_in_three_bytes) {
  write("212", std::string("\x01\xF2\xFE\x00\x80\x00", 6));
  EXPECT_EQ(read_wfdb(folder_.path() / "r").samples[0], (std::vector<std::int32_t>{0x201, -2, 0, invalid_sample}));
}

TEST_F(WfdbSignalFile, format_212_read_sample_by_sample_is_the_same) {
  write("212", std::string("\x01\xF2\xFE\x05\x10\x07", 6));
  WfdbSource source(folder_.path() / "r");
  std::vector<std::int32_t> one(1);
  std::vector<std::int32_t> all;
  while (source.read(one) == 1) {
    all.push_back(one[0]);
  }
  EXPECT_EQ(all, (read_wfdb(folder_.path() / "r").samples[0]));
}

TEST_F(WfdbSignalFile, format_16_is_little_endian) {
  write("16", std::string("\x01\x02\xFF\xFF\x00\x80", 6));
  EXPECT_EQ(read_wfdb(folder_.path() / "r").samples[0], (std::vector<std::int32_t>{0x201, -1, invalid_sample}));
}

TEST_F(WfdbSignalFile, refuses_a_missing_file) {
  write_file(folder_.path() / "r.hea", "r 1 360\nother.dat 16\n");
  EXPECT_THROW(static_cast<void>(read_wfdb(folder_.path() / "r")), InputError);
}

TEST(WfdbSignal, checksums_of_real_records_agree) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  const EcgRecord record = read_wfdb(test::shared_dir() / "data/ecg/mitdb/106");
  ASSERT_EQ(record.num_samples(), 650000U);
  std::uint16_t sum = 0;
  for (const std::int32_t sample : record.samples[0]) {
    sum = static_cast<std::uint16_t>(sum + sample);
  }
  EXPECT_EQ(static_cast<std::int16_t>(sum), 32452);  // of the header's signal line
}

}  // namespace
}  // namespace xingu::ecg
