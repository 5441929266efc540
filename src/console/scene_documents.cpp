// SPDX-License-Identifier: Apache-2.0
#include "console/scene_documents.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <numbers>
#include <span>

#include "base/files.h"
#include "base/log.h"
#include "console/event_text.h"
#include "machine/urdf_file.h"

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
std::vector<std::vector<double>> stands_of(const TreatmentRoom& room) {
  std::vector<std::vector<double>> stands;
  for (std::size_t b = 0; b < room.stops.size(); ++b) {
    const std::vector<Placement>& placements = room.stops[b].placements;
    stands.push_back(placements.empty() ? std::vector<double>() : placements.front().axes);
    if (placements.empty()) {
      log_warning("beam {} is not shown where it comes from: {}", b + 1, room.barred[b]);
    }
  }
  if (room.path) {
    for (const BeamPath::Visit& visit : room.path->visits) {
      stands[visit.beam] = room.stops[visit.beam].placements[visit.placement].axes;
    }
  } else {
    log_warning("the room shows each beam by itself: {}", room.hindrance);
  }
  return stands;
}

PostureTable postures(const TreatmentRoom& room) {
  const TreatmentMachine& machine = room.solver->machine();
  PostureTable table;
  for (const Axis& axis : machine.mechanism.axes()) {
    table.joints.push_back(
        {axis.name, axis.type == JointType::revolute, shown(axis, axis.limits.lower), shown(axis, axis.limits.upper)});
  }
  table.home = shown(machine, machine.home());
  for (const std::vector<double>& axes : stands_of(room)) {
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

PostureTable add_scene_documents(const std::string& machine_name, const TreatmentRoom& room, Content& content) {
  PostureTable table;
  Json scene = {{"machine", machine_name}, {"urdf", nullptr},    {"skin", "/api/scene/skin.json"},
                {"joints", Json::array()}, {"patient", nullptr}, {"beam", nullptr},
                {"table", nullptr}};
  add_skin(room.skin->surface(), content);
  if (room.solver) {
    const TreatmentMachine& machine = room.solver->machine();
    table = postures(room);
    add_machine(machine.file.parent_path(), content);
    const auto& links = machine.mechanism.links();
    const auto link_name = [&](int link) { return links[static_cast<std::size_t>(link)].name; };
    scene["urdf"] = "/api/scene/machine.urdf";
    scene["patient"] = {{"link", link_name(machine.table_link)},
                        {"pose", matrix(room.solver->patient().X_TP.matrix())}};
    scene["beam"] = {{"link", link_name(machine.beam_link)}};
    scene["table"] = {{"link", link_name(machine.table_link)}};
  } else if (!room.hindrance.empty()) {
    log_warning("the machine is not shown: {}", room.hindrance);
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
