// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/live_contact_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace xingu::ecg {
namespace {

/// Times at which a step is told, s; of a lead of mV by time.
std::vector<double> told_s(double rate_hz, const std::function<double(double)>& mv) {
  LiveContactStep step(rate_hz);
  std::vector<double> out;
  for (int i = 0; i < static_cast<int>(3 * rate_hz); ++i) {
    step.take(static_cast<float>(mv(i / rate_hz)));
    if (step.is_recent()) {
      out.push_back(i / rate_hz);
    }
  }
  return out;
}

double hump(double t_s, double at_s, double width_s) {
  const double x = (t_s - at_s) / width_s;
  return std::abs(x) < 1 ? std::cos(x * 1.5707963) : 0.0;
}

TEST(LiveContactStep, is_told_soon_and_for_a_fifth_of_a_second) {
  for (const double rate_hz : {125.0, 250.0, 500.0, 2000.0}) {
    for (const double height_mv : {-4.0, 1.0}) {
      const auto told =
          told_s(rate_hz, [&](double t_s) { return (t_s >= 1.5 ? height_mv : 0.0) + 0.3 * hump(t_s, 1.4, 0.05); });
      ASSERT_FALSE(told.empty()) << rate_hz;
      EXPECT_NEAR(told.front(), 1.54, 0.015) << rate_hz;
      EXPECT_NEAR(told.back(), 1.70, 0.015) << rate_hz;
    }
  }
}

TEST(LiveContactStep, is_neither_a_complex_nor_a_stimulus_nor_a_slow_change) {
  for (const double rate_hz : {250.0, 500.0, 2000.0}) {
    EXPECT_TRUE(told_s(rate_hz, [](double t_s) { return 3.0 * hump(t_s, 1.5, 0.02); }).empty()) << "complex";
    EXPECT_TRUE(told_s(rate_hz, [](double t_s) { return std::abs(t_s - 1.5) < 0.001 ? 4.0 : 0.0; }).empty());
    EXPECT_TRUE(
        told_s(rate_hz, [](double t_s) { return t_s < 1.5 ? 0.0 : 3.0 - 3.0 * std::exp((1.5 - t_s) / 0.1); }).empty());
    EXPECT_TRUE(told_s(rate_hz, [](double t_s) { return t_s < 1.5 ? 0.0 : 0.7; }).empty()) << "too small";
    const auto rise = [](double t_s) { return 2.5 * std::clamp((t_s - 1.5) / 0.03, 0.0, 1.0); };
    EXPECT_TRUE(
        told_s(rate_hz, [&](double t_s) { return rise(t_s) + 0.5 * rise(t_s - 0.01) * rise(t_s - 0.01); }).empty())
        << "a slope that goes on, as of a complex before a raised ST segment";
  }
}

TEST(LiveContactStep, is_not_told_where_the_level_does_not_stay) {
  EXPECT_TRUE(told_s(500.0, [](double t_s) { return t_s > 1.5 && t_s < 1.53 ? 2.0 : 0.0; }).empty());
  EXPECT_TRUE(told_s(500.0, [](double t_s) { return std::fmod(t_s, 0.3) < 0.15 ? 2.0 : 0.0; }).size() < 60U)
      << "of the first edge alone";
}

}  // namespace
}  // namespace xingu::ecg
