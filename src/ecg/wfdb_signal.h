// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>

#include "ecg/wfdb_header.h"

namespace xingu::ecg {

/// Samples of a WFDB record (WFDB Applications Guide, signal(5)). A record of one segment with all channels in one file
/// of format 16 or 212 is streamed in blocks of bounded memory; any other is read whole first (read_wfdb). The formats'
/// own marks for a missing sample become invalid_sample.
class WfdbSource final : public SampleSource {
 public:
  /// `record` with or without ".hea". @throws InputError for a header that cannot be read.
  explicit WfdbSource(const std::filesystem::path& record);

  [[nodiscard]] const RecordInfo& info() const override { return whole_ ? whole_->info() : header_.info; }
  [[nodiscard]] std::size_t read(std::span<std::int32_t> frames) override;

 private:
  [[nodiscard]] std::size_t read_values(std::span<std::int32_t> values);

  WfdbHeader header_;
  std::optional<RecordSource> whole_;  ///< where the record cannot be streamed
  std::ifstream stream_;
  std::vector<unsigned char> bytes_;
  std::optional<std::int32_t> half_pair_;  ///< format 212: the second sample of a pair of which the first was asked for
  std::int64_t frames_left_ = 0;
};

/// The whole record.
[[nodiscard]] EcgRecord read_wfdb_record(const std::filesystem::path& record);

}  // namespace xingu::ecg
