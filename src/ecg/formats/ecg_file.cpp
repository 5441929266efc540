// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/ecg_file.h"

#include <array>
#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "ecg/formats/aecg.h"
#include "ecg/formats/csv.h"
#include "ecg/formats/edf.h"
#include "ecg/formats/scp.h"
#include "ecg/formats/wfdb_record.h"
#include "ecg/wfdb_header.h"

namespace xingu::ecg {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<std::string_view, EcgFormat>, 8> suffixes{{{".hea", EcgFormat::wfdb},
                                                                          {".edf", EcgFormat::edf},
                                                                          {".bdf", EcgFormat::bdf},
                                                                          {".scp", EcgFormat::scp},
                                                                          {".xml", EcgFormat::aecg},
                                                                          {".csv", EcgFormat::csv},
                                                                          {".txt", EcgFormat::csv},
                                                                          {".dcm", EcgFormat::dicom}}};

/// The first bytes of a file.
std::string beginning_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(256, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  XINGU_REQUIRE(stream.gcount() > 0, "{}: cannot be read or is empty (there is no recording in it); give a file",
                path.string());
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

Recording read_as(const fs::path& path, EcgFormat format) {
  switch (format) {
    case EcgFormat::wfdb:
      return read_wfdb(path);
    case EcgFormat::edf:
    case EcgFormat::bdf:
      return read_edf(path);
    case EcgFormat::scp:
      return read_scp(path);
    case EcgFormat::aecg:
      return read_aecg(path);
    case EcgFormat::csv:
      return read_csv(path);
    case EcgFormat::dicom:
      break;
  }
  throw BrokenPromise("DICOM waveforms are read by the dicom folder");
}

}  // namespace

EcgFormat recognise_format(const fs::path& path) {
  if (path.extension() == ".hea" || (!fs::exists(path) && fs::exists(wfdb_header_path(path)))) {
    return EcgFormat::wfdb;
  }
  XINGU_REQUIRE(fs::exists(path), "{}: no such file or record (nothing can be read); give another path", path.string());
  XINGU_REQUIRE(fs::is_regular_file(path), "{}: is not a file (a recording is one); give a file", path.string());
  const std::string begin = beginning_of(path);
  if (begin.substr(0, 8) == "0       ") {
    return EcgFormat::edf;
  }
  if (begin.substr(1, 7) == "BIOSEMI") {
    return EcgFormat::bdf;
  }
  if (begin.size() > 22 && begin.substr(16, 6) == "SCPECG") {
    return EcgFormat::scp;
  }
  if (begin.size() > 132 && begin.substr(128, 4) == "DICM") {
    return EcgFormat::dicom;
  }
  const std::size_t first = begin.find_first_not_of("\xef\xbb\xbf \t\r\n");
  const bool is_markup = first != std::string::npos && begin[first] == '<';
  if (is_markup || path.extension() == ".xml") {
    return EcgFormat::aecg;
  }
  return path.extension() == ".dcm" ? EcgFormat::dicom : EcgFormat::csv;
}

EcgFormat format_for_name(const fs::path& path) {
  const std::string suffix = to_lower(path.extension().string());
  for (const auto& [name, format] : suffixes) {
    if (suffix == name) {
      return format;
    }
  }
  fail_input(
      "{}: the suffix '{}' names no format of an ECG (it says what to write); use .hea, .edf, .bdf, .scp, .xml, "
      ".csv or .dcm",
      path.string(), printable(suffix, 20));
}

Recording read_recording(const fs::path& path, EcgFormat format) {
  Recording recording = read_as(path, format);
  if (has_doubtful_gains(recording)) {
    recording.warnings.push_back(doubtful_gains_text(path.string()));
  }
  return recording;
}

void write_recording(const Recording& recording, const fs::path& path, EcgFormat format) {
  switch (format) {
    case EcgFormat::wfdb:
      return write_wfdb(recording, path);
    case EcgFormat::edf:
      return write_edf(recording, path, EdfKind::edf);
    case EcgFormat::bdf:
      return write_edf(recording, path, EdfKind::bdf);
    case EcgFormat::scp:
      return write_scp(recording, path);
    case EcgFormat::aecg:
      return write_aecg(recording, path);
    case EcgFormat::csv:
      return write_csv(recording, path);
    case EcgFormat::dicom:
      break;
  }
  throw BrokenPromise("DICOM waveforms are written by the dicom folder");
}

}  // namespace xingu::ecg
