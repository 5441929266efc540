// SPDX-License-Identifier: Apache-2.0
#include "ecg/rhythm_episodes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace xingu::ecg {
namespace {

constexpr FibrillationRule rule{0.10, 0.25, 0.33};

/// Regular at 60/min with P waves, from `from_s` to `until_s` irregular without.
BeatSequence sequence(double duration_s, double from_s, double until_s) {
  BeatSequence s;
  s.rate_hz = 1000.0;
  double t = 0.5;
  for (int i = 0; t < duration_s; ++i) {
    const bool fibrillates = t >= from_s && t < until_s;
    s.sample.push_back(std::llround(1000.0 * t));
    s.type.push_back(BeatType::normal);
    s.p_probability.push_back(fibrillates ? 0.02F : 0.98F);
    t += fibrillates ? 0.5 + 0.1 * ((i * 7) % 11) : 1.0;
  }
  s.is_rejected.assign(static_cast<std::size_t>(duration_s) + 1, false);
  return s;
}

TEST(FibrillationByBeat, finds_an_episode_and_its_burden) {
  const BeatSequence s = sequence(600.0, 200.0, 350.0);
  const auto states = fibrillation_by_beat(s, rule);
  const FibrillationBurden burden = fibrillation_burden(s, states);
  EXPECT_NEAR(burden.share(), 0.25, 0.04);
  const auto episodes = find_episodes(s, states, {2.5, 3.0});
  ASSERT_EQ(episodes.size(), 1U);
  EXPECT_EQ(episodes[0].code, "atrial_fibrillation");
  EXPECT_NEAR(episodes[0].begin_s, 200.0, 17.0);
  EXPECT_NEAR(episodes[0].end_s, 350.0, 17.0);
}

TEST(FibrillationByBeat, is_undecided_in_rejected_seconds_and_in_short_stretches) {
  BeatSequence s = sequence(60.0, 0.0, 60.0);
  s.is_rejected.assign(61, true);
  for (const Fibrillation state : fibrillation_by_beat(s, rule)) {
    EXPECT_EQ(state, Fibrillation::undecided);
  }
  EXPECT_EQ(fibrillation_burden(s, fibrillation_by_beat(s, rule)).decided_s, 0.0);
  const BeatSequence few = sequence(3.0, 0.0, 0.0);
  EXPECT_EQ(fibrillation_by_beat(few, rule).front(), Fibrillation::undecided);
}

TEST(FibrillationByBeat, is_not_said_of_the_alternating_intervals_of_bigeminy) {
  for (const double spread_s : {0.0, 0.05, 0.2}) {
    BeatSequence s;
    s.rate_hz = 1000.0;
    double t = 0.5;
    for (int i = 0; t < 60.0; ++i) {
      s.sample.push_back(std::llround(1000.0 * t));
      s.type.push_back(i % 2 == 0 ? BeatType::normal : BeatType::ventricular);
      s.p_probability.push_back(0.05F);
      t += i % 2 == 0 ? 0.55 : 1.0 + spread_s * ((i * 7) % 11 - 5) / 2.0;
    }
    s.is_rejected.assign(61, false);
    EXPECT_EQ(fibrillation_by_beat(s, rule)[20], spread_s < 0.1 ? Fibrillation::no : Fibrillation::yes) << spread_s;
  }
}

TEST(FibrillationByBeat, is_not_said_of_irregular_beats_with_p_waves_nor_of_regular_ones_without) {
  BeatSequence s = sequence(100.0, 0.0, 100.0);
  std::ranges::fill(s.p_probability, 0.9F);
  EXPECT_EQ(fibrillation_by_beat(s, rule)[40], Fibrillation::no);
  BeatSequence regular = sequence(100.0, 0.0, 0.0);
  std::ranges::fill(regular.p_probability, 0.0F);
  EXPECT_EQ(fibrillation_by_beat(regular, rule)[40], Fibrillation::no);
}

TEST(FibrillationByBeat, is_not_said_for_want_of_p_waves_before_extrasystoles_of_the_ventricles) {
  BeatSequence s = sequence(100.0, 0.0, 100.0);
  for (std::size_t b = 0; b < s.size(); ++b) {
    const bool is_ectopic = b % 4 != 0;  // long runs, between irregular beats of the sinus node
    s.type[b] = is_ectopic ? BeatType::ventricular : BeatType::normal;
    s.p_probability[b] = is_ectopic ? 0.05F : 0.7F;
  }
  const std::vector<Fibrillation> states = fibrillation_by_beat(s, rule);
  for (std::size_t b = 16; b + 16 < s.size(); ++b) {  // where five beats of the sinus node can be seen
    EXPECT_EQ(states[b], Fibrillation::no) << b;
  }
}

TEST(SettleFibrillation, leaves_supraventricular_beats_outside_episodes) {
  BeatSequence s = sequence(600.0, 200.0, 350.0);
  std::ranges::fill(s.type, BeatType::supraventricular);
  const auto states = settle_fibrillation(s, rule);
  EXPECT_EQ(s.type[20], BeatType::supraventricular);
  EXPECT_EQ(s.type[250], BeatType::normal) << "in the middle of the episode";
  BeatSequence brief = sequence(120.0, 40.0, 70.0);
  std::ranges::fill(brief.type, BeatType::supraventricular);
  const auto of_brief = settle_fibrillation(brief, rule);
  EXPECT_GT(std::ranges::count(of_brief, Fibrillation::yes), 3) << "a stretch too short for an episode";
  EXPECT_EQ(std::ranges::count(brief.type, BeatType::normal), 0);
}

TEST(FindEpisodes, names_runs_and_pauses_with_their_rates) {
  BeatSequence s;
  s.rate_hz = 1000.0;
  s.sample = {1000, 2000, 2400, 2800, 3200, 4500, 8000, 9000};
  s.type.assign(8, BeatType::normal);
  s.type[2] = s.type[3] = s.type[4] = BeatType::ventricular;
  s.p_probability.assign(8, 1.0F);
  s.is_rejected.assign(10, false);
  std::vector<Fibrillation> states(8, Fibrillation::no);
  auto episodes = find_episodes(s, states, {2.0, 3.0});
  ASSERT_EQ(episodes.size(), 2U);
  EXPECT_EQ(episodes[0].code, "ventricular_run");
  EXPECT_EQ(episodes[0].num_beats, 3U);
  EXPECT_NEAR(*episodes[0].rate_per_min, 150.0, 1e-9);
  EXPECT_EQ(episodes[1].code, "pause");
  EXPECT_FALSE(episodes[1].rate_per_min);
  s.is_rejected[6] = true;
  episodes = find_episodes(s, states, {2.0, 3.0});
  EXPECT_EQ(episodes.size(), 1U) << "a gap in the signal is no pause";
}

TEST(FindRuns, go_on_through_rejected_seconds_only_where_beats_are_so_near_that_none_is_missing) {
  for (const double interval_s : {0.4, 0.59, 0.61, 1.0}) {
    BeatSequence s;
    s.rate_hz = 1000.0;
    for (std::size_t b = 0; b < 20; ++b) {
      s.sample.push_back(std::llround(1000.0 * (0.5 + interval_s * static_cast<double>(b))));
      s.type.push_back(b >= 4 && b < 16 ? BeatType::ventricular : BeatType::normal);
    }
    s.is_rejected.assign(21, false);
    ASSERT_EQ(find_runs(s, BeatType::ventricular).size(), 1U);
    EXPECT_NEAR(find_runs(s, BeatType::ventricular).front().rate_per_min, 60.0 / interval_s, 0.1);
    s.is_rejected[static_cast<std::size_t>(s.time_s(10))] = true;
    const std::vector<BeatRun> runs = find_runs(s, BeatType::ventricular);
    ASSERT_FALSE(runs.empty());
    EXPECT_EQ(runs.front().length == 12, interval_s < 0.6) << interval_s;
  }
}

TEST(FindRuns, go_on_across_no_interval_in_which_beats_were_missed) {
  BeatSequence s = sequence(60.0, 0.0, 0.0);
  const double interval_s = s.time_s(11) - s.time_s(10);
  for (const std::size_t b : {20, 21, 22}) {
    s.type[b] = BeatType::ventricular;
  }
  ASSERT_EQ(find_runs(s, BeatType::ventricular).size(), 1U);
  for (std::size_t b = 22; b < s.size(); ++b) {  // as if two beats were missed before the third
    s.sample[b] += static_cast<std::int64_t>(2.0 * interval_s * s.rate_hz);
  }
  EXPECT_TRUE(find_runs(s, BeatType::ventricular).empty());
  for (std::size_t b = 0; b < s.size(); ++b) {  // slow ventricles are a run all the same
    s.sample[b] = static_cast<std::int64_t>(1.9 * static_cast<double>(b) * s.rate_hz);
    s.type[b] = BeatType::ventricular;
  }
  s.is_rejected.assign(static_cast<std::size_t>(2.0 * static_cast<double>(s.size())), false);
  EXPECT_EQ(find_runs(s, BeatType::ventricular).size(), 1U);
}

TEST(FindEpisodes, tells_a_silence_from_the_limit_on) {
  BeatSequence s = sequence(20.0, 0.0, 0.0);
  s.is_rejected.assign(25, false);
  const std::vector<Fibrillation> states(s.size(), Fibrillation::no);
  const double silence_s = 24.0 - s.time_s(s.size() - 1);
  ASSERT_EQ(find_episodes(s, states, {2.0, silence_s - 0.1}).size(), 1U);
  EXPECT_EQ(find_episodes(s, states, {2.0, silence_s - 0.1}).front().code, "no_beats");
  EXPECT_TRUE(find_episodes(s, states, {2.0, silence_s + 0.1}).empty());
}

TEST(Trend, gives_a_row_a_minute_and_no_rate_where_nothing_counts) {
  BeatSequence s = sequence(180.0, 0.0, 0.0);
  s.type[70] = BeatType::ventricular;
  for (std::size_t second = 120; second < 181; ++second) {
    s.is_rejected[second] = true;
  }
  const auto rows = trend(s, fibrillation_by_beat(s, rule));
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_NEAR(*rows[0].mean_rate, 60.0, 1e-9);
  EXPECT_NEAR(*rows[0].slowest_rate, 60.0, 1e-9);
  EXPECT_EQ(rows[1].ventricular, 1U);
  EXPECT_FALSE(rows[2].mean_rate);
  EXPECT_EQ(rows[2].rejected_s, 60U);
}

TEST(IrregularityOf, is_zero_for_a_regular_heart_and_leaves_out_rejected_seconds_and_beats_that_do_not_count) {
  BeatSequence beats;
  beats.rate_hz = 500.0;
  for (int b = 0; b < 10; ++b) {
    beats.sample.push_back(100 + 400 * b + (b > 6 ? 37 * (b % 2) : 0));
  }
  beats.is_rejected.assign(10, false);
  const auto of = [&] { return irregularity_of(beats, 0, beats.size(), [](std::size_t) { return true; }); };
  EXPECT_NEAR(of().value(), 0.0, 1e-6);
  EXPECT_EQ(irregularity_of(beats, 0, beats.size(), [](std::size_t b) { return b != 5; }).intervals.size(), 7U);
  beats.sample = {0, 400, 900, 1300, 1800, 2200};
  EXPECT_NEAR(of().value(), 100.0 / 440.0, 1e-6);
  beats.is_rejected.assign(10, true);
  EXPECT_FALSE(of().is_known());
}

}  // namespace
}  // namespace xingu::ecg
