// SPDX-License-Identifier: Apache-2.0
// The only unit that includes Boost: it takes longer to compile than the rest of the folder.
#include "console/http_server.h"

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <list>
#include <map>

#include "base/error.h"
#include "base/log.h"

namespace xingu::console {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;
using std::chrono::steady_clock;
using tcp = asio::ip::tcp;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr std::size_t most_header_bytes = 8U << 10U;
constexpr std::size_t most_path_bytes = 1U << 10U;
constexpr std::size_t most_body_bytes = 16U << 10U;
constexpr std::size_t most_message_bytes = 4U << 10U;
constexpr int send_buffer_bytes = 64 << 10;  // a slow viewer holds at most this much that is no longer new
constexpr auto write_limit = std::chrono::seconds(60);
constexpr auto tick_period = std::chrono::nanoseconds(1'000'000'000 / 60);

std::chrono::nanoseconds duration(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

PlainStream& lowest(PlainStream& stream) { return stream; }
PlainStream& lowest(TlsStream& stream) { return stream.next_layer(); }

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

/// The first 64 bits of an IPv6 address: who has one of these has them all. An IPv4 address as it is.
std::string network_of(const asio::ip::address& address) {
  if (address.is_v4() || address.is_loopback()) {
    return address.to_string();
  }
  const asio::ip::address_v6 whole = address.to_v6();
  if (whole.is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, whole).to_string();
  }
  asio::ip::address_v6::bytes_type bytes = whole.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return asio::ip::address_v6(bytes).to_string() + "/64";
}

HttpResponse refusal(unsigned status, std::string_view sentence) {
  HttpResponse response;
  response.status = status;
  response.body = std::make_shared<const std::string>(fmt::format("{{\"error\":\"{}\"}}", sentence));
  return response;
}

/// What to answer to a request that could not be read; nothing where there is nobody to answer to.
std::optional<HttpResponse> answer_to(const error_code& error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message) {
    return std::nullopt;
  }
  if (error == beast::error::timeout) {
    return refusal(408, "the request did not arrive in time; send it at once");
  }
  if (error == http::error::body_limit) {
    return refusal(413, "the body is above 16 KiB; send less");
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refusal(431, "the header is above 8 KiB; send less");
  }
  if (error.category() == http::make_error_code(http::error::bad_method).category()) {
    return refusal(400, "this is not HTTP/1.1; send a request");
  }
  return std::nullopt;
}

}  // namespace

class HttpServer::Impl {
 public:
  explicit Impl(const ServerConfig& config) : config_(config), acceptor_(context_), ticker_(context_) {
    if (!config.certificate.empty()) {
      use_certificate();
    }
    error_code error;
    const auto address = asio::ip::make_address(config.address, error);
    XINGU_REQUIRE(!error, "--bind {}: is no address; give for example 127.0.0.1", config.address);
    const tcp::endpoint endpoint(address, config.port);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(endpoint, error);
    if (!error) {
      acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
      throw EnvironmentError(fmt::format("port {} of {} cannot be used ({}); give another --port", config.port,
                                         config.address, error.message()));
    }
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void run(ServerHandler& handler) {
    handler_ = &handler;
    asio::co_spawn(context_, accept(), asio::detached);
    asio::co_spawn(context_, tick(), asio::detached);
    context_.run();
  }

  void stop() {
    asio::post(context_, [this] { context_.stop(); });
  }

  void send_text(LiveId id, std::shared_ptr<const std::string> text) {
    const auto found = lives_.find(id);
    if (found == lives_.end() || found->second->close_code != 0) {
      return;
    }
    Live& live = *found->second;
    if (live.texts.size() >= most_texts) {
      live.texts.clear();
      live.close_code = websocket::close_code::try_again_later;
      live.close_reason = "too slow for the events: load the page again";
    } else {
      live.texts.push_back(std::move(text));
    }
    live.wake.cancel();
  }

  void offer_frame(const std::shared_ptr<const std::string>& frame) {
    for (auto& [id, live] : lives_) {
      live->counts.dropped += live->newest != nullptr ? 1U : 0U;
      live->newest = frame;
      live->wake.cancel();
    }
  }

  void close(LiveId id, std::uint16_t code, std::string reason) {
    const auto found = lives_.find(id);
    if (found != lives_.end() && found->second->close_code == 0) {
      found->second->close_code = code;
      found->second->close_reason = std::move(reason);
      found->second->wake.cancel();
    }
  }

  [[nodiscard]] LiveCounts counts(LiveId id) const {
    const auto found = lives_.find(id);
    return found == lives_.end() ? LiveCounts{} : found->second->counts;
  }

 private:
  /// What waits for one WebSocket.
  struct Live {
    explicit Live(asio::io_context& context) : wake(context) {}
    std::deque<std::shared_ptr<const std::string>> texts;
    std::shared_ptr<const std::string> newest;
    LiveCounts counts;
    std::uint16_t close_code = 0;
    std::string close_reason;
    bool is_gone = false;
    asio::steady_timer wake;
  };

  /// What of a response is sent: to HEAD only the head, which says how long the body would be.
  enum class Part : std::uint8_t { head, all };

  /// A connection, from being accepted to its end.
  struct Connection {
    std::string peer;
    std::string network;
    std::function<void()> cut;         ///< closes its socket; none where it must not be closed
    steady_clock::time_point since{};  ///< when it began to wait for bytes, or to be answered
    bool has_token = false;            ///< it showed one
    bool is_waiting = true;            ///< for bytes: of a handshake or a request
    bool is_given_up = false;          ///< cut: it ends as soon as its turn comes
  };

  /// A reply that may come later.
  struct Pending {
    explicit Pending(asio::io_context& context) : timer(context) {}
    std::optional<HttpResponse> response;
    asio::steady_timer timer;
  };

  void use_certificate() {
    error_code error;
    tls_.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                     asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    tls_.use_certificate_chain_file(config_.certificate, error);
    XINGU_REQUIRE(!error, "--certificate {}: cannot be used ({}); give a PEM file", config_.certificate,
                  error.message());
    tls_.use_private_key_file(config_.private_key, asio::ssl::context::pem, error);
    XINGU_REQUIRE(!error, "--private-key {}: cannot be used ({}); give the PEM file of the certificate's key",
                  config_.private_key, error.message());
  }

  asio::awaitable<void> accept() {
    for (;;) {
      error_code error;
      tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        // out of descriptors, or the other end is gone already: what is open goes on
        asio::steady_timer pause(context_, std::chrono::milliseconds(10));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      socket.set_option(asio::socket_base::send_buffer_size(send_buffer_bytes), ignored);
      make_room();
      asio::co_spawn(context_, serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> tick() {
    auto due = steady_clock::now();
    for (;;) {
      due = std::max(due + tick_period, steady_clock::now());
      ticker_.expires_at(due);
      error_code error;
      co_await ticker_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      try {
        handler_->tick();
      } catch (const std::exception& failure) {
        log_warning("the console's clock: {}", failure.what());
      }
    }
  }

  [[nodiscard]] std::size_t num_open() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(connections_, [](const Connection& one) { return !one.is_given_up; }));
  }

  /// Where no connection is left for the one that comes, cuts one that can be spared: of those that showed no token
  /// before those that only wait for another request, of the network that has most of them, the oldest. Pages that
  /// follow a session, and commands that wait for their answer, stay.
  void make_room() {
    if (num_open() < config_.most_connections) {
      return;
    }
    std::map<std::string, std::size_t> strangers;
    for (const Connection& one : connections_) {
      strangers[one.network] += one.cut && !one.has_token && !one.is_given_up ? 1U : 0U;
    }
    const auto goes_before = [&](const Connection& a, const Connection& b) {
      if (a.has_token != b.has_token) {
        return !a.has_token;
      }
      const std::size_t num_a = strangers[a.network];
      const std::size_t num_b = strangers[b.network];
      return num_a != num_b ? num_a > num_b : a.since < b.since;
    };
    Connection* spared = nullptr;
    for (Connection& one : connections_) {
      const bool can_be_cut = one.cut && !one.is_given_up && (one.is_waiting || !one.has_token);
      if (can_be_cut && (spared == nullptr || goes_before(one, *spared))) {
        spared = &one;
      }
    }
    if (spared != nullptr) {
      spared->is_given_up = true;
      spared->cut();
    }
  }

  /// One connection, from its first byte to its last. Whatever fails here ends this connection only.
  asio::awaitable<void> serve(tcp::socket socket) {
    const auto connection = connections_.emplace(connections_.end());
    connection->since = steady_clock::now();
    try {
      error_code error;
      const auto remote = socket.remote_endpoint(error);
      connection->peer = error ? std::string("?") : remote.address().to_string();
      connection->network = error ? std::string("?") : network_of(remote.address());
      if (config_.certificate.empty()) {
        PlainStream stream(std::move(socket));
        co_await talk(std::move(stream), *connection);
      } else {
        TlsStream stream(PlainStream(std::move(socket)), tls_);
        connection->cut = [&stream] { lowest(stream).close(); };
        lowest(stream).expires_after(duration(config_.request_s));
        co_await stream.async_handshake(asio::ssl::stream_base::server,
                                        asio::redirect_error(asio::use_awaitable, error));
        connection->cut = nullptr;
        if (!error) {
          co_await talk(std::move(stream), *connection);
        }
      }
    } catch (const std::exception& failure) {
      log_warning("a connection to the console was dropped: {}", failure.what());
    }
    connections_.erase(connection);
  }

  template <class Stream>
  asio::awaitable<void> talk(Stream stream, Connection& connection) {
    beast::flat_buffer buffer(most_header_bytes + most_body_bytes);
    const auto note = [&connection](bool is_waiting) {
      connection.is_waiting = is_waiting;
      connection.since = steady_clock::now();
    };
    connection.cut = [&stream] { lowest(stream).close(); };
    for (bool is_open = true; is_open;) {
      error_code error;
      http::request_parser<http::string_body> parser;
      parser.header_limit(most_header_bytes);
      parser.body_limit(most_body_bytes);
      note(true);
      lowest(stream).expires_after(duration(config_.request_s));
      co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
      note(false);
      const Part part = parser.get().method() == http::verb::head ? Part::head : Part::all;
      if (error) {
        if (const auto answer = answer_to(error)) {
          co_await write(stream, *answer, part, false);
        }
        break;
      }
      const HttpRequest request = request_of(parser.get(), connection);
      connection.has_token = connection.has_token || handler_->shows_token(request);
      if (num_open() > config_.most_connections) {
        co_await write(stream, refusal(503, "the console serves as many as it can; close a page"), part, false);
        break;
      }
      const bool is_live = websocket::is_upgrade(parser.get()) && request.target == "/api/live";
      if (is_live) {
        const auto refused = handler_->refuse_live(request);
        if (!refused) {
          connection.cut = nullptr;
          co_await go_live(std::move(stream), parser.release(), request);
          co_return;
        }
        co_await write(stream, *refused, part, false);
        break;
      }
      const HttpResponse response = co_await answer(request);
      is_open = co_await write(stream, response, part, parser.get().keep_alive());
    }
    connection.cut = nullptr;
    error_code ignored;
    lowest(stream).socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  static HttpRequest request_of(const http::request<http::string_body>& message, const Connection& connection) {
    HttpRequest request;
    request.method = text_of(message.method_string());
    request.target = text_of(message.target());
    request.host = text_of(message[http::field::host]);
    if (message.find(http::field::origin) != message.end()) {
      request.origin = text_of(message[http::field::origin]);
    }
    request.authorization = text_of(message[http::field::authorization]);
    request.client = text_of(message["X-Xingu-Client"]);
    request.protocols = text_of(message[http::field::sec_websocket_protocol]);
    request.content_type = text_of(message[http::field::content_type]);
    request.body = message.body();
    request.peer = connection.peer;
    request.network = connection.network;
    return request;
  }

  asio::awaitable<HttpResponse> answer(const HttpRequest& request) {
    if (request.target.size() > most_path_bytes) {
      co_return refusal(414, "the path is above 1 KiB; ask for something that exists");
    }
    const auto pending = std::make_shared<Pending>(context_);
    try {
      handler_->handle(request, [pending](HttpResponse response) {
        pending->response = std::move(response);
        pending->timer.cancel();
      });
    } catch (const std::exception& failure) {
      log_warning("{} {}: {}", request.method, request.target, failure.what());
      co_return refusal(500, "the console failed at this; its log says why");
    }
    if (!pending->response) {
      pending->timer.expires_after(duration(config_.late_reply_s));
      error_code error;
      co_await pending->timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
    co_return pending->response ? *pending->response : refusal(504, "there was no answer in time; look at the state");
  }

  /// @return whether the connection can be used again
  template <class Stream>
  asio::awaitable<bool> write(Stream& stream, const HttpResponse& response, Part part, bool keep_alive) {
    static const std::string nothing;
    const std::string& body = response.body ? *response.body : nothing;
    http::response<http::span_body<const char>> message;
    message.result(response.status);
    message.version(11);
    message.keep_alive(keep_alive);
    message.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) {
      message.set(name, value);
    }
    message.body() = beast::span<const char>(body.data(), part == Part::all ? body.size() : 0);
    message.content_length(body.size());
    lowest(stream).expires_after(write_limit);
    error_code error;
    co_await http::async_write(stream, message, asio::redirect_error(asio::use_awaitable, error));
    co_return !error && keep_alive;
  }

  template <class Stream>
  asio::awaitable<void> go_live(Stream stream, http::request<http::string_body> message, HttpRequest request) {
    lowest(stream).expires_never();
    websocket::stream<Stream> socket(std::move(stream));
    websocket::stream_base::timeout timeout = websocket::stream_base::timeout::suggested(beast::role_type::server);
    timeout.idle_timeout = std::chrono::seconds(20);
    timeout.keep_alive_pings = true;
    socket.set_option(timeout);
    socket.set_option(websocket::stream_base::decorator(
        [](websocket::response_type& response) { response.set(http::field::sec_websocket_protocol, "xingu.v1"); }));
    socket.read_message_max(most_message_bytes);
    socket.auto_fragment(false);
    error_code error;
    co_await socket.async_accept(message, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      co_return;
    }
    const LiveId id = ++last_live_;
    const auto live = std::make_shared<Live>(context_);
    lives_.emplace(id, live);
    handler_->live_opened(id, request);
    bool is_writing = true;
    asio::co_spawn(context_, write_live(socket, live), [&is_writing, live](const std::exception_ptr&) {
      is_writing = false;
      live->wake.cancel();
    });
    co_await read_live(socket, id);
    live->is_gone = true;
    lives_.erase(id);
    handler_->live_closed(id);
    beast::get_lowest_layer(socket).close();
    while (is_writing) {
      live->wake.cancel();
      asio::steady_timer pause(context_, std::chrono::milliseconds(1));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }

  template <class Stream>
  asio::awaitable<void> read_live(websocket::stream<Stream>& socket, LiveId id) {
    beast::flat_buffer buffer;
    for (;;) {
      error_code error;
      co_await socket.async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        co_return;
      }
      if (socket.got_text()) {
        const auto data = buffer.data();
        handler_->live_message(id, std::string_view(static_cast<const char*>(data.data()), data.size()));
      } else {
        close(id, websocket::close_code::unknown_data, "send JSON as text");
      }
      buffer.consume(buffer.size());
    }
  }

  template <class Stream>
  asio::awaitable<void> write_live(websocket::stream<Stream>& socket, std::shared_ptr<Live> live) {
    error_code error;
    while (!live->is_gone && !error) {
      if (!live->texts.empty()) {
        const auto text = live->texts.front();
        live->texts.pop_front();
        socket.text(true);
        co_await socket.async_write(asio::buffer(*text), asio::redirect_error(asio::use_awaitable, error));
      } else if (live->close_code != 0) {
        const websocket::close_reason reason(static_cast<websocket::close_code>(live->close_code), live->close_reason);
        co_await socket.async_close(reason, asio::redirect_error(asio::use_awaitable, error));
        co_return;
      } else if (live->newest) {
        const auto frame = std::exchange(live->newest, nullptr);
        socket.binary(true);
        co_await socket.async_write(asio::buffer(*frame), asio::redirect_error(asio::use_awaitable, error));
        live->counts.sent += error ? 0U : 1U;
      } else {
        live->wake.expires_at(steady_clock::time_point::max());
        error_code woken;
        co_await live->wake.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      }
    }
  }

  ServerConfig config_;
  ServerHandler* handler_ = nullptr;
  asio::io_context context_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_;
  asio::steady_timer ticker_;
  std::map<LiveId, std::shared_ptr<Live>> lives_;
  LiveId last_live_ = 0;
  std::list<Connection> connections_;
};

HttpServer::HttpServer(const ServerConfig& config) : impl_(std::make_unique<Impl>(config)) {}
HttpServer::~HttpServer() = default;
std::uint16_t HttpServer::port() const { return impl_->port(); }
void HttpServer::run(ServerHandler& handler) { impl_->run(handler); }
void HttpServer::stop() { impl_->stop(); }
void HttpServer::send_text(LiveId id, std::shared_ptr<const std::string> text) {
  impl_->send_text(id, std::move(text));
}
void HttpServer::offer_frame(std::shared_ptr<const std::string> frame) { impl_->offer_frame(frame); }
void HttpServer::close(LiveId id, std::uint16_t code, std::string reason) { impl_->close(id, code, std::move(reason)); }
HttpServer::LiveCounts HttpServer::counts(LiveId id) const { return impl_->counts(id); }

}  // namespace xingu::console
