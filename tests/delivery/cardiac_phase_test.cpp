// SPDX-License-Identifier: Apache-2.0
#include "delivery/cardiac_phase.h"

#include <gtest/gtest.h>

#include <cmath>

#include "delivery/noise.h"

namespace xingu {
namespace {

constexpr double latency_s = 0.1;

/// R peaks with normally scattered intervals about 0.8 s.
std::vector<double> peaks(double scatter, int count) {
  const Noise noise(5, 1);
  std::vector<double> result{0.5};
  for (int i = 1; i < count; ++i) {
    result.push_back(result.back() + 0.8 * (1 + scatter * noise.normal(static_cast<std::uint64_t>(i))));
  }
  return result;
}

HeartReading beat(double time_s) { return {true, time_s, false, latency_s, 0.002}; }

CardiacPhase after_beats(const std::vector<double>& beats) {
  CardiacPhase phase;
  for (const double time_s : beats) {
    phase.observe(beat(time_s));
  }
  return phase;
}

TEST(CardiacPhase, goes_from_beat_to_beat_in_a_regular_heart) {
  const auto beats = peaks(0.0, 8);
  const CardiacPhase phase = after_beats(beats);
  for (const double part : {0.1, 0.5, 0.9, 1.05}) {
    const auto now = phase.at(beats.back() + part * 0.8);
    ASSERT_TRUE(now.is_known);
    EXPECT_NEAR(now.phase, part - std::floor(part), 1e-6);
    EXPECT_LT(now.sd, 0.01);
  }
}

TEST(CardiacPhase, gives_probabilities_that_come_true) {
  const auto beats = peaks(0.06, 4000);
  const CardiacGate gate{0.55, 0.85};
  CardiacPhase phase;
  struct Bin {
    double promised = 0.0;
    int in = 0;
    int count = 0;
  };
  std::array<Bin, 5> bins{};
  for (std::size_t i = 0; i + 2 < beats.size(); ++i) {
    phase.observe(beat(beats[i]));
    // every moment at which this beat is the last one known
    for (double t = beats[i] + latency_s; t < beats[i + 1] + latency_s; t += 0.02) {
      const std::size_t last = t < beats[i + 1] ? i : i + 1;
      const double truth = (t - beats[last]) / (beats[last + 1] - beats[last]);
      const double p = phase.probability_in(gate, t);
      Bin& bin = bins[std::min<std::size_t>(4, static_cast<std::size_t>(5 * p))];
      bin.promised += p;
      bin.in += truth >= gate.from && truth < gate.to ? 1 : 0;
      ++bin.count;
    }
  }
  for (const Bin& bin : bins) {
    ASSERT_GT(bin.count, 500);
    EXPECT_NEAR(static_cast<double>(bin.in) / bin.count, bin.promised / bin.count, 0.05);
  }
}

TEST(CardiacPhase, adds_up_over_complementary_gates) {
  const auto beats = peaks(0.05, 30);
  const CardiacPhase phase = after_beats(beats);
  for (double t = 0.15; t < 0.85; t += 0.05) {
    const double inside = phase.probability_in({0.3, 0.7}, beats.back() + t);
    const double outside = phase.probability_in({0.7, 0.3}, beats.back() + t);
    EXPECT_NEAR(inside + outside, 1.0, 1e-9);
  }
}

TEST(CardiacPhase, knows_nothing_when_the_beat_is_overdue_or_the_sensor_blind) {
  const auto beats = peaks(0.02, 30);
  CardiacPhase phase = after_beats(beats);
  EXPECT_TRUE(phase.at(beats.back() + 0.5).is_known);
  EXPECT_FALSE(phase.at(beats.back() + 1.2).is_known);
  EXPECT_EQ(phase.probability_in({0.0, 0.999}, beats.back() + 1.2), 0.0);
  phase.observe({false, 0.0, true, latency_s, 0.002});
  EXPECT_FALSE(phase.at(beats.back() + 0.5).is_known);
  phase.observe(beat(beats.back() + 0.8));
  EXPECT_FALSE(phase.at(beats.back() + 1.0).is_known) << "one beat is no rhythm";
  EXPECT_TRUE(phase.has_learnt());
}

TEST(CardiacPhase, learns_nothing_from_a_missed_beat_and_follows_a_new_rate) {
  auto beats = peaks(0.0, 20);
  beats.push_back(beats.back() + 1.6);
  CardiacPhase phase = after_beats(beats);
  EXPECT_NEAR(phase.at(beats.back() + 0.4).phase, 0.5, 0.01);
  for (int i = 0; i < 8; ++i) {
    beats.push_back(beats.back() + 0.35);
    phase.observe(beat(beats.back()));
  }
  EXPECT_NEAR(phase.at(beats.back() + 0.175).phase, 0.5, 0.02);
}

}  // namespace
}  // namespace xingu
