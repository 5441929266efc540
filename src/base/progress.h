// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace xingu {

/// Ctrl-C (SIGINT) and SIGTERM ask long loops to stop; the loops call throw_if_cancelled() between pieces of work.
/// A second Ctrl-C ends the process at once. Async-signal-safe.
void install_cancel_handler();
[[nodiscard]] bool is_cancelled() noexcept;
/// @throws Cancelled once the user asked to stop.
void throw_if_cancelled();

/// Progress of one long step: done/total, rate and ETA. The clock of the rate starts with the first part that is
/// finished, for what is set up before it is not done again; below 2 % there is no ETA. On a terminal one line, redrawn
/// at most five times a second; elsewhere, for logs of batch systems, a line of its own every half minute, so that
/// short steps print nothing. Prints nothing when progress is switched off. Safe to advance concurrently.
class Progress {
 public:
  Progress(std::string label, std::size_t total, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::size_t count = 1);
  /// Parts that an earlier run had finished: they count as done, but not for rate and ETA.
  void skip(std::size_t count = 1);

  /// For --quiet and --json.
  static void set_enabled(bool enabled) noexcept;
  /// How often a line is printed where standard error is no terminal; 30 s unless set.
  static void set_line_interval(std::chrono::milliseconds interval) noexcept;

 private:
  void redraw(bool is_last);
  void print_line();
  void note(std::size_t count);
  void start_clock(std::size_t count);

  struct State {
    std::size_t done;
    double percent;
    double rate;                  ///< 1/s, of what this run did after its first part; 0 while not known
    std::optional<double> eta_s;  ///< absent while the rate says nothing
    double seconds;
  };
  [[nodiscard]] State state() const;

  std::string label_;
  std::string unit_;
  std::size_t total_;
  std::atomic<std::size_t> done_{0};
  std::atomic<std::size_t> skipped_{0};
  std::chrono::steady_clock::time_point start_;
  std::atomic<std::int64_t> first_ns_{-1};  ///< after start_, when this run finished its first parts; -1 until then
  std::atomic<std::size_t> num_first_{0};   ///< those parts
  std::atomic<std::int64_t> next_draw_ms_{0};
  std::mutex mutex_;
  bool is_enabled_;
  bool is_terminal_;
};

}  // namespace xingu
