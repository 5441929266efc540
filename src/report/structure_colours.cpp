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

/// A hue on a white page and on a dark CT.
struct Hue {
  Rgb page;
  Rgb ct;
};

/// Targets first, then organs. Sought so that the two that are nearest to each other, on the page or on the CT, are as
/// far apart as can be (in Oklab) with isodoses of the other half of the colour circle; all are light on a CT, at
/// least 7.5 : 1 on black.
constexpr std::size_t num_target_colours = 4;
constexpr std::array<Hue, 16> palette{{{{190, 99, 148}, {254, 164, 210}},
                                       {{171, 0, 172}, {255, 106, 254}},
                                       {{141, 3, 80}, {254, 130, 180}},
                                       {{147, 73, 138}, {225, 145, 214}},
                                       {{17, 130, 253}, {89, 159, 253}},
                                       {{0, 155, 142}, {26, 182, 167}},
                                       {{0, 81, 130}, {142, 203, 254}},
                                       {{83, 1, 196}, {173, 163, 255}},
                                       {{119, 133, 171}, {142, 158, 197}},
                                       {{0, 59, 62}, {113, 170, 173}},
                                       {{0, 112, 148}, {18, 176, 212}},
                                       {{92, 93, 177}, {208, 212, 252}},
                                       {{76, 61, 143}, {193, 187, 255}},
                                       {{16, 145, 201}, {80, 189, 248}},
                                       {{5, 89, 89}, {32, 201, 203}},
                                       {{54, 44, 78}, {180, 170, 212}}}};

/// Curves' dashes, longer than those of compared doses, and which the palette's colours have: those nearer than 0.16 in
/// Oklab have different ones. Targets are solid.
constexpr std::array<std::string_view, 4> dashes{"none", "18 3", "18 3 3 3", "18 3 3 3 3 3"};
constexpr std::array<std::size_t, palette.size()> dash_of_place{0, 0, 0, 0, 0, 1, 2, 0, 2, 3, 0, 1, 3, 3, 1, 0};

/// Where the usual organs of a thorax and a neck stand in the palette, by how their names begin; others by a hash.
constexpr std::array<std::pair<std::string_view, std::size_t>, 14> usual{{{"Heart", 4},
                                                                          {"Lung", 13},
                                                                          {"SpinalCord", 6},
                                                                          {"Esophagus", 5},
                                                                          {"Stomach", 10},
                                                                          {"Liver", 14},
                                                                          {"Body", 8},
                                                                          {"Parotid", 4},
                                                                          {"Larynx", 10},
                                                                          {"BrainStem", 7},
                                                                          {"Brainstem", 7},
                                                                          {"Mandible", 14},
                                                                          {"Bone_Mandible", 14},
                                                                          {"Chestwall", 9}}};

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
      colours.emplace(curve.name, palette[place].page);
    }
  };
  take(report.dose.structures);
  for (const ReportDose& dose : report.comparisons) {
    take(dose.structures);
  }
  take(report.dose.others);
  return colours;
}

std::string_view dash_of_colour(const Rgb& colour) {
  const auto place = static_cast<std::size_t>(std::ranges::find(palette, colour, &Hue::page) - palette.begin());
  return place < palette.size() ? dashes[dash_of_place[place]] : dashes[0];
}

Rgb on_dark(const Rgb& colour) {
  const auto known = std::ranges::find(palette, colour, &Hue::page);
  return known != palette.end() ? known->ct : with_contrast(colour, tissue_grey, 3.5);
}

}  // namespace xingu
