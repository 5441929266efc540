// SPDX-License-Identifier: Apache-2.0
#include "ecg/electrode_exchange.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <utility>

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

TEST(SuspectedSwap, names_two_of_the_chest_that_are_no_neighbours) {
  for (const auto& [one, other] : {std::pair{"V1", "V3"}, {"V1", "V6"}, {"V2", "V4"}, {"V2", "V5"}, {"V3", "V6"}}) {
    LeadSignals chest = heart();
    std::swap(lead(chest, one), lead(chest, other));
    EXPECT_EQ(suspected(chest), fmt::format("{} and {}", one, other));
  }
}

TEST(SuspectedSwap, is_of_an_arm_and_the_right_leg_where_a_limb_lead_carries_next_to_nothing) {
  LeadSignals right = heart();  // RA on the right leg, whose potential is about that of the left one
  LeadSignals left = heart();
  for (std::size_t i = 0; i < right.num_samples(); ++i) {
    const float rest = 0.02F * lead(right, "V1")[i];
    lead(right, "I")[i] -= lead(right, "II")[i];  // LA − RL
    lead(right, "II")[i] = rest;                  // LL − RL
    lead(right, "III")[i] = rest - lead(right, "I")[i];
    lead(left, "I")[i] = lead(left, "II")[i];  // RL − RA
    lead(left, "II")[i] += rest;               // LL − RA
    lead(left, "III")[i] = rest;
  }
  EXPECT_EQ(suspected(right), "RA and RL");
  EXPECT_EQ(suspected(left), "LA and RL");
  std::ranges::fill(lead(right, "II"), 0.0F);
  EXPECT_EQ(suspected(right), "RA and RL");
}

TEST(SuspectedSwap, is_of_the_chest_where_its_leads_run_backwards) {
  LeadSignals chest = heart();
  std::swap(lead(chest, "V1"), lead(chest, "V6"));
  std::swap(lead(chest, "V2"), lead(chest, "V5"));
  std::swap(lead(chest, "V3"), lead(chest, "V4"));
  EXPECT_EQ(suspected(chest), "V1 to V6, in reverse order,");
}

/// Beats of triangles as P and QRS and a rounded T, by lead of I, II, V1 … V6 (mV), on 10 s with a little noise.
struct SchematicHeights {
  std::array<double, num_measured_leads> p{}, qrs{}, t{};
};

LeadSignals schematic_heart(const SchematicHeights& of) {
  constexpr double rate_hz = 500.0;
  constexpr std::size_t num_samples = 5000;
  const std::array<const char*, num_measured_leads> names{"I", "II", "V1", "V2", "V3", "V4", "V5", "V6"};
  LeadSignals signals{rate_hz, {names.begin(), names.end()}, {}};
  const auto hump = [](double s, double middle_s, double half_s) {
    return std::max(0.0, 1.0 - std::abs(s - middle_s) / half_s);
  };
  std::mt19937 random(1);
  std::normal_distribution<double> noise_mv(0.0, 0.004);
  for (std::size_t lead = 0; lead < num_measured_leads; ++lead) {
    std::vector<float>& mv = signals.mv.emplace_back(num_samples);
    for (std::size_t i = 0; i < num_samples; ++i) {
      const double s = std::fmod(static_cast<double>(i) / rate_hz, 0.8);
      mv[i] = static_cast<float>(of.p[lead] * hump(s, 0.15, 0.05) + of.qrs[lead] * hump(s, 0.30, 0.045) +
                                 of.t[lead] * hump(s, 0.55, 0.10) + noise_mv(random));
    }
  }
  return signals;
}

/// A frontal vector's height in I and II.
std::array<double, num_measured_leads> along_axis(double mv, double axis_deg, std::array<double, 6> chest) {
  const double angle = axis_deg * std::numbers::pi / 180.0;
  return {mv * std::cos(angle),
          mv * std::cos(angle - std::numbers::pi / 3.0),
          chest[0],
          chest[1],
          chest[2],
          chest[3],
          chest[4],
          chest[5]};
}

constexpr std::array<double, 6> schematic_p{0.06, 0.06, 0.06, 0.06, 0.06, 0.06};
constexpr std::array<double, 6> schematic_chest{-1.0, -1.5, -0.2, 1.5, 1.4, 1.1};
constexpr std::array<double, 6> schematic_t{0.3, 0.3, 0.3, 0.3, 0.3, 0.3};

TEST(SuspectedSwap, is_no_arm_where_p_is_upright_in_the_leads_it_would_turn) {
  for (const double axis_deg : {-30.0, 0.0, 30.0, 60.0, 90.0}) {
    for (const double size : {0.4, 0.6, 0.8, 1.2}) {
      std::array<double, 6> chest{};
      std::ranges::transform(schematic_chest, chest.begin(), [size](double mv) { return mv * size / 1.2; });
      const SchematicHeights heights{along_axis(0.12, 50.0, schematic_p), along_axis(size, axis_deg, chest),
                                     along_axis(0.3, 30.0, schematic_t)};
      const std::string electrodes = suspected(schematic_heart(heights));
      EXPECT_NE(electrodes, "RA and LA") << axis_deg << " " << size;
      EXPECT_NE(electrodes, "RA and LL") << axis_deg << " " << size;
    }
  }
}

TEST(SuspectedSwap, is_of_the_arms_where_p_and_complex_are_negative_in_i_and_v6_has_an_r) {
  const SchematicHeights turned{along_axis(0.12, 130.0, schematic_p), along_axis(1.2, 140.0, schematic_chest),
                                along_axis(0.3, 150.0, schematic_t)};
  const LeadSignals signals = schematic_heart(turned);
  EXPECT_EQ(suspected(signals), "RA and LA");
  const ElectrodeModel model = read_electrode_model(test::source_dir() / "data" / "ecg" / "electrodes.toml");
  EXPECT_NE(suspected_swap(*lead_covariance(signals), model)->reason.find("heart that lies on the right"),
            std::string::npos);
  SchematicHeights axis_only = turned;  // a right axis alone is none
  axis_only.p = along_axis(0.12, 50.0, schematic_p);
  EXPECT_EQ(suspected(schematic_heart(axis_only)), "none");
}

TEST(LeadCovariance, has_trace_1_and_needs_eight_leads_with_a_signal) {
  LeadSignals signals = heart();
  const auto c = lead_covariance(signals);
  ASSERT_TRUE(c);
  double trace = 0.0;
  for (std::size_t i = 0; i < num_measured_leads; ++i) {
    trace += c->matrix[i][i];
    EXPECT_DOUBLE_EQ(c->matrix[i][0], c->matrix[0][i]);
  }
  EXPECT_NEAR(trace, 1.0, 1e-12);
  std::ranges::fill(lead(signals, "V4"), 0.0F);
  EXPECT_FALSE(lead_covariance(signals));
  signals.names.erase(signals.names.begin());
  signals.mv.erase(signals.mv.begin());
  EXPECT_FALSE(lead_covariance(signals));
}

TEST(SuspectedSwap, is_none_where_a_lead_is_dead_and_the_others_contradict_it) {
  LeadSignals signals = with_limb_leads(heart());
  std::ranges::fill(lead(signals, "II"), 0.0F);
  EXPECT_EQ(suspected(signals), "none");
  LeadSignals swapped = heart();  // RA on the right leg: I + III = II still
  for (std::size_t i = 0; i < swapped.num_samples(); ++i) {
    lead(swapped, "I")[i] -= lead(swapped, "II")[i];
    lead(swapped, "II")[i] = 0.02F * lead(swapped, "V1")[i];
  }
  EXPECT_EQ(suspected(with_limb_leads(swapped)), "RA and RL");
}

TEST(LeadCovariance, counts_the_seconds_without_disturbance_only) {
  const LeadSignals clean = heart();
  LeadSignals disturbed = clean;
  std::vector<float>& v3 = lead(disturbed, "V3");
  for (std::size_t i = 0; i < static_cast<std::size_t>(2 * disturbed.rate_hz); ++i) {
    v3[i] += 5.0F * std::sin(static_cast<float>(i) * 0.01F);
  }
  SignalQuality quality;
  quality.leads.assign(disturbed.num_leads(),
                       std::vector<LeadSecond>(static_cast<std::size_t>(disturbed.duration_s())));
  const std::size_t third = *lead_number(disturbed, "V3");
  for (std::size_t s = 0; s < 4; ++s) {
    quality.leads[third][s].faults = 1U << static_cast<unsigned>(Fault::baseline);
  }
  const auto all = lead_covariance(disturbed);
  const auto good = lead_covariance(disturbed, quality);
  const auto undisturbed = lead_covariance(clean);
  ASSERT_TRUE(all && good && undisturbed);
  EXPECT_GT(std::abs(all->matrix[4][4] - undisturbed->matrix[4][4]), 0.1);
  EXPECT_NEAR(good->matrix[4][4], undisturbed->matrix[4][4], 0.03);
  for (LeadSecond& second : quality.leads[third]) {
    second.faults = 1U << static_cast<unsigned>(Fault::baseline);
  }
  EXPECT_FALSE(lead_covariance(disturbed, quality));
}

TEST(ElectrodeModel, refuses_a_matrix_of_another_size) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "e.toml",
             "[electrodes]\nsource = \"x\"\nsmallest_gain = 0.1\nsmallest_gain_apart = 0.1\nprecision = [1.0, 2.0]\n");
  EXPECT_THROW((void)read_electrode_model(folder.path() / "e.toml"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
