// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "base/progress.h"
#include "dicom/dataset.h"
#include "dicom/write_modules.h"
#include "dicom/write_patient.h"

namespace xingu {
namespace fs = std::filesystem;

namespace {

/// HU = slope · stored + intercept, both as DICOM's decimal text states them.
struct Rescale {
  double slope = 1.0;
  double intercept = 0.0;
};

Rescale choose_rescale(std::span<const float> hu) {
  float lowest = 0.0F;
  float highest = 0.0F;
  bool is_whole = true;
  for (const float value : hu) {
    XINGU_REQUIRE(
        std::isfinite(value),
        "a CT number to be written is not finite (the image would be unreadable); check how the image was made");
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
    is_whole = is_whole && value == std::floor(value);
  }
  if (is_whole && lowest >= -32768.0F && highest <= 32767.0F) {
    return {};
  }
  const double slope = (static_cast<double>(highest) - lowest) / 65534.0;
  const double intercept = 0.5 * (static_cast<double>(highest) + lowest);
  return {*parse_decimal(decimal_string(slope * (1 + 1e-9))), *parse_decimal(decimal_string(intercept))};
}

std::vector<std::uint16_t> stored_values(std::span<const float> hu, const Rescale& rescale) {
  std::vector<std::uint16_t> stored(hu.size());
  std::ranges::transform(hu, stored.begin(), [&](float value) {
    const double scaled = std::round((value - rescale.intercept) / rescale.slope);
    return static_cast<std::uint16_t>(static_cast<std::int16_t>(std::clamp(scaled, -32768.0, 32767.0)));
  });
  return stored;
}

void write_pixel_format(ItemWriter root, const Grid& grid, const Rescale& rescale) {
  root.put(tag::samples_per_pixel, 1);
  root.put(tag::photometric_interpretation, "MONOCHROME2");
  root.put(tag::rows, grid.ny());
  root.put(tag::columns, grid.nx());
  root.put(tag::bits_allocated, 16);
  root.put(tag::bits_stored, 16);
  root.put(tag::high_bit, 15);
  root.put(tag::pixel_representation, 1);
  root.put(tag::rescale_intercept, rescale.intercept);
  root.put(tag::rescale_slope, rescale.slope);
  root.put(tag::rescale_type, "HU");
}

void write_plane(ItemWriter root, const Grid& grid, int k) {
  const Vec3 first = grid.centre(0, 0, k);
  root.put(tag::instance_number, k + 1);
  root.put(tag::image_position, std::array{first.x(), first.y(), first.z()});
  root.put(tag::image_orientation, std::array{1.0, 0.0, 0.0, 0.0, 1.0, 0.0});
  root.put(tag::pixel_spacing, std::array{grid.spacing.y(), grid.spacing.x()});
  root.put(tag::slice_thickness, grid.spacing.z());
  root.put(tag::slice_location, first.z());
}

}  // namespace

void write_ct_series(const CtImage& ct, const fs::path& folder, const WriteOptions& options) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw EnvironmentError(
        fmt::format("{}: cannot be made ({}); choose another folder", folder.string(), error.message()));
  }
  const Grid& grid = ct.hu.grid();
  const PatientUids uids = uids_of(ct);
  const bool is_as_read = has_original_planes(ct) || ct.slices.empty();
  const std::string series =
      is_as_read ? uids.series : make_uid(fmt::format("resampled/{}/{}", uids.series, options.seed));
  const Stamp stamp = stamp_of(ct, options);
  const Rescale rescale = choose_rescale(ct.hu.values());
  const std::size_t plane = static_cast<std::size_t>(grid.nx()) * static_cast<std::size_t>(grid.ny());
  Progress progress("writing CT", static_cast<std::size_t>(grid.nz()), "slices");
  for (int k = 0; k < grid.nz(); ++k) {
    throw_if_cancelled();
    const auto index = static_cast<std::size_t>(k);
    DicomFileWriter file(sop_class::ct_image, is_as_read ? uids.slices[index].sop_instance_uid
                                                         : make_uid(fmt::format("{}/slice {}", series, k)));
    ItemWriter root = file.root();
    write_patient_and_study(root, ct, uids);
    write_series(root, "CT", series, ct.series_description, 1);
    write_frame_of_reference(root, uids);
    root.put(tag::image_type, "DERIVED\\SECONDARY\\AXIAL");
    root.put(tag::patient_position, dicom_position(ct.position));
    root.put(tag::content_date, stamp.date);
    root.put(tag::content_time, stamp.time);
    root.put_empty(tag::laterality);
    root.put_empty(tag::kvp);
    root.put_empty(tag::acquisition_number);
    write_plane(root, grid, k);
    write_pixel_format(root, grid, rescale);
    const auto stored = stored_values(ct.hu.values().subspan(index * plane, plane), rescale);
    root.put_pixels(stored);
    file.save(folder / fmt::format("CT.{:04}.dcm", k + 1), WriteEncoding::explicit_little);
    progress.advance();
  }
}

}  // namespace xingu
