// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/csv_times.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace xingu::ecg {
namespace {

constexpr double coarsest_quantum = 0.5;  // of a step: coarser times do not tell one row from the next
constexpr double uneven_part = 0.25;      // of a step, that a row may lie beside its place
constexpr double gap_from = 1.5;          // steps
constexpr double rate_tolerance = 0.02;
constexpr double whole_rate_tolerance = 1e-3;

double usual_step(std::span<const double> times_s) {
  std::vector<double> steps;
  steps.reserve(times_s.size());
  for (std::size_t i = 1; i < times_s.size(); ++i) {
    steps.push_back(times_s[i] - times_s[i - 1]);
  }
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::ranges::nth_element(steps, middle);
  return *middle;
}

/// Printed times are rounded: what is within a thousandth of a whole rate is meant to be that rate.
double rounded_rate(double rate_Hz) {
  const double whole = std::round(rate_Hz);
  return rate_Hz > 10.0 && std::abs(rate_Hz - whole) < whole_rate_tolerance * rate_Hz ? whole : rate_Hz;
}

/// Mean rate of the steps that are none over a gap.
double rate_between_gaps(std::span<const double> times_s, double step_s) {
  double span_s = 0.0;
  double count = 0.0;
  for (std::size_t i = 1; i < times_s.size(); ++i) {
    const double step = times_s[i] - times_s[i - 1];
    if (step < gap_from * step_s) {
      span_s += step;
      count += 1.0;
    }
  }
  return count / span_s;
}

/// Whether each row lies within a quarter of a step about the place that an even rate gives it. Where a row is missing
/// the places move by a step.
bool are_even_but_for_jitter(std::span<const double> times_s, double rate_Hz) {
  double least = 0.0;
  double most = 0.0;
  for (std::size_t i = 0; i < times_s.size(); ++i) {
    const double off = (times_s[i] - times_s.front()) * rate_Hz - static_cast<double>(i);
    least = std::min(least, off);
    most = std::max(most, off);
  }
  return most - least < 2.0 * uneven_part;
}

void require_ascending(std::span<const double> times_s, const std::string& file) {
  const auto at = std::ranges::adjacent_find(times_s, std::greater<>());
  XINGU_REQUIRE(
      at == times_s.end(),
      "{}: time goes back from {:g} s to {:g} s in row {} (samples follow each other in time); sort the rows, "
      "or split the recording",
      file, *at, *(at + 1), at - times_s.begin() + 2);
}

}  // namespace

RowPlaces place_rows(std::span<const double> times_s, double quantum_s, std::optional<double> stated_Hz,
                     std::uint64_t most_frames, const std::string& file) {
  XINGU_EXPECT(times_s.size() >= 2);
  require_ascending(times_s, file);
  const double span_s = times_s.back() - times_s.front();
  XINGU_REQUIRE(span_s > 0, "{}: all rows have one time (the sampling frequency cannot be told); correct the times",
                file);
  RowPlaces places;
  places.num_frames = times_s.size();
  const double mean_Hz = static_cast<double>(times_s.size() - 1) / span_s;
  places.rate_Hz = stated_Hz.value_or(rounded_rate(mean_Hz));
  const double step_s = usual_step(times_s);
  if (quantum_s > coarsest_quantum * step_s) {
    return places;  // too coarse to judge
  }
  const double own_Hz = rate_between_gaps(times_s, step_s);
  XINGU_REQUIRE(!stated_Hz || std::abs(*stated_Hz / own_Hz - 1.0) < rate_tolerance,
                "{}: rate_Hz says {:g} Hz, and its rows are {:.4g} ms apart, which is {:.4g} Hz (intervals would be "
                "wrong); correct one of them",
                file, stated_Hz.value_or(0.0), 1e3 / own_Hz, own_Hz);
  if (are_even_but_for_jitter(times_s, rounded_rate(own_Hz))) {
    return places;
  }
  std::uint64_t frame = 0;
  std::size_t num_gaps = 0;
  double first_gap_s = 0.0;
  std::vector<std::uint64_t> frames{0};
  frames.reserve(times_s.size());
  const double tolerance = uneven_part + 2.0 * quantum_s * own_Hz;
  for (std::size_t i = 1; i < times_s.size(); ++i) {
    const double steps = (times_s[i] - times_s[i - 1]) * own_Hz;
    const double whole = std::max(1.0, std::round(steps));
    // the longer a gap, the less its end is known to a part of a step
    XINGU_REQUIRE(
        std::abs(steps - whole) <= tolerance + whole_rate_tolerance * whole,
        "{}: row {} at {:g} s is {:.4g} ms after the one before, where {:.4g} ms are usual (times are uneven, "
        "and intervals would be wrong); export it evenly sampled",
        file, i + 1, times_s[i], 1e3 * (times_s[i] - times_s[i - 1]), 1e3 / own_Hz);
    if (whole > 1.0) {
      first_gap_s = num_gaps == 0 ? times_s[i - 1] : first_gap_s;
      ++num_gaps;
    }
    XINGU_REQUIRE(whole < static_cast<double>(most_frames) && frame + static_cast<std::uint64_t>(whole) < most_frames,
                  "{}: rows are missing from {:g} s to {:g} s (too long to be held in memory); split the recording",
                  file, times_s[i - 1], times_s[i]);
    frame += static_cast<std::uint64_t>(whole);
    frames.push_back(frame);
  }
  if (num_gaps == 0) {
    return places;
  }
  places.rate_Hz = stated_Hz.value_or(rounded_rate(own_Hz));
  places.frame = std::move(frames);
  places.num_frames = frame + 1;
  places.warning = fmt::format(
      "{}: {} rows are missing at {} place{}, the first after {:g} s; samples without a value stand for them", file,
      places.num_frames - times_s.size(), num_gaps, num_gaps == 1 ? "" : "s", first_gap_s);
  return places;
}

}  // namespace xingu::ecg
