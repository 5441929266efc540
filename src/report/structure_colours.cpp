// SPDX-License-Identifier: Apache-2.0
#include "report/structure_colours.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"

namespace xingu {
namespace {

constexpr Rgb tissue_grey{70, 70, 70};

/// Targets first, then organs; neighbours differ in lightness.
constexpr std::size_t num_target_colours = 4;
constexpr std::array<Rgb, 16> palette{{{200, 0, 130},
                                       {110, 0, 80},
                                       {225, 70, 190},
                                       {150, 30, 150},
                                       {0, 85, 145},
                                       {0, 135, 165},
                                       {126, 80, 210},
                                       {26, 35, 126},
                                       {40, 140, 225},
                                       {0, 75, 110},
                                       {74, 20, 140},
                                       {95, 115, 255},
                                       {20, 110, 200},
                                       {160, 80, 235},
                                       {80, 110, 175},
                                       {20, 40, 80}}};

/// Where the usual organs of a thorax and a neck stand in the palette, by how their names begin; others by a hash.
constexpr std::array<std::pair<std::string_view, std::size_t>, 12> usual{{{"Heart", 4},
                                                                          {"Lung", 8},
                                                                          {"SpinalCord", 7},
                                                                          {"Esophagus", 5},
                                                                          {"Stomach", 6},
                                                                          {"Liver", 9},
                                                                          {"Body", 14},
                                                                          {"Parotid", 11},
                                                                          {"Larynx", 13},
                                                                          {"BrainStem", 10},
                                                                          {"Brainstem", 10},
                                                                          {"Chestwall", 12}}};

std::size_t first_choice(const ReportDvh& curve) {
  const auto hash = static_cast<std::size_t>(hash_text(curve.name));
  if (curve.role == "target") {
    return hash % num_target_colours;
  }
  const auto known =
      std::ranges::find_if(usual, [&](const auto& entry) { return curve.name.starts_with(entry.first); });
  return known != usual.end() ? known->second : num_target_colours + hash % (palette.size() - num_target_colours);
}

/// The palette from a place on, within the part for targets or for organs.
std::size_t next_of_its_kind(std::size_t place) {
  const bool is_target = place < num_target_colours;
  const std::size_t begin = is_target ? 0 : num_target_colours;
  const std::size_t end = is_target ? num_target_colours : palette.size();
  return place + 1 == end ? begin : place + 1;
}

}  // namespace

StructureColours structure_colours(const PlanReport& report) {
  StructureColours colours;
  std::array<bool, palette.size()> is_taken{};
  const auto take = [&](const std::vector<ReportDvh>& curves) {
    for (const ReportDvh& curve : curves) {
      if (colours.contains(curve.name)) {
        continue;
      }
      const std::size_t wanted = first_choice(curve);
      std::size_t place = wanted;
      while (is_taken[place] && next_of_its_kind(place) != wanted) {
        place = next_of_its_kind(place);
      }
      place = is_taken[place] ? wanted : place;
      is_taken[place] = true;
      colours.emplace(curve.name, palette[place]);
    }
  };
  take(report.dose.structures);
  for (const ReportDose& dose : report.comparisons) {
    take(dose.structures);
  }
  take(report.dose.others);
  return colours;
}

Rgb on_dark(const Rgb& colour) {
  constexpr double dark_on_white = 7.0;  // those become the light ones on a dark CT, and stay apart from the others
  return with_contrast(colour, tissue_grey, contrast(colour, {255, 255, 255}) > dark_on_white ? 5.0 : 3.5);
}

}  // namespace xingu
