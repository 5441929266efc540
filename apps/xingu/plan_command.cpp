// SPDX-License-Identifier: Apache-2.0
// xingu plan DIR: a patient's DICOM folder to a deliverable plan as DICOM, a report and a summary.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/folder_lock.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/text.h"
#include "commands.h"
#include "ct_calibration.h"
#include "dicom/read_patient.h"
#include "dicom/robotic_radiation.h"
#include "dicom/write_patient.h"
#include "dicom/write_plan.h"
#include "geometry/mha.h"
#include "goal_table.h"
#include "monte_carlo_option.h"
#include "output_place.h"
#include "patient/body_outline.h"
#include "patient/planning_check.h"
#include "plan/cut_structures.h"
#include "plan/planner.h"
#include "plan/planner_ranks.h"
#include "plan_patient.h"
#include "planning_machine.h"
#include "report/outcome_report.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;

struct PlanOptions {
  std::string patient;
  std::string protocol;
  std::string machine = "ring-arm-4pi";
  std::string out;
  std::string quality = "normal";
  std::string engine = "mc";
  std::string uncertainty = "1%";
  std::string arrangement = "sphere";
  std::string method = "group-sparsity";
  std::string overrides;
  std::string ct_calibration;
  std::string series_uid;
  std::string structure_set;
  bool is_resumed = false;
  bool is_json = false;
  PlannerOptions planner;
};

/// Axes and shapes of a machine whose reach is computed: beside its file, in the order of their names.
std::vector<fs::path> mechanics_files(const std::string& machine) {
  std::vector<fs::path> files;
  if (has_mechanics(machine)) {
    for (const auto& entry : fs::recursive_directory_iterator(find_machine(machine).parent_path())) {
      const std::string kind = to_lower(entry.path().extension().string());
      if (entry.is_regular_file() && (kind == ".urdf" || kind == ".stl")) {
        files.push_back(entry.path());
      }
    }
    std::ranges::sort(files);
  }
  return files;
}

/// An output folder that holds nothing a plan could be mistaken with, or an interrupted run's work; held against other
/// runs.
std::unique_ptr<FolderLock> prepare_output(const PlanOptions& options, const fs::path& work) {
  const fs::path out = options.out;
  std::error_code error;
  std::unique_ptr<FolderLock> lock;
  if (fs::is_directory(work)) {
    lock = std::make_unique<FolderLock>(work);
  }
  if (fs::exists(out)) {
    for (const auto& entry : fs::directory_iterator(out)) {
      const bool is_work = entry.path() == work;
      XINGU_REQUIRE(is_work, "{}: already holds {} (a second plan would be mixed with it); give a new --out",
                    out.string(), entry.path().filename().string());
      XINGU_REQUIRE(options.is_resumed, "{}: holds an interrupted run; give --resume to go on with it, or remove it",
                    out.string());
    }
  }
  fs::create_directories(work, error);
  XINGU_REQUIRE(!error, "--out {}: the folder cannot be made ({}); give another place", out.string(), error.message());
  return lock ? std::move(lock) : std::make_unique<FolderLock>(work);
}

constexpr std::array output_names{
    "report.html", "summary.json",     "RTPLAN.dcm", "RTRADIATION.dcm", completed_structures_file,
    "RTDOSE.dcm",  "RTDOSE-SIGMA.dcm", "sigma.mha"};

/// Takes the folders away again when a run ends before it left anything in them; an empty one that the user had made is
/// the user's, and stays.
struct NoEmptyFolders {
  fs::path out;
  fs::path work;
  bool has_made_out;
  explicit NoEmptyFolders(fs::path out_folder, fs::path work_folder)
      : out(std::move(out_folder)), work(std::move(work_folder)), has_made_out(!fs::exists(out)) {}
  NoEmptyFolders(const NoEmptyFolders&) = delete;
  NoEmptyFolders& operator=(const NoEmptyFolders&) = delete;
  ~NoEmptyFolders() {
    std::error_code holds_files;
    fs::remove(work, holds_files);
    if (has_made_out) {
      fs::remove(out, holds_files);
    }
  }
};

/// What a refused run has written by then: nothing of it may be mistaken for a plan. The finished beams of a run that
/// is gone on with stay, for another --resume.
void discard_output(const PlanOptions& options, const fs::path& work) {
  std::error_code ignored;
  for (const char* name : output_names) {
    fs::remove(fs::path(options.out) / name, ignored);
  }
  if (!options.is_resumed) {
    fs::remove_all(work, ignored);
  }
}

/// True where a stopped run has left beams that --resume takes up.
bool holds_beams(const fs::path& work) {
  std::error_code absent;
  return std::ranges::any_of(fs::directory_iterator(work, absent),
                             [](const fs::directory_entry& entry) { return entry.path().extension() == ".h5"; });
}

/// Refuses what the plan would not use: a number that changes nothing looks as if it did.
void refuse_ignored(const PlanOptions& options, const CLI::App& command) {
  refuse_unused_by_engine(command, options.engine, {"--uncertainty"}, {});
  if (options.arrangement == "coplanar") {
    for (const char* name : {"--candidates", "--method", "--compare-methods", "--compare-sphere"}) {
      XINGU_REQUIRE(command.count(name) == 0,
                    "{} means nothing to a coplanar arrangement (no beams are chosen there); leave it out", name);
    }
  }
}

/// The planner's options from those of the command line. @throws InputError for words that are not known
PlannerOptions planner_options(const PlanOptions& options) {
  PlannerOptions planner = options.planner;
  planner.quality = cone_quality(options.quality);
  XINGU_REQUIRE(options.engine == "mc" || options.engine == "ccc",
                "the engine '{}' is not known (there are 'mc' and 'ccc'); give --engine mc or ccc", options.engine);
  planner.final_engine = options.engine == "mc" ? FinalEngine::monte_carlo : FinalEngine::collapsed_cone;
  planner.uncertainty = parse_uncertainty(options.uncertainty);
  XINGU_REQUIRE(options.arrangement == "sphere" || options.arrangement == "coplanar",
                "--arrangement {} is not known; give sphere or coplanar", options.arrangement);
  planner.arrangement = options.arrangement == "sphere" ? BeamArrangement::sphere : BeamArrangement::coplanar;
  XINGU_REQUIRE(options.method == "group-sparsity" || options.method == "pricing",
                "--method {} is not known; give group-sparsity or pricing", options.method);
  planner.method = options.method == "pricing" ? OrientationMethod::pricing : OrientationMethod::group_sparsity;
  require_sensible(planner);
  return planner;
}

Patient read_patient_to_plan(const PlanOptions& options) {
  ReadOptions read;
  if (!options.series_uid.empty()) {
    read.series_uid = options.series_uid;
  }
  if (!options.structure_set.empty()) {
    read.structure_set = options.structure_set;
  }
  Patient patient = read_patient(scan_dicom_folder(options.patient), read);
  for (const std::string& warning : patient.warnings) {
    log_warning("{}", warning);
  }
  require_plannable(patient, options.patient);
  return patient;
}

/// The certified way through the beams of a finished plan; nothing, and a note, where none is found.
std::optional<ReportTreatment> certified_treatment(PlanOutcome& outcome, const PlanningMachine* machine) {
  if (machine == nullptr || !outcome.is_deliverable) {
    return std::nullopt;
  }
  try {
    return machine->treatment(outcome.plan);
  } catch (const InputError& barred) {
    outcome.is_deliverable = false;
    outcome.notes.push_back(fmt::format("{}: a plan for comparison only, not one to be delivered", barred.what()));
    return std::nullopt;
  }
}

/// The body's outline as a structure beside those of the set.
Structure outline_of(const Volume<std::uint8_t>& mask, const StructureSet& set) {
  Structure outline = outline_structure(mask);
  outline.colour = {0, 200, 0};
  for (const Structure& structure : set.structures) {
    outline.number = std::max(outline.number, structure.number + 1);
    outline.name = to_lower(structure.name) == "external" ? "External_Xingu" : outline.name;
  }
  return outline;
}

/// Writes the structures that were read with the body's outline, where that was found in the image and not drawn.
/// @return the patient with what was written; nothing where the outline was drawn
std::optional<Patient> write_found_outline(const PlanOutcome& outcome, const Patient& patient, const fs::path& out,
                                           const WriteOptions& write) {
  if (external_structure(patient.structure_set) != nullptr) {
    return std::nullopt;
  }
  Patient completed = patient;
  completed.structure_set.structures.push_back(outline_of(outcome.density.body.mask, patient.structure_set));
  completed.structure_set.sop_instance_uid = write_rtstruct(completed, out / completed_structures_file, write);
  return completed;
}

/// Writes plan and doses. Returns the DICOM objects among them.
/// @param machine  null if its axes are not described
std::vector<ReportProvenance::Output> write_outcome(const PlanOutcome& outcome, const Patient& patient,
                                                    const PlanOptions& options, const PlanningMachine* machine,
                                                    const WriteOptions& write) {
  const fs::path out = options.out;
  std::vector<ReportProvenance::Output> outputs;
  const std::optional<Patient> completed = write_found_outline(outcome, patient, out, write);
  if (completed) {
    outputs.push_back({completed_structures_file, completed->structure_set.sop_instance_uid});
  }
  const std::string plan_uid = write_rtplan(outcome.plan, completed ? *completed : patient, out / "RTPLAN.dcm", write);
  outputs.push_back({"RTPLAN.dcm", plan_uid});
  if (machine != nullptr && machine->has_head_arm() && outcome.is_deliverable) {
    outputs.push_back({"RTRADIATION.dcm", write_robotic_radiation(robotic_radiation(outcome.plan), patient, plan_uid,
                                                                  out / "RTRADIATION.dcm", write)});
  }
  const std::string dose_status = outcome.monte_carlo
                                      ? fmt::format("final, Monte Carlo {:.2f} % (1 sigma), research use only",
                                                    100 * outcome.monte_carlo->uncertainty)
                                      : std::string("final, collapsed cone, research use only");
  outputs.push_back(
      {"RTDOSE.dcm", write_rtdose(outcome.dose_Gy, patient, plan_uid, dose_status, out / "RTDOSE.dcm", write)});
  if (outcome.sigma_Gy) {
    const std::string sigma_comment = "standard deviation (1 sigma) of the Monte Carlo dose";
    write_mha(out / "sigma.mha", *outcome.sigma_Gy);
    outputs.push_back(
        {"RTDOSE-SIGMA.dcm", write_rtdose(*outcome.sigma_Gy, patient, plan_uid, sigma_comment, out / "RTDOSE-SIGMA.dcm",
                                          write, DoseBits::bits_16, DoseContent::standard_deviation)});
  }
  return outputs;
}

void print_treatment(const ReportTreatment& treatment) {
  fmt::print(
      "  certified way through all beams, in this order; {:.1f} min = motion {:.0f} s + beam {:.0f} s + "
      "leaves {:.0f} s + set-up {:.0f} s + imaging {:.0f} s\n  nearest {}: {} to {}, {:.0f} mm ({:g} mm are kept)\n",
      treatment.total_s() / 60.0, treatment.motion_s, treatment.beam_on_s, treatment.leaves_s, treatment.setup_s,
      treatment.imaging_s, treatment.nearest_where, treatment.nearest[0], treatment.nearest[1],
      treatment.least_clearance_mm, treatment.buffer_mm);
}

/// The structures whose mean doses the two engines see most differently, largest first.
std::string differences_of_engines(std::vector<EngineGapFact> gaps) {
  constexpr std::size_t num_told = 4;
  std::ranges::stable_sort(gaps, std::ranges::greater{},
                           [](const EngineGapFact& gap) { return std::abs(gap.mean_Gy); });
  std::string words;
  for (std::size_t i = 0; i < std::min(num_told, gaps.size()); ++i) {
    words += fmt::format("{}{} {:+.2f} Gy", i > 0 ? ", " : "", printable(gaps[i].structure, 40), gaps[i].mean_Gy);
  }
  return words;
}

/// Notes of a plan that a person at the terminal has not read yet.
void log_untold(const std::vector<std::string>& notes, const std::vector<std::string>& told) {
  for (const std::string& note : notes) {
    if (std::ranges::find(told, note) == told.end()) {
      log_warning("{}", note);
    }
  }
}

void print_outcome(const PlanOutcome& outcome, const std::vector<NamedRule>& rules, const OutcomeReportInputs& inputs,
                   const fs::path& out) {
  print_goals(outcome.goals, rules, "plan");
  double mu = 0.0;
  for (const PlannedBeam& beam : outcome.plan.beams) {
    mu += beam.mu();
  }
  fmt::print("\n  {} beams, {:.0f} MU a fraction, {:.0f} s. Research use only: not for clinical treatment.\n",
             outcome.plan.beams.size(), mu, inputs.total_s);
  fmt::print("  dose: {}\n", outcome.engine);
  if (outcome.monte_carlo && !outcome.monte_carlo->cones_minus_monte_carlo.empty()) {
    fmt::print("  collapsed cones minus Monte Carlo, mean dose: {}\n",
               differences_of_engines(outcome.monte_carlo->cones_minus_monte_carlo));
  }
  if (inputs.treatment) {
    print_treatment(*inputs.treatment);
  }
  if (const auto& loss = outcome.reach_loss) {
    fmt::print(
        "  the machine's reach ({} of {} directions) costs {:.1f} % of the objective against the unlimited sphere\n",
        loss->num_reached, loss->num_sphere, 100.0 * (loss->chosen_reached / loss->chosen_sphere - 1.0));
  }
  for (const char* name : output_names) {
    if (fs::exists(out / name)) {
      fmt::print("  {}\n", (out / name).string());
    }
  }
}

void run_plan(const PlanOptions& options, const CLI::App& command) {
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed_s = [begin] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const fs::path out = options.out;
  const fs::path work = out / "work";
  const WriteOptions write = written_now(fmt::format("{}", options.planner.seed));
  PlannerOptions planner = planner_options(options);
  refuse_ignored(options, command);
  require_folder_place(out);
  OutcomeReportInputs inputs;
  inputs.protocol_file = protocol_path(options.protocol);
  const Protocol protocol = read_protocol(inputs.protocol_file);
  const MachineDescription machine = load_machine(options.machine);
  inputs.machine_file = find_machine(options.machine);
  inputs.mechanics_files = mechanics_files(options.machine);
  inputs.overrides_file = options.overrides;
  const std::unique_ptr<PlanningMachine> axes = planning_machine(options.machine);
  if (axes) {
    planner.reach_for = [&axes](const BodyOutline& body, PatientPosition position, const Vec3& isocentre_P) {
      return axes->reach(body, position, isocentre_P);
    };
    planner.order_of = [&axes](const TreatmentPlan& plan) { return axes->order(plan); };
  }
  if (!options.overrides.empty()) {
    planner.density_overrides = read_density_overrides(options.overrides);
  }
  planner.density_curve = DensityCurve::chosen(options.ct_calibration);
  Patient patient = read_patient_to_plan(options);
  if (!planner.ranks->is_root()) {
    help_to_plan(patient, machine, planner);
  }
  const std::vector<NamedRule> rules = named_rules(protocol, patient.structure_set);
  for (std::string& warning : cut_structure_warnings(protocol, patient.structure_set, patient.ct.hu.grid())) {
    log_warning("{}", warning);
    patient.warnings.push_back(std::move(warning));
  }
  const NoEmptyFolders no_empty_folders(out, work);
  const std::unique_ptr<FolderLock> lock = prepare_output(options, work);
  planner.work_folder = work;
  planner.expects_finished_beams = options.is_resumed && holds_beams(work);
  planner.as_stored = as_stored_rtdose;
  if (options.is_resumed && !holds_beams(work)) {
    log_warning("--resume: {} holds no finished beams; the plan is computed from its start", work.string());
  }
  planner.on_step = [elapsed_s](const std::string& step) { log_info("[{:6.1f} s] {}", elapsed_s(), step); };
  try {
    PlanOutcome outcome = plan_patient(patient, protocol, machine, planner);
    inputs.treatment = certified_treatment(outcome, axes.get());
    inputs.outputs = write_outcome(outcome, patient, options, axes.get(), write);
    inputs.patient_path = options.patient;
    inputs.patient_folder = remembered_patient(options.patient, out);
    inputs.total_s = elapsed_s();
    const PlanReport report = report_of(outcome, patient, protocol, machine, planner, inputs);
    write_file(out / "report.html", render_html(report));
    const std::string summary = render_json(report);
    write_file(out / "summary.json", summary);
    std::error_code ignored;
    fs::remove_all(work, ignored);
    log_untold(outcome.notes, patient.warnings);
    if (options.is_json) {
      fmt::print("{}\n", summary);
    } else {
      print_outcome(outcome, rules, inputs, out);
    }
  } catch (const InputError&) {
    discard_output(options, work);
    throw;
  } catch (const Cancelled& stopped) {
    throw Cancelled(fmt::format("{}; {}", stopped.what(),
                                holds_beams(work) ? "finished beams are kept (give --resume to go on)"
                                                  : "no beam was finished yet, so nothing is kept"));
  }
}

}  // namespace

void add_plan_command(CLI::App& app, Ranks& ranks) {
  auto options = std::make_shared<PlanOptions>();
  options->planner.ranks = &ranks;
  CLI::App* command = app.add_subcommand("plan", "Plan a patient: DICOM in, optimised and deliverable 4π plan out");
  PlannerOptions& planner = options->planner;
  command->add_option("dir", options->patient, "Folder of the patient's DICOM: CT and RTSTRUCT")->required();
  command->add_option("--protocol", options->protocol, "Clinical intent: a shipped name (star-25gy) or a TOML file")
      ->required();
  command->add_option("--machine", options->machine, "Treatment machine: a name, a folder or a TOML file")
      ->capture_default_str();
  command->add_option("--out", options->out, "New folder for plan, dose and report")->required();
  command->add_option("--beams", planner.num_beams, "Beams of the plan")->capture_default_str();
  command->add_option("--candidates", planner.num_candidates, "Directions over the sphere to choose from")
      ->capture_default_str();
  command->add_option("--arrangement", options->arrangement, "sphere, or coplanar: equal gantry steps, for comparison")
      ->capture_default_str();
  command->add_option("--method", options->method, "Beam orientation by group-sparsity or pricing")
      ->capture_default_str();
  command->add_flag("--compare-methods", planner.compares_methods, "Run both orientation methods and keep the better");
  command->add_flag("--compare-sphere", planner.compares_sphere,
                    "Choose beams from the unlimited sphere too, and report what the machine's reach costs");
  command->add_option("--grid-mm", planner.grid_mm, "Voxel side of the final dose, mm")->capture_default_str();
  command->add_option("--beamlet-mm", planner.beamlet_mm, "Beamlet side at the isocentre, mm")->capture_default_str();
  command->add_option("--engine-quality", options->quality, "Cones of the dose engine: draft, normal or fine")
      ->capture_default_str();
  command->add_option("--engine", options->engine, "Final dose: mc for Monte Carlo, or ccc for collapsed cones")
      ->capture_default_str();
  command
      ->add_option(
          "--uncertainty", options->uncertainty,
          "Of the final Monte Carlo dose: one standard deviation in voxels above half of the maximum and in the target")
      ->capture_default_str();
  command->add_option("--segments", planner.max_segments_per_beam, "Most segments of a beam")->capture_default_str();
  command->add_option("--overrides", options->overrides, "TOML file of density and material overrides");
  add_calibration_option(*command, options->ct_calibration);
  command->add_option("--series", options->series_uid, "CT series, where the folder holds several");
  command->add_option("--structures", options->structure_set,
                      "Label, UID or file name of the RTSTRUCT, where several belong to the series");
  command
      ->add_option("--memory-gib", planner.memory_gib,
                   "GiB, of which the influence matrix may take half: it is made sparser far from the beams to fit")
      ->capture_default_str();
  command->add_option("--seed", planner.seed, "Seed of everything random")->capture_default_str();
  command->add_flag("--resume", options->is_resumed, "Go on with an interrupted run in --out");
  command->add_flag("--json", options->is_json, "Print summary.json instead of the table");
  command->callback([options, command] { run_plan(*options, *command); });
}

}  // namespace xingu
