// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/philox.h"

namespace xingu::test {

/// Damages a DICOM file the way disks, networks, exporters and attackers do. Deterministic in (seed, number).
class Mutator {
 public:
  Mutator(std::uint64_t seed, std::uint64_t number) : random_(seed, number) {}

  /// One to four damages of random kinds.
  [[nodiscard]] std::string mutate(std::string file);
  /// A whole number in [0, limit).
  [[nodiscard]] std::size_t pick(std::size_t limit);

 private:
  void flip_bytes(std::string& file);
  void cut(std::string& file);
  void change_length(std::string& file);
  void change_tag(std::string& file);
  void swap_tags(std::string& file);
  void change_vr(std::string& file);
  void change_number(std::string& file);
  void repeat_piece(std::string& file);
  void erase_piece(std::string& file);
  [[nodiscard]] std::size_t element_offset(const std::string& file);

  Philox random_;
  std::uint64_t draws_ = 0;
};

}  // namespace xingu::test
