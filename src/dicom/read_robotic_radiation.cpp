// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "dicom/dataset.h"
#include "dicom/robotic_radiation.h"
#include "dicom/robotic_tags.h"

namespace xingu {
namespace {

constexpr std::size_t max_leaf_pairs = 1000;
constexpr double most_shear = 1e-6;

DicomItem only_item(const DicomItem& parent, const Tag& sequence, const char* why) {
  const std::vector<DicomItem> items = parent.items(sequence);
  if (items.size() != 1) {
    parent.fail(sequence, fmt::format("has {} items ({}); such a file is not read", items.size(), why));
  }
  return items.front();
}

RoboticRadiation::PatientPose read_pose(const DicomItem& item) {
  const std::vector<double> rows = item.required_numbers(tag::image_to_equipment, 16, "it says where the patient lies");
  Eigen::Matrix4d matrix;
  for (Eigen::Index i = 0; i < 16; ++i) {
    matrix(i / 4, i % 4) = rows[static_cast<std::size_t>(i)];
  }
  const Mat3 R = matrix.topLeftCorner<3, 3>();
  if (!(R * R.transpose()).isApprox(Mat3::Identity(), most_shear) || R.determinant() < 0 ||
      (matrix.row(3) - Eigen::RowVector4d(0, 0, 0, 1)).norm() > most_shear) {
    item.fail(tag::image_to_equipment, "is not a rigid motion (the patient would be bent); export it again");
  }
  return RoboticRadiation::PatientPose(R, matrix.topRightCorner<3, 1>());
}

void read_leaves(const DicomItem& root, RoboticRadiation& radiation) {
  const DicomItem device = only_item(root, tag::limiting_device_definitions, "one set of leaf pairs is understood");
  const DicomItem leaves = only_item(device, tag::parallel_delimiters, "leaf pairs are understood, cones are not");
  const std::int64_t num_pairs =
      leaves.required_integer(tag::number_of_parallel_delimiters, "it says how many leaves there are");
  if (num_pairs < 1 || num_pairs > static_cast<std::int64_t>(max_leaf_pairs)) {
    leaves.fail(tag::number_of_parallel_delimiters,
                "is not from 1 to 1000 (no collimator has so many); export it again");
  }
  radiation.leaf_boundaries_mm = leaves.required_numbers(
      tag::parallel_boundaries, static_cast<std::size_t>(num_pairs) + 1, "leaves have their place by it");
  if (!std::ranges::is_sorted(radiation.leaf_boundaries_mm, std::ranges::less_equal{})) {
    leaves.fail(tag::parallel_boundaries, "does not ascend (leaves would overlap); export it again");
  }
}

void read_generation_mode(const DicomItem& root, RoboticRadiation& radiation) {
  const DicomItem mode = only_item(root, tag::generation_modes, "one kind of radiation is understood");
  radiation.energy_MV = mode.required_number(tag::nominal_energy, "the beam is told apart by it");
  const auto code = mode.first_item(tag::generation_mode_codes);
  radiation.is_filter_free = code && code->text(tag::code_value) == filter_free_code;
}

void read_opening(const DicomItem& item, const DicomItem& root, std::size_t num_pairs,
                  RoboticRadiation::ControlPoint& point) {
  if (!item.is_present(tag::limiting_device_openings)) {
    return;
  }
  const DicomItem opening = only_item(item, tag::limiting_device_openings, "one set of leaf pairs is understood");
  const std::vector<double> positions =
      opening.required_numbers(tag::parallel_positions, 2 * num_pairs, "the field has its shape by it");
  point.left_mm.assign(positions.begin(), positions.begin() + static_cast<std::ptrdiff_t>(num_pairs));
  point.right_mm.assign(positions.begin() + static_cast<std::ptrdiff_t>(num_pairs), positions.end());
  if (!std::ranges::equal(point.left_mm, point.right_mm, std::ranges::less_equal{})) {
    root.fail(tag::parallel_positions, "has leaves that cross (the field would be negative); export it again");
  }
}

/// The point before with what this item changes.
RoboticRadiation::ControlPoint read_point(const DicomItem& item, const DicomItem& root,
                                          const RoboticRadiation& radiation) {
  const bool is_first = radiation.control_points.empty();
  RoboticRadiation::ControlPoint point = is_first ? RoboticRadiation::ControlPoint{} : radiation.control_points.back();
  constexpr const char* why = "the first control point states everything";
  const auto update = [&](const Tag& tag, double& value) {
    value = is_first ? item.required_number(tag, why) : item.number(tag).value_or(value);
  };
  if (item.required_integer(tag::rt_control_point_index, "points follow each other by it") !=
      static_cast<std::int64_t>(radiation.control_points.size() + 1)) {
    item.fail(tag::rt_control_point_index, "does not count from 1 (the order is unclear); export it again");
  }
  const double before = point.cumulative_mu;
  update(tag::cumulative_meterset, point.cumulative_mu);
  if (!(point.cumulative_mu >= before) || (is_first && point.cumulative_mu != 0.0)) {
    item.fail(tag::cumulative_meterset, "falls, or does not begin at 0 (MU cannot be taken back); export it again");
  }
  if (is_first || item.has(tag::referenced_treatment_position)) {
    const std::int64_t index =
        item.required_integer(tag::referenced_treatment_position, "it says where the patient lies");
    if (index < 1 || index > static_cast<std::int64_t>(radiation.patient_poses.size())) {
      item.fail(tag::referenced_treatment_position, "names a position that is not there; export it again");
    }
    point.patient_pose = static_cast<std::size_t>(index - 1);
  }
  if (item.has(tag::node_identifier)) {
    point.node = static_cast<int>(item.required_integer(tag::node_identifier, "the node is named by it"));
  }
  if (is_first || item.has(tag::source_coordinates)) {
    const std::vector<double> p = item.required_numbers(tag::source_coordinates, 3, "the beam comes from there");
    point.source_F = Vec3(p[0], p[1], p[2]);
  }
  update(tag::source_yaw, point.yaw_deg);
  update(tag::source_roll, point.roll_deg);
  update(tag::source_pitch, point.pitch_deg);
  read_opening(item, root, radiation.leaf_boundaries_mm.size() - 1, point);
  if (point.left_mm.empty()) {
    item.fail(tag::limiting_device_openings, fmt::format("is missing ({}); export it again", why));
  }
  return point;
}

}  // namespace

RoboticRadiation read_robotic_radiation(const std::filesystem::path& path) {
  const DicomDataset dataset = DicomDataset::load(path, LoadExtent::whole);
  const DicomItem root = dataset.root();
  if (root.text(tag::sop_class_uid) != sop_class::robotic_arm_radiation) {
    root.fail(tag::sop_class_uid, fmt::format("is {} (a Robotic-Arm Radiation is wanted); give another file",
                                              printable(root.text(tag::sop_class_uid))));
  }
  RoboticRadiation radiation;
  radiation.label = root.text(tag::user_content_label);
  if (const auto device = root.first_item(tag::treatment_devices)) {
    radiation.machine = device->text(tag::device_label);
  }
  radiation.definition_distance_mm =
      root.required_number(tag::modifier_definition_distance, "leaf positions are measured there");
  read_generation_mode(root, radiation);
  read_leaves(root, radiation);
  for (const DicomItem& item : root.items(tag::treatment_positions)) {
    radiation.patient_poses.push_back(read_pose(item));
  }
  for (const DicomItem& item : root.items(tag::robotic_path)) {
    radiation.control_points.push_back(read_point(item, root, radiation));
  }
  if (static_cast<std::int64_t>(radiation.control_points.size()) !=
          root.required_integer(tag::number_of_rt_control_points, "a part of the path may be missing") ||
      radiation.control_points.size() < 2) {
    root.fail(tag::number_of_rt_control_points,
              fmt::format("differs from the {} control points there are, or they are less than 2 (the path is not "
                          "whole); export it again",
                          radiation.control_points.size()));
  }
  return radiation;
}

}  // namespace xingu
