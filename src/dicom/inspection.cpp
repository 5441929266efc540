// SPDX-License-Identifier: Apache-2.0
#include "dicom/inspection.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/progress.h"
#include "dicom/read_ct.h"
#include "dicom/read_structures.h"
#include "dicom/tags.h"
#include "patient/occupancy.h"

namespace xingu {
namespace {

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

/// A grid around a structure with the pixels of the CT, or larger ones where the structure is larger than any body.
Grid grid_around(const Structure& structure, const Vec3& ct_spacing) {
  constexpr double most_pixels = 512;
  Vec3 lower = Vec3::Constant(std::numeric_limits<double>::infinity());
  Vec3 upper = -lower;
  for (const Contour& contour : structure.contours) {
    for (const auto& point : contour.points) {
      lower = lower.cwiseMin(Vec3(point.x(), point.y(), contour.z_mm));
      upper = upper.cwiseMax(Vec3(point.x(), point.y(), contour.z_mm));
    }
  }
  const Vec3 extent = upper - lower;
  Grid grid;
  grid.spacing = ct_spacing.cwiseMax(extent / most_pixels);
  // a slab reaches at most half a (usual) contour distance beyond the outermost contours
  const double margin_z = std::max(20.0, 0.75 * extent.z());
  for (int a = 0; a < 3; ++a) {
    const double margin = a == 2 ? margin_z : grid.spacing[a];
    grid.size[static_cast<std::size_t>(a)] =
        static_cast<int>(std::ceil((extent[a] + 2 * margin) / grid.spacing[a])) + 1;
    grid.origin[a] = lower[a] - margin;
  }
  return grid;
}

StructureSummary summarise(const Structure& structure, const Vec3& ct_spacing) {
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
  summary.volume_cc = rasterise(structure, grid_around(structure, ct_spacing)).volume_mm3() / 1000.0;
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

class Inspector {
 public:
  Inspector(const std::filesystem::path& path, const ReadOptions& options) : options_(options) {
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
    return std::move(result_);
  }

 private:
  void inspect_patient() {
    const DicomFolder& folder = result_.folder;
    if (folder.ct_series.empty() && !(folder.doses.empty() && folder.plans.empty() && folder.structure_sets.empty())) {
      result_.problems.push_back(fmt::format("{}: no CT images; there is nothing to plan on", folder.path.string()));
      for (const RtFile& file : folder.structure_sets) {
        note_refusal([&] { inspect_structures(file, {}); });
      }
      return;
    }
    if (folder.ct_series.size() > 1 && !options_.series_uid) {
      result_.problems.push_back(
          fmt::format("{}: {} CT series; choose one with --series UID", folder.path.string(), folder.ct_series.size()));
      return;
    }
    try {
      const CtSeries& series = choose_ct_series(folder, options_);
      inspect_ct(series);
      if (const RtFile* file = choose_structure_set(folder, series, options_); file != nullptr) {
        inspect_structures(*file, result_.ct->frame_of_reference_uid);
      } else {
        result_.problems.push_back(fmt::format("{}: no RTSTRUCT belongs to CT series {}; there are no structures",
                                               folder.path.string(), series.uid));
      }
    } catch (const InputError& error) {
      result_.refusal = error.what();
    }
  }

  void inspect_ct(const CtSeries& series) { result_.ct = summarise(read_ct_series(series, result_.problems)); }

  void inspect_structures(const RtFile& file, const std::string& frame_uid) {
    const StructureSet set = read_rtstruct(file.path, frame_uid, result_.problems);
    result_.structure_set_path = file.path;
    result_.structure_set_label = set.label;
    const Vec3 spacing = result_.ct ? result_.ct->grid.spacing : Vec3(1.0, 1.0, 3.0);
    Progress progress("measuring", set.structures.size(), "structures");
    for (const Structure& structure : set.structures) {
      throw_if_cancelled();
      result_.structures.push_back(summarise(structure, spacing));
      progress.advance();
    }
    compare_extent();
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

  void inspect_dose(const RtFile& file) {
    const RtDose dose = read_rtdose(file.path);
    result_.problems.insert(result_.problems.end(), dose.warnings.begin(), dose.warnings.end());
    result_.doses.push_back(
        summarise(dose, file.path, result_.ct ? result_.ct->frame_of_reference_uid : std::string()));
    if (result_.ct && !result_.doses.back().has_frame_of_ct) {
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
  Inspection result_;
};

}  // namespace

Inspection inspect_folder(const std::filesystem::path& path, const ReadOptions& options) {
  return Inspector(path, options).run();
}

}  // namespace xingu
