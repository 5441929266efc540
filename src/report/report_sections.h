// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "report/plan_report.h"
#include "report/structure_colours.h"

namespace xingu {

/// The plan's label, or the patient's name or id where it has none.
[[nodiscard]] std::string plan_title(const PlanReport& report);

// Parts of the page as HTML; empty where the report has nothing to say about them.
[[nodiscard]] std::string identity(const PlanReport& report);
[[nodiscard]] std::string summary_cards(const PlanReport& report);
[[nodiscard]] std::string warning_list(const PlanReport& report);
[[nodiscard]] std::string structure_table(const PlanReport& report);
[[nodiscard]] std::string goal_table(const PlanReport& report);
[[nodiscard]] std::string dvh_tables(const PlanReport& report, const StructureColours& colours);
/// DVH table of ReportDose::others.
[[nodiscard]] std::string other_dvh_table(const PlanReport& report, const StructureColours& colours);
[[nodiscard]] std::string metric_tables(const PlanReport& report);
[[nodiscard]] std::string beam_map_keys(const PlanReport& report);
[[nodiscard]] std::string beam_table(const PlanReport& report);
/// How the machine gives the beams: certified way, time in parts, least clearance.
[[nodiscard]] std::string treatment_table(const PlanReport& report);
[[nodiscard]] std::string computation_facts(const PlanReport& report);
[[nodiscard]] std::string provenance_tables(const PlanReport& report);
[[nodiscard]] std::string timing_table(const PlanReport& report);

}  // namespace xingu
