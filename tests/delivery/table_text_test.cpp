// SPDX-License-Identifier: Apache-2.0
#include "delivery/table_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::HasSubstr;

TEST(TableText, of_states_and_moves_stands_in_the_page_on_delivery) {
  const std::string page = read_file(test::source_dir() / "docs/methods/delivery.md");
  EXPECT_THAT(page, HasSubstr(states_markdown()));
  EXPECT_THAT(page, HasSubstr(transitions_markdown()));
}

TEST(TableText, of_interlocks_stands_in_their_page) {
  EXPECT_THAT(read_file(test::source_dir() / "docs/methods/interlocks.md"), HasSubstr(interlocks_markdown()));
}

}  // namespace
}  // namespace xingu
