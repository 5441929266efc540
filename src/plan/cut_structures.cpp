// SPDX-License-Identifier: Apache-2.0
#include "plan/cut_structures.h"

#include <algorithm>

#include "patient/cut_ends.h"

namespace xingu {

std::vector<std::string> cut_structure_warnings(const Protocol& protocol, const StructureSet& set, const Grid& ct) {
  const auto matches = match_structures(protocol, set);
  std::vector<std::size_t> targets;
  for (std::size_t r = 0; r < matches.size(); ++r) {
    if (protocol.is_target(protocol.structures[r].id)) {
      targets.insert(targets.end(), matches[r].begin(), matches[r].end());
    }
  }
  const auto goals_of = [&](std::size_t structure) {
    std::string list;
    for (const Goal& goal : protocol.goals) {
      const auto rule = std::ranges::find(protocol.structures, goal.structure, &StructureRule::id);
      const auto r = static_cast<std::size_t>(rule - protocol.structures.begin());
      if (r < matches.size() && std::ranges::find(matches[r], structure) != matches[r].end()) {
        list += (list.empty() ? "" : ", ") + goal.metric.text;
      }
    }
    return list;
  };
  std::vector<std::string> warnings;
  for (const CutEnd& cut : cut_ends(ct, set, targets)) {
    if (const std::string goals = goals_of(cut.structure); !goals.empty()) {
      warnings.push_back(cut_end_words(cut, set.structures[cut.structure].name, goals));
    }
  }
  return warnings;
}

}  // namespace xingu
