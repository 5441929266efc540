// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace xingu {

/// What the monitors counted in the last 100 ms of beam, beside what was expected. Starts as if the beam had been
/// right: a fault then shows as fast at the beginning as later. No allocation.
class DoseWindow {
 public:
  static constexpr std::size_t length_ms = 100;

  /// @param expected_mu_per_ms  of the beam at full output
  explicit DoseWindow(double expected_mu_per_ms) noexcept {
    entries_.fill({expected_mu_per_ms, expected_mu_per_ms, expected_mu_per_ms, 0.0, 0.0});
    add_up();
  }

  /// One millisecond with the beam on.
  void add(double monitor1_mu, double monitor2_mu, double expected_mu, double asymmetry, bool has_pulse) noexcept {
    Entry& entry = entries_[next_];
    const Entry now{monitor1_mu, monitor2_mu, expected_mu, has_pulse ? asymmetry : 0.0, has_pulse ? 1.0 : 0.0};
    sum_ = {sum_.monitor1 + now.monitor1 - entry.monitor1, sum_.monitor2 + now.monitor2 - entry.monitor2,
            sum_.expected + now.expected - entry.expected, sum_.asymmetry + now.asymmetry - entry.asymmetry,
            sum_.pulses + now.pulses - entry.pulses};
    entry = now;
    next_ = (next_ + 1) % length_ms;
    if (next_ == 0) {
      add_up();  // running sums would drift
    }
  }

  /// Relative difference of the monitors.
  [[nodiscard]] double disagreement() const noexcept {
    const double mean = 0.5 * (sum_.monitor1 + sum_.monitor2);
    return mean > 0 ? std::abs(sum_.monitor1 - sum_.monitor2) / mean : 0.0;
  }
  /// Relative difference of monitor 1 from what was expected.
  [[nodiscard]] double rate_error() const noexcept { return std::abs(sum_.monitor1 / sum_.expected - 1.0); }
  /// Mean asymmetry of the window's pulses; of few pulses as if they were eight.
  [[nodiscard]] double asymmetry() const noexcept { return std::abs(sum_.asymmetry) / std::fmax(sum_.pulses, 8.0); }

 private:
  struct Entry {
    double monitor1;
    double monitor2;
    double expected;
    double asymmetry;
    double pulses;
  };

  void add_up() noexcept {
    sum_ = {0, 0, 0, 0, 0};
    for (const Entry& e : entries_) {
      sum_ = {sum_.monitor1 + e.monitor1, sum_.monitor2 + e.monitor2, sum_.expected + e.expected,
              sum_.asymmetry + e.asymmetry, sum_.pulses + e.pulses};
    }
  }

  std::array<Entry, length_ms> entries_{};
  Entry sum_{};
  std::size_t next_ = 0;
};

}  // namespace xingu
