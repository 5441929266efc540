// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <optional>

namespace xingu {

/// Seconds since 1970 that files are to state as the time of their making, where the environment sets
/// SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch), so that the same input gives the same
/// files; nothing where it does not: files then state the time of the clock.
/// @throws InputError if it is set to what is no such number, or lies beyond the year 9999. Safe to call concurrently
/// while nothing changes the environment.
[[nodiscard]] std::optional<std::time_t> source_date_epoch();

}  // namespace xingu
