// SPDX-License-Identifier: Apache-2.0
#include "machine/treatment_machine.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "base/toml_file.h"
#include "machine/urdf_file.h"

namespace xingu {
namespace {

constexpr double degree = std::numbers::pi / 180.0;
constexpr double axis_tolerance = 1e-6;
constexpr double most_inaccuracy = 10.0;    // degrees or mm
constexpr double head_tolerance_mm = 50.0;  // of source and leaves from the shapes of the head around them

double within(const TomlTable& table, std::string_view key, double value, double lowest, double highest) {
  if (!(value >= lowest && value <= highest)) {
    table.fail(key, fmt::format("is {} (outside {} to {}); correct it", value, lowest, highest));
  }
  return value;
}

double positive(const TomlTable& table, const std::string& key) {
  const double value = table.number(key);
  if (!(value > 0)) {
    table.fail(key, "is not positive (the axis could not move); correct it");
  }
  return value;
}

int link_of(const TomlTable& table, std::string_view key, const std::string& name, const Mechanism& mechanism) {
  const int link = mechanism.find_link(name);
  if (link < 0) {
    std::vector<std::string> names;
    for (const Link& candidate : mechanism.links()) {
      names.push_back(candidate.name);
    }
    const std::string nearest = nearest_name(name, names);
    table.fail(key, fmt::format("names the link '{}', which the URDF does not have; {}", name,
                                nearest.empty() ? "correct it" : fmt::format("did you mean '{}'?", nearest)));
  }
  return link;
}

std::vector<int> axes_of(const TomlTable& table, std::string_view key, const Mechanism& mechanism) {
  std::vector<int> axes;
  for (const std::string& name : table.texts(key)) {
    const int axis = mechanism.find_axis(name);
    if (axis < 0) {
      table.fail(key, fmt::format("names the axis '{}', which is no moving joint of the URDF; correct it", name));
    }
    axes.push_back(axis);
  }
  return axes;
}

std::string home_key(const Axis& axis) { return axis.name + (axis.type == JointType::revolute ? "_deg" : "_mm"); }

void read_home(const TomlTable& home, TreatmentMachine& machine);

/// [[mechanics.axis]]: what URDF 1.0 cannot say. Keys carry degrees or millimetres after the axis's kind.
void read_axes(const TomlTable& mechanics, TreatmentMachine& machine) {
  Mechanism& mechanism = machine.mechanism;
  machine.behaviour.resize(mechanism.num_axes());
  std::vector<bool> is_described(mechanism.num_axes(), false);
  for (const TomlTable& table : mechanics.tables("axis")) {
    for (const std::string& name : table.texts("name")) {
      const int index = mechanism.find_axis(name);
      if (index < 0) {
        table.fail("name", fmt::format("is '{}', which is no moving joint of the URDF; correct it", name));
      }
      if (is_described[static_cast<std::size_t>(index)]) {
        table.fail("name", fmt::format("describes '{}' a second time (which one holds is unclear); remove one", name));
      }
      Axis& axis = mechanism.axes()[static_cast<std::size_t>(index)];
      AxisBehaviour& behaviour = machine.behaviour[static_cast<std::size_t>(index)];
      const bool turns = axis.type == JointType::revolute;
      const std::string unit = turns ? "deg" : "mm";
      const double scale = turns ? degree : 1.0;
      axis.limits.acceleration = scale * positive(table, fmt::format("acceleration_{}_per_s2", unit));
      axis.limits.jerk = scale * positive(table, fmt::format("jerk_{}_per_s3", unit));
      const std::string speed_key = fmt::format("speed_{}_per_s", unit);
      if (table.has(speed_key)) {
        const double speed = scale * positive(table, speed_key);
        if (speed > axis.limits.velocity * (1.0 + 1e-9)) {
          table.fail(speed_key, "is above the URDF's velocity limit (the drive could not follow); lower it");
        }
        axis.limits.velocity = speed;
      }
      const std::string accuracy_key = fmt::format("accuracy_{}", unit);
      behaviour.accuracy = scale * within(table, accuracy_key, table.number(accuracy_key, 0.0), 0.0, most_inaccuracy);
      is_described[static_cast<std::size_t>(index)] = true;
    }
  }
  for (std::size_t i = 0; i < mechanism.num_axes(); ++i) {
    if (!is_described[i]) {
      mechanics.fail("axis", fmt::format("does not describe '{}' (its acceleration and jerk are unknown); add "
                                         "[[mechanics.axis]] with that name",
                                         mechanism.axes()[i].name));
    }
  }
  read_home(mechanics.table("home"), machine);
}

void read_home(const TomlTable& home, TreatmentMachine& machine) {
  const Mechanism& mechanism = machine.mechanism;
  std::vector<std::string> known;
  for (const Axis& axis : mechanism.axes()) {
    known.push_back(home_key(axis));
  }
  for (const std::string& key : home.keys()) {
    if (std::ranges::find(known, key) == known.end()) {
      const std::string nearest = nearest_name(key, known);
      home.fail(key, fmt::format("is no axis of the URDF in its unit (it would be ignored); {}",
                                 nearest.empty() ? "remove it" : fmt::format("did you mean '{}'?", nearest)));
    }
  }
  for (std::size_t i = 0; i < mechanism.num_axes(); ++i) {
    const Axis& axis = mechanism.axes()[i];
    const bool turns = axis.type == JointType::revolute;
    const std::string& key = known[i];
    const double value = (turns ? degree : 1.0) * home.number(key, 0.0);
    if (!(value >= axis.limits.lower && value <= axis.limits.upper)) {
      home.fail(key, "is outside the axis's limits (the machine could not go home); correct it");
    }
    machine.behaviour[i].home = value;
  }
}

std::vector<double> read_yaw(const TomlTable& mechanics) {
  const std::vector<double> ends = mechanics.numbers("table_yaw_deg");
  const double step = within(mechanics, "table_yaw_step_deg", mechanics.number("table_yaw_step_deg", 15.0), 1.0, 180.0);
  if (ends.size() != 2 || !(ends[0] <= 0 && ends[1] >= 0 && ends[0] >= -180 && ends[1] <= 180)) {
    mechanics.fail("table_yaw_deg", "is not an interval around 0 within -180 to 180; write for example [-60, 60]");
  }
  std::vector<double> result;
  for (int k = 0; k * step <= std::max(-ends[0], ends[1]) + 1e-9; ++k) {
    if (k * step <= ends[1] + 1e-9) {
      result.push_back(k * step * degree);
    }
    if (k > 0 && -k * step >= ends[0] - 1e-9) {
      result.push_back(-k * step * degree);
    }
  }
  return result;
}

/// Dose is computed for a source at the beam model's distance, so the machine must be able to put it there.
void require_modelled_distance(const TomlTable& beam, std::span<const double> distances_mm, double sad_mm) {
  if (!std::ranges::any_of(distances_mm, [&](double d) { return std::abs(d - sad_mm) < 1e-3; })) {
    beam.fail("sad_mm", fmt::format("is {:g} but the source stands {:g} mm from the isocentre (dose would be computed "
                                    "for another place); make them agree",
                                    sad_mm, fmt::join(distances_mm, ", ")));
  }
}

void require_ring(const TreatmentMachine& machine, const TomlTable& beam, const std::string& file) {
  LinkPoses poses;
  forward_kinematics(machine.mechanism, std::vector<double>(machine.mechanism.num_axes(), 0.0), poses);
  const std::array<Vec3, 2> wanted{Vec3::UnitY(), Vec3::UnitX()};
  for (std::size_t k = 0; k < 2; ++k) {
    const Axis& axis = machine.mechanism.axes()[static_cast<std::size_t>(machine.head_axes[k])];
    const auto link = static_cast<std::size_t>(axis.link);
    const Vec3 direction = poses.X_F[link].linear() * machine.mechanism.links()[link].joint.direction;
    const double miss = poses.X_F[link].translation().cross(direction).norm();
    XINGU_REQUIRE(
        axis.type == JointType::revolute && (direction - wanted[k]).norm() < axis_tolerance && miss < 1e-3,
        "{}: head axis '{}' does not turn about {} through the isocentre (ring and tilt are needed, or six axes "
        "of an arm); correct the URDF",
        file, axis.name, k == 0 ? "Y" : "X");
  }
  const Eigen::Isometry3d& X = poses.X_F[static_cast<std::size_t>(machine.beam_link)];
  XINGU_REQUIRE(
      X.linear().isApprox(Mat3::Identity(), axis_tolerance) && X.translation().head<2>().norm() < 1e-3,
      "{}: the beam link does not stand upright above the isocentre when ring and tilt are at 0 (its Z must point "
      "away from the isocentre); correct the URDF",
      file);
  const double distance = X.translation().z();
  require_modelled_distance(beam, std::array{distance}, machine.description.beam.sad_mm);
  XINGU_REQUIRE(
      std::abs(distance - machine.source_distances_mm.front()) < 1e-3 && machine.source_distances_mm.size() == 1,
      "{}: the beam link is {} mm from the isocentre but source_distances_mm says {} (a ring has one distance); "
      "make them agree",
      file, distance, machine.source_distances_mm.front());
}

/// Links that no axis moves against `link`, itself among them.
std::vector<int> rigidly_joined(const Mechanism& mechanism, int link) {
  const std::vector<int> axes = mechanism.axes_of(link);
  std::vector<int> result;
  for (int other = 0; other < static_cast<int>(mechanism.links().size()); ++other) {
    if (mechanism.axes_of(other) == axes) {
      result.push_back(other);
    }
  }
  return result;
}

/// A lower bound on the distance from a point of `link`'s frame to the shapes that are rigidly joined to it, mm.
double distance_to_part(const Mechanism& mechanism, int link, const Vec3& p) {
  LinkPoses poses;
  forward_kinematics(mechanism, std::vector<double>(mechanism.num_axes(), 0.0), poses);
  const Vec3 p_F = poses.X_F[static_cast<std::size_t>(link)] * p;
  double distance = std::numeric_limits<double>::infinity();
  for (const int other : rigidly_joined(mechanism, link)) {
    const Vec3 q = poses.X_F[static_cast<std::size_t>(other)].inverse(Eigen::Isometry) * p_F;
    for (const ConvexShape& shape : mechanism.links()[static_cast<std::size_t>(other)].shapes) {
      distance = std::min(distance, shape.distance_bound(q));
    }
  }
  return distance;
}

/// Source and leaves stand in the head: a head without shapes would be missing from every check, and a beam link that
/// is turned sends the beam out of the head's side.
void require_head_around_beam(const TreatmentMachine& machine, const std::string& file) {
  const std::string& link = machine.mechanism.links()[static_cast<std::size_t>(machine.beam_link)].name;
  const double to_source = distance_to_part(machine.mechanism, machine.beam_link, Vec3::Zero());
  XINGU_REQUIRE(to_source <= head_tolerance_mm,
                "{}: no collision shape that moves with link '{}' stands around its origin, the source (the head would "
                "be missing from every check); give the head shapes, or put the link into it",
                file, link);
  const double leaves_mm = machine.description.beam.collimator_distance_mm;
  const double to_leaves = distance_to_part(machine.mechanism, machine.beam_link, Vec3(0, 0, -leaves_mm));
  XINGU_REQUIRE(to_leaves <= head_tolerance_mm,
                "{}: the leaves, {:g} mm from the source of link '{}' along the beam, stand {:.0f} mm and more outside "
                "the head (the beam would leave it by its side); turn the link so that its Z points away from the "
                "isocentre, or correct beam.collimator_distance_mm",
                file, leaves_mm, link, to_leaves);
}

/// The patient lies on something.
void require_table_top(const TreatmentMachine& machine, const std::string& file) {
  const Mechanism& mechanism = machine.mechanism;
  const std::vector<int> joined = rigidly_joined(mechanism, machine.table_link);
  const bool has_shape = std::ranges::any_of(joined, [&](int link) {
    return mechanism.is_below(link, machine.table_link) &&
           !mechanism.links()[static_cast<std::size_t>(link)].shapes.empty();
  });
  XINGU_REQUIRE(has_shape,
                "{}: table link '{}' has no collision shape on it (the table would be missing from every check); give "
                "it <collision>",
                file, mechanism.links()[static_cast<std::size_t>(machine.table_link)].name);
}

void require_slides(const TreatmentMachine& machine, const std::string& file) {
  for (std::size_t k = 0; k < 3; ++k) {
    const Axis& axis = machine.mechanism.axes()[static_cast<std::size_t>(machine.table_axes[k])];
    const Joint& joint = machine.mechanism.links()[static_cast<std::size_t>(axis.link)].joint;
    XINGU_REQUIRE(
        axis.type == JointType::prismatic &&
            (joint.direction - Vec3::Unit(static_cast<Eigen::Index>(k))).norm() < axis_tolerance,
        "{}: table axis '{}' does not slide along {} (three slides along X, Y, Z are needed, or six axes of an "
        "arm); correct the URDF",
        file, axis.name, std::string_view("XYZ").substr(k, 1));
  }
  XINGU_REQUIRE(machine.table_yaw.size() == 1, "{}: table_yaw_deg turns a table that only slides; write [0, 0]", file);
}

/// @param beam  [beam] of the same file
void read_drives(const TomlTable& mechanics, const TomlTable& beam, TreatmentMachine& machine,
                 const std::string& file) {
  const Mechanism& mechanism = machine.mechanism;
  machine.head_axes = axes_of(mechanics, "head_axes", mechanism);
  machine.table_axes = axes_of(mechanics, "table_axes", mechanism);
  if (machine.head_axes.size() == 6) {
    machine.head_arm.emplace(mechanism, machine.head_axes, machine.beam_link, file);
    require_modelled_distance(beam, machine.source_distances_mm, machine.description.beam.sad_mm);
  } else if (machine.head_axes.size() == 2) {
    require_ring(machine, beam, file);
  } else {
    mechanics.fail("head_axes", "names neither two axes (ring, tilt) nor six (an arm); correct it");
  }
  if (machine.table_axes.size() == 6) {
    machine.table_arm.emplace(mechanism, machine.table_axes, machine.table_link, file);
  } else if (machine.table_axes.size() == 3) {
    require_slides(machine, file);
  } else {
    mechanics.fail("table_axes", "names neither three axes (slides) nor six (an arm); correct it");
  }
}

void read_safety(const TomlTable& mechanics, TreatmentMachine& machine) {
  machine.buffers.patient_mm =
      within(mechanics, "patient_buffer_mm", mechanics.number("patient_buffer_mm", 30.0), 0, 500);
  machine.buffers.hardware_mm =
      within(mechanics, "hardware_buffer_mm", mechanics.number("hardware_buffer_mm", 10.0), 0, 500);
  machine.unseen.padding_mm =
      within(mechanics, "unseen_padding_mm", mechanics.number("unseen_padding_mm", 20.0), 0, 200);
  machine.unseen.length_mm =
      within(mechanics, "unseen_length_mm", mechanics.number("unseen_length_mm", 1200.0), 0, 2500);
  machine.unseen.lateral_mm =
      within(mechanics, "unseen_lateral_mm", mechanics.number("unseen_lateral_mm", 100.0), 0, 1000);
  machine.latency_s = within(mechanics, "latency_s", mechanics.number("latency_s", 0.0), 0, 10);
  if (const auto imaging = mechanics.optional_table("imaging")) {
    machine.imaging.every_beams = static_cast<int>(
        within(*imaging, "every_beams", static_cast<double>(imaging->integer("every_beams")), 1, 1000));
    machine.imaging.duration_s = within(*imaging, "duration_s", imaging->number("duration_s"), 0, 3600);
  }
  for (const TomlTable& pair : mechanics.tables("ignored_pair")) {
    const std::vector<std::string> names = pair.texts("links");
    if (names.size() != 2) {
      pair.fail("links", "does not name two links; write [\"a\", \"b\"]");
    }
    machine.ignored_pairs.push_back({link_of(pair, "links", names[0], machine.mechanism),
                                     link_of(pair, "links", names[1], machine.mechanism), pair.text("because")});
  }
}

}  // namespace

std::vector<double> TreatmentMachine::home() const {
  std::vector<double> result;
  for (const AxisBehaviour& axis : behaviour) {
    result.push_back(axis.home);
  }
  return result;
}

TreatmentMachine load_treatment_machine(std::string_view name_or_path) {
  const std::filesystem::path file = find_machine(name_or_path);
  MachineDescription description = load_machine(file.string());
  const TomlTable root = TomlTable::read(file);
  for (const std::string& key : root.keys()) {
    static_cast<void>(root.has(key));  // load_machine has judged the others
  }
  const auto found = root.optional_table("mechanics");
  XINGU_REQUIRE(found, "{}: has no [mechanics] (reach and collisions cannot be computed); describe axes and URDF there",
                file.string());
  const TomlTable& mechanics = *found;
  const std::filesystem::path urdf = file.parent_path() / mechanics.text("urdf", "machine.urdf");
  if (!std::filesystem::is_regular_file(urdf)) {
    mechanics.fail("urdf", fmt::format("is '{}', which is not there (the machine has no axes); put it beside this file",
                                       urdf.string()));
  }
  if (!is_within(urdf, file.parent_path())) {
    mechanics.fail("urdf", fmt::format("is '{}', which is outside the machine's folder (a machine is one folder, and "
                                       "reads nothing else); put it beside this file",
                                       urdf.string()));
  }
  TreatmentMachine machine{
      std::move(description), read_urdf(urdf), file, -1, -1, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, 0.0};
  machine.beam_link = link_of(mechanics, "beam_link", mechanics.text("beam_link", "beam"), machine.mechanism);
  machine.table_link = link_of(mechanics, "table_link", mechanics.text("table_link", "table_top"), machine.mechanism);
  machine.table_yaw = read_yaw(mechanics);
  machine.source_distances_mm = mechanics.has("source_distances_mm")
                                    ? mechanics.numbers("source_distances_mm")
                                    : std::vector<double>{machine.description.beam.sad_mm};
  if (machine.source_distances_mm.empty() ||
      !std::ranges::all_of(machine.source_distances_mm, [](double d) { return d >= 100 && d <= 5000; })) {
    mechanics.fail("source_distances_mm", "is empty or outside 100 to 5000 mm; correct it");
  }
  const double roll_step =
      within(mechanics, "head_roll_step_deg", mechanics.number("head_roll_step_deg", 15.0), 1, 360);
  for (int k = 0; k * roll_step < 360.0 - 1e-9; ++k) {
    machine.head_rolls.push_back(k * roll_step * degree);
  }
  read_axes(mechanics, machine);
  // Of a second reading, for load_machine has judged the keys of [beam].
  read_drives(mechanics, TomlTable::read(file).table("beam"), machine, urdf.string());
  require_head_around_beam(machine, urdf.string());
  require_table_top(machine, urdf.string());
  read_safety(mechanics, machine);
  root.finish();
  return machine;
}

bool has_mechanics(std::string_view name_or_path) {
  return TomlTable::read(find_machine(name_or_path)).has("mechanics");
}

}  // namespace xingu
