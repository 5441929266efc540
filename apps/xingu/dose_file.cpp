// SPDX-License-Identifier: Apache-2.0
#include "dose_file.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "dicom/dicom_folder.h"
#include "dicom/read_dose.h"
#include "dicom/tags.h"
#include "geometry/mha.h"

namespace xingu {

namespace {

/// The end of a UID is what tells two of one exporter apart.
std::string short_uid(const std::string& uid) {
  constexpr std::size_t told = 24;
  return uid.size() <= told ? printable(uid) : "…" + printable(uid.substr(uid.size() - told));
}

/// An image of something else, or a difference of doses, read as a dose would be judged without a word.
void warn_of_negative_dose(const Volume<float>& dose_Gy, const std::filesystem::path& file) {
  constexpr double rounding = 1e-4;  // of the maximum: interpolation and 16 bits may leave as much
  const auto [least, most] = std::ranges::minmax(dose_Gy.values());
  if (least < -rounding * std::max(most, 0.0F) && least < 0.0F) {
    log_warning("{}: its least dose is {:.3g} Gy (a dose is never negative); make sure that it is one", file.string(),
                least);
  }
}

}  // namespace

LoadedDose load_dose(const std::filesystem::path& path, bool is_scaled) {
  if (to_lower(path.extension().string()) == ".mha") {
    LoadedDose loaded{read_mha(path), {path, {}, {}, false}, {}};
    warn_of_negative_dose(loaded.dose_Gy, path);
    return loaded;
  }
  std::filesystem::path file = path;
  if (std::filesystem::is_directory(path)) {
    std::vector<RtFile> doses = scan_dicom_folder(path).doses;
    std::erase_if(doses, [](const RtFile& dose) { return dose.is_dose_error; });
    XINGU_REQUIRE(doses.size() == 1, "{}: holds {} RTDOSE files (one is needed); name the file", path.string(),
                  doses.size());
    file = doses.front().path;
  }
  RtDose dose = read_rtdose(file);
  for (const std::string& warning : dose.warnings) {
    log_warning("{}", warning);
  }
  const DoseKind kind{dose.units, dose.type, dose.summation.empty() ? "PLAN" : dose.summation};
  if (kind.is_relative()) {
    log_warning("{}: the dose is relative (DoseUnits {}), not in Gy", file.string(), printable(kind.units, 16));
  }
  if (kind.summation != "PLAN") {
    log_warning("{}: is the sum over a {} (DoseSummationType), not that of a plan{}", file.string(),
                printable(kind.summation, 32),
                kind.is_total() || is_scaled ? "" : ": its doses are not totals of the course");
  }
  if (kind.type == "EFFECTIVE") {
    log_warning("{}: is a biologically weighted dose (DoseType EFFECTIVE), not a physical one", file.string());
  }
  if (dose.type == "ERROR") {
    log_warning(
        "{}: holds the uncertainty of a dose (DoseType ERROR), not a dose; name the other file if that was meant",
        file.string());
  } else {
    warn_of_negative_dose(dose.dose_Gy, file);
  }
  return {std::move(dose.dose_Gy), {file, dose.frame_of_reference_uid, dose.patient_id, true}, kind};
}

void require_one_frame(const FrameClaim& a, const FrameClaim& b) {
  for (const FrameClaim* claim : {&a, &b}) {
    if (claim->is_dicom && claim->frame_of_reference_uid.empty()) {
      log_warning("{}: states no {}; make sure that {} is of the same patient and in the same coordinates",
                  claim->file.string(), to_string(tag::frame_of_reference_uid), (claim == &a ? b : a).file.string());
    }
  }
  if (a.frame_of_reference_uid.empty() || b.frame_of_reference_uid.empty()) {
    return;
  }
  XINGU_REQUIRE(a.frame_of_reference_uid == b.frame_of_reference_uid,
                "{}: its frame of reference {} is not {}, that of {} (their positions have nothing to do with each "
                "other); give two files of one patient and one CT",
                b.file.string(), short_uid(b.frame_of_reference_uid), short_uid(a.frame_of_reference_uid),
                a.file.string());
  if (!a.patient_id.empty() && !b.patient_id.empty() && a.patient_id != b.patient_id) {
    log_warning("{}: is of patient '{}', but {} of '{}'; make sure that it is the same patient", b.file.string(),
                printable(b.patient_id, 64), a.file.string(), printable(a.patient_id, 64));
  }
}

}  // namespace xingu
