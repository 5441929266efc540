// SPDX-License-Identifier: Apache-2.0
#include "console/body_reader.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

namespace xingu::console {
namespace {

/// Status of the refusal; 0 if there is none.
unsigned status_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Refusal& refusal) {
    return refusal.status();
  }
  return 0;
}

TEST(BodyReader, reads_what_a_command_needs) {
  const nlohmann::json body = parse_body(R"({"kind": "door_open", "for_s": 2.5, "resume": true})");
  BodyReader reader(body);
  EXPECT_EQ(reader.text("kind"), "door_open");
  EXPECT_EQ(reader.number("for_s", 0, 10), 2.5);
  EXPECT_EQ(reader.number_or("index", 7, 0, 10), 7.0);
  EXPECT_TRUE(reader.truth_or("resume", false));
  EXPECT_NO_THROW(reader.finish());
}

TEST(BodyReader, refuses_what_is_missing_wrong_or_unknown) {
  const nlohmann::json body = parse_body(R"({"kind": 3, "for_s": 11, "resume": 1})");
  BodyReader reader(body);
  EXPECT_EQ(status_of([&] { static_cast<void>(reader.text("kind")); }), 400U);
  EXPECT_EQ(status_of([&] { static_cast<void>(reader.text("missing")); }), 400U);
  EXPECT_EQ(status_of([&] { static_cast<void>(reader.number("for_s", 0, 10)); }), 400U);
  EXPECT_EQ(status_of([&] { static_cast<void>(reader.number("missing", 0, 10)); }), 400U);
  EXPECT_EQ(status_of([&] { static_cast<void>(reader.truth_or("resume", false)); }), 400U);
  EXPECT_EQ(status_of([&] { reader.finish(); }), 0U);
  BodyReader hasty(body);
  EXPECT_EQ(status_of([&] { hasty.finish(); }), 400U);
}

TEST(ParseBody, takes_objects_only) {
  for (const char* text : {"", "[]", "3", "null", "{", "{\"a\":}", "\xff\xfe"}) {
    EXPECT_EQ(status_of([&] { static_cast<void>(parse_body(text)); }), 400U) << text;
  }
  EXPECT_EQ(status_of([&] { static_cast<void>(parse_body(std::string(16000, '['))); }), 400U);
  EXPECT_EQ(status_of([&] { static_cast<void>(parse_body("{}")); }), 0U);
}

}  // namespace
}  // namespace xingu::console
