// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "delivery/patient_motion.h"

namespace xingu {
namespace {

constexpr std::uintmax_t largest_trace_bytes = 64ULL << 20;

std::optional<double> number_of(std::string text) {
  for (char& c : text) {
    c = c == ',' ? '.' : c;
  }
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end ? std::optional(value) : std::nullopt;
}

/// The five cells of a row, or nothing.
std::optional<std::array<double, 5>> numbers_of(std::string_view line) {
  std::array<double, 5> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t end = i + 1 < values.size() ? line.find(';') : line.size();
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const auto value = number_of(std::string(line.substr(0, end)));
    if (!value) {
      return std::nullopt;
    }
    values[i] = *value;
    line = end < line.size() ? line.substr(end + 1) : std::string_view();
  }
  return values;
}

}  // namespace

MotionTrace read_motion_trace(const std::filesystem::path& path) {
  const std::string text = read_file(path, largest_trace_bytes);
  MotionTrace trace;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty() || (number == 1 && line.find("Timestamp") != std::string_view::npos)) {
      continue;
    }
    const auto values = numbers_of(line);
    XINGU_REQUIRE(values, "{}:{}: is not 'frame;ms;x;y;z' with decimal commas (the trace cannot be read); correct it",
                  path.string(), number);
    const auto& [frame, ms, x, y, z] = *values;
    const bool is_padding = frame == 0 && ms == 0 && x == 0 && y == 0 && z == 0;
    const double time_s = ms / 1000.0;
    if (!is_padding && (trace.time_s.empty() || time_s > trace.time_s.back())) {
      trace.time_s.push_back(time_s);
      trace.position.emplace_back(x, y, z);
    }
  }
  const double first_s = trace.time_s.empty() ? 0.0 : trace.time_s.front();
  for (double& time : trace.time_s) {
    time -= first_s;
  }
  return trace;
}

}  // namespace xingu
