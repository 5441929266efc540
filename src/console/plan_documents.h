// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "console/content.h"
#include "dose/treatment_plan.h"
#include "geometry/grid.h"
#include "patient/patient.h"

namespace xingu::console {

/// A plan with its patient, as the page Plan shows them.
struct PlanCase {
  const TreatmentPlan* plan = nullptr;
  const Patient* patient = nullptr;
  const Volume<float>* dose_Gy = nullptr;  ///< all fractions, frame P; null: not there
  const nlohmann::json* summary =
      nullptr;  ///< summary.json of `xingu plan`: goals, histograms, warnings; null: not there
};

/// Puts /api/plan, /api/volumes, /api/structures and what they name among the documents.
void add_plan_documents(const PlanCase& plan, Content& content);

}  // namespace xingu::console
