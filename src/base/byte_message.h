// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"

namespace xingu {

/// Bytes that travel from one process of Xingu to another, or back into the same one.
using Bytes = std::vector<std::byte>;

/// Puts plain values one behind the other, as they lie in memory: for processes of one program on one kind of machine,
/// not for files. What is put first is read first.
class ByteWriter {
 public:
  template <class T>
  ByteWriter& put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    append(&value, sizeof(T));
    return *this;
  }
  template <class T>
  ByteWriter& put_all(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    put<std::uint64_t>(values.size());
    append(values.data(), values.size_bytes());
    return *this;
  }
  template <class T>
  ByteWriter& put_all(const std::vector<T>& values) {
    return put_all(std::span<const T>(values));
  }
  /// Bytes without their number: the last that is put, for ByteReader::rest().
  ByteWriter& put_rest(std::span<const std::byte> bytes) {
    append(bytes.data(), bytes.size());
    return *this;
  }
  ByteWriter& put_text(std::string_view text) { return put_all(std::span<const char>(text)); }

  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  void append(const void* from, std::size_t size) {
    if (size > 0) {
      const std::size_t end = bytes_.size();
      bytes_.resize(end + size);
      std::memcpy(bytes_.data() + end, from, size);
    }
  }
  Bytes bytes_;
};

/// Reads what a ByteWriter wrote. @throws BrokenPromise past the end: the two sides do not fit together
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  [[nodiscard]] T get() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    std::memcpy(&value, next(sizeof(T)).data(), sizeof(T));
    return value;
  }
  template <class T>
  [[nodiscard]] std::vector<T> get_all() {
    const auto size = static_cast<std::size_t>(get<std::uint64_t>());
    if (size > rest_.size() / sizeof(T)) {
      throw BrokenPromise("a message between processes is shorter than it says");
    }
    std::vector<T> values(size);
    if (size > 0) {
      std::memcpy(values.data(), next(size * sizeof(T)).data(), size * sizeof(T));
    }
    return values;
  }
  [[nodiscard]] std::string get_text() {
    const std::vector<char> letters = get_all<char>();
    return {letters.begin(), letters.end()};
  }
  /// What has not been read.
  [[nodiscard]] std::span<const std::byte> rest() const { return rest_; }

 private:
  std::span<const std::byte> next(std::size_t size) {
    if (size > rest_.size()) {
      throw BrokenPromise("a message between processes is shorter than it says");
    }
    const auto part = rest_.first(size);
    rest_ = rest_.subspan(size);
    return part;
  }
  std::span<const std::byte> rest_;
};

}  // namespace xingu
