// SPDX-License-Identifier: Apache-2.0
#include "machine/reach_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <numbers>

#include "base/parallel.h"
#include "base/xml_text.h"

namespace xingu {
namespace {

constexpr double disc_px = 190.0;
constexpr int legend_y_px = 535;  // of its first row
constexpr int row_px = 18;
constexpr std::array<const char*, 14> colours{"#d1495b", "#edae49", "#00798c", "#8d6a9f", "#30638e",
                                              "#a44200", "#6b705c", "#444444", "#e07be0", "#5a189a",
                                              "#b5e2fa", "#7f4f24", "#ff8c42", "#c9c9c9"};
constexpr const char* reached_colour = "#9bd1a5";

/// Equal-area projection of a half sphere around `pole` on a disc of radius 1; x to the right, y up.
Eigen::Vector2d project(const Vec3& s, const Vec3& pole, const Vec3& right) {
  const double depth = s.dot(pole);
  const double scale = 1.0 / std::sqrt(std::max(1e-12, 1.0 + depth));
  return {scale * s.dot(right), scale * s.dot(Vec3::UnitZ())};
}

}  // namespace

double ReachMap::covered() const {
  const auto count = std::ranges::count_if(reach, [](const DirectionReach& r) { return r.best.has_value(); });
  return reach.empty() ? 0.0 : static_cast<double>(count) / static_cast<double>(reach.size());
}

std::vector<std::pair<std::string, int>> ReachMap::reasons() const {
  std::map<std::string, int> counts;
  for (const DirectionReach& direction : reach) {
    if (!direction.best) {
      ++counts[direction.kind];
    }
  }
  std::vector<std::pair<std::string, int>> result(counts.begin(), counts.end());
  std::ranges::stable_sort(result, std::greater{}, &std::pair<std::string, int>::second);
  return result;
}

ReachMap map_reach(const ReachSolver& solver, std::vector<Vec3> sources_P) {
  ReachMap map;
  map.sources_P = std::move(sources_P);
  map.reach.resize(map.sources_P.size());
  parallel_for(map.sources_P.size(), [&](std::size_t i) { map.reach[i] = solver.reach(map.sources_P[i]); });
  return map;
}

std::string reach_svg(const ReachMap& map, const std::string& title) {
  const auto reasons = map.reasons();
  std::map<std::string, const char*> colour_of;
  for (std::size_t k = 0; k < reasons.size(); ++k) {
    colour_of[reasons[k].first] = colours[std::min(k, colours.size() - 1)];
  }
  const int height = legend_y_px + row_px * static_cast<int>(reasons.size() + 1);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 {0}\" width=\"860\" height=\"{0}\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"860\" height=\"{0}\" fill=\"white\"/>\n"
      "<text x=\"20\" y=\"26\" font-size=\"16\">{1}</text>\n"
      "<text x=\"20\" y=\"46\">{2:.1f} % of the sphere around the isocentre can be treated. Research use "
      "only.</text>\n",
      height, xml_escaped(title), 100.0 * map.covered());
  const double dot =
      std::max(1.2, disc_px * std::sqrt(1.5 / static_cast<double>(std::max<std::size_t>(1, map.reach.size()))));
  // A viewer in front of the patient has the patient's left (x) to the right; behind, to the left.
  const std::array<Vec3, 2> poles{Vec3(0, -1, 0), Vec3(0, 1, 0)};
  const std::array<Vec3, 2> rights{Vec3(1, 0, 0), Vec3(-1, 0, 0)};
  constexpr std::array<const char*, 2> names{"from in front (anterior)", "from behind (posterior)"};
  constexpr std::array<std::pair<const char*, const char*>, 2> sides{{{"R", "L"}, {"L", "R"}}};  // of the patient
  for (std::size_t half = 0; half < 2; ++half) {
    const double x0 = 215.0 + 430.0 * static_cast<double>(half);
    const double y0 = 285.0;
    svg += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"#f4f4f4\" stroke=\"#999\"/>\n", x0, y0, disc_px);
    for (std::size_t i = 0; i < map.reach.size(); ++i) {
      if (map.sources_P[i].dot(poles[half]) < 0) {
        continue;
      }
      const Eigen::Vector2d at = disc_px * project(map.sources_P[i], poles[half], rights[half]);
      const DirectionReach& reach = map.reach[i];
      svg += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\"><title>{}</title></circle>\n", x0 + at.x(),
          y0 - at.y(), dot, reach.best ? reached_colour : colour_of[reach.kind],
          xml_escaped(reach.best ? fmt::format("gantry {:.0f}, pitch {:.0f}, couch {:.0f} degrees, margin {:.0f} mm",
                                               reach.best->iec.gantry_deg, reach.best->iec.gantry_pitch_deg,
                                               reach.best->iec.couch_deg, reach.best->margin_mm)
                                 : reach.reason));
    }
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x0, y0 + disc_px + dot + 18,
                       names[half]);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#777\">superior</text>\n", x0,
                       y0 - disc_px - dot - 4);
    const double beside = 0.95 * disc_px;  // and so high that the disc has turned away
    svg += fmt::format(
        "<text x=\"{0}\" y=\"{1}\" text-anchor=\"middle\" fill=\"#777\">{2}</text>"
        "<text x=\"{3}\" y=\"{1}\" text-anchor=\"middle\" fill=\"#777\">{4}</text>\n",
        x0 - beside, y0 - 0.75 * disc_px, sides[half].first, x0 + beside, sides[half].second);
  }
  int y = legend_y_px;
  const auto legend = [&](const char* colour, const std::string& text) {
    svg += fmt::format("<circle cx=\"30\" cy=\"{}\" r=\"6\" fill=\"{}\"/><text x=\"44\" y=\"{}\">{}</text>\n", y - 4,
                       colour, y, xml_escaped(text));
    y += row_px;
  };
  legend(reached_colour, fmt::format("can be treated: {:.1f} %", 100.0 * map.covered()));
  for (const auto& [kind, count] : reasons) {
    legend(colour_of[kind], fmt::format("{}: {:.1f} %", kind, 100.0 * count / static_cast<double>(map.reach.size())));
  }
  return svg + "</svg>\n";
}

}  // namespace xingu
