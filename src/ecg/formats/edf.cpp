// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/edf.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "ecg/formats/ascii_text.h"
#include "ecg/formats/dates.h"
#include "ecg/formats/edf_layout.h"
#include "ecg/formats/lead_codes.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t fixed_header = 256;
constexpr std::size_t signal_header = 256;
constexpr std::uintmax_t largest_file = 2ULL << 30;

/// An EDF file held whole.
class EdfReader {
 public:
  explicit EdfReader(const std::filesystem::path& path)
      : content_(read_file(path, largest_file)),
        layout_(read_edf_layout(content_, content_.size(), path.string())),
        recording_(layout_.facts) {
    recording_.name = path.stem().string();
  }

  [[nodiscard]] Recording read() {
    read_records();
    cut_at_end_mark();
    require_consistent(recording_, layout_.file);
    return std::move(recording_);
  }

 private:
  void read_records() {
    std::uint64_t samples_per_record = 0;
    for (const EdfSignal& signal : layout_.signals) {
      samples_per_record += signal.is_annotation ? 0 : signal.samples_per_record;
    }
    const std::vector<std::uint64_t> first_frames = record_starts();
    recording_.num_frames = first_frames.back() + layout_.frames_per_record;
    XINGU_REQUIRE(recording_.num_frames / layout_.frames_per_record * samples_per_record <= max_recording_samples,
                  "{}: more than {} samples with its gaps (they are not held in memory); split the recording",
                  layout_.file, max_recording_samples);
    auto stored = recording_.signals.begin();
    for (const EdfSignal& signal : layout_.signals) {
      if (signal.is_annotation) {
        continue;
      }
      const auto per_frame = static_cast<std::uint64_t>(stored->samples_per_frame);
      stored->samples.assign(recording_.num_frames * per_frame, invalid_sample);
      for (std::uint64_t record = 0; record < layout_.num_records; ++record) {
        const std::size_t at = layout_.data + record * layout_.record_bytes + signal.offset;
        for (std::uint64_t i = 0; i < signal.samples_per_record; ++i) {
          stored->samples[first_frames[record] * per_frame + i] = sample_at(at + i * layout_.sample_bytes);
        }
      }
      ++stored;
    }
  }

  [[nodiscard]] std::int32_t sample_at(std::size_t at) const {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < layout_.sample_bytes; ++i) {
      word |= static_cast<std::uint32_t>(static_cast<unsigned char>(content_[at + i])) << (8 * i);
    }
    const int shift = 32 - 8 * static_cast<int>(layout_.sample_bytes);
    return static_cast<std::int32_t>(word << shift) >> shift;
  }

  /// The first frame of every record; its annotations become marks.
  std::vector<std::uint64_t> record_starts() {
    std::vector<std::uint64_t> starts;
    EdfAnnotations annotations(layout_, max_recording_samples);
    for (std::uint64_t record = 0; record < layout_.num_records; ++record) {
      std::vector<std::string_view> lists;
      for (const EdfSignal& signal : layout_.signals) {
        if (signal.is_annotation) {
          lists.push_back(
              std::string_view(content_).substr(layout_.data + record * layout_.record_bytes + signal.offset,
                                                signal.samples_per_record * layout_.sample_bytes));
        }
      }
      starts.push_back(
          annotations.take_record(lists, [&](RecordingMark mark) { recording_.marks.push_back(std::move(mark)); }));
    }
    return starts;
  }

  void cut_at_end_mark() {
    const auto mark = std::ranges::find(recording_.marks, edf_end_mark, &RecordingMark::text);
    const auto end =
        mark == recording_.marks.end() ? std::nullopt : cut_by_end_mark(layout_, recording_.num_frames, *mark);
    if (!end) {
      return;
    }
    recording_.num_frames = *end;
    recording_.marks.erase(mark);
    for (StoredSignal& signal : recording_.signals) {
      signal.samples.resize(recording_.num_frames * static_cast<std::uint64_t>(signal.samples_per_frame));
    }
  }

  std::string content_;
  EdfLayout layout_;
  Recording recording_;
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
      const auto read = edf_decimal(text);
      if (text.size() <= 8 && text.find('e') == std::string::npos && read &&
          std::abs(*read - value) < std::abs(*edf_decimal(best) - value)) {
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
      if (*edf_decimal(eight_letters(seconds)) == seconds) {
        frames_per_record_ = frames;
        break;
      }
    }
    record_s_ = *edf_decimal(eight_letters(static_cast<double>(frames_per_record_) / recording_.frame_rate_Hz));
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
      marks.push_back({recording_.num_frames, std::string(edf_end_mark)});
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
    return std::abs(*edf_decimal(eight_letters(value)) - value) * std::abs(signal.gain) < 1e-3;
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
