// SPDX-License-Identifier: Apache-2.0
// xingu machine: what treatment machines can do. list, show and check are here; reach and path in machine_reach.cpp.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "commands.h"
#include "json_number.h"
#include "machine/machine_scene.h"
#include "machine/table_placement.h"
#include "machine/treatment_machine.h"
#include "machine_patient.h"
#include "machine_reach.h"
#include "text_table.h"

namespace xingu {
namespace {

using Json = nlohmann::ordered_json;

struct MachineOptions {
  std::string name;
  std::string patient;
  std::string series_uid;
  std::string structure_set;
  std::string out;
  bool is_json = false;
};

constexpr double usual_table_depth_mm = 150.0;  // of the table's surface below the isocentre: half a patient

double shown(const Axis& axis, double value) {
  return shown_number(axis.type == JointType::revolute ? value * 180.0 / std::numbers::pi : value);
}

const char* unit(const Axis& axis) { return axis.type == JointType::revolute ? "deg" : "mm"; }

/// The machine's entry in the list: what it is, where it lies and what is wrong with it, in few words.
Json entry_of(const KnownMachine& known) {
  Json entry{{"name", known.name}, {"file", known.file.string()}, {"is_hidden", known.is_hidden}};
  try {
    const MachineDescription description = load_machine(known.file.string());
    entry["description"] = description.description;
    entry["sad_mm"] = description.beam.sad_mm;
    if (has_mechanics(known.file.string())) {
      const TreatmentMachine machine = load_treatment_machine(known.file.string());
      entry["num_axes"] = machine.mechanism.num_axes();
      entry["source_distances_mm"] = machine.source_distances_mm;
    }
  } catch (const InputError& error) {
    entry["fault"] = error.what();
  }
  return entry;
}

/// "800, 900, 1000 mm", or "-" of a machine that cannot be read.
std::string source_words(const Json& entry) {
  if (entry.contains("source_distances_mm")) {
    return fmt::format("{:g} mm", fmt::join(entry["source_distances_mm"].get<std::vector<double>>(), ", "));
  }
  return entry.contains("sad_mm") ? fmt::format("{:g} mm", entry["sad_mm"].get<double>()) : "-";
}

void run_list(const MachineOptions& options) {
  Json list = Json::array();
  TextTable table({{"machine", Align::left},
                   {"axes", Align::right},
                   {"source", Align::right},
                   {"in", Align::left},
                   {"", Align::left}});
  for (const KnownMachine& known : known_machines()) {
    const Json entry = entry_of(known);
    const std::string said =
        entry.contains("fault") ? "cannot be read: see 'xingu machine check'" : entry["description"].get<std::string>();
    table.add({known.name, entry.contains("num_axes") ? entry["num_axes"].dump() : "-", source_words(entry),
               known.file.parent_path().parent_path().string(),
               known.is_hidden ? "(hidden by the one above) " + said : said});
    list.push_back(entry);
  }
  if (options.is_json) {
    fmt::print("{}\n", list.dump(2));
  } else {
    table.print();
  }
}

Json ignored_pairs_of(const TreatmentMachine& machine) {
  Json pairs = Json::array();
  for (const IgnoredPair& pair : machine.ignored_pairs) {
    pairs.push_back({{"links",
                      {machine.mechanism.links()[static_cast<std::size_t>(pair.first)].name,
                       machine.mechanism.links()[static_cast<std::size_t>(pair.second)].name}},
                     {"because", pair.because}});
  }
  return pairs;
}

void print_ignored_pairs(const TreatmentMachine& machine) {
  for (const Json& pair : ignored_pairs_of(machine)) {
    fmt::print("  not checked against each other: {} and {} ({})\n", pair["links"][0].get<std::string>(),
               pair["links"][1].get<std::string>(), pair["because"].get<std::string>());
  }
}

Json to_json(const TreatmentMachine& machine) {
  Json axes = Json::array();
  for (std::size_t i = 0; i < machine.mechanism.num_axes(); ++i) {
    const Axis& axis = machine.mechanism.axes()[i];
    const std::string u = unit(axis);
    axes.push_back({{"name", axis.name},
                    {"lower_" + u, shown(axis, axis.limits.lower)},
                    {"upper_" + u, shown(axis, axis.limits.upper)},
                    {"speed_" + u + "_per_s", shown(axis, axis.limits.velocity)},
                    {"acceleration_" + u + "_per_s2", shown(axis, axis.limits.acceleration)},
                    {"jerk_" + u + "_per_s3", shown(axis, axis.limits.jerk)},
                    {"home_" + u, shown(axis, machine.behaviour[i].home)},
                    {"accuracy_" + u, shown(axis, machine.behaviour[i].accuracy)}});
  }
  Json links = Json::array();
  for (const Link& link : machine.mechanism.links()) {
    links.push_back({{"name", link.name}, {"mass_kg", link.mass_kg}, {"num_shapes", link.shapes.size()}});
  }
  return {{"name", machine.description.name},
          {"description", machine.description.description},
          {"file", machine.file.string()},
          {"head", machine.head_arm ? "arm" : "ring and tilt"},
          {"table", machine.table_arm ? "arm" : "slides"},
          {"source_distances_mm", machine.source_distances_mm},
          {"patient_buffer_mm", machine.buffers.patient_mm},
          {"hardware_buffer_mm", machine.buffers.hardware_mm},
          {"latency_s", machine.latency_s},
          {"axes", axes},
          {"links", links},
          {"ignored_pairs", ignored_pairs_of(machine)}};
}

void print_machine(const TreatmentMachine& machine) {
  fmt::print("{}: {}\n", machine.description.name, machine.description.description);
  fmt::print("head on {}, table on {}; source at {} mm; kept clear: {:g} mm to the patient, {:g} mm to hardware\n\n",
             machine.head_arm ? "an arm" : "ring and tilt", machine.table_arm ? "an arm" : "slides",
             fmt::join(machine.source_distances_mm, ", "), machine.buffers.patient_mm, machine.buffers.hardware_mm);
  TextTable table({{"axis", Align::left},
                   {"from", Align::right},
                   {"to", Align::right},
                   {"", Align::left},
                   {"speed/s", Align::right},
                   {"acc./s2", Align::right},
                   {"jerk/s3", Align::right},
                   {"home", Align::right}});
  for (std::size_t i = 0; i < machine.mechanism.num_axes(); ++i) {
    const Axis& axis = machine.mechanism.axes()[i];
    const AxisLimits& l = axis.limits;
    table.add({axis.name, fmt::format("{:.0f}", shown(axis, l.lower)), fmt::format("{:.0f}", shown(axis, l.upper)),
               unit(axis), fmt::format("{:.0f}", shown(axis, l.velocity)),
               fmt::format("{:.0f}", shown(axis, l.acceleration)), fmt::format("{:.0f}", shown(axis, l.jerk)),
               fmt::format("{:.0f}", shown(axis, machine.behaviour[i].home))});
  }
  table.print();
  print_ignored_pairs(machine);
}

/// What show and check say of a machine that has only a beam, leaves and a table of angles.
struct AnglesOnly {
  MachineDescription description;
  std::filesystem::path file;
  static constexpr const char* consequence =
      "no [mechanics]: reach, paths and collisions cannot be computed, and plans go by the angles of [room] alone";
};

Json to_json(const AnglesOnly& machine) {
  const RoomLimits& room = machine.description.room;
  return {{"name", machine.description.name},
          {"description", machine.description.description},
          {"file", machine.file.string()},
          {"has_mechanics", false},
          {"sad_mm", machine.description.beam.sad_mm},
          {"gantry_deg", {room.gantry.from_deg, room.gantry.to_deg}},
          {"couch_deg", {room.couch.from_deg, room.couch.to_deg}},
          {"num_forbidden_sectors", room.forbidden.size()}};
}

void show_angles_only(const AnglesOnly& machine, const MachineOptions& options) {
  XINGU_REQUIRE(options.out.empty(),
                "{}: has no [mechanics] (there are no shapes to draw); leave --out away, or describe axes and URDF",
                machine.file.string());
  if (options.is_json) {
    fmt::print("{}\n", to_json(machine).dump(2));
    return;
  }
  const RoomLimits& room = machine.description.room;
  fmt::print("{}: {}\n", machine.description.name, machine.description.description);
  fmt::print("source at {:g} mm; gantry {:g} to {:g} deg, couch {:g} to {:g} deg, {} forbidden sectors\n  {}\n",
             machine.description.beam.sad_mm, room.gantry.from_deg, room.gantry.to_deg, room.couch.from_deg,
             room.couch.to_deg, room.forbidden.size(), AnglesOnly::consequence);
}

/// Beam's axis at a posture: from the source to the isocentre's distance.
MachineScene::Beam beam_at(const TreatmentMachine& machine, const std::vector<double>& axes) {
  LinkPoses poses;
  forward_kinematics(machine.mechanism, axes, poses);
  const Eigen::Isometry3d& X_FB = poses.X_F[static_cast<std::size_t>(machine.beam_link)];
  return {X_FB.translation(), X_FB * Vec3(0, 0, -machine.source_distances_mm.front())};
}

void draw(const TreatmentMachine& machine, const MachineOptions& options) {
  std::optional<MachinePatient> patient;
  std::vector<double> axes = machine.home();
  std::string where = "at home";
  if (!options.patient.empty()) {
    patient =
        read_machine_patient({options.patient, options.series_uid, options.structure_set, "", ""}, machine.unseen);
    const ReachSolver solver(machine, patient->on_table, patient->patient.ct.position, patient->isocentre_P);
    const DirectionReach front = solver.reach(Vec3(0, -1, 0));
    where = front.best ? "with the beam from in front" : "at home (no beam from in front: " + front.reason + ")";
    axes = front.best ? front.best->axes : axes;
  }
  const CollisionWorld world(machine, patient ? &patient->on_table : nullptr);
  MachineScene scene = scene_of(world, axes);
  scene.beams.push_back(beam_at(machine, axes));
  const std::filesystem::path out = output_folder(options.out);
  write_file(out / "machine.svg", render_svg(scene, fmt::format("{} {}", machine.description.name, where)));
  write_file(out / "machine.glb", render_glb(scene));
}

void run_show(const MachineOptions& options) {
  XINGU_REQUIRE(options.patient.empty() || !options.out.empty(),
                "--patient {}: is only drawn (and there is no --out to draw it into); give --out DIR", options.patient);
  if (!has_mechanics(options.name)) {
    show_angles_only({load_machine(options.name), find_machine(options.name)}, options);
    return;
  }
  const TreatmentMachine machine = load_treatment_machine(options.name);
  if (!options.out.empty()) {
    draw(machine, options);
  }
  if (options.is_json) {
    fmt::print("{}\n", to_json(machine).dump(2));
  } else {
    print_machine(machine);
  }
}

/// A machine goes by its folder's name on the command line and by its own in plans; the two should agree.
std::vector<std::string> warnings_of(const std::string& name, const std::filesystem::path& file) {
  const std::string folder = std::filesystem::absolute(file).lexically_normal().parent_path().filename().string();
  if (name == folder) {
    return {};
  }
  return {
      fmt::format("machine.name is '{}' but the folder is '{}' (a plan names the machine '{}', and by that name "
                  "another or none would be found); make them agree",
                  name, folder, name)};
}

void print_verdict(const std::string& name, const std::filesystem::path& file,
                   const std::vector<std::string>& warnings) {
  fmt::print("{}: nothing wrong found\n  in {}\n", name, file.string());
  for (const std::string& warning : warnings) {
    fmt::print("  but {}\n", warning);
  }
}

/// What every verdict on a valid machine begins with.
Json verdict_json(const std::string& name, const std::filesystem::path& file, const std::vector<std::string>& warnings,
                  bool has_mechanics) {
  return {{"name", name},
          {"file", file.string()},
          {"is_valid", true},
          {"warnings", warnings},
          {"has_mechanics", has_mechanics}};
}

void check_angles_only(const AnglesOnly& machine, const MachineOptions& options) {
  const std::vector<std::string> warnings = warnings_of(machine.description.name, machine.file);
  if (options.is_json) {
    fmt::print("{}\n", verdict_json(machine.description.name, machine.file, warnings, false).dump(2));
    return;
  }
  print_verdict(machine.description.name, machine.file, warnings);
  fmt::print("  {}\n", AnglesOnly::consequence);
}

/// Clearance at home, where the machine waits.
Clearance require_safe_home(const TreatmentMachine& machine, const CollisionWorld& world) {
  LinkPoses poses;
  forward_kinematics(machine.mechanism, machine.home(), poses);
  Clearance clearance = world.clearance(poses);
  XINGU_REQUIRE(
      clearance.is_safe(),
      "{}: at home {} and {} are {:.1f} mm apart ({:g} mm are kept; the machine would collide with itself); correct "
      "[mechanics.home] or the shapes",
      machine.file.string(), clearance.first, clearance.second, clearance.distance_mm, clearance.buffer_mm);
  return clearance;
}

void require_table_in_reach(const TreatmentMachine& machine) {
  const std::string hindrance = table_hindrance(machine, Vec3(0, 0, -usual_table_depth_mm));
  XINGU_REQUIRE(
      hindrance.empty(),
      "{}: the table, unturned, cannot bring a patient to the isocentre (its reference {:g} mm below it: {}); "
      "correct where the table stands in the URDF, or its axes",
      machine.file.string(), usual_table_depth_mm, hindrance);
}

void run_check(const MachineOptions& options) {
  if (!has_mechanics(options.name)) {
    check_angles_only({load_machine(options.name), find_machine(options.name)}, options);
    return;
  }
  const TreatmentMachine machine = load_treatment_machine(options.name);  // refuses what is wrong with the files
  const CollisionWorld world(machine);
  const Clearance clearance = require_safe_home(machine, world);
  require_table_in_reach(machine);
  double moved_kg = 0.0;
  std::size_t num_shapes = 0;
  for (std::size_t i = 0; i < machine.mechanism.links().size(); ++i) {
    const Link& link = machine.mechanism.links()[i];
    num_shapes += link.shapes.size();
    moved_kg += machine.mechanism.axes_of(static_cast<int>(i)).empty() ? 0.0 : link.mass_kg;
  }
  const std::vector<std::string> warnings = warnings_of(machine.description.name, machine.file);
  if (options.is_json) {
    Json result = verdict_json(machine.description.name, machine.file, warnings, true);
    result.update(Json{{"num_axes", machine.mechanism.num_axes()},
                       {"num_shapes", num_shapes},
                       {"num_pairs", world.pairs().size()},
                       {"ignored_pairs", ignored_pairs_of(machine)},
                       {"moved_mass_kg", shown_number(moved_kg)},
                       {"home_clearance_mm", shown_number(clearance.distance_mm)},
                       {"home_nearest", {clearance.first, clearance.second}}});
    fmt::print("{}\n", result.dump(2));
    return;
  }
  print_verdict(machine.description.name, machine.file, warnings);
  fmt::print("  {} axes, {} links, {} collision shapes, {} pairs to check, {:.0f} kg moved\n",
             machine.mechanism.num_axes(), machine.mechanism.links().size(), num_shapes, world.pairs().size(),
             moved_kg);
  fmt::print("  nearest at home: {} to {}, {:.0f} mm\n", clearance.first, clearance.second, clearance.distance_mm);
  fmt::print("  the table reaches the isocentre, {:g} mm above it\n", usual_table_depth_mm);
  print_ignored_pairs(machine);
}

}  // namespace

void add_machine_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("machine", "Treatment machines: what there is, and what they can reach and how fast");
  command->require_subcommand(1);
  auto options = std::make_shared<MachineOptions>();
  CLI::App* list = command->add_subcommand("list", "The machines that a name can mean, here and shipped");
  list->add_flag("--json", options->is_json, "Print JSON");
  list->callback([options] { run_list(*options); });
  CLI::App* show = command->add_subcommand("show", "Axes and limits of a machine; with --out a drawing and a glTF");
  show->add_option("NAME", options->name, "Machine: a name, a folder or a TOML file")->required();
  show->add_option("--patient", options->patient, "Folder of a patient's DICOM to draw on the table; needs --out");
  show->add_option("--series", options->series_uid, "The patient's CT series, where the folder holds several");
  show->add_option("--structures", options->structure_set,
                   "Label, UID or file name of the RTSTRUCT, where several belong to the series");
  show->add_option("--out", options->out, "Folder for machine.svg and machine.glb");
  show->add_flag("--json", options->is_json, "Print JSON");
  show->callback([options] { run_show(*options); });
  CLI::App* check = command->add_subcommand("check", "Says what is wrong with a machine's files");
  check->add_option("NAME", options->name, "Machine: a name, a folder or a TOML file")->required();
  check->add_flag("--json", options->is_json, "Print JSON");
  check->callback([options] { run_check(*options); });
  add_machine_reach_commands(*command);
}

}  // namespace xingu
