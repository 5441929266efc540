// SPDX-License-Identifier: Apache-2.0
#include "ecg/hidden_p_waves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace xingu::ecg {
namespace {

constexpr double part_s = 0.02;
constexpr double shortest_s = 0.12;
constexpr double fewest_beats = 4.0;
constexpr double errors = 2.0;

/// Means of parts of a stretch, less the straight line from the first to the last; nothing where a sample is missing.
std::optional<std::vector<double>> departures(const std::vector<float>& x, std::int64_t begin, std::size_t num_parts,
                                              std::int64_t length) {
  const std::int64_t end = begin + static_cast<std::int64_t>(num_parts) * length;
  if (begin < 0 || end > std::ssize(x)) {
    return std::nullopt;
  }
  std::vector<double> out(num_parts, 0.0);
  for (std::int64_t i = begin; i < end; ++i) {
    out[static_cast<std::size_t>((i - begin) / length)] +=
        static_cast<double>(x[static_cast<std::size_t>(i)]) / static_cast<double>(length);
  }
  const double first = out.front();
  const double slope = (out.back() - first) / static_cast<double>(num_parts - 1);
  for (std::size_t k = 0; k < num_parts; ++k) {
    out[k] -= first + slope * static_cast<double>(k);
  }
  const bool is_whole = std::ranges::all_of(out, [](double mv) { return std::isfinite(mv); });
  return is_whole ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

double largest_hidden_p_mv(const LeadSignals& signals, const RepresentativeBeat& beat, std::size_t begin,
                           std::size_t end) {
  constexpr double unknown = std::numeric_limits<double>::infinity();
  const std::int64_t length = std::max<std::int64_t>(1, std::llround(part_s * beat.rate_hz));
  const std::size_t num_parts = end > begin ? (end - begin) / static_cast<std::size_t>(length) : 0;
  if (static_cast<double>(num_parts) * part_s < shortest_s) {
    return unknown;
  }
  std::vector<double> squares(num_parts, 0.0);  // of the mean departure, all leads
  double error_squares = 0.0;
  double num_leads = 0.0;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    std::vector<double> sums(num_parts, 0.0);
    std::vector<double> sums_of_squares(num_parts, 0.0);
    double num = 0.0;
    for (const std::int64_t start : beat.starts[lead]) {
      const auto own = departures(signals.mv[lead], start + static_cast<std::int64_t>(begin), num_parts, length);
      for (std::size_t k = 0; own && k < num_parts; ++k) {
        sums[k] += (*own)[k];
        sums_of_squares[k] += (*own)[k] * (*own)[k];
      }
      num += own ? 1.0 : 0.0;
    }
    if (num < fewest_beats) {
      continue;
    }
    ++num_leads;
    for (std::size_t k = 0; k < num_parts; ++k) {
      const double mean = sums[k] / num;
      squares[k] += mean * mean;
      error_squares += std::max(0.0, sums_of_squares[k] / num - mean * mean) / (num - 1.0);
    }
  }
  if (num_leads == 0.0) {
    return unknown;
  }
  return std::sqrt(*std::ranges::max_element(squares) / num_leads) +
         errors * std::sqrt(error_squares / (num_leads * static_cast<double>(num_parts)));
}

std::string hidden_text(double hidden_mv, double limit_mv) {
  return std::isfinite(hidden_mv)
             ? fmt::format("P up to {:.3f} mV over the leads (excluded up to {:.3f})", hidden_mv, limit_mv)
             : std::string("no room to see P between T and the complex");
}

}  // namespace xingu::ecg
