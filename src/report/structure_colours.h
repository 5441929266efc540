// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "report/html_text.h"
#include "report/plan_report.h"

namespace xingu {

/// Isodose lines on a dark CT, hot to cold: white by yellow, orange and red to green, sand and olive. Structures have
/// the other half of the colour circle, so that a line is never taken for one of the other kind, nor one isodose for
/// another, by eyes that do not tell red from green either.
inline constexpr std::array<Rgb, 8> isodose_colours{{{255, 255, 255},
                                                     {255, 240, 90},
                                                     {255, 165, 0},
                                                     {240, 45, 90},
                                                     {135, 240, 30},
                                                     {240, 210, 165},
                                                     {165, 195, 75},
                                                     {225, 90, 0}}};

/// One colour for each structure of the report's dose, its comparisons and its others, by name, made for a white page
/// (contrast at least 3): blue, teal, violet and magenta. It follows from the name alone, so that a structure looks the
/// same in every report, unless another structure of the report has the colour already: then the next one of the
/// palette. Names beyond the palette's size share colours.
using StructureColours = std::map<std::string, Rgb>;
[[nodiscard]] StructureColours structure_colours(const PlanReport& report);

/// The dash of a structure's curve on the page, as SVG stroke-dasharray: solid or long dashes with none, one or two
/// dots between, so that colours that are near to each other have different ones. "none" for targets.
[[nodiscard]] std::string_view dash_of_colour(const Rgb& colour);

/// The same hue for lines on a dark CT.
[[nodiscard]] Rgb on_dark(const Rgb& colour);

}  // namespace xingu
