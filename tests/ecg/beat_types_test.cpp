// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_types.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

using enum BeatType;

BeatTypeModel by_width_and_time() {
  BeatTypeModel model;
  model.ventricular = {{{{BeatFeature::width_change}, 10.0}}, -2.0, 0.0};
  model.supraventricular = {{{{BeatFeature::early, BeatFeature::likeness}, 1.0}}, -1.5, 0.0};
  model.supraventricular_rr_to = -0.1;
  model.fusion_likeness_from = 0.6;
  model.fusion_likeness_to = 0.9;
  model.fusion_earliest = -0.08;
  return model;
}

BeatFeatures beat(float width_change, float early, float likeness, float rr_before) {
  BeatFeatures f{};
  f[static_cast<std::size_t>(BeatFeature::width_change)] = width_change;
  f[static_cast<std::size_t>(BeatFeature::early)] = early;
  f[static_cast<std::size_t>(BeatFeature::likeness)] = likeness;
  f[static_cast<std::size_t>(BeatFeature::rr_before)] = rr_before;
  return f;
}

TEST(LogisticModel, sums_products_of_features) {
  const LogisticModel model{
      {{{BeatFeature::early, BeatFeature::likeness}, 2.0}, {{BeatFeature::size}, -1.0}}, 0.5, 0.0};
  BeatFeatures f = beat(0.0F, 3.0F, 0.5F, 0.0F);
  f[static_cast<std::size_t>(BeatFeature::size)] = 0.25F;
  EXPECT_DOUBLE_EQ(model.log_odds(f), 0.5 + 2.0 * 1.5 - 0.25);
}

TEST(ParseTerm, names_features_and_refuses_others) {
  EXPECT_EQ(parse_term("early*p_region"), (std::vector{BeatFeature::early, BeatFeature::p_region}));
  EXPECT_THROW((void)parse_term("early*lateness"), InputError);
  EXPECT_THROW((void)parse_term(""), InputError);
}

TEST(ClassifyBeats, tells_normal_early_wide_fused_and_paced_beats_apart) {
  const std::vector<BeatFeatures> features{beat(0.0F, 0.0F, 1.0F, 0.0F), beat(0.5F, 4.0F, 0.3F, -0.5F),
                                           beat(0.0F, 3.0F, 1.0F, -0.3F), beat(0.4F, 0.0F, 0.8F, 0.0F),
                                           beat(0.6F, 0.0F, 0.2F, 0.0F)};
  const std::vector<std::int64_t> beats{500, 900, 1400, 2000, 2500};
  const std::vector<std::size_t> spikes{2470};
  EXPECT_EQ(classify_beats(features, beats, spikes, 500.0, by_width_and_time()),
            (std::vector{normal, ventricular, supraventricular, fusion, paced}));
}

TEST(ClassifyBeats, calls_beats_that_come_in_time_supraventricular_only_beside_early_ones) {
  std::vector<BeatFeatures> features{beat(0.0F, 3.0F, 1.0F, -0.05F), beat(0.0F, 3.0F, 1.0F, -0.05F)};
  const std::vector<std::int64_t> beats{500, 900};
  EXPECT_EQ(classify_beats(features, beats, {}, 500.0, by_width_and_time()), (std::vector{normal, normal}));
  features[1][static_cast<std::size_t>(BeatFeature::rr_long)] = -0.4F;  // of a run
  EXPECT_EQ(classify_beats(features, beats, {}, 500.0, by_width_and_time()),
            (std::vector{supraventricular, supraventricular}));
}

TEST(ClassifyBeats, calls_nothing_fused_where_no_beat_is_ventricular) {
  const std::vector<BeatFeatures> features{beat(0.4F, 0.0F, 0.8F, 0.0F)};
  const std::vector<std::int64_t> beats{500};
  EXPECT_EQ(classify_beats(features, beats, {}, 500.0, by_width_and_time()), std::vector{ventricular});
}

TEST(CountEctopy, counts_couplets_runs_and_patterns) {
  const std::vector<BeatType> mixed{normal,      ventricular, ventricular, normal, normal, ventricular,
                                    ventricular, ventricular, ventricular, normal, normal, ventricular};
  const Ectopy e = count_ectopy(mixed, ventricular);
  EXPECT_EQ(e.beats, 7U);
  EXPECT_EQ(e.couplets, 1U);
  EXPECT_EQ(e.runs, 1U);
  EXPECT_EQ(e.longest_run, 4U);
  EXPECT_EQ(e.longest_run_begins, 5U);
  EXPECT_FALSE(e.has_bigeminy);
  const std::vector<BeatType> turns{normal, ventricular, normal, ventricular, normal, ventricular};
  EXPECT_TRUE(count_ectopy(turns, ventricular).has_bigeminy);
  EXPECT_FALSE(count_ectopy(turns, ventricular).has_trigeminy);
  EXPECT_EQ(count_ectopy(turns, supraventricular).beats, 0U);
}

TEST(BeatTypeModel, ships_terms_that_are_features_and_refuses_unequal_lists) {
  const auto path = test::source_dir() / "data" / "ecg" / "beat_types.toml";
  const BeatTypeModel model = read_beat_type_model(path);
  EXPECT_GT(model.ventricular.terms.size(), 5U);
  EXPECT_GT(model.supraventricular.terms.size(), 5U);
  const test::TemporaryFolder folder;
  std::string text = read_file(path);
  text.replace(text.find("weights = ["), 11, "weights = [1.0, ");
  write_file(folder.path() / "m.toml", text);
  EXPECT_THROW((void)read_beat_type_model(folder.path() / "m.toml"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
