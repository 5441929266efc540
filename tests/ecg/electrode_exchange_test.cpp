// SPDX-License-Identifier: Apache-2.0
#include "ecg/electrode_exchange.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "ecg/formats/recording.h"
#include "ecg/simulation/phantom.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

LeadSignals heart() { return lead_signals(to_ecg_record(make_phantom({}).recording)); }

std::vector<float>& lead(LeadSignals& signals, const char* name) {
  return signals.mv[static_cast<std::size_t>(std::ranges::find(signals.names, name) - signals.names.begin())];
}

std::string suspected(const LeadSignals& signals) {
  const ElectrodeModel model = read_electrode_model(test::source_dir() / "data" / "ecg" / "electrodes.toml");
  const auto swap = suspected_swap(*lead_covariance(signals), model);
  return swap ? swap->electrodes : "none";
}

TEST(SuspectedSwap, is_none_where_electrodes_are_right) { EXPECT_EQ(suspected(heart()), "none"); }

TEST(SuspectedSwap, names_the_arms_the_leg_and_neighbours_on_the_chest) {
  LeadSignals arms = heart();
  for (std::size_t i = 0; i < arms.num_samples(); ++i) {
    lead(arms, "II")[i] -= lead(arms, "I")[i];  // II becomes III
    lead(arms, "I")[i] *= -1.0F;
  }
  EXPECT_EQ(suspected(arms), "RA and LA");
  LeadSignals leg = heart();
  for (std::size_t i = 0; i < leg.num_samples(); ++i) {
    lead(leg, "I")[i] -= lead(leg, "II")[i];  // I becomes −III
    lead(leg, "II")[i] *= -1.0F;
  }
  EXPECT_EQ(suspected(leg), "RA and LL");
  LeadSignals chest = heart();
  std::swap(lead(chest, "V1"), lead(chest, "V2"));
  EXPECT_EQ(suspected(chest), "V1 and V2");
}

TEST(LeadCovariance, has_trace_1_and_needs_eight_leads_with_a_signal) {
  LeadSignals signals = heart();
  const auto c = lead_covariance(signals);
  ASSERT_TRUE(c);
  double trace = 0.0;
  for (std::size_t i = 0; i < num_measured_leads; ++i) {
    trace += (*c)[i][i];
    EXPECT_DOUBLE_EQ((*c)[i][0], (*c)[0][i]);
  }
  EXPECT_NEAR(trace, 1.0, 1e-12);
  std::ranges::fill(lead(signals, "V4"), 0.0F);
  EXPECT_FALSE(lead_covariance(signals));
  signals.names.erase(signals.names.begin());
  signals.mv.erase(signals.mv.begin());
  EXPECT_FALSE(lead_covariance(signals));
}

TEST(ElectrodeModel, refuses_a_matrix_of_another_size) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "e.toml", "[electrodes]\nsource = \"x\"\nsmallest_gain = 0.1\nprecision = [1.0, 2.0]\n");
  EXPECT_THROW((void)read_electrode_model(folder.path() / "e.toml"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
