// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// The interlocks of a treatment session, written once: the controller, the record, the tests and
// docs/methods/interlocks.md read these rows. Thresholds are Xingu's own choice, not those of a standard.

namespace xingu {

/// In the order of severity: of interlocks that trip in the same millisecond the first is the first-out.
enum class Interlock : std::uint8_t {
  emergency_stop,
  watchdog,
  overdose,
  unexpected_beam,
  monitor_disagreement,
  dose_rate,
  symmetry,
  clearance,
  following_error,
  axis_position,
  leaf_position,
  door,
  sensor_lost,
  correlation,
  positioning_time,
  console_lost,
  record_lost,
  operator_hold,
  target_position,
  cardiac_gate,
  positioning
};

inline constexpr std::size_t num_interlocks = 21;

enum class InterlockResponse : std::uint8_t {
  hold,      ///< beam off, the session can go on
  terminate  ///< beam off and contactor open, the session ends
};

enum class InterlockLatch : std::uint8_t {
  none,   ///< clears itself when its cause is gone: part of normal work
  person  ///< stands until the operator acknowledges it, after its cause is gone
};

/// When an interlock is looked at.
enum class InterlockScope : std::uint8_t {
  always,
  beam,   ///< in the state beam on
  motion  ///< while axes may move
};

/// The clock in which the bound from the cause to the last pulse is given.
enum class BoundClock : std::uint8_t {
  wall,  ///< after the bound there is no pulse as long as the cause lasts
  beam   ///< after the cause the beam is on for at most the bound
};

struct InterlockRow {
  Interlock id;
  std::string_view name;
  std::string_view source;
  double threshold;       ///< trips beyond it
  std::string_view unit;  ///< of the threshold; empty: a contact, open or closed
  int persistence_ms;     ///< trips when the cause has lasted longer
  int bound_ms;           ///< from the cause to the last pulse
  BoundClock clock;
  InterlockResponse response;
  InterlockLatch latch;
  InterlockScope scope;
  bool stops_motion;
  std::string_view remedy;  ///< what the operator does
};

namespace interlock_table {

using enum InterlockResponse;
using enum InterlockScope;
using Latch = InterlockLatch;
using Clock = BoundClock;

inline constexpr std::array<InterlockRow, num_interlocks> rows{{
    {Interlock::emergency_stop, "emergency stop", "button circuit", 0.0, "", 0, 4, Clock::wall, terminate,
     Latch::person, always, true, "find out why it was pressed, release it, resume in a new session"},
    {Interlock::watchdog, "watchdog", "hardware timer", 5.0, "ms", 0, 8, Clock::wall, terminate, Latch::person, always,
     true, "the control loop was late: look at the machine's load, resume in a new session"},
    {Interlock::overdose, "overdose", "monitors 1 and 2", 1.5, "pulses over plan", 0, 4, Clock::wall, terminate,
     Latch::person, always, false, "compare both monitors' MU with the plan before anything else"},
    {Interlock::unexpected_beam, "unexpected beam", "monitors 1 and 2", 0.0, "pulses", 0, 4, Clock::wall, terminate,
     Latch::person, always, false, "the beam did not obey: service the trigger before the next session"},
    {Interlock::monitor_disagreement, "monitor disagreement", "monitors 1 and 2", 2.0, "%", 0, 110, Clock::beam,
     terminate, Latch::person, beam, false, "one monitor is wrong: service both, resume in a new session"},
    {Interlock::dose_rate, "dose rate", "monitor 1", 20.0, "%", 0, 110, Clock::beam, hold, Latch::person, beam, false,
     "look at the beam's output; acknowledge and resume if it is steady"},
    {Interlock::symmetry, "symmetry", "monitor quadrants", 2.0, "%", 0, 110, Clock::beam, hold, Latch::person, beam,
     false, "the beam is steered wrongly: acknowledge once, service if it comes back"},
    {Interlock::clearance, "clearance", "machine model", 20.0, "mm", 0, 15, Clock::wall, hold, Latch::person, always,
     true, "something is near the head: look at the room, move it away, acknowledge"},
    {Interlock::following_error, "following error", "encoders against command", 1.0, "deg", 20, 30, Clock::wall, hold,
     Latch::person, motion, true, "an axis does not follow: look for an obstacle, acknowledge to try again"},
    {Interlock::axis_position, "axis position", "both encoders against plan", 0.5, "deg", 5, 12, Clock::wall, hold,
     Latch::person, beam, false, "an axis left its place: acknowledge and let it move back"},
    {Interlock::leaf_position, "leaf position", "leaf encoders against plan", 1.0, "mm", 5, 12, Clock::wall, hold,
     Latch::person, beam, false, "a leaf left its place: acknowledge and let it move back"},
    {Interlock::door, "door", "door contact", 0.0, "", 2, 8, Clock::wall, hold, Latch::person, always, true,
     "see that nobody is in the room, close the door, acknowledge"},
    {Interlock::sensor_lost, "sensor lost", "marker camera", 150.0, "ms", 0, 160, Clock::wall, hold, Latch::person,
     always, false, "clear the camera's view of the markers, acknowledge when samples come again"},
    {Interlock::correlation, "correlation", "imager against model", 3.0, "mm", 0, 20, Clock::wall, hold, Latch::person,
     always, false, "the target is not where the markers say: image, refit the model, acknowledge"},
    {Interlock::positioning_time, "positioning time", "controller", 120.0, "s", 0, 5, Clock::wall, hold, Latch::person,
     always, false, "an axis or leaf does not arrive: look which, acknowledge to try again"},
    {Interlock::console_lost, "console lost", "console heartbeat", 1000.0, "ms", 0, 1010, Clock::wall, hold,
     Latch::person, always, false, "restore the console's connection, acknowledge"},
    {Interlock::record_lost, "record lost", "flight recorder", 0.0, "", 0, 5, Clock::wall, hold, Latch::person, always,
     false, "the record is full: stop, and resume in a new session"},
    {Interlock::operator_hold, "operator hold", "console", 0.0, "", 0, 4, Clock::wall, hold, Latch::person, always,
     false, "resume when ready"},
    {Interlock::target_position, "target position", "target, predicted and seen", 3.0, "mm", 0, 140, Clock::wall, hold,
     Latch::none, always, false, "wait until the target is back, or image and set up again"},
    {Interlock::cardiac_gate, "cardiac gate", "ECG", 0.0, "", 0, 4, Clock::wall, hold, Latch::none, always, false,
     "wait for the phase of the heart"},
    {Interlock::positioning, "positioning", "encoders against plan", 0.0, "", 0, 4, Clock::wall, hold, Latch::none,
     always, false, "wait until axes and leaves stand at the next segment"},
}};

[[nodiscard]] constexpr const InterlockRow& row(Interlock id) noexcept { return rows[static_cast<std::size_t>(id)]; }

/// One bit per interlock.
using Mask = std::uint32_t;
[[nodiscard]] constexpr Mask bit(Interlock id) noexcept { return Mask{1} << static_cast<unsigned>(id); }

template <class Predicate>
[[nodiscard]] constexpr Mask mask_of(Predicate&& is_member) noexcept {
  Mask mask = 0;
  for (const InterlockRow& r : rows) {
    mask |= is_member(r) ? bit(r.id) : 0U;
  }
  return mask;
}

inline constexpr Mask terminating = mask_of([](const InterlockRow& r) { return r.response == terminate; });
inline constexpr Mask latching = mask_of([](const InterlockRow& r) { return r.latch == Latch::person; });
inline constexpr Mask stopping = mask_of([](const InterlockRow& r) { return r.stops_motion; });

[[nodiscard]] consteval bool is_well_formed() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const InterlockRow& r = rows[i];
    if (static_cast<std::size_t>(r.id) != i || r.bound_ms <= r.persistence_ms || r.remedy.empty()) {
      return false;
    }
  }
  return (terminating & ~latching) == 0;  // what ends a session never clears itself
}
static_assert(is_well_formed());

}  // namespace interlock_table

using InterlockMask = interlock_table::Mask;

[[nodiscard]] constexpr std::string_view to_string(Interlock id) noexcept { return interlock_table::row(id).name; }

}  // namespace xingu
