// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/edf.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "ecg/formats/ascii_text.h"
#include "ecg/formats/dates.h"
#include "ecg/formats/lead_codes.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t fixed_header = 256;
constexpr std::size_t signal_header = 256;
constexpr std::uintmax_t largest_file = 2ULL << 30;
constexpr std::uint64_t most_samples_per_record = 1ULL << 24;
constexpr std::string_view end_mark = "Recording ends";

std::string trimmed(std::string_view text) {
  const std::size_t last = text.find_last_not_of(std::string_view(" \0", 2));
  return printable(last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1), 80);
}

std::optional<double> decimal(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" +");
  const std::size_t last = text.find_last_not_of(std::string_view(" \0", 2));
  if (first == std::string_view::npos || last == std::string_view::npos || last < first) {
    return std::nullopt;
  }
  const std::string_view number = text.substr(first, last + 1 - first);
  double value = 0.0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  return error == std::errc{} && end == number.data() + number.size() && std::isfinite(value) ? std::optional(value)
                                                                                              : std::nullopt;
}

/// One signal as the header describes it, annotations included.
struct EdfSignal {
  StoredSignal stored;
  std::uint64_t samples_per_record = 0;
  std::size_t offset = 0;  ///< bytes from the start of a record
  bool is_annotation = false;
};

class EdfReader {
 public:
  explicit EdfReader(const std::filesystem::path& path)
      : file_(path.string()), content_(read_file(path, largest_file)) {
    recording_.name = path.stem().string();
  }

  [[nodiscard]] Recording read() {
    read_fixed_header();
    read_signal_headers();
    lay_out_records();
    read_records();
    cut_at_end_mark();
    require_consistent(recording_, file_);
    return std::move(recording_);
  }

 private:
  [[nodiscard]] std::string_view field(std::size_t at, std::size_t length) const {
    XINGU_REQUIRE(at + length <= content_.size(), "{}: ends inside its header (the signals are lost); copy it again",
                  file_);
    return std::string_view(content_).substr(at, length);
  }

  [[nodiscard]] double number(std::size_t at, std::size_t length, std::string_view what) const {
    const auto value = decimal(field(at, length));
    XINGU_REQUIRE(value.has_value(), "{}: {} is '{}' (not a number); correct the header", file_, what,
                  trimmed(field(at, length)));
    return *value;
  }

  [[nodiscard]] std::int64_t whole(std::size_t at, std::size_t length, std::string_view what) const {
    const double value = number(at, length, what);
    XINGU_REQUIRE(value == std::floor(value) && std::abs(value) < 1e9, "{}: {} is {} (not a whole number); correct it",
                  file_, what, value);
    return static_cast<std::int64_t>(value);
  }

  void read_fixed_header() {
    const std::string_view version = field(0, 8);
    const bool is_bdf = version ==
                        "\xff"
                        "BIOSEMI";
    XINGU_REQUIRE(is_bdf || trimmed(version) == "0", "{}: does not begin as EDF or BDF (it is something else)", file_);
    sample_bytes_ = is_bdf ? 3 : 2;
    const std::string_view reserved = field(192, 44);
    is_plus_ = reserved.starts_with("EDF+") || reserved.starts_with("BDF+");
    is_interrupted_ = is_plus_ && reserved.substr(4, 1) == "D";
    recording_.format = std::string(is_bdf ? "BDF" : "EDF") + (is_plus_ ? (is_interrupted_ ? "+D" : "+C") : "");
    read_identification(field(8, 80), field(88, 80));
    read_start(field(168, 8), field(176, 8));
    stated_records_ = whole(236, 8, "the number of data records");
    record_s_ = number(244, 8, "the duration of a data record");
    const std::int64_t signals = whole(252, 4, "the number of signals");
    XINGU_REQUIRE(signals >= 1 && signals <= static_cast<std::int64_t>(max_recording_signals),
                  "{}: {} signals (1 to {} are read); correct the header", file_, signals, max_recording_signals);
    XINGU_REQUIRE(record_s_ >= 0 && record_s_ <= 1e6, "{}: data records of {} s (no rate follows); correct the header",
                  file_, record_s_);
    num_signals_ = static_cast<std::size_t>(signals);
  }

  void read_identification(std::string_view patient, std::string_view recording) {
    const auto words = [](std::string_view text) {
      std::vector<std::string> found(1);
      for (const char c : text) {
        if (c == ' ') {
          found.emplace_back();
        } else {
          found.back() += c == '_' ? ' ' : c;
        }
      }
      std::erase(found, "");
      for (std::string& word : found) {
        word = word == "X" ? std::string{} : printable(word, 80);
      }
      found.resize(std::max<std::size_t>(found.size(), 5));
      return found;
    };
    if (!is_plus_) {
      recording_.subject.name = trimmed(patient);
      recording_.device = trimmed(recording);
      return;
    }
    const auto person = words(patient);
    recording_.subject.id = person[0];
    if (person[1] == "M" || person[1] == "F") {
      recording_.subject.sex = person[1] == "F" ? Sex::female : Sex::male;
    }
    recording_.subject.birth_date = iso_from_edf(person[2]);
    recording_.subject.name = person[3];
    const auto equipment = words(recording);
    recording_.start_date = iso_from_edf(equipment[1]);
    recording_.device = equipment[4];
  }

  /// "22.11.02": years from 85 on are of the twentieth century (Kemp 1992); EDF+ has said the date in full, or that it
  /// is not known.
  void read_start(std::string_view date, std::string_view time) {
    const auto part = [](std::string_view text, std::size_t at) {
      return static_cast<int>(decimal(text.substr(at, 2)).value_or(-1));
    };
    const int year = part(date, 6);
    if (recording_.start_date.empty() && year >= 0 && !is_plus_) {
      recording_.start_date = iso_date({year < 85 ? 2000 + year : 1900 + year, part(date, 3), part(date, 0)});
    }
    const int hour = part(time, 0);
    const int minute = part(time, 3);
    const int second = part(time, 6);
    if (hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60) {
      recording_.start_time = fmt::format("{:02}:{:02}:{:02}", hour, minute, second);
    }
    if (is_plus_ && recording_.start_date.empty() && recording_.start_time == "00:00:00") {
      recording_.start_time.clear();  // the way in which EDF+ says that neither is known
    }
  }

  void read_signal_headers() {
    signals_.resize(num_signals_);
    std::size_t at = fixed_header;
    const auto column = [&](std::size_t width, auto&& take) {
      for (std::size_t s = 0; s < num_signals_; ++s) {
        take(signals_[s], at + s * width);
      }
      at += num_signals_ * width;
    };
    std::vector<double> low(num_signals_);
    std::vector<double> high(num_signals_);
    const auto index = [&](const EdfSignal& signal) { return static_cast<std::size_t>(&signal - signals_.data()); };
    column(16, [&](EdfSignal& s, std::size_t i) {
      const std::string label = trimmed(field(i, 16));
      s.is_annotation = label == "EDF Annotations" || label == "BDF Annotations";
      s.stored.label = lead_name(label);
    });
    column(80, [&](EdfSignal& s, std::size_t i) { s.stored.transducer = trimmed(field(i, 80)); });
    column(8, [&](EdfSignal& s, std::size_t i) { s.stored.unit = trimmed(field(i, 8)); });
    column(8, [&](EdfSignal& s, std::size_t i) { low[index(s)] = number(i, 8, "a physical minimum"); });
    column(8, [&](EdfSignal& s, std::size_t i) { high[index(s)] = number(i, 8, "a physical maximum"); });
    column(8, [&](EdfSignal& s, std::size_t i) {
      s.stored.digital_min = static_cast<std::int32_t>(whole(i, 8, "a digital minimum"));
    });
    column(8, [&](EdfSignal& s, std::size_t i) {
      s.stored.digital_max = static_cast<std::int32_t>(whole(i, 8, "a digital maximum"));
    });
    column(80, [&](EdfSignal& s, std::size_t i) { s.stored.prefilter = trimmed(field(i, 80)); });
    column(8, [&](EdfSignal& s, std::size_t i) {
      const std::int64_t count = whole(i, 8, "the number of samples in a record");
      XINGU_REQUIRE(count >= 1 && static_cast<std::uint64_t>(count) <= most_samples_per_record,
                    "{}: {} samples of '{}' in a record (1 to {} are read); correct the header", file_, count,
                    s.stored.label, most_samples_per_record);
      s.samples_per_record = static_cast<std::uint64_t>(count);
    });
    for (EdfSignal& signal : signals_) {
      if (!signal.is_annotation) {
        set_scale(signal.stored, low[index(signal)], high[index(signal)]);
      }
    }
  }

  void set_scale(StoredSignal& signal, double low, double high) const {
    XINGU_REQUIRE(signal.digital_min < signal.digital_max && low != high,
                  "{}: signal '{}' has the range {} to {} for the steps {} to {} (its values have no scale); correct "
                  "the header",
                  file_, signal.label, low, high, signal.digital_min, signal.digital_max);
    const double steps = static_cast<double>(signal.digital_max) - signal.digital_min;
    signal.gain = steps / (high - low);
    signal.baseline = signal.digital_min - signal.gain * low;
    // a baseline that is whole but for rounding is meant to be whole
    if (std::abs(signal.baseline - std::round(signal.baseline)) < 1e-6) {
      signal.baseline = std::round(signal.baseline);
    }
    signal.adc_bits = static_cast<int>(sample_bytes_) * 8;
  }

  /// Frames, bytes, and how many records there are.
  void lay_out_records() {
    std::uint64_t common = 0;
    for (EdfSignal& signal : signals_) {
      signal.offset = record_bytes_;
      record_bytes_ += signal.samples_per_record * sample_bytes_;
      common = signal.is_annotation ? common : std::gcd(common, signal.samples_per_record);
    }
    XINGU_REQUIRE(common > 0, "{}: holds annotations and no signal (there is nothing to read); give a recording",
                  file_);
    XINGU_REQUIRE(record_s_ > 0, "{}: data records of 0 s (no rate follows); correct the header", file_);
    frames_per_record_ = common;
    recording_.frame_rate_Hz = static_cast<double>(common) / record_s_;
    const double whole_rate = std::round(recording_.frame_rate_Hz);
    if (std::abs(recording_.frame_rate_Hz - whole_rate) < 1e-9 * whole_rate) {
      recording_.frame_rate_Hz = whole_rate;
    }
    data_ = fixed_header + num_signals_ * signal_header;
    XINGU_REQUIRE(content_.size() >= data_, "{}: ends inside its header (the signals are lost); copy it again", file_);
    num_records_ = (content_.size() - data_) / record_bytes_;
    if (stated_records_ >= 0 && static_cast<std::uint64_t>(stated_records_) != num_records_) {
      recording_.warnings.push_back(
          fmt::format("{}: the header says {} data records, the file holds {}", file_, stated_records_, num_records_));
      num_records_ = std::min(num_records_, static_cast<std::uint64_t>(stated_records_));
    }
    XINGU_REQUIRE(num_records_ > 0, "{}: holds no data record (there is nothing to read); copy it again", file_);
  }

  void read_records() {
    std::uint64_t samples_per_record = 0;
    for (EdfSignal& signal : signals_) {
      if (!signal.is_annotation) {
        samples_per_record += signal.samples_per_record;
        signal.stored.samples_per_frame = static_cast<int>(signal.samples_per_record / frames_per_record_);
        samples_per_frame_ = std::max(samples_per_frame_, signal.stored.samples_per_frame);
      }
    }
    const std::vector<std::uint64_t> first_frames = record_starts();
    recording_.num_frames = first_frames.back() + frames_per_record_;
    XINGU_REQUIRE(recording_.num_frames / frames_per_record_ * samples_per_record <= max_recording_samples,
                  "{}: more than {} samples with its gaps (they are not held in memory); split the recording", file_,
                  max_recording_samples);
    for (EdfSignal& signal : signals_) {
      if (signal.is_annotation) {
        continue;
      }
      const auto per_frame = static_cast<std::uint64_t>(signal.stored.samples_per_frame);
      signal.stored.samples.assign(recording_.num_frames * per_frame, invalid_sample);
      for (std::uint64_t record = 0; record < num_records_; ++record) {
        const std::size_t at = data_ + record * record_bytes_ + signal.offset;
        for (std::uint64_t i = 0; i < signal.samples_per_record; ++i) {
          signal.stored.samples[first_frames[record] * per_frame + i] = sample_at(at + i * sample_bytes_);
        }
      }
      recording_.signals.push_back(std::move(signal.stored));
    }
  }

  [[nodiscard]] std::int32_t sample_at(std::size_t at) const {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < sample_bytes_; ++i) {
      word |= static_cast<std::uint32_t>(static_cast<unsigned char>(content_[at + i])) << (8 * i);
    }
    const int shift = 32 - 8 * static_cast<int>(sample_bytes_);
    return static_cast<std::int32_t>(word << shift) >> shift;
  }

  /// The first frame of every record; an interrupted file says it in its time-keeping annotations.
  std::vector<std::uint64_t> record_starts() {
    std::vector<std::uint64_t> starts;
    double origin_s = 0.0;
    for (std::uint64_t record = 0; record < num_records_; ++record) {
      const double following_s = static_cast<double>(record) * record_s_;
      const std::optional<double> onset_s =
          read_annotations_of(record, record == 0 ? std::nullopt : std::optional(origin_s));
      if (record == 0) {
        origin_s = onset_s.value_or(0.0);
      }
      std::uint64_t start = record * frames_per_record_;
      if (is_interrupted_) {
        const double place =
            std::round((onset_s.value_or(following_s + origin_s) - origin_s) * recording_.frame_rate_Hz);
        XINGU_REQUIRE(place >= 0 && place <= static_cast<double>(max_recording_samples),
                      "{}: data record {} begins at {} s (outside what is read); correct its annotation", file_, record,
                      onset_s.value_or(0.0));
        start = static_cast<std::uint64_t>(place);
        XINGU_REQUIRE(starts.empty() || start >= starts.back() + frames_per_record_,
                      "{}: data record {} begins before the one before it ends (order is lost); correct its annotation",
                      file_, record);
      }
      starts.push_back(start);
    }
    return starts;
  }

  /// Time-stamped annotation lists of a record: "+onset[\x15duration]\x14text\x14…\x14\0". Returns the onset of the
  /// first list, which has an empty text and dates the record.
  std::optional<double> read_annotations_of(std::uint64_t record, std::optional<double> origin_s) {
    std::optional<double> onset_of_record;
    for (const EdfSignal& signal : signals_) {
      if (!signal.is_annotation) {
        continue;
      }
      std::string_view rest = std::string_view(content_).substr(data_ + record * record_bytes_ + signal.offset,
                                                                signal.samples_per_record * sample_bytes_);
      while (!rest.empty()) {
        const std::string_view list = rest.substr(0, rest.find('\0'));
        rest.remove_prefix(std::min(rest.size(), list.size() + 1));
        const std::size_t head_end = list.find('\x14');
        if (head_end == std::string_view::npos) {
          continue;
        }
        const std::string_view head = list.substr(0, head_end);
        const std::size_t split = head.find('\x15');
        const auto onset_s = decimal(head.substr(0, split));
        if (!onset_s) {
          continue;
        }
        if (!onset_of_record) {
          onset_of_record = onset_s;
          origin_s = origin_s.value_or(*onset_s);
        }
        const double duration_s = split == std::string_view::npos ? 0.0 : decimal(head.substr(split + 1)).value_or(0.0);
        add_marks(list.substr(head_end + 1), *onset_s - *origin_s, duration_s);
      }
    }
    return onset_of_record;
  }

  void add_marks(std::string_view texts, double onset_s, double duration_s) {
    while (!texts.empty()) {
      const std::string_view text = texts.substr(0, texts.find('\x14'));
      texts.remove_prefix(std::min(texts.size(), text.size() + 1));
      const double place = std::round(onset_s * recording_.frame_rate_Hz * samples_per_frame_);
      if (!text.empty() && place >= 0 && place < 1e15) {
        const auto sample = static_cast<std::uint64_t>(place);
        const auto per_frame = static_cast<std::uint64_t>(samples_per_frame_);
        recording_.marks.push_back({sample / per_frame, printable(text, 255), duration_s,
                                    static_cast<double>(sample % per_frame) / samples_per_frame_});
      }
    }
  }

  void cut_at_end_mark() {
    const auto mark = std::ranges::find(recording_.marks, end_mark, &RecordingMark::text);
    if (mark == recording_.marks.end() || mark->sample == 0 || mark->sample > recording_.num_frames ||
        mark->sample + frames_per_record_ <= recording_.num_frames) {
      return;
    }
    recording_.num_frames = mark->sample;
    recording_.marks.erase(mark);
    for (StoredSignal& signal : recording_.signals) {
      signal.samples.resize(recording_.num_frames * static_cast<std::uint64_t>(signal.samples_per_frame));
    }
  }

  std::string file_;
  std::string content_;
  Recording recording_;
  std::vector<EdfSignal> signals_;
  std::size_t num_signals_ = 0;
  std::size_t sample_bytes_ = 2;
  std::size_t record_bytes_ = 0;
  std::size_t data_ = 0;
  std::int64_t stated_records_ = -1;
  std::uint64_t num_records_ = 0;
  std::uint64_t frames_per_record_ = 0;
  int samples_per_frame_ = 1;  ///< of the fastest signal
  double record_s_ = 0.0;
  bool is_plus_ = false;
  bool is_interrupted_ = false;
};

// ---- writing ----

/// Text of a fixed width in ASCII; what is longer is cut.
std::string padded(std::string_view text, std::size_t width) {
  std::string out = ascii_text(text).substr(0, width);
  out.resize(width, ' ');
  return out;
}

/// A number in at most eight letters, as near as they allow.
std::string eight_letters(double value) {
  std::string best = "0";
  for (int digits = 1; digits <= 17; ++digits) {
    for (const std::string& text : {fmt::format("{:.{}g}", value, digits), fmt::format("{:.{}f}", value, digits - 1)}) {
      const auto read = decimal(text);
      if (text.size() <= 8 && text.find('e') == std::string::npos && read &&
          std::abs(*read - value) < std::abs(*decimal(best) - value)) {
        best = text;
      }
    }
  }
  return best;
}

std::string word_or_x(std::string text) {
  std::ranges::replace(text, ' ', '_');
  return text.empty() ? std::string(1, 'X') : text;
}

std::string edf_patient(const RecordedSubject& subject) {
  const char* sex = !subject.sex ? "X" : *subject.sex == Sex::female ? "F" : "M";
  return fmt::format("{} {} {} {}", word_or_x(subject.id), sex, word_or_x(edf_date(subject.birth_date)),
                     word_or_x(subject.name));
}

class EdfWriter {
 public:
  EdfWriter(const Recording& recording, EdfKind kind)
      : recording_(recording), sample_bytes_(kind == EdfKind::bdf ? 3 : 2), kind_(kind) {
    choose_record();
    make_annotations();
  }

  [[nodiscard]] std::string text() const {
    std::string out = fixed() + signal_columns();
    for (std::uint64_t record = 0; record < num_records(); ++record) {
      for (const StoredSignal& signal : recording_.signals) {
        append_samples(out, signal, record);
      }
      std::string list = lists_[record];
      list.resize(annotation_bytes_, '\0');
      out += list;
    }
    return out;
  }

 private:
  [[nodiscard]] std::uint64_t num_records() const {
    return (recording_.num_frames + frames_per_record_ - 1) / frames_per_record_;
  }

  /// The smallest whole number of frames from about one second on whose duration has an exact decimal of eight letters.
  void choose_record() {
    const auto about = static_cast<std::uint64_t>(std::max(1.0, std::round(recording_.frame_rate_Hz)));
    frames_per_record_ = about;
    for (std::uint64_t frames = about; frames < about + 200; ++frames) {
      const double seconds = static_cast<double>(frames) / recording_.frame_rate_Hz;
      if (*decimal(eight_letters(seconds)) == seconds) {
        frames_per_record_ = frames;
        break;
      }
    }
    record_s_ = *decimal(eight_letters(static_cast<double>(frames_per_record_) / recording_.frame_rate_Hz));
  }

  /// Every record's lists: its own time, then the marks that fall into it; few per record, the rest in later ones.
  void make_annotations() {
    constexpr std::size_t most_bytes = 30000;
    lists_.resize(num_records());
    for (std::uint64_t record = 0; record < num_records(); ++record) {
      lists_[record] = fmt::format("+{}\x14\x14", static_cast<double>(record) * record_s_) + '\0';
    }
    std::vector<RecordingMark> marks = recording_.marks;
    if (recording_.num_frames % frames_per_record_ != 0) {
      marks.push_back({recording_.num_frames, std::string(end_mark)});
    }
    for (const RecordingMark& mark : marks) {
      std::uint64_t record = std::min(mark.sample / frames_per_record_, num_records() - 1);
      const double onset_s = (static_cast<double>(mark.sample) + mark.part) / recording_.frame_rate_Hz;
      const std::string duration = mark.duration_s > 0 ? fmt::format("\x15{}", mark.duration_s) : std::string{};
      const std::string list = fmt::format("+{}{}\x14{}\x14", onset_s, duration, printable(mark.text, 255)) + '\0';
      while (record + 1 < num_records() && lists_[record].size() + list.size() > most_bytes) {
        ++record;
      }
      lists_[record] += list;
    }
    std::size_t longest = 1;
    for (const std::string& list : lists_) {
      longest = std::max(longest, list.size());
    }
    annotation_bytes_ = (longest + sample_bytes_ - 1) / sample_bytes_ * sample_bytes_;
  }

  [[nodiscard]] std::string fixed() const {
    const std::string plus = kind_ == EdfKind::bdf ? "BDF+C" : "EDF+C";
    const auto start = parse_iso_date(recording_.start_date);
    const std::string date = start && start->year >= 1985 && start->year < 2085
                                 ? fmt::format("{:02}.{:02}.{:02}", start->day, start->month, start->year % 100)
                                 : std::string("01.01.85");
    std::string time = recording_.start_time.size() >= 8 ? recording_.start_time.substr(0, 8) : "00:00:00";
    std::ranges::replace(time, ':', '.');
    const RecordedSubject& subject = recording_.subject;
    const std::string patient = edf_patient(subject);
    const std::string recording =
        fmt::format("Startdate {} X X {}", word_or_x(edf_date(recording_.start_date)), word_or_x(recording_.device));
    const std::string version = kind_ == EdfKind::bdf ? "\xff"
                                                        "BIOSEMI"
                                                      : padded("0", 8);
    const std::size_t signals = recording_.signals.size() + 1;
    return version + padded(patient, 80) + padded(recording, 80) + padded(date, 8) + padded(time, 8) +
           padded(fmt::format("{}", fixed_header + signals * signal_header), 8) + padded(plus, 44) +
           padded(fmt::format("{}", num_records()), 8) + padded(eight_letters(record_s_), 8) +
           padded(fmt::format("{}", signals), 4);
  }

  [[nodiscard]] std::string signal_columns() const {
    std::string out;
    const auto column = [&](std::size_t width, auto&& of_signal, std::string_view of_annotation) {
      for (const StoredSignal& signal : recording_.signals) {
        out += padded(of_signal(signal), width);
      }
      out += padded(of_annotation, width);
    };
    const std::string limit = kind_ == EdfKind::bdf ? "8388607" : "32767";
    const std::string low_limit = kind_ == EdfKind::bdf ? "-8388608" : "-32768";
    column(
        16, [](const StoredSignal& s) { return (is_lead(s.label) ? "ECG " : "") + s.label; },
        kind_ == EdfKind::bdf ? "BDF Annotations" : "EDF Annotations");
    column(80, [](const StoredSignal& s) { return s.transducer; }, "");
    column(8, [](const StoredSignal& s) { return s.unit == "µV" || s.unit == "μV" ? std::string("uV") : s.unit; }, "");
    column(8, [](const StoredSignal& s) { return eight_letters((s.digital_min - s.baseline) / s.gain); }, "-1");
    column(8, [](const StoredSignal& s) { return eight_letters((s.digital_max - s.baseline) / s.gain); }, "1");
    column(8, [](const StoredSignal& s) { return fmt::format("{}", s.digital_min); }, low_limit);
    column(8, [](const StoredSignal& s) { return fmt::format("{}", s.digital_max); }, limit);
    column(80, [](const StoredSignal& s) { return s.prefilter; }, "");
    column(
        8,
        [&](const StoredSignal& s) {
          return fmt::format("{}", frames_per_record_ * static_cast<std::uint64_t>(s.samples_per_frame));
        },
        fmt::format("{}", annotation_bytes_ / sample_bytes_));
    column(32, [](const StoredSignal&) { return std::string{}; }, "");
    return out;
  }

  void append_samples(std::string& out, const StoredSignal& signal, std::uint64_t record) const {
    const std::uint64_t count = frames_per_record_ * static_cast<std::uint64_t>(signal.samples_per_frame);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t at = std::min<std::uint64_t>(record * count + i, signal.samples.size() - 1);
      const auto word = static_cast<std::uint32_t>(signal.samples[at]);
      for (std::size_t byte = 0; byte < sample_bytes_; ++byte) {
        out += static_cast<char>(word >> (8 * byte) & 0xffU);
      }
    }
  }

  const Recording& recording_;
  std::size_t sample_bytes_;
  EdfKind kind_;
  std::uint64_t frames_per_record_ = 1;
  double record_s_ = 1.0;
  std::vector<std::string> lists_;
  std::size_t annotation_bytes_ = 0;
};

/// Limits that eight letters say exactly: whole numbers of the unit, where steps and baseline are whole too. A range
/// that is rounded would move every value of a 24-bit signal by some steps.
void make_limits_exact(StoredSignal& signal, std::int32_t low, std::int32_t high, std::int32_t limit) {
  const auto step_at = [&](double value) { return signal.baseline + signal.gain * value; };
  const double least = std::ceil((-limit - 1.0 - signal.baseline) / signal.gain);
  const double most = std::floor((limit - signal.baseline) / signal.gain);
  const bool is_whole = signal.gain > 0 && signal.gain == std::round(signal.gain) &&
                        signal.baseline == std::round(signal.baseline) && std::abs(least) < 1e7 && most < 1e8;
  if (is_whole && step_at(least) <= low && step_at(most) >= high && least < most) {
    signal.digital_min = static_cast<std::int32_t>(step_at(least));
    signal.digital_max = static_cast<std::int32_t>(step_at(most));
  }
}

bool has_exact_limits(const StoredSignal& signal) {
  const auto is_exact = [&](std::int32_t step) {
    const double value = (step - signal.baseline) / signal.gain;
    return std::abs(*decimal(eight_letters(value)) - value) * std::abs(signal.gain) < 1e-3;
  };
  return is_exact(signal.digital_min) && is_exact(signal.digital_max);
}

/// Ranges that the format can hold and that hold every sample.
Recording with_fitting_ranges(Recording recording, int bits, const std::string& file) {
  const auto limit = static_cast<std::int32_t>((std::int64_t{1} << (bits - 1)) - 1);
  for (StoredSignal& signal : recording.signals) {
    XINGU_REQUIRE(std::ranges::find(signal.samples, invalid_sample) == signal.samples.end(),
                  "{}: signal '{}' has missing samples (EDF has no mark for them); write WFDB, DICOM or CSV", file,
                  printable(signal.label, 40));
    XINGU_REQUIRE(bits_needed(signal) <= bits, "{}: signal '{}' needs more than {} bits (the format has no more); {}",
                  file, printable(signal.label, 40), bits, bits == 16 ? "write BDF" : "write WFDB");
    signal.digital_min = std::max(signal.digital_min, -limit - 1);
    signal.digital_max = std::min(signal.digital_max, limit);
    const auto [low, high] = std::ranges::minmax_element(signal.samples);
    if (!signal.samples.empty() && (*low < signal.digital_min || *high > signal.digital_max)) {
      signal.digital_min = -limit - 1;
      signal.digital_max = limit;
    }
    if (!signal.samples.empty() && !has_exact_limits(signal)) {
      make_limits_exact(signal, *low, *high, limit);
    }
    if (signal.digital_min >= signal.digital_max) {
      signal.digital_min = -limit - 1;
      signal.digital_max = limit;
    }
  }
  return recording;
}

}  // namespace

Recording read_edf(const std::filesystem::path& path) { return EdfReader(path).read(); }

void write_edf(const Recording& recording, const std::filesystem::path& path, EdfKind kind) {
  require_consistent(recording, path.string());
  XINGU_REQUIRE(recording.num_frames > 0, "{}: the recording has no samples (EDF needs one record); record longer",
                path.string());
  const int bits = kind == EdfKind::bdf ? 24 : 16;
  const Recording fitting = with_fitting_ranges(recording, bits, path.string());
  write_file(path, EdfWriter(fitting, kind).text());
}

}  // namespace xingu::ecg
