// SPDX-License-Identifier: Apache-2.0
#include "machine/motion_chart.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numbers>

#include "base/xml_text.h"

namespace xingu {
namespace {

constexpr double left_px = 150.0;
constexpr double chart_px = 900.0;
constexpr double top_px = 96.0;
constexpr double position_px = 44.0;  // height of an axis's position
constexpr double rates_px = 36.0;     // and of its rates, from −100 to 100 %
constexpr double row_px = 98.0;
constexpr double step_px = 1.0;  // between samples
constexpr double narrowest_label_px = 14.0;
constexpr double shortest_s = 1e-3;  // of a motion that is divided by

struct TimedLeg {
  double begin_s = 0.0;
  AxisMove move;
};

struct BeamMark {
  double time_s = 0.0;
  std::string name;
};

/// A path as one stretch of motion, without the beams' own time.
struct Timeline {
  std::vector<TimedLeg> legs;
  std::vector<BeamMark> beams;
  double duration_s = 0.0;
};

Timeline timeline_of(const TreatmentMachine& machine, const BeamPath& path, const std::vector<BeamStop>& stops) {
  Timeline timeline;
  const auto add = [&](const std::vector<PathLeg>& legs) {
    for (const PathLeg& leg : legs) {
      timeline.legs.push_back({timeline.duration_s, AxisMove(machine.mechanism.axes(), leg.from, leg.to)});
      timeline.duration_s += timeline.legs.back().move.duration_s();
    }
  };
  for (const BeamPath::Visit& visit : path.visits) {
    add(visit.legs);
    timeline.beams.push_back({timeline.duration_s, stops[visit.beam].name});
  }
  add(path.home);
  return timeline;
}

/// Speed, acceleration and jerk of an axis, of which one curve shows one.
enum class Rate { speed, acceleration, jerk };

struct Curve {
  Rate rate;
  const char* colour;
  const char* name;
};
constexpr std::array curves{Curve{Rate::jerk, "#b9b9b9", "jerk"}, Curve{Rate::acceleration, "#e08a2e", "acceleration"},
                            Curve{Rate::speed, "#1f6fb2", "speed"}};

class AxisRow {
 public:
  AxisRow(const TreatmentMachine& machine, const Timeline& timeline, std::size_t axis, double y_px)
      : timeline_(timeline), axis_(machine.mechanism.axes()[axis]), index_(axis), y_px_(y_px) {
    for (const TimedLeg& leg : timeline.legs) {
      for (const double value : {leg.move.from()[axis], leg.move.to()[axis]}) {
        lower_ = std::min(lower_, value);
        upper_ = std::max(upper_, value);
      }
    }
  }

  [[nodiscard]] bool moves() const { return upper_ - lower_ > 1e-9; }

  [[nodiscard]] std::string svg() const {
    const bool turns = axis_.type == JointType::revolute;
    const double unit = turns ? 180.0 / std::numbers::pi : 1.0;
    const char* const name = turns ? "°" : " mm";
    std::string svg = fmt::format(
        "<text x=\"8\" y=\"{0:.0f}\" font-size=\"13\">{1}</text><text x=\"{2}\" y=\"{3:.0f}\" "
        "class=\"end\">{4:.0f}{5}</text>"
        "<text x=\"{2}\" y=\"{6:.0f}\" class=\"end\">{7:.0f}{5}</text><text x=\"{2}\" y=\"{8:.0f}\" class=\"end\">of "
        "limit</text>\n",
        y_px_ + 14, xml_escaped(axis_.name), left_px - 6, y_px_ + 8, upper_ * unit, name, y_px_ + position_px,
        lower_ * unit, middle_of_rates() + 4);
    svg += fmt::format(
        "<path d=\"M{0} {1:.1f}h{2}M{0} {3:.1f}h{2}\" stroke=\"#ddd\"/><path d=\"M{0} {4:.1f}h{2}\" "
        "stroke=\"#bbb\"/>\n",
        left_px, middle_of_rates() - 0.5 * rates_px, chart_px, middle_of_rates() + 0.5 * rates_px, middle_of_rates());
    for (const Curve& curve : curves) {
      svg += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\"/>\n", rate_curve(curve.rate), curve.colour);
    }
    return svg + fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#222\" stroke-width=\"1.4\"/>\n", position_curve());
  }

 private:
  [[nodiscard]] double middle_of_rates() const { return y_px_ + position_px + 6.0 + 0.5 * rates_px; }
  [[nodiscard]] double x_at(double time_s) const { return left_px + chart_px * time_s / timeline_.duration_s; }

  /// Samples every leg, its ends among them. @param y_of  state of the axis and time within the leg to a height
  template <class Height>
  [[nodiscard]] std::string curve(const Height& y_of) const {
    std::string d;
    for (const TimedLeg& leg : timeline_.legs) {
      const double duration = leg.move.duration_s();
      const int parts = std::max(8, static_cast<int>(chart_px * duration / timeline_.duration_s / step_px));
      for (int k = 0; k <= parts; ++k) {
        const double t = duration * k / parts;
        d += fmt::format("{}{:.1f} {:.1f}", d.empty() ? "M" : "L", x_at(leg.begin_s + t), y_of(leg, t));
      }
    }
    return d;
  }
  [[nodiscard]] std::string position_curve() const {
    return curve([&](const TimedLeg& leg, double t) {
      const double part = (leg.move.axis_at(index_, t).position - lower_) / (upper_ - lower_);
      return y_px_ + position_px * (1.0 - part);
    });
  }
  [[nodiscard]] std::string rate_curve(Rate rate) const {
    if (rate == Rate::jerk) {
      return jerk_curve();
    }
    return curve([&](const TimedLeg& leg, double t) {
      const MotionState state = leg.move.axis_at(index_, t);
      return height_of(rate == Rate::speed ? state.velocity / axis_.limits.velocity
                                           : state.acceleration / axis_.limits.acceleration);
    });
  }
  /// In steps, for jerk is constant in each phase.
  [[nodiscard]] std::string jerk_curve() const {
    std::string d = fmt::format("M{:.1f} {:.1f}", left_px, middle_of_rates());
    for (const TimedLeg& leg : timeline_.legs) {
      const double way = leg.move.to()[index_] - leg.move.from()[index_];
      double time = leg.begin_s;
      for (const JerkLimitedMove::Phase& phase : leg.move.along().phases()) {
        time += phase.duration_s;
        d += fmt::format("V{:.1f}H{:.1f}", height_of(way * phase.jerk / axis_.limits.jerk), x_at(time));
      }
    }
    return d;
  }
  [[nodiscard]] double height_of(double part_of_limit) const {
    return middle_of_rates() - 0.5 * rates_px * part_of_limit;
  }

  const Timeline& timeline_;
  const Axis& axis_;
  std::size_t index_;
  double y_px_;
  double lower_ = std::numeric_limits<double>::infinity();
  double upper_ = -std::numeric_limits<double>::infinity();
};

std::string beam_marks(const Timeline& timeline, double bottom_px) {
  std::string svg;
  double free_from = 0.0;
  for (const BeamMark& beam : timeline.beams) {
    const double x = left_px + chart_px * beam.time_s / std::max(timeline.duration_s, shortest_s);
    svg += fmt::format("<path d=\"M{:.1f} {}V{:.0f}\" stroke=\"#d9b8b8\"/>", x, top_px - 8, bottom_px);
    if (x >= free_from) {
      svg += fmt::format("<text transform=\"translate({:.1f} {}) rotate(-50)\" font-size=\"10\">{}</text>", x + 3,
                         top_px - 12, xml_escaped(beam.name.substr(0, beam.name.find(' '))));
      free_from = x + narrowest_label_px;
    }
    svg += "\n";
  }
  return svg;
}

}  // namespace

std::string motion_svg(const TreatmentMachine& machine, const BeamPath& path, const std::vector<BeamStop>& stops,
                       const std::string& title) {
  const Timeline timeline = timeline_of(machine, path, stops);
  std::string rows;
  double y = top_px;
  for (std::size_t axis = 0; axis < machine.mechanism.num_axes() && timeline.duration_s > 0; ++axis) {
    const AxisRow row(machine, timeline, axis, y);
    if (row.moves()) {
      rows += row.svg();
      y += row_px;
    }
  }
  const double width = left_px + chart_px + 20.0;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "font-family=\"sans-serif\" font-size=\"11\">\n<style>.end{{text-anchor:end;fill:#555}}</style>\n"
      "<rect width=\"{0:.0f}\" height=\"{1:.0f}\" fill=\"white\"/>\n<text x=\"8\" y=\"24\" "
      "font-size=\"16\">{2}</text>\n"
      "<text x=\"8\" y=\"44\" fill=\"#555\">Axes that move, in {3:.0f} s of motion; black: position; below it, as "
      "parts of its "
      "limits:",
      width, y + 24.0, xml_escaped(title), timeline.duration_s);
  for (auto curve = curves.rbegin(); curve != curves.rend(); ++curve) {
    svg += fmt::format(" <tspan fill=\"{}\" font-weight=\"bold\">{}</tspan>", curve->colour, curve->name);
  }
  svg += ". Lines: beams. Research use only.</text>\n" + beam_marks(timeline, y - 8.0) + rows;
  for (int tick = 0; tick <= 5; ++tick) {
    svg += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"middle\" fill=\"#555\">{:.0f} s</text>\n",
                       left_px + chart_px * tick / 5.0, y + 8.0, timeline.duration_s * tick / 5.0);
  }
  return svg + "</svg>\n";
}

}  // namespace xingu
