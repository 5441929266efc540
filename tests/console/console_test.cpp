// SPDX-License-Identifier: Apache-2.0
#include "console/console.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "delivery_case.h"
#include "recorded_session.h"
#include "support/test_paths.h"

namespace xingu::console {
namespace {

/// A console that is asked without a network.
class Asked {
 public:
  Asked() : journal_(folder_.path() / "console.sqlite"), server_(config()) {
    content_.add_page(folder_.path());
    content_.add("/api/plan", "application/json", "{\"label\":\"small\"}");
    SessionGround ground;
    ground.plan = &one_.plan();
    ground.settings = one_.settings();
    ground.motion = motion_.get();
    ground.clearance = &clearance_;
    desk_ = std::make_unique<SessionDesk>(PlanIdentity{"id", "name", "small", "1.2.3", "ring-arm-4pi"}, ground,
                                          folder_.path(), journal_);
    channels_ = std::make_unique<ChannelTable>(one_.plan(), PostureTable());
    ecg_ = std::make_unique<EcgMonitor>(*motion_, waiting_course({}));
    settings_.requests_per_s = 50.0;
    console_ = std::make_unique<Console>(settings_, Access("viewer", "operator", {"here:1"}), content_, *channels_,
                                         *desk_, journal_, Watched{nullptr, ecg_.get()}, server_);
  }
  static HttpRequest request(const std::string& method, const std::string& target) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.host = "here:1";
    request.authorization = "Bearer operator";
    request.content_type = "application/json";
    request.body = "{}";
    return request;
  }
  HttpResponse ask(const HttpRequest& request) {
    HttpResponse answer;
    answer.status = 0;
    console_->handle(request, [&](HttpResponse response) { answer = std::move(response); });
    return answer;
  }
  unsigned status(const HttpRequest& request) { return ask(request).status; }
  Console& console() { return *console_; }

 private:
  static ServerConfig config() {
    ServerConfig config;
    config.port = 0;
    return config;
  }

  xingu::test::TemporaryFolder folder_;
  xingu::test::DeliveryCase one_;
  std::unique_ptr<PatientMotion> motion_ = make_still_motion();
  SectorClearance clearance_{one_.machine().room};
  Journal journal_;
  Content content_;
  HttpServer server_;
  ConsoleSettings settings_;
  std::unique_ptr<SessionDesk> desk_;
  std::unique_ptr<ChannelTable> channels_;
  std::unique_ptr<EcgMonitor> ecg_;
  std::unique_ptr<Console> console_;
};

TEST(Console, judges_host_origin_token_and_role_before_anything_else) {
  Asked asked;
  HttpRequest request = Asked::request("GET", "/api/plan?x=1");
  EXPECT_EQ(asked.status(request), 200U);
  request.authorization = "";
  const HttpResponse stranger = asked.ask(request);
  EXPECT_EQ(stranger.status, 401U);
  EXPECT_NE(std::ranges::find(stranger.headers, std::pair<std::string, std::string>("WWW-Authenticate", "Bearer")),
            stranger.headers.end());
  request.authorization = "Bearer viewer";
  EXPECT_EQ(asked.status(request), 200U);
  request.origin = "http://elsewhere";
  EXPECT_EQ(asked.status(request), 403U);
  request.host = "elsewhere:1";
  EXPECT_EQ(asked.status(request), 421U);
  HttpRequest load = Asked::request("POST", "/api/session/load");
  load.authorization = "Bearer viewer";
  EXPECT_EQ(asked.status(load), 403U);
}

TEST(Console, knows_what_is_read_and_what_is_asked) {
  Asked asked;
  EXPECT_EQ(asked.status(Asked::request("GET", "/")), 200U);
  EXPECT_EQ(asked.status(Asked::request("GET", "/nothing")), 404U);
  EXPECT_EQ(asked.status(Asked::request("GET", "/api/nothing")), 404U);
  EXPECT_EQ(asked.status(Asked::request("GET", "/api/session/arm")), 405U);
  EXPECT_EQ(asked.status(Asked::request("GET", "/api/live")), 426U);
  EXPECT_EQ(asked.status(Asked::request("POST", "/api/plan")), 405U);
  EXPECT_EQ(asked.status(Asked::request("POST", "/api/nothing")), 404U);
  EXPECT_EQ(asked.status(Asked::request("POST", "/api/session/faults/begin")), 404U);
  EXPECT_EQ(asked.status(Asked::request("DELETE", "/api/plan")), 405U);
  EXPECT_EQ(asked.status(Asked::request("HEAD", "/api/plan")), 200U);
  EXPECT_EQ(asked.status(Asked::request("HEAD", "/api/nothing")), 404U);
  EXPECT_EQ(asked.status(Asked::request("GET", "/api/sessions/1/events")), 404U);
  EXPECT_EQ(asked.status(Asked::request("GET", "/api/sessions/99999999999999999999/actions")), 404U);
}

TEST(Console, says_which_method_reads_and_which_commands) {
  Asked asked;
  const auto allowed = [&](const char* method, const char* path) {
    const HttpResponse answer = asked.ask(Asked::request(method, path));
    EXPECT_EQ(answer.status, 405U) << method << ' ' << path;
    const std::map<std::string, std::string> headers(answer.headers.begin(), answer.headers.end());
    const auto found = headers.find("Allow");
    return found == headers.end() ? std::string() : found->second;
  };
  for (const char* path : {"/", "/api/plan", "/api/info", "/api/session", "/api/interlocks", "/api/faults",
                           "/api/states", "/api/clearance", "/api/dvh", "/api/sessions", "/api/sessions/1/actions",
                           "/api/sessions/1/events", "/api/ecg", "/api/live"}) {
    EXPECT_EQ(allowed("POST", path), "GET, HEAD") << path;
    EXPECT_EQ(allowed("PUT", path), "GET, HEAD") << path;
  }
  for (const char* method : {"GET", "HEAD", "DELETE"}) {
    EXPECT_EQ(allowed(method, "/api/session/arm"), "POST") << method;
  }
}

TEST(Console, gives_the_ecg_since_a_sample) {
  Asked asked;
  const HttpResponse answer = asked.ask(Asked::request("GET", "/api/ecg?after=0"));
  ASSERT_EQ(answer.status, 200U);
  EXPECT_EQ(nlohmann::json::parse(*answer.body).at("leads").size(), 8U);
  EXPECT_EQ(asked.status(Asked::request("GET", "/api/ecg")), 200U);
  EXPECT_EQ(asked.status(Asked::request("GET", "/api/ecg?after=-1")), 400U);
  EXPECT_EQ(asked.status(Asked::request("GET", "/api/ecg?after=now")), 400U);
}

TEST(Console, takes_commands_from_the_seat_only_but_a_stop_from_everyone) {
  Asked asked;
  EXPECT_EQ(asked.status(Asked::request("POST", "/api/session/load")), 403U);
  EXPECT_EQ(asked.status(Asked::request("POST", "/api/replay/open")), 403U);
  EXPECT_EQ(asked.status(Asked::request("POST", "/api/session/hold")), 409U) << "there is no session";
  HttpRequest text = Asked::request("POST", "/api/session/hold");
  text.content_type = "text/plain";
  EXPECT_EQ(asked.status(text), 415U);
  text.content_type = "application/json; charset=utf-8";
  text.body = "[]";
  EXPECT_EQ(asked.status(text), 400U);
}

TEST(Console, limits_requests_but_never_a_hold) {
  Asked asked;
  unsigned last = 0;
  for (int i = 0; i < 150; ++i) {
    last = asked.status(Asked::request("GET", "/api/plan"));
  }
  EXPECT_EQ(last, 429U);
  EXPECT_EQ(asked.status(Asked::request("POST", "/api/session/hold")), 409U);
  EXPECT_EQ(asked.status(Asked::request("POST", "/api/session/emergency-stop")), 409U);
  for (const char* token : {"", "Bearer viewer", "Bearer guess"}) {
    HttpRequest stranger = Asked::request("POST", "/api/session/hold");
    stranger.authorization = token;
    EXPECT_EQ(asked.status(stranger), 429U) << "only an operator's is never counted";
  }
}

TEST(Console, tells_browsers_to_keep_to_themselves) {
  Asked asked;
  const HttpResponse page = asked.ask(Asked::request("GET", "/"));
  std::map<std::string, std::string> headers(page.headers.begin(), page.headers.end());
  EXPECT_NE(headers["Content-Security-Policy"].find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(headers["X-Content-Type-Options"], "nosniff");
  EXPECT_EQ(headers["Cache-Control"], "no-store");
}

TEST(Console, opens_websockets_to_tokens_and_gives_the_seat_once) {
  Asked asked;
  HttpRequest live = Asked::request("GET", "/api/live");
  EXPECT_EQ(asked.console().refuse_live(live)->status, 401U);
  live.protocols = "xingu.v1, token.operator";
  EXPECT_FALSE(asked.console().refuse_live(live));
  asked.console().live_opened(1, live);
  asked.console().live_opened(2, live);
  asked.console().live_message(1, "{\"type\":\"claim\"}");
  asked.console().live_message(2, "{\"type\":\"claim\"}");
  const auto seat = [&] {
    const HttpResponse session = asked.ask(Asked::request("GET", "/api/session"));
    return nlohmann::json::parse(*session.body)["seat"];
  };
  ASSERT_TRUE(seat().is_object());
  HttpRequest load = Asked::request("POST", "/api/session/load");
  load.client = seat()["client"].get<std::string>();
  EXPECT_EQ(asked.status(load), 400U) << "seated, but nothing restated";
  asked.console().live_message(2, "{\"type\":\"release\"}");
  EXPECT_TRUE(seat().is_object()) << "only who has it can leave it";
  asked.console().live_closed(1);
  EXPECT_TRUE(seat().is_null());
  EXPECT_EQ(asked.status(load), 403U);
  asked.console().live_closed(2);
}

}  // namespace
}  // namespace xingu::console
