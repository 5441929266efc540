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
#include "machine/machine_scene.h"
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
  std::string out;
  bool is_json = false;
};

double shown(const Axis& axis, double value) {
  return axis.type == JointType::revolute ? value * 180.0 / std::numbers::pi : value;
}

const char* unit(const Axis& axis) { return axis.type == JointType::revolute ? "deg" : "mm"; }

void run_list(const MachineOptions& options) {
  Json list = Json::array();
  TextTable table({{"machine", Align::left}, {"axes", Align::right}, {"source", Align::right}, {"", Align::left}});
  for (const std::string& name : shipped_machines()) {
    const MachineDescription description = load_machine(name);
    Json entry{{"name", name}, {"description", description.description}, {"sad_mm", description.beam.sad_mm}};
    std::string axes = "-";
    try {
      const TreatmentMachine machine = load_treatment_machine(name);
      entry["num_axes"] = machine.mechanism.num_axes();
      axes = fmt::format("{}", machine.mechanism.num_axes());
    } catch (const InputError& error) {
      entry["fault"] = error.what();
    }
    table.add({name, axes, fmt::format("{:g} mm", description.beam.sad_mm), description.description});
    list.push_back(std::move(entry));
  }
  if (options.is_json) {
    fmt::print("{}\n", list.dump(2));
  } else {
    table.print();
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
          {"links", links}};
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
}

void run_show(const MachineOptions& options) {
  const TreatmentMachine machine = load_treatment_machine(options.name);
  if (!options.out.empty()) {
    std::optional<MachinePatient> patient;
    std::vector<double> axes = machine.home();
    if (!options.patient.empty()) {
      patient = read_machine_patient(options.patient, "", "", machine.unseen);
      const ReachSolver solver(machine, patient->on_table, patient->patient.ct.position, patient->isocentre_P);
      if (const DirectionReach front = solver.reach(Vec3(0, -1, 0)); front.best) {
        axes = front.best->axes;
      }
    }
    const CollisionWorld world(machine, patient ? &patient->on_table : nullptr);
    const MachineScene scene = scene_of(world, axes);
    const std::filesystem::path out = output_folder(options.out);
    write_file(out / "machine.svg", render_svg(scene, machine.description.name + (patient ? "" : " at home")));
    write_file(out / "machine.glb", render_glb(scene));
  }
  if (options.is_json) {
    fmt::print("{}\n", to_json(machine).dump(2));
  } else {
    print_machine(machine);
  }
}

void run_check(const MachineOptions& options) {
  const TreatmentMachine machine = load_treatment_machine(options.name);  // refuses what is wrong with the files
  const CollisionWorld world(machine);
  LinkPoses poses;
  forward_kinematics(machine.mechanism, machine.home(), poses);
  const Clearance clearance = world.clearance(poses);
  XINGU_REQUIRE(
      clearance.is_safe(),
      "{}: at home {} and {} are {:.1f} mm apart ({:g} mm are kept; the machine would collide with itself); correct "
      "[mechanics.home] or the shapes",
      machine.file.string(), clearance.first, clearance.second, clearance.distance_mm, clearance.buffer_mm);
  double moved_kg = 0.0;
  std::size_t num_shapes = 0;
  for (std::size_t i = 0; i < machine.mechanism.links().size(); ++i) {
    const Link& link = machine.mechanism.links()[i];
    num_shapes += link.shapes.size();
    moved_kg += machine.mechanism.axes_of(static_cast<int>(i)).empty() ? 0.0 : link.mass_kg;
  }
  if (options.is_json) {
    const Json result{
        {"name", machine.description.name},           {"is_valid", true},
        {"num_axes", machine.mechanism.num_axes()},   {"num_shapes", num_shapes},
        {"num_pairs", world.pairs().size()},          {"moved_mass_kg", moved_kg},
        {"home_clearance_mm", clearance.distance_mm}, {"home_nearest", {clearance.first, clearance.second}}};
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("{}: nothing wrong found\n", machine.description.name);
  fmt::print("  {} axes, {} links, {} collision shapes, {} pairs to check, {:.0f} kg moved\n",
             machine.mechanism.num_axes(), machine.mechanism.links().size(), num_shapes, world.pairs().size(),
             moved_kg);
  fmt::print("  nearest at home: {} to {}, {:.0f} mm\n", clearance.first, clearance.second, clearance.distance_mm);
}

}  // namespace

void add_machine_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("machine", "Treatment machines: what there is, and what they can reach and how fast");
  command->require_subcommand(1);
  auto options = std::make_shared<MachineOptions>();
  CLI::App* list = command->add_subcommand("list", "The shipped machines");
  list->add_flag("--json", options->is_json, "Print JSON");
  list->callback([options] { run_list(*options); });
  CLI::App* show = command->add_subcommand("show", "Axes and limits of a machine; with --out a drawing and a glTF");
  show->add_option("NAME", options->name, "Machine: a shipped name or a TOML file")->required();
  show->add_option("--patient", options->patient, "Folder of a patient's DICOM to put on the table");
  show->add_option("--out", options->out, "Folder for machine.svg and machine.glb");
  show->add_flag("--json", options->is_json, "Print JSON");
  show->callback([options] { run_show(*options); });
  CLI::App* check = command->add_subcommand("check", "Says what is wrong with a machine's files");
  check->add_option("NAME", options->name, "Machine: a shipped name or a TOML file")->required();
  check->add_flag("--json", options->is_json, "Print JSON");
  check->callback([options] { run_check(*options); });
  add_machine_reach_commands(*command);
}

}  // namespace xingu
