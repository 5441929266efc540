// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

namespace xingu::console {

/// A queue from one thread to one other, of fixed room; neither ever waits or allocates.
template <class T, std::size_t Room>
class BoundedQueue {
  static_assert((Room & (Room - 1)) == 0, "a power of two");

 public:
  /// False if there is no room: nothing was taken.
  bool push(const T& value) noexcept {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) == Room) {
      return false;
    }
    items_[head & (Room - 1)] = value;
    head_.store(head + 1, std::memory_order_release);
    return true;
  }
  /// False if it is empty.
  bool pop(T& value) noexcept {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail == head_.load(std::memory_order_acquire)) {
      return false;
    }
    value = items_[tail & (Room - 1)];
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

 private:
  std::array<T, Room> items_{};
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace xingu::console
