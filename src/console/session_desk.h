// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "console/body_reader.h"
#include "console/journal.h"
#include "console/live_session.h"
#include "dose/treatment_plan.h"

namespace xingu::console {

/// What must be named to begin, arm and confirm a session.
struct PlanIdentity {
  std::string patient_id;
  std::string patient_name;
  std::string plan_label;
  std::string plan_uid;
  std::string machine;
};

/// Who asks.
struct Requester {
  std::string client;
  std::string peer;
};

/// Where an operator's commands become what a session is asked, and its answers become theirs: begins sessions, checks
/// restated parameters, keeps the journal. Works for one thread; the session runs in another.
class SessionDesk {
 public:
  /// Status and body of the answer.
  using Answer = std::function<void(unsigned, const nlohmann::json&)>;

  /// All references must outlive the desk. Sessions of the journal that were never ended are closed as interrupted.
  /// @param store  folder of the records
  SessionDesk(PlanIdentity identity, SessionGround ground, std::filesystem::path store, Journal& journal);
  ~SessionDesk();
  SessionDesk(const SessionDesk&) = delete;
  SessionDesk& operator=(const SessionDesk&) = delete;

  /// The commands below /api/session/ and /api/faults/. Answers at once, or from poll() when the loop has answered.
  /// @param name  "arm", "faults/begin", …
  /// @throws Refusal
  void command(const std::string& name, const nlohmann::json& body, const Requester& who, const Answer& answer);
  [[nodiscard]] static bool knows(const std::string& name);
  /// Hold and emergency stop: whoever has an operator's token may, and no limit holds them back.
  [[nodiscard]] static bool is_for_everyone(const std::string& name);

  /// Takes what the loop has said: answers commands, and gives events for all.
  /// @param emit  called with each event, without its number
  void poll(const std::function<void(nlohmann::json)>& emit);

  /// The newest telemetry of the session there is, or null.
  [[nodiscard]] const Telemetry* telemetry();
  [[nodiscard]] bool has_session() const { return live_ != nullptr; }
  /// A session is there that has not ended: it may give beam.
  [[nodiscard]] bool is_running() const { return live_ != nullptr && !is_ended_; }
  [[nodiscard]] std::optional<std::int64_t> session_id() const;
  [[nodiscard]] std::filesystem::path record_of(const JournalSession& session) const { return store_ / session.record; }
  [[nodiscard]] const std::filesystem::path& record() const { return record_; }
  /// What its sessions stand on.
  [[nodiscard]] const SessionGround& ground() const { return ground_; }
  /// First step of the session there is; 0 without one.
  [[nodiscard]] std::uint64_t first_step() const { return live_ ? live_->first_step() : 0; }
  void beat();
  /// The session as /api/session says it, without seat and replay.
  [[nodiscard]] nlohmann::json describe();
  [[nodiscard]] const PlanIdentity& identity() const { return identity_; }

 private:
  struct Asked {
    std::string action;
    Requester who;
    Answer answer;
    double asked_s = 0.0;
  };

  void obey(const std::string& name, const nlohmann::json& body, const Requester& who, const Answer& answer);
  void note_refusal(const Asked& asked, const Refusal& refusal);
  void load(BodyReader& body, const Requester& who, const Answer& answer);
  void arm(BodyReader& body, const Requester& who, const Answer& answer);
  void confirm(BodyReader& body, const Requester& who, const Answer& answer);
  void begin_fault(BodyReader& body, const Requester& who, const Answer& answer);
  void end_fault(BodyReader& body, const Requester& who, const Answer& answer);
  void close(BodyReader& body, const Requester& who, const Answer& answer);
  /// Pulls the stop button out while no control loop runs.
  void release_stop(const Asked& asked);
  void ask(const std::string& name, LinkCommand command, const Requester& who, const Answer& answer);
  void check_identity(BodyReader& body) const;
  void check_beam(BodyReader& body);
  void take_answer(const LoopEvent& event, const std::function<void(nlohmann::json)>& emit);
  void note(const Asked& asked, const std::string& result, const std::string& detail, std::optional<double> t_s);
  void answer_the_rest(bool is_over);
  void answer_closed(const Asked& asked);
  void note_end();
  void put_away();
  /// The session whose MU count when the plan goes on: the last one that gave some, unless it gave all.
  [[nodiscard]] std::optional<JournalSession> resumable() const;
  [[nodiscard]] nlohmann::json next_beam();

  PlanIdentity identity_;
  SessionGround ground_;
  std::filesystem::path store_;
  Journal* journal_;
  std::unique_ptr<LiveSession> live_;
  std::int64_t id_ = 0;
  std::filesystem::path record_;
  LostConsole lost_console_ = LostConsole::holds;
  Telemetry newest_;
  bool is_ended_ = false;
  bool is_stop_pressed_ = false;  ///< the button stays in from session to session, until it is released
  std::uint32_t last_command_ = 0;
  std::uint32_t arming_ = 0;  ///< command that armed; 0: none
  std::map<std::uint32_t, Asked> asked_;
  std::vector<nlohmann::json> news_;  ///< events that wait for poll()
};

}  // namespace xingu::console
