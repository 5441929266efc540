// SPDX-License-Identifier: Apache-2.0
#include "dicom/read_dose.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/text.h"
#include "dicom/axial_frame.h"
#include "dicom/dataset.h"
#include "dicom/pixel_data.h"
#include "dicom/required_attributes.h"
#include "dicom/slice_stack.h"

namespace xingu {
namespace {

constexpr std::size_t max_voxels = std::size_t{1} << 27;

std::string referenced_uid(const DicomItem& root, const Tag& sequence) {
  const auto item = root.first_item(sequence);
  return item ? item->text(tag::referenced_sop_instance_uid) : std::string();
}

RtDose read_description(const DicomItem& root) {
  RtDose dose;
  require_object(root, DicomObject::rt_dose);
  warn_about_required_attributes(root, DicomObject::rt_dose, dose.warnings);
  dose.units = root.text(tag::dose_units);
  dose.type = root.text(tag::dose_type);
  dose.summation = root.text(tag::dose_summation_type);
  dose.comment = root.text(tag::dose_comment);
  dose.sop_instance_uid = root.text(tag::sop_instance_uid);
  dose.study_uid = root.text(tag::study_uid);
  dose.patient_id = root.text(tag::patient_id);
  dose.frame_of_reference_uid = root.text(tag::frame_of_reference_uid);
  dose.referenced_plan_uid = referenced_uid(root, tag::referenced_plans);
  dose.referenced_structure_set_uid = referenced_uid(root, tag::referenced_structure_sets);
  if (dose.units.empty()) {
    dose.units = "GY";
    dose.warnings.push_back(
        fmt::format("{}: {} is missing; Gy is assumed", root.file_name(), to_string(tag::dose_units)));
  }
  if (dose.units != "GY" && dose.units != "RELATIVE") {
    root.fail(tag::dose_units,
              fmt::format("is '{}' (only GY and RELATIVE are defined); export it in Gy", printable(dose.units, 16)));
  }
  return dose;
}

double dose_grid_scaling(const DicomItem& root) {
  const double scaling = root.required_number(tag::dose_grid_scaling, "stored values mean nothing without it");
  if (!(scaling > 0.0 && scaling < 1e6)) {
    root.fail(tag::dose_grid_scaling, fmt::format("is {:g} but must be positive; export it again", scaling));
  }
  return scaling;
}

/// z of every frame, mm, in the order of the file (DICOM PS3.3 C.8.8.3.2: relative to the first plane along the image
/// normal if the first offset is zero, else absolute).
std::vector<double> frame_positions(const DicomItem& root, const PixelLayout& layout, double z0,
                                    const Mirroring& mirror) {
  const auto frames = static_cast<std::size_t>(layout.frames);
  auto offsets = root.numbers(tag::grid_frame_offset_vector, 16384);
  if (offsets.empty() && frames == 1) {
    return {z0};
  }
  if (offsets.size() != frames) {
    root.fail(
        tag::grid_frame_offset_vector,
        fmt::format("has {} values for {} planes (their places are unknown); export it again", offsets.size(), frames));
  }
  const bool is_relative = offsets.front() == 0.0;
  if (!is_relative && std::abs(offsets.front() - z0) > 0.01) {
    root.fail(
        tag::grid_frame_offset_vector,
        fmt::format(
            "begins with {:g}, which is neither 0 nor the {:g} of {} (the planes' places are unknown); export it again",
            offsets.front(), z0, to_string(tag::image_position)));
  }
  for (double& offset : offsets) {
    offset = is_relative ? z0 + mirror.normal() * offset : offset;
    if (!(std::abs(offset) <= 1e5)) {
      root.fail(tag::grid_frame_offset_vector, "places a plane more than 100 m away; export it again");
    }
  }
  return offsets;
}

std::vector<std::size_t> ascending_order(const std::vector<double>& z) {
  std::vector<std::size_t> order(z.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return z[i]; });
  return order;
}

/// Plane k of the result from the stored frames at ascending z.
void fill(Volume<float>& dose, const std::vector<float>& frames, const std::vector<std::size_t>& order,
          const std::vector<double>& z, const SlicePlan& plan) {
  const Grid& grid = dose.grid();
  const std::size_t plane = static_cast<std::size_t>(grid.nx()) * static_cast<std::size_t>(grid.ny());
  std::size_t upper = 0;
  for (int k = 0; k < grid.nz(); ++k) {
    const auto out = dose.values().subspan(static_cast<std::size_t>(k) * plane, plane);
    const double z_k = plan.is_resampled ? grid.origin.z() + k * grid.spacing.z() : z[static_cast<std::size_t>(k)];
    while (upper + 1 < z.size() && z[upper] < z_k - 1e-6) {
      ++upper;
    }
    const std::size_t lower = upper == 0 ? 0 : upper - 1;
    const double w = z[upper] > z[lower] ? std::clamp((z_k - z[lower]) / (z[upper] - z[lower]), 0.0, 1.0) : 1.0;
    const float* from = frames.data() + order[lower] * plane;
    const float* to = frames.data() + order[upper] * plane;
    if (w > 1.0 - 1e-9) {
      std::copy_n(to, plane, out.begin());
    } else {
      std::transform(from, from + plane, to, out.begin(),
                     [w](float a, float b) { return static_cast<float>((1.0 - w) * a + w * b); });
    }
  }
}

Volume<float> read_grid(const DicomDataset& dataset, std::vector<std::string>& warnings) {
  const DicomItem root = dataset.root();
  const PixelLayout layout = read_pixel_layout(root, max_voxels);
  const auto position = root.required_numbers(tag::image_position, 3, "the dose has no place without it");
  for (const double value : position) {
    if (!(std::abs(value) <= 1e5)) {
      root.fail(tag::image_position, "lies more than 100 m away; export it again");
    }
  }
  auto orientation = root.numbers(tag::image_orientation);
  if (orientation.empty()) {
    orientation = {1, 0, 0, 0, 1, 0};
    warnings.push_back(fmt::format("{}: {} is missing; rows to the patient's left and columns to posterior are assumed",
                                   root.file_name(), to_string(tag::image_orientation)));
  }
  if (orientation.size() != 6) {
    root.fail(tag::image_orientation, fmt::format("has {} values instead of 6; export it again", orientation.size()));
  }
  const Mirroring mirror = axial_mirroring(orientation, root.file_name());
  const auto spacing = read_pixel_spacing(root);
  const auto places = frame_positions(root, layout, position[2], mirror);
  const auto order = ascending_order(places);
  std::vector<double> z;
  std::ranges::transform(order, std::back_inserter(z), [&](std::size_t i) { return places[i]; });
  const double thickness = root.number(tag::slice_thickness).value_or(spacing[0]);
  const SlicePlan plan = plan_slices(z, thickness > 0.05 && thickness < 50 ? thickness : spacing[0], root.file_name(),
                                     tag::grid_frame_offset_vector, warnings);
  Grid grid;
  grid.size = {layout.columns, layout.rows, plan.num_planes};
  grid.spacing = Vec3(spacing[1], spacing[0], plan.spacing_mm);
  grid.origin = Vec3(position[0] - (mirror.x ? (layout.columns - 1) * spacing[1] : 0.0),
                     position[1] - (mirror.y ? (layout.rows - 1) * spacing[0] : 0.0), plan.z0_mm);
  if (grid.num_voxels() > max_voxels) {
    root.fail(tag::grid_frame_offset_vector,
              fmt::format("makes {} voxels (more than {} do not fit into memory); export a smaller grid",
                          grid.num_voxels(), max_voxels));
  }
  for (const std::string& remark : packing_remarks(dataset, layout)) {
    warnings.push_back(fmt::format("{}: {}", root.file_name(), remark));
  }
  auto frames = read_scaled_pixels(dataset, layout, dose_grid_scaling(root), 0.0);
  const std::size_t plane = static_cast<std::size_t>(layout.columns) * static_cast<std::size_t>(layout.rows);
  for (std::size_t f = 0; f < order.size(); ++f) {
    turn_image(std::span(frames).subspan(f * plane, plane), layout.columns, layout.rows, mirror);
  }
  if (!plan.is_resampled && std::ranges::is_sorted(order)) {
    return {grid, std::move(frames)};
  }
  Volume<float> dose(grid);
  fill(dose, frames, order, z, plan);
  return dose;
}

}  // namespace

RtDose read_rtdose(const std::filesystem::path& path) {
  const DicomDataset dataset = DicomDataset::load(path, LoadExtent::whole);
  RtDose dose = read_description(dataset.root());
  dose.dose_Gy = read_grid(dataset, dose.warnings);
  return dose;
}

}  // namespace xingu
