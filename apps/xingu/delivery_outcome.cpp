// SPDX-License-Identifier: Apache-2.0
#include "delivery_outcome.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "base/progress.h"
#include "delivery/delivered_dose.h"
#include "dose/cone_set.h"
#include "dose/machine_physics.h"
#include "patient/patient_density.h"
#include "report/fill_report.h"
#include "report/plan_report.h"

namespace xingu {
namespace {

using Json = nlohmann::json;

constexpr double engine_margin_mm = 100.0;
constexpr double gamma_percent = 1.0;
constexpr double gamma_mm = 1.0;

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json dvh_json(const Dvh& dvh) {
  return {{"D98_Gy", number_or_null(dvh.dose_at_percent(98.0))},
          {"D95_Gy", number_or_null(dvh.dose_at_percent(95.0))},
          {"D50_Gy", number_or_null(dvh.dose_at_percent(50.0))},
          {"D2_Gy", number_or_null(dvh.dose_at_percent(2.0))},
          {"mean_Gy", number_or_null(dvh.mean_gy())},
          {"max_Gy", number_or_null(dvh.max_gy())}};
}

ReportDvh dvh_part(const Structure& structure, const Dvh& dvh, bool is_target) {
  ReportDvh part;
  part.name = structure.name;
  part.colour = structure.colour;
  part.role = is_target ? "target" : "organ";
  for (const Dvh::Point& point : dvh.curve(401)) {
    part.dose_Gy.push_back(point.dose_gy);
    part.volume_fraction.push_back(point.volume_percent / 100.0);
  }
  part.volume_cm3 = dvh.volume_cc();
  part.outside_cm3 = dvh.outside_cc();
  part.min_Gy = dvh.min_gy();
  part.mean_Gy = dvh.mean_gy();
  part.max_Gy = dvh.max_gy();
  part.d98_Gy = dvh.dose_at_percent(98.0);
  part.d95_Gy = dvh.dose_at_percent(95.0);
  part.d50_Gy = dvh.dose_at_percent(50.0);
  part.d2_Gy = dvh.dose_at_percent(2.0);
  return part;
}

/// More curves than these, each twice, cannot be told apart in one figure.
constexpr std::size_t num_compared = 12;

/// The prescription's target first, other targets, then what the plan gives the most, then as the patient has them.
std::tuple<int, double, const Structure*> rank(const StructureOutcome& one, const std::string& target) {
  const std::string& type = one.structure->interpreted_type;
  const bool is_target = type == "PTV" || type == "CTV" || type == "GTV";
  return {one.structure->name == target ? 0 : is_target ? 1 : 2, -one.planned.mean_gy(), one.structure};
}

/// The plan's beams with the MU that monitor 1 counted; 0 where none were given.
std::vector<ReportBeam> beams_as_given(const TreatmentPlan& plan, const TreatmentRecord& account) {
  std::vector<ReportBeam> beams = report_beams(plan);
  for (ReportBeam& beam : beams) {
    const auto given = std::ranges::find(account.beams, beam.number, &DeliveredBeamAccount::number);
    beam.mu = given == account.beams.end() ? 0.0 : given->primary_mu;
  }
  return beams;
}

std::string time_text(double seconds) {
  const auto whole = static_cast<int>(seconds);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string_view text_of(BeamTermination termination) {
  switch (termination) {
    case BeamTermination::normal:
      return "normal";
    case BeamTermination::by_operator:
      return "operator";
    case BeamTermination::by_machine:
      return "machine";
    case BeamTermination::unknown:
      break;
  }
  return "interrupted";
}

}  // namespace

DoseOutcome compute_dose_outcome(const SessionRecord& record, const TreatmentPlan& plan, const Patient& patient,
                                 const MachineDescription& machine, const DoseChoice& choice) {
  const PatientDensity density = model_density(patient, choice.curve ? *choice.curve : DensityCurve::shipped());
  const MachinePhysics physics = commission(machine.beam);
  CccEngine::Config config;
  config.quality = cone_quality(choice.quality);
  config.spacing_mm = choice.grid_mm;
  config.refinement = lateral_refinement(choice.grid_mm);
  config.margin_mm = engine_margin_mm;
  config.blur = physics.blur;
  const Grid grid = grid_over_body(density.body, choice.grid_mm);
  TreatmentPlan fraction = plan;
  fraction.num_fractions = 1;
  DoseOutcome outcome;
  const CccEngine engine(physics.photons, config);
  outcome.engine = engine.description();
  outcome.planned_Gy = compute_plan_dose(fraction, physics, density.image, grid, config);
  outcome.delivered_Gy =
      compute_delivered_dose(delivered_beams(record, plan), plan.position, physics, engine, density.image, grid);
  for (const Structure& structure : patient.structure_set.structures) {
    throw_if_cancelled();
    StructureOutcome one{&structure, compute_dvh(outcome.planned_Gy, structure),
                         compute_dvh(outcome.delivered_Gy, structure)};
    if (const std::string words = outside_dose_words(structure.name, one.planned.outside_cc(), one.planned.volume_cc());
        !words.empty()) {
      log_warning("{}", words);
    }
    if (one.planned.has_dose()) {
      outcome.structures.push_back(std::move(one));
    }
  }
  std::ranges::sort(outcome.structures, {}, [&](const auto& one) { return rank(one, plan.target_name); });
  GammaOptions gamma;
  gamma.dose_percent = gamma_percent;
  gamma.distance_mm = gamma_mm;
  outcome.gamma = compute_gamma(outcome.planned_Gy, outcome.delivered_Gy, gamma);
  return outcome;
}

CourseOfSession course_of(const SessionRecord& record) {
  CourseOfSession course;
  const auto sessions = sessions_of(record);
  course.num_sessions = static_cast<int>(sessions.size());
  for (const RecordedSession& session : sessions) {
    for (const SessionRecord::Entry& entry : session.entries) {
      if (const auto state = entry.as<record::StateEntry>(); entry.kind == record::Kind::state && state) {
        course.beam_on_s += state->is_beam_on != 0 ? 10.0 * step_s : 0.0;
      }
      const auto note = entry.as<record::NoteEntry>();
      if (entry.kind != record::Kind::note || !note) {
        continue;
      }
      if (note->kind == static_cast<std::uint8_t>(SessionNote::Kind::state)) {
        course.end = static_cast<SessionState>(note->state);
      } else if (note->kind == static_cast<std::uint8_t>(SessionNote::Kind::tripped)) {
        const auto interlock = static_cast<Interlock>(note->interlock);
        const bool is_gate = interlock == Interlock::target_position || interlock == Interlock::cardiac_gate;
        course.num_gate_holds += is_gate ? 1 : 0;
        if ((interlock_table::bit(interlock) & interlock_table::latching) != 0) {
          course.trips.push_back({static_cast<double>(entry.step) * step_s, interlock, {}});
        }
      }
    }
    if (!session.entries.empty()) {
      course.duration_s += static_cast<double>(session.entries.back().step - session.first_step) * step_s;
    }
  }
  return course;
}

Json summary_json(const CourseOfSession& course, const TreatmentRecord& account, const TreatmentPlan& plan,
                  const DoseOutcome* dose) {
  Json json;
  json["program_version"] = XINGU_VERSION;
  json["plan"] = plan.label;
  json["machine"] = course.machine;
  json["state"] = to_string(course.end);
  json["sessions"] = course.num_sessions;
  json["duration_s"] = course.duration_s;
  json["beam_on_s"] = course.beam_on_s;
  json["gate_holds"] = course.num_gate_holds;
  json["warnings"] = course.warnings;
  json["interlocks"] = Json::array();
  for (const CourseOfSession::Trip& trip : course.trips) {
    json["interlocks"].push_back({{"time_s", trip.time_s},
                                  {"name", to_string(trip.interlock)},
                                  {"nearest", trip.nearest},
                                  {"what_to_do", interlock_table::row(trip.interlock).remedy}});
  }
  json["beams"] = Json::array();
  for (const DeliveredBeamAccount& beam : account.beams) {
    json["beams"].push_back({{"number", beam.number},
                             {"name", beam.name},
                             {"planned_mu", beam.planned_mu},
                             {"monitor1_mu", beam.primary_mu},
                             {"monitor2_mu", beam.secondary_mu},
                             {"termination", text_of(beam.termination)}});
  }
  if (dose == nullptr) {
    return json;
  }
  json["dose"] = {{"engine", dose->engine},
                  {"fractions", 1},
                  {"gamma",
                   {{"dose_percent", gamma_percent},
                    {"distance_mm", gamma_mm},
                    {"pass_percent", number_or_null(dose->gamma.pass_percent)},
                    {"mean", number_or_null(dose->gamma.mean)},
                    {"max", number_or_null(dose->gamma.max)},
                    {"points", dose->gamma.num_evaluated}}}};
  Json structures = Json::array();
  for (const StructureOutcome& one : dose->structures) {
    structures.push_back({{"name", one.structure->name},
                          {"volume_cm3", one.planned.volume_cc()},
                          {"outside_dose_grid_cm3", one.planned.outside_cc()},
                          {"planned", dvh_json(one.planned)},
                          {"delivered", dvh_json(one.delivered)}});
  }
  json["dose"]["structures"] = std::move(structures);
  return json;
}

std::string delivery_report(const CourseOfSession& course, const TreatmentRecord& account, const TreatmentPlan& plan,
                            const Patient& patient, const DoseOutcome& dose, const std::string& motion) {
  PlanReport report;
  report.subject = ReportSubject::delivery;
  report.program_version = XINGU_VERSION;
  report.plan_label = plan.label + ", simulated delivery of one fraction";
  report.machine = course.machine;
  report.warnings = course.warnings;
  const CtImage& ct = patient.ct;
  report.patient = {ct.patient_name,
                    ct.patient_id,
                    ct.patient_birth_date,
                    ct.patient_sex,
                    to_string(ct.position),
                    ct.series_description,
                    ct.series_uid,
                    ct.study_date,
                    ct.hu.grid(),
                    patient.structure_set.label,
                    {}};
  report.provenance.engine = "collapsed cone";
  report.provenance.dose_grid = dose.delivered_Gy.grid();
  report.provenance.dose_status = "delivered, " + dose.engine + "; the anatomy moves as a whole with the target";
  double planned_mu = 0.0;
  double given_mu = 0.0;
  for (const PlannedBeam& beam : plan.beams) {
    planned_mu += beam.mu();
  }
  for (const DeliveredBeamAccount& beam : account.beams) {
    given_mu += beam.primary_mu;
  }
  const std::string gamma = fmt::format("{:.2f} % of {} points pass {:g} %/{:g} mm", dose.gamma.pass_percent,
                                        dose.gamma.num_evaluated, gamma_percent, gamma_mm);
  report.protocol = {
      std::string(to_string(course.end)),
      fmt::format("{:.2f} of {:.2f} MU; gamma against the plan: {}; dose in the anatomy of the planning CT", given_mu,
                  planned_mu, gamma),
      plan.target_name, plan.prescription_Gy / plan.num_fractions, 1};
  report.provenance.more = {
      {"session ended", std::string(to_string(course.end))},
      {"session time", fmt::format("{}, beam on {}", time_text(course.duration_s), time_text(course.beam_on_s))},
      {"MU given of planned", fmt::format("{:.2f} of {:.2f}", given_mu, planned_mu)},
      {"motion", motion},
      {"holds by the gate", fmt::format("{}", course.num_gate_holds)},
      {"gamma against the plan", gamma},
      {"MU of the beams above", "given, by monitor 1"}};
  for (const CourseOfSession::Trip& trip : course.trips) {
    report.warnings.push_back(fmt::format("{}{} tripped at {:.3f} s: {}", to_string(trip.interlock),
                                          trip.nearest.empty() ? "" : fmt::format(" ({})", trip.nearest), trip.time_s,
                                          interlock_table::row(trip.interlock).remedy));
  }
  ReportDose delivered{"delivered", "of the session's record", {}, {}};
  ReportDose planned{"planned", "the plan, same engine and grid", {}, {}};
  for (const StructureOutcome& one : dose.structures) {
    const bool is_target = one.structure->name == plan.target_name;
    const bool is_compared = delivered.structures.size() < num_compared;
    (is_compared ? delivered.structures : delivered.others)
        .push_back(dvh_part(*one.structure, one.delivered, is_target));
    if (is_compared) {
      planned.structures.push_back(dvh_part(*one.structure, one.planned, is_target));
    }
  }
  report.dose = std::move(delivered);
  report.comparisons.push_back(std::move(planned));
  report.beams = beams_as_given(plan, account);
  report.images.hu = &ct.hu;
  report.images.dose_Gy = &dose.delivered_Gy;
  report.images.structure_set = &patient.structure_set;
  report.images.centre_P = plan.beams.front().isocentre_P;
  return render_html(report);
}

}  // namespace xingu
