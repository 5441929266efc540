// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "delivery/interlock_table.h"

namespace xingu {

/// What can go wrong on the simulated machine.
enum class FaultKind : std::uint8_t {
  axis_slip,
  axis_blocked,
  encoder_jump,
  leaf_slip,
  leaf_blocked,
  monitor1_gain,
  monitor2_gain,
  output,
  asymmetry,
  stuck_on,
  target_jump,
  marker_lost,
  marker_frozen,
  image_offset,
  clearance_loss,
  loop_stall,
  console_lost,
  door_open,
  emergency_stop,
  record_lost
};
inline constexpr std::size_t num_fault_kinds = 20;

struct FaultRow {
  FaultKind kind;
  std::string_view name;  ///< as in a faults file
  Interlock interlock;    ///< that answers it
  std::string_view unit;  ///< of the magnitude; empty: it has none
  double smallest;        ///< magnitude that the interlock must answer within its bound
  double largest;
  bool has_index;  ///< which axis or leaf
};

namespace fault_table {
inline constexpr std::array<FaultRow, num_fault_kinds> rows{{
    {FaultKind::axis_slip, "axis_slip", Interlock::axis_position, "deg", 1.5, 5.0, true},
    {FaultKind::axis_blocked, "axis_blocked", Interlock::following_error, "", 0.0, 0.0, true},
    {FaultKind::encoder_jump, "encoder_jump", Interlock::axis_position, "deg", 0.7, 10.0, true},
    {FaultKind::leaf_slip, "leaf_slip", Interlock::leaf_position, "mm", 1.5, 20.0, true},
    {FaultKind::leaf_blocked, "leaf_blocked", Interlock::positioning_time, "", 0.0, 0.0, true},
    {FaultKind::monitor1_gain, "monitor1_gain", Interlock::monitor_disagreement, "factor", 0.0, 0.95, false},
    {FaultKind::monitor2_gain, "monitor2_gain", Interlock::monitor_disagreement, "factor", 0.0, 0.95, false},
    {FaultKind::output, "output", Interlock::dose_rate, "factor", 0.0, 0.6, false},
    {FaultKind::asymmetry, "asymmetry", Interlock::symmetry, "part", 0.04, 0.3, false},
    {FaultKind::stuck_on, "stuck_on", Interlock::unexpected_beam, "", 0.0, 0.0, false},
    {FaultKind::target_jump, "target_jump", Interlock::target_position, "mm", 12.0, 30.0, false},
    {FaultKind::marker_lost, "marker_lost", Interlock::sensor_lost, "", 0.0, 0.0, false},
    {FaultKind::marker_frozen, "marker_frozen", Interlock::sensor_lost, "", 0.0, 0.0, false},
    {FaultKind::image_offset, "image_offset", Interlock::correlation, "mm", 6.0, 20.0, false},
    {FaultKind::clearance_loss, "clearance_loss", Interlock::clearance, "mm", 600.0, 900.0, false},
    {FaultKind::loop_stall, "loop_stall", Interlock::watchdog, "", 0.0, 0.0, false},
    {FaultKind::console_lost, "console_lost", Interlock::console_lost, "", 0.0, 0.0, false},
    {FaultKind::door_open, "door_open", Interlock::door, "", 0.0, 0.0, false},
    {FaultKind::emergency_stop, "emergency_stop", Interlock::emergency_stop, "", 0.0, 0.0, false},
    {FaultKind::record_lost, "record_lost", Interlock::record_lost, "", 0.0, 0.0, false},
}};
[[nodiscard]] constexpr const FaultRow& row(FaultKind kind) noexcept { return rows[static_cast<std::size_t>(kind)]; }
}  // namespace fault_table

/// Duration of a fault that lasts until somebody ends it.
inline constexpr double until_ended_s = 1e6;

/// One fault of a session.
struct Fault {
  FaultKind kind = FaultKind::door_open;
  double start_s = 0.0;
  double duration_s = 1.0;
  double magnitude = 0.0;  ///< see FaultRow
  std::uint32_t index = 0;

  [[nodiscard]] std::uint64_t first_step() const noexcept { return static_cast<std::uint64_t>(start_s * 1000.0); }
  [[nodiscard]] std::uint64_t end_step() const noexcept {
    return first_step() + static_cast<std::uint64_t>(duration_s * 1000.0);
  }
};

/// A change of what befalls the machine: asked for while the session runs, by a trainer or by what the console itself
/// is to the machine (its stop button, its heartbeat), or come by itself, because its time had come or was over.
struct FaultChange {
  enum class Kind : std::uint8_t { none, begin, end };
  Kind kind = Kind::none;
  Fault fault;  ///< of an end that was asked for only its kind counts
  bool is_by_itself = false;
};

/// A fault that begins with a step: times in the middle of a millisecond belong to it whatever the rounding.
[[nodiscard]] inline Fault fault_from(std::uint64_t step, FaultKind kind, double duration_s) noexcept {
  Fault fault;
  fault.kind = kind;
  fault.start_s = (static_cast<double>(step) + 0.5) / 1000.0;
  fault.duration_s = duration_s;
  return fault;
}

/// The faults of a session, asked every step. No allocation after make_room(); cost O(faults).
class FaultSchedule {
 public:
  static constexpr std::size_t most_changes = 64;  ///< faults of a running session that can last at the same time

  FaultSchedule() = default;
  explicit FaultSchedule(std::vector<Fault> faults) : faults_(std::move(faults)) {}

  /// For faults that come while the session runs.
  void make_room() { faults_.reserve(faults_.size() + most_changes); }
  /// Takes a change in step `step`. False if there is no room for another fault.
  bool take(const FaultChange& change, std::uint64_t step) noexcept;
  /// Appends what begins or ends by itself with step `step`, at most one change for each fault: no allocation where
  /// `changes` has room for them.
  /// @param first_step  of the session: what lasts by then begins with it
  void append_changes(std::uint64_t step, std::uint64_t first_step, std::vector<FaultChange>& changes) const noexcept;

  /// The active fault of a kind, or null.
  [[nodiscard]] const Fault* active(FaultKind kind, std::uint64_t step) const noexcept {
    for (const Fault& fault : faults_) {
      if (fault.kind == kind && step >= fault.first_step() && step < fault.end_step()) {
        return &fault;
      }
    }
    return nullptr;
  }
  [[nodiscard]] std::span<const Fault> all() const noexcept { return faults_; }

 private:
  std::vector<Fault> faults_;
};

/// Reads [[fault]] tables: kind, at_s, for_s, and magnitude and index where the kind has them.
/// @throws InputError with file, line and key
[[nodiscard]] std::vector<Fault> read_faults(const std::filesystem::path& path);
[[nodiscard]] std::vector<Fault> parse_faults(std::string_view text, const std::string& name);

}  // namespace xingu
