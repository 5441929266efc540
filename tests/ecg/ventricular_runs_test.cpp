// SPDX-License-Identifier: Apache-2.0
// Runs of beats of the ventricles beside a sinus rhythm: a fast heart for some seconds of a recording only.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/philox.h"
#include "dipole_heart.h"
#include "ecg/long_recording.h"
#include "ecg/rhythm_episodes.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

constexpr double recorded_s = 10.0;
constexpr double begins_s = 3.9;  // the run

/// Sinus beats one second apart about a run.
struct Heart {
  LeadSignals signals;
  std::vector<double> sinus_s;
  std::vector<double> run_s;
};

Heart heart_with_run(double per_min, std::size_t num) {
  Heart out;
  std::vector<DipoleBump> waves;
  const double interval_s = 60.0 / per_min;
  for (std::size_t b = 0; b < num; ++b) {
    out.run_s.push_back(begins_s + interval_s * static_cast<double>(b));
    test_signals::add_ventricular_beat(out.run_s.back(), interval_s, waves);
  }
  for (double at = 0.4; at < recorded_s - 0.5; at += 1.0) {
    if (at < begins_s - 0.35 || at > out.run_s.back() + 0.9) {
      out.sinus_s.push_back(at);
      test_signals::add_sinus_beat(at, 1.0, waves);
    }
  }
  out.signals = test_signals::leads_of(waves, recorded_s);
  return out;
}

/// "NNNVVVN": the beats' types.
std::string letters(const std::vector<BeatType>& types) {
  std::string out;
  for (const BeatType type : types) {
    out += type == BeatType::normal ? 'N' : type == BeatType::ventricular ? 'V' : '?';
  }
  return out;
}

std::string letters(const Heart& heart) {
  const auto num_before = static_cast<std::size_t>(
      std::ranges::count_if(heart.sinus_s, [&](double at) { return at < heart.run_s.front(); }));
  return std::string(num_before, 'N') + std::string(heart.run_s.size(), 'V') +
         std::string(heart.sinus_s.size() - num_before, 'N');
}

TEST(VentricularRuns, are_counted_beat_by_beat_and_leave_the_sinus_rhythm_its_name) {
  for (const double per_min : {140.0, 160.0, 180.0, 200.0}) {
    for (const std::size_t num : {std::size_t{5}, std::size_t{8}, std::size_t{12}}) {
      if (per_min < 150.0 && num == 8) {
        continue;  // too few beats for a pace of their own: the second, where the leads' weights change, is lost
      }
      SCOPED_TRACE(testing::Message() << num << " beats at " << per_min << "/min");
      const Heart heart = heart_with_run(per_min, num);
      const Analysis a = analyse(heart.signals, {}, test::shipped_thresholds());
      EXPECT_EQ(letters(a.sequence.type), letters(heart));
      const auto told = std::ranges::find(a.statements, "ventricular_tachycardia", &Statement::code);
      if (told == a.statements.end()) {
        ADD_FAILURE() << "no run is told";
        continue;
      }
      EXPECT_EQ(told->beats.size(), num);
      EXPECT_TRUE(a.says("sinus_rhythm"));
    }
  }
}

TEST(VentricularRuns, are_found_in_a_long_recording_as_well) {
  for (const double per_min : {140.0, 160.0, 180.0, 200.0}) {
    const Heart heart = heart_with_run(per_min, 12);
    RecordSource source(test_signals::to_record(heart.signals));
    const LongAnalysis a = analyse_long(source, test::shipped_thresholds());
    EXPECT_EQ(letters(a.sequence.type), letters(heart)) << per_min;
    const std::vector<BeatRun> runs = find_runs(a.sequence, BeatType::ventricular);
    EXPECT_TRUE(runs.size() == 1 && std::abs(runs.front().rate_per_min - per_min) < 2.0) << per_min;
  }
}

/// Fibrillating atria without waves of their own, 110 beats a minute, more than half of them of the ventricles.
LeadSignals fibrillation_with_wide_beats() {
  std::vector<DipoleBump> waves;
  const Philox random(3, 0);
  double at = 0.3;
  for (std::uint64_t b = 0; at < recorded_s - 0.4; ++b) {
    const double interval_s = 60.0 / 110.0 * (0.7 + 0.6 * random.uniform(b));
    if (b % 5 < 2) {
      const ConductedBeat beat = conducted_beat(at, interval_s, {});
      waves.insert(waves.end(), beat.bumps.begin() + 1, beat.bumps.end());  // no P wave
    } else {
      test_signals::add_ventricular_beat(at, interval_s, waves);
    }
    at += interval_s;
  }
  return test_signals::leads_of(waves, recorded_s);
}

TEST(VentricularRuns, of_fibrillating_atria_are_of_one_width_in_all_that_is_said) {
  const Analysis a = analyse(fibrillation_with_wide_beats(), {}, test::shipped_thresholds());
  ASSERT_TRUE(a.wide && a.measurements.qrs_ms);
  ASSERT_LT(*a.measurements.qrs_ms, 120.0) << "that of the conducted beats is measured";
  EXPECT_FALSE(a.says("prolonged_qt") || a.says("very_long_qt") || a.says("short_qt"));
  const auto st = std::ranges::find(a.statements, "cannot_say_st", &Statement::code);
  ASSERT_NE(st, a.statements.end());
  EXPECT_NE(st->reason.find(fmt::format("QRS {:.0f} ms", a.wide->qrs_ms)), std::string::npos) << st->reason;
}

}  // namespace
}  // namespace xingu::ecg
