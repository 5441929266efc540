// SPDX-License-Identifier: Apache-2.0
#include "ecg/long_recording.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <numbers>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "ecg/formats/recording.h"
#include "ecg/heart_rate_variability.h"
#include "ecg/pacing_spikes.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

/// Four minutes of a heart with extrasystoles on the leads I, V1 and V5, of which V5 comes loose for half a minute.
EcgRecord recording(double rate_hz = 125.0, double duration_s = 240.0) {
  PhantomSettings settings;
  settings.rate_Hz = rate_hz;
  settings.duration_s = duration_s;
  settings.pvc_share = 0.08;
  const EcgRecord twelve = to_ecg_record(make_phantom(settings).recording);
  EcgRecord out{twelve.info, {}};
  out.info.channels.clear();
  for (const char* const name : {"I", "V1", "V5"}) {
    const auto at = std::ranges::find(twelve.info.channels, name, &Channel::name) - twelve.info.channels.begin();
    out.info.channels.push_back(twelve.info.channels[static_cast<std::size_t>(at)]);
    out.samples.push_back(twelve.samples[static_cast<std::size_t>(at)]);
  }
  const auto second = static_cast<std::ptrdiff_t>(rate_hz);
  std::fill(out.samples[2].begin() + 100 * second, out.samples[2].begin() + 130 * second, invalid_sample);
  return out;
}

LongAnalysis analysed(const EcgRecord& record, const LongRecordingSettings& settings) {
  RecordSource source(record);
  return analyse_long(source, test::shipped_thresholds(), settings);
}

constexpr LongRecordingSettings short_chunks{40.0, 30.0, 250.0};

TEST(AnalyseLong, gives_what_the_whole_analysis_gives_within_one_chunk) {
  const EcgRecord record = recording();
  const Analysis whole = analyse(lead_signals(record), {}, test::shipped_thresholds());
  const LongAnalysis cut = analysed(record, {});
  EXPECT_EQ(cut.sequence.sample, whole.sequence.sample);
  EXPECT_EQ(cut.sequence.type, whole.sequence.type);
  EXPECT_EQ(cut.sequence.p_probability, whole.sequence.p_probability);
  EXPECT_EQ(cut.sequence.is_rejected, whole.sequence.is_rejected);
  EXPECT_EQ(cut.fibrillation, whole.fibrillation);
  ASSERT_EQ(cut.good_part.size(), 3U);
  for (std::size_t lead = 0; lead < 3; ++lead) {
    EXPECT_DOUBLE_EQ(cut.good_part[lead], whole.quality.good_part(lead));
  }
}

/// Levels of a lead that jump up and down between beats, every 7.3 s.
void add_contact_steps(const std::vector<double>& beats_s, double rate_hz, double height_mv, double gain,
                       std::vector<std::int32_t>& lead) {
  for (std::size_t b = 8; b + 9 < beats_s.size(); b += 18) {
    const double from_s = 0.45 * beats_s[b] + 0.55 * beats_s[b + 1];
    const double until_s = 0.45 * beats_s[b + 8] + 0.55 * beats_s[b + 9];
    for (auto i = std::lround(from_s * rate_hz); i < std::lround(until_s * rate_hz); ++i) {
      lead[static_cast<std::size_t>(i)] += static_cast<std::int32_t>(std::lround(height_mv * gain));
    }
  }
}

TEST(AnalyseLong, takes_no_contact_step_for_a_beat) {
  for (const double rate_hz : {250.0, 500.0}) {
    PhantomSettings settings;
    settings.rate_Hz = rate_hz;
    settings.duration_s = 240.0;
    const Phantom phantom = make_phantom(settings);
    const EcgRecord clean = to_ecg_record(phantom.recording);
    std::vector<double> beats_s;
    std::ranges::transform(phantom.beats, std::back_inserter(beats_s),
                           [](const auto& beat) { return beat.qrs.peak_s; });
    EcgRecord stepped = clean;
    for (std::size_t lead = 6; lead < 12; ++lead) {
      add_contact_steps(beats_s, rate_hz, 1.5 + 0.3 * static_cast<double>(lead), clean.info.channels[lead].gain,
                        stepped.samples[lead]);
    }
    const LongAnalysis without = analysed(clean, {});
    for (const LongRecordingSettings& chunks : {LongRecordingSettings{}, short_chunks}) {
      const LongAnalysis with = analysed(stepped, chunks);
      EXPECT_EQ(std::ranges::count(with.sequence.type, BeatType::ventricular), 0) << rate_hz;
      EXPECT_EQ(with.sequence.size(), without.sequence.size()) << rate_hz;
    }
  }
}

TEST(AnalyseLong, leaves_out_a_lead_that_is_dead_for_a_whole_chunk) {
  EcgRecord record = recording(250.0);
  const LongAnalysis clean = analysed(record, {});
  for (std::size_t i = 0; i < record.num_samples(); ++i) {  // mains of 3 mV whose height swells, on V5
    const double t_s = static_cast<double>(i) / 250.0;
    const double swell = 1.0 + 0.8 * std::sin(2 * std::numbers::pi * 0.9 * t_s);
    record.samples[2][i] = static_cast<std::int32_t>(
        std::lround(3.0 * record.info.channels[2].gain * swell * std::sin(2 * std::numbers::pi * 50.0 * t_s)));
  }
  const LongAnalysis dead = analysed(record, {});
  const Analysis whole = analyse(lead_signals(record), {}, test::shipped_thresholds());
  ASSERT_FALSE(whole.useless_leads.empty());
  EXPECT_EQ(dead.sequence.type, whole.sequence.type);
  EXPECT_EQ(dead.sequence.p_probability, whole.sequence.p_probability);
  EXPECT_EQ(std::ranges::count(dead.sequence.type, BeatType::ventricular),
            std::ranges::count(clean.sequence.type, BeatType::ventricular));
}

/// Without the right arm's electrode III is the only lead that is left.
TEST(AnalyseLong, finds_the_beats_in_iii_where_the_right_arms_electrode_is_off) {
  PhantomSettings settings;
  settings.rate_Hz = 250.0;
  settings.duration_s = 120.0;
  const Phantom phantom = make_phantom(settings);
  const EcgRecord clean = to_ecg_record(phantom.recording);
  for (const auto& [off_s, on_s] : {std::pair{0, 120}, std::pair{30, 70}}) {
    EcgRecord off = clean;
    for (std::size_t c = 0; c < off.samples.size(); ++c) {
      if (off.info.channels[c].name != "III") {
        std::fill(off.samples[c].begin() + 250 * off_s, off.samples[c].begin() + 250 * on_s, invalid_sample);
      }
    }
    const LongAnalysis a = analysed(off, {});
    EXPECT_NEAR(static_cast<double>(a.sequence.size()), static_cast<double>(phantom.beats.size()), 1.0) << off_s;
    EXPECT_EQ(std::ranges::count(a.sequence.is_rejected, true), 0) << off_s;
    EXPECT_TRUE(find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes()).empty()) << off_s;
  }
}

TEST(AnalyseLong, takes_coarse_heights_for_no_pacemaker) {
  EcgRecord record = recording(500.0);
  std::uint32_t state = 1;
  for (std::size_t lead = 0; lead < record.samples.size(); ++lead) {
    const double step = 0.1 * record.info.channels[lead].gain;  // 0.1 mV, and noise of a step
    for (std::int32_t& sample : record.samples[lead]) {
      state = state * 1664525U + 1013904223U;
      const double noise = static_cast<double>(state >> 8U) * 0x1.0p-24 - 0.5;
      sample = sample == invalid_sample
                   ? sample
                   : static_cast<std::int32_t>(std::lround(step * std::round(sample / step + noise)));
    }
  }
  ASSERT_GT(find_pacing_spikes(lead_signals(record)).size(), 10U) << "without the step there would be some";
  const LongAnalysis coarse = analysed(record, {});
  EXPECT_GT(coarse.sequence.size(), 200U);
  EXPECT_TRUE(coarse.capture.answered.empty());
  EXPECT_TRUE(coarse.capture.unanswered.empty());
  EXPECT_EQ(std::ranges::count(coarse.sequence.type, BeatType::paced), 0);
}

TEST(AnalyseLong, gives_the_same_beats_in_many_chunks) {
  const EcgRecord record = recording();
  const Analysis whole = analyse(lead_signals(record), {}, test::shipped_thresholds());
  ASSERT_GT(std::ranges::count(whole.sequence.type, BeatType::ventricular), 10);
  const LongAnalysis cut = analysed(record, short_chunks);
  ASSERT_EQ(cut.sequence.size(), whole.sequence.size());
  for (std::size_t b = 0; b < cut.sequence.size(); ++b) {
    EXPECT_NEAR(static_cast<double>(cut.sequence.sample[b]), static_cast<double>(whole.sequence.sample[b]), 1.0);
  }
  EXPECT_EQ(cut.sequence.type, whole.sequence.type);
  EXPECT_EQ(cut.sequence.is_rejected, whole.sequence.is_rejected);
  EXPECT_EQ(cut.fibrillation, whole.fibrillation);
  for (std::size_t lead = 0; lead < 3; ++lead) {
    EXPECT_NEAR(cut.good_part[lead], whole.quality.good_part(lead), 0.01);
  }
}

TEST(AnalyseLong, counts_the_tall_t_waves_that_it_takes_out_once) {
  const std::vector<double> beats = test_signals::regular_beats(0.6, 0.8, 120.0);
  LeadSignals signals = test_signals::synthetic_ecg(beats, 120.0, 250.0).signals;
  for (std::vector<float>& lead : signals.mv) {
    for (const double at : beats) {
      for (int i = -38; i <= 38; ++i) {
        const double t = i / (0.03 * signals.rate_hz);
        lead[static_cast<std::size_t>(std::llround((at + 0.27) * signals.rate_hz) + i)] +=
            static_cast<float>(1.8 * std::exp(-t * t / 2));
      }
    }
  }
  EcgRecord record;
  record.info.rate_hz = signals.rate_hz;
  record.info.num_samples = static_cast<std::int64_t>(signals.num_samples());
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    record.info.channels.push_back({signals.names[lead], "mV", 1000.0, 0.0, 16});
    std::vector<std::int32_t>& samples = record.samples.emplace_back();
    std::ranges::transform(signals.mv[lead], std::back_inserter(samples),
                           [](float mv) { return static_cast<std::int32_t>(std::lround(1000.0F * mv)); });
  }
  const Analysis whole = analyse(lead_signals(record), {}, test::shipped_thresholds());
  ASSERT_TRUE(whole.says("tall_t_waves"));
  EXPECT_EQ(analysed(record, {}).num_tall_t, whole.beats.tall_t.size());
  EXPECT_EQ(analysed(record, short_chunks).num_tall_t, whole.beats.tall_t.size());
  EXPECT_EQ(analysed(recording(), {}).num_tall_t, 0U);
}

TEST(AnalyseLong, takes_mains_out_before_beats_are_told_and_placed) {
  PhantomSettings settings;
  settings.rate_Hz = 250.0;
  settings.duration_s = 330.0;
  settings.pvc_share = 0.05;
  EcgRecord record = to_ecg_record(make_phantom(settings).recording);
  const LongAnalysis quiet = analysed(record, {});
  for (std::size_t lead = 0; lead < record.samples.size(); ++lead) {
    const MillivoltScale scale(record.info.channels[lead]);
    const double steps = 0.5 / (scale(1) - scale(0));
    for (std::size_t i = 0; i < record.samples[lead].size(); ++i) {
      record.samples[lead][i] += static_cast<std::int32_t>(
          std::lround(steps * std::sin(2 * std::numbers::pi * 50.2 * static_cast<double>(i) / settings.rate_Hz)));
    }
  }
  const LongAnalysis humming = analysed(record, {});
  ASSERT_LT(humming.good_part.front(), 0.1) << "mains is a fault";
  ASSERT_EQ(humming.sequence.size(), quiet.sequence.size());
  EXPECT_EQ(humming.sequence.type, quiet.sequence.type);
  EXPECT_EQ(humming.fibrillation, quiet.fibrillation);
  const auto rmssd_ms = [](const LongAnalysis& a) {
    return time_variability(normal_intervals(a.sequence, a.fibrillation, a.fine_offsets))->rmssd_ms;
  };
  EXPECT_NEAR(rmssd_ms(humming), rmssd_ms(quiet), 0.5);
}

TEST(AnalyseLong, gives_the_same_bits_on_any_number_of_threads) {
  const EcgRecord record = recording();
  const int before = num_threads();
  set_num_threads(1);
  const LongAnalysis one = analysed(record, short_chunks);
  set_num_threads(3);
  const LongAnalysis three = analysed(record, short_chunks);
  set_num_threads(before);
  EXPECT_EQ(one.sequence.sample, three.sequence.sample);
  EXPECT_EQ(one.sequence.type, three.sequence.type);
  EXPECT_EQ(one.sequence.p_probability, three.sequence.p_probability);
  EXPECT_EQ(one.good_part, three.good_part);
}

TEST(AnalyseLong, averages_fast_recordings_down_and_keeps_their_times) {
  const LongAnalysis cut = analysed(recording(1000.0), {});
  const Analysis whole = analyse(lead_signals(recording(250.0)), {}, test::shipped_thresholds());
  EXPECT_EQ(cut.sequence.rate_hz, 250.0);
  EXPECT_DOUBLE_EQ(cut.duration_s, 240.0);
  ASSERT_EQ(cut.sequence.size(), whole.sequence.size());
  for (std::size_t b = 0; b < cut.sequence.size(); ++b) {
    EXPECT_NEAR(cut.sequence.time_s(b), whole.sequence.time_s(b), 0.02);
  }
}

/// Sinus beats at 70/min for as long as is said, then wide complexes without P waves at 150/min.
EcgRecord sinus_then_ventricular(double sinus_s, double ventricular_s) {
  constexpr double rate_hz = 250.0;
  const double duration_s = sinus_s + ventricular_s;
  std::vector<double> sinus;
  for (double at = 0.5; at < sinus_s; at += 60.0 / 70.0) {
    sinus.push_back(at);
  }
  LeadSignals signals = test_signals::synthetic_ecg(sinus, duration_s, rate_hz, 3).signals;
  for (double at = sinus_s + 0.4; at < duration_s - 0.5; at += 0.4) {
    const auto add = [&](std::size_t lead, double centre_s, double height_mv, double width_s) {
      const auto from = static_cast<std::size_t>((centre_s - 4 * width_s) * rate_hz);
      for (std::size_t i = from; i < static_cast<std::size_t>((centre_s + 4 * width_s) * rate_hz); ++i) {
        const double t = (static_cast<double>(i) / rate_hz - centre_s) / width_s;
        signals.mv[lead][i] += static_cast<float>(height_mv * std::exp(-t * t / 2));
      }
    };
    for (std::size_t lead = 0; lead < 3; ++lead) {
      const double sign = lead == 1 ? 1.0 : -1.0;
      add(lead, at, 1.2 * sign, 0.024);
      add(lead, at + 0.06, -0.2, 0.022);
      add(lead, at + 0.2, -0.3 * sign, 0.03);
    }
  }
  EcgRecord record;
  record.info.rate_hz = rate_hz;
  record.info.num_samples = static_cast<std::int64_t>(signals.num_samples());
  for (std::size_t lead = 0; lead < 3; ++lead) {
    Channel channel;
    channel.name = signals.names[lead];
    channel.gain = 1000.0;
    record.info.channels.push_back(channel);
    std::vector<std::int32_t>& samples = record.samples.emplace_back();
    for (const float mv : signals.mv[lead]) {
      samples.push_back(static_cast<std::int32_t>(std::lround(1000.0 * mv)));
    }
  }
  return record;
}

TEST(AnalyseLong, takes_the_longer_part_for_no_sinus_rhythm_where_it_is_a_wide_complex_tachycardia) {
  for (const double sinus_s : {0.0, 60.0}) {
    const LongAnalysis a = analysed(sinus_then_ventricular(sinus_s, 100.0), {});
    const auto episodes = find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes());
    const auto wide = std::ranges::find(episodes, "wide_complex_tachycardia", &Episode::code);
    ASSERT_NE(wide, episodes.end()) << sinus_s;
    EXPECT_NEAR(wide->begin_s, sinus_s, 3.0);
    EXPECT_NEAR(wide->end_s, sinus_s + 100.0, 3.0);
    EXPECT_NEAR(wide->rate_per_min.value_or(0.0), 150.0, 1.0);
    EXPECT_EQ(std::ranges::count(episodes, "ventricular_run", &Episode::code), 0) << sinus_s;
    for (std::size_t b = 0; b < a.sequence.size(); ++b) {
      const double at = a.sequence.time_s(b);
      if (at < sinus_s - 1.0) {
        EXPECT_EQ(a.sequence.type[b], BeatType::normal) << at;
      } else if (at > sinus_s + 3.0) {
        EXPECT_NE(a.sequence.type[b], BeatType::normal) << at;
        EXPECT_EQ(a.fibrillation[b], Fibrillation::undecided);
      }
    }
    for (const NormalInterval& interval : normal_intervals(a.sequence, a.fibrillation, a.fine_offsets)) {
      EXPECT_LT(interval.end_s, sinus_s + 3.0) << "the variability is of the sinus node's beats";
    }
  }
}

void take_electrodes_off(double from_s, double until_s, EcgRecord& record) {
  for (std::vector<std::int32_t>& lead : record.samples) {
    std::fill(lead.begin() + std::lround(from_s * record.info.rate_hz),
              lead.begin() + std::lround(until_s * record.info.rate_hz), invalid_sample);
  }
}

std::vector<std::size_t> seconds_that_are(const std::vector<bool>& so) {
  std::vector<std::size_t> out;
  for (std::size_t s = 0; s < so.size(); ++s) {
    if (so[s]) {
      out.push_back(s);
    }
  }
  return out;
}

TEST(AnalyseLong, tells_rejected_seconds_where_they_are_at_any_rate_and_length_of_chunks) {
  for (const double rate_hz : {250.0, 257.0, 333.33, 503.0, 976.5625}) {
    EcgRecord record = recording(rate_hz, 241.4);
    take_electrodes_off(201.02, 210.98, record);  // an averaged sample may lie in two seconds of the frames
    const LongAnalysis whole = analysed(record, {});
    for (const LongRecordingSettings& chunks :
         {LongRecordingSettings{}, LongRecordingSettings{10.0, 20.0, 250.0}, LongRecordingSettings{17.0, 13.0, 250.0},
          LongRecordingSettings{40.0, 30.0, 250.0}}) {
      const LongAnalysis cut = analysed(record, chunks);
      const std::string what = fmt::format("{} Hz, chunks of {} s", rate_hz, chunks.chunk_s);
      EXPECT_EQ(cut.sequence.is_rejected.size(), 242U) << what;
      EXPECT_EQ(cut.sequence.is_untold.size(), 242U) << what;
      EXPECT_EQ(cut.sequence.is_swinging.size(), 242U) << what;
      EXPECT_EQ(cut.is_trembling.size(), 242U) << what;
      EXPECT_EQ(seconds_that_are(cut.sequence.is_rejected),
                (std::vector<std::size_t>{201, 202, 203, 204, 205, 206, 207, 208, 209, 210}))
          << what;
      EXPECT_EQ(cut.good_part, whole.good_part) << what;
    }
  }
}

TEST(AnalyseLong, rejects_as_analyse_does_the_seconds_that_are_missing_at_a_rate_that_is_no_whole_number) {
  for (const double rate_hz : {333.33, 333.7}) {
    EcgRecord record = recording(rate_hz, 641.4);
    take_electrodes_off(601.02, 610.98, record);
    const Analysis whole = analyse(lead_signals(record), {}, test::shipped_thresholds());
    std::vector<bool> is_missing;
    for (const LeadSecond& second : whole.quality.leads[0]) {
      is_missing.push_back(second.has(Fault::missing));
    }
    const std::vector<std::size_t> lost{601, 602, 603, 604, 605, 606, 607, 608, 609, 610};
    EXPECT_EQ(seconds_that_are(is_missing), lost) << rate_hz;
    for (const std::vector<bool>& is_rejected : {whole.beats.is_rejected, analysed(record, {}).sequence.is_rejected}) {
      const std::vector<std::size_t> rejected = seconds_that_are(is_rejected);
      EXPECT_TRUE(std::ranges::includes(rejected, lost)) << rate_hz;
      ASSERT_FALSE(rejected.empty()) << rate_hz;
      EXPECT_GE(rejected.front(), 599U) << rate_hz << ", where the last beat before the loss may be missed";
      EXPECT_LE(rejected.back(), 612U) << rate_hz << ", and the first one behind it";
    }
  }
}

TEST(AnalyseLong, has_the_seconds_of_the_recording_for_any_length_of_it) {
  const EcgRecord full = recording(503.0);
  for (const std::size_t frames : {std::size_t{503 * 60}, std::size_t{503 * 60 + 1}, std::size_t{503 * 61 - 1},
                                   std::size_t{503 * 61}, std::size_t{503 * 50 + 252}}) {
    EcgRecord record = full;
    for (std::vector<std::int32_t>& lead : record.samples) {
      lead.resize(frames);
    }
    for (const double chunk_s : {10.0, 11.5, 900.0}) {
      const LongAnalysis cut = analysed(record, {chunk_s, 7.5, 250.0});
      EXPECT_EQ(cut.sequence.is_rejected.size(), (frames + 502) / 503) << frames << " in chunks of " << chunk_s;
    }
  }
}

TEST(AnalyseLong, takes_what_is_short_or_empty) {
  EcgRecord record = recording();
  for (const std::size_t frames : {std::size_t{0}, std::size_t{1}, std::size_t{300}}) {
    for (std::vector<std::int32_t>& channel : record.samples) {
      channel.resize(frames);
    }
    const LongAnalysis cut = analysed(record, {});
    EXPECT_LT(cut.sequence.size(), 5U);
    EXPECT_EQ(cut.fibrillation.size(), cut.sequence.size());
  }
  EXPECT_THROW(static_cast<void>(analysed({record.info, {}}, {40.0, 30.0, 0.0})), InputError);
}

}  // namespace
}  // namespace xingu::ecg
