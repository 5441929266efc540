// SPDX-License-Identifier: Apache-2.0
#include "delivery/promela_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/interlock_table.h"
#include "delivery/session_table.h"

namespace xingu {
namespace {

using testing::HasSubstr;

TEST(PromelaModel, has_a_label_for_every_row_and_state) {
  const std::string model = promela_model();
  for (std::size_t i = 0; i < session_table::transitions.size(); ++i) {
    EXPECT_THAT(model, HasSubstr("row_" + std::to_string(i) + ":"));
  }
  EXPECT_THAT(model, HasSubstr("at_s_beam_on:"));
  EXPECT_THAT(model, HasSubstr("state == s_hold && event == e_proceed"));
}

TEST(PromelaModel, puts_every_interlock_into_a_class_of_causes) {
  const std::string model = promela_model();
  const std::string head = model.substr(0, model.find("#define"));
  for (const InterlockRow& row : interlock_table::rows) {
    EXPECT_THAT(head, HasSubstr(std::string(row.name) + ";"));
  }
}

}  // namespace
}  // namespace xingu
