// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "dicom/dataset.h"
#include "dicom/write_modules.h"
#include "dicom/write_plan.h"

namespace xingu {
namespace {

float maximum(std::span<const float> dose_Gy, const std::filesystem::path& path) {
  float highest = 0.0F;
  for (const float value : dose_Gy) {
    XINGU_REQUIRE(std::isfinite(value),
                  "{}: a dose to be written is not finite (the file would be unreadable); report it", path.string());
    highest = std::max(highest, value);
  }
  XINGU_REQUIRE(highest > 0.0F,
                "{}: the dose is zero everywhere (a plan that gives nothing); check the beams and their MU",
                path.string());
  return highest;
}

template <class Stored>
struct StoredDose {
  double scaling;  ///< Gy
  std::vector<Stored> values;
};

template <class Stored>
StoredDose<Stored> stored_dose(std::span<const float> dose_Gy, float highest) {
  constexpr auto full_scale = static_cast<double>(std::numeric_limits<Stored>::max());
  // The text of the scaling, not the scaling, is what a reader multiplies with.
  const double scaling = *parse_decimal(decimal_string(highest / full_scale * (1 + 1e-12)));
  std::vector<Stored> stored(dose_Gy.size());
  std::ranges::transform(dose_Gy, stored.begin(), [&](float value) {
    return static_cast<Stored>(std::clamp(std::round(static_cast<double>(value) / scaling), 0.0, full_scale));
  });
  return {scaling, std::move(stored)};
}

template <class Stored>
void write_pixels(ItemWriter root, std::span<const float> dose_Gy, float highest) {
  const auto [scaling, stored] = stored_dose<Stored>(dose_Gy, highest);
  root.put(tag::bits_allocated, 8.0 * sizeof(Stored));
  root.put(tag::bits_stored, 8.0 * sizeof(Stored));
  root.put(tag::high_bit, 8.0 * sizeof(Stored) - 1);
  root.put(tag::pixel_representation, 0);
  root.put(tag::dose_grid_scaling, scaling);
  root.put_pixels(stored);
}

void write_grid(ItemWriter root, const Grid& grid) {
  root.put(tag::samples_per_pixel, 1);
  root.put(tag::photometric_interpretation, "MONOCHROME2");
  root.put(tag::number_of_frames, grid.nz());
  root.put_tag(tag::frame_increment_pointer, tag::grid_frame_offset_vector);
  root.put(tag::rows, grid.ny());
  root.put(tag::columns, grid.nx());
  root.put(tag::image_position, std::array{grid.origin.x(), grid.origin.y(), grid.origin.z()});
  root.put(tag::image_orientation, std::array{1.0, 0.0, 0.0, 0.0, 1.0, 0.0});
  root.put(tag::pixel_spacing, std::array{grid.spacing.y(), grid.spacing.x()});
  root.put(tag::slice_thickness, grid.spacing.z());
  std::vector<double> offsets;
  for (int k = 0; k < grid.nz(); ++k) {
    offsets.push_back(k * grid.spacing.z());
  }
  root.put(tag::grid_frame_offset_vector, offsets);
}

}  // namespace

Volume<float> as_stored_rtdose(const Volume<float>& dose_Gy) {
  const auto [scaling, stored] = stored_dose<std::uint16_t>(dose_Gy.values(), maximum(dose_Gy.values(), "RTDOSE"));
  Volume<float> result(dose_Gy.grid());
  std::ranges::transform(stored, result.values().begin(), [scaling = scaling](std::uint16_t value) {
    return static_cast<float>(static_cast<double>(value) * scaling);
  });
  return result;
}

std::string write_rtdose(const Volume<float>& dose_Gy, const Patient& patient, const std::string& referenced_plan_uid,
                         const std::string& comment, const std::filesystem::path& path, const WriteOptions& options,
                         DoseBits bits, DoseContent content) {
  const float highest = maximum(dose_Gy.values(), path);
  const PatientUids uids = uids_of(patient);
  const Stamp stamp = stamp_of(patient.ct, options);
  const std::uint64_t voxels = hash_bytes(std::as_bytes(dose_Gy.values()));
  const std::string uid =
      make_uid(fmt::format("dose/{}/{}/{}/{:x}", referenced_plan_uid, comment, options.seed, voxels));
  DicomFileWriter file(sop_class::rt_dose, uid);
  ItemWriter root = file.root();
  write_patient_and_study(root, patient.ct, uids);
  write_series(root, "RTDOSE", make_uid(uid + "/series"), comment, 4);
  write_frame_of_reference(root, uids);
  root.put(tag::instance_number, 1);
  root.put(tag::content_date, stamp.date);
  root.put(tag::content_time, stamp.time);
  root.put(tag::dose_units, "GY");
  root.put(tag::dose_type, content == DoseContent::physical ? "PHYSICAL" : "ERROR");
  root.put(tag::dose_comment, fitting_text(comment, 64));
  root.put(tag::dose_summation_type, "PLAN");
  root.put(tag::tissue_heterogeneity_correction, "IMAGE");
  write_reference(root.add_item(tag::referenced_plans), sop_class::rt_plan, referenced_plan_uid);
  write_grid(root, dose_Gy.grid());
  if (bits == DoseBits::bits_16) {
    write_pixels<std::uint16_t>(root, dose_Gy.values(), highest);
  } else {
    write_pixels<std::uint32_t>(root, dose_Gy.values(), highest);
  }
  file.save(path, WriteEncoding::explicit_little);
  return uid;
}

}  // namespace xingu
