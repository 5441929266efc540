// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/edf_layout.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/text.h"
#include "ecg/formats/ascii_text.h"
#include "ecg/formats/dates.h"
#include "ecg/formats/lead_codes.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t fixed_header = 256;
constexpr std::size_t signal_header = 256;
constexpr std::uint64_t most_samples_per_record = 1ULL << 24;

std::string trimmed(std::string_view text) {
  const std::size_t last = text.find_last_not_of(std::string_view(" \0", 2));
  return printable(utf_8_text(last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1)), 160);
}

class HeaderReader {
 public:
  HeaderReader(std::string_view header, std::uint64_t file_size, const std::string& file)
      : file_(file), header_(header), file_size_(file_size) {
    layout_.file = file;
  }

  [[nodiscard]] EdfLayout read() {
    read_fixed_header();
    read_signal_headers();
    lay_out_records();
    return std::move(layout_);
  }

 private:
  [[nodiscard]] std::string_view field(std::size_t at, std::size_t length) const {
    XINGU_REQUIRE(at + length <= header_.size(), "{}: ends inside its header (the signals are lost); copy it again",
                  file_);
    return std::string_view(header_).substr(at, length);
  }

  [[nodiscard]] double number(std::size_t at, std::size_t length, std::string_view what) const {
    const auto value = edf_decimal(field(at, length));
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
    layout_.sample_bytes = is_bdf ? 3 : 2;
    const std::string_view reserved = field(192, 44);
    is_plus_ = reserved.starts_with("EDF+") || reserved.starts_with("BDF+");
    layout_.is_interrupted = is_plus_ && reserved.substr(4, 1) == "D";
    layout_.facts.format =
        std::string(is_bdf ? "BDF" : "EDF") + (is_plus_ ? (layout_.is_interrupted ? "+D" : "+C") : "");
    read_identification(field(8, 80), field(88, 80));
    read_start(field(168, 8), field(176, 8));
    stated_records_ = whole(236, 8, "the number of data records");
    layout_.record_s = number(244, 8, "the duration of a data record");
    const std::int64_t signals = whole(252, 4, "the number of signals");
    XINGU_REQUIRE(signals >= 1 && signals <= static_cast<std::int64_t>(max_recording_signals),
                  "{}: {} signals (1 to {} are read); correct the header", file_, signals, max_recording_signals);
    XINGU_REQUIRE(layout_.record_s >= 0 && layout_.record_s <= 1e6,
                  "{}: data records of {} s (no rate follows); correct the header", file_, layout_.record_s);
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
      layout_.facts.subject.name = trimmed(patient);
      layout_.facts.device = trimmed(recording);
      return;
    }
    const auto person = words(patient);
    layout_.facts.subject.id = person[0];
    if (person[1] == "M" || person[1] == "F") {
      layout_.facts.subject.sex = person[1] == "F" ? Sex::female : Sex::male;
    }
    layout_.facts.subject.birth_date = iso_from_edf(person[2]);
    layout_.facts.subject.name = person[3];
    const auto equipment = words(recording);
    layout_.facts.start_date = iso_from_edf(equipment[1]);
    layout_.facts.device = equipment[4];
  }

  /// "22.11.02": years from 85 on are of the twentieth century (Kemp 1992); EDF+ has said the date in full, or that it
  /// is not known.
  void read_start(std::string_view date, std::string_view time) {
    const auto part = [](std::string_view text, std::size_t at) {
      return static_cast<int>(edf_decimal(text.substr(at, 2)).value_or(-1));
    };
    const int year = part(date, 6);
    if (layout_.facts.start_date.empty() && year >= 0 && !is_plus_) {
      layout_.facts.start_date = iso_date({year < 85 ? 2000 + year : 1900 + year, part(date, 3), part(date, 0)});
    }
    const int hour = part(time, 0);
    const int minute = part(time, 3);
    const int second = part(time, 6);
    if (hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60) {
      layout_.facts.start_time = fmt::format("{:02}:{:02}:{:02}", hour, minute, second);
    }
    if (is_plus_ && layout_.facts.start_date.empty() && layout_.facts.start_time == "00:00:00") {
      layout_.facts.start_time.clear();  // the way in which EDF+ says that neither is known
    }
  }

  void read_signal_headers() {
    layout_.signals.resize(num_signals_);
    std::size_t at = fixed_header;
    const auto column = [&](std::size_t width, auto&& take) {
      for (std::size_t s = 0; s < num_signals_; ++s) {
        take(layout_.signals[s], at + s * width);
      }
      at += num_signals_ * width;
    };
    std::vector<double> low(num_signals_);
    std::vector<double> high(num_signals_);
    const auto index = [&](const EdfSignal& signal) {
      return static_cast<std::size_t>(&signal - layout_.signals.data());
    };
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
    for (EdfSignal& signal : layout_.signals) {
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
    signal.adc_bits = static_cast<int>(layout_.sample_bytes) * 8;
  }

  /// Frames, bytes, and how many records there are.
  void lay_out_records() {
    std::uint64_t common = 0;
    for (EdfSignal& signal : layout_.signals) {
      signal.offset = layout_.record_bytes;
      layout_.record_bytes += signal.samples_per_record * layout_.sample_bytes;
      common = signal.is_annotation ? common : std::gcd(common, signal.samples_per_record);
    }
    XINGU_REQUIRE(common > 0, "{}: holds annotations and no signal (there is nothing to read); give a recording",
                  file_);
    XINGU_REQUIRE(layout_.record_s > 0, "{}: data records of 0 s (no rate follows); correct the header", file_);
    layout_.frames_per_record = common;
    layout_.facts.frame_rate_Hz = static_cast<double>(common) / layout_.record_s;
    const double whole_rate = std::round(layout_.facts.frame_rate_Hz);
    if (std::abs(layout_.facts.frame_rate_Hz - whole_rate) < 1e-9 * whole_rate) {
      layout_.facts.frame_rate_Hz = whole_rate;
    }
    layout_.data = fixed_header + num_signals_ * signal_header;
    XINGU_REQUIRE(file_size_ >= layout_.data, "{}: ends inside its header (the signals are lost); copy it again",
                  file_);
    layout_.num_records = (file_size_ - layout_.data) / layout_.record_bytes;
    if (stated_records_ >= 0 && static_cast<std::uint64_t>(stated_records_) != layout_.num_records) {
      layout_.facts.warnings.push_back(fmt::format("{}: the header says {} data records, the file holds {}", file_,
                                                   stated_records_, layout_.num_records));
      layout_.num_records = std::min(layout_.num_records, static_cast<std::uint64_t>(stated_records_));
    }
    for (EdfSignal& signal : layout_.signals) {
      if (!signal.is_annotation) {
        signal.stored.samples_per_frame = static_cast<int>(signal.samples_per_record / common);
        layout_.samples_per_frame = std::max(layout_.samples_per_frame, signal.stored.samples_per_frame);
        layout_.facts.signals.push_back(signal.stored);
      }
    }
    XINGU_REQUIRE(layout_.num_records > 0, "{}: holds no data record (there is nothing to read); copy it again", file_);
  }

  const std::string& file_;
  std::string_view header_;
  std::uint64_t file_size_;
  EdfLayout layout_;
  std::size_t num_signals_ = 0;
  std::int64_t stated_records_ = -1;
  bool is_plus_ = false;
};

}  // namespace

std::optional<double> edf_decimal(std::string_view text) {
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

bool EdfLayout::has_annotations() const {
  return std::ranges::any_of(signals, [](const EdfSignal& signal) { return signal.is_annotation; });
}

EdfLayout read_edf_layout(std::string_view header, std::uint64_t file_size, const std::string& file) {
  return HeaderReader(header, file_size, file).read();
}

std::optional<double> read_annotation_lists(
    std::string_view bytes,
    const std::function<void(std::string_view texts, double onset_s, double duration_s)>& take) {
  std::optional<double> first_s;
  while (!bytes.empty()) {
    const std::string_view list = bytes.substr(0, bytes.find('\0'));
    bytes.remove_prefix(std::min(bytes.size(), list.size() + 1));
    const std::size_t head_end = list.find('\x14');
    if (head_end == std::string_view::npos) {
      continue;
    }
    const std::string_view head = list.substr(0, head_end);
    const std::size_t split = head.find('\x15');
    const auto onset_s = edf_decimal(head.substr(0, split));
    if (!onset_s) {
      continue;
    }
    first_s = first_s.value_or(*onset_s);
    const double duration_s = split == std::string_view::npos ? 0.0 : edf_decimal(head.substr(split + 1)).value_or(0.0);
    take(list.substr(head_end + 1), *onset_s, duration_s);
  }
  return first_s;
}

std::uint64_t EdfAnnotations::take_record(const std::vector<std::string_view>& signals,
                                          const std::function<void(RecordingMark)>& take) {
  std::optional<double> origin_s = record_ == 0 ? std::nullopt : std::optional(origin_s_);
  std::optional<double> onset_of_record;
  for (const std::string_view bytes : signals) {
    (void)read_annotation_lists(bytes, [&](std::string_view texts, double onset_s, double duration_s) {
      onset_of_record = onset_of_record.value_or(onset_s);
      origin_s = origin_s.value_or(onset_s);
      add_marks(texts, onset_s - *origin_s, duration_s, take);
    });
  }
  if (record_ == 0) {
    origin_s_ = onset_of_record.value_or(0.0);
  }
  std::uint64_t start = record_ * layout_.frames_per_record;
  if (layout_.is_interrupted) {
    const double following_s = static_cast<double>(record_) * layout_.record_s;
    const double place =
        std::round((onset_of_record.value_or(following_s + origin_s_) - origin_s_) * layout_.facts.frame_rate_Hz);
    XINGU_REQUIRE(place >= 0 && place <= static_cast<double>(most_frames_),
                  "{}: data record {} begins at {} s (outside what is read); correct its annotation", layout_.file,
                  record_, onset_of_record.value_or(0.0));
    start = static_cast<std::uint64_t>(place);
    XINGU_REQUIRE(record_ == 0 || start >= earliest_,
                  "{}: data record {} begins before the one before it ends (order is lost); correct its annotation",
                  layout_.file, record_);
  }
  earliest_ = start + layout_.frames_per_record;
  ++record_;
  return start;
}

void EdfAnnotations::add_marks(std::string_view texts, double onset_s, double duration_s,
                               const std::function<void(RecordingMark)>& take) const {
  while (!texts.empty()) {
    const std::string_view text = texts.substr(0, texts.find('\x14'));
    texts.remove_prefix(std::min(texts.size(), text.size() + 1));
    const double place = std::round(onset_s * layout_.facts.frame_rate_Hz * layout_.samples_per_frame);
    if (!text.empty() && place >= 0 && place < 1e15) {
      const auto sample = static_cast<std::uint64_t>(place);
      const auto per_frame = static_cast<std::uint64_t>(layout_.samples_per_frame);
      take({sample / per_frame, printable(text, 255), duration_s,
            static_cast<double>(sample % per_frame) / layout_.samples_per_frame});
    }
  }
}

std::optional<std::uint64_t> cut_by_end_mark(const EdfLayout& layout, std::uint64_t num_frames,
                                             const RecordingMark& end_mark) {
  const bool is_in_last =
      end_mark.sample > 0 && end_mark.sample <= num_frames && end_mark.sample + layout.frames_per_record > num_frames;
  return is_in_last ? std::optional(end_mark.sample) : std::nullopt;
}

}  // namespace xingu::ecg
