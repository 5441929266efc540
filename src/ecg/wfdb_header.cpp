// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_header.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace xingu::ecg {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    words.push_back(word);
  }
  return words;
}

/// The number that text begins with; `text` moves behind it.
template <class Number>
std::optional<Number> take_number(std::string_view& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

template <class Number>
Number number_in(std::string_view text, const std::string& file, std::size_t line, std::string_view field) {
  const std::optional<Number> value = take_number<Number>(text);
  XINGU_REQUIRE(value, "{}: line {}: {} is '{}' (a number is needed to read the samples); correct the header", file,
                line, field, printable(text));
  return *value;
}

void read_record_line(WfdbHeader& header, const std::vector<std::string>& words, const std::string& file,
                      std::size_t line) {
  XINGU_REQUIRE(words.size() >= 2,
                "{}: line {}: the record line has no number of signals (no samples can be found); "
                "correct the header",
                file, line);
  const std::size_t slash = words[0].find('/');
  header.info.name = words[0].substr(0, slash);
  if (slash != std::string::npos) {
    header.num_segments =
        number_in<int>(std::string_view(words[0]).substr(slash + 1), file, line, "number of segments");
  }
  header.info.sample_rate_hz = words.size() > 2 ? number_in<double>(words[2], file, line, "the sample rate") : 250.0;
  XINGU_REQUIRE(header.info.sample_rate_hz > 0.0 && header.info.sample_rate_hz <= 1e6,
                "{}: line {}: the sample rate is {} Hz (times cannot be told); give one between 0 and 1 MHz", file,
                line, header.info.sample_rate_hz);
  if (words.size() > 3) {
    if (const auto count = number_in<std::size_t>(words[3], file, line, "the number of samples"); count > 0) {
      header.num_samples = count;
    }
  }
  if (words.size() > 5 && words[5].size() == 10) {  // hh:mm:ss dd/mm/yyyy
    const std::string& date = words[5];
    header.info.start = date.substr(6, 4) + "-" + date.substr(3, 2) + "-" + date.substr(0, 2) + "T" + words[4];
  }
}

WfdbSignal read_format(const std::vector<std::string>& words, const std::string& file, std::size_t line) {
  WfdbSignal signal;
  signal.file = words[0];
  std::string_view format = words[1];
  signal.format = number_in<int>(format, file, line, "the format");
  static_cast<void>(take_number<int>(format));
  while (!format.empty()) {
    const char kind = format.front();
    format.remove_prefix(1);
    const auto value = take_number<std::uint64_t>(format);
    XINGU_REQUIRE(value && (kind == '+' || *value <= 1U << 20) && (kind != 'x' || *value > 0),
                  "{}: line {}: the format {} is not understood (samples would be misread); correct it", file, line,
                  printable(words[1]));
    if (kind == 'x') {
      signal.samples_per_frame = static_cast<int>(*value);
    } else if (kind == ':') {
      signal.skew = static_cast<int>(*value);
    } else if (kind == '+') {
      signal.byte_offset = *value;
    }
  }
  return signal;
}

/// "200(1024)/mV": gain, baseline and unit, each of which may be absent. A gain of 0 means uncalibrated: 200 by custom.
void read_gain(ChannelInfo& channel, std::string_view text, std::optional<std::int32_t>& baseline) {
  if (const auto gain = take_number<double>(text); gain && *gain > 0.0) {
    channel.gain = *gain;
  }
  if (!text.empty() && text.front() == '(') {
    text.remove_prefix(1);
    baseline = take_number<std::int32_t>(text);
    text.remove_prefix(std::min(text.size(), text.find(')') + 1));
  }
  if (text.size() > 1 && text.front() == '/') {
    channel.unit = std::string(text.substr(1));
  }
}

void read_signal_line(WfdbHeader& header, const std::vector<std::string>& words, const std::string& file,
                      std::size_t line) {
  XINGU_REQUIRE(words.size() >= 2,
                "{}: line {}: a signal needs a file and a format (its samples cannot be found); "
                "correct the header",
                file, line);
  header.signals.push_back(read_format(words, file, line));
  ChannelInfo channel;
  std::optional<std::int32_t> baseline;
  if (words.size() > 2) {
    read_gain(channel, words[2], baseline);
  }
  if (words.size() > 3) {
    channel.resolution_bits = number_in<int>(words[3], file, line, "the resolution");
  }
  const std::int32_t zero =
      words.size() > 4 ? number_in<std::int32_t>(words[4], file, line, "the converter's zero") : 0;
  channel.baseline = baseline.value_or(zero);
  for (std::size_t i = 8; i < words.size(); ++i) {
    channel.name += (i > 8 ? " " : "") + words[i];
  }
  if (channel.name.empty()) {
    channel.name = "signal " + std::to_string(header.signals.size());
  }
  header.info.channels.push_back(std::move(channel));
}

void set_age(PatientFacts& patient, std::string_view text) {
  if (const auto age = take_number<double>(text); age && *age > 0.0 && *age < 130.0) {
    patient.age_years = *age;
  }
}

void set_sex(PatientFacts& patient, std::string_view text) {
  if (!text.empty() && (text.front() == 'F' || text.front() == 'f')) {
    patient.sex = Sex::female;
  } else if (!text.empty() && (text.front() == 'M' || text.front() == 'm')) {
    patient.sex = Sex::male;
  }
}

/// Age and sex stand in comments: "<age>: 51", "age: 51", or the MIT-BIH way, "24 F 1581 654 x1".
void read_patient(PatientFacts& patient, const std::string& comment) {
  const std::vector<std::string> words = words_of(comment);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string key = to_lower(words[i]);
    if (key == "<age>:" || key == "age:") {
      set_age(patient, words[i + 1]);
    } else if (key == "<sex>:" || key == "sex:") {
      set_sex(patient, words[i + 1]);
    }
  }
  if (words.size() >= 3 && (words[1] == "F" || words[1] == "M") && !patient.sex) {
    set_age(patient, words[0]);
    set_sex(patient, words[1]);
  }
}

}  // namespace

WfdbHeader parse_wfdb_header(std::string_view text, const std::string& file) {
  WfdbHeader header;
  std::istringstream stream{std::string(text)};
  std::optional<int> num_signals;
  std::size_t line_number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++line_number;
    if (!line.empty() && line.front() == '#') {
      header.info.comments.push_back(line.substr(1));
      read_patient(header.info.patient, line.substr(1));
      continue;
    }
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) {
      continue;
    }
    if (!num_signals) {
      read_record_line(header, words, file, line_number);
      num_signals = number_in<int>(words[1], file, line_number, "the number of signals");
      XINGU_REQUIRE(*num_signals >= 0 && *num_signals <= 256,
                    "{}: line {}: {} signals (at most 256 are read); correct the header", file, line_number,
                    *num_signals);
    } else if (header.num_segments == 0 && header.signals.size() < static_cast<std::size_t>(*num_signals)) {
      read_signal_line(header, words, file, line_number);
    }
  }
  XINGU_REQUIRE(num_signals, "{}: no record line (this is no WFDB header); give a .hea file", file);
  XINGU_REQUIRE(header.num_segments > 0 || header.signals.size() == static_cast<std::size_t>(*num_signals),
                "{}: {} signals are announced and {} described (samples would be misread); correct the header", file,
                *num_signals, header.signals.size());
  return header;
}

WfdbHeader read_wfdb_header(const std::filesystem::path& record) {
  std::filesystem::path path = record;
  if (path.extension() != ".hea") {
    path += ".hea";
  }
  return parse_wfdb_header(read_file(path, 1U << 20), path.string());
}

}  // namespace xingu::ecg
