// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "report/plan_report.h"

namespace xingu::test {

/// A thorax of ellipsoids with a round target in the heart, a dose that falls off with the distance from the target's
/// centre, and a report filled as a plan command fills it. Owns what the report points to.
class SyntheticReport {
 public:
  static constexpr double prescription_Gy = 25.0;
  static constexpr double target_radius_mm = 20.0;

  SyntheticReport() {
    make_structures();
    make_ct();
    make_dose();
    fill();
  }
  SyntheticReport(const SyntheticReport&) = delete;
  SyntheticReport& operator=(const SyntheticReport&) = delete;

  [[nodiscard]] static Vec3 target_centre() { return {38.0, -24.0, -105.0}; }

  /// Dose at a distance from the target's centre: the prescription on its surface, falling everywhere.
  [[nodiscard]] static double dose_at(double radius_mm) {
    return 1.14 * prescription_Gy / (1.0 + 0.14 * std::pow(radius_mm / target_radius_mm, 3.2));
  }
  [[nodiscard]] static double radius_of(double dose_Gy) {
    return target_radius_mm * std::pow((1.14 * prescription_Gy / dose_Gy - 1.0) / 0.14, 1.0 / 3.2);
  }

  PlanReport report;
  Volume<float> hu;
  Volume<float> dose;
  StructureSet structures;

 private:
  struct Body {
    const char* name;
    Vec3 centre;
    Vec3 half_axes;
    std::array<int, 3> colour;
    float hu;
    const char* type;
  };
  [[nodiscard]] static std::vector<Body> bodies() {
    return {{"External", {0, 0, -100}, {172, 112, 400}, {180, 180, 180}, 20.0F, "EXTERNAL"},
            {"Lung_L", {85, 5, -100}, {52, 74, 105}, {0, 200, 255}, -780.0F, "ORGAN"},
            {"Lung_R", {-85, 5, -100}, {55, 76, 105}, {0, 190, 255}, -780.0F, "ORGAN"},
            {"Heart", {28, -32, -110}, {52, 46, 55}, {255, 128, 0}, 45.0F, "ORGAN"},
            {"SpinalCord", {0, 72, -100}, {8, 8, 400}, {255, 255, 0}, 35.0F, "ORGAN"},
            {"Oesophagus", {8, 40, -100}, {10, 8, 400}, {150, 90, 40}, 20.0F, "ORGAN"},
            {"PTV_2500", target_centre(), Vec3::Constant(target_radius_mm), {255, 0, 0}, 45.0F, "PTV"}};
  }

  void make_structures() {
    int number = 1;
    for (const Body& body : bodies()) {
      Structure s;
      s.number = number++;
      s.name = body.name;
      s.interpreted_type = body.type;
      s.colour = body.colour;
      for (double z = -208; z <= 0.5; z += 4) {
        const double height = (z - body.centre.z()) / body.half_axes.z();
        if (std::abs(height) < 0.999) {
          const double scale = std::sqrt(1 - height * height);
          Contour contour{z, {}};
          for (int k = 0; k < 90; ++k) {
            const double angle = 2 * std::numbers::pi * k / 90;
            contour.points.emplace_back(body.centre.x() + scale * body.half_axes.x() * std::cos(angle),
                                        body.centre.y() + scale * body.half_axes.y() * std::sin(angle));
          }
          s.contours.push_back(std::move(contour));
        }
      }
      structures.structures.push_back(std::move(s));
    }
  }

  void make_ct() {
    Grid grid;
    grid.size = {200, 140, 53};
    grid.spacing = {2.0, 2.0, 4.0};
    grid.origin = {-199.0, -139.0, -208.0};
    hu = Volume<float>(grid, -1000.0F);
    std::minstd_rand noise(7);
    const auto all = bodies();
    std::size_t i = 0;
    for (int z = 0; z < grid.nz(); ++z) {
      for (int y = 0; y < grid.ny(); ++y) {
        for (int x = 0; x < grid.nx(); ++x, ++i) {
          const Vec3 p = grid.centre(x, y, z);
          for (const Body& body : all) {
            if ((p - body.centre).cwiseQuotient(body.half_axes).squaredNorm() < 1) {
              hu[i] = body.hu + static_cast<float>(noise() % 41) - 20.0F;
            }
          }
          if ((p - Vec3(0, 72, -100)).cwiseQuotient(Vec3(24, 20, 400)).squaredNorm() < 1 &&
              (p - Vec3(0, 72, -100)).cwiseQuotient(Vec3(10, 10, 400)).squaredNorm() > 1) {
            hu[i] = 420.0F;
          }
        }
      }
    }
  }

  void make_dose() {
    dose = Volume<float>(covering_grid({-175, -115, -208}, {175, 115, 0}, 2.5));
    std::size_t i = 0;
    const Grid& grid = dose.grid();
    for (int z = 0; z < grid.nz(); ++z) {
      for (int y = 0; y < grid.ny(); ++y) {
        for (int x = 0; x < grid.nx(); ++x, ++i) {
          dose[i] = static_cast<float>(dose_at((grid.centre(x, y, z) - target_centre()).norm()));
        }
      }
    }
  }

  [[nodiscard]] ReportDvh dvh(const Body& body, double scale) const {
    std::vector<double> doses;
    for (int i = 0; i < 4000; ++i) {
      // A low-discrepancy cloud in the unit ball.
      const Vec3 u(std::fmod(0.5 + i * 0.8191725134, 1.0), std::fmod(0.5 + i * 0.6710436067, 1.0),
                   std::fmod(0.5 + i * 0.5497004779, 1.0));
      const Vec3 q = 2.0 * u - Vec3::Ones();
      const Vec3 p = body.centre + q.cwiseProduct(body.half_axes);
      if (q.norm() <= 1 && p.z() > -208 && p.z() < 0) {
        doses.push_back(scale * dose_at((p - target_centre()).norm()));
      }
    }
    std::ranges::sort(doses);
    const auto n = doses.size();
    ReportDvh result;
    result.name = body.name;
    result.colour = body.colour;
    result.role = std::string(body.type) == "PTV" ? "target" : "organ";
    for (std::size_t k = 0; k < n; k += 8) {
      result.dose_Gy.push_back(doses[k]);
      result.volume_fraction.push_back(1.0 - static_cast<double>(k) / static_cast<double>(n));
    }
    result.dose_Gy.insert(result.dose_Gy.begin(), 0.0);
    result.volume_fraction.insert(result.volume_fraction.begin(), 1.0);
    result.dose_Gy.push_back(doses.back());
    result.volume_fraction.push_back(0.0);
    double sum = 0.0;
    for (const double d : doses) {
      sum += d;
    }
    const auto at = [&](double hottest) {
      return doses[std::min(n - 1, static_cast<std::size_t>((1 - hottest) * static_cast<double>(n)))];
    };
    const double z_half = std::min(body.half_axes.z(), 104.0);
    result.volume_cm3 = 4.0 / 3.0 * std::numbers::pi * body.half_axes.x() * body.half_axes.y() * z_half / 1000.0;
    result.min_Gy = doses.front();
    result.max_Gy = doses.back();
    result.mean_Gy = sum / static_cast<double>(n);
    result.d98_Gy = at(0.98);
    result.d95_Gy = at(0.95);
    result.d50_Gy = at(0.50);
    result.d2_Gy = at(0.02);
    return result;
  }

  [[nodiscard]] ReportDose dataset(std::string label, std::string status, double scale) const {
    ReportDose result{std::move(label), std::move(status), {}, {}};
    const auto all = bodies();
    result.structures.push_back(dvh(all.back(), scale));
    for (std::size_t i = 1; i + 1 < all.size(); ++i) {
      result.structures.push_back(dvh(all[i], scale));
    }
    result.targets.push_back({"PTV_2500", prescription_Gy, 95.2, 0.873 * scale, 2.94, 3.41, 0.094, 46.3});
    return result;
  }

  void fill_beams() {
    constexpr int num_candidates = 620;
    const double golden = std::numbers::pi * (3 - std::sqrt(5.0));
    for (int i = 0; i < num_candidates; ++i) {
      const double z = 1 - 2.0 * (i + 0.5) / num_candidates;
      const Vec3 source(std::sqrt(1 - z * z) * std::cos(golden * i), std::sqrt(1 - z * z) * std::sin(golden * i), z);
      CandidateState state = CandidateState::usable;
      if (std::abs(source.z()) > 0.88) {
        state = CandidateState::open_ct_end;
      } else if (source.y() > 0.25 && std::abs(source.z()) > 0.45) {
        state = CandidateState::unreachable;
      }
      report.candidates.push_back({-source, state});
    }
    for (int i = 11; i < num_candidates && report.beams.size() < 20; i += 13) {
      const ReportCandidate& candidate = report.candidates[static_cast<std::size_t>((i * 37) % num_candidates)];
      if (candidate.state != CandidateState::usable) {
        continue;
      }
      ReportBeam beam;
      beam.number = static_cast<int>(report.beams.size()) + 1;
      beam.name = fmt::format("B{}", beam.number);
      const Vec3 source = -candidate.direction_P;
      beam.gantry_deg = std::fmod(360.0 + std::atan2(source.x(), -source.y()) * 180 / std::numbers::pi, 360.0);
      beam.couch_deg = std::asin(source.z()) * 180 / std::numbers::pi;
      beam.sad_mm = 800.0;
      if (beam.number != 4) {
        beam.ssd_mm = 800.0 - 90.0 - 4.1 * beam.number;
      }
      beam.num_segments = 3 + beam.number % 5;
      beam.mu = 90.0 + std::fmod(77.7 * beam.number, 320.0);
      beam.direction_P = candidate.direction_P;
      report.beams.push_back(beam);
    }
  }

  void fill_goals() {
    report.goals = {{"PTV_2500",
                     "D95%[Gy]",
                     ">=",
                     25.0,
                     25.06,
                     "Gy",
                     GoalStatus::met,
                     "",
                     1,
                     "RAVENTA (Blanck et al. 2020)",
                     {{25.21}}},
                    {"PTV_2500",
                     "D2%[%]",
                     "<=",
                     125.0,
                     113.9,
                     "%",
                     GoalStatus::met,
                     "",
                     2,
                     "RAVENTA (Blanck et al. 2020)",
                     {{114.6}}},
                    {"SpinalCord",
                     "D0.35cc[Gy]",
                     "<=",
                     10.0,
                     6.412,
                     "Gy",
                     GoalStatus::met,
                     "",
                     1,
                     "AAPM TG-101, table III, one fraction",
                     {{6.5}}},
                    {"Oesophagus",
                     "D5cc[Gy]",
                     "<=",
                     11.9,
                     12.38,
                     "Gy",
                     GoalStatus::missed,
                     "",
                     2,
                     "AAPM TG-101, table III, one fraction",
                     {{12.31}}},
                    {"Lungs",
                     "V7Gy[cc]",
                     "<=",
                     1500.0,
                     211.74,
                     "cc",
                     GoalStatus::met,
                     "",
                     3,
                     "AAPM TG-101, table III, one fraction",
                     {{209.9}}},
                    {"Stomach",
                     "D10cc[Gy]",
                     "<=",
                     11.2,
                     std::nullopt,
                     "Gy",
                     GoalStatus::missing,
                     "the patient has no such structure",
                     2,
                     "AAPM TG-101, table III, one fraction",
                     {std::nullopt}},
                    {"PTV_2500", "R50", "<=", 3.6, 3.41, "", GoalStatus::met, "", 3, "RTOG 0915", {{3.39}}}};
  }

  void fill() {
    report.program_version = "0.1.0";
    report.plan_label = "STAR 25 Gy, 20 beams";
    report.machine = "sphere-linac";
    report.patient = {"Ellipsoid^Thorax",
                      "XG-0001",
                      "19610412",
                      "F",
                      "HFS",
                      "CHEST 4D 50% EX 4.0",
                      "1.2.826.0.1.3680043.8.498.1",
                      "20260304",
                      hu.grid(),
                      "STAR",
                      "../patient"};
    report.protocol = {"star-25gy", "Cardiac radioablation, one fraction", "PTV_2500", prescription_Gy, 1};
    report.provenance.inputs = {{"ct", "9ac1f0d27be3415a"},
                                {"protocols/star-25gy.toml", "01b7c3fd20e8a4c6"},
                                {"machines/sphere-linac/machine.toml", "7d70b1e6f0a90c11"}};
    report.provenance.engine = "ccc";
    report.provenance.quality = "normal";
    report.provenance.dose_grid = dose.grid();
    report.provenance.seed = 20260304;
    report.provenance.dose_status = "final, collapsed cone; no statistical uncertainty; approximate beside lung";
    report.provenance.more = {{"Kernels", "EGSnrc point kernels, 12 energies"}};
    report.provenance.inputs.push_back({"RTSTRUCT", "c0ffee0123456789", "1.2.826.0.1.3680043.8.498.7"});
    report.provenance.options = {{"beams", "20"}, {"density overrides", "none"}};
    report.provenance.outputs = {{"RTPLAN.dcm", "1.2.826.0.1.3680043.8.498.21"}};
    report.dose = dataset("Deliverable plan", "final, collapsed cone, normal quality", 1.0);
    report.comparisons = {dataset("Ideal fluence", "optimiser's dose", 1.012)};
    report.structures = {{"PTV_2500", "target", {"PTV_2500"}, {}, "PTV_2500"},
                         {"Heart", "organ", {"Heart"}, {"PTV_2500"}, "Heart − PTV_2500"},
                         {"Lungs", "organ", {"Lung_L", "Lung_R"}, {"PTV_2500"}, "Lung_L + Lung_R − PTV_2500"},
                         {"Stomach", "organ", {}, {}, ""},
                         {"Body", "organ", {}, {}, "the structure 'External'"}};
    report.dose.others = {dvh(bodies()[3], 1.0)};
    report.dose.others.front().name = "Heart as drawn";
    fill_goals();
    fill_beams();
    report.treatment.emplace();
    for (const ReportBeam& beam : report.beams) {
      report.treatment->beam_motion_s.push_back(3.0 + 0.1 * beam.number);
    }
    report.treatment->motion_s = 131.4;
    report.treatment->beam_on_s = 596.2;
    report.treatment->leaves_s = 101.3;
    report.treatment->setup_s = 42.0;
    report.treatment->imaging_s = 32.0;
    report.treatment->least_clearance_mm = 41.6;
    report.treatment->buffer_mm = 30.0;
    report.treatment->nearest = {"head", "patient beyond the CT"};
    report.treatment->nearest_where = "at or on the way to B07";
    report.optimisation = ReportOptimisation{"group sparsity, accelerated proximal gradient with pruning",
                                             412,
                                             0.01834,
                                             0.01921,
                                             0.01705,
                                             3.1e-6,
                                             {{"greedy pricing with swap", 20, 0.01861}},
                                             {{"PTV_2500", -0.042, 0.31}, {"Heart", 0.013, -0.22}},
                                             ReportOptimisation::Reach{614, 902, 0.01705, 0.01588, 0.01834, 0.01742}};
    report.influence = ReportInfluence{614, 48211, 213440127, 861234176, 855638016, 5.0, "in memory"};
    report.warnings = {
        "SpinalCord: 2 contours lie between CT slices (they count with their own thickness)",
        "The dose beside lung is approximate: collapsed cone spreads too little laterally at low density"};
    report.timings = {"2026-03-04 15:02:11",
                      2,
                      {{"Read patient", 1.31},
                       {"Candidates", 0.42},
                       {"Influence matrix", 148.2},
                       {"Beam choice", 61.75},
                       {"Final dose", 20.4}},
                      236.4,
                      3435973836,
                      139.0,
                      148.2};
    report.images.hu = &hu;
    report.images.dose_Gy = &dose;
    report.images.structure_set = &structures;
    report.images.centre_P = target_centre();
  }
};

}  // namespace xingu::test
