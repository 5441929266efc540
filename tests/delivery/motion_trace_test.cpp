// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "delivery/patient_motion.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

class ReadMotionTrace : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) {
    std::ofstream(folder_.path() / "trace.csv") << text;
    return folder_.path() / "trace.csv";
  }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(ReadMotionTrace, takes_decimal_commas_and_counts_time_from_the_first_row) {
  const MotionTrace trace = read_motion_trace(
      write("\"Frame\";\"Timestamp\";\"x\";\"y\";\"z\"\r\n3;50;-490,7;4,1;64,7\r\n9;167;-490,5;4;64\r\n"));
  ASSERT_EQ(trace.time_s.size(), 2U);
  EXPECT_EQ(trace.time_s[0], 0.0);
  EXPECT_NEAR(trace.time_s[1], 0.117, 1e-12);
  EXPECT_EQ(trace.position[0], Vec3(-490.7, 4.1, 64.7));
}

TEST_F(ReadMotionTrace, leaves_out_padding_and_repeated_times) {
  const MotionTrace trace = read_motion_trace(write("0;0;1;2;3\n6;100;1;2;3\n6;100;9;9;9\n0;0;0;0;0\n0;0;0;0;0\n"));
  EXPECT_EQ(trace.time_s.size(), 2U);
}

TEST_F(ReadMotionTrace, refuses_what_is_no_row_with_file_and_line) {
  const auto path = write("0;0;1;2;3\n6;100;1;two;3\n");
  try {
    static_cast<void>(read_motion_trace(path));
    FAIL() << "it was read";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("trace.csv:2"));
  }
}

TEST_F(ReadMotionTrace, reads_every_public_trace) {
  const auto folder = test::shared_dir() / "data" / "respiration";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  std::size_t num_traces = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".csv") {
      const MotionTrace trace = read_motion_trace(entry.path());
      EXPECT_GT(trace.time_s.back(), 70.0) << entry.path();
      EXPECT_LT(trace.time_s.back(), 330.0) << entry.path();
      ++num_traces;
    }
  }
  EXPECT_EQ(num_traces, 18U);
}

}  // namespace
}  // namespace xingu
