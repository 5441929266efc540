// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "dicom/write_modules.h"
#include "dicom/write_patient.h"

namespace xingu {
namespace {

void write_referenced_frame(ItemWriter root, const PatientUids& uids) {
  ItemWriter frame = root.add_item(tag::referenced_frames);
  frame.put(tag::frame_of_reference_uid, uids.frame_of_reference);
  ItemWriter study = frame.add_item(tag::referenced_studies);
  write_reference(study, sop_class::detached_study_management, uids.study);
  ItemWriter series = study.add_item(tag::referenced_series);
  series.put(tag::series_uid, uids.series);
  for (const CtImage::Slice& slice : uids.slices) {
    write_reference(series.add_item(tag::contour_images), sop_class::ct_image, slice.sop_instance_uid);
  }
}

/// The image that a contour lies on, or null where it lies between images.
const CtImage::Slice* slice_at(const PatientUids& uids, double z_mm) {
  const auto after = std::ranges::lower_bound(uids.slices, z_mm - 0.05, {}, &CtImage::Slice::z_mm);
  return after != uids.slices.end() && std::abs(after->z_mm - z_mm) <= 0.05 ? &*after : nullptr;
}

void write_contour(ItemWriter item, const Contour& contour, const PatientUids& uids) {
  if (const CtImage::Slice* slice = slice_at(uids, contour.z_mm); slice != nullptr) {
    write_reference(item.add_item(tag::contour_images), sop_class::ct_image, slice->sop_instance_uid);
  }
  item.put(tag::contour_geometric_type, "CLOSED_PLANAR");
  item.put(tag::number_of_contour_points, static_cast<double>(contour.points.size()));
  std::vector<double> data;
  data.reserve(3 * contour.points.size());
  for (const auto& point : contour.points) {
    data.insert(data.end(), {point.x(), point.y(), contour.z_mm});
  }
  item.put(tag::contour_data, data);
}

void write_observation(ItemWriter item, const Structure& structure, int observation) {
  item.put(tag::observation_number, observation);
  item.put(tag::referenced_roi_number, structure.number);
  item.put(tag::roi_interpreted_type, structure.interpreted_type);
  item.put_empty(tag::roi_interpreter);
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (value) {
      ItemWriter property = item.add_item(tag::roi_physical_properties);
      property.put(tag::roi_physical_property, name);
      property.put(tag::roi_physical_property_value, *value);
    }
  };
  add("REL_ELEC_DENSITY", structure.relative_electron_density);
  add("REL_MASS_DENSITY", structure.relative_mass_density);
}

void write_structure(ItemWriter root, const Structure& structure, const PatientUids& uids, int observation) {
  ItemWriter roi = root.add_item(tag::structure_set_rois);
  roi.put(tag::roi_number, structure.number);
  roi.put(tag::referenced_frame_uid, uids.frame_of_reference);
  roi.put(tag::roi_name, fitting_text(structure.name, 64));
  roi.put_empty(tag::roi_generation_algorithm);
  ItemWriter contours = root.add_item(tag::roi_contours);
  contours.put(tag::roi_display_colour,
               fmt::format("{}\\{}\\{}", structure.colour[0], structure.colour[1], structure.colour[2]));
  for (const Contour& contour : structure.contours) {
    write_contour(contours.add_item(tag::contours), contour, uids);
  }
  contours.put(tag::referenced_roi_number, structure.number);
  write_observation(root.add_item(tag::roi_observations), structure, observation);
}

}  // namespace

std::string write_rtstruct(const Patient& patient, const std::filesystem::path& path, const WriteOptions& options) {
  XINGU_REQUIRE(!patient.structure_set.structures.empty(),
                "{}: there are no structures (an RTSTRUCT needs one); leave it out or draw one", path.string());
  const PatientUids uids = uids_of(patient);
  const std::string uid =
      options.seed.empty() ? uids.structure_set : make_uid(fmt::format("{}/{}", uids.structure_set, options.seed));
  const Stamp stamp = stamp_of(patient.ct, options);
  DicomFileWriter file(sop_class::rt_structure_set, uid);
  ItemWriter root = file.root();
  write_patient_and_study(root, patient.ct, uids);
  write_series(root, "RTSTRUCT", make_uid(uid + "/series"), patient.structure_set.label, 2);
  write_frame_of_reference(root, uids);
  root.put(tag::instance_number, 1);
  const std::string& label = patient.structure_set.label;
  root.put(tag::structure_set_label, fitting_text(label.empty() ? "STRUCTURES" : label, 16));
  root.put(tag::structure_set_date, stamp.date);
  root.put(tag::structure_set_time, stamp.time);
  if (const std::string& given = patient.structure_set.sop_instance_uid; !given.empty() && given != uid) {
    write_reference(root.add_item(tag::predecessor_structure_sets), sop_class::rt_structure_set, given);
  }
  write_referenced_frame(root, uids);
  int observation = 0;
  for (const Structure& structure : patient.structure_set.structures) {
    write_structure(root, structure, uids, ++observation);
  }
  file.save(path, WriteEncoding::implicit_little);  // explicit encoding has no room for contours beyond 64 kB
  return uid;
}

}  // namespace xingu
