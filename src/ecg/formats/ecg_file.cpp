// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/ecg_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "ecg/formats/aecg.h"
#include "ecg/formats/ascii_text.h"
#include "ecg/formats/csv.h"
#include "ecg/formats/edf.h"
#include "ecg/formats/edf_stream.h"
#include "ecg/formats/lead_codes.h"
#include "ecg/formats/scp.h"
#include "ecg/formats/scp_sections.h"
#include "ecg/formats/wfdb_record.h"
#include "ecg/formats/wfdb_stream.h"
#include "ecg/wfdb_header.h"

namespace xingu::ecg {
namespace {

namespace fs = std::filesystem;

constexpr double gains_judged_s = 60.0;  // of a stream

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

/// Two leads of one name: the analysis takes the first for what the name says.
void warn_of_equal_names(Recording& recording, const std::string& file) {
  std::vector<std::string> seen;
  for (const StoredSignal& signal : recording.signals) {
    if (is_lead(signal.label) && std::ranges::find(seen, signal.label) != seen.end()) {
      recording.warnings.push_back(
          fmt::format("{}: two signals are named '{}'; correct one of the names", file, printable(signal.label, 40)));
    }
    seen.push_back(signal.label);
  }
}

/// What the values of the signals without a unit span; goes through the whole stream.
std::vector<ValueSpan> value_spans(RecordingStream& stream) {
  constexpr std::size_t block_frames = 4096;
  const std::vector<StoredSignal>& signals = stream.facts().signals;
  std::vector<ValueSpan> spans(signals.size());
  FrameBlock block;
  while (stream.read(block_frames, block) > 0) {
    for (std::size_t s = 0; s < spans.size(); ++s) {
      if (signals[s].unit.empty()) {
        spans[s].take(signals[s], block[s]);
      }
    }
  }
  return spans;
}

bool is_edf(EcgFormat format) { return format == EcgFormat::edf || format == EcgFormat::bdf; }

/// Years as birth and start say them to a format that has no field for an age.
std::optional<double> age_by_dates(const Recording& recording) {
  Recording dates;
  dates.subject.birth_date = recording.subject.birth_date;
  dates.start_date = recording.start_date;
  return age_at_recording(dates);
}

/// Whether the dates say the age as well, to the month that may be begun.
bool is_age_by_dates(double years, const Recording& recording) {
  const auto told = age_by_dates(recording);
  return told && std::floor(*told) == std::floor(years) && years - *told < 1.0 && years >= *told - 1.0 / 12.0;
}

void add_lost_subject(EcgFormat format, const Recording& recording, std::vector<std::string>& lost) {
  const RecordedSubject& subject = recording.subject;
  if (const std::optional<double> age = subject.age_years) {
    if ((is_edf(format) || format == EcgFormat::aecg) && !is_age_by_dates(*age, recording)) {
      lost.push_back(
          fmt::format("the age of {}{}", age_words(*age),
                      subject.birth_date.empty() ? " (it has a date of birth only, which is not known)" : ""));
    }
    const CountedAge counted = counted_age(*age);
    const bool is_counted = format == EcgFormat::scp || format == EcgFormat::dicom;
    if (is_counted && std::abs(years_of(counted.count, counted.unit) - *age) > 1e-6) {
      lost.push_back(fmt::format("the last part of the age of {:g} years", *age));
    }
  }
  for (const std::string& text : {subject.id, subject.name, recording.device}) {
    if (is_edf(format) && ascii_text(text) != text) {
      lost.push_back(fmt::format("letters beyond ASCII ('{}' is written as '{}')", printable(text, 80),
                                 printable(ascii_text(text), 80)));
    }
  }
  constexpr std::size_t longest_scp_text = 60;
  constexpr std::size_t longest_scp_device = 5;
  constexpr std::size_t longest_edf_texts = 80 - 16;  // beside sex and date
  if ((format == EcgFormat::scp && std::max(subject.id.size(), subject.name.size()) > longest_scp_text) ||
      (is_edf(format) && ascii_text(subject.id + subject.name).size() > longest_edf_texts)) {
    lost.emplace_back("the end of a long name");
  }
  if (format == EcgFormat::scp && recording.device.size() > longest_scp_device) {
    lost.push_back(fmt::format("all but five letters of the device '{}'", printable(recording.device, 80)));
  }
}

/// A table's columns have different names.
void add_lost_names(const Recording& recording, std::vector<std::string>& lost) {
  const std::vector<std::string> names = csv_names(recording);
  std::string changed;
  for (std::size_t s = 0; s < names.size(); ++s) {
    const std::string& label = recording.signals[s].label;
    if (!label.empty() && names[s] != lead_name(label)) {
      changed += fmt::format("{}'{}' is written as '{}'", changed.empty() ? "" : ", ", printable(label, 40),
                             printable(names[s], 40));
    }
  }
  if (!changed.empty()) {
    lost.push_back(fmt::format("two signals of one name ({})", printable(changed, 200)));
  }
}

/// Whether a format has fields for what went through a signal.
bool holds_filters(EcgFormat format, const StoredSignal& signal, const Recording& recording) {
  const RecordedFilters own = parse_prefilter(signal.prefilter);
  const bool is_shared = own.is_stated() && own == shared_filters(recording);
  switch (format) {
    case EcgFormat::dicom:
      return own.is_stated();
    case EcgFormat::aecg:
      return is_shared;
    case EcgFormat::scp:
      return is_shared && from_scp_filters(to_scp_filters(own)) == own;
    default:
      return is_edf(format) || format == EcgFormat::csv;
  }
}

void add_lost_start(EcgFormat format, const Recording& recording, std::vector<std::string>& lost) {
  const std::string& time = recording.start_time;
  if (const std::size_t point = time.find('.'); point != std::string::npos &&
                                                time.find_first_not_of("0", point + 1) != std::string::npos &&
                                                (is_edf(format) || format == EcgFormat::scp)) {
    lost.push_back(fmt::format("the part of a second of the start {}", printable(time, 20)));
  }
  if (recording.start_date.empty() && !time.empty() && (format == EcgFormat::aecg || format == EcgFormat::dicom)) {
    lost.push_back(fmt::format("the start {} without a date", printable(time, 20)));
  }
}

}  // namespace

std::vector<std::string> facts_lost_in(EcgFormat format, const Recording& recording) {
  std::vector<std::string> lost;
  if (format == EcgFormat::scp && !recording.marks.empty()) {
    lost.push_back(fmt::format("{} marks (beats and notes)", recording.marks.size()));
  }
  if (format == EcgFormat::dicom) {
    const auto wordless = std::ranges::count_if(
        recording.marks, [](const RecordingMark& m) { return m.text.find_first_not_of(' ') == std::string::npos; });
    if (wordless > 0) {
      lost.push_back(fmt::format("{} marks without a text", wordless));
    }
  }
  if (format == EcgFormat::wfdb) {
    const auto lasting =
        std::ranges::count_if(recording.marks, [](const RecordingMark& m) { return m.duration_s > 0; });
    const auto between = std::ranges::count_if(recording.marks, [](const RecordingMark& m) { return m.part > 0; });
    if (lasting > 0) {
      lost.push_back(fmt::format("the duration of {} marks", lasting));
    }
    if (between > 0) {
      lost.push_back(fmt::format("the place of {} marks within a frame", between));
    }
  }
  const auto numbered = std::ranges::count_if(recording.marks, [](const RecordingMark& m) {
    return m.numbers.subtype != 0 || m.numbers.channel != 0 || m.numbers.number != 0;
  });
  if (numbered > 0 && format != EcgFormat::wfdb && format != EcgFormat::scp) {
    lost.push_back(fmt::format("the subtype, channel or number of {} marks", numbered));
  }
  if (is_edf(format) && !recording.comments.empty()) {
    lost.push_back(fmt::format("{} lines of comment", recording.comments.size()));
  }
  add_lost_subject(format, recording, lost);
  add_lost_start(format, recording, lost);
  if (format == EcgFormat::csv) {
    add_lost_names(recording, lost);
  }
  const bool has_chain = std::ranges::any_of(recording.signals, [&](const StoredSignal& s) {
    return !s.transducer.empty() || (!s.prefilter.empty() && !holds_filters(format, s, recording));
  });
  if (has_chain && !is_edf(format) && format != EcgFormat::csv) {
    lost.emplace_back("what it says of transducers and filters");
  }
  return lost;
}

std::optional<int> bits_of(EcgFormat format) {
  const bool is_16 = format == EcgFormat::edf || format == EcgFormat::dicom;
  return is_16 ? std::optional(16) : format == EcgFormat::bdf ? std::optional(24) : std::nullopt;
}

std::string_view format_name(EcgFormat format) {
  constexpr std::array<std::string_view, 7> names{"WFDB", "EDF+", "BDF+", "SCP-ECG", "HL7 aECG", "CSV", "DICOM"};
  return names[static_cast<std::size_t>(format)];
}

EcgFormat recognise_format(const fs::path& path) {
  XINGU_REQUIRE(!path.empty(), "the name of a recording is empty (no file is named); give a file or record");
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
  XINGU_REQUIRE(!path.empty(), "the name of what to write is empty (no file is named); give one with a suffix");
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
  leave_out_late_marks(recording, path.string());
  name_chest_leads(recording);
  (void)assume_millivolts(recording, path.string());  // what is left without a unit the analysis refuses
  warn_of_equal_names(recording, path.string());
  if (const auto doubt = gain_doubt(recording); doubt != GainDoubt::none) {
    recording.warnings.push_back(gain_doubt_text(doubt, path.string()));
  }
  return recording;
}

bool is_streamed(EcgFormat format) { return format == EcgFormat::wfdb || is_edf(format); }

std::unique_ptr<RecordingStream> open_recording_stream(const fs::path& path, EcgFormat format) {
  if (format == EcgFormat::wfdb) {
    return open_wfdb_stream(path);
  }
  return is_edf(format) ? open_edf_stream(path) : nullptr;
}

Recording read_streamed_facts(const fs::path& path, EcgFormat format) {
  const auto open = [&] {
    auto stream = open_recording_stream(path, format);
    XINGU_EXPECT(stream != nullptr);
    return stream;
  };
  const std::unique_ptr<RecordingStream> stream = open();
  Recording facts = stream->facts();
  name_chest_leads(facts);
  if (std::ranges::find(facts.signals, "", &StoredSignal::unit) != facts.signals.end()) {
    (void)assume_millivolts(facts, value_spans(*open()), path.string());
  }
  warn_of_equal_names(facts, path.string());
  Recording first = beginning_of(*stream, gains_judged_s);
  for (std::size_t s = 0; s < first.signals.size(); ++s) {
    first.signals[s].unit = facts.signals[s].unit;
  }
  if (const auto doubt = gain_doubt(first); doubt != GainDoubt::none) {
    facts.warnings.push_back(gain_doubt_text(doubt, path.string()));
  }
  return facts;
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
