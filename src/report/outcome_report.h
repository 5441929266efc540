// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "plan/planner.h"
#include "report/plan_report.h"

namespace xingu {

/// What a report says beyond the plan's own numbers.
struct OutcomeReportInputs {
  std::string patient_folder;          ///< relative to the report's own
  std::filesystem::path patient_path;  ///< as it was given, which warnings about its files begin with
  std::filesystem::path protocol_file;
  std::filesystem::path machine_file;
  std::vector<std::filesystem::path> mechanics_files;  ///< of the machine: its axes and shapes
  std::filesystem::path overrides_file;                ///< of densities; empty where there is none
  std::vector<ReportProvenance::Output> outputs;       ///< DICOM that was written
  std::optional<ReportTreatment> treatment;            ///< where the machine's axes are described
  double total_s = 0.0;
};

/// The report of a finished plan. Images borrow from `outcome` and `patient`: render before they go.
[[nodiscard]] PlanReport report_of(const PlanOutcome& outcome, const Patient& patient, const Protocol& protocol,
                                   const MachineDescription& machine, const PlannerOptions& options,
                                   const OutcomeReportInputs& inputs);

}  // namespace xingu
