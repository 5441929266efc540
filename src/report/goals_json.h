// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "report/plan_report.h"

namespace xingu {

/// Goals as an array of objects, the same for a plan's summary.json and for `xingu evaluate --json`; absent or
/// non-finite values are null.
[[nodiscard]] nlohmann::ordered_json goals_json(const std::vector<ReportGoal>& goals);

}  // namespace xingu
