// SPDX-License-Identifier: Apache-2.0
// Ventricular fibrillation and what is not: as LiveDetector's state tells it.
#include "ecg/live/fibrillation_watch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "base/philox.h"
#include "ecg/limb_electrodes.h"
#include "ecg/live/live_detector.h"
#include "ecg/simulation/phantom.h"
#include "support/allocations.h"

namespace xingu::ecg {
namespace {

constexpr double rate_hz = 250.0;

/// mV of a lead at a time
using Wave = std::function<double(std::size_t lead, double t_s)>;

/// Sums of three sines of 3 to 7 Hz that drift by 0.4 Hz, with a phase and size of its own in each lead.
class Fibrillation {
 public:
  Fibrillation(std::uint64_t seed, double mv) : random_(seed, 0), mv_(mv) {}
  double operator()(std::size_t lead, double t_s) const {
    double sum = 0.0;
    for (std::size_t k = 0; k < num_sines; ++k) {
      const double hz = 3.0 + 4.0 * random_.uniform(4 * k);
      const double drift_hz = 0.05 + 0.1 * random_.uniform(4 * k + 1);
      const double drift = 0.4 / drift_hz * std::sin(2 * std::numbers::pi * drift_hz * t_s);
      const double phase = 2 * std::numbers::pi * random_.uniform(1000 * (lead + 1) + 2 * k);
      const double size = 0.3 + random_.uniform(1000 * (lead + 1) + 2 * k + 1);
      sum += size * std::sin(2 * std::numbers::pi * hz * t_s + drift + phase);
    }
    return mv_ * sum / std::sqrt(static_cast<double>(num_sines));
  }

 private:
  static constexpr std::size_t num_sines = 3;
  Philox random_;
  double mv_;
};

EcgRecord record_of(std::span<const std::string> names, double duration_s, const Wave& wave) {
  EcgRecord record;
  record.info.rate_hz = rate_hz;
  for (std::size_t lead = 0; lead < names.size(); ++lead) {
    record.info.channels.push_back({names[lead], "mV", 1000.0, 0.0, 16});
    std::vector<std::int32_t> samples;
    const Philox amplifier(99, lead);
    for (std::size_t i = 0; static_cast<double>(i) < duration_s * rate_hz; ++i) {
      const double noise_uv = 10.0 * (amplifier.uniform(i) - 0.5);
      samples.push_back(
          static_cast<std::int32_t>(std::lround(1000.0 * wave(lead, static_cast<double>(i) / rate_hz) + noise_uv)));
    }
    record.samples.push_back(std::move(samples));
  }
  return record;
}

/// Of chest leads.
EcgRecord record_of(std::size_t num_leads, double duration_s, const Wave& wave) {
  std::vector<std::string> names;
  for (std::size_t lead = 0; lead < num_leads; ++lead) {
    names.push_back(fmt::format("V{}", lead + 1));
  }
  return record_of(names, duration_s, wave);
}

struct Look {
  double time_s = 0.0;
  LiveState state{};
  std::optional<LiveBeat> beat;
  FibrillationSign sign{};
  bool has_rate = false;
};

std::vector<Look> watch(const EcgRecord& record) {
  LiveDetector detector(record.info);
  std::vector<std::int32_t> frame(record.info.channels.size());
  std::vector<Look> out;
  for (std::size_t i = 0; i < record.num_samples(); ++i) {
    for (std::size_t c = 0; c < frame.size(); ++c) {
      frame[c] = record.samples[c][i];
    }
    const auto beat = detector.step(frame);
    out.push_back(
        {detector.time_s(), detector.state(), beat, detector.fibrillation(), detector.rate_per_min().has_value()});
  }
  return out;
}

/// Of the looks within [from, until).
double fibrillating_part(const std::vector<Look>& looks, double from_s, double until_s) {
  double all = 0.0;
  double fibrillating = 0.0;
  for (const Look& look : looks) {
    if (look.time_s >= from_s && look.time_s < until_s) {
      all += 1.0;
      fibrillating += look.state == LiveState::fibrillating ? 1.0 : 0.0;
    }
  }
  return fibrillating / all;
}

/// mV of a phantom's leads, of the twelve from one on.
Wave beating_heart(const PhantomSettings& settings, std::size_t first_lead = 6) {
  const EcgRecord heart = to_ecg_record(make_phantom(settings).recording);
  return [heart, first_lead, duration_s = settings.duration_s](std::size_t lead, double t_s) {
    const auto at = static_cast<std::size_t>(std::lround(std::fmod(t_s, duration_s) * heart.info.rate_hz));
    const std::vector<std::int32_t>& samples = heart.samples[first_lead + lead];
    return millivolts(heart.info.channels[first_lead + lead], samples[std::min(at, samples.size() - 1)]);
  };
}

PhantomSettings heart(PhantomRhythm rhythm, double per_min) {
  PhantomSettings settings;
  settings.rate_Hz = rate_hz;
  settings.duration_s = 40.0;
  settings.rhythm = rhythm;
  settings.heart_rate_per_min = per_min;
  return settings;
}

TEST(FibrillationWatch, tells_coarse_and_fine_fibrillation_within_seconds) {
  for (const std::size_t num_leads : {1U, 2U, 6U}) {
    for (const double mv : {0.6, 0.12}) {
      for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const Wave beating = beating_heart(heart(PhantomRhythm::sinus, 70.0));
        const Fibrillation fibrillation(seed, mv);
        const auto looks = watch(record_of(num_leads, 60.0, [&](std::size_t lead, double t_s) {
          return t_s < 20.0 ? beating(lead, t_s) : fibrillation(lead, t_s);
        }));
        EXPECT_EQ(fibrillating_part(looks, 0.0, 20.0), 0.0) << num_leads << " leads, seed " << seed;
        EXPECT_GT(fibrillating_part(looks, 30.0, 60.0), 0.9) << num_leads << " leads, " << mv << " mV, seed " << seed;
      }
    }
  }
}

TEST(FibrillationWatch, tells_fibrillation_through_mains) {
  for (const double mains_mv : {0.1, 0.2}) {
    for (const double mains_hz : {50.0, 60.0}) {
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const Fibrillation fibrillation(seed, 0.5);
        const auto looks = watch(record_of(6, 40.0, [&](std::size_t lead, double t_s) {
          return fibrillation(lead, t_s) + mains_mv * std::sin(2 * std::numbers::pi * mains_hz * t_s);
        }));
        EXPECT_GT(fibrillating_part(looks, 10.0, 40.0), 0.9) << mains_mv << " mV of " << mains_hz << " Hz, " << seed;
      }
    }
  }
}

TEST(FibrillationWatch, tells_a_flutter_whose_waves_are_all_alike) {
  const auto looks = watch(record_of(3, 30.0, [](std::size_t lead, double t_s) {
    return (0.4 + 0.2 * static_cast<double>(lead)) * std::sin(2 * std::numbers::pi * 4.5 * t_s + 0.1);
  }));
  EXPECT_EQ(fibrillating_part(looks, 6.0, 30.0), 1.0);
}

TEST(FibrillationWatch, gives_no_rate_and_hardly_believes_the_beats_of_a_fibrillating_heart) {
  std::size_t num_beats = 0;
  for (const Look& look : watch(record_of(2, 40.0, Fibrillation(3, 0.6)))) {
    EXPECT_FALSE(look.has_rate && look.state == LiveState::fibrillating);
    EXPECT_EQ(look.sign == FibrillationSign::possible, look.state == LiveState::fibrillating);
    if (look.beat && look.state == LiveState::fibrillating) {
      EXPECT_LE(look.beat->confidence, 0.25F);
      ++num_beats;
    } else if (look.beat && look.state == LiveState::noisy) {
      EXPECT_LE(look.beat->confidence, 0.5F);
    }
  }
  EXPECT_GT(num_beats, 10U);
}

TEST(FibrillationWatch, stands_for_ten_seconds_after_the_last_sight_and_ends_then) {
  const Wave beating = beating_heart(heart(PhantomRhythm::sinus, 70.0));
  const Fibrillation fibrillation(2, 0.6);
  const auto looks = watch(record_of(4, 60.0, [&](std::size_t lead, double t_s) {
    return t_s < 20.0 ? fibrillation(lead, t_s) : beating(lead, t_s);
  }));
  EXPECT_EQ(fibrillating_part(looks, 8.0, 29.4), 1.0);
  EXPECT_EQ(fibrillating_part(looks, 36.0, 60.0), 0.0);
  EXPECT_EQ(looks.back().state, LiveState::beating);
}

TEST(FibrillationWatch, stands_for_ten_seconds_where_the_signal_is_lost) {
  EcgRecord record = record_of(2, 32.0, Fibrillation(2, 0.6));
  for (std::vector<std::int32_t>& lead : record.samples) {
    std::fill(lead.begin() + 5000, lead.end(), invalid_sample);
  }
  const auto looks = watch(record);
  EXPECT_EQ(fibrillating_part(looks, 8.0, 29.4), 1.0);
  EXPECT_EQ(looks.back().state, LiveState::no_signal);
}

TEST(FibrillationWatch, does_not_take_a_beating_heart_for_one_that_fibrillates) {
  for (const PhantomRhythm rhythm :
       {PhantomRhythm::sinus, PhantomRhythm::atrial_fibrillation, PhantomRhythm::atrial_flutter}) {
    for (const double per_min : {30.0, 60.0, 100.0, 150.0, 200.0, 250.0}) {
      const auto looks = watch(record_of(6, 40.0, beating_heart(heart(rhythm, per_min))));
      EXPECT_EQ(fibrillating_part(looks, 0.0, 40.0), 0.0) << static_cast<int>(rhythm) << " at " << per_min;
    }
  }
}

TEST(FibrillationWatch, does_not_take_a_wide_complex_tachycardia_for_fibrillation) {
  for (const double qrs_ms : {140.0, 180.0}) {
    for (const double per_min : {100.0, 150.0, 180.0, 210.0, 250.0}) {
      PhantomSettings settings = heart(PhantomRhythm::sinus, per_min);
      settings.qrs_ms = qrs_ms;
      settings.pr_ms = 100.0;
      settings.rr_variation = 0.01;
      const auto looks = watch(record_of(6, 40.0, beating_heart(settings)));
      EXPECT_EQ(fibrillating_part(looks, 0.0, 40.0), 0.0) << qrs_ms << " ms at " << per_min;
    }
  }
}

TEST(FibrillationWatch, does_not_take_noise_without_a_heart_for_fibrillation_and_says_that_it_may_hide_one) {
  for (const double edge_hz : {100.0, 20.0, 9.0, 4.0, 2.5}) {
    for (const std::size_t num_leads : {1U, 2U, 6U}) {
      std::vector<Biquad> filters(num_leads, Biquad::low_pass(edge_hz, rate_hz));
      const EcgRecord record = record_of(num_leads, 120.0, [&](std::size_t lead, double t_s) {
        const Philox random(17, lead);
        const auto at = static_cast<std::uint64_t>(std::lround(t_s * rate_hz));
        return filters[lead].step(std::sqrt(125.0 / edge_hz) * (random.uniform(at) - 0.5));
      });
      const auto looks = watch(record);
      EXPECT_EQ(fibrillating_part(looks, 0.0, 120.0), 0.0) << edge_hz << " Hz, " << num_leads << " leads";
      for (const Look& look : looks) {
        ASSERT_EQ(look.sign, look.state == LiveState::noisy ? FibrillationSign::not_excluded : FibrillationSign::none);
      }
    }
  }
}

TEST(FibrillationWatch, does_not_take_mains_for_fibrillation) {
  for (const double mains_hz : {50.0, 60.0, 100.0, 120.0}) {
    for (const double mains_mv : {0.2, 3.0}) {
      for (const double heart_times : {0.0, 1.0}) {
        const Wave beating = beating_heart(heart(PhantomRhythm::sinus, 100.0));
        const auto looks = watch(record_of(4, 40.0, [&](std::size_t lead, double t_s) {
          const double swell = 1.0 + 0.8 * std::sin(2 * std::numbers::pi * 0.9 * t_s);
          return heart_times * beating(lead, t_s) + mains_mv * swell * std::sin(2 * std::numbers::pi * mains_hz * t_s);
        }));
        EXPECT_EQ(fibrillating_part(looks, 0.0, 40.0), 0.0)
            << mains_mv << " mV of " << mains_hz << " Hz, heart times " << heart_times;
      }
    }
  }
}

TEST(FibrillationWatch, does_not_believe_a_lead_that_trembles_beside_one_that_shows_complexes) {
  const Wave beating = beating_heart(heart(PhantomRhythm::sinus, 70.0));
  const auto looks = watch(record_of(2, 40.0, [&](std::size_t lead, double t_s) {
    return lead == 0 ? beating(1, t_s) : 0.4 * std::sin(2 * std::numbers::pi * 5.0 * t_s);
  }));
  EXPECT_EQ(fibrillating_part(looks, 0.0, 40.0), 0.0);
}

const std::vector<std::string> twelve{"I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"};

/// What limbs that are shaken make in a lead: the right arm with pointed waves and the left with half of them, later,
/// or the leg alone.
double shaken(const std::string& lead, double t_s, double hertz, bool is_leg) {
  const auto wave = [&](double t) {
    const double sine = std::sin(2 * std::numbers::pi * hertz * t);
    return std::copysign(std::pow(std::abs(sine), 0.7), sine);
  };
  const auto of = [&](Electrode electrode) { return lead_of_electrode(lead, electrode).value_or(0.0); };
  return is_leg ? of(Electrode::ll) * wave(t_s)
                : of(Electrode::ra) * wave(t_s) - 0.5 * of(Electrode::la) * wave(t_s - 0.024);
}

TEST(FibrillationWatch, does_not_take_limbs_that_swing_over_a_beating_heart_for_fibrillation) {
  for (const bool is_leg : {false, true}) {
    for (const double hertz : {4.5, 5.5, 7.0}) {
      const Wave beating = beating_heart(heart(PhantomRhythm::sinus, 70.0), 0);
      const Wave brushing = [&](std::size_t lead, double t_s) {
        return beating(lead, t_s) + (t_s > 10.0 ? shaken(twelve[lead], t_s, hertz, is_leg) : 0.0);
      };
      const std::string what = fmt::format("{} Hz, {}", hertz, is_leg ? "leg" : "arms");
      EXPECT_EQ(fibrillating_part(watch(record_of(twelve, 30.0, brushing)), 0.0, 30.0), 0.0) << what;
    }
  }
}

TEST(FibrillationWatch, tells_swings_of_the_arms_where_no_chest_lead_shows_that_the_heart_beats) {
  const Wave beating = beating_heart(heart(PhantomRhythm::sinus, 70.0), 0);
  for (const double hertz : {4.5, 5.5, 7.0}) {
    const auto looks = watch(record_of(std::span(twelve).first(6), 30.0, [&](std::size_t lead, double t_s) {
      return beating(lead, t_s) + (t_s > 10.0 ? shaken(twelve[lead], t_s, hertz, false) : 0.0);
    }));
    EXPECT_GT(fibrillating_part(looks, 18.0, 30.0), 0.9) << hertz << " Hz";
  }
}

TEST(FibrillationWatch, tells_fibrillation_and_standstill_under_limbs_that_swing) {
  for (const double mv : {0.6, 0.12, 0.0}) {
    for (const double hertz : {4.5, 5.5}) {
      const Wave beating = beating_heart(heart(PhantomRhythm::sinus, 70.0), 0);
      const Fibrillation fibrillation(5, mv);
      const auto looks = watch(record_of(twelve, 40.0, [&](std::size_t lead, double t_s) {
        return (t_s < 10.0 ? beating(lead, t_s) : fibrillation(lead, t_s)) + shaken(twelve[lead], t_s, hertz, false);
      }));
      EXPECT_EQ(fibrillating_part(looks, 0.0, 10.0), 0.0) << mv << " mV, " << hertz << " Hz";
      EXPECT_GT(fibrillating_part(looks, 20.0, 40.0), 0.9) << mv << " mV, " << hertz << " Hz";
    }
  }
}

/// While the detector takes the record.
std::uint64_t allocations_of(LiveDetector& detector, const EcgRecord& record) {
  std::vector<std::int32_t> frame(record.info.channels.size());
  const std::uint64_t before = test::num_allocations();
  for (std::size_t i = 0; i < record.num_samples(); ++i) {
    for (std::size_t c = 0; c < frame.size(); ++c) {
      frame[c] = record.samples[c][i];
    }
    static_cast<void>(detector.step(frame));
  }
  return test::num_allocations() - before;
}

TEST(FibrillationWatch, allocates_nothing_where_limbs_swing) {
  const Wave beating = beating_heart(heart(PhantomRhythm::sinus, 70.0), 0);
  const EcgRecord record = record_of(twelve, 15.0, [&](std::size_t lead, double t_s) {
    return beating(lead, t_s) + shaken(twelve[lead], t_s, 5.0, false);
  });
  LiveDetector detector(record.info);
  EXPECT_EQ(allocations_of(detector, record), 0U);
  EXPECT_NE(detector.state(), LiveState::fibrillating);
}

TEST(FibrillationWatch, allocates_nothing_in_fibrillation) {
  const EcgRecord record = record_of(6, 15.0, Fibrillation(1, 0.5));
  LiveDetector detector(record.info);
  EXPECT_EQ(allocations_of(detector, record), 0U);
  EXPECT_EQ(detector.state(), LiveState::fibrillating);
}

}  // namespace
}  // namespace xingu::ecg
