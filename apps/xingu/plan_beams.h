// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "dose/machine_file.h"
#include "dose/treatment_plan.h"

namespace xingu {

/// Beams whose nominal energy or fluence mode is not the machine's: "2 of 4 beams, the first '3 RAO', are of 10 MV with
/// flattening filter, and radiosurgery-arm is modelled at 6 MV without flattening
/// filter". Empty if there are none.
[[nodiscard]] std::string beams_of_other_energy(const TreatmentPlan& plan, const MachineDescription& machine);

/// Beams that have their source where the machine never has it, in words; empty if there are none.
/// @param machine_name  name or file, as load_machine takes it
[[nodiscard]] std::string beams_of_other_distance(const TreatmentPlan& plan, const std::string& machine_name);

}  // namespace xingu
