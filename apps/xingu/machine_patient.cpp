// SPDX-License-Identifier: Apache-2.0
#include "machine_patient.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "dicom/read_patient.h"
#include "patient/body_outline.h"
#include "patient/occupancy.h"

namespace xingu {
namespace {

Vec3 parse_point(const std::string& text) {
  Vec3 point;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  bool is_valid = true;
  for (Eigen::Index a = 0; a < 3; ++a) {
    const auto skip_blanks = [&](const char* p) {
      while (p != end && *p == ' ') {
        ++p;
      }
      return p;
    };
    auto result = std::from_chars(skip_blanks(at), end, point[a]);
    result.ptr = skip_blanks(result.ptr);
    is_valid =
        is_valid && result.ec == std::errc{} && (a == 2 ? result.ptr == end : result.ptr != end && *result.ptr == ',');
    at = is_valid && a < 2 ? result.ptr + 1 : result.ptr;
    if (!is_valid) {
      break;
    }
  }
  XINGU_REQUIRE(is_valid && point.allFinite(),
                "--isocentre-mm '{}' is no point (three numbers are needed); write for example 10.5,-20,103", text);
  return point;
}

const Structure& target_of(const StructureSet& set, const std::string& name) {
  if (!name.empty()) {
    for (const Structure& structure : set.structures) {
      if (structure.name == name) {
        return structure;
      }
    }
    std::vector<std::string> names;
    for (const Structure& structure : set.structures) {
      names.push_back(structure.name);
    }
    const std::string nearest = nearest_name(name, names);
    fail_input("--structure {}: there is no such structure (the isocentre is to be its middle); {}", name,
               nearest.empty() ? "xingu inspect lists them" : fmt::format("did you mean '{}'?", nearest));
  }
  for (const char* type : {"PTV", "CTV", "GTV"}) {
    for (const Structure& structure : set.structures) {
      const bool is_target = structure.interpreted_type == type || to_lower(structure.name).starts_with(to_lower(type));
      if (is_target && !structure.contours.empty()) {
        return structure;
      }
    }
  }
  fail_input(
      "the patient has no structure of type or name PTV, CTV or GTV (where the beams meet is unknown); give "
      "--structure or "
      "--isocentre-mm");
}

Vec3 middle_of(const Structure& structure, const Grid& grid) {
  Vec3 sum = Vec3::Zero();
  double weight = 0.0;
  for (const auto& voxel : rasterise(structure, grid).voxels) {
    const auto per_slice = grid.index(0, 0, 1);
    const auto z = static_cast<int>(voxel.index / per_slice);
    const auto y = static_cast<int>(voxel.index % per_slice / static_cast<std::size_t>(grid.nx()));
    const auto x = static_cast<int>(voxel.index % static_cast<std::size_t>(grid.nx()));
    sum += static_cast<double>(voxel.fraction) * grid.centre(x, y, z);
    weight += static_cast<double>(voxel.fraction);
  }
  XINGU_REQUIRE(weight > 0, "the structure '{}' is empty (it has no middle); give --structure or --isocentre-mm",
                structure.name);
  return sum / weight;
}

}  // namespace

MachinePatient read_machine_patient(const PatientChoice& choice, const UnseenPatient& unseen) {
  ReadOptions read;
  if (!choice.series_uid.empty()) {
    read.series_uid = choice.series_uid;
  }
  if (!choice.structure_set.empty()) {
    read.structure_set = choice.structure_set;
  }
  MachinePatient result;
  result.patient = read_patient(scan_dicom_folder(choice.folder), read);
  for (const std::string& warning : result.patient.warnings) {
    log_warning("{}", warning);
  }
  if (!choice.isocentre_mm.empty()) {
    result.isocentre_P = parse_point(choice.isocentre_mm);
    result.isocentre_source = "as given";
  } else {
    const Structure& target = target_of(result.patient.structure_set, choice.structure);
    result.isocentre_P = middle_of(target, result.patient.ct.hu.grid());
    result.isocentre_source = fmt::format("the middle of {}", printable(target.name));
  }
  const BodyOutline body = find_body(result.patient);
  for (const std::string& remark : cut_remarks(body.mask)) {
    log_warning("{}", remark);
  }
  const auto skin = skin_of(body, unseen);
  result.on_table = {skin, patient_on_table(*skin, result.patient.ct.position, result.isocentre_P)};
  return result;
}

}  // namespace xingu
