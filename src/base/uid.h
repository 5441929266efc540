// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xingu {

/// A UID below 2.25 (DICOM PS3.5 B.2) whose 122 free bits are a hash of `seed`: the same seed always gives the same
/// UID. The number is an RFC 9562 UUID of version 8.
[[nodiscard]] std::string make_uid(std::string_view seed);

}  // namespace xingu
