// SPDX-License-Identifier: Apache-2.0
#include "plan/protocol.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

#include "plan/goals.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::HasSubstr;

const std::string small = R"(
title = "Test"
[prescription]
dose_Gy = 2.0
per = "fraction"
fractions = 10
target = "PTV"
[[target]]
id = "PTV"
names = ["PTV_2000", "PTV*"]
dose_Gy = 2.0
[[structure]]
id = "Lungs"
names = ["Lung_?"]
choose = "all"
minus = ["PTV"]
[[goal]]
structure = "PTV"
metric = "D95%[%]"
at_least = 95.0
priority = 1
source = "a test"
[[goal]]
structure = "Lungs"
metric = "Mean[Gy]"
at_most = 5.0
priority = 2
source = "a test"
[[goal]]
structure = "PTV"
metric = "GI"
at_most = 4.0
priority = 3
source = "a test"
[[objective]]
structure = "PTV"
kind = "underdose"
dose_Gy = 20.0
weight = 10.0
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = small;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string complaint(const std::string& text) {
  try {
    (void)parse_protocol(text, "test.toml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

Structure structure(const char* name) {
  Structure s;
  s.name = name;
  s.contours.push_back({0.0, {{0.0, 0.0}, {1.0, 0.0}, {1.0, 1.0}}});
  return s;
}

TEST(Protocol, doses_per_fraction_become_totals) {
  const Protocol p = parse_protocol(small, "test.toml");
  EXPECT_EQ(p.name, "test");
  EXPECT_DOUBLE_EQ(p.prescription.dose_Gy, 20.0);
  EXPECT_DOUBLE_EQ(p.prescription.fraction_dose_Gy(), 2.0);
  EXPECT_DOUBLE_EQ(p.reference_Gy("PTV"), 20.0);
  EXPECT_DOUBLE_EQ(p.reference_Gy("Lungs"), 20.0);
  EXPECT_TRUE(p.is_target("PTV"));
  EXPECT_FALSE(p.is_target("Lungs"));
}

TEST(Protocol, refusals_name_file_line_and_key) {
  EXPECT_THAT(complaint(with("per = \"fraction\"", "")), HasSubstr("per is missing"));
  EXPECT_THAT(complaint(with("\"fraction\"", "\"day\"")), HasSubstr("test.toml:5: prescription.per"));
  EXPECT_THAT(complaint(with("fractions = 10", "fractions = 0")), HasSubstr("fractions"));
  EXPECT_THAT(complaint(with("target = \"PTV\"", "target = \"GTV\"")), HasSubstr("not the id of a [[target]]"));
  EXPECT_THAT(complaint(with("\"D95%[%]\"", "\"D95\"")), HasSubstr("metric 'D95' is not known"));
  EXPECT_THAT(complaint(with("at_least = 95.0", "")), HasSubstr("exactly one of at_most and at_least"));
  EXPECT_THAT(complaint(with("at_most = 5.0", "at_most = -5.0")), HasSubstr("at_most is -5 (no dose"));
  EXPECT_THAT(complaint(with("at_most = 5.0", "at_most = 1400.0")),
              AllOf(HasSubstr("at_most is 1400 Gy"), HasSubstr("give Gy, not cGy")));
  EXPECT_THAT(complaint(with("source = \"a test\"", "")), HasSubstr("source is missing"));
  EXPECT_THAT(complaint(with("source = \"a test\"", "source = \"\"")), HasSubstr("without a source"));
  EXPECT_THAT(complaint(with("structure = \"Lungs\"", "structure = \"Lung\"")), HasSubstr("did you mean 'Lungs'?"));
  EXPECT_THAT(complaint(with("kind = \"underdose\"", "kind = \"under\"")), HasSubstr("kind is not known"));
  EXPECT_THAT(complaint(with("weight = 10.0", "wieght = 10.0")),
              HasSubstr("weight is missing; is it meant by 'wieght'?"));
  EXPECT_THAT(complaint(with("priority = 1", "priorty = 1")),
              HasSubstr("priority is missing; is it meant by 'priorty'?"));
  EXPECT_THAT(complaint(with("at_least = 95.0", "at_leest = 95.0")),
              HasSubstr("at_least is missing; is it meant by 'at_leest'?"));
  EXPECT_THAT(complaint(with("dose_Gy = 2.0\nper", "dose_Gy = -2.0\nper")),
              HasSubstr("prescription.dose_Gy = -2 is no dose to prescribe; give more than 0 and at most 1000 Gy"));
  EXPECT_THAT(complaint(with("dose_Gy = 20.0\nweight", "dose_Gy = -1.0\nweight")),
              HasSubstr("objective.dose_Gy = -1 is no dose; give from 0 to 1000 Gy"));
  EXPECT_THAT(complaint(with("weight = 10.0", "weight = 10.0\nfalloff = 1")), HasSubstr("falloff"));
  EXPECT_THAT(complaint(with("[[objective]]", "[[objektive]]")), HasSubstr("objektive"));
  EXPECT_THAT(complaint(with("weight = 10.0", "weight = -1.0")), HasSubstr("not positive"));
}

TEST(Protocol, doses_per_fraction_that_stand_for_totals_are_refused_and_totals_that_stand_for_them) {
  EXPECT_THAT(complaint(with("dose_Gy = 20.0\nweight", "dose_Gy = 2.0\nweight")),
              HasSubstr("objective.dose_Gy = 2 is less than half of the 20 Gy that 'PTV' is to get"));
  EXPECT_THAT(complaint(with("dose_Gy = 2.0\nper", "dose_Gy = 66.0\nper")),
              HasSubstr("prescription.dose_Gy makes 660 Gy in all 10 fractions"));
  EXPECT_THAT(complaint(with("names = [\"PTV_2000\", \"PTV*\"]\ndose_Gy = 2.0", "names = [\"PTV*\"]\ndose_Gy = 54.0")),
              HasSubstr("target.dose_Gy makes 540 Gy"));
}

TEST(Protocol, one_structure_is_not_two_targets) {
  const Protocol p = parse_protocol(
      with("[[structure]]",
           "[[target]]\nid = \"Boost\"\nnames = [\"Boost\", \"PTV_2000\"]\ndose_Gy = 2.5\n[[structure]]"),
      "test.toml");
  StructureSet set;
  set.structures = {structure("PTV_2000")};
  EXPECT_THAT([&] { (void)match_structures(p, set); },
              testing::ThrowsMessage<InputError>(HasSubstr("the targets PTV and Boost are both 'PTV_2000'")));
  set.structures.push_back(structure("Boost"));
  EXPECT_EQ(match_structures(p, set)[1], std::vector<std::size_t>{1});
}

TEST(Protocol, indices_of_a_target_are_refused_for_what_is_none) {
  for (const char* structure : {"Lungs", "Body"}) {
    for (const char* metric : {"Paddick", "GI", "R50"}) {
      const std::string text = with("structure = \"PTV\"\nmetric = \"GI\"",
                                    fmt::format("structure = \"{}\"\nmetric = \"{}\"", structure, metric));
      EXPECT_THAT(complaint(text), AllOf(HasSubstr("test.toml:"), HasSubstr("metric"), HasSubstr(metric),
                                         HasSubstr(structure), HasSubstr("no [[target]]")));
    }
  }
}

TEST(Protocol, shipped_files_are_read_and_every_goal_has_a_source) {
  for (const char* name : {"star-25gy", "head-neck-70gy", "tg119-cshape"}) {
    const Protocol p = read_protocol(test::source_dir() / "protocols" / (std::string(name) + ".toml"));
    EXPECT_EQ(p.name, name);
    EXPECT_GE(p.goals.size(), 4U);
    for (const Goal& goal : p.goals) {
      EXPECT_FALSE(goal.source.empty());
    }
  }
  const Protocol hn = read_protocol(test::source_dir() / "protocols/head-neck-70gy.toml");
  EXPECT_EQ(hn.prescription.num_fractions, 35);
  EXPECT_DOUBLE_EQ(hn.prescription.fraction_dose_Gy(), 2.0);
  EXPECT_DOUBLE_EQ(hn.reference_Gy("PTV_56"), 56.0);
}

TEST(Protocol, patterns_fit_whole_names_without_case) {
  EXPECT_TRUE(fits_pattern("PTV_2500", "ptv*"));
  EXPECT_TRUE(fits_pattern("Lung_L", "lung_?"));
  EXPECT_TRUE(fits_pattern("abcabd", "*abd"));
  EXPECT_TRUE(fits_pattern("", "*"));
  EXPECT_FALSE(fits_pattern("xPTV", "PTV*"));
  EXPECT_FALSE(fits_pattern("Lung_LR", "lung_?"));
  EXPECT_FALSE(fits_pattern("", "?"));
}

TEST(Protocol, the_price_of_MU_is_read_and_never_negative) {
  EXPECT_EQ(parse_protocol(small, "test.toml").mu_weight, 0.0);
  EXPECT_EQ(parse_protocol(std::string(small) + "\n[optimisation]\nmu_weight = 150\n", "test.toml").mu_weight, 150.0);
  try {
    (void)parse_protocol(std::string(small) + "\n[optimisation]\nmu_weight = -1\n", "test.toml");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("optimisation.mu_weight is negative"));
  }
}

TEST(Protocol, earlier_patterns_win_and_unions_take_all) {
  const Protocol p = parse_protocol(small, "test.toml");
  StructureSet set;
  set.structures = {structure("Lung_R"), structure("PTV_boost"), structure("PTV_2000"), structure("Lung_L")};
  const auto match = match_structures(p, set);
  EXPECT_EQ(match[0], (std::vector<std::size_t>{2}));
  EXPECT_EQ(match[1], (std::vector<std::size_t>{0, 3}));
}

TEST(Protocol, rules_are_told_in_the_patients_names) {
  const Protocol p = parse_protocol(small, "test.toml");
  StructureSet set;
  set.structures = {structure("Lung_R"), structure("PTV_2000"), structure("Lung_L")};
  std::vector<NamedRule> rules = named_rules(p, set);
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].label(), "PTV (PTV_2000)");
  EXPECT_TRUE(rules[0].is_as_drawn());
  EXPECT_EQ(rules[1].taken, (std::vector<std::string>{"Lung_R", "Lung_L"}));
  EXPECT_EQ(rules[1].excluded, (std::vector<std::string>{"PTV_2000"}));
  EXPECT_EQ(rules[1].words(), "Lung_R + Lung_L − PTV_2000");
  EXPECT_FALSE(rules[1].is_as_drawn());

  set.structures = {structure("PTV")};
  rules = named_rules(p, set);
  EXPECT_EQ(rules[0].label(), "PTV");  // nothing to add
  EXPECT_EQ(rules[1].words(), "");     // nothing is cut out of nothing
  const NamedRule many{"Ribs", {"a", "b", "c", "d", "e"}, {}};
  EXPECT_EQ(many.words(), "a + … + e (5)");
}

TEST(Protocol, structures_of_one_name_are_told_apart_by_their_roi_numbers) {
  StructureSet set;
  set.structures = {structure("PTV_2000"), structure("PTV_2000"), structure("Lung_L")};
  set.structures[0].number = 3;
  set.structures[1].number = 12;
  set.structures[2].number = 4;
  try {
    (void)match_structures(parse_protocol(small, "test.toml"), set);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'PTV_2000#3' and 'PTV_2000#12' both fit"));
    EXPECT_THAT(error.what(), HasSubstr("by its ROI number where that must be: 'PTV_2000#3'"));
  }
  std::string numbered(small);
  numbered.replace(numbered.find("names = [\"PTV_2000\""), 19, "names = [\"PTV_2000#12\"");
  const Protocol p = parse_protocol(numbered, "test.toml");
  EXPECT_EQ(match_structures(p, set)[0], (std::vector<std::size_t>{1}));
  EXPECT_EQ(named_rules(p, set)[0].label(), "PTV (PTV_2000#12)");
  set.structures[2].name = "PTV_2000#12";  // a name that is so called comes first
  EXPECT_EQ(match_structures(p, set)[0], (std::vector<std::size_t>{2}));
}

TEST(Protocol, ambiguous_and_missing_targets_are_refused) {
  const Protocol p = parse_protocol(small, "test.toml");
  StructureSet set;
  set.structures = {structure("PTV_a"), structure("PTV_b")};
  EXPECT_THROW((void)match_structures(p, set), InputError);
  set.structures = {structure("Heart")};
  try {
    (void)match_structures(p, set);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the patient has: Heart"));
  }
  set.structures = {structure("PTV_2000")};
  set.structures[0].contours.clear();
  EXPECT_THROW((void)match_structures(p, set), InputError);  // an empty structure is none
}

TEST(Goals, verdicts_follow_the_dose) {
  const Protocol p = parse_protocol(small, "test.toml");
  DoseUnderEvaluation dose;
  dose.structures = {{"PTV", {20.0F, 19.5F}, {95.0F, 5.0F}}, {"Lungs", {6.0F, 5.0F}, {1.0F, 1.0F}}};
  std::vector<GoalResult> results = evaluate_goals(p, dose);
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].verdict, GoalResult::Verdict::met);
  EXPECT_NEAR(results[0].value, 100.0, 1e-6);
  EXPECT_EQ(results[1].verdict, GoalResult::Verdict::not_met);
  EXPECT_NEAR(results[1].margin(), -0.5, 1e-6);
  EXPECT_EQ(results[2].verdict, GoalResult::Verdict::not_assessed);  // no body dose
  EXPECT_NEAR(goal_penalty(results), 0.5 / 5.0 / 4.0, 1e-6);
  EXPECT_EQ(
      tally(results).words(),
      "1 of 2 evaluated goals met; 1 not evaluated: cannot be measured: PTV GI (the dose of the body is not known)");

  dose.body = {"Body", {20.0F, 10.0F}, {100.0F, 200.0F}};
  dose.structures.pop_back();
  results = evaluate_goals(p, dose);
  EXPECT_EQ(results[1].verdict, GoalResult::Verdict::not_assessed);  // no lungs
  EXPECT_EQ(results[2].verdict, GoalResult::Verdict::met);
  EXPECT_EQ(results[2].reason, "");
  EXPECT_NEAR(results[2].value, 3.0, 1e-6);
  EXPECT_EQ(tally(results).words(), "2 of 2 evaluated goals met; 1 not evaluated: no structure for Lungs");
}

TEST(Goals, carry_what_standard_deviations_leave_open) {
  const Protocol p = parse_protocol(small, "test.toml");
  DoseUnderEvaluation dose;
  dose.structures = {{"PTV", {20.0F, 18.9F}, {95.0F, 5.0F}}, {"Lungs", {6.0F, 4.2F}, {1.0F, 1.0F}}};
  DoseUnderEvaluation sigma;
  sigma.structures = {{"PTV", {0.2F, 0.4F}, {95.0F, 5.0F}}, {"Lungs", {0.1F, 0.3F}, {1.0F, 1.0F}}};
  std::vector<GoalResult> results = evaluate_goals(p, dose);
  EXPECT_FALSE(results[0].uncertainty.has_value());
  add_uncertainty(results, p, dose, sigma);
  EXPECT_NEAR(results[0].uncertainty.value(), 1.0, 1e-5);  // D95 ± 0.2 Gy of 20 Gy, in %
  EXPECT_FALSE(results[0].is_within_uncertainty()) << "5 % above the limit";
  EXPECT_NEAR(results[1].uncertainty.value(), 0.2, 1e-6);
  EXPECT_NEAR(results[1].margin(), -0.1, 1e-6);
  EXPECT_TRUE(results[1].is_within_uncertainty());
  EXPECT_FALSE(results[2].uncertainty.has_value()) << "not assessed";
  sigma.structures.pop_back();
  results = evaluate_goals(p, dose);
  add_uncertainty(results, p, dose, sigma);
  EXPECT_FALSE(results[1].uncertainty.has_value()) << "no deviations are known of it";
}

TEST(Goals, tell_of_how_much_of_a_structure_they_speak) {
  const Protocol p = parse_protocol(small, "test.toml");
  DoseUnderEvaluation dose;
  dose.structures = {{"PTV", {20.0F, 19.5F}, {95.0F, 5.0F}}, {"Lungs", {4.0F, 4.0F}, {1.0F, 2.0F}, 1.0}};
  const std::vector<GoalResult> results = evaluate_goals(p, dose);
  EXPECT_EQ(results[0].dosed_part, 1.0);
  EXPECT_EQ(results[0].part_words(), "");
  EXPECT_NEAR(results[1].dosed_part, 0.75, 1e-9);
  EXPECT_EQ(results[1].part_words(), "of 75.0 %");
  EXPECT_EQ(results[2].part_words(), "") << "not assessed";
  dose.structures[1].outside_mm3 = 1e-4;
  EXPECT_EQ(evaluate_goals(p, dose)[1].part_words(), "") << "less than is worth telling";
}

}  // namespace
}  // namespace xingu
