// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numbers>

#include "base/text.h"
#include "report/figures.h"
#include "report/html_text.h"
#include "report/png.h"
#include "report/slice_view.h"

namespace xingu {
namespace {

struct Isodose {
  double percent;
  double dose_Gy;
  std::string colour;
};

std::vector<Isodose> isodoses(const PlanReport& report) {
  std::vector<Isodose> result;
  if (!(report.protocol.prescription_Gy > 0)) {
    return result;
  }
  std::vector<double> percents = report.images.isodose_percent;
  std::ranges::sort(percents, std::greater<>{});
  for (std::size_t i = 0; i < percents.size(); ++i) {
    result.push_back({percents[i], percents[i] / 100.0 * report.protocol.prescription_Gy,
                      css_colour(isodose_colours[std::min(i, isodose_colours.size() - 1)])});
  }
  return result;
}

struct DrawnStructure {
  std::string name;
  std::vector<const Structure*> parts;
  std::string colour;
  std::string_view dashes;
  bool is_target = false;
};

/// Organs whose colours are dark on a page, and hence pale on a CT, are dotted: two signs of which structure a line is.
std::string_view dashes_of(const Rgb& colour, bool is_target) {
  constexpr double dark_on_white = 7.0;
  if (is_target) {
    return "9 4";
  }
  return contrast(colour, {255, 255, 255}) > dark_on_white ? "1 2.5" : "4 2";
}

bool is_target(const PlanReport& report, const ReportDvh& curve) {
  return curve.role == "target" || curve.name == report.protocol.target ||
         std::ranges::any_of(report.dose.targets, [&](const ReportTarget& t) { return t.name == curve.name; });
}

/// The structures of the image set that a curve stands for.
std::vector<const Structure*> parts_of(const PlanReport& report, const ReportDvh& curve) {
  std::vector<const Structure*> parts;
  if (report.images.structure_set == nullptr) {
    return parts;
  }
  for (const Structure& structure : report.images.structure_set->structures) {
    const bool is_named = curve.outlines.empty()
                              ? structure.name == curve.name
                              : std::ranges::find(curve.outlines, label_of(*report.images.structure_set, structure)) !=
                                    curve.outlines.end();
    if (is_named && !structure.contours.empty()) {
      parts.push_back(&structure);
    }
  }
  return parts;
}

/// Targets last: on top, and at the legend's end.
std::vector<DrawnStructure> drawn_structures(const PlanReport& report, const StructureColours& colours) {
  std::vector<DrawnStructure> result;
  for (const bool is_for_targets : {false, true}) {
    for (const ReportDvh& curve : report.dose.structures) {
      std::vector<const Structure*> parts = parts_of(report, curve);
      if (is_target(report, curve) == is_for_targets && !parts.empty()) {
        const Rgb& colour = colours.at(curve.name);
        result.push_back({curve.name, std::move(parts), css_colour(on_dark(colour)), dashes_of(colour, is_for_targets),
                          is_for_targets});
      }
    }
  }
  return result;
}

struct Bounds {
  Vec3 lower = Vec3::Constant(1e30);
  Vec3 upper = Vec3::Constant(-1e30);
  [[nodiscard]] bool is_empty() const { return lower.x() > upper.x(); }
  void include(const Vec3& p) {
    lower = lower.cwiseMin(p);
    upper = upper.cwiseMax(p);
  }
};

Bounds bounds_of(const Structure& structure) {
  Bounds bounds;
  for (const Contour& contour : structure.contours) {
    for (const auto& p : contour.points) {
      bounds.include({p.x(), p.y(), contour.z_mm});
    }
  }
  return bounds;
}

/// Box about the voxels of `within` that are not air.
Bounds bounds_of_tissue(const Volume<float>& hu, const Bounds& within) {
  constexpr float air_to_tissue_hu = -400.0F;
  Bounds bounds;
  const Grid& grid = hu.grid();
  const Vec3 first = grid.coordinates(within.lower);
  const Vec3 last = grid.coordinates(within.upper);
  std::array<int, 3> begin{};
  std::array<int, 3> end{};
  for (int a = 0; a < 3; ++a) {
    const auto k = static_cast<std::size_t>(a);
    begin[k] = std::max(0, static_cast<int>(std::ceil(first[a])));
    end[k] = std::min(grid.size[k], static_cast<int>(std::floor(last[a])) + 1);
  }
  for (int z = begin[2]; z < end[2]; ++z) {
    for (int y = begin[1]; y < end[1]; ++y) {
      for (int x = begin[0]; x < end[0]; ++x) {
        if (hu.at(x, y, z) > air_to_tissue_hu) {
          bounds.include(grid.centre(x, y, z));
        }
      }
    }
  }
  return bounds;
}

constexpr double rim_mm = 12.0;

/// The part of the CT worth showing: the body and a rim, at most 420 mm long about the centre.
Bounds shown_part(const PlanReport& report) {
  const Volume<float>& hu = *report.images.hu;
  Bounds body;
  if (report.images.structure_set != nullptr) {
    for (const Structure& structure : report.images.structure_set->structures) {
      const std::string name = to_lower(structure.name);
      if (structure.interpreted_type == "EXTERNAL" || name == "external" || name == "body") {
        body = bounds_of(structure);
      }
    }
  }
  if (body.is_empty()) {
    body = bounds_of_tissue(hu, {hu.grid().lower(), hu.grid().upper()});
  }
  const Vec3 first = hu.grid().lower();
  const Vec3 last = hu.grid().upper();
  if (body.is_empty()) {
    return {first, last};
  }
  Vec3 lower = (body.lower - Vec3::Constant(rim_mm)).cwiseMax(first);
  Vec3 upper = (body.upper + Vec3::Constant(rim_mm)).cwiseMin(last);
  const double centre_z = std::clamp(report.images.centre_P.z(), first.z(), last.z());
  lower.z() = std::max(lower.z(), centre_z - 210.0);
  upper.z() = std::min(upper.z(), centre_z + 210.0);
  if ((upper - lower).minCoeff() <= 0) {
    return {first, last};
  }
  return {lower, upper};
}

/// What one plane shows of that part: the tissue in it and a rim, or the whole part where there is none.
Bounds shown_in_plane(const Volume<float>& hu, const Bounds& part, int normal, double at_mm) {
  Bounds plane = part;
  plane.lower[normal] = at_mm - 0.1 * hu.grid().spacing[normal];
  plane.upper[normal] = at_mm + 0.1 * hu.grid().spacing[normal];
  const Bounds tissue = bounds_of_tissue(hu, plane);
  if (tissue.is_empty()) {
    return part;
  }
  return {(tissue.lower - Vec3::Constant(rim_mm)).cwiseMax(part.lower),
          (tissue.upper + Vec3::Constant(rim_mm)).cwiseMin(part.upper)};
}

/// Half width of the close-up, mm: the target and what surrounds it.
double close_up_half_width(const PlanReport& report, const std::vector<DrawnStructure>& structures) {
  double half = 60.0;
  for (const DrawnStructure& s : structures) {
    if (s.name == report.protocol.target) {
      half = 0.0;
      for (const Structure* part : s.parts) {
        const Bounds b = bounds_of(*part);
        half = std::max({half, (b.upper - report.images.centre_P).maxCoeff() + 25.0,
                         (report.images.centre_P - b.lower).maxCoeff() + 25.0});
      }
    }
  }
  return std::clamp(half, 40.0, 120.0);
}

/// Everything drawn of one plane.
struct View {
  SliceOrientation orientation;
  double at_mm = 0.0;
  SliceImage image;
  IsodoseSet dose;
  Eigen::Vector2d centre;
  std::string id;
};

View make_view(const PlanReport& report, SlicePlane plane, const Bounds& part, const std::vector<Isodose>& levels) {
  const ReportImages& images = report.images;
  const Grid& grid = images.hu->grid();
  View view;
  view.orientation = slice_orientation(plane);
  const int n = view.orientation.normal;
  const int index = std::clamp(static_cast<int>(std::lround(grid.coordinates(images.centre_P)[n])), 0,
                               grid.size[static_cast<std::size_t>(n)] - 1);
  view.at_mm = grid.origin[n] + index * grid.spacing[n];
  const Bounds shown = shown_in_plane(*images.hu, part, n, view.at_mm);
  view.image = slice_image(*images.hu, view.orientation, index, shown.lower, shown.upper, images.window_width_hu,
                           images.window_level_hu);
  view.centre = view.orientation.picture(images.centre_P);
  view.id = to_lower(view.orientation.name);
  if (images.dose_Gy != nullptr) {
    std::vector<double> doses;
    for (const Isodose& level : levels) {
      doses.push_back(level.dose_Gy);
    }
    view.dose = isodose_lines(*images.dose_Gy, view.orientation, view.at_mm, doses, images.body);
  }
  return view;
}

/// The content both pictures of a plane share, drawn once and referred to.
std::string shared_content(const View& view, const std::vector<DrawnStructure>& structures,
                           const std::vector<Isodose>& levels) {
  const PictureBox& box = view.image.box;
  std::string out = fmt::format(
      "<g id=\"view-{}\"><image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
      "href=\"data:image/png;base64,{}\"/>",
      view.id, coordinate(box.x, 3), coordinate(box.y, 3), coordinate(box.width, 3), coordinate(box.height, 3),
      base64(view.image.png));
  out += "<g class=\"outlines\">";
  for (const DrawnStructure& s : structures) {
    std::vector<IsoLine> lines;
    for (const Structure* part : s.parts) {
      std::ranges::move(structure_outline(*part, view.orientation, view.at_mm), std::back_inserter(lines));
    }
    const std::string d = svg_path(lines, 1);
    if (!d.empty()) {
      fmt::format_to(std::back_inserter(out),
                     "<path class=\"halo\" d=\"{0}\"/><path{3} stroke=\"{1}\" stroke-dasharray=\"{4}\" "
                     "d=\"{0}\"><title>{2}</title></path>",
                     d, s.colour, html_escape(s.name), s.is_target ? " class=\"target\"" : "", s.dashes);
    }
  }
  out += "</g><g class=\"isodoses\">";
  for (std::size_t k = levels.size(); k-- > 0;) {
    const std::string d = k < view.dose.lines.size() ? svg_path(view.dose.lines[k], 1) : std::string();
    if (!d.empty()) {
      fmt::format_to(std::back_inserter(out), "<path{} stroke=\"{}\" d=\"{}\"><title>{} %, {} Gy</title></path>",
                     levels[k].percent == 100.0 ? " class=\"full\"" : "", levels[k].colour, d,
                     coordinate(levels[k].percent), fixed(levels[k].dose_Gy, 2));
    }
  }
  return out + "</g></g>\n";
}

std::string letters(const SliceOrientation& o, const PictureBox& box, double font) {
  const auto letter = [&](double x, double y, char c) {
    return fmt::format("<text class=\"letter\" x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"middle\">{}</text>",
                       coordinate(x), coordinate(y), coordinate(1.25 * font), c);
  };
  const double middle_x = box.x + 0.5 * box.width;
  const double middle_y = box.y + 0.5 * box.height;
  return letter(box.x + 0.9 * font, middle_y + 0.45 * font, o.letters[0]) +
         letter(box.x + box.width - 0.9 * font, middle_y + 0.45 * font, o.letters[1]) +
         letter(middle_x, box.y + 1.35 * font, o.letters[2]) +
         letter(middle_x, box.y + box.height - 0.5 * font, o.letters[3]);
}

std::string scale_bar(const PictureBox& box, double font) {
  const double length = round_step(box.width, 5);
  const double y = box.y + box.height - 0.8 * font;
  const double x = box.x + 0.8 * font;
  return fmt::format(
      "<path class=\"scale-halo\" d=\"M{0} {1}h{2}\"/><path class=\"scale\" d=\"M{0} {3}V{1}h{2}V{3}\"/><text "
      "class=\"scale-name\" x=\"{0}\" y=\"{4}\" font-size=\"{5}\">{2} mm</text>",
      coordinate(x), coordinate(y), coordinate(length), coordinate(y - 0.35 * font), coordinate(y - 0.65 * font),
      coordinate(font));
}

/// "z = −123.5 mm", with the words a person uses.
std::string position_text(const View& view) {
  constexpr std::array<char, 3> axis_names{'x', 'y', 'z'};
  return fmt::format("{} = {} mm", axis_names[static_cast<std::size_t>(view.orientation.normal)], fixed(view.at_mm, 1));
}

std::string isocentre_mark(const View& view, double size) {
  return fmt::format("<path class=\"centre\" d=\"M{0} {1}h{2}M{3} {4}v{2}\"><title>centre</title></path>",
                     coordinate(view.centre.x() - size), coordinate(view.centre.y()), coordinate(2 * size),
                     coordinate(view.centre.x()), coordinate(view.centre.y() - size));
}

/// Percent labels on the isodose lines of a close-up, spread around the centre.
std::string isodose_labels(const View& view, const std::vector<Isodose>& levels, const PictureBox& box, double font) {
  std::string out;
  std::vector<Eigen::Vector2d> taken;
  for (std::size_t k = 0; k < view.dose.lines.size(); ++k) {
    const double angle = (-70.0 + 52.0 * static_cast<double>(k)) * std::numbers::pi / 180.0;
    const Eigen::Vector2d towards(std::cos(angle), std::sin(angle));
    const Eigen::Vector2d* best = nullptr;
    double best_cost = 1e30;
    for (const IsoLine& line : view.dose.lines[k]) {
      for (const Eigen::Vector2d& p : line.points) {
        const bool is_inside = p.x() > box.x + 2 * font && p.x() < box.x + box.width - 2 * font &&
                               p.y() > box.y + 2 * font && p.y() < box.y + box.height - 2 * font;
        const bool is_free = std::ranges::none_of(taken, [&](const Eigen::Vector2d& q) {
          return std::abs(p.x() - q.x()) < 2.4 * font && std::abs(p.y() - q.y()) < 1.3 * font;
        });
        const Eigen::Vector2d from_centre = p - view.centre;
        const double cost = 1 - from_centre.dot(towards) / std::max(1e-6, from_centre.norm());
        if (is_inside && is_free && cost < best_cost) {
          best_cost = cost;
          best = &p;
        }
      }
    }
    if (best != nullptr) {
      taken.push_back(*best);
      fmt::format_to(
          std::back_inserter(out),
          "<text class=\"iso-name\" x=\"{}\" y=\"{}\" font-size=\"{}\" style=\"fill:{}\" text-anchor=\"middle\">{}"
          "</text>",
          coordinate(best->x()), coordinate(best->y() + 0.35 * font), coordinate(font), levels[k].colour,
          coordinate(levels[k].percent));
    }
  }
  return out;
}

enum class ViewKind { whole, close_up };

std::string picture(const View& view, const std::vector<Isodose>& levels, const PictureBox& box, double font,
                    ViewKind kind) {
  const bool is_whole = kind == ViewKind::whole;
  const std::string title =
      fmt::format("{}{}, {}", view.orientation.name, is_whole ? "" : " close-up", position_text(view));
  return fmt::format(
      "<figure style=\"flex-grow:{7}\"><svg class=\"slice\" viewBox=\"{0} {1} {2} {3}\" role=\"img\" "
      "aria-label=\"{4}\"><rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" fill=\"#000\"/><use "
      "href=\"#view-{5}\"/>{6}</svg><figcaption>{4}</figcaption></figure>\n",
      coordinate(box.x, 3), coordinate(box.y, 3), coordinate(box.width, 3), coordinate(box.height, 3), title, view.id,
      isocentre_mark(view, 0.5 * font) + (is_whole ? "" : isodose_labels(view, levels, box, font)) +
          letters(view.orientation, box, font) + scale_bar(box, font),
      coordinate(box.width));
}

std::string chip(std::string_view colour, double width, std::string_view dashes) {
  return fmt::format(
      "<svg class=\"chip\" viewBox=\"0 0 34 14\" aria-hidden=\"true\"><rect width=\"34\" height=\"14\" rx=\"3\" "
      "fill=\"#2b2f36\"/><path d=\"M5 7H29\" stroke=\"{}\" stroke-width=\"{}\" stroke-dasharray=\"{}\"/></svg>",
      colour, coordinate(width), dashes);
}

std::string legend(const std::vector<Isodose>& levels, const std::vector<DrawnStructure>& structures) {
  std::string out;
  const auto add_row = [&](std::string_view name, const std::string& items) {
    if (!items.empty()) {
      out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, items);
    }
  };
  std::string items;
  for (const Isodose& level : levels) {
    items += fmt::format("<span>{}{} % <span class=\"unit\">{} Gy</span></span>",
                         chip(level.colour, level.percent == 100.0 ? 3.5 : 2.0, "none"), coordinate(level.percent),
                         fixed(level.dose_Gy, 2));
  }
  add_row("Isodose lines, in the body", items);
  items.clear();
  for (const DrawnStructure& s : structures) {
    items += "<span>" + chip(s.colour, s.is_target ? 3.2 : 2.0, s.dashes) + html_escape(s.name) + "</span>";
  }
  add_row("Outlines", items);
  return out.empty() ? out : "<dl class=\"slice-legend\">\n" + out + "</dl>\n";
}

}  // namespace

std::string slice_figures(const PlanReport& report, const StructureColours& colours) {
  if (report.images.hu == nullptr || report.images.hu->grid().num_voxels() == 0) {
    return {};
  }
  const std::vector<Isodose> levels = report.images.dose_Gy != nullptr ? isodoses(report) : std::vector<Isodose>{};
  const std::vector<DrawnStructure> structures = drawn_structures(report, colours);
  const Bounds part = shown_part(report);
  std::vector<View> views;
  double total_width = 0.0;
  for (const SlicePlane plane : {SlicePlane::axial, SlicePlane::sagittal, SlicePlane::coronal}) {
    views.push_back(make_view(report, plane, part, levels));
    total_width += views.back().image.box.width;
  }
  constexpr double row_px = 1120.0;
  constexpr double font_px = 13.0;
  const double half = close_up_half_width(report, structures);
  std::string definitions = "<svg class=\"shared\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n";
  std::string whole;
  std::string close_up;
  for (const View& view : views) {
    definitions += shared_content(view, structures, levels);
    whole += picture(view, levels, view.image.box, font_px * total_width / row_px, ViewKind::whole);
    const PictureBox box{view.centre.x() - half, view.centre.y() - half, 2 * half, 2 * half};
    close_up += picture(view, levels, box, font_px * 2 * half / (row_px / 3), ViewKind::close_up);
  }
  definitions += "</defs></svg>\n";
  return definitions + "<div class=\"slices\">\n" + whole + "</div>\n<div class=\"slices\">\n" + close_up + "</div>\n" +
         legend(levels, structures);
}

}  // namespace xingu
