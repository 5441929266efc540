// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "machine/beam_path.h"

namespace xingu {

/// The motion of every axis that moves along a path, as SVG: its position over time, and beneath it speed, acceleration
/// and jerk as parts of its limits. Time counts while the machine moves; beams stand as lines where they are given.
///
/// @param stops  that the path was made for
/// @param title  plain text
[[nodiscard]] std::string motion_svg(const TreatmentMachine& machine, const BeamPath& path,
                                     const std::vector<BeamStop>& stops, const std::string& title);

}  // namespace xingu
