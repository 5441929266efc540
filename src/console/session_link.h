// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "console/bounded_queue.h"
#include "console/telemetry.h"
#include "console/triple_slot.h"
#include "delivery/record_writer.h"
#include "delivery/session.h"

namespace xingu::console {

/// What a person asks of a running session.
struct LinkCommand {
  std::uint32_t id = 0;
  OperatorAction action = OperatorAction::none;
  FaultChange change;
};

/// What the control loop tells the console.
struct LoopEvent {
  enum class Kind : std::uint8_t { note, change, answer };
  Kind kind = Kind::note;
  std::uint64_t step = 0;
  SessionNote note;                         ///< of kind note
  bool is_first_out = false;                ///< of a note that an interlock tripped
  ClearanceReading clearance;               ///< of a note, when it was made
  FaultChange change;                       ///< of kind change
  std::uint32_t command = 0;                ///< of kind answer
  bool is_done = false;                     ///< of kind answer: it changed what it should
  SessionState state = SessionState::idle;  ///< of kind answer: after the step
};

/// Between a session's control loop and the console: the loop's operator and its recorder. Commands come in and answers
/// and events go out through bounded queues, telemetry through a slot whose newest value wins. The loop's side (next,
/// change, take) neither allocates, locks, waits nor throws; the console's side belongs to one thread.
class SessionLink final : public OperatorPort, public SessionRecorder {
 public:
  static constexpr int beat_missing_ms = 500;  ///< of the console's time: two heartbeats

  /// All references must outlive the link.
  /// @param speed   of the session against the clock
  SessionLink(const DeliveryPlan& plan, RecordWriter& record, const PaceStatistics& pace,
              const SessionSettings& settings, double speed);

  // the loop's side
  [[nodiscard]] FaultChange change(std::uint64_t step) noexcept override;
  [[nodiscard]] OperatorAction next(std::uint64_t step, const Controller& controller) noexcept override;
  void take(std::uint64_t step, OperatorAction action, const Controller& controller,
            const Plant& plant) noexcept override;
  [[nodiscard]] bool is_full() const noexcept override { return record_->is_full(); }

  // the console's side
  /// False if too many wait already.
  [[nodiscard]] bool ask(const LinkCommand& command) noexcept { return commands_.push(command); }
  [[nodiscard]] bool next_event(LoopEvent& event) noexcept { return events_.pop(event); }
  /// Events that found no room: the record has them.
  [[nodiscard]] std::uint64_t lost_events() const noexcept { return lost_events_.load(std::memory_order_relaxed); }
  /// The newest telemetry; false if it is the one before.
  bool fetch() noexcept { return slot_.fetch(); }
  [[nodiscard]] const Telemetry& telemetry() const noexcept { return slot_.reading(); }
  /// The operator's page is alive.
  void beat() noexcept { beats_.fetch_add(1, std::memory_order_relaxed); }

 private:
  [[nodiscard]] FaultChange watch_console(std::uint64_t step) noexcept;
  void tell(const LoopEvent& event) noexcept;
  void answer(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept;
  void publish(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept;

  RecordWriter* record_;
  const PaceStatistics* pace_;
  bool has_cardiac_gate_;
  double gate_mm_;  ///< unknown without motion management
  std::uint64_t missing_steps_;

  BoundedQueue<LinkCommand, 64> commands_;
  BoundedQueue<LoopEvent, 4096> events_;
  TripleSlot<Telemetry> slot_;
  std::atomic<std::uint32_t> beats_{0};
  std::atomic<std::uint64_t> lost_events_{0};

  // of the loop
  std::optional<LinkCommand> current_;
  bool is_asked_ = false;  ///< the controller has heard the current command
  std::uint32_t beats_heard_ = 0;
  std::optional<std::uint64_t> heard_step_;
  bool is_console_lost_ = false;
  Vec3 marker_ = Vec3::Constant(unknown);
  std::array<double, 128> mu_of_steps_{};
  double mu_lately_ = 0.0;
};

}  // namespace xingu::console
