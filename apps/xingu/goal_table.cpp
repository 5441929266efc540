// SPDX-License-Identifier: Apache-2.0
#include "goal_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "text_table.h"

namespace xingu {
namespace {

std::string goal_value(double value, const std::string& unit) {
  return fmt::format("{:.2f}{}{}", value, unit.empty() ? "" : " ", unit);
}

/// "(of 75.7 %)", "(within its uncertainty)", or both.
std::string remark(const GoalResult& result) {
  std::string words = result.part_words();
  if (result.is_within_uncertainty()) {
    words += std::string(words.empty() ? "" : ", ") + "within its uncertainty";
  }
  return words.empty() ? words : "(" + words + ")";
}

}  // namespace

std::filesystem::path protocol_path(const std::string& name_or_path) {
  if (name_or_path.ends_with(".toml") || name_or_path.find('/') != std::string::npos) {
    return find_shipped(name_or_path);
  }
  return find_shipped("protocols/" + name_or_path + ".toml");
}

void print_goals(const std::vector<GoalResult>& goals, const std::vector<NamedRule>& rules,
                 const std::string& measured) {
  TextTable table({{"", Align::left},
                   {"structure", Align::left},
                   {"goal", Align::left},
                   {"limit", Align::right},
                   {measured, Align::right},
                   {"", Align::left},
                   {"priority", Align::right}});
  for (const GoalResult& result : goals) {
    if (result.verdict == GoalResult::Verdict::not_assessed) {
      continue;
    }
    const std::string unit = result.goal.metric.unit();
    const std::string note = remark(result);
    const auto rule = std::ranges::find(rules, result.goal.structure, &NamedRule::id);
    table.add({result.verdict == GoalResult::Verdict::met ? "met" : "NOT met",
               rule == rules.end() ? result.goal.structure : printable(rule->label(), 60), result.goal.metric.text,
               fmt::format("{} {}", result.goal.bound == Goal::Bound::at_most ? "<=" : ">=",
                           goal_value(result.goal.limit, unit)),
               goal_value(result.value, unit) +
                   (result.uncertainty ? fmt::format(" ± {:.2f}", *result.uncertainty) : std::string()),
               note, fmt::format("{}", result.goal.priority)});
  }
  table.print();
  fmt::print("  {}\n", tally(goals).words());
  if (std::ranges::any_of(goals, [](const GoalResult& goal) { return !goal.part_words().empty(); })) {
    fmt::print("  (of N %): measured in N % of the structure, the rest lies beyond the dose grid\n");
  }
  if (std::ranges::any_of(goals, [](const GoalResult& goal) { return goal.uncertainty.has_value(); })) {
    fmt::print(
        "  ±: every voxel one standard deviation of the Monte Carlo lower and higher, as if all erred together\n");
  }
}

}  // namespace xingu
