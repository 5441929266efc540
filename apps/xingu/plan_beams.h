// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "dose/machine_file.h"
#include "dose/treatment_plan.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// --other-energy.
void add_other_energy_option(CLI::App& command, bool& takes_other);

/// Beams whose nominal energy or fluence mode is not the machine's: "2 of 4 beams, the first '3 RAO', are of 10 MV with
/// flattening filter, and radiosurgery-arm is modelled at 6 MV without flattening
/// filter". Empty if there are none.
[[nodiscard]] std::string beams_of_other_energy(const TreatmentPlan& plan, const MachineDescription& machine);

/// Refuses beams of another energy or fluence mode than the machine's model, unless they are asked for.
/// @param plan_path  named in what is said
/// @param takes_other  whether --other-energy was given
/// @return a warning to be told where such beams are taken; empty for a plan of the machine's own energy
/// @throws InputError if beams are of another energy and were not asked for, or were asked for and are not there
[[nodiscard]] std::string take_energies(const std::string& plan_path, const TreatmentPlan& plan,
                                        const MachineDescription& machine, bool takes_other);

/// Beams that have their source where the machine never has it, in words; empty if there are none.
/// @param machine_name  name or file, as load_machine takes it
[[nodiscard]] std::string beams_of_other_distance(const TreatmentPlan& plan, const std::string& machine_name);

}  // namespace xingu
