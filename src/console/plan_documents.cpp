// SPDX-License-Identifier: Apache-2.0
#include "console/plan_documents.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "console/event_text.h"
#include "patient/dvh.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

constexpr const char* json_type = "application/json";
constexpr const char* raw_type = "application/octet-stream";
constexpr int curve_points = 401;
constexpr double samples_of_structure = 20'000;

Json vector(const Vec3& v) { return {v.x(), v.y(), v.z()}; }

template <class T>
std::string raw_bytes(std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  std::string text(bytes.size(), '\0');
  std::ranges::transform(bytes, text.begin(), [](std::byte b) { return static_cast<char>(b); });
  return text;
}

Json volume_json(const std::string& name, const Grid& grid) {
  return {{"name", name},
          {"shape", {grid.nz(), grid.ny(), grid.nx()}},
          {"spacing_mm", vector(grid.spacing)},
          {"origin_mm", vector(grid.origin)},
          {"frame", "P"}};
}

std::string dose_status(const PlanCase& plan) {
  if (plan.summary == nullptr || !plan.summary->contains("dose")) {
    return "as the plan's RTDOSE states it";
  }
  return (*plan.summary)["dose"].value("status", std::string());
}

void add_volumes(const PlanCase& plan, Content& content) {
  Json list = Json::array();
  const auto add = [&](const std::string& name, Json json, std::string raw) {
    const std::string path = "/api/volumes/" + name;
    list.push_back({{"name", name}, {"json", path + ".json"}, {"raw", path + ".raw"}});
    content.add(path + ".json", json_type, dump(json));
    content.add(path + ".raw", raw_type, std::move(raw));
  };
  const Volume<float>& hu = plan.patient->ct.hu;
  std::vector<std::int16_t> rounded(hu.grid().num_voxels());
  std::ranges::transform(hu.values(), rounded.begin(), [](float value) {
    return static_cast<std::int16_t>(std::lround(std::clamp(value, -32768.0F, 32767.0F)));
  });
  Json ct = volume_json("ct", hu.grid());
  ct.update({{"quantity", "CT number"}, {"unit", "HU"}, {"type", "int16"}, {"status", "planning CT"}});
  add("ct", std::move(ct), raw_bytes(std::span<const std::int16_t>(rounded)));
  if (plan.dose_Gy != nullptr) {
    Json dose = volume_json("dose", plan.dose_Gy->grid());
    dose.update({{"quantity", "dose"}, {"unit", "Gy"}, {"type", "float32"}, {"status", dose_status(plan)}});
    add("dose", std::move(dose), raw_bytes(plan.dose_Gy->values()));
  }
  content.add("/api/volumes", json_type, dump(list));
}

Json contours_json(const Structure& structure) {
  Json contours = Json::array();
  for (const Contour& contour : structure.contours) {
    Json points = Json::array();
    for (const Eigen::Vector2d& point : contour.points) {
      // a hundredth of a millimetre is finer than any contour is drawn
      points.push_back(std::round(point.x() * 100.0) / 100.0);
      points.push_back(std::round(point.y() * 100.0) / 100.0);
    }
    contours.push_back({{"z_mm", contour.z_mm}, {"points_mm", std::move(points)}});
  }
  return contours;
}

Json histogram_of_summary(const Json& one) {
  Json volume = Json::array();
  for (const Json& fraction : one.at("dvh").at("volume_fraction")) {
    volume.push_back(fraction.is_number() ? Json(100.0 * fraction.get<double>()) : Json(nullptr));
  }
  return {{"structure", one.at("name")},        {"role", one.at("role")},
          {"colour", one.at("colour")},         {"volume_cm3", one.at("volume_cm3")},
          {"d98_Gy", one.at("D98_Gy")},         {"mean_Gy", one.at("mean_Gy")},
          {"max_Gy", one.at("max_Gy")},         {"dose_Gy", one.at("dvh").at("dose_Gy")},
          {"volume_percent", std::move(volume)}};
}

Json histogram_of(const Structure& structure, const Volume<float>& dose_Gy, bool is_target) {
  DvhOptions options;
  options.num_samples = samples_of_structure;
  const Dvh dvh = compute_dvh(dose_Gy, structure, options);
  Json dose = Json::array();
  Json volume = Json::array();
  if (dvh.has_dose()) {
    for (const Dvh::Point& point : dvh.curve(curve_points)) {
      dose.push_back(point.dose_gy);
      volume.push_back(point.volume_percent);
    }
  }
  return {{"structure", structure.name},
          {"role", is_target ? "target" : "organ"},
          {"colour", structure.colour},
          {"volume_cm3", number_or_null(dvh.volume_cc())},
          {"d98_Gy", number_or_null(dvh.dose_at_percent(98.0))},
          {"mean_Gy", number_or_null(dvh.mean_gy())},
          {"max_Gy", number_or_null(dvh.max_gy())},
          {"dose_Gy", std::move(dose)},
          {"volume_percent", std::move(volume)}};
}

/// Of the summary, which has the volumes of the protocol under its names ("PTV", "Lungs"); else of the dose, by
/// structure.
Json histograms(const PlanCase& plan) {
  Json all = Json::array();
  if (plan.summary != nullptr && plan.summary->contains("dose")) {
    for (const Json& one : (*plan.summary)["dose"].at("structures")) {
      all.push_back(histogram_of_summary(one));
    }
    return all;
  }
  for (const Structure& structure : plan.patient->structure_set.structures) {
    if (plan.dose_Gy != nullptr && !structure.contours.empty()) {
      all.push_back(histogram_of(structure, *plan.dose_Gy,
                                 label_of(plan.patient->structure_set, structure) == plan.plan->target_name));
    }
  }
  return all;
}

Json beam_json(const PlannedBeam& beam, PatientPosition position) {
  const BeamGeometry geometry = beam_geometry(beam.angles, position, beam.isocentre_P, beam.sad_mm);
  Json segments = Json::array();
  for (const Segment& segment : beam.segments) {
    segments.push_back({{"mu", segment.mu}, {"x1_mm", segment.left_mm}, {"x2_mm", segment.right_mm}});
  }
  return {{"number", beam.number},
          {"name", beam.name},
          {"gantry_deg", beam.angles.gantry_deg},
          {"gantry_pitch_deg", beam.angles.gantry_pitch_deg},
          {"couch_deg", beam.angles.couch_deg},
          {"collimator_deg", beam.angles.collimator_deg},
          {"sad_mm", beam.sad_mm},
          {"isocentre_mm", vector(beam.isocentre_P)},
          {"mu", beam.mu()},
          {"source_direction", vector(-geometry.direction_P())},
          {"leaf_boundaries_mm", beam.leaf_boundaries_mm},
          {"segments", std::move(segments)}};
}

void add_structures(const PlanCase& plan, const Json& dvhs, Content& content) {
  Json list = Json::array();
  for (const Structure& structure : plan.patient->structure_set.structures) {
    const std::string path = fmt::format("/api/structures/{}.json", structure.number);
    Json volume = nullptr;
    for (const Json& dvh : dvhs) {
      volume = dvh.at("structure") == structure.name ? dvh.at("volume_cm3") : volume;
    }
    list.push_back({{"id", structure.number},
                    {"name", structure.name},
                    {"type", structure.interpreted_type},
                    {"colour", structure.colour},
                    {"volume_cm3", volume},
                    {"contours", path}});
    content.add(path, json_type,
                dump({{"id", structure.number}, {"name", structure.name}, {"contours", contours_json(structure)}}));
  }
  content.add("/api/structures", json_type, dump(list));
}

}  // namespace

void add_plan_documents(const PlanCase& plan, Content& content) {
  const TreatmentPlan& treatment = *plan.plan;
  const Json dvhs = histograms(plan);
  Json beams = Json::array();
  double mu = 0.0;
  for (const PlannedBeam& beam : treatment.beams) {
    beams.push_back(beam_json(beam, treatment.position));
    mu += beam.mu();
  }
  const auto of_summary = [&](const char* key) {
    return plan.summary != nullptr && plan.summary->contains(key) ? (*plan.summary)[key] : Json::array();
  };
  const Json json = {{"label", treatment.label},
                     {"machine", treatment.machine},
                     {"patient_position", to_string(treatment.position)},
                     {"fractions", treatment.num_fractions},
                     {"prescription_Gy", treatment.prescription_Gy},
                     {"target", treatment.target_name},
                     {"dose_status", dose_status(plan)},
                     {"isocentre_mm", treatment.beams.empty() ? Json(nullptr) : vector(treatment.beams[0].isocentre_P)},
                     {"mu", mu},
                     {"beams", std::move(beams)},
                     {"goals", of_summary("goals")},
                     {"dvhs", dvhs},
                     {"warnings", of_summary("warnings")}};
  content.add("/api/plan", json_type, dump(json));
  add_volumes(plan, content);
  add_structures(plan, dvhs, content);
}

}  // namespace xingu::console
