// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "geometry/isolines.h"
#include "report/figures.h"
#include "report/html_text.h"
#include "report/report_facts.h"

namespace xingu {
namespace {

constexpr double picture_width = 1120.0;
constexpr double picture_height = 540.0;
constexpr double margin_left = 62.0;
constexpr double margin_right = 18.0;
constexpr double margin_top = 30.0;
constexpr double margin_bottom = 52.0;
constexpr Rgb page_colour{255, 255, 255};

struct Box {
  double x0, y0, x1, y1;
  [[nodiscard]] bool overlaps(const Box& o) const { return x0 < o.x1 && o.x0 < x1 && y0 < o.y1 && o.y0 < y1; }
  [[nodiscard]] bool holds(const Eigen::Vector2d& p) const {
    return p.x() > x0 && p.x() < x1 && p.y() > y0 && p.y() < y1;
  }
};

/// Maps dose (Gy) and volume (fraction) to the picture.
struct Axes {
  double max_Gy;
  double step_Gy;
  [[nodiscard]] double x(double dose_Gy) const {
    return margin_left + dose_Gy / max_Gy * (picture_width - margin_left - margin_right);
  }
  [[nodiscard]] double y(double fraction) const {
    return picture_height - margin_bottom - fraction * (picture_height - margin_top - margin_bottom);
  }
};

/// What one picture shows: curves of one or more doses, the first drawn full, under the names of the first.
struct Picture {
  std::string_view id;  ///< of its title and description, unique on the page
  std::string_view title;
  double prescription_Gy = 0.0;
  std::string_view extent;  ///< what the doses are of
  std::vector<const ReportDose*> datasets;
  std::vector<std::string> labels;  ///< one for each curve of the first dataset
};

Axes choose_axes(const Picture& picture) {
  double highest = 1.05 * picture.prescription_Gy;
  for (const ReportDose* dose : picture.datasets) {
    for (const ReportDvh& curve : dose->structures) {
      if (!curve.dose_Gy.empty() && std::isfinite(curve.dose_Gy.back())) {
        highest = std::max(highest, 1.02 * curve.dose_Gy.back());
      }
    }
  }
  highest = highest > 0 ? highest : 1.0;
  const double step = round_step(highest, 12);
  return {step / 2 * std::ceil(highest / (step / 2)), step};
}

IsoLine curve_line(const ReportDvh& curve, const Axes& axes) {
  IsoLine line;
  for (std::size_t i = 0; i < curve.dose_Gy.size(); ++i) {
    if (std::isfinite(curve.dose_Gy[i]) && std::isfinite(curve.volume_fraction[i])) {
      line.points.emplace_back(axes.x(std::clamp(curve.dose_Gy[i], 0.0, axes.max_Gy)),
                               axes.y(std::clamp(curve.volume_fraction[i], 0.0, 1.0)));
    }
  }
  return simplified(line, 0.15);
}

std::string grid_and_axes(const Axes& axes, std::string_view extent) {
  std::string out;
  auto to = std::back_inserter(out);
  const double bottom = axes.y(0);
  const double right = axes.x(axes.max_Gy);
  out += "<g class=\"grid\">";
  for (int i = 0; i * axes.step_Gy <= axes.max_Gy * (1 + 1e-9); ++i) {
    const double x = axes.x(i * axes.step_Gy);
    fmt::format_to(to, "<path d=\"M{0} {1}V{2}\"/><text x=\"{0}\" y=\"{3}\" text-anchor=\"middle\">{4}</text>",
                   coordinate(x), coordinate(margin_top), coordinate(bottom), coordinate(bottom + 18),
                   coordinate(i * axes.step_Gy, 6));
  }
  for (int percent = 0; percent <= 100; percent += 10) {
    const double y = axes.y(percent / 100.0);
    fmt::format_to(to, "<path d=\"M{} {}H{}\"/>", coordinate(margin_left), coordinate(y), coordinate(right));
    if (percent % 20 == 0) {
      fmt::format_to(to, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", coordinate(margin_left - 8),
                     coordinate(y + 4), percent);
    }
  }
  fmt::format_to(to, "</g><path class=\"axis\" d=\"M{} {}V{}H{}\"/>", coordinate(margin_left), coordinate(margin_top),
                 coordinate(bottom), coordinate(right));
  fmt::format_to(to, "<text class=\"axis-name\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">Dose (Gy, {})</text>",
                 coordinate(0.5 * (margin_left + right)), coordinate(picture_height - 12), extent);
  fmt::format_to(to,
                 "<text class=\"axis-name\" transform=\"translate(18 {}) rotate(-90)\" "
                 "text-anchor=\"middle\">Volume (%)</text>",
                 coordinate(0.5 * (margin_top + bottom)));
  return out;
}

std::string prescription_line(double dose, const Axes& axes) {
  if (!(dose > 0) || dose > axes.max_Gy) {
    return {};
  }
  const double x = axes.x(dose);
  return fmt::format(
      "<path class=\"prescription\" d=\"M{0} {1}V{2}\"/><text class=\"prescription-name\" x=\"{3}\" y=\"{4}\" "
      "text-anchor=\"middle\">prescription {5} Gy</text>",
      coordinate(x), coordinate(margin_top - 7), coordinate(axes.y(0)),
      coordinate(std::min(x, picture_width - margin_right - 75)), coordinate(margin_top - 12), fixed(dose, 2));
}

/// Points about 4 units apart along a line.
std::vector<Eigen::Vector2d> sprinkled(const IsoLine& line) {
  std::vector<Eigen::Vector2d> points;
  for (std::size_t i = 0; i + 1 < line.points.size(); ++i) {
    const Eigen::Vector2d d = line.points[i + 1] - line.points[i];
    const int n = std::max(1, static_cast<int>(std::ceil(d.norm() / 4.0)));
    for (int k = 0; k < n; ++k) {
      points.push_back(line.points[i] + d * (static_cast<double>(k) / n));
    }
  }
  return points;
}

struct Label {
  Box box;
  double x, y;
  bool is_left_of_curve;
};

/// Finds room for `width` × 14 units beside the curve where no label stands and no curve passes; none if there is none.
std::optional<Label> find_room(const IsoLine& curve, double width, const std::vector<Box>& taken,
                               const std::vector<Eigen::Vector2d>& ink) {
  const std::vector<Eigen::Vector2d> anchors = sprinkled(curve);
  std::optional<Label> best;
  double best_cost = 1.0;
  for (const Eigen::Vector2d& p : anchors) {
    for (const bool is_left : {false, true}) {
      const double x0 = is_left ? p.x() - 7 - width : p.x() + 7;
      const Box box{x0, p.y() - 7, x0 + width, p.y() + 7};
      if (box.x0 < margin_left + 4 || box.x1 > picture_width - margin_right || box.y0 < margin_top + 2 ||
          box.y1 > picture_height - margin_bottom - 22) {
        continue;
      }
      if (std::ranges::any_of(taken, [&](const Box& other) { return box.overlaps(other); }) ||
          std::ranges::any_of(ink, [&](const Eigen::Vector2d& q) { return box.holds(q); })) {
        continue;
      }
      // Best near half the volume, to the right of the curve.
      const double cost = std::abs(p.y() - 0.5 * picture_height) / picture_height + (is_left ? 0.1 : 0.0);
      if (cost < best_cost) {
        best_cost = cost;
        best = Label{box, is_left ? p.x() - 7 : p.x() + 7, p.y() + 4, is_left};
      }
    }
  }
  return best;
}

std::string direct_labels(const Picture& picture, const std::vector<IsoLine>& lines, const StructureColours& colours,
                          const std::vector<Eigen::Vector2d>& ink) {
  std::string out;
  std::vector<Box> taken;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& name = picture.labels[i];
    const double width = 7.4 * static_cast<double>(std::min<std::size_t>(name.size(), 40)) + 4;
    if (name.size() > 40) {
      continue;
    }
    const Rgb& colour = colours.at(picture.datasets.front()->structures[i].name);
    if (const auto label = find_room(lines[i], width, taken, ink); label.has_value()) {
      taken.push_back(label->box);
      fmt::format_to(std::back_inserter(out),
                     "<text class=\"curve-name\" x=\"{}\" y=\"{}\" style=\"fill:{}\" text-anchor=\"{}\">{}</text>",
                     coordinate(label->x), coordinate(label->y), css_colour(with_contrast(colour, page_colour, 4.5)),
                     label->is_left_of_curve ? "end" : "start", html_escape(name));
    }
  }
  return out;
}

/// What the doses' standard deviations leave open of each curve, as an area beneath the curves.
std::string bands_of(const ReportDose& dose, const Axes& axes, const StructureColours& colours) {
  std::string out;
  for (const ReportDvh& curve : dose.structures) {
    if (!curve.sigma || curve.dose_Gy.empty()) {
      continue;
    }
    const auto edge = [&](const std::vector<double>& fraction) {
      ReportDvh moved;
      moved.dose_Gy = curve.dose_Gy;
      moved.volume_fraction = fraction;
      return curve_line(moved, axes);
    };
    IsoLine area = edge(curve.sigma->volume_fraction_high);
    const IsoLine low = edge(curve.sigma->volume_fraction_low);
    area.points.insert(area.points.end(), low.points.rbegin(), low.points.rend());
    area.is_closed = true;
    fmt::format_to(std::back_inserter(out), "<path d=\"{}\" fill=\"{}\"/>", svg_path({area}, 1),
                   css_colour(colours.at(curve.name)));
  }
  return out.empty() ? out : "<g class=\"bands\">" + out + "</g>";
}

std::string curves_of(const ReportDose& dose, std::size_t dataset, const std::vector<IsoLine>& lines,
                      const StructureColours& colours) {
  std::string out =
      fmt::format("<g class=\"curves dataset-{}\" stroke-dasharray=\"{}\">", dataset, dash_of_dataset(dataset));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const ReportDvh& s = dose.structures[i];
    fmt::format_to(
        std::back_inserter(out),
        "<path d=\"{}\" stroke=\"{}\"{}><title>{}, {}: mean {} Gy, D95 {} Gy, D2 {} Gy</title></path>",
        svg_path({lines[i]}, 1), css_colour(colours.at(s.name)),
        dataset == 0 ? fmt::format(" stroke-dasharray=\"{}\"", dash_of_colour(colours.at(s.name))) : std::string(),
        html_escape(s.name), html_escape(dose.label), fixed(s.mean_Gy, 2), fixed(s.d95_Gy, 2), fixed(s.d2_Gy, 2));
  }
  return out + "</g>";
}

}  // namespace

std::string_view dash_of_dataset(std::size_t dataset) {
  constexpr std::array<std::string_view, 1 + most_drawn_comparisons> dashes{"none", "7 4", "2 3", "10 3 2 3"};
  return dashes[std::min(dataset, dashes.size() - 1)];
}

double round_step(double extent, int most) {
  const double least = extent / most;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) {
      return factor * power;
    }
  }
  return 10.0 * power;
}

std::string svg_path(const std::vector<IsoLine>& lines, int decimals) {
  std::string d;
  for (const IsoLine& line : lines) {
    const char* command = "M";
    for (const Eigen::Vector2d& p : line.points) {
      d += command;
      d += coordinate(p.x(), decimals) + " " + coordinate(p.y(), decimals);
      command = "L";
    }
    if (line.is_closed) {
      d += "Z";
    }
  }
  return d;
}

namespace {

std::string drawn(const Picture& picture, const StructureColours& colours) {
  const Axes axes = choose_axes(picture);
  const std::vector<const ReportDose*>& datasets = picture.datasets;
  const ReportDose& first = *datasets.front();
  std::string curves;
  std::vector<IsoLine> first_lines;
  std::vector<Eigen::Vector2d> ink;
  for (std::size_t k = datasets.size(); k-- > 0;) {
    std::vector<IsoLine> lines;
    for (const ReportDvh& curve : datasets[k]->structures) {
      lines.push_back(curve_line(curve, axes));
      const auto points = sprinkled(lines.back());
      ink.insert(ink.end(), points.begin(), points.end());
    }
    curves += curves_of(*datasets[k], k, lines, colours);
    if (k == 0) {
      first_lines = std::move(lines);
    }
  }
  for (double fraction = 0.0; fraction <= 1.0 && picture.prescription_Gy > 0; fraction += 0.005) {
    ink.emplace_back(axes.x(picture.prescription_Gy), axes.y(fraction));
  }
  return fmt::format(
      "<svg class=\"dvh\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-labelledby=\"{2}-title {2}-desc\">"
      "<title id=\"{2}-title\">{3}</title><desc id=\"{2}-desc\">{4} structures. The same "
      "facts stand in the table below.</desc>{5}{6}{7}{8}{9}</svg>\n",
      picture_width, picture_height, picture.id, picture.title, first.structures.size(),
      grid_and_axes(axes, picture.extent), prescription_line(picture.prescription_Gy, axes),
      bands_of(first, axes, colours), curves, direct_labels(picture, first_lines, colours, ink));
}

}  // namespace

std::string curve_keys(const std::vector<ReportDvh>& curves, const StructureColours& colours) {
  std::string out = "<ul class=\"line-keys\">\n";
  for (const ReportDvh& curve : curves) {
    fmt::format_to(std::back_inserter(out),
                   "<li><svg viewBox=\"0 0 42 10\" aria-hidden=\"true\"><path d=\"M0 5H42\" stroke=\"{}\" "
                   "stroke-width=\"3.2\" stroke-dasharray=\"{}\"/></svg>{}</li>\n",
                   css_colour(colours.at(curve.name)), dash_of_colour(colours.at(curve.name)), html_escape(curve.name));
  }
  return out + "</ul>\n";
}

std::string dvh_figure(const PlanReport& report, const StructureColours& colours) {
  Picture picture{"dvh",
                  "Cumulative dose-volume histograms",
                  report.protocol.prescription_Gy,
                  dose_extent(report.subject),
                  {&report.dose},
                  {}};
  for (std::size_t i = 0; i < std::min(report.comparisons.size(), most_drawn_comparisons); ++i) {
    picture.datasets.push_back(&report.comparisons[i]);
  }
  for (const ReportDvh& curve : report.dose.structures) {
    picture.labels.push_back(curve.name);
  }
  return drawn(picture, colours);
}

std::string other_dvh_figure(const PlanReport& report, const StructureColours& colours) {
  ReportDose others;
  others.label = report.dose.label;
  others.structures = report.dose.others;
  Picture picture{"other-dvh",
                  "Cumulative dose-volume histograms of the patient’s other structures",
                  report.protocol.prescription_Gy,
                  dose_extent(report.subject),
                  {&others},
                  {}};
  for (const ReportDvh& curve : others.structures) {
    picture.labels.push_back(curve.name);
  }
  return drawn(picture, colours);
}

}  // namespace xingu
