// SPDX-License-Identifier: Apache-2.0
#include "ecg/qrs_detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

std::vector<double> regular(double first_s, double interval_s, double until_s) {
  std::vector<double> out;
  for (double t = first_s; t < until_s; t += interval_s) {
    out.push_back(t);
  }
  return out;
}

class QrsDetectorRate : public testing::TestWithParam<double> {};

TEST_P(QrsDetectorRate, finds_every_beat_and_no_other) {
  const double interval = 60.0 / GetParam();
  const auto beats = regular(0.4, interval, 19.7);
  const auto found = detect_qrs(test::synthetic_ecg(beats, 20.0, 250.0));
  ASSERT_EQ(found.size(), beats.size());
  for (std::size_t i = 0; i < beats.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(found[i].sample) / 250.0, beats[i], 0.03);
  }
}
INSTANTIATE_TEST_SUITE_P(RatesPerMinute, QrsDetectorRate, testing::Values(30.0, 45.0, 60.0, 100.0, 150.0, 180.0));

TEST(QrsDetector, neither_gain_nor_polarity_matters) {
  const auto signals = test::synthetic_ecg(regular(0.4, 0.8, 9.7), 10.0, 360.0);
  LeadSignals other = signals;
  for (auto& lead : other.leads) {
    for (float& x : lead) {
      x *= -0.25F;
    }
  }
  const auto a = detect_qrs(signals);
  const auto b = detect_qrs(other);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].sample, b[i].sample);
  }
}

TEST(QrsDetector, keeps_a_premature_beat_and_a_pause) {
  const std::vector<double> beats{0.5, 1.3, 2.1, 2.9, 3.3, 4.5, 5.3, 6.1, 8.6, 9.4};
  EXPECT_EQ(detect_qrs(test::synthetic_ecg(beats, 10.0, 250.0)).size(), beats.size());
}

TEST(QrsDetector, finds_nothing_where_there_is_nothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(detect_qrs({250.0, {"I"}, {std::vector<float>(2500, 0.0F)}}).empty());
  EXPECT_TRUE(detect_qrs({250.0, {"I"}, {std::vector<float>(2500, nan)}}).empty());
  EXPECT_TRUE(detect_qrs({250.0, {"I"}, {{}}}).empty());
  EXPECT_TRUE(detect_qrs({250.0, {}, {}}).empty());
}

TEST(QrsDetector, a_lead_that_is_off_does_no_harm) {
  const auto beats = regular(0.4, 0.8, 9.7);
  auto signals = test::synthetic_ecg(beats, 10.0, 250.0, 3);
  signals.leads[1].assign(signals.leads[1].size(), std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(detect_qrs(signals).size(), beats.size());
}

}  // namespace
}  // namespace xingu::ecg
