// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

namespace xingu {

/// Ctrl-C (SIGINT) and SIGTERM ask long loops to stop; the loops call throw_if_cancelled() between pieces of work.
/// A second Ctrl-C ends the process at once. Async-signal-safe.
void install_cancel_handler();
[[nodiscard]] bool is_cancelled() noexcept;
/// @throws Cancelled once the user asked to stop.
void throw_if_cancelled();

/// Progress of one long step on the terminal: done/total, rate and ETA, at most five redraws a second.
/// Prints nothing when standard error is not a terminal or when progress is switched off. Safe to advance concurrently.
class Progress {
 public:
  Progress(std::string label, std::size_t total, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::size_t count = 1);

  /// For --quiet and --json.
  static void set_enabled(bool enabled) noexcept;

 private:
  void draw(bool is_last);

  std::string label_;
  std::string unit_;
  std::size_t total_;
  std::atomic<std::size_t> done_{0};
  std::chrono::steady_clock::time_point start_;
  std::atomic<std::int64_t> next_draw_ms_{0};
  std::mutex mutex_;
  bool is_visible_;
};

}  // namespace xingu
