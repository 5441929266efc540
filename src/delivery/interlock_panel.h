// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "delivery/interlock_table.h"

namespace xingu {

/// What the operator's console is to the beam.
enum class LostConsole : std::uint8_t {
  holds,           ///< beam off when the console's heartbeat is gone
  keeps_treating,  ///< the session goes on; people in the control room have the buttons
};

/// The interlock table as one session uses it.
struct InterlockSettings {
  std::array<double, num_interlocks> threshold;
  LostConsole lost_console = LostConsole::holds;

  /// The table's thresholds.
  InterlockSettings() noexcept {
    for (const InterlockRow& r : interlock_table::rows) {
      threshold[static_cast<std::size_t>(r.id)] = r.threshold;
    }
  }
  [[nodiscard]] double of(Interlock id) const noexcept { return threshold[static_cast<std::size_t>(id)]; }
};

/// The state of all interlocks: which are active (their cause lasts), which are latched (it has, and nobody
/// acknowledged it), and which came first. Fed once a millisecond. Plain data, no allocation.
class InterlockPanel {
 public:
  /// Whether the cause of an interlock is there in this step. Causes that are not reported are absent.
  void report(Interlock id, bool is_there) noexcept { seen_ |= is_there ? interlock_table::bit(id) : 0U; }

  /// Ends the step: causes that lasted longer than their persistence trip, latches close.
  void settle(std::uint64_t step) noexcept;

  /// The operator has seen what is latched: latches open whose causes are gone.
  void acknowledge() noexcept { latched_ &= active_; }
  /// The operator takes back what he asked for himself, without waiting for the next step to show it.
  void withdraw(Interlock id) noexcept { active_ &= ~interlock_table::bit(id); }

  [[nodiscard]] InterlockMask active() const noexcept { return active_; }
  [[nodiscard]] InterlockMask latched() const noexcept { return latched_; }
  [[nodiscard]] InterlockMask standing() const noexcept { return active_ | latched_; }
  [[nodiscard]] bool is_clear() const noexcept { return standing() == 0; }
  [[nodiscard]] bool must_terminate() const noexcept { return (standing() & interlock_table::terminating) != 0; }
  [[nodiscard]] bool must_stop_motion() const noexcept { return (standing() & interlock_table::stopping) != 0; }
  [[nodiscard]] bool stands(Interlock id) const noexcept { return (standing() & interlock_table::bit(id)) != 0; }

  /// The latching interlock that tripped first since none stood; severity decides within one step.
  [[nodiscard]] std::optional<Interlock> first_out() const noexcept { return first_out_; }
  [[nodiscard]] std::uint64_t first_out_step() const noexcept { return first_out_step_; }

 private:
  std::array<std::uint16_t, num_interlocks> lasted_ms_{};
  InterlockMask seen_ = 0;
  InterlockMask active_ = 0;
  InterlockMask latched_ = 0;
  std::optional<Interlock> first_out_;
  std::uint64_t first_out_step_ = 0;
};

}  // namespace xingu
