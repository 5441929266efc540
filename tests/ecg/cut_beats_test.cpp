// SPDX-License-Identifier: Apache-2.0
#include "ecg/cut_beats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace xingu::ecg {
namespace {

TEST(CutBeats, have_no_class_and_all_others_keep_theirs) {
  LeadSignals signals{100.0, {"I", "II", "V1"}, std::vector<std::vector<float>>(3, std::vector<float>(1000, 0.0F))};
  constexpr float nothing = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t lead = 0; lead < 2; ++lead) {
    std::fill(signals.mv[lead].begin() + 350, signals.mv[lead].begin() + 600, nothing);
  }
  const std::vector<std::int64_t> beats{100, 200, 300, 620, 700, 960};
  std::vector<BeatType> types(6, BeatType::ventricular);
  forget_types_of_cut_beats(signals, beats, types);
  EXPECT_EQ(types, (std::vector<BeatType>{BeatType::ventricular, BeatType::ventricular, BeatType::unknown,
                                          BeatType::ventricular, BeatType::ventricular, BeatType::ventricular}));
  types.assign(6, BeatType::normal);
  forget_types_of_cut_beats(signals, beats, types);
  EXPECT_EQ(std::ranges::count(types, BeatType::normal), 6);
  types.assign(6, BeatType::supraventricular);
  std::fill(signals.mv[1].begin(), signals.mv[1].end(), 0.0F);
  forget_types_of_cut_beats(signals, beats, types);
  EXPECT_EQ(std::ranges::count(types, BeatType::supraventricular), 6) << "two of three leads show them whole";
}

}  // namespace
}  // namespace xingu::ecg
