// SPDX-License-Identifier: Apache-2.0
#include "ecg_files.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "dicom/ecg_waveform.h"
#include "ecg/formats/ecg_file.h"

namespace xingu {

ecg::Recording read_ecg_file(const std::filesystem::path& path) {
  const ecg::EcgFormat format = ecg::recognise_format(path);
  return format == ecg::EcgFormat::dicom ? read_ecg_waveform(path) : ecg::read_recording(path, format);
}

ecg::Recording read_ecg_for_analysis(const std::filesystem::path& path) {
  ecg::Recording recording = read_ecg_file(path);
  if (std::string text = ecg::left_out_text(recording, path.string()); !text.empty()) {
    recording.warnings.push_back(std::move(text));
  }
  for (const std::string& warning : recording.warnings) {
    log_warning("{}", warning);
  }
  recording.name = path.string();  // by which the analysis names what it refuses
  return recording;
}

ecg::EcgRecord read_ecg_record(const std::filesystem::path& path) {
  return ecg::to_ecg_record(read_ecg_for_analysis(path));
}

void write_ecg_file(const ecg::Recording& recording, const std::filesystem::path& path,
                    const ecg::WfdbWriteOptions& wfdb) {
  const ecg::EcgFormat format = ecg::format_for_name(path);
  write_where_asked([&] {
    if (format == ecg::EcgFormat::dicom) {
      write_ecg_waveform(recording, path);
    } else if (format == ecg::EcgFormat::wfdb) {
      ecg::write_wfdb(recording, path, wfdb);
    } else {
      ecg::write_recording(recording, path, format);
    }
  });
}

void write_where_asked(const std::function<void()>& write) {
  try {
    write();
  } catch (const EnvironmentError& error) {
    throw InputError(error.what());
  }
}

}  // namespace xingu
