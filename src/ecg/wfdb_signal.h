// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

#include "ecg/wfdb_header.h"

namespace xingu::ecg {

/// Samples of a WFDB record whose signals lie in one file of format 16 (16-bit, little endian) or 212 (two 12-bit
/// samples in three bytes), signal(5) of the WFDB Applications Guide. −32768 and −2048 mean "not measured".
/// Holds one block of the file in memory.
class WfdbSource final : public SampleSource {
 public:
  /// @param record  path without extension, or with ".hea"
  /// @throws InputError if the header or the signal file cannot be read, or has a format that is not read
  explicit WfdbSource(const std::filesystem::path& record);
  [[nodiscard]] const RecordInfo& info() const override { return header_.info; }
  [[nodiscard]] std::optional<std::size_t> num_samples() const override { return header_.num_samples; }
  [[nodiscard]] std::size_t read(std::span<std::int32_t> frames) override;

 private:
  [[nodiscard]] std::size_t fill_16(std::span<std::int32_t> samples);
  [[nodiscard]] std::size_t fill_212(std::span<std::int32_t> samples);

  WfdbHeader header_;
  std::ifstream file_;
  std::vector<unsigned char> bytes_;
  std::optional<std::int32_t> second_of_pair_;  ///< format 212: read, not yet handed out
  std::size_t position_ = 0;
};

/// A whole record. @throws InputError as WfdbSource
[[nodiscard]] EcgRecord read_wfdb(const std::filesystem::path& record);

}  // namespace xingu::ecg
