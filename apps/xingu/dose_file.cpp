// SPDX-License-Identifier: Apache-2.0
#include "dose_file.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "dicom/dicom_folder.h"
#include "dicom/read_dose.h"
#include "geometry/mha.h"

namespace xingu {

Volume<float> load_dose(const std::filesystem::path& path) {
  if (to_lower(path.extension().string()) == ".mha") {
    return read_mha(path);
  }
  std::filesystem::path file = path;
  if (std::filesystem::is_directory(path)) {
    const DicomFolder folder = scan_dicom_folder(path);
    XINGU_REQUIRE(folder.doses.size() == 1, "{}: holds {} RTDOSE files (one is needed); name the file", path.string(),
                  folder.doses.size());
    file = folder.doses.front().path;
  }
  RtDose dose = read_rtdose(file);
  for (const std::string& warning : dose.warnings) {
    log_warning("{}", warning);
  }
  if (dose.units != "GY") {
    log_warning("{}: the dose is relative, not in Gy; its numbers are used as they are", file.string());
  }
  return std::move(dose.dose_Gy);
}

}  // namespace xingu
