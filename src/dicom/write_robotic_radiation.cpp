// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "base/error.h"
#include "dicom/robotic_radiation.h"
#include "dicom/robotic_tags.h"
#include "dicom/write_modules.h"

namespace xingu {
namespace {

constexpr const char* own_codes = "99XINGU";  // a private coding scheme (PS3.3 8.2)
constexpr const char* robotic_arm_frame = "1.2.840.10008.1.4.3.2";

void add_code(ItemWriter parent, const Tag& sequence, const CodedConcept& code) {
  write_code(parent.add_item(sequence), code);
}

/// Enhanced RT Series, Radiotherapy Common Instance, Enhanced General Equipment (C.36.3, C.36.4, C.7.5.2).
void write_common(ItemWriter root, const RoboticRadiation& radiation, const Stamp& stamp) {
  root.put(tag::series_date, stamp.date);
  root.put(tag::series_time, stamp.time);
  root.put(tag::instance_creation_date, stamp.date);
  root.put(tag::instance_creation_time, stamp.time);
  root.put(tag::content_date, stamp.date);
  root.put(tag::content_time, stamp.time);
  root.put(tag::instance_number, 1);
  root.put_empty(tag::author_identification);
  root.put(tag::user_content_label, fitting_text(radiation.label.empty() ? "XINGU" : radiation.label, 16));
  root.put(tag::device_serial_number, "none");
  root.put(tag::content_detail_flag, "FULL");
  root.put(tag::rt_record_flag, "NO");
  add_code(root, tag::technique_codes, {"130140", "DCM", "Non-Synchronized Robotic Treatment"});
}

/// RT Delivery Device Common (C.36.12) and the part of Robotic-Arm Delivery Device (C.36.18) that does not change.
void write_device(ItemWriter root, const RoboticRadiation& radiation) {
  ItemWriter device = root.add_item(tag::treatment_devices);
  device.put(tag::manufacturer, "Xingu");
  device.put(tag::manufacturer_model, fitting_text(radiation.machine, 64));
  device.put(tag::device_label, fitting_text(radiation.machine, 64));
  device.put(tag::device_serial_number, "none");
  device.put(tag::software_versions, XINGU_VERSION);
  device.put(tag::manufacturer_device, fitting_text(radiation.machine, 64));
  add_code(device, tag::device_type_codes, {"130361", "DCM", "Radiotherapy Treatment Device"});
  add_code(root, tag::dosimeter_units, {"{MU}", "UCUM", "Monitor Units"});
  add_code(root, tag::distance_reference, {"130358", "DCM", "Nominal Radiation Source Location"});
  root.put_floats(tag::modifier_definition_distance, std::array{radiation.definition_distance_mm});
  root.put(tag::equipment_frame_uid, robotic_arm_frame);
  root.put_empty(tag::equipment_reference_points);
  root.put(tag::number_of_support_devices, 0);
  root.put(tag::robot_base, "FLOOR_CENTER");
}

void write_generation_mode(ItemWriter root, const RoboticRadiation& radiation) {
  root.put(tag::number_of_generation_modes, 1);
  ItemWriter mode = root.add_item(tag::generation_modes);
  mode.put(tag::generation_mode_index, 1);
  mode.put(tag::generation_mode_label,
           fmt::format("{:g} MV{}", radiation.energy_MV, radiation.is_filter_free ? " FFF" : ""));
  mode.put_empty(tag::generation_mode_description);
  add_code(mode, tag::generation_mode_codes,
           radiation.is_filter_free ? CodedConcept{filter_free_code, "DCM", "Non-Flattening Filter Beam"}
                                    : CodedConcept{"130355", "DCM", "Flattening Filter Beam"});
  add_code(mode, tag::radiation_type_codes, {"290006006", "SCT", "Photon"});
  add_code(mode, tag::energy_unit_codes, {"MV", "UCUM", "Megavolt"});
  mode.put(tag::nominal_energy, radiation.energy_MV);
}

void write_leaf_pairs(ItemWriter root, const RoboticRadiation& radiation) {
  root.put(tag::number_of_limiting_devices, 1);
  ItemWriter device = root.add_item(tag::limiting_device_definitions);
  device.put(tag::device_index, 1);
  device.put(tag::device_label, "MLCX");
  add_code(device, tag::device_type_codes, {"130331", "DCM", "Leaf Pairs"});
  device.put_floats(tag::modifier_orientation, std::array{0.0});
  device.put_empty(tag::limiting_device_proximal);
  device.put_empty(tag::limiting_device_distal);
  ItemWriter leaves = device.add_item(tag::parallel_delimiters);
  leaves.put(tag::number_of_parallel_delimiters, static_cast<double>(radiation.leaf_boundaries_mm.size() - 1));
  leaves.put_floats(tag::parallel_boundaries, radiation.leaf_boundaries_mm);
}

void write_patient_poses(ItemWriter root, const RoboticRadiation& radiation) {
  int index = 0;
  for (const RoboticRadiation::PatientPose& pose : radiation.patient_poses) {
    ItemWriter item = root.add_item(tag::treatment_positions);
    item.put(tag::treatment_position_index, ++index);
    std::array<double, 16> rows{};
    for (Eigen::Index r = 0; r < 4; ++r) {
      for (Eigen::Index c = 0; c < 4; ++c) {
        rows[static_cast<std::size_t>(4 * r + c)] = pose.matrix().matrix()(r, c);
      }
    }
    item.put(tag::image_to_equipment, rows);
    item.put_empty(tag::patient_location_coordinates);
    item.put_empty(tag::patient_support_position);
  }
}

void write_opening(ItemWriter item, const RoboticRadiation::ControlPoint& point) {
  item.put(tag::number_of_openings, 1);
  ItemWriter opening = item.add_item(tag::limiting_device_openings);
  opening.put(tag::referenced_device_index, 1);
  opening.put_floats(tag::limiting_device_offset, std::array{0.0, 0.0});
  std::vector<double> positions = point.left_mm;  // the negative side first
  positions.insert(positions.end(), point.right_mm.begin(), point.right_mm.end());
  opening.put_floats(tag::parallel_positions, positions);
}

/// Robotic-Arm Path (C.36.19). A value that stays as it was is left out (C.36.2.2.5.1.1).
void write_path(ItemWriter root, const RoboticRadiation& radiation) {
  add_code(root, tag::node_set_codes, {"BEAMS", own_codes, "The plan's own beams"});
  root.put(tag::number_of_rt_control_points, static_cast<double>(radiation.control_points.size()));
  const RoboticRadiation::ControlPoint* before = nullptr;
  int index = 0;
  for (const RoboticRadiation::ControlPoint& point : radiation.control_points) {
    ItemWriter item = root.add_item(tag::robotic_path);
    item.put(tag::rt_control_point_index, ++index);
    const auto has_changed = [&](auto member) { return before == nullptr || before->*member != point.*member; };
    using C = RoboticRadiation::ControlPoint;
    if (has_changed(&C::cumulative_mu)) {
      item.put_floats(tag::cumulative_meterset, std::array{point.cumulative_mu});
    }
    if (has_changed(&C::patient_pose)) {
      item.put(tag::referenced_treatment_position, static_cast<double>(point.patient_pose + 1));
    }
    if (before == nullptr) {
      item.put(tag::referenced_generation_mode, 1);
    }
    if (has_changed(&C::node)) {
      item.put(tag::node_identifier, point.node);
    }
    if (has_changed(&C::source_F)) {
      item.put_floats(tag::source_coordinates, std::array{point.source_F.x(), point.source_F.y(), point.source_F.z()});
    }
    for (const auto& [tag, member] :
         {std::pair{tag::source_yaw, &C::yaw_deg}, std::pair{tag::source_roll, &C::roll_deg},
          std::pair{tag::source_pitch, &C::pitch_deg}}) {
      if (has_changed(member)) {
        item.put_floats(tag, std::array{point.*member});
      }
    }
    if (has_changed(&C::left_mm) || has_changed(&C::right_mm)) {
      write_opening(item, point);
    }
    before = &point;
  }
}

}  // namespace

std::string write_robotic_radiation(const RoboticRadiation& radiation, const Patient& patient,
                                    const std::string& plan_uid, const std::filesystem::path& path,
                                    const WriteOptions& options) {
  XINGU_EXPECT(radiation.control_points.size() >= 2 && radiation.leaf_boundaries_mm.size() >= 2);
  const PatientUids uids = uids_of(patient);
  const std::string uid = make_uid(plan_uid + "/robotic-arm radiation");
  DicomFileWriter file(sop_class::robotic_arm_radiation, uid);
  ItemWriter root = file.root();
  write_patient_and_study(root, patient.ct, uids);
  write_series(root, "RTRAD", make_uid(uid + "/series"), radiation.label, 5);
  write_frame_of_reference(root, uids);
  write_common(root, radiation, stamp_of(patient.ct, options));
  write_device(root, radiation);
  write_generation_mode(root, radiation);
  write_leaf_pairs(root, radiation);
  write_patient_poses(root, radiation);
  write_path(root, radiation);
  file.save(path, WriteEncoding::explicit_little);
  return uid;
}

}  // namespace xingu
