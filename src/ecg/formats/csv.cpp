// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "ecg/formats/csv_times.h"
#include "ecg/formats/lead_codes.h"

namespace xingu::ecg {
namespace {

constexpr std::uintmax_t largest_file = 1ULL << 30;
constexpr int most_decimals = 9;

std::string_view stripped(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\"");
  const std::size_t last = text.find_last_not_of(" \t\r\"");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, last + 1 - first);
}

std::vector<std::string_view> cells_of(std::string_view line, char separator) {
  std::vector<std::string_view> cells;
  while (true) {
    const std::size_t end = line.find(separator);
    cells.push_back(stripped(line.substr(0, end)));
    if (end == std::string_view::npos) {
      return cells;
    }
    line.remove_prefix(end + 1);
  }
}

std::optional<double> decimal(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value) ? std::optional(value)
                                                                                          : std::nullopt;
}

/// Digits behind the point; an exponent counts against them.
int decimals_of(std::string_view text) {
  const std::size_t mark = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, mark);
  const std::size_t point = mantissa.find_first_of(".,");
  const int digits = point == std::string_view::npos ? 0 : static_cast<int>(mantissa.size() - point - 1);
  int exponent = 0;
  if (mark != std::string_view::npos) {
    const std::string_view power = text.substr(mark + 1 + (text.substr(mark + 1).starts_with('+') ? 1 : 0));
    std::from_chars(power.data(), power.data() + power.size(), exponent);
  }
  return std::clamp(digits - exponent, 0, most_decimals);
}

/// "I [mV]", "I (mV)" or "I" to name and unit.
void set_heading(StoredSignal& signal, std::string_view cell) {
  const std::size_t open = cell.find_first_of("[(");
  const std::size_t close = cell.find_last_of("])");
  signal.label = lead_name(printable(stripped(cell.substr(0, open)), 80));
  const bool has_unit = open != std::string_view::npos && close != std::string_view::npos && close > open + 1;
  signal.unit = has_unit ? printable(stripped(cell.substr(open + 1, close - open - 1)), 20) : std::string{};
}

class CsvReader {
 public:
  explicit CsvReader(const std::filesystem::path& path)
      : file_(path.string()), content_(read_file(path, largest_file)) {
    recording_.name = path.stem().string();
    recording_.format = "CSV";
  }

  [[nodiscard]] Recording read() {
    std::string_view rest = content_;
    if (rest.starts_with("\xef\xbb\xbf")) {
      rest.remove_prefix(3);
    }
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      ++line_;
      take_line(stripped(line));
    }
    XINGU_REQUIRE(
        !recording_.signals.empty() && !values_.front().empty(),
        "{}: is no recording (no rows of numbers under the names of leads); give one of a format that is read", file_);
    require_certain_commas();
    set_rate();
    set_samples();
    set_units();
    set_facts();
    require_consistent(recording_, file_);
    return std::move(recording_);
  }

 private:
  void take_line(std::string_view line) {
    if (line.empty()) {
      return;
    }
    if (line.front() == '#') {
      take_comment(stripped(line.substr(1)));
    } else if (recording_.signals.empty()) {
      take_heading(line);
    } else {
      take_row(line);
    }
  }

  void take_comment(std::string_view comment) {
    const std::size_t colon = comment.find(':');
    const std::string key(colon == std::string_view::npos ? std::string_view{} : comment.substr(0, colon));
    static const std::vector<std::string> keys{"rate_Hz", "gain", "baseline", "unit", "start", "id",
                                               "name",    "sex",  "born",     "age",  "device"};
    if (key == "mark" && take_mark(stripped(comment.substr(colon + 1)))) {
      return;
    }
    if (std::ranges::find(keys, key) != keys.end()) {
      facts_[key] = std::string(stripped(comment.substr(colon + 1)));
    } else {
      recording_.comments.push_back(printable(comment, 1000));
    }
  }

  /// "1200 0.5 artefact": sample, duration in s and text.
  bool take_mark(std::string_view text) {
    const std::size_t first = text.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : text.find(' ', first + 1);
    if (second == std::string_view::npos) {
      return false;
    }
    const auto sample = decimal(text.substr(0, first));
    const auto duration_s = decimal(text.substr(first + 1, second - first - 1));
    if (!sample || !duration_s || *sample < 0 || *sample > 1e15 || *sample != std::floor(*sample) || *duration_s < 0) {
      return false;
    }
    recording_.marks.push_back(
        {static_cast<std::uint64_t>(*sample), printable(text.substr(second + 1), 255), *duration_s});
    return true;
  }

  void take_heading(std::string_view line) {
    separator_ = line.find('\t') != std::string_view::npos  ? '\t'
                 : line.find(';') != std::string_view::npos ? ';'
                                                            : ',';
    std::vector<std::string_view> cells = cells_of(line, separator_);
    const std::string first = to_lower(cells.front());
    has_time_ = first.starts_with("time") || first == "t" || first == "seconds";
    is_time_ms_ = has_time_ && first.find("ms") != std::string::npos;
    cells.erase(cells.begin(), cells.begin() + (has_time_ ? 1 : 0));
    XINGU_REQUIRE(!cells.empty() && cells.size() <= max_recording_signals,
                  "{}:{}: {} columns of signals (1 to {} are read); give a heading of names", file_, line_,
                  cells.size(), max_recording_signals);
    for (const std::string_view cell : cells) {
      XINGU_REQUIRE(!cell.empty() && !decimal(cell),
                    "{}:{}: '{}' is no name of a signal (a heading is needed, for "
                    "example time_s,II [mV]); add one",
                    file_, line_, printable(cell, 40));
      StoredSignal signal;
      set_heading(signal, cell);
      XINGU_REQUIRE(
          std::ranges::find(recording_.signals, signal.label, &StoredSignal::label) == recording_.signals.end(),
          "{}:{}: two columns are named '{}' (which of them is meant cannot be told); rename or remove one", file_,
          line_, printable(signal.label, 40));
      recording_.signals.push_back(std::move(signal));
    }
    values_.resize(cells.size());
    decimals_.resize(cells.size(), 0);
  }

  void take_row(std::string_view line) {
    std::vector<std::string_view> cells = cells_of(line, separator_);
    const std::size_t shift = has_time_ ? 1 : 0;
    XINGU_REQUIRE(cells.size() == values_.size() + shift,
                  "{}:{}: {} cells under {} headings (columns are mixed up); "
                  "correct the row",
                  file_, line_, cells.size(), values_.size() + shift);
    XINGU_REQUIRE((values_.front().size() + 1) * values_.size() <= max_recording_samples,
                  "{}: more than {} samples (they are not held in memory); split the recording", file_,
                  max_recording_samples);
    if (has_time_) {
      const auto time = number_of(cells.front());
      XINGU_REQUIRE(time.has_value(), "{}:{}: '{}' is no time; correct the row", file_, line_,
                    printable(cells.front(), 40));
      times_s_.push_back(*time * time_unit_s());
      time_decimals_ = std::max(time_decimals_, decimals_of(cells.front()));
    }
    for (std::size_t c = 0; c < values_.size(); ++c) {
      const std::string_view cell = cells[c + shift];
      if (cell.empty() || to_lower(cell) == "nan") {
        values_[c].push_back(std::nan(""));
        continue;
      }
      const auto value = number_of(cell);
      XINGU_REQUIRE(value.has_value(),
                    "{}:{}: '{}' is no number (a recording is a table of voltages under the names of its leads); "
                    "correct the cell or give a recording",
                    file_, line_, printable(cell, 40));
      values_[c].push_back(*value);
      decimals_[c] = std::max(decimals_[c], decimals_of(cell));
    }
  }

  /// A cell's number, with a decimal comma where commas do not part the columns.
  std::optional<double> number_of(std::string_view cell) {
    const std::size_t comma = cell.find(',');
    if (comma == std::string_view::npos) {
      has_points_ = has_points_ || cell.find('.') != std::string_view::npos;
      return decimal(cell);
    }
    if (cell.find('.') != std::string_view::npos || cell.find(',', comma + 1) != std::string_view::npos) {
      return std::nullopt;
    }
    has_commas_ = true;
    const std::string_view before = cell.substr(cell.starts_with('-') ? 1 : 0, comma - (cell.starts_with('-') ? 1 : 0));
    const bool may_be_thousands = cell.size() - comma - 1 == 3 && !before.starts_with('0');
    are_decimal_ = are_decimal_ || !may_be_thousands;
    std::string text(cell);
    text[comma] = '.';
    return decimal(text);
  }

  /// "1,234" alone may be a thousand, and where both signs are written one of them parts thousands.
  void require_certain_commas() const {
    XINGU_REQUIRE(!has_commas_ || (are_decimal_ && !has_points_),
                  "{}: writes numbers with commas, of which cannot be told whether they part decimals or thousands "
                  "(heights would be a guess); write points",
                  file_);
  }

  [[nodiscard]] std::vector<double> numbers(const std::string& key) const {
    std::vector<double> found;
    const auto fact = facts_.find(key);
    for (const std::string_view cell :
         cells_of(fact == facts_.end() ? std::string_view{} : std::string_view(fact->second), ' ')) {
      if (const auto value = decimal(cell)) {
        found.push_back(*value);
      }
    }
    return found;
  }

  [[nodiscard]] double time_unit_s() const { return is_time_ms_ ? 1e-3 : 1.0; }

  void set_rate() {
    const auto stated = numbers("rate_Hz");
    const std::size_t rows = values_.front().size();
    recording_.num_frames = rows;
    if (!stated.empty()) {
      recording_.frame_rate_Hz = stated.front();
    }
    XINGU_REQUIRE(!stated.empty() || (has_time_ && rows > 1),
                  "{}: says no sampling frequency (times cannot be told); add a line '# rate_Hz: 500'", file_);
    if (!has_time_ || rows < 2) {
      return;
    }
    const double quantum_s = std::pow(10.0, -time_decimals_) * time_unit_s();
    const RowPlaces places =
        place_rows(times_s_, quantum_s, stated.empty() ? std::nullopt : std::optional(stated.front()),
                   max_recording_samples / values_.size(), file_);
    recording_.frame_rate_Hz = places.rate_Hz;
    recording_.num_frames = places.num_frames;
    if (places.frame.empty()) {
      return;
    }
    recording_.warnings.push_back(places.warning);
    for (std::vector<double>& column : values_) {
      std::vector<double> placed(places.num_frames, std::nan(""));
      for (std::size_t row = 0; row < rows; ++row) {
        placed[places.frame[row]] = column[row];
      }
      column = std::move(placed);
    }
  }

  void set_samples() {
    const auto gains = numbers("gain");
    const auto baselines = numbers("baseline");
    for (std::size_t c = 0; c < values_.size(); ++c) {
      StoredSignal& signal = recording_.signals[c];
      const bool is_stated = gains.size() == values_.size() && baselines.size() == values_.size() && gains[c] != 0.0;
      signal.gain = is_stated ? gains[c] : std::pow(10.0, decimals_[c]);
      signal.baseline = is_stated ? baselines[c] : 0.0;
      double largest = 0.0;
      for (const double value : values_[c]) {
        largest = std::isnan(value) ? largest : std::max(largest, std::abs(value * signal.gain + signal.baseline));
      }
      XINGU_REQUIRE(largest < 2147483647.0, "{}: column '{}' needs steps beyond 32 bits; give fewer decimals", file_,
                    signal.label);
      signal.samples.reserve(values_[c].size());
      for (const double value : values_[c]) {
        signal.samples.push_back(std::isnan(value)
                                     ? invalid_sample
                                     : static_cast<std::int32_t>(std::llround(value * signal.gain + signal.baseline)));
      }
      set_digital_range(signal, std::max(16, bits_needed(signal)));
    }
  }

  void set_units() {
    for (StoredSignal& signal : recording_.signals) {
      signal.unit = signal.unit.empty() ? printable(facts_["unit"], 20) : signal.unit;
    }
    XINGU_REQUIRE(
        assume_millivolts(recording_, file_),
        "{}: states no unit, and its values do not look like millivolts (heights would be a guess); write the "
        "unit into the heading, for example 'II [uV]', or add a line '# unit: uV'",
        file_);
  }

  void set_facts() {
    RecordedSubject& subject = recording_.subject;
    subject.id = printable(facts_["id"], 80);
    subject.name = printable(facts_["name"], 80);
    recording_.device = printable(facts_["device"], 80);
    subject.birth_date = printable(facts_["born"], 10);
    if (facts_["sex"] == "F" || facts_["sex"] == "M") {
      subject.sex = facts_["sex"] == "F" ? Sex::female : Sex::male;
    }
    take_age(subject, parse_age(facts_["age"]), facts_["age"], recording_.warnings, file_);
    const std::string start = printable(facts_["start"], 40);
    const std::size_t split = start.find('T');
    recording_.start_date = split == std::string::npos ? "" : start.substr(0, split);
    recording_.start_time = split == std::string::npos ? start : start.substr(split + 1);
  }

  std::string file_;
  std::string content_;
  Recording recording_;
  std::map<std::string, std::string> facts_;
  std::vector<std::vector<double>> values_;  ///< [column][row]
  std::vector<int> decimals_;
  std::size_t line_ = 0;
  char separator_ = ',';
  bool has_time_ = false;
  bool is_time_ms_ = false;
  bool has_points_ = false;
  bool has_commas_ = false;
  bool are_decimal_ = false;     ///< some of the commas for certain
  std::vector<double> times_s_;  ///< [row]
  int time_decimals_ = 0;
};

void append_fact(std::string& out, std::string_view key, std::string_view value) {
  if (!value.empty()) {
    out += fmt::format("# {}: {}\n", key, printable(value, 200));
  }
}

}  // namespace

Recording read_csv(const std::filesystem::path& path) { return CsvReader(path).read(); }

void write_csv(const Recording& recording, const std::filesystem::path& path) {
  require_consistent(recording, path.string());
  std::string out;
  std::string gains;
  std::string baselines;
  std::string heading = "time_s";
  for (const StoredSignal& signal : recording.signals) {
    XINGU_REQUIRE(signal.samples_per_frame == 1,
                  "{}: signal '{}' has another rate than the recording (a table has one); choose some with --leads, or "
                  "write WFDB or EDF",
                  path.string(), printable(signal.label, 40));
    gains += fmt::format(" {}", signal.gain);
    baselines += fmt::format(" {}", signal.baseline == 0.0 ? 0.0 : signal.baseline);  // without the sign of -0
    std::string label = printable(signal.label, 80);
    std::ranges::replace_if(
        label, [](char c) { return c == ',' || c == '[' || c == '(' || c == ';' || c == '"'; }, '_');
    heading += fmt::format(",{}", label.empty() ? "signal" : label);
    heading += signal.unit.empty() ? std::string{} : fmt::format(" [{}]", signal.unit);
  }
  append_fact(out, "rate_Hz", fmt::format("{}", recording.frame_rate_Hz));
  append_fact(out, "gain", gains);
  append_fact(out, "baseline", baselines);
  append_fact(out, "id", recording.subject.id);
  append_fact(out, "name", recording.subject.name);
  append_fact(out, "born", recording.subject.birth_date);
  append_fact(out, "sex", !recording.subject.sex ? "" : *recording.subject.sex == Sex::female ? "F" : "M");
  append_fact(out, "age",
              recording.subject.age_years ? fmt::format("{}", *recording.subject.age_years) : std::string{});
  const bool has_date = !recording.start_date.empty();
  append_fact(out, "start", fmt::format("{}{}{}", recording.start_date, has_date ? "T" : "", recording.start_time));
  append_fact(out, "device", recording.device);
  for (const std::string& comment : recording.comments) {
    out += fmt::format("# {}\n", printable(comment, 1000));
  }
  for (const RecordingMark& mark : recording.marks) {
    out += fmt::format("# mark: {} {} {}\n", mark.sample, mark.duration_s, printable(mark.text, 255));
  }
  out += heading + '\n';
  for (std::uint64_t i = 0; i < recording.num_frames; ++i) {
    fmt::format_to(std::back_inserter(out), "{:.6f}", static_cast<double>(i) / recording.frame_rate_Hz);
    for (const StoredSignal& signal : recording.signals) {
      if (signal.samples[i] == invalid_sample) {
        out += ',';
      } else {
        fmt::format_to(std::back_inserter(out), ",{:.12g}", physical_value(signal, signal.samples[i]));
      }
    }
    out += '\n';
  }
  write_file(path, out);
}

}  // namespace xingu::ecg
