// SPDX-License-Identifier: Apache-2.0
#include "plan/protocol.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/toml_file.h"

namespace xingu {
namespace {

constexpr double largest_dose_Gy = 1000.0;
constexpr double largest_total_Gy = 200.0;     // of a course
constexpr double least_part_of_a_level = 0.5;  // that an objective of a target asks for

double read_dose(const TomlTable& table, std::string_view key) {
  const double dose = table.number(key);
  if (dose < 0.0 || dose > largest_dose_Gy) {
    table.fail(key, fmt::format("= {} is no dose; give from 0 to {} Gy", dose, largest_dose_Gy));
  }
  return dose;
}

double read_prescribed_dose(const TomlTable& table) {
  constexpr std::string_view key = "dose_Gy";
  const double dose = table.number(key);
  if (!(dose > 0.0) || dose > largest_dose_Gy) {
    table.fail(key,
               fmt::format("= {} is no dose to prescribe; give more than 0 and at most {} Gy", dose, largest_dose_Gy));
  }
  return dose;
}

/// Refuses a dose per fraction that was written as if it were the total, or the other way round.
void require_plausible_total(const TomlTable& table, double total_Gy, int num_fractions) {
  if (total_Gy > largest_total_Gy) {
    table.fail(
        "dose_Gy",
        fmt::format("makes {:g} Gy in all {} fractions (more than any course gives); is it the total? then write it "
                    "as one, with per = \"total\" in [prescription]",
                    total_Gy, num_fractions));
  }
}

/// How a file states its prescribed doses; there is no default, because mistaking one for the other kills.
enum class DosePer { total, fraction };

DosePer read_per(const TomlTable& table) {
  const std::string per = table.text("per");
  if (per == "total") {
    return DosePer::total;
  }
  if (per != "fraction") {
    table.fail("per", "is neither \"total\" nor \"fraction\"; say which of the two dose_Gy is");
  }
  return DosePer::fraction;
}

struct PrescriptionTable {
  Prescription prescription;
  double to_total = 1.0;  ///< factor from a dose as written to the total
};

PrescriptionTable read_prescription(const TomlTable& table) {
  PrescriptionTable result;
  const std::int64_t fractions = table.integer("fractions");
  if (fractions < 1 || fractions > 100) {
    table.fail("fractions", "is not a number of fractions; give 1 to 100");
  }
  result.prescription.num_fractions = static_cast<int>(fractions);
  result.to_total = read_per(table) == DosePer::total ? 1.0 : static_cast<double>(fractions);
  result.prescription.dose_Gy = read_prescribed_dose(table) * result.to_total;
  require_plausible_total(table, result.prescription.dose_Gy, result.prescription.num_fractions);
  result.prescription.target = table.text("target");
  return result;
}

StructureRule read_rule(const TomlTable& table) {
  StructureRule rule;
  rule.id = table.text("id");
  rule.names = table.texts("names");
  if (rule.id.empty() || rule.names.empty()) {
    table.fail("names", "is empty; list the structure names that are meant");
  }
  const std::string choice = table.text("choose", "first");
  if (choice != "first" && choice != "all") {
    table.fail("choose", "is neither \"first\" nor \"all\"; say whether one structure or the union is meant");
  }
  rule.choice = choice == "all" ? StructureRule::Choice::all : StructureRule::Choice::first;
  if (table.has("minus")) {
    rule.minus = table.texts("minus");
  }
  return rule;
}

Goal read_goal(const TomlTable& table) {
  Goal goal;
  goal.structure = table.text("structure");
  const std::string metric = table.text("metric");
  try {
    goal.metric = DoseMetric::parse(metric);
  } catch (const InputError& error) {
    table.fail("metric", fmt::format("is refused: {}", error.what()));
  }
  if (table.has("at_most") == table.has("at_least")) {
    for (const char* bound : {"at_most", "at_least"}) {
      if (!table.has(bound) && !table.unread_key_like(bound).empty()) {
        table.fail_missing(bound, "");
      }
    }
    table.fail("metric", "needs exactly one of at_most and at_least");
  }
  goal.bound = table.has("at_most") ? Goal::Bound::at_most : Goal::Bound::at_least;
  const char* const bound = goal.bound == Goal::Bound::at_most ? "at_most" : "at_least";
  goal.limit = table.number(bound);
  if (!(goal.limit >= 0.0)) {
    table.fail(bound, fmt::format("is {} (no dose, volume or index is negative); correct it", goal.limit));
  }
  if (goal.metric.unit() == "Gy" && goal.limit > largest_dose_Gy) {
    table.fail(bound, fmt::format("is {} Gy (more than {} Gy: the goal could not be missed); give Gy, not cGy",
                                  goal.limit, largest_dose_Gy));
  }
  const std::int64_t priority = table.integer("priority");
  if (priority < 1 || priority > 9) {
    table.fail("priority", "is not between 1 (most important) and 9");
  }
  goal.priority = static_cast<int>(priority);
  goal.source = table.text("source");
  if (goal.source.empty()) {
    table.fail("source", "is empty (a limit without a source cannot be judged); say where the number comes from");
  }
  return goal;
}

ObjectiveKind read_kind(const TomlTable& table) {
  static constexpr std::array<std::pair<std::string_view, ObjectiveKind>, 7> kinds{{
      {"underdose", ObjectiveKind::underdose},
      {"overdose", ObjectiveKind::overdose},
      {"mean", ObjectiveKind::mean},
      {"gEUD", ObjectiveKind::geud},
      {"dose_volume_upper", ObjectiveKind::dose_volume_upper},
      {"dose_volume_lower", ObjectiveKind::dose_volume_lower},
      {"fall_off", ObjectiveKind::fall_off},
  }};
  const std::string text = table.text("kind");
  for (const auto& [name, kind] : kinds) {
    if (text == name) {
      return kind;
    }
  }
  table.fail("kind",
             "is not known; write underdose, overdose, mean, gEUD, dose_volume_upper, dose_volume_lower or fall_off");
}

void read_fall_off(const TomlTable& table, ObjectiveSpec& spec) {
  spec.start_mm = table.number("start_mm", 0.0);
  spec.near_Gy = read_dose(table, "near_Gy");
  spec.far_Gy = read_dose(table, "far_Gy");
  spec.rate_per_mm = table.number("rate_per_mm");
  if (spec.start_mm < 0.0 || !(spec.rate_per_mm > 0.0) || spec.far_Gy > spec.near_Gy) {
    table.fail("rate_per_mm", "does not make the dose fall; give start_mm ≥ 0, rate_per_mm > 0 and far_Gy ≤ near_Gy");
  }
}

ObjectiveSpec read_objective(const TomlTable& table) {
  ObjectiveSpec spec;
  spec.structure = table.text("structure");
  spec.kind = read_kind(table);
  spec.weight = table.number("weight");
  if (!(spec.weight > 0.0)) {
    table.fail("weight", "is not positive; give a positive weight or remove the objective");
  }
  if (spec.kind == ObjectiveKind::fall_off) {
    read_fall_off(table, spec);
    return spec;
  }
  spec.dose_Gy = read_dose(table, "dose_Gy");
  if (spec.kind == ObjectiveKind::geud) {
    spec.exponent = table.number("exponent");
    if (spec.exponent < 1.0 || spec.exponent > 50.0) {
      table.fail("exponent", "is outside 1 to 50, where an upper gEUD is convex");
    }
  }
  if (spec.kind == ObjectiveKind::dose_volume_upper || spec.kind == ObjectiveKind::dose_volume_lower) {
    spec.volume_percent = table.number("volume_percent");
    if (spec.volume_percent < 0.0 || spec.volume_percent > 100.0) {
      table.fail("volume_percent", "is not between 0 and 100");
    }
  }
  return spec;
}

void check_references(const TomlTable& file, const Protocol& protocol) {
  const auto is_known = [&](std::string_view id) { return id == body_id || protocol.find(id) != nullptr; };
  std::vector<std::string> ids{std::string(body_id)};
  for (const StructureRule& rule : protocol.structures) {
    ids.push_back(rule.id);
  }
  const auto require = [&](std::string_view key, const std::string& id) {
    if (!is_known(id)) {
      const std::string near = nearest_name(id, ids);
      file.fail(key,
                fmt::format("speaks of '{}', which no [[target]] or [[structure]] defines{}", printable(id),
                            near.empty() ? std::string("; define it") : fmt::format("; did you mean '{}'?", near)));
    }
  };
  for (const StructureRule& rule : protocol.structures) {
    if (std::ranges::count(protocol.structures, rule.id, &StructureRule::id) > 1) {
      file.fail("structure", fmt::format("'{}' is defined twice; give each id once", printable(rule.id)));
    }
    for (const std::string& id : rule.minus) {
      require("minus", id);
    }
  }
  for (const Goal& goal : protocol.goals) {
    require("goal", goal.structure);
  }
  for (const ObjectiveSpec& spec : protocol.objectives) {
    require("objective", spec.structure);
  }
}

/// Structures of the set that fit one pattern and have contours; where none does, the pattern may end in a ROI number.
std::vector<std::size_t> fitting(const StructureSet& set, std::string_view pattern) {
  const auto all_that = [&set](auto fits) {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < set.structures.size(); ++i) {
      if (!set.structures[i].contours.empty() && fits(set.structures[i])) {
        result.push_back(i);
      }
    }
    return result;
  };
  std::vector<std::size_t> by_name = all_that([&](const Structure& s) { return fits_pattern(s.name, pattern); });
  const NumberedName numbered = numbered_name(pattern);
  if (!by_name.empty() || !numbered.number) {
    return by_name;
  }
  return all_that(
      [&](const Structure& s) { return s.number == *numbered.number && fits_pattern(s.name, numbered.name); });
}

std::vector<std::size_t> match_rule(const StructureRule& rule, const StructureSet& set) {
  std::vector<std::size_t> result;
  for (const std::string& pattern : rule.names) {
    const std::vector<std::size_t> found = fitting(set, pattern);
    if (rule.choice == StructureRule::Choice::all) {
      result.insert(result.end(), found.begin(), found.end());
    } else if (!found.empty()) {
      XINGU_REQUIRE(
          found.size() == 1,
          "structures '{}' and '{}' both fit the protocol's '{}' for {} (the plan would take an arbitrary one); "
          "name the one that is meant in the protocol, by its ROI number where that must be: '{}#{}'",
          printable(label_of(set, set.structures[found[0]])), printable(label_of(set, set.structures[found[1]])),
          pattern, rule.id, printable(set.structures[found[0]].name), set.structures[found[0]].number);
      return found;
    }
  }
  std::ranges::sort(result);
  const auto [first, last] = std::ranges::unique(result);
  result.erase(first, last);
  if (result.empty() && rule.id == body_id) {
    for (std::size_t i = 0; i < set.structures.size(); ++i) {
      if (set.structures[i].interpreted_type == "EXTERNAL" && !set.structures[i].contours.empty()) {
        return {i};
      }
    }
  }
  return result;
}

}  // namespace

bool Protocol::is_target(std::string_view id) const {
  return std::ranges::any_of(targets, [&](const TargetLevel& level) { return level.id == id; });
}

double Protocol::reference_Gy(std::string_view id) const {
  const auto it = std::ranges::find_if(targets, [&](const TargetLevel& level) { return level.id == id; });
  return it != targets.end() ? it->dose_Gy : prescription.dose_Gy;
}

const StructureRule* Protocol::find(std::string_view id) const {
  const auto it = std::ranges::find_if(structures, [&](const StructureRule& rule) { return rule.id == id; });
  return it != structures.end() ? &*it : nullptr;
}

namespace {

/// Refuses an objective that asks far less of a target than its level: most likely a dose per fraction.
void require_total_dose(const TomlTable& table, const Protocol& protocol) {
  const ObjectiveSpec& spec = protocol.objectives.back();
  const bool is_of_dose =
      spec.kind != ObjectiveKind::fall_off && spec.kind != ObjectiveKind::geud && spec.kind != ObjectiveKind::mean;
  const double level_Gy = protocol.reference_Gy(spec.structure);
  if (is_of_dose && protocol.is_target(spec.structure) && spec.dose_Gy < least_part_of_a_level * level_Gy) {
    table.fail("dose_Gy",
               fmt::format("= {:g} is less than half of the {:g} Gy that '{}' is to get; doses of objectives are "
                           "totals over all fractions, so write the total",
                           spec.dose_Gy, level_Gy, printable(spec.structure)));
  }
}

Protocol protocol_of(const TomlTable& file, std::string name) {
  Protocol protocol;
  protocol.name = std::move(name);
  protocol.title = file.text("title");
  protocol.note = file.text("note", "");
  const PrescriptionTable prescribed = read_prescription(file.table("prescription"));
  protocol.prescription = prescribed.prescription;
  for (const TomlTable& table : file.tables("target")) {
    StructureRule rule = read_rule(table);
    rule.is_required = !table.flag("may_be_absent", false);
    const double dose = read_prescribed_dose(table) * prescribed.to_total;
    require_plausible_total(table, dose, protocol.prescription.num_fractions);
    protocol.targets.push_back({rule.id, dose});
    protocol.structures.push_back(std::move(rule));
  }
  if (!protocol.is_target(protocol.prescription.target)) {
    file.table("prescription").fail("target", "is not the id of a [[target]]; name one");
  }
  if (std::abs(protocol.reference_Gy(protocol.prescription.target) - protocol.prescription.dose_Gy) > 1e-9) {
    file.table("prescription").fail("dose_Gy", "differs from the dose_Gy of its [[target]]; make them equal");
  }
  for (const TomlTable& table : file.tables("structure")) {
    protocol.structures.push_back(read_rule(table));
  }
  for (const TomlTable& table : file.tables("goal")) {
    protocol.goals.push_back(read_goal(table));
    const Goal& goal = protocol.goals.back();
    const bool is_organ = goal.structure == body_id || protocol.find(goal.structure) != nullptr;
    if (goal.metric.needs_target() && is_organ && !protocol.is_target(goal.structure)) {
      table.fail("metric", fmt::format("= {} is asked of '{}', which is no [[target]] (the index compares a target "
                                       "with the isodose of its own dose); ask it of a target",
                                       goal.metric.text, printable(goal.structure)));
    }
  }
  for (const TomlTable& table : file.tables("objective")) {
    protocol.objectives.push_back(read_objective(table));
    require_total_dose(table, protocol);
  }
  if (const auto optimisation = file.optional_table("optimisation")) {
    protocol.smoothing = optimisation->number("smoothing", 0.0);
    if (protocol.smoothing < 0.0) {
      optimisation->fail("smoothing", "is negative; give 0 or more");
    }
    protocol.mu_weight = optimisation->number("mu_weight", 0.0);
    if (protocol.mu_weight < 0.0) {
      optimisation->fail("mu_weight", "is negative (MU would be given for their own sake); give 0 or more");
    }
  }
  check_references(file, protocol);
  file.finish();
  if (protocol.objectives.empty()) {
    file.fail("objective", "is missing (the optimiser would have nothing to do); add [[objective]] tables");
  }
  return protocol;
}

}  // namespace

Protocol read_protocol(const std::filesystem::path& path) {
  return protocol_of(TomlTable::read(path), path.stem().string());
}

Protocol parse_protocol(std::string_view text, const std::string& name) {
  return protocol_of(TomlTable::parse(text, name), std::filesystem::path(name).stem().string());
}

namespace {

/// Refuses two levels that are one structure: it cannot be given two doses.
void require_targets_of_their_own(const Protocol& protocol, const StructureSet& set,
                                  const std::vector<std::vector<std::size_t>>& matches) {
  for (std::size_t b = 0; b < matches.size(); ++b) {
    for (std::size_t a = 0; a < b; ++a) {
      const StructureRule& first = protocol.structures[a];
      const StructureRule& second = protocol.structures[b];
      const bool are_apart = std::ranges::find(first.minus, second.id) != first.minus.end() ||
                             std::ranges::find(second.minus, first.id) != second.minus.end();
      if (!matches[a].empty() && matches[a] == matches[b] && !are_apart && protocol.is_target(first.id) &&
          protocol.is_target(second.id)) {
        fail_input(
            "protocol {}: the targets {} and {} are both '{}' (it cannot be given two doses); name the structure "
            "that each is",
            protocol.name, first.id, second.id, printable(label_of(set, set.structures[matches[a].front()])));
      }
    }
  }
}

}  // namespace

std::vector<std::vector<std::size_t>> match_structures(const Protocol& protocol, const StructureSet& set) {
  std::vector<std::vector<std::size_t>> result;
  for (const StructureRule& rule : protocol.structures) {
    result.push_back(match_rule(rule, set));
    if (result.back().empty() && rule.is_required) {
      std::string names;
      for (const Structure& s : set.structures) {
        names += (names.empty() ? "" : ", ") + printable(s.name, 40);
      }
      fail_input(
          "protocol {}: no structure fits {} ({}), which the plan must treat; the patient has: {}; name the "
          "structure in the protocol",
          protocol.name, rule.id, fmt::join(rule.names, ", "), names.empty() ? "none" : names);
    }
  }
  require_targets_of_their_own(protocol, set, result);
  return result;
}

namespace {

std::string union_words(const std::vector<std::string>& names) {
  constexpr std::size_t most_named = 4;
  if (names.size() > most_named) {
    return fmt::format("{} + … + {} ({})", names.front(), names.back(), names.size());
  }
  return fmt::format("{}", fmt::join(names, " + "));
}

}  // namespace

std::string NamedRule::words() const {
  std::string text = union_words(taken);
  for (const std::string& name : excluded) {
    text += " − " + name;
  }
  return text;
}

std::string NamedRule::label() const {
  const std::string made_of = words();
  return made_of.empty() || made_of == id ? id : fmt::format("{} ({})", id, made_of);
}

std::vector<NamedRule> named_rules(const Protocol& protocol, const StructureSet& set) {
  const auto matches = match_structures(protocol, set);
  std::vector<NamedRule> result;
  for (std::size_t r = 0; r < protocol.structures.size(); ++r) {
    const StructureRule& rule = protocol.structures[r];
    NamedRule named{rule.id, {}, {}};
    for (const std::size_t i : matches[r]) {
      named.taken.push_back(label_of(set, set.structures[i]));
    }
    for (std::size_t other = 0; other < protocol.structures.size() && !named.taken.empty(); ++other) {
      if (std::ranges::find(rule.minus, protocol.structures[other].id) != rule.minus.end()) {
        for (const std::size_t i : matches[other]) {
          named.excluded.push_back(label_of(set, set.structures[i]));
        }
      }
    }
    result.push_back(std::move(named));
  }
  return result;
}

bool fits_pattern(std::string_view name, std::string_view pattern) {
  const std::string text = to_lower(name);
  const std::string mask = to_lower(pattern);
  std::size_t t = 0;
  std::size_t m = 0;
  std::size_t star = std::string::npos;  // last star, and the text position it was tried from
  std::size_t retry = 0;
  while (t < text.size()) {
    if (m < mask.size() && mask[m] != '*' && (mask[m] == '?' || mask[m] == text[t])) {
      ++t;
      ++m;
    } else if (m < mask.size() && mask[m] == '*') {
      star = m++;
      retry = t;
    } else if (star != std::string::npos) {
      m = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (m < mask.size() && mask[m] == '*') {
    ++m;
  }
  return m == mask.size();
}

}  // namespace xingu
