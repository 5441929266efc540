// SPDX-License-Identifier: Apache-2.0
#include "base/source_date_epoch.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace xingu {

std::optional<std::time_t> source_date_epoch() {
  const char* const variable = std::getenv("SOURCE_DATE_EPOCH");
  if (variable == nullptr) {
    return std::nullopt;
  }
  const std::string_view text(variable);
  constexpr std::time_t last = 253402300799;  // the year 9999 ends
  std::time_t seconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  XINGU_REQUIRE(parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && seconds >= 0 && seconds <= last,
                "SOURCE_DATE_EPOCH is '{}', not a number of seconds since 1970 (written files are to state that time); "
                "correct or unset it",
                printable(text, 40));
  return seconds;
}

}  // namespace xingu
