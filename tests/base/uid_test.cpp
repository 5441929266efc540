// SPDX-License-Identifier: Apache-2.0
#include "base/uid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace xingu {
namespace {

TEST(Uid, has_the_form_that_dicom_asks_for) {
  for (int i = 0; i < 2000; ++i) {
    const std::string uid = make_uid("seed " + std::to_string(i));
    ASSERT_TRUE(uid.starts_with("2.25."));
    ASSERT_LE(uid.size(), 5U + 39U);
    ASSERT_NE(uid[5], '0');
    ASSERT_TRUE(std::ranges::all_of(uid.substr(5), [](char c) { return c >= '0' && c <= '9'; }));
  }
}

TEST(Uid, is_the_same_for_the_same_seed_and_differs_for_others) {
  std::set<std::string> seen;
  for (int i = 0; i < 20000; ++i) {
    const std::string seed = std::to_string(i);
    EXPECT_TRUE(seen.insert(make_uid(seed)).second);
  }
  EXPECT_EQ(make_uid("a"), make_uid("a"));
}

}  // namespace
}  // namespace xingu
