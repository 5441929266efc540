// SPDX-License-Identifier: Apache-2.0
#include "ecg/statement_thresholds.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

TEST(StatementThresholds, are_those_of_the_shipped_file) {
  const StatementThresholds t = read_statement_thresholds(test::source_dir() / "data" / "ecg" / "statements.toml");
  EXPECT_DOUBLE_EQ(t.complete_block_from_ms, 120);
  EXPECT_LT(t.bradycardia_below_per_min, t.tachycardia_above_per_min);
  EXPECT_LT(t.long_qtc_from_male_ms, t.long_qtc_from_female_ms);
}

TEST(StatementThresholds, refuse_a_table_without_a_source) {
  const test::TemporaryFolder folder;
  std::string text = read_file(test::source_dir() / "data" / "ecg" / "statements.toml");
  text.replace(text.find("source"), 6, "origin");
  write_file(folder.path() / "t.toml", text);
  EXPECT_THROW((void)read_statement_thresholds(folder.path() / "t.toml"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
