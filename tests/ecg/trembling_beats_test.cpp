// SPDX-License-Identifier: Apache-2.0
#include "ecg/trembling_beats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ecg/formats/recording.h"
#include "ecg/limb_electrodes.h"
#include "ecg/simulation/phantom.h"

namespace xingu::ecg {
namespace {

/// A heart with extrasystoles, and what is true of it.
struct Heart {
  LeadSignals signals;
  std::vector<std::int64_t> beats;
  std::vector<BeatType> types;
  std::vector<bool> is_trembling;  ///< [second]
};

Heart heart(double pvc_share) {
  PhantomSettings settings;
  settings.pvc_share = pvc_share;
  settings.duration_s = 60.0;
  const Phantom phantom = make_phantom(settings);
  Heart out{lead_signals(to_ecg_record(phantom.recording)), {}, {}, std::vector<bool>(60, true)};
  for (const PhantomBeat& beat : phantom.beats) {
    out.beats.push_back(std::llround(beat.qrs.peak_s * out.signals.rate_hz));
    out.types.push_back(beat.type == 'V' ? BeatType::ventricular : BeatType::normal);
  }
  return out;
}

/// Both arms shake, as what the removal of a tremor leaves.
void shake(LeadSignals& signals, double right_mv, double left_mv) {
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    for (std::size_t i = 0; i < signals.num_samples(); ++i) {
      const double t_s = static_cast<double>(i) / signals.rate_hz;
      const double right = right_mv * std::sin(2.0 * std::numbers::pi * 4.7 * t_s);
      const double left = left_mv * std::sin(2.0 * std::numbers::pi * 4.7 * t_s + 1.0);
      signals.mv[lead][i] += static_cast<float>(*lead_of_electrode(signals.names[lead], Electrode::ra) * right +
                                                *lead_of_electrode(signals.names[lead], Electrode::la) * left);
    }
  }
}

TEST(ForgetTypesOfTremblingBeats, takes_the_type_from_a_beat_whose_complex_is_usual_in_the_chest) {
  for (const BeatType type : {BeatType::ventricular, BeatType::fusion}) {
    Heart h = heart(0.0);
    shake(h.signals, 0.8, 0.5);
    for (std::size_t b = 3; b < h.types.size(); b += 7) {
      h.types[b] = type;
    }
    forget_types_of_trembling_beats(h.signals, h.beats, h.is_trembling, h.types);
    EXPECT_EQ(std::ranges::count(h.types, type), 0);
    EXPECT_GT(std::ranges::count(h.types, BeatType::unknown), 5);
  }
}

TEST(ForgetTypesOfTremblingBeats, leaves_extrasystoles_and_early_beats_their_types) {
  Heart h = heart(0.15);
  shake(h.signals, 0.8, 0.5);
  ASSERT_GT(std::ranges::count(h.types, BeatType::ventricular), 3);
  h.types[5] = h.types[5] == BeatType::normal ? BeatType::supraventricular : h.types[5];
  const std::vector<BeatType> before = h.types;
  forget_types_of_trembling_beats(h.signals, h.beats, h.is_trembling, h.types);
  EXPECT_EQ(h.types, before);
}

TEST(ForgetTypesOfTremblingBeats, takes_the_type_from_a_beat_that_no_chest_lead_shows) {
  Heart h = heart(0.0);
  shake(h.signals, 0.8, 0.5);
  const std::int64_t between = (h.beats[9] + h.beats[10]) / 2 + std::llround(0.1 * h.signals.rate_hz);
  h.beats.insert(h.beats.begin() + 10, between);
  h.types.insert(h.types.begin() + 10, BeatType::supraventricular);
  forget_types_of_trembling_beats(h.signals, h.beats, h.is_trembling, h.types);
  EXPECT_EQ(h.types[10], BeatType::unknown);
}

TEST(ForgetTypesOfTremblingBeats, leaves_beats_outside_a_tremor_and_without_chest_leads_as_they_are) {
  Heart h = heart(0.0);
  h.types[8] = BeatType::ventricular;
  const std::vector<BeatType> before = h.types;
  std::vector<BeatType> types = before;
  forget_types_of_trembling_beats(h.signals, h.beats, std::vector<bool>(60, false), types);
  EXPECT_EQ(types, before);
  forget_types_of_trembling_beats(h.signals, h.beats, {}, types);
  EXPECT_EQ(types, before);
  h.signals.names.resize(6);
  h.signals.mv.resize(6);
  forget_types_of_trembling_beats(h.signals, h.beats, h.is_trembling, types);
  EXPECT_EQ(types, before);
}

}  // namespace
}  // namespace xingu::ecg
