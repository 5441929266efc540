// SPDX-License-Identifier: Apache-2.0
#include "report/structure_colours.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace xingu {
namespace {

constexpr Rgb page_colour{255, 255, 255};
constexpr Rgb tissue_grey{70, 70, 70};

/// Hue h in degrees, saturation and lightness in [0, 1].
Rgb from_hsl(double h, double s, double l) {
  const double chroma = (1 - std::abs(2 * l - 1)) * s;
  const auto channel = [&](double offset) {
    const double k = std::fmod(offset + h / 30.0, 12.0);
    return static_cast<int>(std::lround(255 * (l - chroma / 2 * std::max(-1.0, std::min({k - 3.0, 9.0 - k, 1.0})))));
  };
  return {channel(0), channel(8), channel(4)};
}

/// Weighted distance in sRGB ("redmean"): about 765 between black and white.
double difference(const Rgb& a, const Rgb& b) {
  const double mean_red = 0.5 * (a[0] + b[0]);
  const double r = a[0] - b[0];
  const double g = a[1] - b[1];
  const double bl = a[2] - b[2];
  return std::sqrt((2 + mean_red / 256) * r * r + 4 * g * g + (2 + (255 - mean_red) / 256) * bl * bl);
}

double nearest(const Rgb& colour, const std::vector<Rgb>& taken) {
  double least = 1e9;
  for (const Rgb& other : taken) {
    least = std::min(least, difference(colour, other));
  }
  return least;
}

Rgb distinct(const Rgb& wanted, const std::vector<Rgb>& taken) {
  constexpr double tell_apart = 140.0;
  Rgb best = with_contrast(wanted, page_colour, 3.0);
  double best_distance = nearest(best, taken);
  if (best_distance >= tell_apart) {
    return best;
  }
  for (const double lightness : {0.40, 0.28, 0.52}) {
    for (int step = 0; step < 24; ++step) {
      const Rgb trial = with_contrast(from_hsl(step * 15.0, 0.75, lightness), page_colour, 3.0);
      const double distance = nearest(trial, taken);
      if (distance > best_distance + 1.0) {
        best_distance = distance;
        best = trial;
      }
    }
    if (best_distance >= tell_apart) {
      break;
    }
  }
  return best;
}

}  // namespace

StructureColours structure_colours(const PlanReport& report) {
  StructureColours colours;
  std::vector<Rgb> taken;
  const auto take = [&](const ReportDose& dose) {
    for (const ReportDvh& curve : dose.structures) {
      if (!colours.contains(curve.name)) {
        const Rgb colour = distinct(curve.colour, taken);
        taken.push_back(colour);
        colours.emplace(curve.name, colour);
      }
    }
  };
  take(report.dose);
  for (const ReportDose& dose : report.comparisons) {
    take(dose);
  }
  return colours;
}

Rgb on_dark(const Rgb& colour) { return with_contrast(colour, tissue_grey, 3.5); }

}  // namespace xingu
