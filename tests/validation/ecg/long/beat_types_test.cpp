// SPDX-License-Identifier: Apache-2.0
// Types of beats and atrial fibrillation on the 22 records of MIT-BIH DS1 without pacing, as EC57:2012 §4.3 and §4.4
// count them: beat by beat within 150 ms, without the first five minutes; each record judged by models that the other
// 21 trained, the odds from which a beat is supraventricular among them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "ecg/beat_comparison.h"
#include "ecg/statements.h"
#include "ecg/wfdb_signal.h"
#include "validation/ecg/long/beat_training.h"
#include "validation/ecg/mitdb_records.h"

namespace xingu::ecg::validation {
namespace {

constexpr std::int64_t learning = 300 * 360;
constexpr std::size_t every_other = 12;  // of the beats outside the class one in so many teaches
constexpr int rhythm_annotation = 28;
constexpr double wanted_predictivity = 0.62;  // of supraventricular beats on records left out within the training

BeatType class_of(char symbol) {
  const auto is_in = [&](std::string_view set) { return set.find(symbol) != std::string_view::npos; };
  return is_in("NLRBej")  ? BeatType::normal
         : is_in("ASaJn") ? BeatType::supraventricular
         : is_in("VEr")   ? BeatType::ventricular
         : symbol == 'F'  ? BeatType::fusion
                          : BeatType::unknown;
}

struct Record {
  std::string name;
  LeadSignals signals;
  Analysis analysis;
  std::vector<BeatFeatures> features;
  ReferenceBeats reference;
  std::vector<BeatType> truth;          ///< [beat of ours]; unknown where the reference has none
  std::vector<bool> fibrillates;        ///< [beat of ours] by the reference's rhythm, flutter too
  std::vector<bool> is_in_episode;      ///< [beat of ours] of fibrillation as we find it
  std::vector<std::int64_t> missed_at;  ///< reference beats that were not found
  std::vector<BeatType> missed;
};

Record read(const std::string& name) {
  Record r;
  r.name = name;
  const std::filesystem::path file = ecg_dir() / "mitdb" / name;
  r.signals = lead_signals(read_wfdb_record(file));
  r.reference = reference_beats(file.string() + ".atr");
  r.analysis.beats = detect_qrs(r.signals);
  const std::vector<std::int64_t>& beats = r.analysis.beats.sample;
  r.analysis.waves = delineate(r.signals, beats);
  r.features = beat_features(r.signals, beats);
  r.truth.assign(beats.size(), BeatType::unknown);
  std::vector<bool> is_found(r.reference.sample.size(), false);
  for (const auto& [reference, ours] : match_beats(r.reference.sample, beats, mitdb_window)) {
    r.truth[ours] = class_of(r.reference.symbol[reference]);
    is_found[reference] = true;
  }
  for (std::size_t i = 0; i < is_found.size(); ++i) {
    if (!is_found[i]) {
      r.missed_at.push_back(r.reference.sample[i]);
      r.missed.push_back(class_of(r.reference.symbol[i]));
    }
  }
  std::map<std::int64_t, bool> rhythm{{0, false}};
  for (const Annotation& a : read_annotations(file.string() + ".atr")) {
    if (a.code == rhythm_annotation) {
      rhythm[a.sample] = a.text.starts_with("(AFIB") || a.text.starts_with("(AFL");
    }
  }
  for (const std::int64_t beat : beats) {
    r.fibrillates.push_back(std::prev(rhythm.upper_bound(beat))->second);
  }
  return r;
}

/// The beats that settle_fibrillation() would not leave supraventricular.
std::vector<bool> beats_in_episodes(const Record& r, const StatementThresholds& thresholds) {
  Analysis analysis = r.analysis;
  type_beats(r.signals, thresholds, analysis);
  BeatSequence& beats = analysis.sequence;
  std::ranges::fill(beats.type, BeatType::supraventricular);
  static_cast<void>(settle_fibrillation(beats, thresholds.fibrillation));
  std::vector<bool> is_in;
  std::ranges::transform(beats.type, std::back_inserter(is_in),
                         [](BeatType type) { return type != BeatType::supraventricular; });
  return is_in;
}

std::vector<Record> read_ds1(const StatementThresholds& thresholds) {
  std::vector<Record> records;
  for (const std::string name : mitdb_records) {
    if (name != "102" && name != "104") {
      records.push_back(read(name));
      records.back().is_in_episode = beats_in_episodes(records.back(), thresholds);
    }
  }
  return records;
}

TaughtRecord taught(const Record& r, BeatType type) {
  TaughtRecord out;
  std::size_t others = 0;
  for (std::size_t b = 0; b < r.features.size(); ++b) {
    const BeatType truth = r.truth[b];
    const bool is_left_out = truth == BeatType::unknown || truth == BeatType::fusion ||
                             (type == BeatType::supraventricular && truth == BeatType::ventricular);
    if (is_left_out || (truth != type && others++ % every_other != 0)) {
      continue;
    }
    out.features.push_back(r.features[b]);
    out.is_of_class.push_back(truth == type);
  }
  return out;
}

std::vector<std::string> term_names(const LogisticModel& model) {
  std::vector<std::string> names;
  for (const ModelTerm& term : model.terms) {
    std::string name;
    for (const BeatFeature factor : term.factors) {
      if (!name.empty()) {
        name += '*';
      }
      name += beat_feature_names[static_cast<std::size_t>(factor)];
    }
    names.push_back(name);
  }
  return names;
}

/// The terms of a model, trained on all records but those of two indices; an index beyond the last leaves none out.
LogisticModel trained(const std::vector<Record>& records, BeatType type, const LogisticModel& model,
                      std::size_t left_out, std::size_t left_out_too) {
  std::vector<TaughtRecord> lessons;
  for (std::size_t r = 0; r < records.size(); ++r) {
    if (r != left_out && r != left_out_too) {
      lessons.push_back(taught(records[r], type));
    }
  }
  return train(lessons, term_names(model), model.odds_from);
}

struct JudgedBeat {
  double log_odds = 0.0;
  bool is_of_class = false;
};

/// The smallest log odds from which beats are as often of the class as is wanted.
double odds_for_predictivity(std::vector<JudgedBeat> beats, double wanted) {
  std::ranges::sort(beats, std::ranges::greater{}, &JudgedBeat::log_odds);
  double odds = beats.front().log_odds, hits = 0.0;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    hits += beats[b].is_of_class ? 1.0 : 0.0;
    odds = hits >= wanted * static_cast<double>(b + 1) ? beats[b].log_odds : odds;
  }
  return odds;
}

/// Log odds from which a beat is supraventricular, chosen on the training records alone: each is judged by a model of
/// the others, where no ventricular beat and no episode of fibrillation is found.
double chosen_odds(const std::vector<Record>& records, std::size_t left_out, const BeatTypeModel& model) {
  std::vector<JudgedBeat> judged;
  for (std::size_t r = 0; r < records.size(); ++r) {
    if (r == left_out) {
      continue;
    }
    const Record& record = records[r];
    const LogisticModel of_others = trained(records, BeatType::supraventricular, model.supraventricular, left_out, r);
    for (std::size_t b = 0; b < record.truth.size(); ++b) {
      const bool is_left_to_it = record.analysis.beats.sample[b] >= learning && !record.is_in_episode[b] &&
                                 model.ventricular.log_odds(record.features[b]) < model.ventricular.odds_from;
      if (is_left_to_it && record.truth[b] != BeatType::unknown) {
        judged.push_back({of_others.log_odds(record.features[b]), record.truth[b] == BeatType::supraventricular});
      }
    }
  }
  return odds_for_predictivity(std::move(judged), wanted_predictivity);
}

/// The shipped terms, trained on all records but one; with no record of that index on all.
BeatTypeModel trained_without(const std::vector<Record>& records, std::size_t left_out, BeatTypeModel model) {
  const std::size_t none = records.size();
  model.ventricular = trained(records, BeatType::ventricular, model.ventricular, left_out, none);
  model.supraventricular = trained(records, BeatType::supraventricular, model.supraventricular, left_out, none);
  model.supraventricular.odds_from = chosen_odds(records, left_out, model);
  return model;
}

/// EC57 4.3.3: a fusion beat called ventricular, and a beat of unknown class, are neither right nor wrong.
BeatScore score_class(const Record& r, BeatType type) {
  BeatScore score;
  for (std::size_t b = 0; b < r.truth.size(); ++b) {
    const bool is_said = r.analysis.sequence.type[b] == type;
    const bool is_so = r.truth[b] == type;
    const bool is_neutral =
        r.truth[b] == BeatType::unknown || (type == BeatType::ventricular && r.truth[b] == BeatType::fusion);
    if (r.analysis.beats.sample[b] < learning || (is_neutral && !is_so)) {
      continue;
    }
    score.true_positive += is_said && is_so ? 1 : 0;
    score.false_negative += !is_said && is_so ? 1 : 0;
    score.false_positive += is_said && !is_so ? 1 : 0;
  }
  for (std::size_t i = 0; i < r.missed.size(); ++i) {
    score.false_negative += r.missed[i] == type && r.missed_at[i] >= learning ? 1 : 0;
  }
  return score;
}

class BeatTypes : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!test::shared_dir().empty()) {
      thresholds_ = read_statement_thresholds(test::source_dir() / "data" / "ecg" / "statements.toml");
      records_ = read_ds1(thresholds_);
    }
  }
  static void TearDownTestSuite() { records_.clear(); }
  void SetUp() override {
    if (test::shared_dir().empty()) {
      GTEST_SKIP() << test::shared_is_absent();
    }
  }
  static std::vector<Record> records_;
  static StatementThresholds thresholds_;
};
std::vector<Record> BeatTypes::records_;
StatementThresholds BeatTypes::thresholds_;

/// Prints what was trained as the model's file gives it.
TEST_F(BeatTypes, ships_the_models_that_these_records_train) {
  const BeatTypeModel& shipped = thresholds_.beat_types;
  const BeatTypeModel trained = trained_without(records_, records_.size(), shipped);
  for (const auto& [a, b] : {std::pair{&shipped.ventricular, &trained.ventricular},
                             std::pair{&shipped.supraventricular, &trained.supraventricular}}) {
    fmt::print("log_odds_from = {:.5f}\nconstant = {:.5f}\nweights = [", b->odds_from, b->constant);
    for (const ModelTerm& term : b->terms) {
      fmt::print("{:.5f}, ", term.weight);
    }
    fmt::print("]\n");
    EXPECT_NEAR(a->constant, b->constant, 0.02);
    EXPECT_NEAR(a->odds_from, b->odds_from, 0.02);
    for (std::size_t t = 0; t < a->terms.size(); ++t) {
      EXPECT_NEAR(a->terms[t].weight, b->terms[t].weight, 0.02) << term_names(*a)[t];
    }
  }
}

TEST_F(BeatTypes, are_told_on_records_left_out_of_the_training) {
  BeatScore ventricular, supraventricular;
  for (std::size_t r = 0; r < records_.size(); ++r) {
    StatementThresholds thresholds = thresholds_;
    thresholds.beat_types = trained_without(records_, r, thresholds.beat_types);
    Record& record = records_[r];
    record.analysis.sequence = {};
    type_beats(record.signals, thresholds, record.analysis);
    const BeatScore v = score_class(record, BeatType::ventricular);
    const BeatScore s = score_class(record, BeatType::supraventricular);
    fmt::print("{}  V Se {:6.2f} +P {:6.2f} ({} missed, {} invented)  S Se {:6.2f} +P {:6.2f} ({}, {})\n", record.name,
               v.sensitivity_percent(), v.positive_predictivity_percent(), v.false_negative, v.false_positive,
               s.sensitivity_percent(), s.positive_predictivity_percent(), s.false_negative, s.false_positive);
    ventricular += v;
    supraventricular += s;
  }
  fmt::print("gross  V Se {:.2f} +P {:.2f}  S Se {:.2f} +P {:.2f}\n", ventricular.sensitivity_percent(),
             ventricular.positive_predictivity_percent(), supraventricular.sensitivity_percent(),
             supraventricular.positive_predictivity_percent());
  EXPECT_GE(ventricular.sensitivity_percent(), 95);
  EXPECT_GE(ventricular.positive_predictivity_percent(), 95);
  EXPECT_GE(supraventricular.sensitivity_percent(), 80);
  EXPECT_GE(supraventricular.positive_predictivity_percent(), 60);
}

TEST_F(BeatTypes, leave_atrial_fibrillation_to_be_told_by_time) {
  double right_s = 0, missed_s = 0, spared_s = 0, invented_s = 0, undecided_s = 0;
  for (Record& record : records_) {
    record.analysis.sequence = {};
    type_beats(record.signals, thresholds_, record.analysis);
    const BeatSequence& s = record.analysis.sequence;
    for (std::size_t b = 1; b < s.size(); ++b) {
      const double interval_s = s.time_s(b) - s.time_s(b - 1);
      const Fibrillation said = record.analysis.fibrillation[b];
      if (!s.counts(b) || !s.counts(b - 1)) {
        continue;
      }
      if (said == Fibrillation::undecided) {
        undecided_s += interval_s;
      } else if (record.fibrillates[b]) {
        (said == Fibrillation::yes ? right_s : missed_s) += interval_s;
      } else {
        (said == Fibrillation::yes ? invented_s : spared_s) += interval_s;
      }
    }
  }
  const double sensitivity = 100.0 * right_s / (right_s + missed_s);
  const double specificity = 100.0 * spared_s / (spared_s + invented_s);
  const double undecided = 100.0 * undecided_s / (right_s + missed_s + spared_s + invented_s + undecided_s);
  fmt::print("fibrillation by time: Se {:.2f} Sp {:.2f}, undecided {:.2f} % of good signal\n", sensitivity, specificity,
             undecided);
  EXPECT_GE(sensitivity, 97);
  EXPECT_GE(specificity, 97);
  EXPECT_LE(undecided, 3);
}

}  // namespace
}  // namespace xingu::ecg::validation
