// SPDX-License-Identifier: Apache-2.0
// xingu machine reach, xingu machine path: what a machine can reach around a patient, and how it gets from beam to
// beam.
#include "machine_reach.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "json_number.h"
#include "machine/beam_path.h"
#include "machine/machine_scene.h"
#include "machine/motion_chart.h"
#include "machine/reach_map.h"
#include "machine_patient.h"
#include "plan/candidates.h"
#include "plan_patient.h"
#include "text_table.h"

namespace xingu {
namespace {

using Json = nlohmann::ordered_json;

struct ReachOptions {
  std::string machine;
  PatientChoice patient;
  std::string out;
  std::string plan;
  int num_directions = 1000;
  int num_beams = 20;
  bool is_json = false;
};

constexpr std::size_t placements_per_beam = 3;  // of a path without a plan
constexpr double same_place_mm = 0.05;
constexpr double nominal_mu = 150.0;  // of a beam without a plan

Json to_json(const Vec3& v) { return {shown_number(v.x()), shown_number(v.y()), shown_number(v.z())}; }

Json to_json(const TreatmentMachine& machine, const std::vector<double>& values) {
  Json axes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Axis& axis = machine.mechanism.axes()[i];
    const bool turns = axis.type == JointType::revolute;
    axes[axis.name + (turns ? "_deg" : "_mm")] = shown_number(turns ? values[i] * 180.0 / std::numbers::pi : values[i]);
  }
  return axes;
}

Json to_json(const IecSettings& iec) {
  return {{"gantry_deg", shown_number(dicom_angle_deg(shown_number(iec.gantry_deg)))},
          {"gantry_pitch_deg", shown_number(iec.gantry_pitch_deg)},
          {"collimator_deg", shown_number(dicom_angle_deg(shown_number(iec.collimator_deg)))},
          {"couch_deg", shown_number(dicom_angle_deg(shown_number(iec.couch_deg)))},
          {"source_distance_mm", shown_number(iec.source_distance_mm)},
          {"table_position_mm", to_json(iec.table_position_mm)}};
}

/// Everything that reach and path begin with.
struct Setting {
  TreatmentMachine machine;
  MachinePatient patient;
  std::unique_ptr<const ReachSolver> solver;
};

/// @param plan  whose beams are to be given, or null
Setting set_up(const ReachOptions& options, const RtPlan* plan = nullptr) {
  XINGU_REQUIRE(options.patient.isocentre_mm.empty() || options.patient.structure.empty(),
                "--isocentre-mm and --structure both say where the beams meet; give one of them");
  TreatmentMachine machine = load_treatment_machine(options.machine);
  MachinePatient patient = read_machine_patient(options.patient, machine.unseen);
  if (plan != nullptr) {
    require_plan_fits(*plan, options.plan, patient.patient.ct, options.patient.folder);
    patient.isocentre_source = "the plan's";
  }
  log_info("isocentre at ({:.1f}, {:.1f}, {:.1f}) mm: {}", patient.isocentre_P.x(), patient.isocentre_P.y(),
           patient.isocentre_P.z(), patient.isocentre_source);
  auto solver =
      std::make_unique<const ReachSolver>(machine, patient.on_table, patient.patient.ct.position, patient.isocentre_P);
  return {std::move(machine), std::move(patient), std::move(solver)};
}

/// The scene at a placement, with beams from these directions drawn to the isocentre.
MachineScene scene_with_beams(const Setting& setting, const std::vector<double>& axes,
                              const std::vector<std::pair<Vec3, double>>& sources_P) {
  MachineScene scene = scene_of(setting.solver->world(), axes);
  LinkPoses poses;
  forward_kinematics(setting.machine.mechanism, axes, poses);
  const Eigen::Isometry3d X_FP =
      poses.X_F[static_cast<std::size_t>(setting.machine.table_link)] * setting.patient.on_table.X_TP.matrix();
  for (const auto& [direction, distance] : sources_P) {
    scene.beams.push_back(
        {X_FP * (setting.patient.isocentre_P + distance * direction), X_FP * setting.patient.isocentre_P});
  }
  return scene;
}

Json to_json(const Clearance& clearance) {
  return {{"distance_mm", shown_number(clearance.distance_mm)},
          {"buffer_mm", clearance.buffer_mm},
          {"between", {clearance.first, clearance.second}},
          {"points_mm", {to_json(clearance.first_F), to_json(clearance.second_F)}}};
}

Clearance clearance_at(const Setting& setting, const std::vector<double>& axes) {
  LinkPoses poses;
  forward_kinematics(setting.machine.mechanism, axes, poses);
  return setting.solver->world().clearance(poses);
}

Json to_json(const ReachMap& map, const Setting& setting) {
  Json directions = Json::array();
  for (std::size_t i = 0; i < map.reach.size(); ++i) {
    Json entry{{"source_direction", to_json(map.sources_P[i])}};
    if (const auto& best = map.reach[i].best) {
      entry["angles"] = to_json(best->iec);
      entry["axes"] = to_json(setting.machine, best->axes);
      entry["nearest"] = to_json(clearance_at(setting, best->axes));
    } else {
      entry["reason"] = map.reach[i].reason;
    }
    directions.push_back(std::move(entry));
  }
  Json reasons;
  for (const auto& [kind, count] : map.reasons()) {
    reasons[kind] = count;
  }
  return {{"machine", setting.machine.description.name},
          {"isocentre_mm", to_json(setting.patient.isocentre_P)},
          {"patient_buffer_mm", setting.machine.buffers.patient_mm},
          {"hardware_buffer_mm", setting.machine.buffers.hardware_mm},
          {"num_directions", map.reach.size()},
          {"covered", map.covered()},
          {"reasons", reasons},
          {"directions", directions}};
}

void run_reach(const ReachOptions& options) {
  XINGU_REQUIRE(options.num_directions >= 10 && options.num_directions <= 100'000,
                "--directions {} is out of range; give 10 to 100000", options.num_directions);
  const Setting setting = set_up(options);
  const auto begin = std::chrono::steady_clock::now();
  const ReachMap map = map_reach(*setting.solver, sphere_directions(options.num_directions));
  log_info("{} directions in {:.2f} s", options.num_directions,
           std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  const Json json = to_json(map, setting);
  if (!options.out.empty()) {
    const std::filesystem::path out = output_folder(options.out);
    write_file(out / "reach.json", json.dump(1) + "\n");
    write_file(out / "reach.svg", reach_svg(map, fmt::format("{}: isocentre {}", setting.machine.description.name,
                                                             setting.patient.isocentre_source)));
    std::vector<std::pair<Vec3, double>> sources;
    std::vector<double> axes = setting.machine.home();
    for (std::size_t i = 0; i < map.reach.size(); ++i) {
      if (const auto& best = map.reach[i].best) {
        axes = sources.empty() ? best->axes : axes;
        sources.emplace_back(map.sources_P[i], best->iec.source_distance_mm);
      }
    }
    const MachineScene scene = scene_with_beams(setting, axes, sources);
    write_file(out / "scene.svg", render_svg(scene, setting.machine.description.name));
    write_file(out / "scene.glb", render_glb(scene));
  }
  if (options.is_json) {
    fmt::print("{}\n", json.dump(1));
    return;
  }
  fmt::print("{}: {:.1f} % of the sphere can be treated ({} directions)\n", setting.machine.description.name,
             100.0 * map.covered(), map.reach.size());
  TextTable table({{"barred by", Align::left}, {"of the sphere", Align::right}});
  for (const auto& [kind, count] : map.reasons()) {
    table.add({kind, fmt::format("{:.1f} %", 100.0 * count / static_cast<double>(map.reach.size()))});
  }
  table.print();
}

/// The beams to visit, with their work.
struct Errand {
  std::vector<BeamStop> stops;
  std::vector<BeamWork> work;
  std::vector<Vec3> sources_P;
  std::vector<PlannedBeam> planned;  ///< of a plan; else empty
};

/// What a visit does otherwise than the plan; empty if nothing, or without a plan.
std::string departure_of(const BeamPath::Visit& visit, const Errand& errand) {
  return errand.planned.empty() ? ""
                                : departure_from_plan(errand.planned[visit.beam],
                                                      errand.stops[visit.beam].placements[visit.placement].iec);
}

Errand errand_of_plan(const TreatmentPlan& plan, const Setting& setting) {
  Errand errand;
  errand.stops = stops_of(plan, *setting.solver);
  for (const PlannedBeam& beam : plan.beams) {
    errand.work.push_back(work_of(beam, setting.machine.description.beam.sad_mm));
    errand.sources_P.push_back(-beam_geometry(beam.angles, plan.position, beam.isocentre_P, beam.sad_mm).direction_P());
    errand.planned.push_back(beam);
  }
  return errand;
}

Errand spread_errand(int num_beams, const Setting& setting) {
  Errand errand;
  for (int wanted = num_beams; errand.stops.size() < static_cast<std::size_t>(num_beams) && wanted < 40 * num_beams;
       wanted += std::max(1, num_beams / 4)) {
    errand = {};
    for (const Vec3& source : sphere_directions(wanted)) {
      BeamStop stop{fmt::format("B{:03}", errand.stops.size() + 1),
                    setting.solver->alternatives(source, placements_per_beam)};
      if (!stop.placements.empty() && errand.stops.size() < static_cast<std::size_t>(num_beams)) {
        errand.stops.push_back(std::move(stop));
        errand.work.push_back({nominal_mu, 0.0});
        errand.sources_P.push_back(source);
      }
    }
  }
  return errand;
}

/// What `xingu machine path` sets out from with a plan: its isocentre, and beams that this machine can give to this
/// patient.
Setting set_up_for(const RtPlan& rt_plan, const ReachOptions& options) {
  const TreatmentPlan& plan = rt_plan.plan;
  XINGU_REQUIRE(!plan.beams.empty(), "{}: the plan has no beams (there is nowhere to go); give another plan",
                options.plan);
  const PlannedBeam& first = plan.beams.front();
  for (const PlannedBeam& beam : plan.beams) {
    XINGU_REQUIRE(
        (beam.isocentre_P - first.isocentre_P).norm() < same_place_mm,
        "{}: beam {} '{}' has its isocentre {:.1f} mm from that of beam {} (a path leads around one isocentre); "
        "give a plan for each",
        options.plan, beam.number, beam.name, (beam.isocentre_P - first.isocentre_P).norm(), first.number);
  }
  XINGU_REQUIRE(options.patient.isocentre_mm.empty() && options.patient.structure.empty(),
                "--{} beside --plan: the plan says where its beams meet; leave one of them out",
                options.patient.structure.empty() ? "isocentre-mm" : "structure");
  ReachOptions with_isocentre = options;
  const Vec3& p = first.isocentre_P;
  with_isocentre.patient.isocentre_mm = fmt::format("{},{},{}", p.x(), p.y(), p.z());
  Setting setting = set_up(with_isocentre, &rt_plan);
  const MachineDescription& machine = setting.machine.description;
  if (!plan.machine.empty() && plan.machine != machine.name) {
    log_warning(
        "{}: the plan was made for {} with the source at {:g} mm; {}'s is at {:g} mm, so the plan's MU and dose do not "
        "hold here",
        options.plan, printable(plan.machine), first.sad_mm, machine.name, machine.beam.sad_mm);
  }
  return setting;
}

/// Waypoints with times: each axis is at from + (to − from) · s, where s goes from rest at 0 to rest at 1 through
/// phases of constant jerk.
Json to_json(const std::vector<PathLeg>& legs, const Setting& setting) {
  Json list = Json::array();
  double begin_s = 0.0;
  for (const PathLeg& leg : legs) {
    Json phases = Json::array();
    const AxisMove move(setting.machine.mechanism.axes(), leg.from, leg.to);
    for (const JerkLimitedMove::Phase& phase : move.along().phases()) {
      phases.push_back({{"duration_s", phase.duration_s}, {"jerk_per_s3", phase.jerk}});
    }
    const double own_begin_s = begin_s;
    begin_s += leg.duration_s;
    list.push_back({{"from", to_json(setting.machine, leg.from)},
                    {"to", to_json(setting.machine, leg.to)},
                    {"begin_s", own_begin_s},
                    {"duration_s", leg.duration_s},
                    {"phases", phases},
                    {"nearest", to_json(least_clearance(setting.solver->world(), setting.machine.mechanism, leg))}});
  }
  return list;
}

Json to_json(const TreatmentTime& time) {
  return {{"motion", time.motion_s}, {"beam_on", time.beam_on_s}, {"leaves", time.leaves_s},
          {"setup", time.setup_s},   {"imaging", time.imaging_s}, {"total", time.total_s()}};
}

Json to_json(const BeamPath& path, const Errand& errand, const Setting& setting, const TreatmentTime& time) {
  Json visits = Json::array();
  for (const BeamPath::Visit& visit : path.visits) {
    const Placement& placement = errand.stops[visit.beam].placements[visit.placement];
    const TreatmentTime spent = time_of_visit(setting.machine, path, visits.size(), errand.work);
    visits.push_back({{"beam", errand.stops[visit.beam].name},
                      {"mu", errand.work[visit.beam].mu},
                      {"time_s", to_json(spent)},
                      {"angles", to_json(placement.iec)},
                      {"axes", to_json(setting.machine, placement.axes)},
                      {"nearest", to_json(clearance_at(setting, placement.axes))},
                      {"departs_from_plan", departure_of(visit, errand)},
                      {"legs", to_json(visit.legs, setting)}});
  }
  return {{"machine", setting.machine.description.name},
          {"isocentre_mm", to_json(setting.patient.isocentre_P)},
          {"time_s", to_json(time)},
          {"visits", visits},
          {"home", to_json(path.home, setting)}};
}

/// A number without decimals and without a minus before 0.
std::string whole(double value) { return fmt::format("{}", std::lround(value)); }

/// Says which beams the path gives otherwise than the plan has them.
void print_departures(const BeamPath& path, const Errand& errand) {
  for (const BeamPath::Visit& visit : path.visits) {
    if (const std::string departure = departure_of(visit, errand); !departure.empty()) {
      fmt::print("  {} is not given as planned, but from the same direction with {}\n", errand.stops[visit.beam].name,
                 departure);
    }
  }
}

/// "head to patient, 41 mm": of the pair with the least margin beyond its buffer.
std::string nearest_words(const Clearance& clearance) {
  return fmt::format("{} to {}, {:.0f} mm", clearance.first, clearance.second, clearance.distance_mm);
}

void print_visits(const BeamPath& path, const Errand& errand, const Setting& setting) {
  TextTable table({{"beam", Align::left},
                   {"gantry", Align::right},
                   {"pitch", Align::right},
                   {"couch/°", Align::right},
                   {"source/mm", Align::right},
                   {"nearest", Align::left},
                   {"moves", Align::right},
                   {"motion", Align::right},
                   {"beam", Align::right},
                   {"leaves/s", Align::right}});
  for (std::size_t i = 0; i < path.visits.size(); ++i) {
    const BeamPath::Visit& visit = path.visits[i];
    const Placement& placement = errand.stops[visit.beam].placements[visit.placement];
    const TreatmentTime spent = time_of_visit(setting.machine, path, i, errand.work);
    table.add({errand.stops[visit.beam].name, whole(dicom_angle_deg(placement.iec.gantry_deg)),
               whole(placement.iec.gantry_pitch_deg), whole(dicom_angle_deg(placement.iec.couch_deg)),
               whole(placement.iec.source_distance_mm), nearest_words(clearance_at(setting, placement.axes)),
               fmt::format("{}", visit.legs.size()), fmt::format("{:.1f}", spent.motion_s),
               fmt::format("{:.1f}", spent.beam_on_s), fmt::format("{:.1f}", spent.leaves_s)});
  }
  double way_home = 0.0;
  for (const PathLeg& leg : path.home) {
    way_home += leg.duration_s;
  }
  table.add({"home", "", "", "", "", "", fmt::format("{}", path.home.size()), fmt::format("{:.1f}", way_home), "", ""});
  table.print();
}

void run_path(const ReachOptions& options) {
  XINGU_REQUIRE(options.num_beams >= 1 && options.num_beams <= 500, "--beams {} is out of range; give 1 to 500",
                options.num_beams);
  std::optional<RtPlan> plan;
  if (!options.plan.empty()) {
    plan = read_plan_of(options.plan);
  }
  const Setting setting = plan ? set_up_for(*plan, options) : set_up(options);
  const Errand errand = plan ? errand_of_plan(plan->plan, setting) : spread_errand(options.num_beams, setting);
  const auto begin = std::chrono::steady_clock::now();
  const BeamPath path = plan_path(*setting.solver, errand.stops);
  log_info("path through {} beams found and certified in {:.2f} s", errand.stops.size(),
           std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  const TreatmentTime time = predict_time(setting.machine, path, errand.work);
  const Json json = to_json(path, errand, setting, time);
  if (!options.out.empty()) {
    const std::filesystem::path out = output_folder(options.out);
    write_file(out / "path.json", json.dump(1) + "\n");
    write_file(out / "motion.svg", motion_svg(setting.machine, path, errand.stops,
                                              fmt::format("{}: the way through {} beams",
                                                          setting.machine.description.name, errand.stops.size())));
    std::vector<std::pair<Vec3, double>> sources;
    const auto placement_of = [&](const BeamPath::Visit& visit) -> const Placement& {
      return errand.stops[visit.beam].placements[visit.placement];
    };
    for (const BeamPath::Visit& visit : path.visits) {
      sources.emplace_back(errand.sources_P[visit.beam], placement_of(visit).iec.source_distance_mm);
    }
    const MachineScene scene = scene_with_beams(setting, placement_of(path.visits.front()).axes, sources);
    write_file(out / "scene.svg", render_svg(scene, setting.machine.description.name));
    write_file(out / "scene.glb", render_glb(scene));
  }
  if (options.is_json) {
    fmt::print("{}\n", json.dump(1));
    return;
  }
  print_visits(path, errand, setting);
  print_departures(path, errand);
  fmt::print(
      "\n  predicted: {:.1f} min = motion {:.0f} s + beam {:.0f} s + leaves {:.0f} s + set-up {:.0f} s + imaging "
      "{:.0f} s{}\n",
      time.total_s() / 60.0, time.motion_s, time.beam_on_s, time.leaves_s, time.setup_s, time.imaging_s,
      plan ? "" : fmt::format(" (at {:.0f} MU a beam)", nominal_mu));
}

void add_setting(CLI::App& command, ReachOptions& options) {
  command.add_option("NAME", options.machine, "Machine: a name, a folder or a TOML file")->required();
  command.add_option("DIR", options.patient.folder, "Folder of the patient's DICOM")->required();
  command.add_option("--isocentre-mm", options.patient.isocentre_mm, "x,y,z in the patient's frame");
  command.add_option("--structure", options.patient.structure,
                     "Structure whose middle is the isocentre; else the first target");
  command.add_option("--series", options.patient.series_uid, "CT series, where the folder holds several");
  command.add_option("--structures", options.patient.structure_set,
                     "Label, UID or file name of the RTSTRUCT, where several belong to the series");
  command.add_option("--out", options.out, "Folder for JSON, pictures and glTF");
  command.add_flag("--json", options.is_json, "Print JSON");
}

}  // namespace

std::filesystem::path output_folder(const std::string& out) {
  std::error_code error;
  std::filesystem::create_directories(out, error);
  XINGU_REQUIRE(!error, "--out {}: cannot be made a folder ({}); give another place", out, error.message());
  return out;
}

void add_machine_reach_commands(CLI::App& machine) {
  auto options = std::make_shared<ReachOptions>();
  CLI::App* reach = machine.add_subcommand("reach", "Which part of the sphere can be treated, and what bars the rest");
  add_setting(*reach, *options);
  reach->add_option("--directions", options->num_directions, "Directions over the sphere")->capture_default_str();
  reach->callback([options] { run_reach(*options); });
  auto path_options = std::make_shared<ReachOptions>();
  CLI::App* path =
      machine.add_subcommand("path", "Order of beams, certified moves between them, and the treatment's time");
  add_setting(*path, *path_options);
  path->add_option("--plan", path_options->plan, "RTPLAN whose beams are visited; else beams spread over the sphere");
  path->add_option("--beams", path_options->num_beams, "Beams without a plan")->capture_default_str();
  path->callback([path_options] { run_path(*path_options); });
}

}  // namespace xingu
