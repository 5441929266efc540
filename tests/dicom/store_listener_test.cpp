// SPDX-License-Identifier: Apache-2.0
#include "dicom/store_listener.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "dicom/archive_peer.h"

namespace xingu {
namespace {

using namespace std::chrono_literals;

const std::vector<PresentationContext> plans_and_images{
    {sop_class::rt_plan, {transfer_syntax::explicit_little}},
    {sop_class::ct_image, {transfer_syntax::implicit_little, transfer_syntax::explicit_little}}};

TEST(StoreListener, agrees_to_its_own_objects_in_its_own_syntaxes) {
  const int port = test::free_port();
  StoreListener listener({{"PEER", "127.0.0.1", 1}, "XINGU", 5}, port, plans_and_images);
  std::thread caller([port] {
    const std::vector<PresentationContext> offered{
        {sop_class::rt_plan, {transfer_syntax::implicit_little}},
        {sop_class::rt_plan, {transfer_syntax::implicit_little, transfer_syntax::explicit_little}},
        {sop_class::ct_image, {transfer_syntax::explicit_little, transfer_syntax::implicit_little}},
        {sop_class::study_root_find, {transfer_syntax::implicit_little}},
        {sop_class::verification, {transfer_syntax::implicit_little}}};
    Association association({{"XINGU", "127.0.0.1", port}, "PEER", 5}, offered);
    EXPECT_EQ(association.context_of(sop_class::rt_plan), 3);
    EXPECT_EQ(association.syntax_of(3), transfer_syntax::explicit_little);
    EXPECT_EQ(association.syntax_of(5), transfer_syntax::implicit_little) << "what the listener prefers";
    EXPECT_EQ(association.context_of(sop_class::study_root_find), std::nullopt);
    association.echo();
    association.release();
  });
  const auto accepted = listener.accept(5s);
  ASSERT_NE(accepted, nullptr);
  const auto message = accepted->receive_unless_ended();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->command.CommandField, DIMSE_C_ECHO_RQ);
  accepted->answer_echo(*message);
  EXPECT_FALSE(accepted->receive_unless_ended()) << "the caller has left";
  caller.join();
}

TEST(StoreListener, turns_away_who_calls_another_title) {
  const int port = test::free_port();
  StoreListener listener({{"PEER", "127.0.0.1", 1}, "XINGU", 5}, port, plans_and_images);
  std::thread caller(
      [port] { EXPECT_THROW(Association({{"OTHER", "127.0.0.1", port}, "PEER", 5}, plans_and_images), InputError); });
  EXPECT_EQ(listener.accept(5s), nullptr);
  caller.join();
}

TEST(StoreListener, returns_when_nobody_calls_and_refuses_a_port_that_is_taken) {
  const int port = test::free_port();
  const ArchiveAccess access{{"PEER", "127.0.0.1", 1}, "XINGU", 5};
  StoreListener listener(access, port, plans_and_images);
  EXPECT_EQ(listener.accept(0ms), nullptr);
  EXPECT_THROW(StoreListener(access, port, plans_and_images), InputError);
}

}  // namespace
}  // namespace xingu
