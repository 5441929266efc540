// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xingu::console {

/// A request whose form is right: what it asks is not yet judged.
struct HttpRequest {
  std::string method;
  std::string target;  ///< as sent: path and query
  std::string host;
  std::optional<std::string> origin;
  std::string authorization;
  std::string client;     ///< X-Xingu-Client
  std::string protocols;  ///< Sec-WebSocket-Protocol
  std::string content_type;
  std::string body;
  std::string peer;     ///< address it comes from, without port
  std::string network;  ///< the same, of IPv6 the first 64 bits: what limits count by
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::shared_ptr<const std::string> body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Tells one WebSocket from all others that this server ever had.
using LiveId = std::uint64_t;

/// What stands behind the server. Every call comes from the server's one thread.
class ServerHandler {
 public:
  using Reply = std::function<void(HttpResponse)>;

  virtual ~ServerHandler() = default;
  /// Answers through `reply`, at once or later from the same thread; after `late_reply_s` the server answers 504.
  virtual void handle(const HttpRequest& request, const Reply& reply) = 0;
  /// Whether who asks is no stranger: his connection is kept before those of strangers.
  [[nodiscard]] virtual bool shows_token(const HttpRequest& request) const = 0;
  /// Whether a WebSocket may be opened: nothing, or the refusal.
  [[nodiscard]] virtual std::optional<HttpResponse> refuse_live(const HttpRequest& request) = 0;
  virtual void live_opened(LiveId id, const HttpRequest& request) = 0;
  virtual void live_message(LiveId id, std::string_view text) = 0;
  virtual void live_closed(LiveId id) = 0;
  /// Sixty times a second.
  virtual void tick() = 0;
};

struct ServerConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8321;  ///< 0: any that is free
  std::string certificate;    ///< PEM file of the chain; empty: no TLS
  std::string private_key;    ///< PEM file
  std::size_t most_connections = 64;
  double request_s = 10.0;  ///< from the first to the last byte of a request
  double late_reply_s = 2.0;
};

/// HTTP/1.1 and WebSockets on one port and one thread (Boost.Beast). Bounds everything that comes from outside: header
/// 8 KiB, path 1 KiB, body 16 KiB, message 4 KiB, time, connections. When all connections are taken, one that showed no
/// token gives way to the one that comes, so that strangers keep nobody out. Knows nothing of what is served.
class HttpServer {
 public:
  static constexpr std::size_t most_texts = 512;  ///< waiting for one WebSocket

  /// Binds the port. @throws InputError if the address or the certificate cannot be used, EnvironmentError if the port
  /// cannot be bound
  explicit HttpServer(const ServerConfig& config);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// Serves until stop().
  void run(ServerHandler& handler);
  /// From any thread.
  void stop();

  // The following only from the server's thread, that is from the handler.

  /// Queues a text for one WebSocket. One with too many waiting is closed with 1013: it must load the page again.
  void send_text(LiveId id, std::shared_ptr<const std::string> text);
  /// Offers a binary frame to every WebSocket. The newest wins; what it replaces is counted as dropped.
  void offer_frame(std::shared_ptr<const std::string> frame);
  /// Closes with a status code of RFC 6455, after what is queued.
  void close(LiveId id, std::uint16_t code, std::string reason);

  struct LiveCounts {
    std::uint64_t sent = 0;
    std::uint64_t dropped = 0;
  };
  [[nodiscard]] LiveCounts counts(LiveId id) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xingu::console
