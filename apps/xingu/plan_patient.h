// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace xingu {

/// The folder of a patient as a plan remembers it: relative to the plan's own folder, so that both can be moved
/// together.
[[nodiscard]] std::string remembered_patient(const std::filesystem::path& patient, const std::filesystem::path& plan);

/// The folder of the patient that a plan was made for: what the user gives, or else what the plan's summary.json
/// remembers.
///
/// @param plan   folder of `xingu plan`
/// @param given  of --patient; empty if it was not given
/// @throws InputError if the plan does not remember a patient, or the patient is no longer there
[[nodiscard]] std::filesystem::path patient_of_plan(const std::filesystem::path& plan, const std::string& given);

}  // namespace xingu
