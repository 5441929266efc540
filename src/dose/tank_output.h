// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dose/tank.h"

namespace xingu {

/// What a reader of the tank's files must know, one line each: program, tank, field, engine.
using TankFacts = std::vector<std::string>;

/// The figures that physicists quote of a depth dose.
struct TankFigures {
  double dmax_mm = 0.0;         ///< depth of the largest scored dose, by a parabola through it and its neighbours
  double dose_at_dmax = 0.0;    ///< Gy cm² per unit axis fluence
  std::optional<double> pdd10;  ///< per cent of the maximum at 100 mm
  std::optional<double> pdd20;  ///< at 200 mm
};
/// @throws InputError if there is no dose at all.
[[nodiscard]] TankFigures tank_figures(const TankScores& scores);

/// depth_dose.csv: depth, bin edges, dose per unit axis fluence at the isocentre plane, per cent of its maximum, and
/// dose per MU where `fluence_per_mu` (1/cm² per MU, times the map's axis value) is not 0.
[[nodiscard]] std::string depth_dose_csv(const TankScores& scores, const TankFacts& facts, double fluence_per_mu);
/// profiles.csv: one row per bin of every profile; per cent of the profile's dose nearest to the axis.
[[nodiscard]] std::string profiles_csv(const TankScores& scores, const TankFacts& facts, double fluence_per_mu);
/// Depth dose and profiles side by side, one self-contained SVG.
[[nodiscard]] std::string tank_svg(const TankScores& scores, const TankFacts& facts);

}  // namespace xingu
