// SPDX-License-Identifier: Apache-2.0
#include "console/scene_documents.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <numbers>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "console/event_text.h"
#include "machine/beam_path.h"
#include "machine/urdf_file.h"
#include "patient/body_outline.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* json_type = "application/json";
constexpr double deg_per_rad = 180.0 / std::numbers::pi;

void add_skin(const TriangleSurface& surface, Content& content) {
  std::vector<float> points;
  for (const Vec3& point : surface.points) {
    for (Eigen::Index i = 0; i < 3; ++i) {
      points.push_back(static_cast<float>(point[i]));
    }
  }
  std::vector<std::uint32_t> corners;
  for (const auto& triangle : surface.triangles) {
    for (std::size_t i = 0; i < 3; ++i) {
      corners.push_back(static_cast<std::uint32_t>(triangle[i]));
    }
  }
  std::string raw;
  const auto append = [&](std::span<const std::byte> bytes) {
    std::ranges::transform(bytes, std::back_inserter(raw), [](std::byte b) { return static_cast<char>(b); });
  };
  append(std::as_bytes(std::span(points)));
  append(std::as_bytes(std::span(corners)));
  content.add("/api/scene/skin.raw", "application/octet-stream", std::move(raw));
  content.add("/api/scene/skin.json", json_type,
              dump({{"vertices", surface.points.size()}, {"triangles", surface.triangles.size()}, {"frame", "P"}}));
}

/// The URDF and the meshes beside it.
void add_machine(const fs::path& folder, Content& content) {
  content.add("/api/scene/machine.urdf", media_type("machine.urdf"), read_file(folder / "machine.urdf"));
  if (!fs::is_directory(folder / "meshes")) {
    return;
  }
  for (const auto& entry : fs::directory_iterator(folder / "meshes")) {
    if (!is_within(entry.path(), folder)) {
      continue;  // a link to somewhere else: the machine's folder is what viewers are shown
    }
    content.add(fmt::format("/api/scene/meshes/{}", entry.path().filename().string()), media_type(entry.path()),
                read_file(entry.path()));
  }
}

double shown(const Axis& axis, double value) { return axis.type == JointType::revolute ? value * deg_per_rad : value; }

std::vector<double> shown(const TreatmentMachine& machine, const std::vector<double>& values) {
  std::vector<double> result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    result.push_back(shown(machine.mechanism.axes()[i], values[i]));
  }
  return result;
}

/// Where the machine stands at each beam: on the certified path through all, the one that live clearance and predicted
/// time go by. Where there is none, at the beam's best placement; empty where a beam cannot be given.
std::vector<std::vector<double>> stands_of(const ReachSolver& solver, const TreatmentPlan& plan) {
  std::vector<std::vector<double>> stands;
  std::vector<BeamStop> stops;
  for (const PlannedBeam& beam : plan.beams) {
    try {
      stops.push_back(stop_of(beam, plan.position, solver));
      stands.push_back(stops.back().placements.front().axes);
    } catch (const InputError& failure) {
      log_warning("beam {} is not shown where it comes from: {}", beam.number, failure.what());
      stands.emplace_back();
    }
  }
  if (stops.size() < plan.beams.size()) {
    return stands;
  }
  try {
    for (const BeamPath::Visit& visit : path_in_order(solver, stops).visits) {
      stands[visit.beam] = stops[visit.beam].placements[visit.placement].axes;
    }
  } catch (const InputError& failure) {
    log_warning("the room shows each beam by itself: {}", failure.what());
  }
  return stands;
}

PostureTable postures(const TreatmentMachine& machine, const ReachSolver& solver, const TreatmentPlan& plan) {
  PostureTable table;
  for (const Axis& axis : machine.mechanism.axes()) {
    table.joints.push_back(
        {axis.name, axis.type == JointType::revolute, shown(axis, axis.limits.lower), shown(axis, axis.limits.upper)});
  }
  table.home = shown(machine, machine.home());
  for (const std::vector<double>& axes : stands_of(solver, plan)) {
    table.of_beams.push_back(shown(machine, axes));
  }
  return table;
}

Json matrix(const Eigen::Isometry3d& X) {
  Json rows = Json::array();
  for (Eigen::Index row = 0; row < 4; ++row) {
    for (Eigen::Index column = 0; column < 4; ++column) {
      rows.push_back(X.matrix()(row, column));
    }
  }
  return rows;
}

}  // namespace

PostureTable add_scene_documents(const std::string& machine_name, const TreatmentPlan& plan, const Patient& patient,
                                 Content& content) {
  const bool has_kinematics = has_mechanics(machine_name) && !plan.beams.empty();
  UnseenPatient unseen;
  PostureTable table;
  Json scene = {{"machine", plan.machine}, {"urdf", nullptr},    {"skin", "/api/scene/skin.json"},
                {"joints", Json::array()}, {"patient", nullptr}, {"beam", nullptr},
                {"table", nullptr}};
  try {
    std::optional<TreatmentMachine> known;
    if (has_kinematics) {
      known = load_treatment_machine(machine_name);
      unseen = known->unseen;
    }
    const auto skin = skin_of(find_body(patient), unseen);
    add_skin(skin->surface(), content);
    if (known) {
      const TreatmentMachine& machine = *known;
      const Vec3 isocentre_P = plan.beams.front().isocentre_P;
      const PatientOnTable on_table{skin, patient_on_table(*skin, patient.ct.position, isocentre_P)};
      const ReachSolver solver(machine, on_table, patient.ct.position, isocentre_P);
      table = postures(machine, solver, plan);
      add_machine(machine.file.parent_path(), content);
      const auto& links = machine.mechanism.links();
      const auto link_name = [&](int link) { return links[static_cast<std::size_t>(link)].name; };
      scene["urdf"] = "/api/scene/machine.urdf";
      scene["patient"] = {{"link", link_name(machine.table_link)}, {"pose", matrix(on_table.X_TP.matrix())}};
      scene["beam"] = {{"link", link_name(machine.beam_link)}};
      scene["table"] = {{"link", link_name(machine.table_link)}};
    }
  } catch (const InputError& failure) {
    log_warning("the room is not shown: {}", failure.what());
    table = {};
  }
  for (const JointChannel& joint : table.joints) {
    scene["joints"].push_back({{"name", joint.name},
                               {"type", joint.is_turning ? "revolute" : "prismatic"},
                               {"channel", "joint." + joint.name}});
  }
  content.add("/api/scene", json_type, dump(scene));
  return table;
}

}  // namespace xingu::console
