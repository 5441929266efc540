// SPDX-License-Identifier: Apache-2.0
#include "delivery/dose_window.h"

#include <gtest/gtest.h>

namespace xingu {
namespace {

constexpr double per_ms = 1.0 / 60.0;

TEST(DoseWindow, starts_without_a_complaint) {
  const DoseWindow window(per_ms);
  EXPECT_NEAR(window.disagreement(), 0.0, 1e-12);
  EXPECT_NEAR(window.rate_error(), 0.0, 1e-12);
  EXPECT_EQ(window.asymmetry(), 0.0);
}

TEST(DoseWindow, measures_the_last_hundred_milliseconds) {
  DoseWindow window(per_ms);
  for (int ms = 1; ms <= 300; ++ms) {
    window.add(1.1 * per_ms, 1.0 * per_ms, per_ms, 0.05, true);
    const double part = std::min(ms, 100) / 100.0;
    EXPECT_NEAR(window.rate_error(), 0.1 * part, 1e-9);
    EXPECT_NEAR(window.disagreement(), 0.1 * part / (1.0 + 0.05 * part), 1e-9);
  }
  EXPECT_NEAR(window.asymmetry(), 0.05, 1e-9);
  for (int ms = 0; ms < 100; ++ms) {
    window.add(per_ms, per_ms, per_ms, 0.0, true);
  }
  EXPECT_NEAR(window.rate_error(), 0.0, 1e-9);
  EXPECT_NEAR(window.asymmetry(), 0.0, 1e-12);
}

TEST(DoseWindow, does_not_drift_over_a_million_pulses) {
  DoseWindow window(per_ms);
  for (int i = 0; i < 1'000'000; ++i) {
    const double mu = per_ms * (1.0 + 0.3 * (i % 101 - 50) / 50.0);
    window.add(mu, mu, mu, 0.0, true);
  }
  EXPECT_NEAR(window.rate_error(), 0.0, 1e-12);
  EXPECT_NEAR(window.disagreement(), 0.0, 1e-12);
}

}  // namespace
}  // namespace xingu
