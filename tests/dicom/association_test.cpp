// SPDX-License-Identifier: Apache-2.0
#include "dicom/association.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/error.h"
#include "dicom/archive_peer.h"
#include "dicom/archive_query.h"

namespace xingu {
namespace {

using testing::HasSubstr;

TEST(Association, knows_a_uid_from_a_path) {
  EXPECT_TRUE(is_uid("1.2.840.10008.1.1"));
  for (const std::string& text : {std::string(), std::string("../1"), std::string("1..2"), std::string(".1"),
                                  std::string("1."), std::string("1/2"), std::string("1.a"), std::string(65, '1')}) {
    EXPECT_FALSE(is_uid(text)) << text;
  }
}

TEST(Association, asks_whether_the_server_answers) {
  test::ArchivePeer peer([](auto& self, const auto& request) { self.answer_echo(request, 0); });
  EXPECT_NO_THROW(echo_archive(peer.access()));
}

TEST(Association, tells_the_status_of_a_server_that_is_not_ready) {
  test::ArchivePeer peer([](auto& self, const auto& request) { self.answer_echo(request, 0xc001); });
  try {
    echo_archive(peer.access());
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("c001"));
    EXPECT_THAT(error.what(), HasSubstr(peer.access().server.text()));
  }
}

TEST(Association, agrees_on_the_syntax_of_each_context) {
  test::ArchivePeer peer([](auto&, const auto&) {});
  const std::array contexts{
      PresentationContext{sop_class::rt_plan, {transfer_syntax::implicit_little}},
      PresentationContext{sop_class::rt_plan, {transfer_syntax::explicit_little, transfer_syntax::implicit_little}}};
  Association association(peer.access(), contexts);
  EXPECT_EQ(association.syntax_of(*association.context_of(sop_class::rt_plan, transfer_syntax::implicit_little)),
            transfer_syntax::implicit_little);
  EXPECT_EQ(association.syntax_of(*association.context_of(sop_class::rt_plan, transfer_syntax::explicit_little)),
            transfer_syntax::explicit_little);
  EXPECT_FALSE(association.context_of(sop_class::rt_plan, transfer_syntax::deflated));
  EXPECT_FALSE(association.context_of(sop_class::rt_dose));
  EXPECT_THROW(static_cast<void>(association.syntax_of(99)), InputError);
  association.release();
}

}  // namespace
}  // namespace xingu
