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

/// Where a patient's image, contours and isocentre come from, as the command line says.
struct PatientChoice {
  std::string folder;
  std::string series_uid;     ///< of the CT; empty: the only one
  std::string structure_set;  ///< label, UID or file name; empty: the only one that belongs to the series
  std::string isocentre_mm;   ///< "x,y,z" in frame P; empty: the middle of `structure`
  std::string structure;      ///< empty: the first PTV, CTV or GTV by type or name
};

/// @throws InputError for what the folder, the numbers or the structures lack.
[[nodiscard]] MachinePatient read_machine_patient(const PatientChoice& choice, const UnseenPatient& unseen);

}  // namespace xingu
