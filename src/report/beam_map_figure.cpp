// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "geometry/isolines.h"
#include "report/figures.h"
#include "report/html_text.h"

namespace xingu {
namespace {

constexpr double disc_radius = 208.0;
constexpr double disc_centre_y = 262.0;
constexpr double picture_width = 1120.0;
constexpr double picture_height = 516.0;

/// One half of the sphere in the picture.
struct Disc {
  bool is_front;
  double centre_x;
  [[nodiscard]] Eigen::Vector2d at(const MapPoint& p) const {
    return {centre_x + disc_radius * p.x, disc_centre_y - disc_radius * p.y};
  }
};

constexpr Disc front_half{true, 0.25 * picture_width};
constexpr Disc back_half{false, 0.75 * picture_width};

/// Where a source at elevation (from the axial plane, to superior) and azimuth (about the long axis, 0 = anterior,
/// 90° = patient's left) shines to.
Vec3 direction_from(double elevation, double azimuth) {
  return -Vec3(std::cos(elevation) * std::sin(azimuth), -std::cos(elevation) * std::cos(azimuth), std::sin(elevation));
}

std::string graticule(const Disc& disc) {
  constexpr double degree = std::numbers::pi / 180.0;
  std::vector<IsoLine> lines;
  const double middle = disc.is_front ? 0.0 : 180.0;
  for (int elevation = -60; elevation <= 60; elevation += 30) {
    IsoLine& line = lines.emplace_back();
    for (int a = -90; a <= 90; a += 5) {
      const MapPoint p = map_direction(direction_from(elevation * degree, (middle + 0.9999 * a) * degree));
      line.points.push_back(disc.at(p));
    }
  }
  for (int azimuth = -60; azimuth <= 60; azimuth += 30) {
    IsoLine& line = lines.emplace_back();
    for (int e = -90; e <= 90; e += 5) {
      const MapPoint p = map_direction(direction_from(e * degree, (middle + azimuth) * degree));
      line.points.push_back(disc.at({p.x, p.y, disc.is_front}));
    }
  }
  const std::string equator = svg_path({lines[2]}, 1);
  return fmt::format("<path class=\"graticule\" d=\"{}\"/><path class=\"equator\" d=\"{}\"/>", svg_path(lines, 1),
                     equator);
}

/// The part of a half where candidates in `state` outweigh the others near by, as closed lines in picture units.
std::vector<IsoLine> region(const PlanReport& report, CandidateState state, const Disc& disc) {
  constexpr int num_samples = 111;
  constexpr double reach = 1.1;
  const double spacing = std::sqrt(4 * std::numbers::pi / static_cast<double>(report.candidates.size()));
  const double sharpness = 1.0 / (0.85 * spacing * 0.85 * spacing);
  std::vector<float> field(static_cast<std::size_t>(num_samples) * num_samples, -1.0F);
  for (int j = 1; j + 1 < num_samples; ++j) {
    for (int i = 1; i + 1 < num_samples; ++i) {
      const MapPoint p{reach * (2.0 * i / (num_samples - 1) - 1), reach * (2.0 * j / (num_samples - 1) - 1),
                       disc.is_front};
      if (std::hypot(p.x, p.y) >= reach) {
        continue;
      }
      const Vec3 direction = unmap_direction(p);
      double sum = 0.0;
      for (const ReportCandidate& candidate : report.candidates) {
        const double chord2 = 2.0 - 2.0 * direction.dot(candidate.direction_P);
        if (chord2 * sharpness < 20.0) {
          sum += (candidate.state == state ? 1.0 : -1.0) * std::exp(-chord2 * sharpness);
        }
      }
      field[static_cast<std::size_t>(j * num_samples + i)] = static_cast<float>(sum);
    }
  }
  std::vector<IsoLine> lines = isolines(field, num_samples, num_samples, 1e-7);
  for (IsoLine& line : lines) {
    for (Eigen::Vector2d& q : line.points) {
      q = disc.at({reach * (2.0 * q.x() / (num_samples - 1) - 1), reach * (2.0 * q.y() / (num_samples - 1) - 1), true});
    }
    line = simplified(line, 0.2);
  }
  return lines;
}

std::string candidate_dots(const PlanReport& report, const Disc& disc, CandidateState state, std::string_view style) {
  std::string d;
  for (const ReportCandidate& candidate : report.candidates) {
    const MapPoint p = map_direction(candidate.direction_P);
    if (p.is_front == disc.is_front && candidate.state == state) {
      const Eigen::Vector2d at = disc.at(p);
      d += fmt::format("M{} {}h0", coordinate(at.x(), 1), coordinate(at.y(), 1));
    }
  }
  return d.empty() ? d : fmt::format("<path class=\"{}\" d=\"{}\"/>", style, d);
}

double shown_mu(const ReportBeam& beam) { return std::isfinite(beam.mu) ? std::max(0.0, beam.mu) : 0.0; }

/// A beam's circle on one half, and where its number stands.
struct BeamMark {
  const ReportBeam* beam;
  Eigen::Vector2d at;
  double radius;
  Eigen::Vector2d number_at;
};

constexpr double number_width = 15.0;  // of two figures
constexpr double number_height = 12.0;

/// True where two numbers at these places would be printed over each other.
bool numbers_clash(const Eigen::Vector2d& a, const Eigen::Vector2d& b) {
  return std::abs(a.x() - b.x()) < number_width && std::abs(a.y() - b.y()) < number_height;
}

/// Puts each number on its circle, or, where that is taken or another circle would lie over it, beside it: the free
/// place of sixteen that is nearest to the circle, from three rings about it. Cost O(beams²).
void place_numbers(std::vector<BeamMark>& marks) {
  for (std::size_t i = 0; i < marks.size(); ++i) {
    BeamMark& mark = marks[i];
    const auto is_free = [&](const Eigen::Vector2d& place) {
      for (std::size_t j = 0; j < marks.size(); ++j) {
        const bool is_over = j != i && (place - marks[j].at).norm() < marks[j].radius + 0.35 * number_width;
        if (is_over || (j < i && numbers_clash(place, marks[j].number_at))) {
          return false;
        }
      }
      return true;
    };
    for (int step = 0; step <= 48; ++step) {
      const double angle = 2 * std::numbers::pi * step / 16;
      const int ring = (step - 1) / 16;
      const double distance = step == 0 ? 0.0 : mark.radius + 9.0 + 9.0 * ring;
      const Eigen::Vector2d place = mark.at + distance * Eigen::Vector2d(std::cos(angle), std::sin(angle));
      if (is_free(place)) {
        mark.number_at = place;
        break;
      }
    }
  }
}

/// The beams of one half, large ones first, so that a small one near by stays visible.
std::vector<BeamMark> beam_marks(const PlanReport& report, const Disc& disc) {
  double most_mu = 0.0;
  for (const ReportBeam& beam : report.beams) {
    most_mu = std::max(most_mu, shown_mu(beam));
  }
  std::vector<BeamMark> marks;
  for (const ReportBeam& beam : report.beams) {
    const MapPoint p = map_direction(beam.direction_P);
    if (p.is_front == disc.is_front) {
      const double radius = 9.0 + 9.0 * std::sqrt(most_mu > 0 ? shown_mu(beam) / most_mu : 0.0);
      marks.push_back({&beam, disc.at(p), radius, disc.at(p)});
    }
  }
  std::ranges::sort(marks, {}, [](const BeamMark& mark) { return std::pair(-shown_mu(*mark.beam), mark.beam); });
  place_numbers(marks);
  return marks;
}

std::string beam_points(const PlanReport& report, const Disc& disc) {
  std::string out;
  for (const BeamMark& mark : beam_marks(report, disc)) {
    const ReportBeam& beam = *mark.beam;
    const bool is_beside = mark.number_at != mark.at;
    const std::string leader =
        is_beside ? fmt::format("<path class=\"leader\" d=\"M{} {}L{} {}\"/>", coordinate(mark.at.x()),
                                coordinate(mark.at.y()), coordinate(mark.number_at.x()), coordinate(mark.number_at.y()))
                  : std::string();
    fmt::format_to(std::back_inserter(out),
                   "<g class=\"beam{9}\"><title>Beam {0} {1}: gantry {2}°, couch {3}°, {4} MU</title>{10}<circle "
                   "cx=\"{5}\" cy=\"{6}\" r=\"{7}\"/><text x=\"{11}\" y=\"{8}\" text-anchor=\"middle\">{0}</text></g>",
                   beam.number, html_escape(beam.name), fixed(beam.gantry_deg, 1), fixed(beam.couch_deg, 1),
                   fixed(beam.mu, 1), coordinate(mark.at.x()), coordinate(mark.at.y()), coordinate(mark.radius),
                   coordinate(mark.number_at.y() + 4.2), is_beside ? " beside" : "", leader,
                   coordinate(mark.number_at.x()));
  }
  return out;
}

std::string rim_labels(const Disc& disc) {
  const auto label = [](double x, double y, std::string_view anchor, std::string_view letter, std::string_view word) {
    return fmt::format(
        "<text class=\"side\" x=\"{}\" y=\"{}\" text-anchor=\"{}\"><tspan class=\"letter\">{}</tspan> {}</text>",
        coordinate(x), coordinate(y), anchor, letter, word);
  };
  const double out = disc_radius + 10;
  const bool f = disc.is_front;
  std::string labels = label(disc.centre_x, disc_centre_y - out, "middle", "S", "head");
  labels += label(disc.centre_x, disc_centre_y + out + 12, "middle", "I", "feet");
  labels += label(disc.centre_x - out, disc_centre_y + 5, "end", f ? "R" : "L", f ? "right" : "left");
  labels += label(disc.centre_x + out, disc_centre_y + 5, "start", f ? "L" : "R", f ? "left" : "right");
  labels += fmt::format(
      "<text class=\"half-name\" x=\"{}\" y=\"18\" text-anchor=\"middle\">{}</text>", coordinate(disc.centre_x),
      f ? "Beams from the front (A), seen from the front" : "Beams from behind (P), seen from behind");
  return labels;
}

std::string half(const PlanReport& report, const Disc& disc) {
  const std::string circle = fmt::format("cx=\"{}\" cy=\"{}\" r=\"{}\"", coordinate(disc.centre_x),
                                         coordinate(disc_centre_y), coordinate(disc_radius));
  const std::string_view id = disc.is_front ? "front" : "back";
  std::string out =
      fmt::format("<clipPath id=\"clip-{}\"><circle {}/></clipPath><circle class=\"sphere\" {}/>", id, circle, circle);
  if (!report.candidates.empty()) {
    out += fmt::format(
        "<g clip-path=\"url(#clip-{})\"><path class=\"unreachable\" fill-rule=\"evenodd\" d=\"{}\"/><path "
        "class=\"open-end\" fill-rule=\"evenodd\" d=\"{}\"/></g>",
        id, svg_path(region(report, CandidateState::unreachable, disc), 1),
        svg_path(region(report, CandidateState::open_ct_end, disc), 1));
  }
  // a region of a few directions may be too small to be drawn; its directions are
  out += graticule(disc) + candidate_dots(report, disc, CandidateState::usable, "candidates") +
         candidate_dots(report, disc, CandidateState::open_ct_end, "open-end-candidates");
  out += fmt::format("<circle class=\"rim\" {}/>", circle);
  return out + rim_labels(disc) + beam_points(report, disc);
}

constexpr std::string_view patterns =
    "<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"#e3e7ec\"/><path d=\"M0 0V7\" "
    "stroke=\"#8b96a3\" stroke-width=\"2\"/></pattern><pattern id=\"dots\" width=\"7\" height=\"7\" "
    "patternUnits=\"userSpaceOnUse\"><rect width=\"7\" height=\"7\" fill=\"#f6ead6\"/><circle cx=\"3.5\" cy=\"3.5\" "
    "r=\"1.3\" fill=\"#a9761f\"/></pattern></defs>";

}  // namespace

MapPoint map_direction(const Vec3& direction_P) {
  const Vec3 source = -direction_P.normalized();
  MapPoint p;
  p.is_front = source.y() <= 0;
  const double depth = std::abs(source.y());
  const double across = p.is_front ? source.x() : -source.x();
  const double length = std::hypot(across, source.z());
  const double radius = std::sqrt(1 - std::min(1.0, depth));
  p.x = length > 0 ? radius * across / length : 0.0;
  p.y = length > 0 ? radius * source.z() / length : 0.0;
  return p;
}

Vec3 unmap_direction(const MapPoint& point) {
  const double radius2 = std::min(2.0, point.x * point.x + point.y * point.y);
  const double depth = 1 - radius2;
  const double scale = std::sqrt(2 - radius2);  // length across = √(1 − depth²) = radius · √(2 − radius²)
  const double across = point.x * scale;
  return -Vec3(point.is_front ? across : -across, point.is_front ? -depth : depth, point.y * scale);
}

std::string beam_map_figure(const PlanReport& report) {
  return fmt::format(
      "<svg class=\"beam-map\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"map-title map-desc\">"
      "<title id=\"map-title\">Where the beams come from</title><desc id=\"map-desc\">{} beams and {} candidate "
      "directions on the two halves of the sphere about the isocentre, equal-area. The same beams stand in the "
      "table.</desc>{}{}{}</svg>\n",
      picture_width, picture_height, report.beams.size(), report.candidates.size(), patterns, half(report, front_half),
      half(report, back_half));
}

}  // namespace xingu
