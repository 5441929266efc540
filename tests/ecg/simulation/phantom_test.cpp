// SPDX-License-Identifier: Apache-2.0
#include "ecg/simulation/phantom.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace xingu::ecg {
namespace {

const std::vector<std::int32_t>& lead(const Phantom& phantom, const std::string& name) {
  return std::find_if(phantom.recording.signals.begin(), phantom.recording.signals.end(),
                      [&](const StoredSignal& signal) { return signal.label == name; })
      ->samples;
}

TEST(EcgPhantom, is_silent_outside_its_waves_and_not_inside) {
  PhantomSettings settings;
  settings.rr_variation = 0.0;
  settings.heart_rate_per_min = 60;
  const Phantom phantom = make_phantom(settings);
  ASSERT_GE(phantom.beats.size(), 9U);
  const auto& two = lead(phantom, "II");
  for (std::size_t b = 1; b + 1 < phantom.beats.size(); ++b) {
    const PhantomBeat& beat = phantom.beats[b];
    const auto at = [&](double t) { return two[static_cast<std::size_t>(std::lround(t * 500))]; };
    EXPECT_EQ(at(beat.p->onset_s - 0.01), 0);
    EXPECT_EQ(at(beat.t.offset_s + 0.01), 0);
    EXPECT_EQ(at(0.5 * (beat.p->offset_s + beat.qrs.onset_s)), 0);
    EXPECT_GT(at(beat.qrs.peak_s), 800);
    EXPECT_GT(at(beat.p->peak_s), 80);
    EXPECT_NEAR(beat.qrs.onset_s - beat.p->onset_s, 0.160, 1e-9);
    EXPECT_NEAR(beat.qrs.offset_s - beat.qrs.onset_s, 0.096, 1e-9);
    EXPECT_NEAR(beat.t.offset_s - beat.qrs.onset_s, 0.390, 1e-9);
  }
}

TEST(EcgPhantom, has_leads_that_agree_with_each_other) {
  const Phantom phantom = make_phantom({});
  const auto& one = lead(phantom, "I");
  const auto& two = lead(phantom, "II");
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_LE(std::abs(one[i] + lead(phantom, "III")[i] - two[i]), 2);
    EXPECT_LE(std::abs(lead(phantom, "aVR")[i] + lead(phantom, "aVL")[i] + lead(phantom, "aVF")[i]), 2);
  }
}

TEST(EcgPhantom, has_the_rate_the_rhythm_and_the_beats_that_were_asked_for) {
  PhantomSettings settings;
  settings.duration_s = 300;
  settings.heart_rate_per_min = 80;
  EXPECT_NEAR(static_cast<double>(make_phantom(settings).beats.size()), 400, 5);
  settings.pvc_share = 0.2;
  const Phantom ectopic = make_phantom(settings);
  const auto premature =
      std::count_if(ectopic.beats.begin(), ectopic.beats.end(), [](const PhantomBeat& b) { return b.type == 'V'; });
  EXPECT_NEAR(static_cast<double>(premature) / static_cast<double>(ectopic.beats.size()), 0.2, 0.04);
  settings.pvc_share = 0;
  settings.rhythm = PhantomRhythm::atrial_fibrillation;
  const Phantom fibrillating = make_phantom(settings);
  EXPECT_TRUE(std::none_of(fibrillating.beats.begin(), fibrillating.beats.end(),
                           [](const PhantomBeat& b) { return b.p.has_value(); }));
  std::vector<double> rr;
  for (std::size_t b = 1; b < fibrillating.beats.size(); ++b) {
    rr.push_back(fibrillating.beats[b].qrs.onset_s - fibrillating.beats[b - 1].qrs.onset_s);
  }
  const auto [shortest, longest] = std::minmax_element(rr.begin(), rr.end());
  EXPECT_GT(*longest / *shortest, 2.0);
}

TEST(EcgPhantom, blocks_the_p_waves_that_its_rhythm_asks_for) {
  PhantomSettings settings;
  settings.rr_variation = 0.0;
  settings.duration_s = 20.0;
  settings.heart_rate_per_min = 75;
  const auto made = [&](PhantomRhythm rhythm) {
    settings.rhythm = rhythm;
    return make_phantom(settings);
  };
  const Phantom wenckebach = made(PhantomRhythm::av_block_2_type_1);
  EXPECT_EQ(wenckebach.blocked_p.size(), 6U);
  const auto pr = [&](std::size_t b) { return wenckebach.beats[b].qrs.onset_s - wenckebach.beats[b].p->onset_s; };
  EXPECT_NEAR(pr(1) - pr(0), 0.06, 1e-9);
  EXPECT_NEAR(pr(2), 0.28, 1e-9);
  EXPECT_NEAR(pr(3), 0.16, 1e-9);
  const Phantom half = made(PhantomRhythm::av_block_2_to_1);
  EXPECT_NEAR(half.beats[1].qrs.onset_s - half.beats[0].qrs.onset_s, 1.6, 1e-9);
  const Phantom none = made(PhantomRhythm::av_block_3);
  EXPECT_EQ(none.blocked_p.size(), 25U);
  EXPECT_NEAR(static_cast<double>(none.beats.size()), 20.0 * 38 / 60, 1.0);
  EXPECT_TRUE(std::ranges::none_of(none.beats, [](const PhantomBeat& b) { return b.p.has_value(); }));
}

TEST(EcgPhantom, flutters_without_rest_and_conducts_whole_waves) {
  PhantomSettings settings;
  settings.rhythm = PhantomRhythm::atrial_flutter;
  settings.heart_rate_per_min = 85;
  const Phantom phantom = make_phantom(settings);
  std::vector<long> waves;
  for (std::size_t b = 1; b < phantom.beats.size(); ++b) {
    const double rr = phantom.beats[b].qrs.onset_s - phantom.beats[b - 1].qrs.onset_s;
    waves.push_back(std::lround(rr / 0.2));
    EXPECT_NEAR(rr, 0.2 * static_cast<double>(waves.back()), 1e-9);
  }
  EXPECT_EQ(std::ranges::min(waves), 3);
  EXPECT_EQ(std::ranges::max(waves), 4);
  const auto& two = lead(phantom, "II");
  const PhantomBeat& beat = phantom.beats[2];
  const auto at = [&](double t) { return two[static_cast<std::size_t>(std::lround(t * 500))]; };
  EXPECT_LT(at(0.2 * std::floor(beat.qrs.onset_s / 0.2) - 0.07), -50) << "the depth of the wave before the complex";
}

TEST(EcgPhantom, is_the_same_for_the_same_seed_only) {
  PhantomSettings settings;
  const auto first = make_phantom(settings);
  EXPECT_TRUE(lead(make_phantom(settings), "V2") == lead(first, "V2"));
  settings.seed = 2;
  EXPECT_FALSE(lead(make_phantom(settings), "V2") == lead(first, "V2"));
}

TEST(EcgPhantom, refuses_hearts_that_are_none) {
  PhantomSettings settings;
  settings.heart_rate_per_min = 0;
  EXPECT_THROW((void)make_phantom(settings), InputError);
  settings = {};
  settings.duration_s = 1e9;
  EXPECT_THROW((void)make_phantom(settings), InputError);
}

}  // namespace
}  // namespace xingu::ecg
