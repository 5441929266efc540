// SPDX-License-Identifier: Apache-2.0
#include "delivery/cardiac_phase.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xingu {
namespace {

constexpr double memory = 0.15;  // of the running mean and variance, per beat
constexpr int needed_intervals = 3;
constexpr double shortest_part = 0.5;  // of the mean interval: below, a beat was invented
constexpr double longest_part = 1.7;   // above, one was missed
constexpr int strange_for_new_rhythm = 3;
constexpr double least_sd_s = 0.004;
constexpr double overdue = 0.01;  // probability of an interval so long

}  // namespace

void CardiacPhase::observe(const HeartReading& reading) noexcept {
  latency_s_ = reading.latency_s;
  beat_sd_s_ = reading.beat_sd_s;
  if (reading.is_blind) {
    has_beat_ = false;
    num_intervals_ = 0;
    return;
  }
  if (!reading.has_beat) {
    return;
  }
  if (has_beat_) {
    learn(reading.beat_s - last_beat_s_);
  }
  last_beat_s_ = reading.beat_s;
  has_beat_ = true;
}

void CardiacPhase::learn(double interval_s) noexcept {
  if (num_intervals_ == 0) {
    mean_s_ = interval_s;
    variance_s2_ = 0.0;
    num_strange_ = 0;
    num_intervals_ = 1;
    return;
  }
  if (interval_s < shortest_part * mean_s_ || interval_s > longest_part * mean_s_) {
    if (++num_strange_ == strange_for_new_rhythm) {
      num_intervals_ = 0;
    }
    return;
  }
  num_strange_ = 0;
  ++num_intervals_;
  const double weight = std::max(memory, 1.0 / num_intervals_);
  const double error = interval_s - mean_s_;
  mean_s_ += weight * error;
  variance_s2_ = (1 - weight) * (variance_s2_ + weight * error * error);
  has_learnt_ = has_learnt_ || num_intervals_ >= needed_intervals;
}

double CardiacPhase::spread_s() const noexcept {
  return std::sqrt(variance_s2_ + beat_sd_s_ * beat_sd_s_ + least_sd_s * least_sd_s);
}

double CardiacPhase::is_longer(double interval_s) const noexcept {
  return 0.5 * std::erfc((interval_s - mean_s_) / (std::numbers::sqrt2 * spread_s()));
}

bool CardiacPhase::is_known(double time_s) const noexcept {
  return has_beat_ && num_intervals_ >= needed_intervals && is_longer(time_s - last_beat_s_ - latency_s_) > overdue;
}

CardiacPhase::Estimate CardiacPhase::at(double time_s) const noexcept {
  if (!is_known(time_s)) {
    return {};
  }
  const double beats = (time_s - last_beat_s_) / mean_s_;
  return {true, beats - std::floor(beats), beats * spread_s() / mean_s_};
}

double CardiacPhase::probability_in(const CardiacGate& gate, double time_s) const noexcept {
  if (!is_known(time_s)) {
    return 0.0;
  }
  const double elapsed = time_s - last_beat_s_;
  const double shortest = elapsed - latency_s_;  // a shorter interval would be known
  const double known = is_longer(shortest);
  // of the beats that may have come since the last known one, `beat` gives the phase elapsed / interval − beat
  const auto between = [&](double from, double to) {
    double sum = 0.0;
    for (int beat = 0; beat < 2; ++beat) {
      const double longest = from + beat > 0 ? is_longer(std::max(shortest, elapsed / (from + beat))) : 0.0;
      sum += is_longer(std::max(shortest, elapsed / (to + beat))) - longest;
    }
    return sum / known;
  };
  return gate.from <= gate.to ? between(gate.from, gate.to) : 1.0 - between(gate.to, gate.from);
}

}  // namespace xingu
