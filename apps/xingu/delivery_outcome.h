// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

#include "delivery/record_reader.h"
#include "dose/machine_file.h"
#include "dose/treatment_plan.h"
#include "dose/treatment_record.h"
#include "patient/density_curve.h"
#include "patient/dvh.h"
#include "patient/gamma.h"
#include "patient/patient.h"

namespace xingu {

/// One structure under the planned and the delivered dose of one fraction.
struct StructureOutcome {
  const Structure* structure = nullptr;
  Dvh planned;
  Dvh delivered;
};

/// What a session gave against what was planned, one fraction.
struct DoseOutcome {
  Volume<float> planned_Gy;
  Volume<float> delivered_Gy;
  std::vector<StructureOutcome> structures;  ///< those with a volume: targets first, then by planned mean dose
  GammaResult gamma;                         ///< 1 % of the largest planned dose, 1 mm
  std::string engine;
};

struct DoseChoice {
  double grid_mm = 2.5;
  std::string quality = "normal";
  std::optional<DensityCurve> curve;  ///< from CT numbers; absent: the shipped one
};

/// Both doses by collapsed cones on one grid, and what follows from them.
[[nodiscard]] DoseOutcome compute_dose_outcome(const SessionRecord& record, const TreatmentPlan& plan,
                                               const Patient& patient, const MachineDescription& machine,
                                               const DoseChoice& choice);

/// How a session went, in numbers that stand in its record.
struct CourseOfSession {
  SessionState end = SessionState::idle;
  double duration_s = 0.0;
  double beam_on_s = 0.0;
  int num_sessions = 1;  ///< more than one: it was resumed
  struct Trip {
    double time_s = 0.0;
    Interlock interlock = Interlock::emergency_stop;
    std::string nearest;  ///< what was near, of the clearance interlock, where it is known
  };
  std::vector<Trip> trips;            ///< of latching interlocks, in time
  int num_gate_holds = 0;             ///< by target position or cardiac gate
  std::string machine;                ///< by which it was given; the caller of course_of() knows it
  std::vector<std::string> warnings;  ///< of the plan on this machine, by the same caller
};
[[nodiscard]] CourseOfSession course_of(const SessionRecord& record);

/// The summary as programs read it; `dose` may be absent.
[[nodiscard]] nlohmann::json summary_json(const CourseOfSession& course, const TreatmentRecord& account,
                                          const TreatmentPlan& plan, const DoseOutcome* dose);

/// A page for people: delivered against planned dose, beams, MU, interlocks. @param settings  as the record states them
[[nodiscard]] std::string delivery_report(const CourseOfSession& course, const TreatmentRecord& account,
                                          const TreatmentPlan& plan, const Patient& patient, const DoseOutcome& dose,
                                          const std::string& motion);

}  // namespace xingu
