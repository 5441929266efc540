// SPDX-License-Identifier: Apache-2.0
#include "dose/tank_output.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace xingu {
namespace {

double middle(const std::array<double, 2>& range) { return 0.5 * (range[0] + range[1]); }

std::string comment_lines(const TankFacts& facts) {
  std::string text;
  for (const std::string& fact : facts) {
    text += fmt::format("# {}\n", fact);
  }
  return text;
}

/// Whether the engine gave uncertainties; then every dose has its own beside it.
bool has_sigma(const TankScores& scores) {
  return std::ranges::any_of(scores.depth_dose, [](const TankScore& s) { return s.sigma > 0; });
}

constexpr std::string_view sigma_heading = ",sigma_Gy_cm2";

std::string sigma_cell(const TankScore& score) { return fmt::format(",{:.6e}", score.sigma); }

double largest_dose(const TankScores& scores) {
  double largest = 0.0;
  for (const TankScore& s : scores.depth_dose) {
    largest = std::max(largest, s.dose);
  }
  XINGU_REQUIRE(largest > 0, "the tank has no dose on the axis (the field misses it); check field, SSD and tank");
  return largest;
}

/// Dose at a depth, linear between the middles of the bins; nothing outside them.
std::optional<double> dose_at(const std::vector<TankScore>& scores, double depth_mm) {
  for (std::size_t i = 0; i + 1 < scores.size(); ++i) {
    const double a = middle(scores[i].depth_mm);
    const double b = middle(scores[i + 1].depth_mm);
    if (depth_mm >= a && depth_mm <= b) {
      return scores[i].dose + (depth_mm - a) / (b - a) * (scores[i + 1].dose - scores[i].dose);
    }
  }
  return std::nullopt;
}

/// The score of a profile that lies nearest to the axis.
double axis_dose(const std::vector<TankScore>& profile) {
  const auto nearest =
      std::ranges::min_element(profile, {}, [](const TankScore& s) { return std::abs(middle(s.x_mm)); });
  return nearest == profile.end() ? 0.0 : nearest->dose;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

/// A power of ten as it is printed: 10⁻¹².
std::string power_of_ten(int exponent) {
  static constexpr std::array<std::string_view, 10> digits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (const char c : std::to_string(std::abs(exponent))) {
    text += digits[static_cast<std::size_t>(c - '0')];
  }
  return text;
}

struct Curve {
  std::string label;
  std::vector<std::array<double, 2>> points;
};

struct Panel {
  double left = 70.0;  ///< px of the plot area
  double top = 58.0;
  double width = 400.0;
  double height = 300.0;
  std::string x_label;
  std::string y_label;
  std::array<double, 2> x{0, 1};
  std::array<double, 2> y{0, 1};

  [[nodiscard]] double px(double value) const { return left + (value - x[0]) / (x[1] - x[0]) * width; }
  [[nodiscard]] double py(double value) const { return top + height - (value - y[0]) / (y[1] - y[0]) * height; }
};

/// A step of 1, 2 or 5 times a power of ten that cuts `extent` into at most eight.
double tick_step(double extent) {
  const double power = std::pow(10.0, std::floor(std::log10(extent / 8.0)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power * 8.0 >= extent * (1 - 1e-9)) {
      return factor * power;
    }
  }
  return 10.0 * power;
}

/// The round values inside a range.
std::vector<double> ticks(const std::array<double, 2>& range) {
  const double step = tick_step(range[1] - range[0]);
  const int first = static_cast<int>(std::ceil(range[0] / step - 1e-9));
  const int last = static_cast<int>(std::floor(range[1] / step + 1e-9));
  std::vector<double> values;
  for (int i = first; i <= last; ++i) {
    values.push_back(i * step);
  }
  return values;
}

std::string axes(const Panel& p) {
  std::string svg;
  for (const double v : ticks(p.x)) {
    svg += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\"/>\n", p.px(v),
                       p.top, p.top + p.height);
    svg += fmt::format("<text class=\"tick\" text-anchor=\"middle\" x=\"{:.1f}\" y=\"{:.1f}\">{:g}</text>\n", p.px(v),
                       p.top + p.height + 16, v);
  }
  for (const double v : ticks(p.y)) {
    svg += fmt::format("<line class=\"grid\" x1=\"{1:.1f}\" y1=\"{0:.1f}\" x2=\"{2:.1f}\" y2=\"{0:.1f}\"/>\n", p.py(v),
                       p.left, p.left + p.width);
    svg += fmt::format("<text class=\"tick\" text-anchor=\"end\" x=\"{:.1f}\" y=\"{:.1f}\">{:g}</text>\n", p.left - 6,
                       p.py(v) + 4, v);
  }
  svg += fmt::format("<rect class=\"frame\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n", p.left,
                     p.top, p.width, p.height);
  svg += fmt::format("<text text-anchor=\"middle\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", p.left + 0.5 * p.width,
                     p.top + p.height + 36, escaped(p.x_label));
  svg += fmt::format("<text text-anchor=\"middle\" transform=\"translate({:.1f} {:.1f}) rotate(-90)\">{}</text>\n",
                     p.left - 42, p.top + 0.5 * p.height, escaped(p.y_label));
  return svg;
}

std::string panel_svg(const Panel& p, const std::vector<Curve>& curves) {
  static constexpr std::array<std::string_view, 6> colours{"#1f5fa8", "#b3541e", "#2e7d4f",
                                                           "#7a3b8f", "#8a6d00", "#555555"};
  static constexpr std::array<std::string_view, 3> dashes{"none", "7 3", "2 3"};
  std::string svg = axes(p);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    std::string points;
    for (const auto& [x, y] : curves[i].points) {
      points += fmt::format("{:.1f},{:.1f} ", p.px(x), p.py(y));
    }
    const auto colour = colours[i % colours.size()];
    const auto dash = dashes[i % dashes.size()];
    svg += fmt::format("<polyline class=\"curve\" stroke=\"{}\" stroke-dasharray=\"{}\" points=\"{}\"/>\n", colour,
                       dash, points);
    if (!curves[i].label.empty()) {
      const double y = p.top + 18 + 17 * static_cast<double>(i);
      const double x = p.left + p.width - 104;
      svg += fmt::format(
          "<line class=\"curve\" stroke=\"{}\" stroke-dasharray=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" "
          "y2=\"{:.1f}\"/>\n<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
          colour, dash, x, y - 4, x + 26, y - 4, x + 32, y, escaped(curves[i].label));
    }
  }
  return svg;
}

}  // namespace

TankFigures tank_figures(const TankScores& scores) {
  const double largest = largest_dose(scores);
  const std::vector<TankScore>& line = scores.depth_dose;
  const auto at = static_cast<std::size_t>(std::ranges::find(line, largest, &TankScore::dose) - line.begin());
  TankFigures figures;
  figures.dmax_mm = middle(line[at].depth_mm);
  figures.dose_at_dmax = largest;
  if (at > 0 && at + 1 < line.size()) {
    const double a = middle(line[at - 1].depth_mm) - figures.dmax_mm;
    const double b = middle(line[at + 1].depth_mm) - figures.dmax_mm;
    const double fa = line[at - 1].dose - largest;
    const double fb = line[at + 1].dose - largest;
    const double curvature = (fb / b - fa / a) / (b - a);  // f = slope t + curvature t²
    const double slope = fa / a - curvature * a;
    if (curvature < 0) {
      figures.dmax_mm += std::clamp(-0.5 * slope / curvature, a, b);
    }
  }
  const auto percent = [&](std::optional<double> dose) {
    return dose ? std::optional(100.0 * *dose / largest) : std::nullopt;
  };
  figures.pdd10 = percent(dose_at(line, 100.0));
  figures.pdd20 = percent(dose_at(line, 200.0));
  return figures;
}

std::string depth_dose_csv(const TankScores& scores, const TankFacts& facts, double fluence_per_mu) {
  const double largest = largest_dose(scores);
  const bool has_mu = fluence_per_mu > 0;
  std::string csv = comment_lines(facts);
  csv += "depth_mm,depth_low_mm,depth_high_mm,dose_Gy_cm2_per_unit_axis_fluence_at_iso,percent_of_maximum";
  csv += has_mu ? ",dose_Gy_per_MU" : "";
  csv += has_sigma(scores) ? std::string(sigma_heading) + "\n" : "\n";
  for (const TankScore& s : scores.depth_dose) {
    csv += fmt::format("{:.4f},{:.4f},{:.4f},{:.6e},{:.4f}", middle(s.depth_mm), s.depth_mm[0], s.depth_mm[1], s.dose,
                       100.0 * s.dose / largest);
    csv += has_mu ? fmt::format(",{:.6e}", s.dose * fluence_per_mu) : "";
    csv += (has_sigma(scores) ? sigma_cell(s) : "") + "\n";
  }
  return csv;
}

std::string profiles_csv(const TankScores& scores, const TankFacts& facts, double fluence_per_mu) {
  const bool has_mu = fluence_per_mu > 0;
  std::string csv = comment_lines(facts);
  csv +=
      "depth_mm,depth_low_mm,depth_high_mm,x_mm,x_low_mm,x_high_mm,dose_Gy_cm2_per_unit_axis_fluence_at_iso,"
      "percent_of_axis";
  csv += has_mu ? ",dose_Gy_per_MU" : "";
  csv += has_sigma(scores) ? std::string(sigma_heading) + "\n" : "\n";
  for (const std::vector<TankScore>& profile : scores.profiles) {
    const double axis = axis_dose(profile);
    for (const TankScore& s : profile) {
      csv += fmt::format("{:.4f},{:.4f},{:.4f},{:.4f},{:.4f},{:.4f},{:.6e},{:.4f}", middle(s.depth_mm), s.depth_mm[0],
                         s.depth_mm[1], middle(s.x_mm), s.x_mm[0], s.x_mm[1], s.dose,
                         axis > 0 ? 100.0 * s.dose / axis : 0.0);
      csv += has_mu ? fmt::format(",{:.6e}", s.dose * fluence_per_mu) : "";
      csv += (has_sigma(scores) ? sigma_cell(s) : "") + "\n";
    }
  }
  return csv;
}

std::string tank_svg(const TankScores& scores, const TankFacts& facts) {
  const double largest = largest_dose(scores);
  const int exponent = static_cast<int>(std::floor(std::log10(largest)));
  const double power = std::pow(10.0, exponent);
  const std::string unit = fmt::format("dose per axis fluence / {} Gy cm²", power_of_ten(exponent));
  Curve depth_curve;
  for (const TankScore& s : scores.depth_dose) {
    depth_curve.points.push_back({middle(s.depth_mm), s.dose / power});
  }
  Panel depth_panel;
  depth_panel.x_label = "depth / mm";
  depth_panel.y_label = unit;
  depth_panel.x = {0.0, scores.depth_dose.back().depth_mm[1]};
  depth_panel.y = {0.0, 1.08 * largest / power};
  Panel profile_panel;
  profile_panel.left = 570.0;
  profile_panel.x_label = "x / mm";
  profile_panel.y_label = unit;
  profile_panel.x = {0.0, 1.0};
  profile_panel.y = depth_panel.y;
  std::vector<Curve> profile_curves;
  for (const std::vector<TankScore>& profile : scores.profiles) {
    Curve& curve = profile_curves.emplace_back();
    curve.label = fmt::format("{:g} mm", middle(profile.front().depth_mm));
    for (const TankScore& s : profile) {
      curve.points.push_back({middle(s.x_mm), s.dose / power});
      profile_panel.y[1] = std::max(profile_panel.y[1], 1.08 * s.dose / power);
    }
    profile_panel.x[0] = std::min(profile_panel.x[0], profile.front().x_mm[0]);
    profile_panel.x[1] = std::max(profile_panel.x[1], profile.back().x_mm[1]);
  }
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1000 430\" font-family=\"sans-serif\" "
      "font-size=\"13\">\n"
      "<style>text{fill:#222}.tick{font-size:11px;fill:#555}.grid{stroke:#e4e4e4}.frame{fill:none;stroke:#888}"
      ".curve{fill:none;stroke-width:1.8}</style>\n"
      "<rect width=\"1000\" height=\"430\" fill=\"#ffffff\"/>\n";
  if (!facts.empty()) {
    svg += fmt::format("<title>{}</title>\n<text x=\"70\" y=\"24\" font-size=\"15\">{}</text>\n",
                       escaped(facts.front()), escaped(facts.front()));
  }
  svg += "<text x=\"70\" y=\"46\">depth dose on the axis</text>\n";
  svg += panel_svg(depth_panel, {depth_curve});
  if (!profile_curves.empty()) {
    svg += "<text x=\"570\" y=\"46\">profiles across the field, by depth</text>\n";
    svg += panel_svg(profile_panel, profile_curves);
  }
  svg += "<text class=\"tick\" x=\"70\" y=\"422\">Research use only: not for clinical treatment.</text>\n</svg>\n";
  return svg;
}

}  // namespace xingu
