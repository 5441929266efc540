// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ecg/record.h"

namespace xingu::ecg::validation {

/// Record 1 … 100 of LUDB in volts. The headers of the database's release 1.0.1 give every lead its own peak-to-peak
/// range as its gain, so that all leads look 1 mV high; the integers themselves are µV, since I + III = II holds in
/// them to the last bit. They are taken as such here.
[[nodiscard]] EcgRecord ludb_record(int id);

}  // namespace xingu::ecg::validation
