// SPDX-License-Identifier: Apache-2.0
#include "console/access.h"

#include <gtest/gtest.h>

namespace xingu::console {
namespace {

const Access& access() {
  static const Access one("viewer-token-of-16", "operator-token-16", {"127.0.0.1:8321", "[::1]:8321"});
  return one;
}

TEST(Access, knows_roles_by_whole_tokens_only) {
  EXPECT_EQ(access().role_of_bearer("Bearer operator-token-16"), Role::operating);
  EXPECT_EQ(access().role_of_bearer("Bearer viewer-token-of-16"), Role::viewer);
  for (const char* header :
       {"", "Bearer", "Bearer ", "operator-token-16", "bearer operator-token-16", "Bearer operator-token-1",
        "Bearer operator-token-166", "Bearer  operator-token-16", "Basic operator-token-16"}) {
    EXPECT_FALSE(access().role_of_bearer(header)) << header;
  }
}

TEST(Access, reads_the_token_from_the_protocols_of_a_websocket) {
  EXPECT_EQ(access().role_of_protocols("xingu.v1, token.operator-token-16"), Role::operating);
  EXPECT_EQ(access().role_of_protocols("token.viewer-token-of-16,xingu.v1"), Role::viewer);
  for (const char* header : {"", "xingu.v1", "token.operator-token-16", "xingu.v2, token.operator-token-16",
                             "xingu.v1, token.", ",,,", "xingu.v1, token.wrong, token.operator-token-16"}) {
    EXPECT_FALSE(access().role_of_protocols(header)) << header;
  }
}

TEST(Access, knows_its_own_names_and_pages) {
  EXPECT_TRUE(access().is_own_host("127.0.0.1:8321"));
  EXPECT_TRUE(access().is_own_host("[::1]:8321"));
  for (const char* host : {"", "127.0.0.1", "127.0.0.1:80", "evil.example:8321", "127.0.0.1:8321.evil.example"}) {
    EXPECT_FALSE(access().is_own_host(host)) << host;
  }
  EXPECT_TRUE(access().is_own_origin(std::nullopt));
  EXPECT_TRUE(access().is_own_origin("http://127.0.0.1:8321"));
  EXPECT_TRUE(access().is_own_origin("https://[::1]:8321"));
  for (const char* origin : {"", "null", "http://evil.example", "ftp://127.0.0.1:8321", "http://127.0.0.1:8321/"}) {
    EXPECT_FALSE(access().is_own_origin(origin)) << origin;
  }
}

TEST(Access, goes_by_names_as_browsers_send_them) {
  using Names = std::set<std::string>;
  EXPECT_EQ(hosts_of({"Console.Example.org", "[::1]"}, 8321, 443), (Names{"console.example.org:8321", "[::1]:8321"}));
  EXPECT_EQ(hosts_of({"console.example.org"}, 443, 443), (Names{"console.example.org:443", "console.example.org"}))
      << "the usual port is left out";
  const Access named("viewer-token-of-16", "operator-token-16", hosts_of({"Console.Example.org"}, 443, 443));
  for (const char* host : {"console.example.org", "CONSOLE.example.ORG", "console.example.org:443"}) {
    EXPECT_TRUE(named.is_own_host(host)) << host;
    EXPECT_TRUE(named.is_own_origin(std::string("https://") + host)) << host;
  }
  EXPECT_FALSE(named.is_own_host("console.example.org:80"));
}

TEST(RandomHex, is_long_and_never_twice_the_same) {
  const std::string one = random_hex(16);
  EXPECT_EQ(one.size(), 32U);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(one, random_hex(16));
}

TEST(RateLimiter, allows_twice_the_rate_at_once_and_the_rate_for_long) {
  RateLimiter limiter(10.0);
  int num_allowed = 0;
  for (int i = 0; i < 100; ++i) {
    num_allowed += limiter.allows("one", 5.0) ? 1 : 0;
  }
  EXPECT_EQ(num_allowed, 20);
  EXPECT_TRUE(limiter.allows("another", 5.0));
  num_allowed = 0;
  for (int i = 1; i <= 1000; ++i) {
    num_allowed += limiter.allows("one", 5.0 + 0.01 * i) ? 1 : 0;
  }
  EXPECT_NEAR(num_allowed, 100, 1);
}

TEST(RateLimiter, remembers_no_more_peers_than_it_can_and_forgets_quiet_ones) {
  RateLimiter limiter(10.0);
  int num_refused = 0;
  for (int i = 0; i < 2000; ++i) {
    num_refused += limiter.allows(std::to_string(i), 1.0) ? 0 : 1;
  }
  EXPECT_EQ(num_refused, 2000 - 1024);
  EXPECT_TRUE(limiter.allows("late", 10.0));
}

}  // namespace
}  // namespace xingu::console
