// SPDX-License-Identifier: Apache-2.0
#include "dicom/inspection.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "dicom/read_ct.h"
#include "dicom/read_structures.h"
#include "dicom/robotic_radiation.h"
#include "dicom/tags.h"
#include "patient/body_outline.h"
#include "patient/cut_ends.h"
#include "patient/planning_check.h"

namespace xingu {
namespace {

constexpr double told_from = 0.01;  // of a structure's volume
constexpr std::size_t most_named = 6;

CtSummary summarise(const CtImage& ct) {
  CtSummary summary;
  summary.series_uid = ct.series_uid;
  summary.patient_name = ct.patient_name;
  summary.patient_id = ct.patient_id;
  summary.patient_sex = ct.patient_sex;
  summary.study_date = ct.study_date;
  summary.study_time = ct.study_time;
  summary.study_uid = ct.study_uid;
  summary.frame_of_reference_uid = ct.frame_of_reference_uid;
  summary.position = ct.position;
  summary.grid = ct.hu.grid();
  summary.num_images = ct.slices.size();
  const auto [lowest, highest] = std::ranges::minmax(ct.hu.values());
  summary.lowest_hu = lowest;
  summary.highest_hu = highest;
  return summary;
}

/// @param body  outline on the CT's grid, or none
StructureSummary summarise(const Structure& structure, const DvhOptions& volume, const Volume<std::uint8_t>* body) {
  StructureSummary summary;
  summary.number = structure.number;
  summary.name = structure.name;
  summary.type = structure.interpreted_type;
  summary.num_contours = structure.contours.size();
  summary.tg263 = match_tg263(structure.name.substr(0, 256));
  if (structure.contours.empty()) {
    return summary;
  }
  for (const Contour& contour : structure.contours) {
    summary.num_points += contour.points.size();
  }
  const auto [lowest, highest] = std::ranges::minmax(structure.contours, {}, &Contour::z_mm);
  summary.lowest_z_mm = lowest.z_mm;
  summary.highest_z_mm = highest.z_mm;
  const StructureSamples samples = structure_samples(structure, volume);
  summary.volume_cm3 = samples.volume_mm3() / 1000.0;
  summary.beyond_body_cm3 = body != nullptr ? beyond_body_mm3(samples, *body) / 1000.0 : 0.0;
  return summary;
}

DoseSummary summarise(const RtDose& dose, const std::filesystem::path& path, const std::string& ct_frame) {
  DoseSummary summary{path,
                      dose.units,
                      dose.type,
                      dose.summation,
                      dose.comment,
                      dose.sop_instance_uid,
                      dose.referenced_plan_uid,
                      dose.dose_Gy.grid(),
                      0.0,
                      Vec3::Zero(),
                      !ct_frame.empty() && dose.frame_of_reference_uid == ct_frame};
  const auto values = dose.dose_Gy.values();
  const auto highest = static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
  const auto nx = static_cast<std::size_t>(summary.grid.nx());
  const auto ny = static_cast<std::size_t>(summary.grid.ny());
  summary.max_dose = values[highest];
  summary.max_position = summary.grid.centre(static_cast<int>(highest % nx), static_cast<int>(highest / nx % ny),
                                             static_cast<int>(highest / (nx * ny)));
  return summary;
}

PlanSummary summarise(const RtPlan& read, const std::filesystem::path& path) {
  const TreatmentPlan& plan = read.plan;
  PlanSummary summary{
      path,          plan.label,         plan.machine,         read.approval_status, read.sop_instance_uid,
      plan.position, plan.num_fractions, plan.prescription_Gy, plan.target_name,     {}};
  for (const PlannedBeam& beam : plan.beams) {
    summary.beams.push_back({beam.number, beam.name, beam.angles, beam.isocentre_P, beam.energy_MV, beam.sad_mm,
                             beam.segments.size(),
                             beam.leaf_boundaries_mm.empty() ? 0 : beam.leaf_boundaries_mm.size() - 1, beam.mu()});
  }
  return summary;
}

RadiationSummary summarise(const RoboticRadiation& read, const std::filesystem::path& path) {
  RadiationSummary summary{path, read.label, read.machine, read.energy_MV, read.patient_poses.size(), {}};
  double given = 0.0;
  for (const RoboticRadiation::ControlPoint& point : read.control_points) {
    if (summary.nodes.empty() || summary.nodes.back().number != point.node) {
      const Eigen::Isometry3d X_PF = read.patient_poses[point.patient_pose].inverse().matrix();
      summary.nodes.push_back({point.node, X_PF * point.source_F, point.source_F.norm(), 0, 0.0});
    }
    const double mu = point.cumulative_mu - given;
    given = point.cumulative_mu;
    summary.nodes.back().mu += mu;
    summary.nodes.back().num_shapes += mu > 0 ? 1 : 0;
  }
  return summary;
}

class Inspector {
 public:
  Inspector(const std::filesystem::path& path, const ReadOptions& options, const DvhOptions& volume)
      : options_(options), volume_(volume) {
    result_.folder = scan_dicom_folder(path);
    result_.problems = result_.folder.problems;
  }

  Inspection run() {
    inspect_patient();
    for (const RtFile& file : result_.folder.doses) {
      note_refusal([&] { inspect_dose(file); });
    }
    for (const RtFile& file : result_.folder.plans) {
      note_refusal([&] { inspect_plan(file); });
    }
    for (const RtFile& file : result_.folder.robotic_radiations) {
      note_refusal(
          [&] { result_.robotic_radiations.push_back(summarise(read_robotic_radiation(file.path), file.path)); });
    }
    return std::move(result_);
  }

 private:
  void inspect_patient() {
    const DicomFolder& folder = result_.folder;
    if (folder.ct_series.empty() && !(folder.doses.empty() && folder.plans.empty() && folder.structure_sets.empty())) {
      result_.problems.push_back(fmt::format("{}: no CT images; there is nothing to plan on", folder.path.string()));
      for (const RtFile& file : folder.structure_sets) {
        note_refusal([&] { measure(read_structures(file, {}), nullptr); });
      }
      return;
    }
    if (folder.ct_series.size() > 1 && !options_.series_uid) {
      result_.problems.push_back(fmt::format("{}: {} CT series{}; choose one with --series UID", folder.path.string(),
                                             folder.ct_series.size(), patients_words(folder)));
      return;
    }
    const std::vector<std::string> foreign = foreign_structure_sets(folder);
    result_.problems.insert(result_.problems.end(), foreign.begin(), foreign.end());
    try {
      const CtSeries& series = choose_ct_series(folder, options_);
      Patient patient;
      patient.ct = read_ct_series(series, result_.problems);
      result_.ct = summarise(patient.ct);
      if (must_choose_structures(series)) {
        return;
      }
      if (const RtFile* file = choose_structure_set(folder, series, options_); file != nullptr) {
        const std::vector<std::string> doubts = choice_warnings(series, *file);
        result_.problems.insert(result_.problems.end(), doubts.begin(), doubts.end());
        patient.structure_set = read_structures(*file, result_.ct->frame_of_reference_uid);
      }
      const std::optional<BodyOutline> body = check_plannable(patient);
      measure(patient.structure_set, body ? &body->mask : nullptr);
      if (body) {
        compare_with_body(patient.structure_set, body->source);
      }
      compare_with_targets(patient.structure_set);
    } catch (const InputError& error) {
      result_.refusal = error.what();
      result_.problems.insert(result_.problems.begin(), *result_.refusal);
    }
  }

  /// Lists the RTSTRUCTs of the series where a person must say which is meant.
  bool must_choose_structures(const CtSeries& series) {
    const auto sets = structure_sets_of(result_.folder, series);
    if (sets.size() <= 1 || options_.structure_set) {
      return false;
    }
    for (const RtFile* file : sets) {
      note_refusal([&] {
        std::vector<std::string> told_when_chosen;
        const StructureSet set = read_rtstruct(file->path, result_.ct->frame_of_reference_uid, told_when_chosen);
        result_.structure_set_choices.push_back({*file, set.structures.size()});
      });
    }
    result_.problems.push_back(
        fmt::format("{}: {} RTSTRUCTs belong to the CT; choose one with --structures LABEL, UID "
                    "or file name",
                    result_.folder.path.string(), sets.size()));
    return true;
  }

  /// What `xingu plan` would refuse before it looks at its protocol. Returns the body, where there is one.
  std::optional<BodyOutline> check_plannable(const Patient& patient) {
    const auto obstacles =
        planning_obstacles(patient.ct.hu.grid(), patient.structure_set, result_.folder.path.string());
    result_.problems.insert(result_.problems.end(), obstacles.begin(), obstacles.end());
    std::optional<BodyOutline> body;
    note_refusal([&] { body = find_body(patient); });
    if (body) {
      const std::vector<std::string> remarks = cut_remarks(body->mask);
      result_.problems.insert(result_.problems.end(), remarks.begin(), remarks.end());
    }
    return body;
  }

  StructureSet read_structures(const RtFile& file, const std::string& frame_uid) {
    StructureSet set = read_rtstruct(file.path, frame_uid, result_.problems);
    result_.structure_set_path = file.path;
    result_.structure_set_label = set.label;
    return set;
  }

  void measure(const StructureSet& set, const Volume<std::uint8_t>* body) {
    Progress progress("measuring", set.structures.size(), "structures");
    for (const Structure& structure : set.structures) {
      throw_if_cancelled();
      result_.structures.push_back(summarise(structure, volume_, body));
      progress.advance();
    }
    compare_extent();
  }

  /// Names what lies outside the body, but for what is meant to.
  void compare_with_body(const StructureSet& set, const std::string& body) {
    const Structure* external = external_structure(set);
    std::string list;
    std::size_t count = 0;
    for (std::size_t i = 0; i < set.structures.size(); ++i) {
      const StructureSummary& one = result_.structures[i];
      if (&set.structures[i] == external || is_beside_patient(one.type) ||
          one.beyond_body_cm3 <= told_from * one.volume_cm3) {
        continue;
      }
      if (++count <= most_named) {
        list += fmt::format("{}'{}' by {:.2f} of {:.2f} cm³", count == 1 ? "" : ", ", printable(one.name, 40),
                            one.beyond_body_cm3, one.volume_cm3);
      }
    }
    if (count > 0) {
      result_.problems.push_back(
          fmt::format("{}: reaching beyond the body outline, {}: {}{} (no tissue is there to absorb, and beyond the "
                      "outline's box a "
                      "plan has no dose); correct them or the outline",
                      result_.structure_set_path.string(), body, list,
                      count > most_named ? fmt::format(" and {} more", count - most_named) : std::string()));
    }
  }

  static bool is_beside_patient(const std::string& type) {
    static constexpr std::array<std::string_view, 8> types{"EXTERNAL", "SUPPORT",   "BOLUS",        "FIXATION",
                                                           "MARKER",   "ISOCENTER", "REGISTRATION", "CONTROL"};
    return std::ranges::find(types, type) != types.end();
  }

  void compare_extent() {
    if (!result_.ct) {
      return;
    }
    const Grid& grid = result_.ct->grid;
    const double tolerance = 1.01 * grid.spacing.z();
    const auto is_beyond = [&](const StructureSummary& s) {
      return s.num_contours > 0 &&
             (s.lowest_z_mm < grid.lower().z() - tolerance || s.highest_z_mm > grid.upper().z() + tolerance);
    };
    if (const auto count = std::ranges::count_if(result_.structures, is_beyond); count > 0) {
      result_.problems.push_back(fmt::format(
          "{}: {} of {} structures reach beyond the CT (z {:.1f} to {:.1f} mm); slices are missing at its ends",
          result_.structure_set_path.string(), count, result_.structures.size(), grid.lower().z(), grid.upper().z()));
    }
  }

  /// Names what stops beside a target.
  void compare_with_targets(const StructureSet& set) {
    for (const CutEnd& cut : cut_ends(result_.ct->grid, set, drawn_targets(set))) {
      result_.cut_structures.push_back(cut_end_words(cut, set.structures[cut.structure].name, ""));
    }
    result_.problems.insert(result_.problems.end(), result_.cut_structures.begin(), result_.cut_structures.end());
  }

  void inspect_dose(const RtFile& file) {
    const RtDose dose = read_rtdose(file.path);
    result_.problems.insert(result_.problems.end(), dose.warnings.begin(), dose.warnings.end());
    result_.doses.push_back(
        summarise(dose, file.path, result_.ct ? result_.ct->frame_of_reference_uid : std::string()));
    const auto is_of_dose = [&](const CtSeries& series) {
      return series.frame_of_reference_uid == dose.frame_of_reference_uid;
    };
    if (result_.ct && !result_.doses.back().has_frame_of_ct &&
        std::ranges::none_of(result_.folder.ct_series, is_of_dose)) {
      result_.problems.push_back(fmt::format("{}: {} is not that of the CT; the dose may not lie on it",
                                             file.path.string(), to_string(tag::frame_of_reference_uid)));
    }
  }

  void inspect_plan(const RtFile& file) {
    const RtPlan plan = read_rtplan(file.path);
    result_.problems.insert(result_.problems.end(), plan.warnings.begin(), plan.warnings.end());
    result_.plans.push_back(summarise(plan, file.path));
  }

  template <class Action>
  void note_refusal(Action action) {
    throw_if_cancelled();
    try {
      action();
    } catch (const InputError& error) {
      result_.problems.push_back(error.what());
    }
  }

  const ReadOptions& options_;
  const DvhOptions& volume_;
  Inspection result_;
};

}  // namespace

Inspection inspect_folder(const std::filesystem::path& path, const ReadOptions& options, const DvhOptions& volume) {
  return Inspector(path, options, volume).run();
}

}  // namespace xingu
