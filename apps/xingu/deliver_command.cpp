// SPDX-License-Identifier: Apache-2.0
// xingu deliver PLAN: a plan on a simulated machine and a moving patient, its record, and the dose it gave.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/text.h"
#include "commands.h"
#include "console/machine_clearance.h"
#include "ct_calibration.h"
#include "delivery/delivered_treatment.h"
#include "delivery/real_time.h"
#include "delivery/record_reader.h"
#include "delivery/record_writer.h"
#include "delivery_outcome.h"
#include "dicom/write_plan.h"
#include "dicom/write_treatment_record.h"
#include "patient_options.h"
#include "plan_beams.h"
#include "plan_patient.h"
#include "text_table.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;

struct DeliverOptions {
  std::string plan;
  std::string patient;
  std::string machine;  ///< empty: the plan's
  PatientOptions patient_moves;
  std::string faults;
  std::string speed = "max";
  std::string out;
  std::string record;  ///< of a session that was given; empty: one is run
  DoseChoice dose;
  bool is_resumed = false;
  std::string ct_calibration;
  bool takes_other_energy = false;
  bool skips_dose = false;
  bool is_json = false;
};

/// Everything a session follows from, read and checked: what takes long comes last.
struct Preparation {
  RtPlan rt;
  std::string machine_name;
  MachineDescription machine;
  std::string energy_warning;         ///< of beams that the machine is not modelled for
  std::optional<DensityCurve> curve;  ///< where doses are wanted
  SessionSettings settings;
  std::unique_ptr<PatientMotion> motion;
  FaultSchedule faults;
  Patient patient;
  WatchedPlan watched;
  std::string text;  ///< settings_text

  explicit Preparation(const DeliverOptions& options);
};

Preparation::Preparation(const DeliverOptions& options)
    : rt(read_plan_of(options.plan)),
      machine_name(machine_of_plan(rt, options.plan, options.machine)),
      machine(load_machine(machine_name)),
      energy_warning(take_energies(options.plan, rt.plan, machine, options.takes_other_energy)),
      settings{.dynamics = load_dynamics(machine_name, machine.room),
               .tracking = tracking_of(options.patient_moves),
               .seed = options.patient_moves.seed,
               .progress = {},
               .ecg = ecg_of(options.patient_moves)},
      motion(motion_of(options.patient_moves)),
      faults(options.faults.empty() ? std::vector<Fault>() : read_faults(options.faults)),
      patient(read_patient_of(rt, options.plan, options.patient)),
      watched(
          watched_plan(has_mechanics(machine_name) ? treatment_room(machine_name, rt.plan, patient) : TreatmentRoom(),
                       machine, rt.plan, settings.dynamics)) {
  text = settings_text(settings, motion->description(), faults.all(), watched.clearance->pairs());
  if (!energy_warning.empty()) {
    rt.warnings.push_back(energy_warning);
  }
  if (!options.skips_dose) {
    curve = curve_of_plan(options.plan, options.ct_calibration, rt.warnings);
  }
  for (const std::string& warning : rt.warnings) {
    log_warning("{}", warning);
  }
}

/// Where the session's record is or will be. Refuses a folder that holds something else, or with --resume no record.
fs::path record_path(const DeliverOptions& options) {
  const fs::path out = options.out;
  fs::path record = out / "session.xrec";
  if (options.is_resumed) {
    XINGU_REQUIRE(fs::is_regular_file(record), "{}: is not there (there is nothing to resume); leave --resume out",
                  record.string());
  } else {
    XINGU_REQUIRE(!fs::exists(out) || (fs::is_directory(out) && fs::is_empty(out)),
                  "{}: is not an empty folder (two sessions would be mixed); give a new --out, or --resume",
                  out.string());
  }
  return record;
}

void make_folder(const fs::path& out) {
  std::error_code error;
  fs::create_directories(out, error);
  if (error) {
    throw EnvironmentError(
        fmt::format("{}: the folder cannot be made ({}); choose another --out", out.string(), error.message()));
  }
}

/// Longest session there can be: what needs longer waits for something that does not come.
constexpr std::uint64_t max_steps = 8ULL * 3600 * 1000;

/// Runs the session to its end or until the user stops it.
void run_session(Preparation& given, const DeliverOptions& options, const fs::path& path) {
  if (options.is_resumed) {
    const ResumePoint point = resume_point(read_record(path), given.watched.plan);
    given.settings.progress = point.progress;
    given.settings.first_step = point.next_step;
  }
  const auto record = RecordFile::open(path);
  record->begin(given.watched.plan, given.settings, given.text);
  WillingOperator person;
  Session session(given.watched.plan, given.settings, *given.motion, *given.watched.clearance, given.faults, person,
                  record.get());
  const double planned_mu = given.watched.plan.mu();
  Progress progress("session", static_cast<std::size_t>(std::ceil(planned_mu)), "MU");
  std::size_t shown = 0;
  const auto between = [&] {
    record->prepare();
    double given_mu = 0.0;
    for (const double mu : session.controller().given_mu()) {
      given_mu += mu;
    }
    const auto now = static_cast<std::size_t>(std::min(given_mu, planned_mu));
    progress.advance(now - std::min(shown, now));
    shown = std::max(shown, now);
    return !is_cancelled();
  };
  if (options.speed == "real") {
    PaceStatistics pace;
    const RealTimePlace place = take_real_time_place();
    if (const std::string_view missing = advice(place); !missing.empty()) {
      log_warning("{}", missing);
    }
    run_real_time(session, max_steps, between, pace, 1.0, place.has_priority ? Waiting::watches : Waiting::sleeps);
    log_info("{} of {} steps began more than 0.2 ms late, the worst {:.3f} ms", pace.num_late, pace.num_steps,
             1000.0 * pace.worst_late_s);
  } else {
    run_fast(session, max_steps, between);
  }
  record->close();
  throw_if_cancelled();
}

/// Replays the last session of the record: a record that cannot be reproduced is not one.
void verify(const SessionRecord& record, const Preparation& given) {
  const auto sessions = sessions_of(record);
  const auto difference = first_difference(record, sessions.back(), given.watched.plan, given.settings, *given.motion,
                                           *given.watched.clearance, given.faults);
  if (difference) {
    throw BrokenPromise(fmt::format("the replay of the record differs at {} ms", *difference));
  }
  log_info("replayed {} entries: the same bits", sessions.back().entries.size());
}

/// Runs the session, and brings back its record.
SessionRecord give(Preparation& given, const DeliverOptions& options, const fs::path& path) {
  run_session(given, options, path);
  SessionRecord record = read_record(path);
  verify(record, given);
  return record;
}

/// The record of a session that was given elsewhere, put beside what is computed of it.
SessionRecord take_over(SessionRecord record, const Preparation& given, const fs::path& path) {
  static_cast<void>(resume_point(record, given.watched.plan));  // refuses that of another plan
  const auto bytes = record.bytes().first(record.valid_bytes());
  write_file(path, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));  // NOLINT(*-cast)
  return record;
}

/// How the patient moved in the last session of a record, as its settings state it.
std::string recorded_motion(const SessionRecord& record) {
  constexpr std::string_view mark = "motion ";
  std::istringstream lines(sessions_of(record).back().settings);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(mark)) {
      return line.substr(mark.size());
    }
  }
  return {};
}

/// Names what was near where the clearance interlock tripped.
void name_what_was_near(CourseOfSession& course, const SessionRecord& record) {
  const NearestPairs pairs(record);
  for (CourseOfSession::Trip& trip : course.trips) {
    const auto near = pairs.at(static_cast<std::uint64_t>(std::llround(trip.time_s / step_s)));
    if (trip.interlock == Interlock::clearance && near) {
      trip.nearest = fmt::format("{} – {} {:.0f} mm", near->pair.first, near->pair.second, near->distance_mm);
    }
  }
}

void print_course(const CourseOfSession& course, const TreatmentRecord& account) {
  TextTable table({{"beam", Align::right},
                   {"name", Align::left},
                   {"planned MU", Align::right},
                   {"monitor 1", Align::right},
                   {"monitor 2", Align::right},
                   {"ended", Align::left}});
  for (const DeliveredBeamAccount& beam : account.beams) {
    table.add({fmt::format("{}", beam.number), printable(beam.name), fmt::format("{:.2f}", beam.planned_mu),
               fmt::format("{:.2f}", beam.primary_mu), fmt::format("{:.2f}", beam.secondary_mu),
               beam.termination == BeamTermination::normal ? "normal" : "before its end"});
  }
  table.print();
  for (const CourseOfSession::Trip& trip : course.trips) {
    fmt::print("  {:9.3f} s  {}{}: {}\n", trip.time_s, to_string(trip.interlock),
               trip.nearest.empty() ? "" : fmt::format(" ({})", trip.nearest),
               interlock_table::row(trip.interlock).remedy);
  }
  fmt::print("\n  {} after {:.1f} s, {:.1f} s of beam, {} holds by the gate.\n", to_string(course.end),
             course.duration_s, course.beam_on_s, course.num_gate_holds);
}

void print_dose(const DoseOutcome& dose) {
  TextTable table({{"structure", Align::left},
                   {"D98% planned", Align::right},
                   {"delivered", Align::right},
                   {"mean planned", Align::right},
                   {"delivered", Align::right},
                   {"max planned", Align::right},
                   {"delivered", Align::right}});
  for (const StructureOutcome& one : dose.structures) {
    table.add({printable(one.structure->name), fmt::format("{:.2f}", one.planned.dose_at_percent(98.0)),
               fmt::format("{:.2f}", one.delivered.dose_at_percent(98.0)), fmt::format("{:.2f}", one.planned.mean_gy()),
               fmt::format("{:.2f}", one.delivered.mean_gy()), fmt::format("{:.2f}", one.planned.max_gy()),
               fmt::format("{:.2f}", one.delivered.max_gy())});
  }
  fmt::print("\n");
  table.print();
  fmt::print("\n  Gy, one fraction. Gamma 1 %/1 mm against the plan: {:.2f} % of {} points pass.\n",
             dose.gamma.pass_percent, dose.gamma.num_evaluated);
}

void run_deliver(const DeliverOptions& options) {
  XINGU_REQUIRE(options.speed == "max" || options.speed == "real", "--speed {} is not known; give max or real",
                printable(options.speed));
  XINGU_REQUIRE(options.dose.grid_mm >= 0.5 && options.dose.grid_mm <= 20.0,
                "--grid-mm {} is outside 0.5 to 20 mm; give for example 2.5", options.dose.grid_mm);
  const fs::path path = record_path(options);
  std::optional<SessionRecord> foreign;
  if (!options.record.empty()) {
    foreign = read_record(options.record);
  }
  Preparation given(options);
  const Patient& patient = given.patient;
  const fs::path out = options.out;
  make_folder(out);
  const SessionRecord record = foreign ? take_over(std::move(*foreign), given, path) : give(given, options, path);

  CourseOfSession course = course_of(record);
  course.machine = given.machine.name;
  course.warnings = given.rt.warnings;
  name_what_was_near(course, record);
  TreatmentRecord account = treatment_record(record, given.rt.plan);
  account.machine = given.machine.name;
  std::vector<const char*> files{"session.xrec", "summary.json"};
  const WriteOptions write = written_now(fmt::format("{}", sessions_of(record).back().seed));
  std::optional<DoseOutcome> dose;
  if (!account.beams.empty()) {
    write_treatment_record(account, patient, given.rt.sop_instance_uid, out / "RTRECORD.dcm", write);
    files.push_back("RTRECORD.dcm");
    if (!options.skips_dose) {
      DoseChoice choice = options.dose;
      choice.curve = given.curve;
      dose = compute_dose_outcome(record, given.rt.plan, patient, given.machine, choice);
      write_rtdose(dose->delivered_Gy, patient, given.rt.sop_instance_uid, "delivered, simulated, research use only",
                   out / "RTDOSE.dcm", write);
      write_file(out / "report.html",
                 delivery_report(course, account, given.rt.plan, patient, *dose, recorded_motion(record)));
      files.push_back("RTDOSE.dcm");
      files.push_back("report.html");
    }
  }
  const nlohmann::json summary = summary_json(course, account, given.rt.plan, dose ? &*dose : nullptr);
  const std::string text = summary.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
  write_file(out / "summary.json", text);
  if (options.is_json) {
    fmt::print("{}\n", text);
    return;
  }
  print_course(course, account);
  if (dose) {
    print_dose(*dose);
  }
  fmt::print("  Simulation. Research use only: not for clinical treatment.\n");
  for (const char* name : files) {
    fmt::print("  {}\n", (out / name).string());
  }
}

/// What --record leaves no room for.
void refuse_options_of_a_session(const CLI::App& command) {
  for (const char* name : {"--motion", "--mode", "--predictor", "--cardiac-gate", "--ecg-noise-mv", "--electrode-off",
                           "--seed", "--faults", "--speed", "--resume"}) {
    XINGU_REQUIRE(command.count(name) == 0,
                  "--record accounts for a session that was given (how it went stands in its record); leave {} out",
                  name);
  }
}

}  // namespace

void add_deliver_command(CLI::App& app) {
  auto options = std::make_shared<DeliverOptions>();
  CLI::App* command =
      app.add_subcommand("deliver", "Deliver a plan on a simulated machine; record, delivered dose, treatment record");
  command->add_option("plan", options->plan, "RTPLAN, or a folder with one")->required();
  command->add_option("--patient", options->patient,
                      "Folder of the patient's DICOM: CT and RTSTRUCT; by default where the plan found them");
  command
      ->add_option("--machine", options->machine,
                   "Treatment machine: a name, a folder or a TOML file; none: the plan's")
      ->capture_default_str();
  add_patient_options(*command, options->patient_moves);
  add_other_energy_option(*command, options->takes_other_energy);
  command->add_option("--faults", options->faults, "TOML file of faults that befall the machine");
  command->add_option("--speed", options->speed, "max, or real: one second takes one second")->capture_default_str();
  command->add_option("--out", options->out, "New folder for record, dose and report")->required();
  command->add_option("--grid-mm", options->dose.grid_mm, "Voxel side of the doses, mm")->capture_default_str();
  command->add_option("--engine-quality", options->dose.quality, "Cones of the dose engine: draft, normal or fine")
      ->capture_default_str();
  add_calibration_option(*command, options->ct_calibration);
  command->add_flag("--no-dose", options->skips_dose, "Do not compute doses");
  command->add_flag("--resume", options->is_resumed, "Go on with the interrupted session in --out");
  command->add_option("--record", options->record,
                      "Run nothing: account for the session of this record (.xrec), for example one of the console");
  command->add_flag("--json", options->is_json, "Print summary.json instead of the tables");
  command->callback([options, command] {
    if (!options->record.empty()) {
      refuse_options_of_a_session(*command);
    }
    run_deliver(*options);
  });
}

}  // namespace xingu
