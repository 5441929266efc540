// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/live_detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "base/philox.h"
#include "ecg/beat_comparison.h"
#include "ecg/limb_electrodes.h"
#include "ecg/simulation/front_end.h"
#include "ecg/simulation/phantom.h"
#include "support/allocations.h"

namespace xingu::ecg {
namespace {

struct Watched {
  std::vector<LiveBeat> beats;
  std::vector<double> true_s;
  double latency_s = 0.0;
};

Phantom heart(double rate_hz, double duration_s = 40.0, double per_min = 70.0) {
  PhantomSettings settings;
  settings.rate_Hz = rate_hz;
  settings.duration_s = duration_s;
  settings.heart_rate_per_min = per_min;
  return make_phantom(settings);
}

EcgRecord acquire(const Phantom& phantom, const FrontEndSettings& settings) {
  SimulatedFrontEnd front_end(std::make_unique<RecordSource>(to_ecg_record(phantom.recording)), settings);
  return read_all(front_end);
}

std::vector<LiveBeat> beats_of(LiveDetector& detector, const EcgRecord& record, std::size_t block_frames = 50) {
  RecordSource source(record);
  std::vector<std::int32_t> block(block_frames * record.info.channels.size());
  std::vector<LiveBeat> beats;
  while (const std::size_t count = source.read(block)) {
    detector.take(std::span(block).first(count * record.info.channels.size()),
                  [&](const LiveBeat& beat) { beats.push_back(beat); });
  }
  return beats;
}

/// Sample by sample; `look` sees the detector after each, with the sample's number, until an assertion in it fails.
template <typename Look>
void step_through(LiveDetector& detector, const EcgRecord& record, Look look) {
  std::vector<std::int32_t> frame(record.info.channels.size());
  for (std::size_t i = 0; i < record.num_samples() && !testing::Test::HasFatalFailure(); ++i) {
    for (std::size_t c = 0; c < frame.size(); ++c) {
      frame[c] = record.samples[c][i];
    }
    static_cast<void>(detector.step(frame));
    look(i);
  }
}

Watched watch(double rate_hz, const FrontEndSettings& settings) {
  const Phantom phantom = heart(rate_hz);
  const EcgRecord record = acquire(phantom, settings);
  LiveDetector detector(record.info);
  Watched result{beats_of(detector, record), {}, detector.latency_s()};
  for (const PhantomBeat& beat : phantom.beats) {
    result.true_s.push_back(beat.qrs.peak_s);
  }
  return result;
}

FrontEndSettings noisy() {
  FrontEndSettings settings;
  settings.mains_mV = 0.2;
  settings.muscle_mV = 0.1;
  settings.contact_mV = 0.2;
  settings.wander_mV = 0.5;
  settings.lost_share = 0.02;
  settings.pacer_mV = 2.0;
  settings.pacer_per_min = 37.0;
  return settings;
}

/// Beats after the learning time, within 60 ms of the truth.
BeatScore score_of(const Watched& watched) {
  const auto milliseconds = [](double s) { return static_cast<std::int64_t>(std::llround(1000 * s)); };
  std::vector<std::int64_t> truth;
  std::vector<std::int64_t> found;
  std::ranges::transform(watched.true_s, std::back_inserter(truth), milliseconds);
  std::ranges::transform(watched.beats, std::back_inserter(found),
                         [&](const LiveBeat& beat) { return milliseconds(beat.time_s); });
  const std::pair<std::int64_t, std::int64_t> learning{0, 4000};
  return compare_beats(truth, found, 60, {&learning, 1});
}

TEST(LiveDetector, finds_every_beat_of_a_clean_ecg_within_its_latency) {
  for (const double rate_hz : {250.0, 360.0, 500.0, 1000.0}) {
    const Watched watched = watch(rate_hz, {});
    const BeatScore score = score_of(watched);
    EXPECT_GT(score.true_positive, 35U);
    EXPECT_EQ(score.false_negative + score.false_positive, 0U) << rate_hz;
    EXPECT_LT(watched.latency_s, 0.15) << rate_hz;
    for (const LiveBeat& beat : watched.beats) {
      ASSERT_LE(beat.known_s - beat.time_s, watched.latency_s + 1e-9) << rate_hz;
      ASSERT_GT(beat.confidence, 0.5F);
    }
  }
}

TEST(LiveDetector, calls_nothing_noise_because_its_first_two_beats_differ) {
  EcgRecord record = acquire(heart(500.0, 12.0), {});
  LiveDetector first(record.info);
  const std::vector<LiveBeat> beats = beats_of(first, record);
  ASSERT_GE(beats.size(), 6U);
  const auto at = static_cast<std::size_t>(std::llround(beats.front().time_s * record.info.rate_hz));
  for (std::vector<std::int32_t>& channel : record.samples) {
    for (std::size_t i = at - 60; i < at + 60; ++i) {
      channel[i] = 2 * channel[at - 60] - channel[i];
    }
  }
  LiveDetector detector(record.info);
  std::size_t num_learning = 0;
  step_through(detector, record, [&](std::size_t i) {
    ASSERT_NE(detector.state(), LiveState::noisy) << i;
    ASSERT_EQ(detector.fibrillation(), FibrillationSign::none) << i;
    num_learning += i > at + 600 && detector.state() == LiveState::learning ? 1 : 0;
  });
  LiveDetector again(record.info);
  const std::vector<LiveBeat> odd = beats_of(again, record);
  ASSERT_EQ(odd.size(), beats.size());
  EXPECT_LE(odd[1].confidence, 0.5F);
  EXPECT_GT(odd[2].confidence, 0.5F);
  EXPECT_LT(num_learning, 500U) << "a second at most";
}

TEST(LiveDetector, finds_beats_through_contact_mains_muscle_and_lost_samples) {
  const BeatScore score = score_of(watch(500.0, noisy()));
  EXPECT_GT(score.sensitivity_percent(), 97.0);
  EXPECT_GT(score.positive_predictivity_percent(), 97.0);
}

TEST(LiveDetector, gives_the_same_beats_in_blocks_of_any_size) {
  const EcgRecord record = acquire(heart(500.0), noisy());
  LiveDetector whole(record.info);
  LiveDetector small(record.info);
  const auto a = beats_of(whole, record, record.num_samples());
  const auto b = beats_of(small, record, 7);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].time_s, b[i].time_s);
    ASSERT_EQ(a[i].known_s, b[i].known_s);
  }
}

TEST(LiveDetector, allocates_nothing_once_it_is_made) {
  const EcgRecord record = acquire(heart(500.0, 10.0), noisy());
  LiveDetector detector(record.info);
  std::vector<std::int32_t> frame(record.info.channels.size());
  std::size_t num_beats = 0;
  const std::uint64_t before = test::num_allocations();
  for (std::size_t i = 0; i < record.num_samples(); ++i) {
    for (std::size_t c = 0; c < frame.size(); ++c) {
      frame[c] = record.samples[c][i];
    }
    num_beats += detector.step(frame) ? 1U : 0U;
    static_cast<void>(detector.rate_per_min());
    static_cast<void>(detector.electrodes());
  }
  EXPECT_EQ(test::num_allocations(), before);
  EXPECT_GT(num_beats, 5U);
}

TEST(LiveDetector, gives_the_rate_of_a_beating_heart) {
  for (const double per_min : {35.0, 70.0, 180.0}) {
    const EcgRecord record = acquire(heart(500.0, 30.0, per_min), {});
    LiveDetector detector(record.info);
    EXPECT_EQ(detector.state(), LiveState::no_signal);
    EXPECT_FALSE(detector.rate_per_min());
    static_cast<void>(beats_of(detector, record));
    ASSERT_EQ(detector.state(), LiveState::beating) << per_min;
    EXPECT_NEAR(detector.rate_per_min().value_or(0.0), per_min, 0.04 * per_min);
  }
}

/// Part of the blocks of 0.1 s after the eighth second in which the detector says that the heart beats.
double beating_part(const EcgRecord& record) {
  LiveDetector detector(record.info);
  RecordSource source(record);
  std::vector<std::int32_t> block(50 * record.info.channels.size());
  double beating = 0.0, blocks = 0.0;
  for (int number = 0; const std::size_t count = source.read(block); ++number) {
    detector.take(std::span(block).first(count * record.info.channels.size()), [](const LiveBeat&) {});
    if (number >= 80) {
      beating += detector.state() == LiveState::beating ? 1.0 : 0.0;
      blocks += 1.0;
    }
  }
  return beating / blocks;
}

TEST(LiveDetector, says_that_a_heart_beats_that_fibrillates_fast_and_not_that_noise_does) {
  PhantomSettings settings;
  settings.duration_s = 60.0;
  settings.rhythm = PhantomRhythm::atrial_fibrillation;
  for (const double per_min : {150.0, 170.0, 190.0, 210.0}) {
    settings.heart_rate_per_min = per_min;
    EXPECT_GT(beating_part(acquire(make_phantom(settings), {})), 0.99) << per_min;
  }
  for (const std::size_t num_leads : {1U, 2U, 8U, 12U}) {
    EcgRecord noise = acquire(heart(500.0, 60.0), {});
    noise.info.channels.resize(std::min(num_leads, noise.info.channels.size()));
    noise.samples.resize(noise.info.channels.size());
    for (std::size_t c = 0; c < noise.samples.size(); ++c) {
      const Philox random(11, c);
      for (std::size_t i = 0; i < noise.samples[c].size(); ++i) {
        noise.samples[c][i] = static_cast<std::int32_t>(1000.0 * (random.uniform(i) - 0.5));
      }
    }
    EXPECT_LT(beating_part(noise), 0.01) << num_leads;
  }
}

TEST(LiveDetector, gives_no_rate_where_there_is_no_signal) {
  FrontEndSettings settings;
  settings.off = {{Electrode::ra, 12.0, 20.0}};
  EcgRecord record = acquire(heart(500.0, 20.0), settings);
  LiveDetector detector(record.info);
  static_cast<void>(beats_of(detector, record));
  EXPECT_EQ(detector.state(), LiveState::no_signal);
  EXPECT_FALSE(detector.rate_per_min());
  EXPECT_FALSE(detector.last_beat_s());
  EXPECT_EQ(detector.electrodes()[static_cast<std::size_t>(Electrode::v4)], Contact::unknown);
}

TEST(LiveDetector, knows_nothing_of_the_noise_before_a_loss_of_contact) {
  const Phantom phantom = heart(500.0, 45.0);
  for (const double noise_mv : {0.5, 2.0, 20.0}) {
    FrontEndSettings settings;
    settings.off = {{Electrode::ra, 20.0, 23.0}};
    EcgRecord record = acquire(phantom, settings);
    for (std::size_t c = 0; c < record.samples.size(); ++c) {
      const Philox random(7, c);
      for (std::size_t i = 0; i < 10'000; ++i) {
        const double mv = noise_mv * (2.0 * random.uniform(i) - 1.0);
        record.samples[c][i] += static_cast<std::int32_t>(std::lround(mv * record.info.channels[c].gain));
      }
    }
    LiveDetector detector(record.info);
    std::size_t num_found = 0;
    for (const LiveBeat& beat : beats_of(detector, record)) {
      num_found += beat.time_s > 26.0 ? 1 : 0;
    }
    const auto num_there =
        std::ranges::count_if(phantom.beats, [](const PhantomBeat& beat) { return beat.qrs.peak_s > 26.0; });
    EXPECT_NEAR(static_cast<double>(num_found), static_cast<double>(num_there), 1.0) << noise_mv;
  }
}

TEST(LiveDetector, says_that_a_heart_beats_only_once_it_has_and_of_a_lead_only_once_it_was_judged) {
  EcgRecord record = acquire(heart(500.0, 6.0), {});
  for (auto& lead : record.samples) {
    for (std::size_t i = 0; i < lead.size(); ++i) {
      lead[i] = static_cast<std::int32_t>(i * 7919 % 31);  // amplifier noise
    }
  }
  LiveDetector detector(record.info);
  step_through(detector, record, [&](std::size_t i) {
    ASSERT_NE(detector.state(), LiveState::beating) << i;
    ASSERT_EQ(detector.lead_contact(0) == Contact::unknown, i + 1 < 500) << i;
  });
  EXPECT_EQ(detector.state(), LiveState::no_beats);
}

TEST(LiveDetector, does_not_miss_beats_that_it_was_not_yet_listening_for) {
  for (const double per_min : {45.0, 60.0, 70.0, 90.0}) {
    const EcgRecord record = acquire(heart(500.0, 12.0, per_min), {});
    LiveDetector detector(record.info);
    step_through(detector, record, [&](std::size_t i) {
      ASSERT_NE(detector.state(), LiveState::no_beats) << per_min << " per minute, sample " << i;
    });
  }
}

/// The end of a complex whose middle lies before the end of the learning time is no beat of its own.
TEST(LiveDetector, places_its_first_beat_on_a_complex_and_not_at_its_end) {
  const EcgRecord record = acquire(heart(500.0, 8.0), {});
  const Phantom phantom = heart(500.0, 8.0);
  for (std::size_t skipped = 0; skipped < 500; skipped += 10) {
    EcgRecord later = record;
    for (std::vector<std::int32_t>& channel : later.samples) {
      channel.erase(channel.begin(), channel.begin() + static_cast<std::ptrdiff_t>(skipped));
    }
    LiveDetector detector(later.info);
    const std::vector<LiveBeat> beats = beats_of(detector, later);
    ASSERT_GE(beats.size(), 5U);
    const double first_s = beats.front().time_s + static_cast<double>(skipped) / 500.0;
    double nearest_s = 1.0;
    for (const PhantomBeat& beat : phantom.beats) {
      nearest_s = std::min(nearest_s, std::abs(beat.qrs.peak_s - first_s));
    }
    EXPECT_LT(nearest_s, 0.025) << "first beat at " << first_s;
  }
}

TEST(LiveDetector, does_not_take_a_pacemakers_stimuli_for_beats) {
  for (const double rate_hz : {500.0, 1000.0, 2000.0}) {
    const EcgRecord beating = acquire(heart(rate_hz, 20.0), {});
    EcgRecord paced = beating;
    const auto width = static_cast<std::size_t>(std::lround(0.002 * rate_hz));
    for (std::size_t c = 0; c < paced.samples.size(); ++c) {
      for (std::size_t i = static_cast<std::size_t>(7.0 * rate_hz); i < paced.num_samples(); ++i) {
        const bool is_stimulus = i % static_cast<std::size_t>(0.857 * rate_hz) < width;
        paced.samples[c][i] = static_cast<std::int32_t>(i * 7919 % 31) + (is_stimulus ? 3000 : 0);
      }
      for (std::size_t i = static_cast<std::size_t>(7.0 * rate_hz); i < paced.num_samples(); ++i) {
        paced.samples[c][i] += beating.samples[c][static_cast<std::size_t>(7.0 * rate_hz) - 1];
      }
    }
    LiveDetector detector(paced.info);
    const std::vector<LiveBeat> beats = beats_of(detector, paced);
    ASSERT_FALSE(beats.empty());
    EXPECT_LT(beats.back().time_s, 7.2) << rate_hz << " Hz";
    EXPECT_EQ(detector.state(), LiveState::no_beats) << rate_hz << " Hz";
    EXPECT_FALSE(detector.rate_per_min());
    EXPECT_LT(detector.latency_s(), 0.15);
  }
}

/// A heart some of whose leads change their level between its beats, up and down in turn; true beats beside it.
struct SteppedHeart {
  EcgRecord record;
  std::vector<double> true_s;
};

SteppedHeart stepped_heart(double rate_hz, double height_mv, std::size_t num_stepped, double at_part) {
  const Phantom phantom = heart(rate_hz, 60.0);
  SteppedHeart out{acquire(phantom, {}), {}};
  for (const PhantomBeat& beat : phantom.beats) {
    out.true_s.push_back(beat.qrs.peak_s);
  }
  for (std::size_t b = 6; b + 4 < out.true_s.size(); b += 6) {
    const auto part = [&](std::size_t beat) {
      return std::lround(((1 - at_part) * out.true_s[beat] + at_part * out.true_s[beat + 1]) * rate_hz);
    };
    for (std::size_t c = 0; c < num_stepped; ++c) {
      const auto step = static_cast<std::int32_t>(std::lround(height_mv * out.record.info.channels[c].gain));
      for (auto i = part(b); i < part(b + 3); ++i) {
        out.record.samples[c][static_cast<std::size_t>(i)] += step;
      }
    }
  }
  return out;
}

TEST(LiveDetector, does_not_take_a_contact_that_changes_for_a_beat) {
  for (const double rate_hz : {250.0, 360.0, 500.0, 1000.0}) {
    for (const double height_mv : {1.0, -1.6, 3.0}) {
      for (const std::size_t num_stepped : {1U, 4U, 7U, 8U}) {
        const SteppedHeart stepped = stepped_heart(rate_hz, height_mv, num_stepped, 0.6);
        LiveDetector detector(stepped.record.info);
        const BeatScore score = score_of({beats_of(detector, stepped.record), stepped.true_s, detector.latency_s()});
        EXPECT_EQ(score.false_positive, 0U) << rate_hz << " Hz, " << height_mv << " mV on " << num_stepped << " leads";
        EXPECT_EQ(score.false_negative, 0U) << rate_hz << " Hz, " << height_mv << " mV on " << num_stepped << " leads";
        EXPECT_LT(detector.latency_s(), 0.15);
      }
    }
  }
}

TEST(LiveDetector, does_not_take_the_jolt_of_an_electrode_for_a_beat) {
  for (const double rate_hz : {250.0, 500.0, 1000.0}) {
    for (const Electrode electrode : {Electrode::ra, Electrode::la, Electrode::ll}) {
      for (const double decay_s : {0.08, 0.25}) {
        SteppedHeart jolted = stepped_heart(rate_hz, 0.0, 0, 0.6);
        for (std::size_t b = 6; b + 4 < jolted.true_s.size(); b += 3) {
          const double at_s = 0.35 * jolted.true_s[b] + 0.65 * jolted.true_s[b + 1];
          for (std::size_t c = 0; c < jolted.record.samples.size(); ++c) {
            const Channel& channel = jolted.record.info.channels[c];
            const double mv = 1.2 * lead_of_electrode(canonical_lead(channel.name), electrode).value_or(0.0);
            for (auto i = static_cast<std::size_t>(at_s * rate_hz); i < jolted.record.num_samples(); ++i) {
              const double height = mv * std::exp((at_s - static_cast<double>(i) / rate_hz) / decay_s);
              jolted.record.samples[c][i] += static_cast<std::int32_t>(std::lround(height * channel.gain));
            }
          }
        }
        LiveDetector detector(jolted.record.info);
        const BeatScore score = score_of({beats_of(detector, jolted.record), jolted.true_s, detector.latency_s()});
        EXPECT_EQ(score.false_positive, 0U) << rate_hz << " Hz, " << to_string(electrode) << ' ' << decay_s;
        EXPECT_EQ(score.false_negative, 0U) << rate_hz << " Hz, " << to_string(electrode) << ' ' << decay_s;
      }
    }
  }
}

TEST(LiveDetector, finds_the_beats_beside_which_the_contact_of_other_leads_changes) {
  for (const double at_part : {0.0, 0.02, 0.05, 0.95, 0.98}) {
    const SteppedHeart stepped = stepped_heart(500.0, 2.0, 4, at_part);
    LiveDetector detector(stepped.record.info);
    const BeatScore score = score_of({beats_of(detector, stepped.record), stepped.true_s, detector.latency_s()});
    EXPECT_EQ(score.false_negative, 0U) << at_part;
    EXPECT_EQ(score.false_positive, 0U) << at_part;
  }
}

/// A heart whose ventricles stand still from a time on while the atria go on; P waves higher than usual by a factor.
EcgRecord standing_ventricles(double rate_hz, double duration_s, double from_s, double p_times) {
  const Phantom phantom = heart(rate_hz, duration_s);
  EcgRecord record = to_ecg_record(phantom.recording);
  for (std::vector<std::int32_t>& lead : record.samples) {
    const auto scale = [&](const PhantomWave& from, const PhantomWave& until, double factor) {
      const auto end = std::min(std::ssize(lead), std::lround(until.offset_s * rate_hz));
      for (auto i = std::max<std::ptrdiff_t>(0, std::lround(from.onset_s * rate_hz)); i < end; ++i) {
        std::int32_t& sample = lead[static_cast<std::size_t>(i)];
        sample = static_cast<std::int32_t>(std::lround(factor * sample));
      }
    };
    for (const PhantomBeat& beat : phantom.beats) {
      if (beat.qrs.peak_s > from_s) {
        scale(beat.qrs, beat.t, 0.0);
      }
      scale(*beat.p, *beat.p, p_times);
    }
    for (std::size_t i = 0; i < lead.size(); ++i) {
      lead[i] += static_cast<std::int32_t>(i * 7919 % 31);  // amplifier noise
    }
  }
  return record;
}

TEST(LiveDetector, takes_no_p_waves_for_beats_where_the_ventricles_stand_still) {
  for (const double rate_hz : {250.0, 500.0, 1000.0}) {
    for (const double p_times : {0.5, 1.0, 2.0}) {
      const EcgRecord stopped = standing_ventricles(rate_hz, 60.0, 15.0, p_times);
      LiveDetector detector(stopped.info);
      const std::vector<LiveBeat> beats = beats_of(detector, stopped);
      ASSERT_GT(beats.size(), 10U);
      EXPECT_LT(beats.back().time_s, 15.2) << rate_hz << " Hz, P times " << p_times;
      EXPECT_EQ(detector.state(), LiveState::no_beats) << rate_hz << " Hz, P times " << p_times;
      for (const double from_s : {3.0, 4.0, 5.0}) {  // after one, two, three beats
        const EcgRecord early = standing_ventricles(rate_hz, 30.0, from_s, p_times);
        LiveDetector knows_few(early.info);
        EXPECT_LT(beats_of(knows_few, early).back().time_s, from_s) << rate_hz << " Hz, P times " << p_times;
        EXPECT_EQ(knows_few.state(), LiveState::no_beats) << rate_hz << " Hz, P times " << p_times;
      }
      const EcgRecord still = standing_ventricles(rate_hz, 30.0, 0.0, p_times);
      LiveDetector from_the_start(still.info);
      EXPECT_TRUE(beats_of(from_the_start, still).empty()) << rate_hz << " Hz, P times " << p_times;
      EXPECT_EQ(from_the_start.state(), LiveState::no_beats);
      EXPECT_FALSE(from_the_start.rate_per_min());
    }
  }
}

TEST(LiveDetector, tells_a_flat_line_from_a_heart_that_stands_still) {
  EcgRecord record = acquire(heart(500.0, 20.0), {});
  EcgRecord still = record;
  for (std::size_t c = 0; c < record.samples.size(); ++c) {
    for (std::size_t i = 5000; i < record.num_samples(); ++i) {
      record.samples[c][i] = record.samples[c][4999];
      still.samples[c][i] = record.samples[c][4999] + static_cast<std::int32_t>(i * 7919 % 31);  // amplifier noise
    }
  }
  LiveDetector flat(record.info);
  static_cast<void>(beats_of(flat, record));
  EXPECT_EQ(flat.state(), LiveState::no_signal);
  LiveDetector asystole(still.info);
  static_cast<void>(beats_of(asystole, still));
  EXPECT_EQ(asystole.state(), LiveState::no_beats);
  EXPECT_FALSE(asystole.rate_per_min());
}

/// From sample `from` to `until` (the last but one) what the amplifier adds to the level at `from`.
void stand_still(EcgRecord& record, std::size_t from, std::size_t until) {
  for (std::vector<std::int32_t>& lead : record.samples) {
    for (std::size_t i = from + 1; i < until; ++i) {
      lead[i] = lead[from] + static_cast<std::int32_t>(i * 7919 % 31);
    }
  }
}

TEST(LiveDetector, tells_a_heart_that_stands_still_after_its_first_beats_however_they_look) {
  const EcgRecord beating = acquire(heart(500.0, 20.0, 60.0), {});
  LiveDetector first(beating.info);
  const std::vector<LiveBeat> beats = beats_of(first, beating);
  for (const std::size_t num_beats : {1U, 2U, 3U}) {
    EcgRecord record = beating;
    std::size_t at = 0;
    for (std::size_t beat = 0; beat < num_beats; ++beat) {
      at = static_cast<std::size_t>(std::llround(beats[beat].time_s * record.info.rate_hz));
      for (std::size_t c = 0; c < record.samples.size(); ++c) {  // of the first all leads, of the third the odd ones
        for (std::size_t i = at - 60; i < at + 60 && (beat == 0 || (beat == 2 && c % 2 == 1)); ++i) {
          record.samples[c][i] = 2 * record.samples[c][at - 60] - record.samples[c][i];
        }
      }
    }
    stand_still(record, at + 225, record.num_samples());
    LiveDetector detector(record.info);
    step_through(detector, record, [&](std::size_t i) {
      if (i < at + 1500 || i > at + 1600) {  // 3 s after the beat, which is seen up to 0.11 s late
        ASSERT_EQ(detector.state() == LiveState::no_beats, i > at + 1600) << num_beats << " beats, sample " << i;
      }
    });
  }
}

/// A fast heart for ten seconds, a pause, and a slow one for twenty.
EcgRecord slower_after(double pause_s) {
  EcgRecord record = acquire(heart(500.0, 10.0, 180.0), {});
  const EcgRecord slow = acquire(heart(500.0, 20.0, 60.0), {});
  const std::size_t end = record.num_samples();
  const std::size_t again = end + static_cast<std::size_t>(pause_s * record.info.rate_hz);
  for (std::size_t c = 0; c < record.samples.size(); ++c) {
    record.samples[c].resize(again);
    record.samples[c].insert(record.samples[c].end(), slow.samples[c].begin(), slow.samples[c].end());
  }
  stand_still(record, end - 1, again);
  return record;
}

TEST(LiveDetector, gives_no_rate_of_the_rhythm_before_a_pause) {
  for (const double pause_s : {1.2, 2.2, 5.0, 15.0}) {
    const EcgRecord record = slower_after(pause_s);
    LiveDetector detector(record.info);
    const std::size_t again = 5000 + static_cast<std::size_t>(500 * pause_s);
    std::size_t num_rated = 0;
    std::size_t num_found = 0;
    double last_s = 0.0;
    step_through(detector, record, [&](std::size_t i) {
      if (i >= again) {
        num_found += detector.last_beat_s().value_or(0.0) > last_s ? 1 : 0;
        last_s = detector.last_beat_s().value_or(0.0);
        const auto rate = detector.rate_per_min();
        ASSERT_NEAR(rate.value_or(60.0), 60.0, 8.0) << pause_s << " s of pause, sample " << i;
        ASSERT_TRUE(rate || i < again + 2400)
            << pause_s << " s of pause, sample " << i << ": " << num_found << " beats, " << to_string(detector.state());
        num_rated += rate ? 1 : 0;
      }
    });
    EXPECT_GT(num_rated, 7500U) << pause_s;
  }
}

TEST(LiveDetector, takes_no_interval_found_in_noise_into_the_rate) {
  const EcgRecord clean = acquire(heart(500.0, 30.0, 60.0), {});
  std::size_t num_noisy = 0;
  for (const double noise_s : {1.0, 2.0, 3.0, 5.0}) {
    EcgRecord record = clean;
    const auto end = static_cast<std::size_t>(500 * (10.0 + noise_s));
    for (std::size_t c = 0; c < record.samples.size(); ++c) {
      const Philox random(5, c);
      for (std::size_t i = 5000; i < end; ++i) {
        record.samples[c][i] += static_cast<std::int32_t>(3000.0 * (random.uniform(i) - 0.5));
      }
    }
    LiveDetector detector(record.info);
    bool was_noisy = false;
    step_through(detector, record, [&](std::size_t i) {
      const bool is_noisy = detector.state() == LiveState::noisy;
      num_noisy += is_noisy ? 1 : 0;
      was_noisy = was_noisy || is_noisy;
      if (was_noisy && i > end) {
        ASSERT_NEAR(detector.rate_per_min().value_or(60.0), 60.0, 6.0) << noise_s << " s of noise, sample " << i;
      }
    });
    EXPECT_TRUE(detector.rate_per_min()) << noise_s;
  }
  EXPECT_GT(num_noisy, 2000U);
}

TEST(LiveDetector, misses_no_low_beat_once_it_has_found_one) {
  const Phantom phantom = heart(500.0, 30.0);
  for (int percent = 18; percent < 30; ++percent) {
    EcgRecord record = acquire(phantom, {});
    for (std::vector<std::int32_t>& lead : record.samples) {
      const double level = lead.front();
      for (std::size_t i = 0; i < lead.size(); ++i) {
        const double gain = 0.01 * percent * (1.0 + 0.1 * std::sin(0.003 * static_cast<double>(i)));
        lead[i] = static_cast<std::int32_t>(std::lround(gain * (lead[i] - level)));
      }
    }
    LiveDetector detector(record.info);
    const std::vector<LiveBeat> beats = beats_of(detector, record);
    if (!beats.empty()) {
      const auto num_there = std::ranges::count_if(phantom.beats, [&](const PhantomBeat& beat) {
        return beat.qrs.peak_s > beats.front().time_s - 0.1 && beat.qrs.peak_s < 29.8;
      });
      EXPECT_EQ(std::ssize(beats), num_there) << percent;
    }
  }
}

TEST(LiveDetector, says_of_each_electrode_whether_it_holds) {
  FrontEndSettings settings;
  settings.off = {{Electrode::v3, 5.0, 10.0}, {Electrode::la, 5.0, 10.0}};
  const EcgRecord record = acquire(heart(500.0, 10.0), settings);
  LiveDetector detector(record.info);
  static_cast<void>(beats_of(detector, record));
  const auto contacts = detector.electrodes();
  EXPECT_EQ(contacts[static_cast<std::size_t>(Electrode::ra)], Contact::good);
  EXPECT_EQ(contacts[static_cast<std::size_t>(Electrode::la)], Contact::off);
  EXPECT_EQ(contacts[static_cast<std::size_t>(Electrode::v3)], Contact::unknown);
  EXPECT_EQ(detector.state(), LiveState::beating) << "II is enough";
}

TEST(LiveDetector, says_nothing_of_electrodes_that_its_leads_do_not_use) {
  RecordInfo info;
  info.rate_hz = 250.0;
  info.channels = {{"MLII", "mV", 200.0, 0.0, 12}, {"V1", "mV", 200.0, 0.0, 12}};
  LiveDetector detector(info);
  static_cast<void>(detector.step(std::array<std::int32_t, 2>{10, 20}));
  EXPECT_EQ(detector.lead_contact(1), Contact::unknown) << "no second was judged yet";
  for (const Contact contact : detector.electrodes()) {
    EXPECT_EQ(contact, Contact::unknown);
  }
}

TEST(LiveDetector, refuses_a_source_without_a_voltage) {
  RecordInfo info;
  info.rate_hz = 500.0;
  info.channels = {{"PLETH", "NU", 1.0, 0.0, 16}};
  EXPECT_THROW(LiveDetector{info}, InputError);
}

}  // namespace
}  // namespace xingu::ecg
