// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace xingu::console {

/// Hands the newest of a stream of values from one thread to one other; neither ever waits, allocates or sees a value
/// that is half written. Three buffers: one is written, one is read, and the third is exchanged between them.
template <class T>
class TripleSlot {
 public:
  explicit TripleSlot(const T& initial) : slots_{initial, initial, initial} {}

  /// The writer's buffer; it holds an old value.
  [[nodiscard]] T& writing() noexcept { return slots_[back_]; }
  /// Makes what was written the newest.
  void publish() noexcept { back_ = middle_.exchange(back_ | fresh, std::memory_order_acq_rel) & index; }

  /// Takes the newest value if there is one that was not yet taken.
  bool fetch() noexcept {
    if ((middle_.load(std::memory_order_relaxed) & fresh) == 0) {
      return false;
    }
    front_ = middle_.exchange(front_, std::memory_order_acq_rel) & index;
    return true;
  }
  [[nodiscard]] const T& reading() const noexcept { return slots_[front_]; }

 private:
  static constexpr std::uint8_t index = 3;
  static constexpr std::uint8_t fresh = 4;
  std::array<T, 3> slots_;
  std::atomic<std::uint8_t> middle_{1};
  std::uint8_t back_ = 0;   ///< of the writer
  std::uint8_t front_ = 2;  ///< of the reader
};

}  // namespace xingu::console
