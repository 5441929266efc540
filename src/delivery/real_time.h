// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace xingu {

/// What the system granted a thread that keeps time.
struct RealTimePlace {
  bool has_priority = false;    ///< before all threads that are not in real time (SCHED_FIFO)
  bool is_memory_kept = false;  ///< what the program has touched is never paged out
};

/// Asks for a real-time place among the system's threads for the calling one, for timers as exact as the clock, and
/// that no memory be paged out. Where the system grants less, steps of a loop may be late, which the loop counts. Never
/// fails; the thread keeps the place until it ends.
[[nodiscard]] RealTimePlace take_real_time_place() noexcept;

/// Asks that the calling thread, which answers people, be run before others that are not in real time (nice −10). Never
/// fails; where the system does not grant it, answers are slower under load.
void take_prompt_place() noexcept;

/// What a person can do about what was not granted; empty if nothing is missing.
[[nodiscard]] std::string_view advice(const RealTimePlace& place) noexcept;

}  // namespace xingu
