// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_header.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "ecg/patient_age.h"

namespace xingu::ecg {
namespace {

constexpr std::uintmax_t largest_header = 1ULL << 20;
constexpr std::size_t most_channels = 1024;
constexpr std::size_t most_segments = 100000;

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) {
    result.push_back(word);
  }
  return result;
}

/// A number at the start of `text`, which is moved behind it; empty if there is none.
template <class Number>
std::optional<Number> take(std::string_view& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

struct Line {
  const std::string& file;
  std::size_t number;

  [[noreturn]] void fail(std::string_view what) const {
    fail_input("{}:{}: {} (the samples could not be placed); give a WFDB header", file, number, what);
  }
};

/// "11:05:30" and "25/11/2002" as ISO 8601.
std::string iso_start(const std::vector<std::string>& word) {
  if (word.size() < 5) {
    return {};
  }
  if (word.size() < 6 || word[5].size() != 10 || word[5][2] != '/' || word[5][5] != '/') {
    return word[4];
  }
  const std::string& date = word[5];
  return date.substr(6, 4) + '-' + date.substr(3, 2) + '-' + date.substr(0, 2) + 'T' + word[4];
}

/// Lines that follow: signals, or segments where the record's name ends in "/count".
struct Expected {
  std::size_t signals = 0;
  std::size_t segments = 0;
};

void parse_record_line(const Line& line, const std::vector<std::string>& word, WfdbHeader& header, Expected& expected) {
  if (word.size() < 2) {
    line.fail("no number of signals");
  }
  header.info.name = word[0].substr(0, word[0].find('/'));
  if (const std::size_t slash = word[0].find('/'); slash != std::string::npos) {
    std::string_view segments = std::string_view(word[0]).substr(slash + 1);
    expected.segments = take<std::size_t>(segments).value_or(0);
    if (expected.segments == 0 || expected.segments > most_segments || !segments.empty()) {
      line.fail("the number of segments is not a number from 1 to 100000");
    }
  }
  std::string_view count = word[1];
  const auto channels = take<std::size_t>(count);
  if (!channels || *channels > most_channels || !count.empty()) {
    line.fail("the number of signals is not a number up to 1024");
  }
  expected.signals = *channels;
  std::string_view rate = word.size() > 2 ? std::string_view(word[2]) : "250";
  const auto hertz = take<double>(rate);
  if (!hertz || !std::isfinite(*hertz) || *hertz <= 0) {
    line.fail("the sample rate is not a positive number");
  }
  header.info.rate_hz = *hertz;
  if (word.size() > 3) {
    std::string_view length = word[3];
    const auto samples = take<std::int64_t>(length);
    if (!samples || *samples < 0) {
      line.fail("the number of samples is not a number");
    }
    if (*samples > 0) {
      header.info.num_samples = *samples;
    }
  }
  header.info.start_time = printable(iso_start(word), 40);
}

void parse_segment_line(const Line& line, const std::vector<std::string>& word, WfdbHeader& header) {
  std::string_view length = word.size() == 2 ? std::string_view(word[1]) : "";
  const auto frames = take<std::int64_t>(length);
  if (!frames || *frames < 0 || !length.empty()) {
    line.fail("a segment line needs a record's name and its number of samples");
  }
  header.segments.push_back({word[0], *frames});
}

void parse_format(const Line& line, std::string_view text, WfdbSignal& signal) {
  const auto format = take<int>(text);
  if (!format) {
    line.fail("the storage format is not a number");
  }
  signal.format = *format;
  while (!text.empty()) {
    if (take_char(text, 'x')) {
      signal.samples_per_frame = take<int>(text).value_or(0);
    } else if (take_char(text, ':')) {
      signal.skew = take<int>(text).value_or(-1);
    } else if (take_char(text, '+')) {
      signal.byte_offset = take<long long>(text).value_or(-1);
    } else {
      line.fail("the storage format has an unknown part");
    }
  }
  if (signal.samples_per_frame < 1 || signal.skew < 0 || signal.byte_offset < 0) {
    line.fail("samples per frame, skew or byte offset is no number in range");
  }
}

/// "200.0(1024)/mV": gain, the baseline if given, the unit. A gain of 0 means that it was never calibrated: 200 per mV.
bool parse_gain(const Line& line, std::string_view text, Channel& channel) {
  constexpr double default_gain = 200.0;
  const auto gain = take<double>(text);
  if (!gain || !std::isfinite(*gain)) {
    line.fail("the gain is not a number");
  }
  channel.gain = *gain == 0 ? default_gain : *gain;
  bool has_baseline = false;
  if (take_char(text, '(')) {
    const auto baseline = take<long>(text);
    if (!baseline || !take_char(text, ')')) {
      line.fail("the baseline is not a number in brackets");
    }
    channel.baseline = static_cast<double>(*baseline);
    has_baseline = true;
  }
  if (take_char(text, '/')) {
    channel.unit = printable(text, 32);
  }
  return has_baseline;
}

void parse_signal_line(const Line& line, const std::vector<std::string>& word, WfdbHeader& header) {
  if (word.size() < 2) {
    line.fail("a signal line needs a file and a format");
  }
  WfdbSignal signal;
  Channel channel;
  signal.file = word[0];
  parse_format(line, word[1], signal);
  const bool has_baseline = word.size() > 2 && parse_gain(line, word[2], channel);
  if (word.size() > 3) {
    std::string_view bits = word[3];
    channel.resolution_bits = take<int>(bits).value_or(0);
  }
  const auto integer = [&](std::size_t i) {
    std::string_view text = i < word.size() ? std::string_view(word[i]) : "";
    return take<std::int32_t>(text);
  };
  signal.adc_zero = integer(4).value_or(0);
  if (!has_baseline) {
    channel.baseline = signal.adc_zero;
  }
  signal.initial_value = integer(5).value_or(signal.adc_zero);
  signal.checksum = integer(6);
  for (std::size_t i = 8; i < word.size(); ++i) {
    channel.name += (i > 8 ? " " : "") + word[i];
  }
  channel.name = printable(channel.name, 80);
  header.signals.push_back(std::move(signal));
  header.info.channels.push_back(std::move(channel));
}

/// What stands behind the key "age:" up to the next key, sex or end of a clause.
std::string age_text(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) {
    const std::string lower = to_lower(word);
    if (word.ends_with(':') || word.starts_with('<') || word.starts_with('(') || lower == "f" || lower == "female" ||
        lower == "male") {
      break;
    }
    text += (text.empty() ? "" : " ") + word;
    if (word.ends_with(',') || word.ends_with(';')) {
      break;
    }
  }
  return text;
}

std::optional<Sex> sex_of(std::string_view word) {
  const std::string text = to_lower(word.substr(0, word.find_first_of(",;.")));
  return text == "f" || text == "female" ? std::optional(Sex::female)
         : text == "m" || text == "male" ? std::optional(Sex::male)
                                         : std::nullopt;
}

/// "<Age>:" and "age:" are "age"; empty for what is no key.
std::string key_of(std::string_view word) {
  if (!word.ends_with(':')) {
    return {};
  }
  word.remove_suffix(1);
  if (word.starts_with('<') && word.ends_with('>')) {
    word = word.substr(1, word.size() - 2);
  }
  return to_lower(word);
}

/// Age and sex in their customs: "75 F 1011 …" (MIT-BIH), and keys with values from the line's start on or in brackets:
/// "<age>: 51  <sex>: F", "Age: 65  Sex: M". "Maternal age: 34" is not the patient's.
/// @return whether the line says nothing else
bool read_age_and_sex(const std::vector<std::string>& word, PatientFacts& patient, std::string& doubt) {
  const bool is_number = !word.empty() && word[0].find_first_not_of("0123456789.-") == std::string::npos;
  if (is_number && word.size() > 1 && (word[1] == "F" || word[1] == "M")) {
    patient.sex = sex_of(word[1]);
    if (const auto age = parse_age(word[0]); age.years) {  // -1 stands for an unknown one
      patient.age_years = age.years;
    }
    return false;
  }
  bool says_only_this = !word.empty();
  for (std::size_t i = 0; i < word.size();) {
    const std::string key = key_of(word[i]);
    const bool may_be = i + 1 < word.size() && (says_only_this || word[i].front() == '<');
    const std::string said = may_be && key == "age" ? age_text(std::span(word).subspan(i + 1)) : std::string{};
    const StatedAge age = parse_age(said);
    if (!age.doubt.empty()) {
      doubt = fmt::format("the age '{}' {}", printable(said, 40), age.doubt);
    }
    const auto sex = may_be && (key == "sex" || key == "gender") ? sex_of(word[i + 1]) : std::nullopt;
    patient.age_years = age.years ? age.years : patient.age_years;
    patient.sex = sex ? sex : patient.sex;
    says_only_this = says_only_this && (age.years || sex);
    i += age.years ? 1 + words(said).size() : sex ? 2 : 1;
  }
  return says_only_this;
}

/// "id: SBJ-123": one fact a line. @return whether it is one
bool read_fact(const std::string& comment, WfdbRemarks& remarks) {
  const std::size_t first = comment.find_first_not_of(" \t");
  const std::size_t colon = comment.find(": ");
  if (first == std::string::npos || colon == std::string::npos) {
    return false;
  }
  const std::string key = to_lower(comment.substr(first, colon - first));
  const std::string value = comment.substr(colon + 2);
  for (const auto& [name, fact] : {std::pair{"id", &remarks.id},
                                   {"name", &remarks.name},
                                   {"born", &remarks.birth_date},
                                   {"device", &remarks.device},
                                   {"recorded", &remarks.start_date}}) {
    if (key == name) {
      *fact = value.substr(0, value.find_last_not_of(" \t\r") + 1);
      return true;
    }
  }
  return false;
}

void read_remark(const std::string& comment, WfdbHeader& header) {
  const bool says_only_this = read_age_and_sex(words(comment), header.info.patient, header.remarks.age_doubt);
  if (!says_only_this && !read_fact(comment, header.remarks)) {
    header.remarks.others.push_back(comment);
  }
}

}  // namespace

WfdbHeader parse_wfdb_header(std::string_view text, const std::string& file) {
  WfdbHeader header;
  std::istringstream stream{std::string(text)};
  std::optional<Expected> expected;
  Line at{file, 0};
  for (std::string line; std::getline(stream, line);) {
    ++at.number;
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos) {
      continue;
    }
    if (line[first] == '#') {
      header.info.comments.push_back(printable(line.substr(first + 1), 1000));
      read_remark(header.info.comments.back(), header);
      continue;
    }
    if (!expected) {
      expected.emplace();
      parse_record_line(at, words(line), header, *expected);
    } else if (header.segments.size() < expected->segments) {
      parse_segment_line(at, words(line), header);
    } else if (expected->segments == 0 && header.signals.size() < expected->signals) {
      parse_signal_line(at, words(line), header);
    }
  }
  XINGU_REQUIRE(expected, "{}: the header is empty (no line of it names a record); give the whole header", file);
  XINGU_REQUIRE(header.segments.size() == expected->segments &&
                    (expected->segments > 0 || header.signals.size() == expected->signals),
                "{}: fewer signal or segment lines than the header's first line says (channels are missing); give the "
                "whole header",
                file);
  return header;
}

std::filesystem::path wfdb_header_path(const std::filesystem::path& record) {
  return record.extension() == ".hea" ? record : std::filesystem::path(record.string() + ".hea");
}

WfdbHeader read_wfdb_header(const std::filesystem::path& record) {
  const std::filesystem::path path = wfdb_header_path(record);
  return parse_wfdb_header(read_file(path, largest_header), path.string());
}

}  // namespace xingu::ecg
