// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_signal.h"

#include <algorithm>
#include <utility>

#include "ecg/formats/wfdb_record.h"

namespace xingu::ecg {

EcgRecord read_wfdb_record(const std::filesystem::path& record) {
  Recording recording = read_wfdb(record);
  WfdbHeader header = read_wfdb_header(record);
  const bool has_one_rate =
      std::ranges::all_of(recording.signals, [](const StoredSignal& signal) { return signal.samples_per_frame == 1; });
  if (!header.segments.empty() || !has_one_rate) {
    return to_ecg_record(std::move(recording));
  }
  EcgRecord out{std::move(header.info), {}};
  out.info.num_samples = static_cast<std::int64_t>(recording.num_frames);
  for (StoredSignal& signal : recording.signals) {
    out.samples.push_back(std::move(signal.samples));
  }
  return out;
}

}  // namespace xingu::ecg
