// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "report/html_text.h"
#include "report/plan_report.h"

namespace xingu {

/// One colour for each structure of the report's dose (and of its comparisons), by name, made for a white page:
/// contrast at least 3, and hues shifted where two structures of the file would look alike.
using StructureColours = std::map<std::string, Rgb>;
[[nodiscard]] StructureColours structure_colours(const PlanReport& report);

/// The same hue for lines on a dark CT.
[[nodiscard]] Rgb on_dark(const Rgb& colour);

}  // namespace xingu
