// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gmock/gmock.h>

namespace xingu {
namespace {

TEST(Require, throws_the_sentence_with_its_values) {
  const auto require = [](int num_slices) {
    XINGU_REQUIRE(num_slices > 0, "{}: {} slices (nothing to plan on); give a CT", "CT1", num_slices);
  };
  EXPECT_NO_THROW(require(1));
  EXPECT_THAT([&] { require(0); }, testing::ThrowsMessage<InputError>("CT1: 0 slices (nothing to plan on); give a CT"));
}

TEST(Require, evaluates_its_condition_once) {
  int num_calls = 0;
  XINGU_REQUIRE(++num_calls > 0, "never");
  EXPECT_EQ(num_calls, 1);
}

TEST(Expect, throws_only_where_promises_are_checked) {
  const auto expect = []([[maybe_unused]] bool is_kept) { XINGU_EXPECT(is_kept); };
  EXPECT_NO_THROW(expect(true));
#ifdef XINGU_CHECK_PROMISES
  EXPECT_THAT([&] { expect(false); },
              testing::ThrowsMessage<BrokenPromise>(testing::HasSubstr("precondition broken: is_kept")));
#else
  EXPECT_NO_THROW(expect(false));
#endif
}

}  // namespace
}  // namespace xingu
