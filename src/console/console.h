// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "console/access.h"
#include "console/content.h"
#include "console/delivered_dvh.h"
#include "console/ecg_monitor.h"
#include "console/http_server.h"
#include "console/record_events.h"
#include "console/replay.h"
#include "console/session_desk.h"

namespace xingu::console {

struct ConsoleSettings {
  double requests_per_s = 200.0;
  double messages_per_s = 100.0;
  std::filesystem::path replay_record;  ///< of --replay; empty: none
  std::string program;                  ///< name and version
};

/// What is watched besides the sessions; either may be missing.
struct Watched {
  DeliveredDvh* dvh = nullptr;
  EcgMonitor* ecg = nullptr;
};

/// The console: answers requests, keeps the WebSockets told, and hands operators' commands to the desk. Everything that
/// comes from outside is judged here first: host, origin, token, rate, form. One thread, the server's.
class Console final : public ServerHandler {
 public:
  /// All references must outlive the console.
  Console(ConsoleSettings settings, Access access, const Content& content, const ChannelTable& channels,
          SessionDesk& desk, Journal& journal, Watched watched, HttpServer& server);

  void handle(const HttpRequest& request, const Reply& reply) override;
  [[nodiscard]] bool shows_token(const HttpRequest& request) const override;
  [[nodiscard]] std::optional<HttpResponse> refuse_live(const HttpRequest& request) override;
  void live_opened(LiveId id, const HttpRequest& request) override;
  void live_message(LiveId id, std::string_view text) override;
  void live_closed(LiveId id) override;
  void tick() override;

 private:
  struct Viewer {
    std::string client;
    Role role = Role::viewer;
    std::string peer;
    double messages = 0.0;  ///< allowed now
    double counted_s = 0.0;
  };
  struct Seat {
    LiveId id = 0;
    std::string since;
    double heard_s = 0.0;
  };

  /// Who reads, and all that was sent.
  struct Question {
    const HttpRequest& request;
    Role role;
  };
  /// Answers with what is read at a path, made anew each time; throws Refusal.
  using Reading = std::function<void(const Question&, const Reply&)>;

  void check_front(const HttpRequest& request) const;
  [[nodiscard]] Role check_token(const HttpRequest& request) const;
  void get(const HttpRequest& request, const std::string& path, const Reply& reply);
  void post(const HttpRequest& request, const std::string& path, const Reply& reply);
  /// How what is read at a path is made; empty where there is nothing.
  [[nodiscard]] Reading reading_at(std::string_view path) const;
  [[nodiscard]] nlohmann::json info_document(Role role) const;
  void read_events(std::int64_t id, const Reply& reply);
  [[nodiscard]] nlohmann::json sessions_document() const;
  [[nodiscard]] nlohmann::json ecg_document(std::string_view target) const;
  [[nodiscard]] nlohmann::json actions_document(std::int64_t id) const;
  [[nodiscard]] nlohmann::json session_document();
  [[nodiscard]] nlohmann::json replay_command(const std::string& name, const nlohmann::json& body);
  [[nodiscard]] nlohmann::json replay_place() const;
  void check_seat(const HttpRequest& request, const std::string& command) const;
  void take_claim(LiveId id);
  void leave_seat(const std::string& reason);
  [[nodiscard]] std::string mode() const;
  void tell(LiveId id, const nlohmann::json& message);
  void tell_all(const nlohmann::json& message);
  void tell_event(nlohmann::json event);
  /// The message with what was told of the session that is or was last on show.
  [[nodiscard]] std::string events_so_far() const;
  void tell_status();
  void offer_telemetry(double passed_s);
  void lead_ecg(double now);
  void begin_ecg();

  ConsoleSettings settings_;
  Access access_;
  const Content* content_;
  const ChannelTable* channels_;
  SessionDesk* desk_;
  Journal* journal_;
  Watched watched_;
  HttpServer* server_;
  RateLimiter limiter_;
  std::map<std::string_view, Reading> readings_;  ///< by path
  /// By what follows a session's number in the path.
  std::map<std::string_view, std::function<void(std::int64_t, const Reply&)>> readings_of_sessions_;
  RecordEvents record_events_;
  std::map<LiveId, Viewer> viewers_;
  std::optional<Seat> seat_;
  std::optional<Replay> replay_;
  std::string t0_;
  std::shared_ptr<const std::string> dvh_text_;  ///< the newest message, if there is one
  /// Which ECG is shown: of which replay or session, and from which step on.
  struct EcgKey {
    std::string mode;
    std::int64_t number = 0;
    std::uint64_t first_step = 0;
    friend bool operator==(const EcgKey&, const EcgKey&) = default;
  };
  EcgKey ecg_key_;
  double ecg_began_s_ = 0.0;
  std::int64_t num_replays_ = 0;
  std::uint32_t seq_ = 0;
  std::uint64_t num_events_ = 0;
  std::deque<std::string> events_;  ///< as they were told, since the session was opened
  double ticked_s_ = 0.0;
  double status_s_ = 0.0;
};

}  // namespace xingu::console
