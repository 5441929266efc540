// SPDX-License-Identifier: Apache-2.0
#include "dicom/write_plan.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "dicom/write_modules.h"

namespace xingu {
namespace {

constexpr const char* research_notice = "RESEARCH USE ONLY: not for clinical treatment";

double canonical(double angle_deg) {
  const double turned = std::fmod(angle_deg, 360.0);
  const double positive = turned < 0 ? turned + 360.0 : turned;
  return positive >= 360.0 ? 0.0 : positive;
}

void require_deliverable(const PlannedBeam& beam) {
  XINGU_REQUIRE(!beam.segments.empty() && beam.mu() > 0.0,
                "beam {} '{}' gives no MU (an RTPLAN with it would be wrong); leave the beam out", beam.number,
                beam.name);
  XINGU_REQUIRE(beam.leaf_boundaries_mm.size() >= 2,
                "beam {} '{}' has no leaf boundaries (its apertures have no place); give the machine leaves",
                beam.number, beam.name);
  const std::size_t num_pairs = beam.leaf_boundaries_mm.size() - 1;
  for (const Segment& segment : beam.segments) {
    XINGU_REQUIRE(segment.left_mm.size() == num_pairs && segment.right_mm.size() == num_pairs && segment.mu >= 0.0,
                  "beam {} '{}' has a segment that does not fit its {} leaf pairs or has negative MU; report it",
                  beam.number, beam.name, num_pairs);
  }
}

std::uint64_t hash_values(std::span<const double> values, std::uint64_t hash) {
  return hash_bytes(std::as_bytes(values), hash);
}

std::string plan_seed(const TreatmentPlan& plan, const PatientUids& uids, const WriteOptions& options) {
  std::uint64_t hash =
      hash_text(fmt::format("{}/{}/{}/{}/{}/{}", plan.label, plan.machine, dicom_position(plan.position),
                            plan.num_fractions, plan.prescription_Gy, plan.target_name));
  for (const TargetDose& target : plan.further_targets) {
    hash = hash_text(fmt::format("{}/{}", target.structure, target.dose_Gy), hash);
  }
  for (const PlannedBeam& beam : plan.beams) {
    hash = hash_text(fmt::format("{}/{}", beam.number, beam.name), hash);
    hash = hash_values(std::array{beam.angles.gantry_deg, beam.angles.couch_deg, beam.angles.collimator_deg,
                                  beam.isocentre_P.x(), beam.isocentre_P.y(), beam.isocentre_P.z(), beam.sad_mm},
                       hash);
    if (beam.angles.gantry_pitch_deg != 0.0) {
      hash = hash_values(std::array{beam.angles.gantry_pitch_deg}, hash);
    }
    if (beam.table_position_mm) {
      hash = hash_values(std::span<const double>(beam.table_position_mm->data(), 3), hash);
    }
    hash = hash_values(beam.leaf_boundaries_mm, hash);
    for (const Segment& segment : beam.segments) {
      hash = hash_values(segment.left_mm, hash);
      hash = hash_values(segment.right_mm, hash);
      hash = hash_values(std::array{segment.mu}, hash);
    }
  }
  return fmt::format("plan/{}/{}/{}/{:x}", uids.frame_of_reference, uids.structure_set, options.seed, hash);
}

void write_target_dose(ItemWriter root, const TargetDose& target, int number, const Patient& patient,
                       const std::string& plan_uid) {
  ItemWriter reference = root.add_item(tag::dose_references);
  reference.put(tag::dose_reference_number, number);
  reference.put(tag::dose_reference_uid,
                make_uid(plan_uid + "/dose reference" + (number > 1 ? std::to_string(number) : "")));
  const Structure* found =
      target.structure.empty() ? nullptr : structure_labelled(patient.structure_set, target.structure);
  if (found != nullptr) {
    reference.put(tag::referenced_roi_number, found->number);
    reference.put(tag::dose_reference_structure_type, "VOLUME");
  } else {
    reference.put(tag::dose_reference_structure_type, "SITE");
  }
  reference.put(tag::dose_reference_description, fitting_text(target.structure, 64));
  reference.put(tag::dose_reference_type, "TARGET");
  reference.put(tag::target_prescription_dose, target.dose_Gy);
}

/// One dose reference a target; the one that the prescription is for comes first.
void write_prescription(ItemWriter root, const TreatmentPlan& plan, const Patient& patient,
                        const std::string& plan_uid) {
  int number = 1;
  write_target_dose(root, {plan.target_name, plan.prescription_Gy}, number, patient, plan_uid);
  for (const TargetDose& target : plan.further_targets) {
    write_target_dose(root, target, ++number, patient, plan_uid);
  }
}

void write_fraction_group(ItemWriter root, const TreatmentPlan& plan) {
  ItemWriter group = root.add_item(tag::fraction_groups);
  group.put(tag::fraction_group_number, 1);
  group.put(tag::number_of_fractions, plan.num_fractions);
  group.put(tag::number_of_beams, static_cast<double>(plan.beams.size()));
  group.put(tag::number_of_brachy_setups, 0);
  for (const PlannedBeam& beam : plan.beams) {
    ItemWriter reference = group.add_item(tag::referenced_beams);
    if (beam.dose_Gy > 0.0) {
      reference.put(tag::beam_dose, beam.dose_Gy);
    }
    reference.put(tag::beam_meterset, beam.mu());
    reference.put(tag::referenced_beam_number, beam.number);
  }
}

void write_device(ItemWriter beam, const char* type, std::span<const double> boundaries) {
  ItemWriter device = beam.add_item(tag::limiting_devices);
  device.put(tag::limiting_device_type, type);
  device.put(tag::number_of_leaf_pairs, boundaries.empty() ? 1.0 : static_cast<double>(boundaries.size() - 1));
  if (!boundaries.empty()) {
    device.put(tag::leaf_boundaries, boundaries);
  }
}

void write_position(ItemWriter point, const char* type, std::span<const double> positions) {
  ItemWriter device = point.add_item(tag::device_positions);
  device.put(tag::limiting_device_type, type);
  device.put(tag::leaf_positions, positions);
}

void write_leaves(ItemWriter point, const Segment& segment) {
  std::vector<double> positions = segment.left_mm;
  positions.insert(positions.end(), segment.right_mm.begin(), segment.right_mm.end());
  write_position(point, "MLCX", positions);
}

/// What holds for the whole beam stands in its first control point.
void write_first_point(ItemWriter point, const PlannedBeam& beam) {
  point.put(tag::nominal_beam_energy, beam.energy_MV);
  if (beam.jaws) {
    write_position(point, "ASYMX", std::array{beam.jaws->x1_mm, beam.jaws->x2_mm});
    write_position(point, "ASYMY", std::array{beam.jaws->y1_mm, beam.jaws->y2_mm});
  }
  point.put(tag::gantry_angle, canonical(beam.angles.gantry_deg));
  point.put(tag::gantry_rotation, "NONE");
  point.put(tag::collimator_angle, canonical(beam.angles.collimator_deg));
  point.put(tag::collimator_rotation, "NONE");
  point.put(tag::couch_angle, canonical(beam.angles.couch_deg));
  point.put(tag::couch_rotation, "NONE");
  point.put(tag::eccentric_angle, 0.0);
  point.put(tag::eccentric_rotation, "NONE");
  if (beam.table_position_mm) {
    point.put(tag::table_vertical, beam.table_position_mm->z());
    point.put(tag::table_longitudinal, beam.table_position_mm->y());
    point.put(tag::table_lateral, beam.table_position_mm->x());
  } else {
    point.put_empty(tag::table_vertical);
    point.put_empty(tag::table_longitudinal);
    point.put_empty(tag::table_lateral);
  }
  point.put(tag::isocentre, std::array{beam.isocentre_P.x(), beam.isocentre_P.y(), beam.isocentre_P.z()});
  if (beam.angles.gantry_pitch_deg != 0.0) {
    point.put(tag::gantry_pitch, beam.angles.gantry_pitch_deg);
    point.put(tag::gantry_pitch_rotation, "NONE");
  }
}

void write_control_points(ItemWriter item, const PlannedBeam& beam) {
  const double total = beam.mu();
  double given = 0.0;
  int index = 0;
  for (std::size_t i = 0; i < beam.segments.size(); ++i) {
    const double before = given;
    given += beam.segments[i].mu;
    const double after = i + 1 == beam.segments.size() ? total : given;
    for (const double weight : {before / total, after / total}) {
      ItemWriter point = item.add_item(tag::control_points);
      point.put(tag::control_point_index, index);
      if (index == 0) {
        write_first_point(point, beam);
      }
      write_leaves(point, beam.segments[i]);
      point.put(tag::cumulative_meterset_weight, weight);
      ++index;
    }
  }
}

void write_beam(ItemWriter root, const PlannedBeam& beam, const std::string& machine) {
  require_deliverable(beam);
  ItemWriter item = root.add_item(tag::beams);
  item.put(tag::manufacturer, "Xingu");
  if (beam.is_filter_free) {
    ItemWriter mode = item.add_item(tag::primary_fluence_modes);
    mode.put(tag::fluence_mode, "NON_STANDARD");
    mode.put(tag::fluence_mode_id, "FFF");
  }
  item.put(tag::machine_name, fitting_text(machine, 16));
  item.put(tag::primary_dosimeter_unit, "MU");
  item.put(tag::source_axis_distance, beam.sad_mm);
  if (beam.jaws) {
    write_device(item, "ASYMX", {});
    write_device(item, "ASYMY", {});
  }
  write_device(item, "MLCX", beam.leaf_boundaries_mm);
  item.put(tag::beam_number, beam.number);
  item.put(tag::beam_name, fitting_text(beam.name, 64));
  item.put(tag::beam_type, "STATIC");  // step and shoot: leaves move only between control points of equal MU (C.8.8.14)
  item.put(tag::radiation_type, "PHOTON");
  item.put(tag::treatment_delivery_type, "TREATMENT");
  item.put(tag::number_of_wedges, 0);
  item.put(tag::number_of_compensators, 0);
  item.put(tag::number_of_boli, 0);
  item.put(tag::number_of_blocks, 0);
  item.put(tag::final_meterset_weight, 1);
  item.put(tag::number_of_control_points, 2.0 * static_cast<double>(beam.segments.size()));
  write_control_points(item, beam);
  item.put(tag::referenced_patient_setup, 1);
}

void write_general_plan(ItemWriter root, const TreatmentPlan& plan, const Patient& patient, const PatientUids& uids,
                        const Stamp& stamp) {
  root.put(tag::plan_label, fitting_text(plan.label.empty() ? "XINGU" : plan.label, 16));
  root.put(tag::plan_name, fitting_text(plan.label, 64));
  root.put(tag::plan_description, research_notice);
  root.put(tag::plan_date, stamp.date);
  root.put(tag::plan_time, stamp.time);
  root.put(tag::plan_intent, "RESEARCH");
  root.put(tag::approval_status, "UNAPPROVED");
  if (patient.structure_set.structures.empty()) {
    root.put(tag::plan_geometry, "TREATMENT_DEVICE");
    return;
  }
  root.put(tag::plan_geometry, "PATIENT");
  write_reference(root.add_item(tag::referenced_structure_sets), sop_class::rt_structure_set, uids.structure_set);
}

}  // namespace

std::string write_rtplan(const TreatmentPlan& plan, const Patient& patient, const std::filesystem::path& path,
                         const WriteOptions& options) {
  XINGU_REQUIRE(!plan.beams.empty(), "{}: the plan has no beams (an RTPLAN needs one); plan again", path.string());
  const PatientUids uids = uids_of(patient);
  const std::string uid = make_uid(plan_seed(plan, uids, options));
  DicomFileWriter file(sop_class::rt_plan, uid);
  ItemWriter root = file.root();
  write_patient_and_study(root, patient.ct, uids);
  write_series(root, "RTPLAN", make_uid(uid + "/series"), plan.label, 3);
  write_frame_of_reference(root, uids);
  root.put(tag::instance_number, 1);
  write_general_plan(root, plan, patient, uids, stamp_of(patient.ct, options));
  write_prescription(root, plan, patient, uid);
  write_fraction_group(root, plan);
  for (const PlannedBeam& beam : plan.beams) {
    write_beam(root, beam, plan.machine);
  }
  ItemWriter setup = root.add_item(tag::patient_setups);
  setup.put(tag::patient_position, dicom_position(plan.position));
  setup.put(tag::patient_setup_number, 1);
  file.save(path, WriteEncoding::explicit_little);
  return uid;
}

}  // namespace xingu
