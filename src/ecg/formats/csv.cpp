// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/csv.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "ecg/formats/csv_times.h"
#include "ecg/formats/lead_codes.h"

namespace xingu::ecg {
namespace {

constexpr std::uintmax_t largest_file = 1ULL << 30;
constexpr int most_decimals = 9;
constexpr double largest_sample = 2147483647.0;
constexpr std::size_t longest_text = 200;

/// What `# key: value` may say once; `prefilter` and `transducer` with a column's number behind them, too.
constexpr std::array<std::string_view, 13> fact_keys{"rate_Hz", "gain",      "baseline",  "unit", "start",
                                                     "id",      "name",      "sex",       "born", "age",
                                                     "device",  "prefilter", "transducer"};
constexpr std::string_view mark_key = "mark";
/// Says that what follows is a comment, whatever it looks like.
constexpr std::string_view comment_key = "comment";

std::string_view without(std::string_view text, const char* letters) {
  const std::size_t first = text.find_first_not_of(letters);
  const std::size_t last = text.find_last_not_of(letters);
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, last + 1 - first);
}

std::string_view without_blanks(std::string_view text) { return without(text, " \t\r"); }

std::string_view stripped(std::string_view text) { return without(text, " \t\r\""); }

/// What stands before the colon of a comment.
std::string_view key_of(std::string_view comment) {
  const std::size_t colon = comment.find(':');
  return colon == std::string_view::npos ? std::string_view{} : comment.substr(0, colon);
}

bool is_fact_key(std::string_view key) {
  const std::string_view name = key.substr(0, key.find(' '));
  const bool is_numbered = name.size() + 1 < key.size() && (name == "prefilter" || name == "transducer") &&
                           key.find_first_not_of("0123456789", name.size() + 1) == std::string_view::npos;
  return (name == key || is_numbered) && std::ranges::find(fact_keys, name) != fact_keys.end();
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

/// The cells of a heading, in which quotes keep together what they are about and two of them are one.
std::vector<std::string> names_of(std::string_view line, char separator) {
  std::vector<std::string> names(1);
  bool is_quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool is_quote = line[i] == '"';
    if (is_quoted && is_quote && i + 1 < line.size() && line[i + 1] == '"') {
      names.back() += line[++i];
    } else if (is_quote && (is_quoted || without_blanks(names.back()).empty())) {
      is_quoted = !is_quoted;
    } else if (!is_quoted && line[i] == separator) {
      names.emplace_back();
    } else {
      names.back() += line[i];
    }
  }
  for (std::string& name : names) {
    name = std::string(without_blanks(name));
  }
  return names;
}

/// The line without what stands in quotes.
std::string outside_quotes(std::string_view line) {
  if (std::ranges::count(line, '"') % 2 != 0) {
    return std::string(line);
  }
  std::string out;
  bool is_quoted = false;
  for (const char c : line) {
    is_quoted = is_quoted != (c == '"');
    out += is_quoted ? '"' : c;
  }
  return out;
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

/// Where the bracket opens that the last letter closes.
std::size_t last_bracket(std::string_view cell) {
  const char close = cell.back();
  const char open = close == ']' ? '[' : '(';
  int depth = 0;
  for (std::size_t i = cell.size(); (close == ']' || close == ')') && i-- > 0;) {
    depth += cell[i] == close ? 1 : cell[i] == open ? -1 : 0;
    if (depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

/// "I [mV]", "I (mV)" or "I" to name and unit; of several brackets the last one is the unit.
/// @return whether the heading says that there is a unit, or by "[]" that none is known
bool set_heading(StoredSignal& signal, std::string_view cell) {
  const std::size_t last = last_bracket(cell);
  const std::size_t open = last != std::string_view::npos ? last : cell.find_first_of("[(");
  const std::size_t close = cell.find_last_of("])");
  signal.label = lead_name(printable(without_blanks(cell.substr(0, open)), 80));
  const bool has_unit = open != std::string_view::npos && close != std::string_view::npos && close > open + 1;
  signal.unit = has_unit ? printable(without_blanks(cell.substr(open + 1, close - open - 1)), 20) : std::string{};
  return has_unit || cell.ends_with("[]");
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
      take_line(without_blanks(line));
    }
    XINGU_REQUIRE(
        !recording_.signals.empty() && !values_.front().empty(),
        "{}: is no recording (no rows of numbers under the names of leads); give one of a format that is read", file_);
    require_certain_commas();
    set_rate();
    set_stated_units();
    set_samples();
    require_units();
    set_facts();
    require_consistent(recording_, file_);
    return std::move(recording_);
  }

 private:
  void take_line(std::string_view line) {
    if (stripped(line).empty()) {
      return;
    }
    if (line.front() == '#') {
      take_comment(without_blanks(line.substr(1)));
    } else if (stripped(line).front() == '#') {  // a spreadsheet quotes a comment that has commas
      take_comment(stripped(stripped(line).substr(1)));
    } else if (recording_.signals.empty()) {
      take_heading(line);
    } else {
      take_row(line);
    }
  }

  void take_comment(std::string_view comment) {
    const std::string_view key = key_of(comment);
    const std::string_view value = key.empty() ? comment : without_blanks(comment.substr(key.size() + 1));
    if (key == mark_key && take_mark(value)) {
      return;
    }
    if (is_fact_key(key)) {
      facts_[std::string(key)] = std::string(value);
    } else {
      recording_.comments.push_back(printable(key == comment_key ? value : comment, 1000));
    }
  }

  /// "1200 0.5 artefact": sample, duration in s and text, which may be none.
  bool take_mark(std::string_view text) {
    const std::size_t first = text.find(' ');
    if (first == std::string_view::npos) {
      return false;
    }
    const std::size_t second = std::min(text.find(' ', first + 1), text.size());
    const auto sample = decimal(text.substr(0, first));
    const auto duration_s = decimal(text.substr(first + 1, second - first - 1));
    if (!sample || !duration_s || *sample < 0 || *sample > 1e15 || *sample != std::floor(*sample) || *duration_s < 0) {
      return false;
    }
    recording_.marks.push_back({static_cast<std::uint64_t>(*sample),
                                printable(text.substr(std::min(second + 1, text.size())), 255), *duration_s});
    return true;
  }

  void take_heading(std::string_view line) {
    const std::string plain = outside_quotes(line);
    separator_ = plain.find('\t') != std::string::npos ? '\t' : plain.find(';') != std::string::npos ? ';' : ',';
    std::vector<std::string> cells = names_of(line, separator_);
    const std::string first = to_lower(cells.front());
    has_time_ = first.starts_with("time") || first == "t" || first == "seconds";
    is_time_ms_ = has_time_ && first.find("ms") != std::string::npos;
    cells.erase(cells.begin(), cells.begin() + (has_time_ ? 1 : 0));
    XINGU_REQUIRE(!cells.empty() && cells.size() <= max_recording_signals,
                  "{}:{}: {} columns of signals (1 to {} are read); give a heading of names", file_, line_,
                  cells.size(), max_recording_signals);
    for (const std::string& cell : cells) {
      XINGU_REQUIRE(!cell.empty() && !decimal(cell),
                    "{}:{}: '{}' is no name of a signal (a heading is needed, for "
                    "example time_s,II [mV]); add one",
                    file_, line_, printable(cell, 40));
      StoredSignal signal;
      are_units_said_ = set_heading(signal, cell) && are_units_said_;
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
      if (is_stated) {
        signal.gain = gains[c];
        signal.baseline = baselines[c];
        XINGU_REQUIRE(largest_step(c) < largest_sample,
                      "{}: column '{}' has values that are no steps of 32 bits by the '# gain' of {}; correct it",
                      file_, signal.label, signal.gain);
      } else {
        choose_gain(c);
      }
      signal.samples.reserve(values_[c].size());
      for (const double value : values_[c]) {
        signal.samples.push_back(std::isnan(value)
                                     ? invalid_sample
                                     : static_cast<std::int32_t>(std::llround(value * signal.gain + signal.baseline)));
      }
      set_digital_range(signal, std::max(16, bits_needed(signal)));
    }
    for (const auto& [step, signals] : rounded_) {
      recording_.warnings.push_back(
          fmt::format("{}: {} rounded to steps of {:.3g} {}, which 32 bits hold: values move by {:.3g} {} at most",
                      file_, fmt::join(signals, ", "), step.second, step.first, step.second / 2.0, step.first));
    }
  }

  [[nodiscard]] double largest_step(std::size_t column) const {
    const StoredSignal& signal = recording_.signals[column];
    double largest = 0.0;
    for (const double value : values_[column]) {
      largest = std::isnan(value) ? largest : std::max(largest, std::abs(value * signal.gain + signal.baseline));
    }
    return largest;
  }

  /// Steps of the column's last decimal, or of the last one with which its values are held.
  void choose_gain(std::size_t column) {
    constexpr double largest_step_mv = 1e-3;
    constexpr double untold_step_mv = 1e-6;  // a nanovolt is below the noise of every amplifier
    constexpr double nearly_whole = 1e-9;
    StoredSignal& signal = recording_.signals[column];
    signal.gain = 1.0;
    signal.baseline = 0.0;
    const double reach = largest_step(column);
    int decimals = decimals_[column];
    while (reach * std::pow(10.0, decimals) >= largest_sample) {
      --decimals;
    }
    signal.gain = std::pow(10.0, decimals);
    if (decimals == decimals_[column]) {
      return;
    }
    const auto unit_mv = millivolts_per_unit(signal.unit);
    const double step_mv = unit_mv ? std::abs(*unit_mv) / signal.gain : 0.0;
    XINGU_REQUIRE(step_mv <= largest_step_mv * (1.0 + nearly_whole),
                  "{}: column '{}' reaches {:.3g} {} (beside that 32 bits hold no microvolt, and heights would be "
                  "lost); correct the value or the unit",
                  file_, signal.label, reach, signal.unit);
    if (!unit_mv || step_mv > untold_step_mv * (1.0 + nearly_whole)) {
      rounded_[{signal.unit, 1.0 / signal.gain}].push_back(signal.label);
    }
  }

  void set_stated_units() {
    for (StoredSignal& signal : recording_.signals) {
      signal.unit = signal.unit.empty() ? printable(facts_["unit"], 20) : signal.unit;
    }
  }

  void require_units() {
    XINGU_REQUIRE(
        assume_millivolts(recording_, file_) || are_units_said_,
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
    for (std::size_t c = 0; c < recording_.signals.size(); ++c) {
      recording_.signals[c].transducer = column_fact("transducer", c);
      recording_.signals[c].prefilter = column_fact("prefilter", c);
    }
    take_age(subject, parse_age(facts_["age"]), facts_["age"], recording_.warnings, file_);
    const std::string start = printable(facts_["start"], 40);
    const std::size_t split = start.find('T');
    recording_.start_date = split == std::string::npos ? "" : start.substr(0, split);
    recording_.start_time = split == std::string::npos ? start : start.substr(split + 1);
  }

  /// Of one column, else of all.
  [[nodiscard]] std::string column_fact(const std::string& key, std::size_t column) const {
    auto found = facts_.find(fmt::format("{} {}", key, column + 1));
    found = found == facts_.end() ? facts_.find(key) : found;
    return found == facts_.end() ? std::string{} : printable(found->second, longest_text);
  }

  std::string file_;
  std::string content_;
  Recording recording_;
  std::map<std::string, std::string> facts_;
  std::vector<std::vector<double>> values_;                                     ///< [column][row]
  std::vector<int> decimals_;                                                   ///< [column]
  std::map<std::pair<std::string, double>, std::vector<std::string>> rounded_;  ///< [unit, step] labels
  std::size_t line_ = 0;
  char separator_ = ',';
  bool has_time_ = false;
  bool is_time_ms_ = false;
  bool are_units_said_ = true;
  bool has_points_ = false;
  bool has_commas_ = false;
  bool are_decimal_ = false;     ///< some of the commas for certain
  std::vector<double> times_s_;  ///< [row]
  int time_decimals_ = 0;
};

void append_fact(std::string& out, std::string_view key, std::string_view value) {
  if (!value.empty()) {
    out += fmt::format("# {}: {}\n", key, printable(value, longest_text));
  }
}

/// One line where all columns share it, else one for each that has it.
void append_column_fact(std::string& out, const std::string& key, const std::vector<StoredSignal>& signals,
                        std::string StoredSignal::* fact) {
  if (std::ranges::all_of(signals, [&](const StoredSignal& s) { return s.*fact == signals.front().*fact; })) {
    append_fact(out, key, signals.front().*fact);
    return;
  }
  for (std::size_t c = 0; c < signals.size(); ++c) {
    append_fact(out, fmt::format("{} {}", key, c + 1), signals[c].*fact);
  }
}

/// Name and unit as set_heading() parts them again, in quotes where they hold what parts cells.
std::string heading_of(const std::string& name, const std::string& unit) {
  std::string text = fmt::format("{} [{}]", name, printable(unit, 20));
  if (text.find_first_of(",;\"") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + '"';
}

void append_facts(std::string& out, const Recording& recording) {
  append_fact(out, "id", recording.subject.id);
  append_fact(out, "name", recording.subject.name);
  append_fact(out, "born", recording.subject.birth_date);
  append_fact(out, "sex", !recording.subject.sex ? "" : *recording.subject.sex == Sex::female ? "F" : "M");
  append_fact(out, "age",
              recording.subject.age_years ? fmt::format("{}", *recording.subject.age_years) : std::string{});
  const bool has_date = !recording.start_date.empty();
  append_fact(out, "start", fmt::format("{}{}{}", recording.start_date, has_date ? "T" : "", recording.start_time));
  append_fact(out, "device", recording.device);
  append_column_fact(out, "transducer", recording.signals, &StoredSignal::transducer);
  append_column_fact(out, "prefilter", recording.signals, &StoredSignal::prefilter);
  for (const std::string& comment : recording.comments) {
    const std::string text = printable(comment, 1000);
    const std::string_view key = key_of(text);
    const bool looks_like_fact = is_fact_key(key) || key == mark_key || key == comment_key;
    out += fmt::format("# {}{}\n", looks_like_fact ? fmt::format("{}: ", comment_key) : std::string{}, text);
  }
  for (const RecordingMark& mark : recording.marks) {
    out += fmt::format("# mark: {} {} {}\n", mark.sample, mark.duration_s, printable(mark.text, 255));
  }
}

}  // namespace

std::vector<std::string> csv_names(const Recording& recording) {
  std::vector<std::string> names;
  for (const StoredSignal& signal : recording.signals) {
    const std::string label = printable(without_blanks(signal.label), 80);
    const std::string first = label.empty() ? "signal" : lead_name(label);
    std::string name = first;
    for (int number = 2; std::ranges::find(names, name) != names.end(); ++number) {
      name = fmt::format("{} ({})", first, number);
    }
    names.push_back(std::move(name));
  }
  return names;
}

Recording read_csv(const std::filesystem::path& path) { return CsvReader(path).read(); }

void write_csv(const Recording& recording, const std::filesystem::path& path) {
  require_consistent(recording, path.string());
  XINGU_REQUIRE(recording.num_frames > 0, "{}: holds no sample (a table without rows says nothing); give a recording",
                path.string());
  std::string gains;
  std::string baselines;
  std::string heading = "time_s";
  const std::vector<std::string> names = csv_names(recording);
  for (std::size_t s = 0; s < recording.signals.size(); ++s) {
    const StoredSignal& signal = recording.signals[s];
    XINGU_REQUIRE(signal.samples_per_frame == 1,
                  "{}: signal '{}' has another rate than the recording (a table has one); choose some with --leads, or "
                  "write WFDB or EDF",
                  path.string(), printable(signal.label, 40));
    gains += fmt::format(" {}", signal.gain);
    baselines += fmt::format(" {}", signal.baseline == 0.0 ? 0.0 : signal.baseline);  // without the sign of -0
    heading += ',' + heading_of(names[s], signal.unit);
  }
  std::string out = fmt::format("# rate_Hz: {}\n# gain:{}\n# baseline:{}\n", recording.frame_rate_Hz, gains, baselines);
  append_facts(out, recording);
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
  XINGU_REQUIRE(out.size() <= largest_file, "{}: would have {} bytes (a table of more than {} is not read); write WFDB",
                path.string(), out.size(), largest_file);
  write_file(path, out);
}

}  // namespace xingu::ecg
