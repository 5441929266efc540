// SPDX-License-Identifier: Apache-2.0
#include "plan_beams.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "machine/treatment_machine.h"

namespace xingu {
namespace {

constexpr double energy_tolerance_MV = 0.05;  // nominal energies are told apart by whole or half MV

/// "6 MV without flattening filter".
std::string quality_words(double energy_MV, bool is_filter_free) {
  return fmt::format("{:g} MV {} flattening filter", energy_MV, is_filter_free ? "without" : "with");
}

/// "2 of 4 beams, the first '3 RAO',", or nothing.
template <class IsStrange>
std::string which_beams(const TreatmentPlan& plan, const IsStrange& is_strange, const PlannedBeam*& first) {
  const auto strange = std::ranges::find_if(plan.beams, is_strange);
  if (strange == plan.beams.end()) {
    return {};
  }
  first = &*strange;
  return fmt::format("{} of {} beams, the first '{}',", std::ranges::count_if(plan.beams, is_strange),
                     plan.beams.size(), printable(strange->name));
}

}  // namespace

std::string beams_of_other_energy(const TreatmentPlan& plan, const MachineDescription& machine) {
  const auto is_other = [&](const PlannedBeam& beam) {
    return std::abs(beam.energy_MV - machine.beam.nominal_energy_MV) > energy_tolerance_MV ||
           beam.is_filter_free == machine.beam.has_flattening_filter;
  };
  const PlannedBeam* first = nullptr;
  const std::string which = which_beams(plan, is_other, first);
  return which.empty()
             ? which
             : fmt::format("{} are of {}, and {} is modelled at {}", which,
                           quality_words(first->energy_MV, first->is_filter_free), machine.name,
                           quality_words(machine.beam.nominal_energy_MV, !machine.beam.has_flattening_filter));
}

void add_other_energy_option(CLI::App& command, bool& takes_other) {
  command.add_flag("--other-energy", takes_other,
                   "Take beams of another nominal energy or fluence mode by the machine's own model");
}

std::string take_energies(const std::string& plan_path, const TreatmentPlan& plan, const MachineDescription& machine,
                          bool takes_other) {
  const std::string other = beams_of_other_energy(plan, machine);
  XINGU_REQUIRE(!other.empty() || !takes_other,
                "--other-energy means nothing to a plan of the energy that {} has; leave it out", machine.name);
  XINGU_REQUIRE(other.empty() || takes_other,
                "{}: {} (depths and profiles would be wrong); give --machine with a model of the plan's energy, or "
                "--other-energy to take this one all the same",
                plan_path, other);
  return other.empty() ? other : fmt::format("{}: {}; the dose is that of this model", plan_path, other);
}

std::string beams_of_other_distance(const TreatmentPlan& plan, const std::string& machine_name) {
  const std::vector<double> known = has_mechanics(machine_name)
                                        ? load_treatment_machine(machine_name).source_distances_mm
                                        : std::vector<double>{load_machine(machine_name).beam.sad_mm};
  const auto is_other = [&](const PlannedBeam& beam) {
    return std::ranges::none_of(known, [&](double d) { return std::abs(d - beam.sad_mm) < 0.1; });
  };
  const PlannedBeam* first = nullptr;
  const std::string which = which_beams(plan, is_other, first);
  return which.empty() ? which
                       : fmt::format(
                             "{} have the source {:g} mm from the isocentre, where {} never has it ({} mm): "
                             "dose is that of its head moved there, with output by the inverse square",
                             which, first->sad_mm, machine_name, fmt::join(known, ", "));
}

}  // namespace xingu
