// SPDX-License-Identifier: Apache-2.0
#include "ecg/recorded_filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace xingu::ecg {
namespace {

/// Hz behind a key that begins a word.
std::optional<double> value_behind(std::string_view lower, std::string_view key) {
  for (std::size_t at = lower.find(key); at != std::string_view::npos; at = lower.find(key, at + 1)) {
    if (at > 0 && std::isalnum(static_cast<unsigned char>(lower[at - 1])) != 0) {
      continue;
    }
    std::string_view rest = lower.substr(at + key.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    double value = 0.0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    value *= rest.starts_with("mhz") ? 1e-3 : rest.starts_with("khz") ? 1e3 : 1.0;
    if (error == std::errc{} && std::isfinite(value) && value > 0.0) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace

RecordedFilters parse_prefilter(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char letter) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  });
  RecordedFilters out{value_behind(lower, "hp:"), value_behind(lower, "lp:"), value_behind(lower, "n:")};
  out.notch_Hz = out.notch_Hz ? out.notch_Hz : value_behind(lower, "notch:");
  return out;
}

std::string prefilter_text(const RecordedFilters& filters) {
  std::string out;
  const auto add = [&](const char* key, const std::optional<double>& value) {
    if (value) {
      out += fmt::format("{}{}:{:g}Hz", out.empty() ? "" : " ", key, *value);
    }
  };
  add("HP", filters.high_pass_Hz);
  add("LP", filters.low_pass_Hz);
  add("N", filters.notch_Hz);
  return out;
}

RecordedFilters narrowest(const RecordedFilters& a, const RecordedFilters& b) {
  const auto both = [](const std::optional<double>& x, const std::optional<double>& y, auto choose) {
    return x && y ? std::optional(choose(*x, *y)) : x ? x : y;
  };
  return {both(a.high_pass_Hz, b.high_pass_Hz, [](double x, double y) { return std::max(x, y); }),
          both(a.low_pass_Hz, b.low_pass_Hz, [](double x, double y) { return std::min(x, y); }),
          a.notch_Hz ? a.notch_Hz : b.notch_Hz};
}

}  // namespace xingu::ecg
