// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "patient/structure.h"
#include "plan/dose_metric.h"

namespace xingu {

/// The id every protocol may use for the patient's outline without naming it.
inline constexpr std::string_view body_id = "Body";

/// Which structures of a patient a protocol means by one of its ids. Patterns are compared without case; `*` stands for
/// any letters, `?` for one; one that no name fits may end in # and a ROI number, "PTV#3".
struct StructureRule {
  enum class Choice {
    first,  ///< the first pattern that some structure fits; two structures that fit it are an error
    all     ///< the union of everything that any pattern fits
  };
  std::string id;
  std::vector<std::string> names;
  Choice choice = Choice::first;
  std::vector<std::string> minus;  ///< ids whose volume is taken out
  bool is_required = false;
};

/// One dose level; simultaneous boosts have several.
struct TargetLevel {
  std::string id;        ///< of its StructureRule
  double dose_Gy = 0.0;  ///< total over all fractions
};

struct Prescription {
  double dose_Gy = 0.0;  ///< total over all fractions
  int num_fractions = 1;
  std::string target;  ///< id of the level that the plan is normalised to

  [[nodiscard]] double fraction_dose_Gy() const { return dose_Gy / num_fractions; }
};

/// A clinical goal: what is asked of the finished dose. Doses are totals over all fractions.
struct Goal {
  enum class Bound { at_most, at_least };
  std::string structure;
  DoseMetric metric;
  Bound bound = Bound::at_most;
  double limit = 0.0;  ///< in the metric's unit
  int priority = 1;    ///< 1 is the most important
  std::string source;  ///< where the number comes from; says "recalled" where nobody looked it up
};

/// What the optimiser is asked for; see docs/methods/objectives.md for the functions.
enum class ObjectiveKind {
  underdose,          ///< mean of (dose − d)² over the part below d
  overdose,           ///< mean of (d − dose)² over the part above d
  mean,               ///< (mean − d)² above d
  geud,               ///< (gEUD_a − d)² above d
  dose_volume_upper,  ///< at most v % of the volume above d
  dose_volume_lower,  ///< at least v % of the volume at or above d
  fall_off            ///< overdose against a limit that falls with the distance from the targets
};

struct ObjectiveSpec {
  std::string structure;
  ObjectiveKind kind = ObjectiveKind::overdose;
  double weight = 1.0;  ///< of a penalty in Gy², already divided by the structure's volume
  double dose_Gy = 0.0;
  double volume_percent = 0.0;  ///< dose-volume kinds
  double exponent = 1.0;        ///< gEUD
  // Fall-off: limit(r) = far + (near − far) exp(−rate (r − start)) for r > start, near before.
  double start_mm = 0.0;
  double near_Gy = 0.0;
  double far_Gy = 0.0;
  double rate_per_mm = 0.1;
};

/// Clinical intent as data. Nothing in it is code; every limit says where it comes from.
struct Protocol {
  std::string name;  ///< the file's stem
  std::string title;
  std::string note;
  Prescription prescription;
  std::vector<StructureRule> structures;  ///< targets first, then the others, in file order
  std::vector<TargetLevel> targets;
  std::vector<Goal> goals;
  std::vector<ObjectiveSpec> objectives;
  double smoothing =
      0.0;  ///< weight of the squared fluence differences between neighbours, relative; see FluenceOptions
  /// Penalty in Gy² on the segments' total MU, for each time that these MU would give the prescription under the
  /// machine's reference condition (the modulation factor); 0: MU are free.
  double mu_weight = 0.0;

  [[nodiscard]] bool is_target(std::string_view id) const;
  /// Dose of a target level, or the prescription's for any other structure: 100 % of relative metrics.
  [[nodiscard]] double reference_Gy(std::string_view id) const;
  [[nodiscard]] const StructureRule* find(std::string_view id) const;
};

/// Reads a protocol file. @throws InputError naming file, line and key.
[[nodiscard]] Protocol read_protocol(const std::filesystem::path& path);
[[nodiscard]] Protocol parse_protocol(std::string_view text, const std::string& name);

/// The patient's structures that each rule means: match[i] belongs to protocol.structures[i], indices into the set,
/// empty where the patient has none. An outline (type EXTERNAL) also stands for "Body".
/// @throws InputError if a required structure is missing (naming what is there) or a pattern is ambiguous.
[[nodiscard]] std::vector<std::vector<std::size_t>> match_structures(const Protocol& protocol, const StructureSet& set);

/// What a rule means in one patient, by the patient's own names.
struct NamedRule {
  std::string id;
  std::vector<std::string> taken;     ///< their union …
  std::vector<std::string> excluded;  ///< … less these; empty where nothing is taken
  /// "Lung_L + Lung_R − PTV_2500"; of many parts only the first and the last, and how many there are. Empty where the
  /// patient has no such structure.
  [[nodiscard]] std::string words() const;
  /// The id, with the words in brackets where they say more: "Heart (Heart − PTV_2500)".
  [[nodiscard]] std::string label() const;
  /// True if the rule is one of the patient's structures as it was drawn.
  [[nodiscard]] bool is_as_drawn() const { return taken.size() == 1 && excluded.empty(); }
};

/// The protocol's rules in the patient's names, one per rule, in its order. @throws InputError as match_structures.
[[nodiscard]] std::vector<NamedRule> named_rules(const Protocol& protocol, const StructureSet& set);

/// True if the whole of `name` fits the pattern (`*`, `?`), without case.
[[nodiscard]] bool fits_pattern(std::string_view name, std::string_view pattern);

}  // namespace xingu
