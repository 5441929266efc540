// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/scp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "ecg/formats/dates.h"
#include "ecg/formats/lead_codes.h"
#include "ecg/formats/scp_huffman.h"
#include "ecg/formats/scp_sections.h"

namespace xingu::ecg {
namespace {

void append_little(std::string& out, std::uint32_t word, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    out += static_cast<char>(word >> (8 * i) & 0xffU);
  }
}

/// A section with its header; sections have an even length.
std::string with_header(int number, std::string data) {
  data.resize(data.size() + data.size() % 2, '\0');
  std::string body;
  append_little(body, static_cast<std::uint32_t>(number), 2);
  append_little(body, static_cast<std::uint32_t>(data.size() + scp_section_header), 4);
  body += '\x14';  // version 2.0 of section and protocol
  body += '\x14';
  body += number == 0 ? std::string("SCPECG") : std::string(6, '\0');
  body += data;
  std::string out;
  append_little(out, scp_checksum(body), 2);
  return out + body;
}

void append_field(std::string& out, int tag, const std::string& value) {
  out += static_cast<char>(tag);
  append_little(out, static_cast<std::uint32_t>(value.size()), 2);
  out += value;
}

void append_text_field(std::string& out, int tag, const std::string& text) {
  append_field(out, tag, printable(text, 60) + '\0');
}

std::string scp_date(const CalendarDate& date) {
  std::string out;
  append_little(out, static_cast<std::uint32_t>(date.year), 2);
  out += static_cast<char>(date.month);
  out += static_cast<char>(date.day);
  return out;
}

std::string machine_field(const std::string& device) {
  std::string out;
  append_little(out, 0, 2);  // institution
  append_little(out, 0, 2);  // department
  append_little(out, 0, 2);  // device
  out += '\0';               // a cart
  out += '\xff';             // manufacturer: named in text below
  std::string model = printable(device).substr(0, 5);
  model.resize(6, '\0');
  out += model;
  out += '\x14';  // protocol 2.0
  out += '\x80';  // category I: rhythm without reference beat
  out += '\0';    // ASCII only
  out += '\x03';  // it reads and stores
  out += '\0';    // mains frequency unknown
  out += std::string(16, '\0');
  out += '\x01';                // length of the analysing program's version with its end
  out += std::string(4, '\0');  // its version, the recorder's number, the system's and the protocol's names: empty
  out += std::string("xingu") + '\0';
  return out;
}

void append_filters(std::string& out, const ScpFilters& filters) {
  const auto add = [&out](int tag, std::uint32_t word, std::size_t bytes) {
    if (word != 0) {
      std::string value;
      append_little(value, word, bytes);
      append_field(out, tag, value);
    }
  };
  add(27, filters.high_pass_cHz, 2);
  add(28, filters.low_pass_Hz, 2);
  add(29, filters.others, 1);
}

std::string subject_section(const Recording& recording) {
  const RecordedSubject& subject = recording.subject;
  std::string out;
  append_text_field(out, 0, subject.name);
  append_text_field(out, 2, subject.id);
  if (subject.age_years && is_possible_age(*subject.age_years)) {
    const auto [count, unit] = counted_age(*subject.age_years);
    std::string age;
    append_little(age, static_cast<std::uint32_t>(count), 2);
    append_field(out, 4, age + static_cast<char>(unit));
  }
  if (const auto birth = parse_iso_date(subject.birth_date)) {
    append_field(out, 5, scp_date(*birth));
  }
  append_field(out, 8, std::string(1, !subject.sex ? '\0' : *subject.sex == Sex::female ? '\x02' : '\x01'));
  append_field(out, 14, machine_field(recording.device));
  append_field(out, 25, scp_date(parse_iso_date(recording.start_date).value_or(scp_unknown_day)));
  const std::string digits = digits_of("2000-01-01", recording.start_time);
  std::string time(3, '\0');
  for (std::size_t i = 0; i < 3 && digits.size() >= 14; ++i) {
    time[i] = static_cast<char>((digits[8 + 2 * i] - '0') * 10 + (digits[9 + 2 * i] - '0'));
  }
  append_field(out, 26, time);
  append_filters(out, to_scp_filters(shared_filters(recording)));
  for (const std::string& comment : recording.comments) {
    append_field(out, 30, printable(comment, 1000) + '\0');
  }
  append_field(out, 255, "");
  return out;
}

/// One step for all leads, a whole number of nV, and every lead in it.
struct CommonSteps {
  std::uint32_t step_nV = 0;
  std::vector<std::vector<std::int32_t>> samples;  ///< [lead][sample], within 16 bits
};

CommonSteps to_common_steps(const Recording& recording, const std::string& file) {
  double finest_nV = 65535.0;
  double largest_nV = 0.0;
  for (const StoredSignal& signal : recording.signals) {
    const auto unit = millivolts_per_unit(signal.unit);
    XINGU_REQUIRE(
        unit.has_value() && scp_lead_code(signal.label).has_value() && signal.samples_per_frame == 1,
        "{}: signal '{}' in '{}' is no lead of an ECG at the recording's rate (SCP-ECG stores only those); leave it "
        "out ('xingu ecg convert' does with --leads)",
        file, printable(signal.label, 40), printable(signal.unit, 20));
    const double step_nV = std::abs(*unit * 1e6 / signal.gain);
    finest_nV = std::min(finest_nV, step_nV);
    for (const std::int32_t sample : signal.samples) {
      XINGU_REQUIRE(sample != invalid_sample,
                    "{}: signal '{}' has missing samples (SCP-ECG has no mark for them); write "
                    "WFDB, DICOM or CSV",
                    file, printable(signal.label, 40));
      largest_nV = std::max(largest_nV, std::abs(sample - signal.baseline) * step_nV);
    }
  }
  CommonSteps common;
  // whole but for rounding counts as whole, so that a file that was read is written as it was
  const double whole =
      std::abs(finest_nV - std::round(finest_nV)) < 1e-6 ? std::round(finest_nV) : std::floor(finest_nV);
  const double step = std::max({1.0, whole, std::ceil(largest_nV / 32767.0)});
  XINGU_REQUIRE(step <= 65535.0, "{}: values up to {:.0f} mV (beyond 16 bits of 65 µV); check gains", file,
                largest_nV * 1e-6);
  common.step_nV = static_cast<std::uint32_t>(step);
  for (const StoredSignal& signal : recording.signals) {
    const double scale = *millivolts_per_unit(signal.unit) * 1e6 / signal.gain / step;
    auto& samples = common.samples.emplace_back();
    for (const std::int32_t sample : signal.samples) {
      samples.push_back(static_cast<std::int32_t>(std::llround((sample - signal.baseline) * scale)));
    }
  }
  return common;
}

std::vector<std::int32_t> differences(const std::vector<std::int32_t>& samples, int order) {
  std::vector<std::int32_t> out = samples;
  for (std::size_t i = 1; order == 1 && i < samples.size(); ++i) {
    out[i] = samples[i] - samples[i - 1];
  }
  for (std::size_t i = 2; order == 2 && i < samples.size(); ++i) {
    out[i] = samples[i] - 2 * samples[i - 1] + samples[i - 2];
  }
  return out;
}

bool fits_16_bits(const std::vector<std::int32_t>& values) {
  return std::ranges::all_of(values, [](std::int32_t value) { return value >= -32768 && value <= 32767; });
}

std::string rhythm_section(const CommonSteps& common, std::uint32_t interval_us, const std::string& file) {
  const auto all_fit = [&](int order) {
    return std::ranges::all_of(common.samples,
                               [&](const auto& lead) { return fits_16_bits(differences(lead, order)); });
  };
  const int order = all_fit(2) ? 2 : all_fit(1) ? 1 : 0;
  std::string out;
  append_little(out, common.step_nV, 2);
  append_little(out, interval_us, 2);
  out += static_cast<char>(order);
  out += '\0';
  std::string bits;
  for (const auto& lead : common.samples) {
    const std::string coded = encode_scp(differences(lead, order));
    XINGU_REQUIRE(coded.size() + 1 <= 65534,
                  "{}: a lead takes {} bytes (SCP-ECG holds 65534: some tens of seconds); cut "
                  "the recording",
                  file, coded.size());
    append_little(out, static_cast<std::uint32_t>(coded.size() + coded.size() % 2), 2);
    bits += coded;
    bits.resize(bits.size() + coded.size() % 2, '\0');
  }
  return out + bits;
}

std::string lead_section(const Recording& recording) {
  std::string out;
  out += static_cast<char>(recording.signals.size());
  // all leads at once, their number in the upper five bits
  out += static_cast<char>(4U | std::min<std::size_t>(recording.signals.size(), 31) << 3);
  for (const StoredSignal& signal : recording.signals) {
    append_little(out, 1, 4);
    append_little(out, static_cast<std::uint32_t>(recording.num_frames), 4);
    out += static_cast<char>(*scp_lead_code(signal.label));
  }
  return out;
}

}  // namespace

void write_scp(const Recording& recording, const std::filesystem::path& path) {
  const std::string file = path.string();
  require_consistent(recording, file);
  XINGU_REQUIRE(
      std::ranges::all_of(recording.signals, [](const StoredSignal& s) { return s.samples_per_frame == 1; }),
      "{}: its signals have several rates (SCP-ECG stores one); choose leads of one with --leads, or write EDF", file);
  const double interval = 1e6 / recording.frame_rate_Hz;
  XINGU_REQUIRE(std::abs(interval - std::round(interval)) < 1e-6 && interval <= 65535.0,
                "{}: {} Hz is {:.2f} µs a sample (SCP-ECG stores whole microseconds); write EDF, DICOM or aECG", file,
                recording.frame_rate_Hz, interval);
  XINGU_REQUIRE(recording.signals.size() <= scp_most_leads && recording.num_frames > 0,
                "{}: {} leads of {} samples (SCP-ECG holds 1 to {}); choose some with --leads", file,
                recording.signals.size(), recording.num_frames, scp_most_leads);
  const CommonSteps common = to_common_steps(recording, file);
  std::string tables;
  append_little(tables, 19999, 2);
  const std::array sections{
      std::pair{1, with_header(1, subject_section(recording))}, std::pair{2, with_header(2, tables)},
      std::pair{3, with_header(3, lead_section(recording))},
      std::pair{6, with_header(6, rhythm_section(common, static_cast<std::uint32_t>(std::lround(interval)), file))}};
  constexpr std::size_t num_pointers = 12;
  std::size_t place = 6 + scp_section_header + 10 * num_pointers + 1;
  std::string pointers;
  for (int number = 0; number < static_cast<int>(num_pointers); ++number) {
    const auto found = std::ranges::find(sections, number, &std::pair<int, std::string>::first);
    const std::size_t length = number == 0               ? scp_section_header + 10 * num_pointers
                               : found == sections.end() ? 0
                                                         : found->second.size();
    append_little(pointers, static_cast<std::uint32_t>(number), 2);
    append_little(pointers, static_cast<std::uint32_t>(length), 4);
    append_little(pointers, static_cast<std::uint32_t>(length == 0 ? 0 : number == 0 ? 7 : place), 4);
    place += number == 0 ? 0 : length;
  }
  std::string body = with_header(0, pointers);
  for (const auto& [number, text] : sections) {
    body += text;
  }
  std::string sized;
  append_little(sized, static_cast<std::uint32_t>(body.size() + 6), 4);
  sized += body;
  std::string out;
  append_little(out, scp_checksum(sized), 2);
  write_file(path, out + sized);
}

}  // namespace xingu::ecg
