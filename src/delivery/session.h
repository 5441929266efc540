// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "delivery/controller.h"
#include "delivery/operator_port.h"
#include "delivery/plant.h"

namespace xingu {

/// Takes down what happens, from within the loop: implementations neither allocate, lock nor throw, and never wait.
class SessionRecorder {
 public:
  virtual ~SessionRecorder() = default;
  virtual void take(std::uint64_t step, OperatorAction action, const Controller& controller,
                    const Plant& plant) noexcept = 0;
  /// No room is left: what follows would be lost.
  [[nodiscard]] virtual bool is_full() const noexcept = 0;
};

struct SessionSettings {
  MachineDynamics dynamics;
  TrackingSettings tracking;
  std::uint64_t seed = 1;
  std::uint64_t first_step = 0;  ///< of a resumed session: steps of the first go on
  SessionProgress progress;
  std::optional<SessionEcg> ecg;  ///< gates by the beats found in it; without, by every R peak
};

/// A treatment session: plant, controller, operator and recorder, one millisecond a step. The same settings and the
/// same actions give the same bits, at whatever pace it runs. step() neither allocates, locks nor throws.
class Session {
 public:
  /// All references must outlive the session.
  Session(const DeliveryPlan& plan, const SessionSettings& settings, const PatientMotion& motion,
          const ClearanceSource& clearance, FaultSchedule faults, OperatorPort& person,
          SessionRecorder* recorder = nullptr);

  void step() noexcept;

  /// Complete, aborted, or put away.
  [[nodiscard]] bool is_over() const noexcept;
  [[nodiscard]] std::uint64_t num_steps() const noexcept { return plant_.next_step() - first_step_; }
  [[nodiscard]] const Controller& controller() const noexcept { return controller_; }
  [[nodiscard]] const Plant& plant() const noexcept { return plant_; }

 private:
  [[nodiscard]] bool is_stalled() noexcept;

  Plant plant_;
  Controller controller_;
  OperatorPort* person_;
  SessionRecorder* recorder_;
  std::uint64_t first_step_;
  bool has_started_ = false;
};

/// How well a real-time run kept its pace.
struct PaceStatistics {
  std::uint64_t num_steps = 0;
  std::uint64_t num_late = 0;  ///< began more than 0.2 ms after their time
  double worst_late_s = 0.0;
};

/// Runs a session to its end as fast as the computer can.
///
/// @param between  called every 100 steps, outside the loop's step; returns false to stop before the end
/// @return whether the session came to its end within `max_steps`
bool run_fast(Session& session, std::uint64_t max_steps, const std::function<bool()>& between = {});

/// How a real-time run waits for a step's time.
enum class Waiting : std::uint8_t {
  sleeps,  ///< until then: how late it wakes is the system's matter
  watches  ///< sleeps until a fifth of a step before, at most 0.2 ms, and looks at the clock for the rest
};

/// The same in real time: each step begins at its millisecond of the monotonic clock. A step that is late makes the
/// next ones follow at once until the pace is kept again; the session's time never depends on the clock. Call it in a
/// thread that has taken its place (real_time.h), and let one that has priority watch: a core is then busy for a fifth
/// of the time, and wakings that are late by less than that do no harm (docs/methods/delivery.md).
///
/// @param pace   kept up to date before each step, so that a recorder, which runs in the same thread, can show it
/// @param speed  session seconds in a second, above 0
void run_real_time(Session& session, std::uint64_t max_steps, const std::function<bool()>& between,
                   PaceStatistics& pace, double speed = 1.0, Waiting waiting = Waiting::sleeps);

}  // namespace xingu
