// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "geometry/grid.h"

namespace xingu {

/// Whose coordinates a file's positions are: two DICOM objects lie on each other only in one frame of reference.
struct FrameClaim {
  std::filesystem::path file;
  std::string frame_of_reference_uid;  ///< empty where the file states none
  std::string patient_id;
  bool is_dicom = true;  ///< a MetaImage cannot state a frame, so nothing is to be missed in it
};

/// What the numbers of a dose are, in the words of DICOM (PS3.3 C.8.8.3); a MetaImage is taken for physical doses of a
/// whole plan in Gy.
struct DoseKind {
  std::string units = "GY";        ///< GY or RELATIVE
  std::string type = "PHYSICAL";   ///< PHYSICAL, EFFECTIVE, ERROR
  std::string summation = "PLAN";  ///< PLAN, MULTI_PLAN, FRACTION, BEAM, …

  [[nodiscard]] bool is_relative() const { return units != "GY"; }
  /// Whether the numbers are totals over a course, as prescriptions and goals are.
  [[nodiscard]] bool is_total() const { return summation == "PLAN" || summation == "MULTI_PLAN"; }
};

struct LoadedDose {
  Volume<float> dose_Gy;  ///< [nz, ny, nx] frame P
  FrameClaim frame;
  DoseKind kind{};
};

/// A dose from an RTDOSE, a folder that holds exactly one (beside its uncertainty, DoseType ERROR), or a MetaImage
/// (.mha), Gy. A relative or effective RTDOSE, an uncertainty, and a sum other than that of a plan are taken as they
/// are, with a warning. @param is_scaled  the caller makes totals of it (--scale), so it is not said that it holds none
/// @throws InputError naming the file.
[[nodiscard]] LoadedDose load_dose(const std::filesystem::path& path, bool is_scaled = false);

/// Warns where a DICOM object states no frame of reference, and where the patients' IDs differ within one frame.
/// @throws InputError where both frames are stated and differ: figures would be of places that have nothing to do with
/// each other.
void require_one_frame(const FrameClaim& a, const FrameClaim& b);

}  // namespace xingu
