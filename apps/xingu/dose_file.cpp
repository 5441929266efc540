// SPDX-License-Identifier: Apache-2.0
#include "dose_file.h"

#include <vector>

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
  if (dose.units != "GY") {
    log_warning("{}: the dose is relative, not in Gy; its numbers are used as they are", file.string());
  }
  if (dose.type == "ERROR") {
    log_warning(
        "{}: holds the uncertainty of a dose (DoseType ERROR), not a dose; name the other file if that was meant",
        file.string());
  }
  return std::move(dose.dose_Gy);
}

}  // namespace xingu
