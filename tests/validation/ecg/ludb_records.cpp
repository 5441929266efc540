// SPDX-License-Identifier: Apache-2.0
#include "validation/ecg/ludb_records.h"

#include <string>

#include "ecg/wfdb_signal.h"
#include "support/test_paths.h"

namespace xingu::ecg::validation {

EcgRecord ludb_record(int id) {
  EcgRecord record = read_wfdb_record(test::shared_dir() / "data" / "ecg" / "ludb" / std::to_string(id));
  for (Channel& channel : record.info.channels) {
    channel.gain = 1000.0;
    channel.baseline = 0.0;
    channel.unit = "mV";
  }
  return record;
}

}  // namespace xingu::ecg::validation
