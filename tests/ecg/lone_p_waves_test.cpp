// SPDX-License-Identifier: Apache-2.0
// Atria that go on while the ventricles stand still.
#include "ecg/lone_p_waves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/philox.h"
#include "ecg/long_recording.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

/// Waves of the atria's size and slowness as fast as flutter, on eight leads, and nothing else.
LeadSignals fast_waves(double per_min, double height_mv) {
  LeadSignals out{500.0, {"I", "II", "V1", "V2", "V3", "V4", "V5", "V6"}, {}};
  for (std::size_t lead = 0; lead < 8; ++lead) {
    std::vector<float> x(5000);
    const Philox random(3, lead);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double since_s = std::fmod(static_cast<double>(i) / 500.0, 60.0 / per_min);
      const double hump = since_s < 0.1 ? 0.5 - 0.5 * std::cos(2.0 * 3.14159265 * since_s / 0.1) : 0.0;
      x[i] = static_cast<float>(height_mv * (0.6 + 0.05 * static_cast<double>(lead)) * hump +
                                0.01 * (random.uniform(i) - 0.5));
    }
    out.mv.push_back(std::move(x));
  }
  return out;
}

TEST(LonePWaves, are_none_where_they_follow_each_other_faster_than_a_sinus_node_beats) {
  for (const double height_mv : {0.12, 0.15}) {
    const Analysis a = analyse(fast_waves(227.0, height_mv), {}, test::shipped_thresholds());
    EXPECT_FALSE(a.says("cannot_say_ventricles")) << height_mv << " mV: no P waves are known to be there";
    EXPECT_TRUE(a.says("cannot_say_beats")) << height_mv << " mV: " << a.statements.front().code;
  }
}

struct StandStill {
  double duration_s = 10.0;
  double from_s = 0.0;  ///< no ventricle beats between these
  double until_s = 1e9;
  double p_times = 1.0;    ///< P waves as high as usual, 0.16 mV in II, times this
  double all_times = 1.0;  ///< every wave
  PhantomRhythm rhythm = PhantomRhythm::sinus;
  double noise_mV = 0.02;  ///< from top to bottom
};

/// A phantom's recording without QRS and T of the beats within a stretch, with the noise of an amplifier.
EcgRecord record_of(const StandStill& what, Phantom* truth = nullptr) {
  PhantomSettings settings;
  settings.duration_s = what.duration_s;
  settings.rhythm = what.rhythm;
  const Phantom heart = make_phantom(settings);
  EcgRecord record = to_ecg_record(heart.recording);
  for (std::size_t lead = 0; lead < record.samples.size(); ++lead) {
    std::vector<std::int32_t>& x = record.samples[lead];
    const auto change = [&](double onset_s, double offset_s, double factor) {
      for (auto i = std::max<std::ptrdiff_t>(0, std::lround(onset_s * settings.rate_Hz));
           i < std::min(std::ssize(x), std::lround(offset_s * settings.rate_Hz)); ++i) {
        std::int32_t& sample = x[static_cast<std::size_t>(i)];
        sample = static_cast<std::int32_t>(std::lround(factor * sample));
      }
    };
    for (const PhantomBeat& beat : heart.beats) {
      if (beat.qrs.peak_s >= what.from_s && beat.qrs.peak_s < what.until_s) {
        change(beat.qrs.onset_s, beat.t.offset_s, 0.0);
      }
      if (beat.p) {
        change(beat.p->onset_s, beat.p->offset_s, what.p_times);
      }
    }
    for (const PhantomWave& p : heart.blocked_p) {
      change(p.onset_s, p.offset_s, what.p_times);
    }
    const Philox random(9, lead);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<std::int32_t>(
          std::lround(what.all_times * x[i] + 1000.0 * what.noise_mV * (random.uniform(i) - 0.5)));
    }
  }
  if (truth != nullptr) {
    *truth = heart;
  }
  return record;
}

Analysis analysed(const StandStill& what) {
  return analyse(lead_signals(record_of(what)), {}, test::shipped_thresholds());
}

std::size_t num_beats_outside(const Phantom& heart, const StandStill& what) {
  return static_cast<std::size_t>(std::ranges::count_if(heart.beats, [&](const PhantomBeat& beat) {
    return (beat.qrs.peak_s < what.from_s || beat.qrs.peak_s >= what.until_s) && beat.qrs.onset_s > 0.1 &&
           beat.qrs.offset_s < what.duration_s - 0.1;
  }));
}

TEST(TakeOutLonePWaves, give_no_rate_where_no_complex_was_seen) {
  for (const double p_times : {1.0, 1.6, 2.2}) {
    const Analysis a = analysed({.p_times = p_times});
    EXPECT_FALSE(a.measurements.rate_per_min) << p_times;
    EXPECT_TRUE(a.beats.sample.empty()) << p_times;
    EXPECT_TRUE(a.says("cannot_say_ventricles") || a.says("no_beats_in_good_leads")) << p_times;
    EXPECT_EQ(a.statements.size(), 1U) << a.statements.back().code;
  }
}

TEST(TakeOutLonePWaves, are_no_beats_where_one_stands_out_of_noise) {
  // P waves of 0.09 mV in the noise of an amplifier: the detector takes one or two of the six seconds' for beats
  for (const double p_times : {0.5, 0.6, 0.7}) {
    const Analysis a = analysed({.duration_s = 10.0, .from_s = 4.0, .p_times = p_times, .noise_mV = 0.05});
    EXPECT_TRUE(a.says("no_beats_for")) << p_times;
    EXPECT_FALSE(a.says("ventricular_ectopy") || a.says("supraventricular_ectopy")) << p_times;
  }
}

TEST(TakeOutLonePWaves, are_no_beats_behind_or_between_complexes) {
  for (const double p_times : {1.0, 2.2}) {
    for (const double length_s : {5.0, 60.0}) {
      const StandStill at_end{.duration_s = 30.0 + length_s, .from_s = 30.0, .p_times = p_times};
      Phantom heart;
      record_of(at_end, &heart);
      const Analysis a = analysed(at_end);
      EXPECT_EQ(a.beats.sample.size(), num_beats_outside(heart, at_end)) << p_times << ' ' << length_s;
      EXPECT_TRUE(a.says("no_beats_for")) << p_times << ' ' << length_s;
      const Analysis between =
          analysed({.duration_s = 40.0 + length_s, .from_s = 20.0, .until_s = 20.0 + length_s, .p_times = p_times});
      EXPECT_TRUE(between.says("long_pause")) << p_times << ' ' << length_s;
    }
  }
}

TEST(TakeOutLonePWaves, are_no_beats_beside_a_slow_escape) {
  for (const double p_times : {1.0, 2.2}) {
    const StandStill block{.duration_s = 30.0, .from_s = 1e9, .p_times = p_times, .rhythm = PhantomRhythm::av_block_3};
    Phantom heart;
    record_of(block, &heart);
    const Analysis a = analysed(block);
    EXPECT_NEAR(static_cast<double>(a.beats.sample.size()), static_cast<double>(num_beats_outside(heart, block)), 1.0)
        << p_times;
    EXPECT_TRUE(a.says("av_block_3")) << p_times;
  }
}

TEST(TakeOutLonePWaves, leaves_low_complexes) {
  const StandStill low{.from_s = 1e9, .all_times = 0.4};
  Phantom heart;
  record_of(low, &heart);
  const Analysis a = analysed(low);
  EXPECT_EQ(a.beats.sample.size(), num_beats_outside(heart, low));
  EXPECT_TRUE(a.says("sinus_rhythm"));
}

LongAnalysis analysed_long(const EcgRecord& record) {
  RecordSource source(record);
  return analyse_long(source, test::shipped_thresholds(), {.chunk_s = 120.0, .margin_s = 45.0});
}

TEST(TakeOutLonePWaves, are_counted_in_a_long_recording_and_give_no_rate_there) {
  const StandStill last_half{.duration_s = 600.0, .from_s = 240.0, .p_times = 2.0};
  Phantom heart;
  const LongAnalysis stopped = analysed_long(record_of(last_half, &heart));
  EXPECT_EQ(stopped.sequence.size(), num_beats_outside(heart, last_half));
  const auto lost = heart.beats.size() - num_beats_outside(heart, last_half);
  EXPECT_NEAR(static_cast<double>(stopped.num_lone_waves), static_cast<double>(lost), 5.0);
  EXPECT_TRUE(stopped.sequence.is_rejected.back()) << "no complex near says that this is no low one";
  const LongAnalysis healthy = analysed_long(record_of({.duration_s = 200.0, .from_s = 1e9, .p_times = 2.0}));
  EXPECT_EQ(healthy.num_lone_waves, 0U);
}

}  // namespace
}  // namespace xingu::ecg
