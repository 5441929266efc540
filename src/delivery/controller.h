// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "delivery/axis.h"
#include "delivery/delivery_plan.h"
#include "delivery/dose_window.h"
#include "delivery/interlock_panel.h"
#include "delivery/plant.h"
#include "delivery/session_table.h"
#include "delivery/target_tracker.h"

namespace xingu {

/// What a person does at the console; one thing a millisecond.
enum class OperatorAction : std::uint8_t {
  none,
  load,
  reject,
  arm,
  disarm,
  confirm,
  stop,
  close,
  hold,        ///< beam off at once
  resume,      ///< acknowledges what can be, and lets the session go on
  acknowledge  ///< only clears latches whose causes are gone
};
[[nodiscard]] std::string_view to_string(OperatorAction action) noexcept;
/// The event that an action asks for; nothing where it does what it says without one.
[[nodiscard]] std::optional<SessionEvent> event_of(OperatorAction action) noexcept;

/// MU that were given, per beam of the plan, by the monitors: all that is needed to go on with an interrupted session.
struct SessionProgress {
  std::vector<double> given_mu;
};

/// Something the controller did, for the record and the console.
struct SessionNote {
  enum class Kind : std::uint8_t { state, tripped, released, segment_done, beam_done, image };
  Kind kind = Kind::state;
  SessionState state = SessionState::idle;          ///< of kind state
  SessionEvent event = SessionEvent::load;          ///< of kind state
  Interlock interlock = Interlock::emergency_stop;  ///< of kinds tripped and released
  std::uint16_t beam = 0;                           ///< of kinds segment_done and beam_done
  std::uint16_t segment = 0;
  double value = 0.0;  ///< MU of the beam; of kind image the distance from the model, mm
};

/// A pulse as the controller counted it.
struct CountedPulse {
  bool is_new = false;  ///< in this step
  std::uint16_t beam = 0;
  std::uint16_t segment = 0;
  double given1_mu = 0.0;  ///< of the beam, after this pulse, by monitor 1
  double given2_mu = 0.0;
};

/// Decides about the beam. Fed with the sensors once a millisecond, it settles the interlocks, moves the session by its
/// table, leads axes, leaves and stage to where the plan wants them, and counts MU. Knows nothing of networks, disks or
/// clocks. Allocates at construction only; step() neither locks nor throws, and costs about a microsecond.
class Controller {
 public:
  static constexpr std::size_t max_notes = 32;

  /// @param plan  must outlive the controller
  Controller(const DeliveryPlan& plan, const MachineDynamics& dynamics, const TrackingSettings& tracking,
             const SessionProgress& progress);

  const MachineCommand& step(const SensorFrame& frame, OperatorAction action) noexcept;

  [[nodiscard]] SessionState state() const noexcept { return machine_.state(); }
  [[nodiscard]] const InterlockPanel& panel() const noexcept { return panel_; }
  [[nodiscard]] const MachineCommand& command() const noexcept { return command_; }
  [[nodiscard]] const TargetTracker& tracker() const noexcept { return tracker_; }
  /// Index of the beam that is or will be given, and of its segment.
  [[nodiscard]] std::size_t beam() const noexcept { return beam_; }
  [[nodiscard]] std::size_t segment() const noexcept { return segment_; }
  [[nodiscard]] std::span<const double> given_mu() const noexcept { return given_; }
  [[nodiscard]] const CountedPulse& pulse() const noexcept { return pulse_; }
  [[nodiscard]] bool is_in_position() const noexcept { return is_placed_; }
  [[nodiscard]] const AxisPositions& axis_goal() const noexcept { return goal_; }
  /// What happened in the last step.
  [[nodiscard]] std::span<const SessionNote> notes() const noexcept { return std::span(notes_).first(num_notes_); }

 private:
  void take_action(OperatorAction action) noexcept;
  void count_dose(const SensorFrame& frame) noexcept;
  void report_interlocks(const SensorFrame& frame) noexcept;
  void report_dose(const SensorFrame& frame) noexcept;
  void report_positions(const SensorFrame& frame) noexcept;
  void report_target(const SensorFrame& frame) noexcept;
  /// Notes the stage's way and compares a new sample of the target with where the stage was at its exposure.
  void follow_target(const SensorFrame& frame) noexcept;
  void decide() noexcept;
  void advance_plan() noexcept;
  void skip_given() noexcept;
  void lead() noexcept;
  void lead_axes() noexcept;
  void lead_back() noexcept;
  [[nodiscard]] bool has_left_its_place(const SensorFrame& frame) const noexcept;
  void check_place(const SensorFrame& frame) noexcept;
  void start_beam() noexcept;
  void start_segment(bool keeps_place) noexcept;
  void note(const SessionNote& note) noexcept;
  void note_panel(InterlockMask before) noexcept;
  [[nodiscard]] const DeliveryPlan::Beam& current() const noexcept { return plan_->beams()[beam_]; }
  [[nodiscard]] double axis_deviation(const SensorFrame& frame) const noexcept;
  [[nodiscard]] double leaf_deviation(const SensorFrame& frame) const noexcept;
  [[nodiscard]] bool is_over() const noexcept { return beam_ == plan_->beams().size(); }

  const DeliveryPlan* plan_;
  MachineDynamics dynamics_;
  TrackingSettings tracking_;
  SessionMachine machine_;
  InterlockPanel panel_;
  TargetTracker tracker_;
  DoseWindow window_;
  std::array<SetpointGenerator, num_room_axes> setpoints_;
  std::array<std::array<double, 64>, num_room_axes> setpoint_history_{};
  std::array<Vec3, 2048> stage_history_;  ///< by step: longer than any latency of a camera
  double seen_off_mm_ = 0.0;              ///< target from stage when the newest marker sample was exposed
  std::vector<double> given_;             ///< per beam, monitor 1 or 2, whichever counted more
  std::vector<double> given1_;            ///< by monitor 1
  std::vector<double> given2_;
  CountedPulse pulse_;
  std::size_t beam_ = 0;
  std::size_t segment_ = 0;
  std::size_t waypoint_ = 0;
  AxisPositions goal_{};
  bool is_placed_ = false;
  int stood_ms_ = 0;
  int settle_ms_ = 0;
  double moving_ms_ = 0.0;
  double beam_on_ms_ = 0.0;
  int armed_ms_ = 0;
  bool holds_for_operator_ = false;
  std::optional<SessionEvent> asked_;
  double now_s_ = 0.0;
  std::uint64_t step_ = 0;
  MachineCommand command_;
  std::array<SessionNote, max_notes> notes_{};
  std::size_t num_notes_ = 0;
};

}  // namespace xingu
