// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

#include <string>

namespace xingu {
namespace {

template <class Write>
std::string standard_error_of(const Write& write) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, writes_one_line_a_message_to_standard_error) {
  const std::string written = standard_error_of([] {
    log_info("read {} slices", 3);
    log_warning("{}: no External", "CT1");
  });
  EXPECT_NE(written.find("read 3 slices\n"), std::string::npos) << written;
  EXPECT_NE(written.find("warning: CT1: no External\n"), std::string::npos) << written;
}

TEST(Log, keeps_warnings_and_drops_the_rest_when_asked_for_warnings) {
  set_log_level(LogLevel::warning);
  const std::string written = standard_error_of([] {
    log_info("read");
    log_warning("careful");
  });
  set_log_level(LogLevel::info);
  EXPECT_EQ(written.find("read"), std::string::npos);
  EXPECT_NE(written.find("warning: careful"), std::string::npos);
}

}  // namespace
}  // namespace xingu
