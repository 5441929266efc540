// SPDX-License-Identifier: Apache-2.0
// xingu dose PLAN: the dose of an RTPLAN on a patient, by Monte Carlo or collapsed cones.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "commands.h"
#include "ct_calibration.h"
#include "dicom/dicom_folder.h"
#include "dicom/read_patient.h"
#include "dicom/write_plan.h"
#include "dose/machine_file.h"
#include "dose/machine_physics.h"
#include "dose/mc/plan_dose.h"
#include "geometry/mha.h"
#include "monte_carlo_option.h"
#include "output_place.h"
#include "patient/density_curve.h"
#include "patient/dvh.h"
#include "patient/patient_density.h"
#include "plan/structure_occupancy.h"
#include "plan_beams.h"
#include "plan_patient.h"
#include "text_table.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct DoseOptions {
  std::string plan;
  std::string patient;
  std::string out;
  std::string engine = "mc";
  std::string uncertainty = "1%";
  std::string dose_to = "medium";
  double max_minutes = 0.0;
  double grid_mm = 2.5;
  std::string quality = "normal";
  std::string machine;
  std::string overrides;
  std::string ct_calibration;
  std::string series_uid;
  std::string target;
  std::uint64_t seed = 1;
  bool takes_other_frame = false;
  bool takes_other_energy = false;
  bool is_json = false;
  Ranks* ranks = nullptr;
};

/// What a dose follows from and what a person should know of it.
struct DoseGround {
  Json machine;
  Json ct_calibration;
  std::vector<std::string> warnings;

  void warn(std::string sentence) {
    log_warning("{}", sentence);
    warnings.push_back(std::move(sentence));
  }
};

/// What was computed and how sure it is.
struct ComputedDose {
  Volume<float> dose_Gy;
  std::optional<Volume<float>> sigma_Gy;
  std::string engine;     ///< for people
  std::string shortfall;  ///< for people, where time ended the run before the uncertainty was reached
  Json facts;
};

ComputedDose by_cones(const DoseOptions& options, const TreatmentPlan& plan, const MachinePhysics& machine,
                      const DensityImage& image, const Grid& grid) {
  CccEngine::Config config;
  config.quality = cone_quality(options.quality);
  config.spacing_mm = options.grid_mm;
  config.refinement = lateral_refinement(options.grid_mm);
  config.margin_mm = 100.0;
  config.blur = machine.blur;
  ComputedDose result;
  result.dose_Gy = compute_plan_dose(plan, machine, image, grid, config, *options.ranks);
  result.engine = CccEngine(machine.photons, config).description();
  result.facts = {{"engine", "ccc"}, {"quality", options.quality}};
  return result;
}

/// The structures whose uncertainty counts: the one that --target names, else those of type PTV, else CTV, else GTV.
std::vector<const Structure*> target_structures(const DoseOptions& options, const StructureSet& set) {
  const auto structures_where = [&](const auto& is_wanted) {
    std::vector<const Structure*> result;
    for (const Structure& structure : set.structures) {
      if (is_wanted(structure)) {
        result.push_back(&structure);
      }
    }
    return result;
  };
  if (!options.target.empty()) {
    auto named = structures_where([&](const Structure& s) { return s.name == options.target; });
    XINGU_REQUIRE(!named.empty(), "--target {}: {} has no such structure; `xingu inspect` lists them", options.target,
                  options.patient);
    return named;
  }
  for (const char* type : {"PTV", "CTV", "GTV"}) {
    if (auto typed = structures_where([&](const Structure& s) { return s.interpreted_type == type; }); !typed.empty()) {
      return typed;
    }
  }
  return {};
}

Json names_of(const std::vector<const Structure*>& structures) {
  Json names = Json::array();
  for (const Structure* structure : structures) {
    names.push_back(structure->name);
  }
  return names;
}

std::vector<std::uint32_t> voxels_of(const std::vector<const Structure*>& structures, const Grid& grid) {
  Occupancy sum{grid, {}};
  for (const Structure* structure : structures) {
    sum = occupancy_union(sum, rasterise(*structure, grid));
  }
  return sum.inside();
}

ComputedDose by_monte_carlo(const DoseOptions& options, const TreatmentPlan& plan, const MachinePhysics& machine,
                            const StructureSet& set, const DensityImage& image, const Grid& grid, DoseGround& ground) {
  mc::require_dose(plan, machine, image);
  mc::StopRule stop;
  stop.uncertainty = parse_uncertainty(options.uncertainty);
  stop.max_seconds = 60.0 * options.max_minutes;
  mc::MonteCarloOptions run;
  run.seed = options.seed;
  run.ranks = options.ranks;
  run.dose_to = parse_dose_to(options.dose_to);
  const std::vector<const Structure*> targets = target_structures(options, set);
  run.target_voxels = voxels_of(targets, grid);
  const mc::Calibration calibration = mc::calibrate(machine, options.seed, *options.ranks);
  mc::MonteCarloDose dose = mc::compute_plan_dose(plan, machine, calibration, image, grid, run, stop);
  ComputedDose result;
  result.engine = fmt::format("Monte Carlo, dose to {}, {} histories, {} (1 σ), MU ± {:.2f} %", options.dose_to,
                              dose.histories, dose.uncertainty_words(), 100 * calibration.uncertainty);
  if (dose.stopped_by == "time") {
    result.shortfall = fmt::format("stopped by time, {:g} % asked for", 100 * stop.uncertainty);
    ground.warn(
        fmt::format("Monte Carlo stopped after --max-minutes {:g} at {} (1 σ), where --uncertainty {} was asked for",
                    options.max_minutes, dose.uncertainty_words(), options.uncertainty));
  }
  result.facts = {
      {"engine", "mc"},
      {"dose_to", options.dose_to},
      {"histories", dose.histories},
      {"batches", dose.batches},
      {"uncertainty_asked_percent", 100 * stop.uncertainty},
      {"uncertainty_percent", 100 * dose.uncertainty},
      {"target_uncertainty_percent", dose.target_uncertainty ? Json(100 * *dose.target_uncertainty) : Json()},
      {"targets", names_of(targets)},
      {"mu_uncertainty_percent", 100 * calibration.uncertainty},
      {"stopped_by", dose.stopped_by},
      {"seed", options.seed}};
  result.dose_Gy = std::move(dose.dose_Gy);
  result.sigma_Gy = std::move(dose.sigma_Gy);
  return result;
}

struct StructureRow {
  std::string name;
  double mean_Gy, d95_Gy, d2_Gy;
  std::optional<double> sigma_percent;  ///< typical relative uncertainty of a voxel in it
};

std::vector<StructureRow> structure_rows(const ComputedDose& computed, const StructureSet& set, DoseGround& ground) {
  std::vector<StructureRow> rows;
  for (const Structure& structure : set.structures) {
    const Dvh dvh = compute_dvh(computed.dose_Gy, structure);
    if (const std::string words = outside_dose_words(structure.name, dvh.outside_cc(), dvh.volume_cc());
        !words.empty()) {
      ground.warn(words);
    }
    if (!dvh.has_dose()) {
      continue;
    }
    StructureRow row{structure.name, dvh.mean_gy(), dvh.dose_at_percent(95), dvh.dose_at_percent(2), std::nullopt};
    if (computed.sigma_Gy && row.mean_Gy > 0) {
      row.sigma_percent = 100 * compute_dvh(*computed.sigma_Gy, structure).mean_gy() / row.mean_Gy;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void print_rows(const std::vector<StructureRow>& rows) {
  TextTable table({{"structure", Align::left},
                   {"mean/Gy", Align::right},
                   {"D95%", Align::right},
                   {"D2%", Align::right},
                   {"1 σ of a voxel", Align::right}});
  for (const StructureRow& row : rows) {
    table.add({printable(row.name, 40), fmt::format("{:.2f}", row.mean_Gy), fmt::format("{:.2f}", row.d95_Gy),
               fmt::format("{:.2f}", row.d2_Gy),
               row.sigma_percent ? fmt::format("{:.1f} %", *row.sigma_percent) : std::string("-")});
  }
  table.print();
}

Json to_json(const ComputedDose& computed, const std::vector<StructureRow>& rows, const DoseGround& ground,
             const DoseOptions& options, double seconds) {
  Json structures = Json::array();
  for (const StructureRow& row : rows) {
    structures.push_back({{"name", row.name},
                          {"mean_Gy", row.mean_Gy},
                          {"D95_Gy", row.d95_Gy},
                          {"D2_Gy", row.d2_Gy},
                          {"voxel_sigma_percent", row.sigma_percent ? Json(*row.sigma_percent) : Json()}});
  }
  return {{"program", fmt::format("xingu {}", XINGU_VERSION)},
          {"research_use_only", true},
          {"plan", options.plan},
          {"patient", options.patient},
          {"machine", ground.machine},
          {"ct_calibration", ground.ct_calibration},
          {"dose", computed.facts},
          {"grid_mm", options.grid_mm},
          {"max_Gy", *std::ranges::max_element(computed.dose_Gy.values())},
          {"structures", std::move(structures)},
          {"warnings", ground.warnings},
          {"timings", {{"total_s", seconds}}}};
}

/// What a beam's dose follows from beside plan and patient.
Json machine_json(const MachineDescription& machine, const fs::path& file) {
  const OutputReference& reference = machine.beam.reference;
  return {{"name", machine.name},
          {"hash", fmt::format("{:016x}", hash_text(read_file(file)))},
          {"nominal_energy_MV", machine.beam.nominal_energy_MV},
          {"flattening_filter", machine.beam.has_flattening_filter},
          {"calibration",
           {{"dose_Gy_per_MU", reference.dose_Gy_per_mu},
            {"ssd_mm", reference.ssd_mm},
            {"depth_mm", reference.depth_mm},
            {"field_mm", reference.field_mm}}}};
}

void run_dose(const DoseOptions& options, const CLI::App& command) {
  const auto begin = std::chrono::steady_clock::now();
  XINGU_REQUIRE(options.engine == "ccc" || options.engine == "mc",
                "the engine '{}' is not known (there are 'mc' and 'ccc'); give --engine mc or ccc", options.engine);
  static_cast<void>(parse_uncertainty(options.uncertainty));
  const mc::DoseTo dose_to = parse_dose_to(options.dose_to);
  XINGU_REQUIRE(options.engine == "mc" || dose_to == mc::DoseTo::medium,
                "--dose-to water is for Monte Carlo (collapsed cones know no stopping powers); add --engine mc");
  XINGU_REQUIRE(options.grid_mm >= 0.5 && options.grid_mm <= 20,
                "--grid-mm {:g} is outside 0.5 to 20 mm; give for example 2.5", options.grid_mm);
  XINGU_REQUIRE(options.max_minutes >= 0 && options.max_minutes < 1e6,
                "--max-minutes {:g} is no time to stop after; give minutes, or 0 for no limit", options.max_minutes);
  refuse_unused_by_engine(command, options.engine, {"--uncertainty", "--target", "--max-minutes"},
                          {"--engine-quality"});
  const WriteOptions write = written_now(fmt::format("{}", options.seed));
  const fs::path out = options.out;
  require_folder_place(out);
  XINGU_REQUIRE(!fs::exists(out) || fs::is_empty(out),
                "{}: is there already and not an empty folder (doses would be mixed up); give a new --out",
                options.out);
  const RtPlan rt_plan = read_plan_of(options.plan);
  const DicomFolder folder = scan_dicom_folder(options.patient);
  ReadOptions read = patient_of_references(folder, rt_plan, options.plan);
  if (!options.series_uid.empty()) {
    read = {.series_uid = options.series_uid, .structure_set = {}};
  }
  const Patient patient = read_patient(folder, read);
  DoseGround ground;
  for (const auto& warnings : {rt_plan.warnings, patient.warnings}) {
    for (const std::string& warning : warnings) {
      ground.warn(warning);
    }
  }
  const bool is_other_frame = has_other_frame(rt_plan, patient.ct);
  XINGU_REQUIRE(is_other_frame || !options.takes_other_frame,
                "--other-frame means nothing to a plan in the CT's own frame of reference; leave it out");
  XINGU_REQUIRE(
      !is_other_frame || options.takes_other_frame,
      "{}: the plan is in another frame of reference than the CT of {} (its isocentre may mean another place); "
      "give the patient it was made for, or --other-frame if you know that their coordinates agree",
      options.plan, options.patient);
  if (is_other_frame) {
    ground.warn(fmt::format(
        "{}: the plan is in another frame of reference than the CT of {}; its positions are taken as they are",
        options.plan, options.patient));
  }
  require_same_position(rt_plan, options.plan, patient.ct, options.patient);
  const std::string machine_name = machine_of_plan(rt_plan, options.plan, options.machine);
  const MachineDescription described = load_machine(machine_name);
  ground.machine = machine_json(described, find_machine(machine_name));
  if (std::string told = take_energies(options.plan, rt_plan.plan, described, options.takes_other_energy);
      !told.empty()) {
    ground.warn(std::move(told));
  }
  if (const std::string other = beams_of_other_distance(rt_plan.plan, machine_name); !other.empty()) {
    ground.warn(other);
  }
  const MachinePhysics machine = commission(described.beam);
  std::vector<DensityOverride> overrides;
  if (!options.overrides.empty()) {
    overrides = read_density_overrides(options.overrides);
  }
  std::vector<std::string> other_curve;
  const DensityCurve curve = curve_of_plan(options.plan, options.ct_calibration, other_curve);
  std::ranges::for_each(other_curve, [&](const std::string& warning) { ground.warn(warning); });
  ground.ct_calibration = {{"name", curve.words()}, {"hash", fmt::format("{:016x}", curve.hash())}};
  const PatientDensity density = model_density(patient, curve, overrides);
  for (const std::string& note : density.notes) {
    log_info("{}", note);
  }
  const Grid grid = grid_over_body(density.body, options.grid_mm);
  const ComputedDose computed =
      options.engine == "mc"
          ? by_monte_carlo(options, rt_plan.plan, machine, patient.structure_set, density.image, grid, ground)
          : by_cones(options, rt_plan.plan, machine, density.image, grid);
  if (!options.ranks->is_root()) {
    return;
  }

  std::error_code error;
  fs::create_directories(out, error);
  XINGU_REQUIRE(!error, "--out {}: cannot be made a folder ({}); give another place", options.out, error.message());
  // A DoseComment has 64 characters.
  const std::string comment = options.engine != "mc" ? std::string("final, collapsed cone, research use only")
                              : computed.shortfall.empty()
                                  ? fmt::format("final, Monte Carlo to {}, 1 sigma {:.2f} %, research use only",
                                                options.dose_to, computed.facts["uncertainty_percent"].get<double>())
                                  : fmt::format("MC to {}, 1 sigma {:.2f} % ({:g} % asked), research use only",
                                                options.dose_to, computed.facts["uncertainty_percent"].get<double>(),
                                                computed.facts["uncertainty_asked_percent"].get<double>());
  const std::string sigma_comment = "standard deviation (1 sigma) of the Monte Carlo dose";
  write_rtdose(computed.dose_Gy, patient, rt_plan.sop_instance_uid, comment, out / "RTDOSE.dcm", write);
  if (computed.sigma_Gy) {
    write_mha(out / "sigma.mha", *computed.sigma_Gy);
    write_rtdose(*computed.sigma_Gy, patient, rt_plan.sop_instance_uid, sigma_comment, out / "RTDOSE-SIGMA.dcm", write,
                 DoseBits::bits_16, DoseContent::standard_deviation);
  }
  const std::vector<StructureRow> rows = structure_rows(computed, patient.structure_set, ground);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const std::string summary =
      to_json(computed, rows, ground, options, seconds).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  write_file(out / "summary.json", summary);
  if (options.is_json) {
    fmt::print("{}", summary);
    return;
  }
  print_rows(rows);
  fmt::print("\n  {}{}\n  {:.0f} s. Research use only: not for clinical treatment.\n", computed.engine,
             computed.shortfall.empty() ? "" : "; " + computed.shortfall, seconds);
  for (const char* name : {"RTDOSE.dcm", "RTDOSE-SIGMA.dcm", "sigma.mha", "summary.json"}) {
    if (fs::exists(out / name)) {
      fmt::print("  {}\n", (out / name).string());
    }
  }
}

}  // namespace

void add_dose_command(CLI::App& app, Ranks& ranks) {
  auto options = std::make_shared<DoseOptions>();
  options->ranks = &ranks;
  CLI::App* command = app.add_subcommand("dose", "Dose of an RTPLAN on a patient, by Monte Carlo or collapsed cones");
  command->add_option("PLAN", options->plan, "RTPLAN, or a folder with one")->required();
  command->add_option("--patient", options->patient, "Folder of the patient's DICOM: CT and RTSTRUCT")->required();
  command->add_option("--out", options->out, "New folder for RTDOSE.dcm, its uncertainty and summary.json")->required();
  command->add_option("--engine", options->engine, "mc for Monte Carlo, or ccc")->capture_default_str();
  command
      ->add_option("--uncertainty", options->uncertainty,
                   "Where Monte Carlo stops: one standard deviation in voxels above half of the maximum dose and in "
                   "the target")
      ->capture_default_str();
  command
      ->add_option("--dose-to", options->dose_to,
                   "What Monte Carlo's dose is to: medium, or water (by the ratio of stopping powers)")
      ->capture_default_str();
  command->add_option("--target", options->target,
                      "Structure whose uncertainty counts; else all of type PTV, CTV or GTV");
  command->add_option("--max-minutes", options->max_minutes, "Stop Monte Carlo after this time; 0: no limit")
      ->capture_default_str();
  command->add_option("--grid-mm", options->grid_mm, "Voxel side of the dose, mm")->capture_default_str();
  command->add_option("--engine-quality", options->quality, "Cones of ccc: draft, normal or fine")
      ->capture_default_str();
  command->add_option("--machine", options->machine,
                      "Machine (name, folder or machine.toml) instead of the plan's own");
  command->add_option("--overrides", options->overrides, "TOML file of density and material overrides");
  add_calibration_option(*command, options->ct_calibration);
  command->add_option("--series", options->series_uid,
                      "CT series, where the folder holds several and the plan does not tell");
  command->add_flag("--other-frame", options->takes_other_frame,
                    "Take a plan of another frame of reference than the CT's by its coordinates");
  add_other_energy_option(*command, options->takes_other_energy);
  command->add_option("--seed", options->seed, "Seed of Monte Carlo")->capture_default_str();
  command->add_flag("--json", options->is_json, "Print summary.json instead of the table");
  command->callback([options, command] {
    try {
      run_dose(*options, *command);
    } catch (const Cancelled& stopped) {
      throw Cancelled(fmt::format("{}; nothing is kept of an unfinished dose", stopped.what()));
    }
  });
}

}  // namespace xingu
