// SPDX-License-Identifier: Apache-2.0
#include "report/figures.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "synthetic_report.h"

namespace xingu {
namespace {

TEST(BeamMap, shows_beams_where_a_viewer_expects_them) {
  const auto source_at = [](double left, double posterior, double superior) {
    return map_direction(-Vec3(left, posterior, superior));
  };
  const MapPoint anterior = source_at(0, -1, 0);
  EXPECT_TRUE(anterior.is_front);
  EXPECT_NEAR(std::hypot(anterior.x, anterior.y), 0.0, 1e-12);
  const MapPoint left_front = source_at(0.6, -0.8, 0);
  EXPECT_TRUE(left_front.is_front);
  EXPECT_GT(left_front.x, 0.0);  // seen from the front, the patient's left is on the right
  const MapPoint left_back = source_at(0.6, 0.8, 0);
  EXPECT_FALSE(left_back.is_front);
  EXPECT_LT(left_back.x, 0.0);
  EXPECT_NEAR(source_at(0, -0.6, 0.8).x, 0.0, 1e-12);
  EXPECT_GT(source_at(0, -0.6, 0.8).y, 0.0);  // head up
  EXPECT_NEAR(std::hypot(source_at(1, 0, 0).x, source_at(1, 0, 0).y), 1.0, 1e-12);
}

TEST(BeamMap, goes_there_and_back) {
  std::minstd_rand random(2);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 500; ++i) {
    const Vec3 direction = Vec3(normal(random), normal(random), normal(random)).normalized();
    const MapPoint p = map_direction(direction);
    EXPECT_LE(std::hypot(p.x, p.y), 1.0 + 1e-12);
    EXPECT_LT((unmap_direction(p) - direction).norm(), 1e-9);
  }
}

TEST(BeamMap, keeps_areas) {
  // A small square of the disc stands for the same solid angle wherever it lies.
  constexpr double half_width = 1e-4;
  for (const auto& [x, y] : {std::pair{0.0, 0.0}, {0.3, 0.5}, {-0.7, 0.1}, {0.2, -0.95}, {0.9, 0.6}}) {
    const Vec3 along = unmap_direction({x + half_width, y, true}) - unmap_direction({x - half_width, y, true});
    const Vec3 up = unmap_direction({x, y + half_width, true}) - unmap_direction({x, y - half_width, true});
    EXPECT_NEAR(along.cross(up).norm() / (4 * half_width * half_width), 2.0, 1e-5);
  }
}

TEST(BeamMap, numbers_beams_that_lie_close_together_beside_each_other) {
  PlanReport report;
  for (int i = 0; i < 7; ++i) {  // six about a seventh, 4° away, all from the front
    const double angle = std::numbers::pi / 3 * i;
    const double away = i == 6 ? 0.0 : 0.07;
    ReportBeam& beam = report.beams.emplace_back();
    beam.number = i + 1;
    beam.direction_P = Vec3(away * std::cos(angle), 1.0, away * std::sin(angle)).normalized();
    beam.mu = 100.0 + i;
  }
  const std::string svg = beam_map_figure(report);
  const std::regex number("<text x=\"([0-9.]+)\" y=\"([0-9.]+)\" text-anchor=\"middle\">[0-9]+</text></g>");
  std::vector<Eigen::Vector2d> places;
  for (std::sregex_iterator match(svg.begin(), svg.end(), number), end; match != end; ++match) {
    const Eigen::Vector2d place(std::stod((*match)[1]), std::stod((*match)[2]));
    for (const Eigen::Vector2d& other : places) {
      EXPECT_TRUE(std::abs(place.x() - other.x()) >= 14.9 || std::abs(place.y() - other.y()) >= 11.9)
          << place.transpose() << " and " << other.transpose();
    }
    places.push_back(place);
  }
  EXPECT_EQ(places.size(), report.beams.size());
}

TEST(RoundStep, is_a_round_number_that_is_large_enough) {
  EXPECT_DOUBLE_EQ(round_step(30.0, 12), 5.0);
  EXPECT_DOUBLE_EQ(round_step(100.0, 10), 10.0);
  EXPECT_DOUBLE_EQ(round_step(0.7, 10), 0.1);
  EXPECT_DOUBLE_EQ(round_step(9.9, 1), 10.0);
  for (double extent = 0.013; extent < 5000; extent *= 1.37) {
    EXPECT_LE(extent / round_step(extent, 8), 8.0 + 1e-9);
    EXPECT_GT(extent / round_step(extent, 8), 8.0 / 2.5 - 1e-9);
  }
}

ReportDvh named(const std::string& name, const std::string& role) {
  ReportDvh curve;
  curve.name = name;
  curve.role = role;
  return curve;
}

int difference(const Rgb& a, const Rgb& b) {
  return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]);
}

TEST(StructureColours, stand_out_from_the_page_and_from_each_other) {
  PlanReport report;
  for (const char* name : {"PTV_1", "PTV_2", "PTV_3", "PTV_4"}) {
    report.dose.structures.push_back(named(name, "target"));
  }
  for (int i = 0; i < 12; ++i) {
    report.dose.structures.push_back(named("Organ " + std::to_string(i), "organ"));
  }
  const StructureColours colours = structure_colours(report);
  ASSERT_EQ(colours.size(), 16U);
  for (const auto& [name, colour] : colours) {
    EXPECT_GE(contrast(colour, {255, 255, 255}), 3.0) << name;
    EXPECT_GE(contrast(on_dark(colour), {70, 70, 70}), 3.49) << name;
    for (const auto& [other_name, other] : colours) {
      if (name != other_name) {
        EXPECT_GT(difference(colour, other), 40) << name << ", " << other_name;
      }
    }
  }
}

/// Distance as eyes judge it: Euclidean in Oklab (Ottosson 2020).
double seen_distance(const Rgb& a, const Rgb& b) {
  const auto lab = [](const Rgb& colour) {
    const auto linear = [](int c) {
      const double v = c / 255.0;
      return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    const Vec3 rgb(linear(colour[0]), linear(colour[1]), linear(colour[2]));
    const Vec3 cones(std::cbrt(Vec3(0.4122214708, 0.5363325363, 0.0514459929).dot(rgb)),
                     std::cbrt(Vec3(0.2119034982, 0.6806995451, 0.1073969566).dot(rgb)),
                     std::cbrt(Vec3(0.0883024619, 0.2817188376, 0.6299787005).dot(rgb)));
    return Vec3(Vec3(0.2104542553, 0.7936177850, -0.0040720468).dot(cones),
                Vec3(1.9779984951, -2.4285922050, 0.4505937099).dot(cones),
                Vec3(0.0259040371, 0.7827717662, -0.8086757660).dot(cones));
  };
  return (lab(a) - lab(b)).norm();
}

TEST(StructureColours, of_a_neck_are_told_apart_on_the_page_and_on_the_ct) {
  PlanReport report;
  for (const char* name : {"PTV_70", "PTV_63", "PTV_56"}) {
    report.dose.structures.push_back(named(name, "target"));
  }
  for (const char* name :
       {"SpinalCord", "Brainstem", "Parotid_L", "Parotid_R", "Larynx", "Esophagus", "Mandible", "Body"}) {
    report.dose.structures.push_back(named(name, "organ"));
  }
  const StructureColours colours = structure_colours(report);
  for (const auto& [name, colour] : colours) {
    EXPECT_GE(contrast(on_dark(colour), {0, 0, 0}), 7.5) << name << " is too dark for a CT";
    for (const auto& [other_name, other] : colours) {
      if (name < other_name) {
        EXPECT_GT(seen_distance(colour, other), 0.075) << name << ", " << other_name;
        EXPECT_GT(seen_distance(on_dark(colour), on_dark(other)), 0.06) << name << ", " << other_name;
      }
    }
  }
}

TEST(StructureColours, follow_from_the_name) {
  PlanReport one;
  one.dose.structures = {named("PTV", "target"), named("Heart", "organ"), named("Rectum", "organ")};
  PlanReport other;
  other.dose.structures = {named("Rectum", "organ"), named("PTV", "target")};
  const StructureColours ours = structure_colours(one);
  const StructureColours theirs = structure_colours(other);
  EXPECT_EQ(ours.at("Rectum"), theirs.at("Rectum"));
  EXPECT_EQ(ours.at("PTV"), theirs.at("PTV"));
  for (int i = 0; i < 40; ++i) {  // more than there are colours
    one.dose.others.push_back(named("Organ " + std::to_string(i), ""));
  }
  EXPECT_EQ(structure_colours(one).size(), 43U);
  EXPECT_EQ(structure_colours(one).at("Heart"), ours.at("Heart"));
}

/// A colour as seen without one kind of cone, by a matrix on linear sRGB (Machado, Oliveira and Fernandes 2009).
Rgb seen_without(const std::array<std::array<double, 3>, 3>& matrix, const Rgb& colour) {
  const auto linear = [](int c) {
    const double v = c / 255.0;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  Rgb seen{};
  for (std::size_t row = 0; row < 3; ++row) {
    double sum = 0.0;
    for (std::size_t column = 0; column < 3; ++column) {
      sum += matrix[row][column] * linear(colour[column]);
    }
    const double v = std::clamp(sum, 0.0, 1.0);
    seen[row] =
        static_cast<int>(std::lround(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055)));
  }
  return seen;
}

constexpr std::array<std::array<std::array<double, 3>, 3>, 3> eyes{
    {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
     {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
     {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}}}};

TEST(IsodoseColours, are_not_taken_for_each_other_by_any_eye) {
  for (std::size_t i = 0; i < isodose_colours.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_GE(difference(isodose_colours[i], isodose_colours[j]), 105)
          << css_colour(isodose_colours[i]) << ", " << css_colour(isodose_colours[j]);
      for (const auto& eye : eyes) {
        EXPECT_GT(difference(seen_without(eye, isodose_colours[i]), seen_without(eye, isodose_colours[j])), 80)
            << css_colour(isodose_colours[i]) << ", " << css_colour(isodose_colours[j]);
      }
    }
  }
}

TEST(StructureColours, are_not_taken_for_isodoses_by_any_eye) {
  PlanReport report;
  for (int i = 0; i < 40; ++i) {
    report.dose.structures.push_back(named("Structure " + std::to_string(i), i < 8 ? "target" : "organ"));
  }
  for (const auto& [name, colour] : structure_colours(report)) {
    for (const Rgb& isodose : isodose_colours) {
      for (const auto& eye : eyes) {
        EXPECT_GT(difference(seen_without(eye, on_dark(colour)), seen_without(eye, isodose)), 90)
            << css_colour(on_dark(colour)) << ", isodose " << css_colour(isodose);
      }
    }
  }
  for (const Rgb& isodose : isodose_colours) {
    EXPECT_GE(contrast(isodose, {70, 70, 70}), 2.0) << css_colour(isodose);
  }
}

TEST(DvhFigure, draws_each_curve_of_each_dataset) {
  const test::SyntheticReport synthetic;
  const std::string svg = dvh_figure(synthetic.report, structure_colours(synthetic.report));
  std::size_t curves = 0;
  for (std::size_t at = svg.find("<path d=\"M62 "); at != std::string::npos; at = svg.find("<path d=\"M62 ", at + 1)) {
    curves += svg.find("stroke=", at) < svg.find('>', at) ? 1 : 0;
  }
  EXPECT_EQ(curves, 2 * synthetic.report.dose.structures.size());
  EXPECT_NE(svg.find("prescription 25.00 Gy"), std::string::npos);
  EXPECT_NE(svg.find("dataset-1\" stroke-dasharray=\"7 4\""), std::string::npos);
}

TEST(DvhFigure, has_a_key_for_each_curve_under_the_name_of_its_label) {
  const test::SyntheticReport synthetic;
  const StructureColours colours = structure_colours(synthetic.report);
  const std::string keys = curve_keys(synthetic.report.dose.structures, colours);
  for (const ReportDvh& curve : synthetic.report.dose.structures) {
    EXPECT_NE(keys.find("stroke=\"" + css_colour(colours.at(curve.name)) + "\""), std::string::npos);
    EXPECT_NE(keys.find("</svg>" + curve.name + "</li>"), std::string::npos);
  }
  EXPECT_EQ(dvh_figure(synthetic.report, colours).find("Heart − PTV_2500</text>"), std::string::npos)
      << "labels are the names that goals and tables speak of";
}

TEST(StructureColours, that_are_near_to_each_other_have_different_dashes_in_figure_and_key) {
  PlanReport report;
  report.dose.structures.push_back(named("PTV", "target"));
  for (const char* name :
       {"Heart", "Lungs", "SpinalCord", "Stomach", "Esophagus", "Liver", "Body", "A", "B", "C", "D", "E"}) {
    report.dose.structures.push_back(named(name, "organ"));
  }
  const StructureColours colours = structure_colours(report);
  EXPECT_EQ(dash_of_colour(colours.at("PTV")), "none");
  std::size_t num_near = 0;
  const std::string keys = curve_keys(report.dose.structures, colours);
  for (const ReportDvh& one : report.dose.structures) {
    const Rgb& colour = colours.at(one.name);
    EXPECT_NE(keys.find(fmt::format("stroke=\"{}\" stroke-width=\"3.2\" stroke-dasharray=\"{}\"", css_colour(colour),
                                    dash_of_colour(colour))),
              std::string::npos)
        << one.name;
    for (const ReportDvh& other : report.dose.structures) {
      const bool is_pair = one.role == "organ" && other.role == "organ" && one.name < other.name;
      if (is_pair && seen_distance(colour, colours.at(other.name)) < 0.16) {
        ++num_near;
        EXPECT_NE(dash_of_colour(colour), dash_of_colour(colours.at(other.name))) << one.name << ", " << other.name;
      }
    }
  }
  EXPECT_GT(num_near, 5U) << "dashes would be for nothing";

  const test::SyntheticReport synthetic;
  const StructureColours drawn = structure_colours(synthetic.report);
  const std::string svg = dvh_figure(synthetic.report, drawn);
  for (const ReportDvh& curve : synthetic.report.dose.structures) {
    EXPECT_NE(svg.find(fmt::format("stroke=\"{}\" stroke-dasharray=\"{}\"", css_colour(drawn.at(curve.name)),
                                   dash_of_colour(drawn.at(curve.name)))),
              std::string::npos)
        << curve.name;
  }
}

TEST(DvhFigure, draws_an_area_for_each_curve_that_has_a_standard_deviation) {
  test::SyntheticReport synthetic;
  PlanReport& report = synthetic.report;
  EXPECT_EQ(dvh_figure(report, structure_colours(report)).find("class=\"bands\""), std::string::npos);
  ReportDvh& curve = report.dose.structures.at(1);
  curve.sigma = ReportDvhBand{curve.volume_fraction, curve.volume_fraction, 0.1, 0.1, 0.1, 0.1, 0.1};
  const std::string svg = dvh_figure(report, structure_colours(report));
  const std::size_t begin = svg.find("<g class=\"bands\">");
  ASSERT_NE(begin, std::string::npos);
  const std::string bands = svg.substr(begin, svg.find("</g>", begin) - begin);
  EXPECT_EQ(bands.find("<path"), bands.rfind("<path"));
  EXPECT_NE(bands.find("Z\" fill=\"#"), std::string::npos);
  EXPECT_LT(begin, svg.find("class=\"curves"));
}

}  // namespace
}  // namespace xingu
