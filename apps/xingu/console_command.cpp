// SPDX-License-Identifier: Apache-2.0
// xingu console PLAN: serves the console's page and runs sessions of the plan in real time.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/folder_lock.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/text.h"
#include "commands.h"
#include "console/console.h"
#include "console/ecg_monitor.h"
#include "console/machine_clearance.h"
#include "console/plan_documents.h"
#include "console/scene_documents.h"
#include "ct_calibration.h"
#include "delivery/real_time.h"
#include "dicom/read_dose.h"
#include "dicom/read_patient.h"
#include "dicom/read_plan.h"
#include "dose/cone_set.h"
#include "patient/patient_density.h"
#include "patient_options.h"
#include "plan_beams.h"
#include "plan_patient.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;

struct ConsoleOptions {
  std::string plan;
  std::string patient;
  std::string machine;
  PatientOptions patient_moves;
  std::string faults;
  std::string store;
  std::string page;
  std::string replay;
  std::string operator_token;
  std::string viewer_token;
  std::vector<std::string> names;
  double speed = 1.0;
  std::string ct_calibration;
  bool takes_other_energy = false;
  bool skips_dose = false;
  console::ServerConfig server;
  console::ConsoleSettings settings;
};

constexpr double dvh_grid_mm = 4.0;
constexpr double dvh_engine_mm = 4.0;
constexpr std::size_t least_token = 16;

bool is_loopback(const std::string& address) { return address == "::1" || address.starts_with("127."); }
bool is_every_address(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

bool is_host_name(std::string_view name) {
  const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.'; };
  return !name.empty() && std::ranges::all_of(name, is_part);
}

void check_options(const ConsoleOptions& options) {
  const bool has_certificate = !options.server.certificate.empty() && !options.server.private_key.empty();
  XINGU_REQUIRE(is_loopback(options.server.address) || has_certificate,
                "--bind {}: is not this computer alone (tokens would cross the network readable); give --certificate "
                "and --private-key",
                options.server.address);
  XINGU_REQUIRE(options.server.certificate.empty() == options.server.private_key.empty(),
                "--certificate and --private-key belong together (one of them is missing); give both");
  XINGU_REQUIRE(!is_every_address(options.server.address) || !options.names.empty(),
                "--bind {}: stands for every address of this computer (the console answers only to names that it "
                "knows); give --name, the name by which browsers reach it",
                options.server.address);
  for (const std::string& name : options.names) {
    XINGU_REQUIRE(is_host_name(name),
                  "--name {}: is no host name; give for example console.example.org, without a port", printable(name));
  }
  XINGU_REQUIRE(options.speed >= 0.1 && options.speed <= 20.0,
                "--speed {} is outside 0.1 to 20; 1 lets one second take one second", options.speed);
  for (const std::string* token : {&options.operator_token, &options.viewer_token}) {
    XINGU_REQUIRE(token->empty() || token->size() >= least_token,
                  "a token of {} characters can be guessed; give 16 at least, or none, and one is made", token->size());
  }
  XINGU_REQUIRE(options.operator_token.empty() || options.operator_token != options.viewer_token,
                "the operator's token is the viewers' as well (everyone could operate); give two");
}

/// The dose of the plan in its folder, Gy; nothing for a plan given as a file.
std::optional<Volume<float>> read_dose_of(const fs::path& path, const RtPlan& plan) {
  if (!fs::is_directory(path)) {
    return std::nullopt;
  }
  for (const RtFile& file : scan_dicom_folder(path).doses) {
    if (file.referenced_plan_uid == plan.sop_instance_uid && !file.is_dose_error) {
      RtDose dose = read_rtdose(file.path);
      if (dose.summation == "PLAN" && dose.units == "GY") {
        return std::move(dose.dose_Gy);
      }
    }
  }
  return std::nullopt;
}

std::optional<nlohmann::json> read_summary_of(const fs::path& path) {
  const fs::path file = path / "summary.json";
  if (!fs::is_regular_file(file)) {
    return std::nullopt;
  }
  nlohmann::json summary = nlohmann::json::parse(read_file(file), nullptr, false);
  XINGU_REQUIRE(summary.is_object(), "{}: is no JSON object (it belongs to the plan); remove it or plan again",
                file.string());
  return summary;
}

/// Everything that a console stands on, read and checked: what takes long comes last.
struct ConsoleGround {
  RtPlan rt;
  std::string machine_name;
  MachineDescription machine;
  std::string energy_warning;             ///< of beams that the machine is not modelled for
  std::vector<std::string> own_warnings;  ///< beside those of the plan's file
  DensityCurve curve;
  MachineDynamics dynamics;
  std::unique_ptr<PatientMotion> motion;
  console::SessionGround session;
  Patient patient;
  std::optional<Volume<float>> dose_Gy;
  std::optional<nlohmann::json> summary;
  TreatmentRoom room;  ///< until the scene is made
  WatchedPlan watched;
  console::PlanIdentity identity;

  explicit ConsoleGround(const ConsoleOptions& options);
};

/// What a session stands on besides plan and clearance. @param motion  must outlive it
console::SessionGround ground_of(const ConsoleOptions& options, const MachineDynamics& dynamics,
                                 const PatientMotion& motion) {
  console::SessionGround ground;
  ground.settings.dynamics = dynamics;
  ground.settings.tracking = tracking_of(options.patient_moves);
  ground.settings.ecg = ecg_of(options.patient_moves);
  ground.settings.seed = options.patient_moves.seed;
  ground.motion = &motion;
  ground.faults = options.faults.empty() ? std::vector<Fault>() : read_faults(options.faults);
  ground.speed = options.speed;
  return ground;
}

ConsoleGround::ConsoleGround(const ConsoleOptions& options)
    : rt(read_plan_of(options.plan)),
      machine_name(machine_of_plan(rt, options.plan, options.machine)),
      machine(load_machine(machine_name)),
      energy_warning(take_energies(options.plan, rt.plan, machine, options.takes_other_energy)),
      curve(curve_of_plan(options.plan, options.ct_calibration, own_warnings)),
      dynamics(load_dynamics(machine_name, machine.room)),
      motion(motion_of(options.patient_moves)),
      session(ground_of(options, dynamics, *motion)),
      patient(read_patient_of(rt, options.plan, options.patient)),
      dose_Gy(read_dose_of(options.plan, rt)),
      summary(read_summary_of(options.plan)),
      room(treatment_room(machine_name, rt.plan, patient)),
      watched(watched_plan(room, machine, rt.plan, dynamics)) {
  session.plan = &watched.plan;
  session.clearance = watched.clearance.get();
  identity = {patient.ct.patient_id, patient.ct.patient_name, rt.plan.label, rt.sop_instance_uid, machine_name};
  if (!energy_warning.empty()) {
    own_warnings.push_back(energy_warning);
  }
  for (const std::string& warning : own_warnings) {
    rt.warnings.push_back(warning);
    if (!summary) {
      summary = nlohmann::json::object();
    }
    nlohmann::json& told = (*summary)["warnings"];
    if (!told.is_array()) {
      told = nlohmann::json::array();
    }
    told.push_back(warning);
  }
  for (const std::string& warning : rt.warnings) {
    log_warning("{}", warning);
  }
}

std::unique_ptr<console::DeliveredDvh> follow_dose(const ConsoleGround& ground) {
  console::DvhGround dvh;
  PatientDensity density = model_density(ground.patient, ground.curve);
  dvh.plan = ground.rt.plan;
  dvh.physics = commission(ground.machine.beam);
  dvh.grid = grid_over_body(density.body, dvh_grid_mm);
  dvh.image = std::move(density.image);
  dvh.engine.quality = cone_quality("draft");
  dvh.engine.spacing_mm = dvh_engine_mm;
  dvh.engine.blur = dvh.physics.blur;
  for (const Structure& structure : ground.patient.structure_set.structures) {
    if (!structure.contours.empty() && structure.interpreted_type != "EXTERNAL") {
      dvh.structures.push_back(structure);
    }
  }
  return std::make_unique<console::DeliveredDvh>(std::move(dvh));
}

/// The address as it stands in a URL.
std::string host_of(const ConsoleOptions& options) {
  const bool is_v6 = options.server.address.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]", options.server.address) : options.server.address;
}

console::Access access_of(ConsoleOptions& options, std::uint16_t port) {
  for (std::string* token : {&options.operator_token, &options.viewer_token}) {
    *token = token->empty() ? console::random_hex(16) : *token;
  }
  std::vector<std::string> names = options.names;
  names.emplace_back("localhost");
  names.push_back(host_of(options));
  const std::uint16_t usual_port = options.server.certificate.empty() ? 80 : 443;
  return {options.viewer_token, options.operator_token, console::hosts_of(names, port, usual_port)};
}

fs::path page_folder(const ConsoleOptions& options) {
  if (!options.page.empty()) {
    return options.page;
  }
  try {
    return find_shipped("web/dist");
  } catch (const InputError&) {
    return {};  // the console says how the page is built
  }
}

fs::path store_folder(const ConsoleOptions& options) {
  const fs::path store = options.store.empty() ? fs::path(options.plan) / "console" : fs::path(options.store);
  std::error_code error;
  fs::create_directories(store, error);
  if (error) {
    throw EnvironmentError(
        fmt::format("{}: the folder cannot be made ({}); give another --store", store.string(), error.message()));
  }
  return store;
}

void print_addresses(const ConsoleOptions& options, std::uint16_t port) {
  const std::string scheme = options.server.certificate.empty() ? "http" : "https";
  const std::string host = fmt::format("{}:{}", options.names.empty() ? host_of(options) : options.names.front(), port);
  fmt::print("  operator: {}://{}/#token={}\n", scheme, host, options.operator_token);
  fmt::print("  viewers:  {}://{}/#token={}\n", scheme, host, options.viewer_token);
  fmt::print("  Simulation. Research use only: not for clinical treatment. Ctrl-C ends it.\n");
  std::fflush(stdout);
}

/// Serves until the user stops it.
void run_console(ConsoleOptions options) {
  check_options(options);
  if (!options.replay.empty()) {
    static_cast<void>(read_record(options.replay));  // what is no record is refused here
  }
  console::HttpServer server(options.server);  // a port or certificate that cannot be used is told at once
  ConsoleGround ground(options);
  const fs::path store = store_folder(options);
  const FolderLock lock(store);  // a second console would take this one's session for interrupted
  console::Journal journal(store / "console.sqlite");
  console::Content content;
  content.add_page(page_folder(options));
  console::add_plan_documents({&ground.rt.plan, &ground.patient, ground.dose_Gy ? &*ground.dose_Gy : nullptr,
                               ground.summary ? &*ground.summary : nullptr},
                              content);
  const console::ChannelTable channels(ground.watched.plan,
                                       console::add_scene_documents(ground.identity.machine, ground.room, content));
  ground.room = {};
  if (num_threads() > 1) {
    set_num_threads(num_threads() - 1);  // one core is the control loop's
  }
  Progress::set_enabled(false);  // what follows is computed behind the page, again and again
  const auto dvh = options.skips_dose ? nullptr : follow_dose(ground);
  console::EcgMonitor ecg(*ground.motion, console::waiting_course(ground.session.settings));
  console::SessionDesk desk(ground.identity, ground.session, store, journal);

  options.settings.replay_record = options.replay;
  options.settings.program = "xingu " XINGU_VERSION;
  console::Access access = access_of(options, server.port());
  console::Console console(options.settings, std::move(access), content, channels, desk, journal, {dvh.get(), &ecg},
                           server);
  print_addresses(options, server.port());
  take_prompt_place();  // the last thread is made: those that compute keep theirs
  server.run(console);
}

}  // namespace

void add_console_command(CLI::App& app) {
  auto options = std::make_shared<ConsoleOptions>();
  CLI::App* command =
      app.add_subcommand("console", "Serve the console: watch the plan, deliver it in real time, replay");
  command->add_option("plan", options->plan, "Folder of `xingu plan`: RTPLAN, RTDOSE, summary.json")->required();
  command->add_option("--patient", options->patient,
                      "Folder of the patient's DICOM: CT and RTSTRUCT; by default where the plan found them");
  command->add_option("--machine", options->machine, "Treatment machine; by default the plan's");
  add_patient_options(*command, options->patient_moves);
  add_other_energy_option(*command, options->takes_other_energy);
  command->add_option("--faults", options->faults, "TOML file of faults that befall the machine");
  command->add_option("--speed", options->speed, "Session seconds in a second")->capture_default_str();
  command->add_option("--replay", options->replay, "A record (.xrec) of the plan to be replayed");
  command->add_option("--store", options->store, "Folder of journal and records; by default PLAN/console");
  command->add_option("--page", options->page, "Folder of the built page; by default web/dist");
  add_calibration_option(*command, options->ct_calibration);
  command->add_flag("--no-dose", options->skips_dose, "Do not compute the delivered dose");
  command->add_option("--port", options->server.port, "0 takes any that is free")->capture_default_str();
  command->add_option("--bind", options->server.address, "Address; others than this computer's need a certificate")
      ->capture_default_str();
  command->add_option("--name", options->names, "Host names by which browsers reach the console, besides its address");
  command->add_option("--certificate", options->server.certificate, "PEM file of the certificate's chain, for TLS");
  command->add_option("--private-key", options->server.private_key, "PEM file of the certificate's key");
  command->add_option("--operator-token", options->operator_token, "By default one is made")
      ->envname("XINGU_OPERATOR_TOKEN");
  command->add_option("--viewer-token", options->viewer_token, "By default one is made")->envname("XINGU_VIEWER_TOKEN");
  command->add_option("--requests-per-second", options->settings.requests_per_s, "Of one address")
      ->capture_default_str();
  command->callback([options] { run_console(*options); });
}

}  // namespace xingu
