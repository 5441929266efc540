// SPDX-License-Identifier: Apache-2.0
#include "ecg/heart_share.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "base/philox.h"
#include "dipole_heart.h"
#include "ecg/qrs_detector.h"
#include "ecg/signal_quality.h"
#include "ecg/simulation/beating_heart.h"

namespace xingu::ecg {
namespace {

constexpr double beats_until_s = 6.0;
constexpr double end_s = 10.0;

/// Sinus beats for six seconds; what is told of the four behind them, once changed.
struct Recording {
  LeadSignals signals;
  std::vector<HeartShare> shares;
};

template <typename Change>
Recording recording(Change change) {
  std::vector<DipoleBump> heart;
  for (double t = 0.3; t < beats_until_s - 0.7; t += 0.8) {
    test_signals::add_sinus_beat(t, 0.8, heart);
  }
  Recording out{test_signals::leads_of(heart, end_s), {}};
  for (std::size_t lead = 0; lead < out.signals.num_leads(); ++lead) {
    for (auto i = static_cast<std::size_t>(beats_until_s * out.signals.rate_hz); i < out.signals.num_samples(); ++i) {
      out.signals.mv[lead][i] += static_cast<float>(change(static_cast<double>(i) / out.signals.rate_hz, lead));
    }
  }
  QrsDetection beats = detect_qrs(out.signals);
  std::erase_if(beats.sample,
                [&](std::int64_t at) { return static_cast<double>(at) >= beats_until_s * out.signals.rate_hz; });
  beats.is_rejected.assign(10, false);
  std::vector<bool> is_asked(10, false);
  is_asked[7] = is_asked[8] = true;
  out.shares = heart_shares(out.signals, assess_quality(out.signals), beats, is_asked);
  return out;
}

double wave(double hz, double t) { return std::sin(2 * std::numbers::pi * hz * t); }

HeartShare sum_of(const std::vector<HeartShare>& shares) {
  HeartShare sum;
  for (const HeartShare& s : shares) {
    sum = {sum.all + s.all, sum.of_heart + s.of_heart, sum.slow_rest + s.slow_rest};
  }
  return sum;
}

TEST(HeartShares, a_dipole_that_turns_is_all_of_the_heart) {
  const Recording r = recording([](double t, std::size_t lead) {
    const auto& weight = measured_leads[lead].weight;
    return 0.5 * (wave(4.0, t) * weight[0] + wave(5.0, t) * weight[1] + wave(6.5, t) * weight[2]);
  });
  const HeartShare sum = sum_of(r.shares);
  EXPECT_GT(sum.all, 1.0F);
  EXPECT_GT(sum.of_heart, 0.98F * sum.all);
  EXPECT_EQ(r.shares[6].all, 0.0F);  // not asked for
}

TEST(HeartShares, leads_that_move_each_by_itself_fill_three_of_eight_dimensions) {
  const Recording r = recording([](double t, std::size_t lead) {
    return 0.5 * wave(1.5, t + 0.31 * static_cast<double>(lead * lead)) +
           0.5 * wave(2.0, t + 0.17 * static_cast<double>(lead * lead * lead));
  });
  const HeartShare sum = sum_of(r.shares);
  EXPECT_LT(sum.of_heart, 0.7F * sum.all);
  const float rest = sum.all - sum.of_heart;
  EXPECT_GT(sum.slow_rest, 0.4F * rest);
}

TEST(HeartShares, what_no_heart_makes_but_as_fast_as_fibrillation_is_not_slow) {
  const Recording r = recording([](double t, std::size_t lead) {
    return 0.5 * wave(4.0, t + 0.31 * static_cast<double>(lead * lead)) +
           0.5 * wave(5.5, t + 0.17 * static_cast<double>(lead * lead * lead));
  });
  const HeartShare sum = sum_of(r.shares);
  EXPECT_LT(sum.slow_rest, 0.1F * (sum.all - sum.of_heart));
}

TEST(HeartShares, are_not_known_without_beats_or_with_few_leads) {
  Recording r = recording([](double t, std::size_t) { return wave(4.0, t); });
  const std::vector<bool> is_asked(10, true);
  QrsDetection none;
  none.is_rejected.assign(10, false);
  EXPECT_EQ(sum_of(heart_shares(r.signals, assess_quality(r.signals), none, is_asked)).all, 0.0F);
  r.signals.names.resize(5);
  r.signals.mv.resize(5);
  const QrsDetection beats = detect_qrs(r.signals);
  EXPECT_EQ(sum_of(heart_shares(r.signals, assess_quality(r.signals), beats, is_asked)).all, 0.0F);
}

}  // namespace
}  // namespace xingu::ecg
