// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "dicom/read_patient.h"
#include "dicom/read_plan.h"
#include "patient/patient.h"

namespace xingu {

/// What `xingu plan` calls the structures that it writes beside a plan: those that were read, and the body's outline
/// where it had to be found.
inline constexpr const char* completed_structures_file = "RTSTRUCT.dcm";

/// The folder of a patient as a plan remembers it: relative to the plan's own folder, so that both can be moved
/// together.
[[nodiscard]] std::string remembered_patient(const std::filesystem::path& patient, const std::filesystem::path& plan);

/// The folder of the patient that a plan was made for: what the user gives, or else what the plan's summary.json
/// remembers.
///
/// @param plan   folder of `xingu plan`, or the RTPLAN in it
/// @param given  of --patient; empty if it was not given
/// @throws InputError if the plan does not remember a patient, or the patient is no longer there
[[nodiscard]] std::filesystem::path patient_of_plan(const std::filesystem::path& plan, const std::string& given);

/// The RTPLAN of a file, or the only one of a folder. @throws InputError if a folder holds none or several.
[[nodiscard]] RtPlan read_plan_of(const std::filesystem::path& plan);

/// The treatment machine: what the user gives, or else the plan's.
/// @param plan_path  of read_plan_of  @param given  of --machine; may be empty  @throws InputError if neither names one
[[nodiscard]] std::string machine_of_plan(const RtPlan& plan, const std::filesystem::path& plan_path,
                                          const std::string& given);

/// Which CT series and structures of a folder a plan was made on, where the folder holds several: the RTSTRUCT that it
/// refers to, or that which the one written with the plan was made from, and the series which that was drawn on, else
/// the only series in the plan's frame of reference. What the references do not tell is left open.
/// @param plan_path  of read_plan_of
[[nodiscard]] ReadOptions patient_of_references(const DicomFolder& folder, const RtPlan& plan,
                                                const std::filesystem::path& plan_path);

/// The patient that a plan was made for, from patient_of_plan().
/// @param plan_path  of read_plan_of  @param given  of --patient; may be empty
/// @throws InputError also if the patient's CT is in another frame of reference than the plan
[[nodiscard]] Patient read_patient_of(const RtPlan& plan, const std::filesystem::path& plan_path,
                                      const std::string& given);

/// Whether plan and CT state frames of reference, and different ones: positions of the one mean nothing in the other.
[[nodiscard]] bool has_other_frame(const RtPlan& plan, const CtImage& ct);

/// Refuses a plan for a patient who lies otherwise than the CT shows: its beams would come from elsewhere.
/// @param folder  of the patient, for the message
void require_same_position(const RtPlan& plan, const std::filesystem::path& plan_path, const CtImage& ct,
                           const std::filesystem::path& folder);

/// The same, and a plan in another frame of reference.
void require_plan_fits(const RtPlan& plan, const std::filesystem::path& plan_path, const CtImage& ct,
                       const std::filesystem::path& folder);

}  // namespace xingu
