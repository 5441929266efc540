// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_types.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <utility>

#include "base/error.h"
#include "base/toml_file.h"
#include "ecg/pacing_spikes.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t fewest_turns = 3;
constexpr double usual_likeness = 0.8;  // with the usual beat: own choice

double value_of(const BeatFeatures& features, BeatFeature name) { return features[static_cast<std::size_t>(name)]; }

LogisticModel read_logistic(const TomlTable& table) {
  static_cast<void>(table.text("source"));
  LogisticModel model;
  model.constant = table.number("constant");
  model.odds_from = table.number("log_odds_from");
  const std::vector<std::string> terms = table.texts("terms");
  const std::vector<double> weights = table.numbers("weights");
  if (terms.size() != weights.size()) {
    table.fail("weights", "is not as long as terms; give one weight for each term");
  }
  for (std::size_t i = 0; i < terms.size(); ++i) {
    model.terms.push_back({parse_term(terms[i]), weights[i]});
  }
  return model;
}

bool is_fusion(const BeatFeatures& f, const BeatTypeModel& model) {
  const double likeness = value_of(f, BeatFeature::likeness);
  return likeness >= model.fusion_likeness_from && likeness <= model.fusion_likeness_to &&
         value_of(f, BeatFeature::rr_before) >= model.fusion_earliest;
}

/// Earlier than the beats about it, or of a run that lasts.
bool is_early(const BeatFeatures& f, const BeatTypeModel& model) {
  return std::min(value_of(f, BeatFeature::rr_before), value_of(f, BeatFeature::rr_long)) <=
         model.supraventricular_rr_to;
}

/// Supraventricular beats that come in time are told only beside some that come early: a regular rhythm has none.
void leave_out_what_never_comes_early(std::span<const BeatFeatures> features, const BeatTypeModel& model,
                                      std::vector<BeatType>& types) {
  for (std::size_t b = 0; b < types.size(); ++b) {
    if (types[b] == BeatType::supraventricular && is_early(features[b], model)) {
      return;
    }
  }
  std::ranges::replace(types, BeatType::supraventricular, BeatType::normal);
}

/// The T wave of an extrasystole may stand in the next complex and make it less like the usual one than those are.
bool looks_usual(const BeatFeatures& f) { return value_of(f, BeatFeature::likeness) >= usual_likeness; }

/// [beat] whether it is ventricular and the two about it are the rhythm's and one usual interval apart. A complex of
/// the usual shape is the rhythm's, though it may be called ventricular for how soon it comes and for what lies before
/// it.
std::vector<bool> interpolated(std::span<const BeatFeatures> features, std::span<const BeatType> types,
                               const BeatTypeModel& model) {
  const auto is_usual = [&](std::size_t b) { return looks_usual(features[b]); };
  const auto is_of_rhythm = [&](std::size_t b) {
    return types[b] == BeatType::normal || types[b] == BeatType::supraventricular ||
           (types[b] == BeatType::ventricular && is_usual(b));
  };
  std::vector<bool> out(types.size(), false);
  for (std::size_t b = 1; b + 1 < types.size(); ++b) {
    // the feature is ln of half of what both intervals are over the usual one
    const double across = value_of(features[b], BeatFeature::pause) + std::numbers::ln2;
    out[b] = types[b] == BeatType::ventricular && !is_usual(b) && is_of_rhythm(b - 1) && is_of_rhythm(b + 1) &&
             std::abs(across) < model.interpolated_within;
  }
  return out;
}

/// Whether a period of `others` other beats and one ectopic beat turns at least fewest_turns times.
bool turns(std::span<const BeatType> types, BeatType ectopic, std::size_t others, const std::vector<bool>& is_parted) {
  std::size_t since = 0;
  std::size_t count = 0;
  for (std::size_t b = 0; b < types.size(); ++b) {
    if (b < is_parted.size() && is_parted[b]) {
      since = 0;
      count = 0;
    }
    if (types[b] != ectopic) {
      ++since;
      continue;
    }
    count = since == others ? count + 1 : 0;
    since = 0;
    if (count >= fewest_turns) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string_view beat_type_name(BeatType type) {
  constexpr std::array<std::string_view, 6> names{"normal", "supraventricular", "ventricular", "fusion",
                                                  "paced",  "unknown"};
  return names[static_cast<std::size_t>(type)];
}

double ModelTerm::value(const BeatFeatures& features) const {
  double product = 1.0;
  for (const BeatFeature factor : factors) {
    product *= value_of(features, factor);
  }
  return product;
}

double LogisticModel::log_odds(const BeatFeatures& features) const {
  double sum = constant;
  for (const ModelTerm& term : terms) {
    sum += term.weight * term.value(features);
  }
  return sum;
}

std::vector<BeatFeature> parse_term(std::string_view text) {
  std::vector<BeatFeature> factors;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('*', begin), text.size());
    const std::string_view name = text.substr(begin, end - begin);
    const auto found = std::ranges::find(beat_feature_names, name);
    XINGU_REQUIRE(found != beat_feature_names.end(),
                  "term '{}': '{}' is no feature of a beat (the model cannot be used); name one of docs/methods", text,
                  name);
    factors.push_back(static_cast<BeatFeature>(found - beat_feature_names.begin()));
    begin = end + 1;
  }
  return factors;
}

BeatTypeModel read_beat_type_model(const std::filesystem::path& path) {
  const TomlTable file = TomlTable::read(path);
  BeatTypeModel model;
  model.ventricular = read_logistic(file.table("ventricular"));
  model.supraventricular = read_logistic(file.table("supraventricular"));
  const TomlTable early = file.table("early");
  static_cast<void>(early.text("source"));
  model.supraventricular_rr_to = early.number("ln_rr_to");
  const TomlTable fusion = file.table("fusion");
  static_cast<void>(fusion.text("source"));
  model.fusion_likeness_from = fusion.number("likeness_from");
  model.fusion_likeness_to = fusion.number("likeness_to");
  model.fusion_earliest = fusion.number("ln_rr_from");
  const TomlTable interpolated = file.table("interpolated");
  static_cast<void>(interpolated.text("source"));
  model.interpolated_within = interpolated.number("ln_rr_within");
  file.finish();
  return model;
}

std::vector<BeatType> classify_beats(std::span<const BeatFeatures> features, std::span<const std::int64_t> beats,
                                     std::span<const std::size_t> spikes, double rate_hz, const BeatTypeModel& model) {
  std::vector<BeatType> types;
  for (const BeatFeatures& f : features) {
    const bool is_ventricular = model.ventricular.log_odds(f) >= model.ventricular.odds_from;
    types.push_back(is_ventricular ? BeatType::ventricular
                    : model.supraventricular.log_odds(f) >= model.supraventricular.odds_from
                        ? BeatType::supraventricular
                        : BeatType::normal);
  }
  leave_out_what_never_comes_early(features, model, types);
  bool has_ventricular = false;
  for (std::size_t b = 0; b < types.size(); ++b) {
    has_ventricular = has_ventricular || (types[b] == BeatType::ventricular && !is_fusion(features[b], model));
  }
  for (std::size_t b = 0; b < types.size(); ++b) {
    const auto before = std::ranges::upper_bound(spikes, static_cast<std::size_t>(beats[b]));
    const bool is_paced =
        before != spikes.begin() &&
        static_cast<double>(beats[b]) - static_cast<double>(*(before - 1)) <= evoked_within_s * rate_hz;
    if (is_paced) {
      types[b] = BeatType::paced;
    } else if (types[b] == BeatType::ventricular && has_ventricular && is_fusion(features[b], model)) {
      types[b] = BeatType::fusion;
    }
  }
  return types;
}

ClassifiedBeats classify_beats(ComparedBeats compared, std::span<const std::int64_t> beats,
                               std::span<const std::size_t> spikes, double rate_hz, const BeatTypeModel& model) {
  ClassifiedBeats out;
  out.type = classify_beats(compared.features, beats, spikes, rate_hz, model);
  out.is_interpolated = interpolated(compared.features, out.type, model);
  if (std::ranges::find(out.is_interpolated, true) != out.is_interpolated.end()) {
    time_without(out.is_interpolated, compared);
    const std::vector<BeatType> across = classify_beats(compared.features, beats, spikes, rate_hz, model);
    for (std::size_t b = 0; b < across.size(); ++b) {
      const bool is_usual = b > 0 && out.is_interpolated[b - 1] && looks_usual(compared.features[b]);
      const bool is_freed = across[b] == BeatType::normal && (out.type[b] == BeatType::supraventricular ||
                                                              (out.type[b] == BeatType::ventricular && is_usual));
      out.type[b] = is_freed ? BeatType::normal : out.type[b];
    }
  }
  return out;
}

Ectopy count_ectopy(std::span<const BeatType> types, BeatType ectopic, const std::vector<bool>& is_parted) {
  Ectopy out;
  std::size_t length = 0;
  for (std::size_t b = 0; b <= types.size(); ++b) {
    const bool is_ectopic = b < types.size() && types[b] == ectopic;
    out.beats += is_ectopic ? 1 : 0;
    if (is_ectopic && !(b < is_parted.size() && is_parted[b])) {
      ++length;
      continue;
    }
    out.couplets += length == 2 ? 1 : 0;
    out.runs += length >= 3 ? 1 : 0;
    if (length > out.longest_run) {
      out.longest_run = length;
      out.longest_run_begins = b - length;
    }
    length = is_ectopic ? 1 : 0;
  }
  out.has_bigeminy = turns(types, ectopic, 1, is_parted);
  out.has_trigeminy = turns(types, ectopic, 2, is_parted);
  return out;
}

std::vector<std::int64_t> nearest_normal_beats(std::span<const std::int64_t> beats, std::span<const BeatType> types,
                                               std::size_t beat, std::size_t most) {
  std::vector<std::int64_t> normal;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    if (types[b] == BeatType::normal) {
      normal.push_back(beats[b]);
    }
  }
  std::ranges::stable_sort(normal, {}, [&](std::int64_t at) { return std::abs(at - beats[beat]); });
  normal.resize(std::min(normal.size(), most));
  return normal;
}

}  // namespace xingu::ecg
