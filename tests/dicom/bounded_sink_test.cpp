// SPDX-License-Identifier: Apache-2.0
#include "dicom/bounded_sink.h"

#include <gtest/gtest.h>

#include <string>

namespace xingu {
namespace {

TEST(BoundedSink, takes_what_fits_and_nothing_after_it_was_too_long) {
  std::string kept;
  BoundedSink sink(8, [&](std::string_view part) {
    kept += part;
    return true;
  });
  EXPECT_EQ(sink.write("abcdef", 6), 6);
  EXPECT_TRUE(sink.good());
  EXPECT_EQ(sink.avail(), 2);
  EXPECT_EQ(sink.write("ghi", 3), 0);
  EXPECT_EQ(sink.failure(), BoundedSink::Failure::too_long);
  EXPECT_TRUE(sink.status().bad());
  EXPECT_EQ(sink.write("g", 1), 0);
  EXPECT_EQ(kept, "abcdef");
  EXPECT_EQ(sink.num_bytes(), 6U);
}

TEST(BoundedSink, is_bad_once_bytes_could_not_be_kept) {
  BoundedSink sink(100, [](std::string_view part) { return part != "full"; });
  int num_failures = 0;
  sink.set_on_failure([&] { ++num_failures; });
  EXPECT_EQ(sink.write("fine", 4), 4);
  EXPECT_EQ(sink.write("full", 4), 0);
  EXPECT_EQ(sink.failure(), BoundedSink::Failure::not_written);
  EXPECT_EQ(sink.write("fine", 4), 0);
  EXPECT_EQ(num_failures, 1);
}

}  // namespace
}  // namespace xingu
