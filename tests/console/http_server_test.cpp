// SPDX-License-Identifier: Apache-2.0
#include "console/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/error.h"

namespace xingu::console {
namespace {

/// Answers "/late" never, "/fails" by an exception, and everything else with the method and the body's length. Every
/// Authorization is a token.
class Parrot final : public ServerHandler {
 public:
  void handle(const HttpRequest& request, const Reply& reply) override {
    if (request.target == "/late") {
      return;
    }
    if (request.target == "/fails") {
      throw std::runtime_error("as it should");
    }
    HttpResponse response;
    response.body = std::make_shared<const std::string>(request.method + std::to_string(request.body.size()));
    reply(response);
  }
  [[nodiscard]] bool shows_token(const HttpRequest& request) const override { return !request.authorization.empty(); }
  std::optional<HttpResponse> refuse_live(const HttpRequest&) override {
    HttpResponse response;
    response.status = 401;
    return response;
  }
  void live_opened(LiveId, const HttpRequest&) override {}
  void live_message(LiveId, std::string_view) override {}
  void live_closed(LiveId) override {}
  void tick() override {}
};

/// A server in a thread of its own.
class Running {
 public:
  explicit Running(const ServerConfig& config = hasty()) : server_(config), thread_([this] { server_.run(parrot_); }) {}
  ~Running() {
    server_.stop();
    thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  /// The whole answer to some bytes, on a connection of its own.
  [[nodiscard]] std::string answer(const std::string& bytes) const {
    const int socket = connect();
    static_cast<void>(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    ::shutdown(socket, SHUT_WR);
    std::string text = rest(socket);
    ::close(socket);
    return text;
  }
  /// A connection. @param from  its own address, of 127.0.0.0/8
  [[nodiscard]] int connect(std::uint32_t from = INADDR_LOOPBACK) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(from);
    EXPECT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);  // NOLINT
    address.sin_port = htons(server_.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);  // NOLINT
    return socket;
  }
  /// What comes until the server closes the connection.
  [[nodiscard]] static std::string rest(int socket) {
    std::string text;
    char part[4096];  // NOLINT(*-avoid-c-arrays): what recv takes
    for (ssize_t got = 1; got > 0;) {
      got = ::recv(socket, part, sizeof part, 0);
      text.append(part, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    }
    return text;
  }
  [[nodiscard]] int status(const std::string& bytes) const {
    const std::string text = answer(bytes);
    return text.starts_with("HTTP/1.1 ") ? std::stoi(text.substr(9, 3)) : 0;
  }

 private:
  static ServerConfig hasty() {
    ServerConfig config;
    config.port = 0;
    config.request_s = 0.2;
    config.late_reply_s = 0.1;
    return config;
  }

  Parrot parrot_;
  HttpServer server_;
  std::thread thread_;
};

std::string request(const std::string& path, const std::string& headers = "", const std::string& body = "") {
  return (body.empty() ? "GET " : "POST ") + path + " HTTP/1.1\r\nHost: x\r\n" + headers +
         (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" + body;
}

TEST(HttpServer, hands_requests_on_and_answers_several_on_one_connection) {
  const Running server;
  EXPECT_TRUE(server.answer(request("/x")).ends_with("GET0"));
  EXPECT_TRUE(server.answer(request("/x", "", "12345")).ends_with("POST5"));
  const std::string two = server.answer(request("/x") + request("/x", "Connection: close\r\n", "1"));
  EXPECT_NE(two.find("GET0"), std::string::npos);
  EXPECT_TRUE(two.ends_with("POST1"));
}

TEST(HttpServer, answers_a_head_without_the_body_that_it_measures) {
  const Running server;
  const std::string head = server.answer("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 "));
  EXPECT_NE(head.find("\r\nContent-Length: 5\r\n"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  const std::string two = server.answer("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n" + request("/x"));
  EXPECT_TRUE(two.ends_with("\r\n\r\nGET0")) << "the connection goes on";
  const std::string refused = server.answer("HEAD /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 414 ") && refused.ends_with("\r\n\r\n")) << refused;
}

TEST(HttpServer, bounds_what_comes_in) {
  const Running server;
  EXPECT_EQ(server.status("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(server.status(request("/" + std::string(2000, 'a'))), 414);
  EXPECT_EQ(server.status(request("/x", "A: " + std::string(9000, 'b') + "\r\n")), 431);
  EXPECT_EQ(server.status(request("/x", "", std::string(17000, 'c'))), 413);
  EXPECT_EQ(server.status(request("/x", "Content-Length: 1000000000\r\n")), 413);
  EXPECT_EQ(server.status(request("/x")), 200);
}

TEST(HttpServer, answers_in_time_whatever_its_handler_does) {
  const Running server;
  EXPECT_EQ(server.status(request("/late")), 504);
  EXPECT_EQ(server.status(request("/fails")), 500);
  EXPECT_EQ(server.status(request("/x")), 200);
}

TEST(HttpServer, opens_no_websocket_that_its_handler_refuses) {
  const Running server;
  EXPECT_EQ(server.status(request("/api/live",
                                  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
                                  "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n")),
            401);
}

/// Of a server with room for few, which waits long for their requests.
ServerConfig patient_with_few() {
  ServerConfig config;
  config.port = 0;
  config.request_s = 600.0;
  config.most_connections = 8;
  return config;
}

void send_to(int socket, const std::string& bytes) {
  EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

TEST(HttpServer, lets_no_stranger_keep_others_out) {
  const Running server(patient_with_few());
  std::vector<int> strangers;
  for (int i = 0; i < 40; ++i) {
    strangers.push_back(server.connect());
  }
  EXPECT_TRUE(server.answer(request("/x")).ends_with("GET0"));
  EXPECT_EQ(Running::rest(strangers.front()), "") << "the oldest gave way";
  send_to(strangers.back(), request("/x", "Connection: close\r\n"));
  EXPECT_TRUE(Running::rest(strangers.back()).ends_with("GET0")) << "the newest is served";
  for (const int socket : strangers) {
    ::close(socket);
  }
}

TEST(HttpServer, cuts_who_has_most_and_not_who_came_first) {
  const Running server(patient_with_few());
  const int first = server.connect(INADDR_LOOPBACK + 1);
  std::vector<int> strangers;
  for (int i = 0; i < 40; ++i) {
    strangers.push_back(server.connect());
  }
  EXPECT_TRUE(server.answer(request("/x")).ends_with("GET0"));
  send_to(first, request("/x", "Connection: close\r\n"));
  EXPECT_TRUE(Running::rest(first).ends_with("GET0"));
  for (const int socket : strangers) {
    ::close(socket);
  }
  ::close(first);
}

TEST(HttpServer, keeps_the_connection_of_a_token_before_all_strangers) {
  const Running server(patient_with_few());
  const int known = server.connect();
  send_to(known, request("/x", "Authorization: Bearer t\r\n"));
  std::string text;
  for (char c = 0; !text.ends_with("GET0") && ::recv(known, &c, 1, 0) == 1;) {
    text += c;
  }
  std::vector<int> strangers;
  for (int i = 0; i < 40; ++i) {
    strangers.push_back(server.connect());
  }
  EXPECT_TRUE(server.answer(request("/x")).ends_with("GET0"));
  send_to(known, request("/x", "Connection: close\r\n"));
  EXPECT_TRUE(Running::rest(known).ends_with("GET0"));
  for (const int socket : strangers) {
    ::close(socket);
  }
  ::close(known);
}

TEST(HttpServer, refuses_addresses_and_certificates_that_are_none) {
  ServerConfig config;
  config.address = "nowhere";
  EXPECT_THROW(HttpServer{config}, InputError);
  config = {};
  config.port = 0;
  config.certificate = "/no/such/file.pem";
  EXPECT_THROW(HttpServer{config}, InputError);
  config = {};
  config.port = 0;
  const HttpServer first(config);
  EXPECT_NE(first.port(), 0);
  config.port = first.port();
  EXPECT_THROW(HttpServer{config}, EnvironmentError);
}

}  // namespace
}  // namespace xingu::console
