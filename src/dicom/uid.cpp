// SPDX-License-Identifier: Apache-2.0
#include "dicom/uid.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/files.h"

namespace xingu {
namespace {

std::string content_seed(const CtImage& ct) {
  const Grid& grid = ct.hu.grid();
  const std::uint64_t voxels = hash_bytes(std::as_bytes(ct.hu.values()));
  return fmt::format("ct/{}/{}/{}/{}x{}x{}/{}/{}/{}/{}/{}/{}/{:x}", ct.patient_id, ct.patient_name,
                     ct.series_description, grid.nx(), grid.ny(), grid.nz(), grid.origin.x(), grid.origin.y(),
                     grid.origin.z(), grid.spacing.x(), grid.spacing.y(), grid.spacing.z(), voxels);
}

std::string structure_seed(const StructureSet& set, const std::string& series) {
  std::uint64_t hash = hash_text(set.label);
  for (const Structure& structure : set.structures) {
    hash = hash_text(fmt::format("{}/{}/{}", structure.number, structure.name, structure.contours.size()), hash);
    for (const Contour& contour : structure.contours) {
      hash = hash_bytes(std::as_bytes(std::span(&contour.z_mm, 1)), hash);
      hash = hash_bytes(std::as_bytes(std::span(contour.points)), hash);
    }
  }
  return fmt::format("structures/{}/{:x}", series, hash);
}

}  // namespace

bool has_original_planes(const CtImage& ct) {
  const Grid& grid = ct.hu.grid();
  if (ct.slices.size() != static_cast<std::size_t>(grid.nz())) {
    return false;
  }
  for (int k = 0; k < grid.nz(); ++k) {
    const CtImage::Slice& slice = ct.slices[static_cast<std::size_t>(k)];
    if (slice.sop_instance_uid.empty() || std::abs(slice.z_mm - grid.centre(0, 0, k).z()) > 0.1 * grid.spacing.z()) {
      return false;
    }
  }
  return true;
}

PatientUids uids_of(const CtImage& ct) {
  PatientUids uids{ct.study_uid, ct.series_uid, ct.frame_of_reference_uid, {}, ct.slices};
  const bool has_slices =
      std::ranges::all_of(ct.slices, [](const auto& slice) { return !slice.sop_instance_uid.empty(); });
  if (!uids.study.empty() && !uids.series.empty() && !uids.frame_of_reference.empty() && !uids.slices.empty() &&
      has_slices) {
    return uids;
  }
  const std::string seed = content_seed(ct);
  const auto complete = [&](std::string& uid, std::string_view kind) {
    if (uid.empty()) {
      uid = make_uid(fmt::format("{}/{}", seed, kind));
    }
  };
  complete(uids.study, "study");
  complete(uids.series, "series");
  complete(uids.frame_of_reference, "frame");
  if (uids.slices.empty()) {
    for (int k = 0; k < ct.hu.grid().nz(); ++k) {
      uids.slices.push_back({ct.hu.grid().centre(0, 0, k).z(), {}});
    }
  }
  for (std::size_t k = 0; k < uids.slices.size(); ++k) {
    complete(uids.slices[k].sop_instance_uid, fmt::format("slice {}", k));
  }
  return uids;
}

PatientUids uids_of(const Patient& patient) {
  PatientUids uids = uids_of(patient.ct);
  uids.structure_set = patient.structure_set.sop_instance_uid;
  if (uids.structure_set.empty()) {
    uids.structure_set = make_uid(structure_seed(patient.structure_set, uids.series));
  }
  return uids;
}

}  // namespace xingu
