// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "machine/reach_solver.h"
#include "patient/patient.h"

namespace xingu {

/// A patient's folder as the commands around machines use it.
struct MachinePatient {
  Patient patient;
  PatientOnTable on_table;
  Vec3 isocentre_P = Vec3::Zero();
  std::string isocentre_source;  ///< "the middle of PTV"
};

/// @param isocentre_mm  "x,y,z" in frame P, or empty: the middle of `structure`, or of the first PTV, CTV or GTV by
/// type or name
/// @throws InputError for what the folder, the numbers or the structures lack.
[[nodiscard]] MachinePatient read_machine_patient(const std::string& folder, const std::string& isocentre_mm,
                                                  const std::string& structure, const UnseenPatient& unseen);

}  // namespace xingu
