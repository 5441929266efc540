// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/wfdb_record.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "ecg/formats/flac_stream.h"
#include "ecg/formats/wfdb_layout.h"
#include "ecg/wfdb_annotation.h"
#include "ecg/wfdb_header.h"

namespace xingu::ecg {
namespace {

namespace fs = std::filesystem;
using Samples = std::vector<std::int32_t>;

constexpr std::uintmax_t largest_signal_file = 2ULL << 30;
constexpr std::size_t longest_aux = 255;  // bytes of an annotation's words

/// Samples of each signal of a group as they stand in its file, before skew: [signal][frame · samples_per_frame].
class GroupReader {
 public:
  explicit GroupReader(const WfdbGroupLayout& layout)
      : signals_(layout.signals), file_(layout.file), format_(layout.format), frame_samples_(layout.frame_samples) {}

  [[nodiscard]] std::vector<Samples> read(std::optional<std::int64_t> stated_frames) const {
    const std::string content = read_file(file_, largest_signal_file);
    const auto offset = static_cast<std::uint64_t>(signals_.front().byte_offset);
    XINGU_REQUIRE(offset <= content.size(),
                  "{}: its samples begin at byte {} of {} (behind its end); correct the header", file_, offset,
                  content.size());
    const std::string_view bytes = std::string_view(content).substr(offset);
    return is_flac(format_) ? read_flac(bytes) : read_packed(bytes, stated_frames);
  }

 private:
  [[nodiscard]] std::vector<Samples> read_flac(std::string_view bytes) const {
    FlacAudio audio = decode_flac(bytes, max_recording_samples, file_);
    XINGU_REQUIRE(audio.channels.size() == signals_.size() && audio.bits == sample_bits(format_),
                  "{}: {} channels of {} bits for {} signals of format {} (they do not fit); correct the header", file_,
                  audio.channels.size(), audio.bits, signals_.size(), signals_.front().format);
    const std::int32_t none = -(std::int32_t{1} << (sample_bits(format_) - 1));
    for (Samples& channel : audio.channels) {
      std::ranges::replace(channel, none, invalid_sample);
    }
    return std::move(audio.channels);
  }

  [[nodiscard]] std::vector<Samples> read_packed(std::string_view bytes, std::optional<std::int64_t> stated) const {
    std::uint64_t frames = packed_samples(format_, bytes.size()) / frame_samples_;
    if (stated) {
      frames = std::min(frames, static_cast<std::uint64_t>(*stated));
    }
    XINGU_REQUIRE(frames * frame_samples_ <= max_recording_samples,
                  "{}: {} samples (more than {} are not held in memory); split the record", file_,
                  frames * frame_samples_, max_recording_samples);
    const Samples all = unpack_samples(format_, bytes, frames * frame_samples_);
    std::vector<Samples> result(signals_.size());
    std::uint64_t first = 0;
    for (std::size_t s = 0; s < signals_.size(); ++s) {
      const auto count = static_cast<std::uint64_t>(signals_[s].samples_per_frame);
      result[s].reserve(frames * count);
      for (std::uint64_t frame = 0; frame < frames; ++frame) {
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(frame * frame_samples_ + first);
        result[s].insert(result[s].end(), begin, begin + static_cast<std::ptrdiff_t>(count));
      }
      first += count;
      if (format_ == WfdbFormat::diff8) {
        sum_differences(result[s], signals_[s].initial_value);
      }
    }
    return result;
  }

  static void sum_differences(Samples& samples, std::int32_t value) {
    auto sum = static_cast<std::uint32_t>(value);  // wraps where a damaged file overflows
    for (std::int32_t& sample : samples) {
      sum += static_cast<std::uint32_t>(sample);
      sample = static_cast<std::int32_t>(sum);
    }
  }

  std::span<const WfdbSignal> signals_;
  std::string file_;
  WfdbFormat format_;
  std::uint64_t frame_samples_;
};

/// Sum of the stored values modulo 2^16, as headers state it.
int checksum_of(const Samples& samples, WfdbFormat format) {
  const std::uint32_t none = 1U << (sample_bits(format) - 1);
  std::uint32_t sum = 0;
  for (const std::int32_t sample : samples) {
    sum += sample == invalid_sample ? none : static_cast<std::uint32_t>(sample);
  }
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(sum));
}

/// Drops the first frames of a signal that was stored late, and fills its end.
void undo_skew(Samples& samples, const WfdbSignal& line) {
  const std::size_t late =
      std::min(samples.size(), static_cast<std::size_t>(line.skew) * static_cast<std::size_t>(line.samples_per_frame));
  std::shift_left(samples.begin(), samples.end(), static_cast<std::ptrdiff_t>(late));
  std::fill(samples.end() - static_cast<std::ptrdiff_t>(late), samples.end(), invalid_sample);
}

Recording read_segment(const WfdbHeader& header, const fs::path& path) {
  Recording recording = recording_of(header);
  std::optional<std::uint64_t> frames;
  std::vector<std::string> unequal;  // to their checksum
  for (const WfdbGroup group : wfdb_groups(header)) {
    const GroupReader reader(wfdb_group_layout(header, group, beside(path, header.signals[group.first].file)));
    std::vector<Samples> samples = reader.read(header.info.num_samples);
    for (std::size_t s = 0; s < samples.size(); ++s) {
      const WfdbSignal& line = header.signals[group.first + s];
      StoredSignal& signal = recording.signals[group.first + s];
      if (line.checksum &&
          checksum_of(samples[s], *wfdb_format(line.format)) != static_cast<std::int16_t>(*line.checksum)) {
        unequal.push_back(printable(signal.label, 40));
      }
      undo_skew(samples[s], line);
      signal.samples = std::move(samples[s]);
      const std::uint64_t held = signal.samples.size() / static_cast<std::uint64_t>(line.samples_per_frame);
      frames = std::min(frames.value_or(held), held);
    }
  }
  recording.num_frames = frames.value_or(0);
  if (header.info.num_samples && static_cast<std::uint64_t>(*header.info.num_samples) < recording.num_frames) {
    recording.num_frames = static_cast<std::uint64_t>(*header.info.num_samples);
  }
  if (header.info.num_samples && static_cast<std::uint64_t>(*header.info.num_samples) != recording.num_frames) {
    recording.warnings.push_back(fmt::format("{}: the header says {} samples, its files hold {}", path.string(),
                                             *header.info.num_samples, recording.num_frames));
  }
  if (!unequal.empty()) {
    recording.warnings.push_back(fmt::format("{}: the samples of '{}' do not sum to the header's checksums",
                                             path.string(), fmt::join(unequal, "', '")));
  }
  for (StoredSignal& signal : recording.signals) {
    signal.samples.resize(recording.num_frames * static_cast<std::uint64_t>(signal.samples_per_frame));
  }
  require_consistent(recording, path.string());
  return recording;
}

/// Puts the segments of a record behind each other.
class SegmentJoiner {
 public:
  SegmentJoiner(const WfdbHeader& header, fs::path path) : header_(header), path_(std::move(path)) {}

  [[nodiscard]] Recording join() {
    whole_ = recording_of(header_);
    for (const WfdbSegment& segment : header_.segments) {
      whole_.num_frames += static_cast<std::uint64_t>(segment.num_frames);
      XINGU_REQUIRE(whole_.num_frames <= max_recording_samples,
                    "{}: more than {} samples (they are not held in memory); split the record", path_.string(),
                    max_recording_samples);
    }
    const bool is_variable = header_.segments.front().num_frames == 0;
    if (is_variable) {
      take_layout();
    }
    std::uint64_t at = 0;
    for (const WfdbSegment& segment : header_.segments) {
      if (segment.num_frames > 0 && segment.name != "~") {
        add(read_segment(segment_header(path_, segment), segment_path(path_, segment)), segment, at);
      }
      at += static_cast<std::uint64_t>(segment.num_frames);
    }
    require_consistent(whole_, path_.string());
    return std::move(whole_);
  }

 private:
  void take_layout() {
    const WfdbHeader layout = segment_header(path_, header_.segments.front());
    is_by_label_ = true;
    set_signals(recording_of(layout).signals);
  }

  void set_signals(std::vector<StoredSignal> signals) {
    std::uint64_t per_frame = 0;
    for (const StoredSignal& signal : signals) {
      per_frame += static_cast<std::uint64_t>(signal.samples_per_frame);
    }
    XINGU_REQUIRE(whole_.num_frames * per_frame <= max_recording_samples,
                  "{}: more than {} samples (they are not held in memory); split the record", path_.string(),
                  max_recording_samples);
    for (StoredSignal& signal : signals) {
      signal.samples.assign(whole_.num_frames * static_cast<std::uint64_t>(signal.samples_per_frame), invalid_sample);
    }
    whole_.signals = std::move(signals);
  }

  void add(Recording segment, const WfdbSegment& line, std::uint64_t at) {
    const std::string file = segment_path(path_, line).string();
    if (whole_.signals.empty()) {
      std::vector<StoredSignal> signals = segment.signals;
      set_signals(std::move(signals));
    }
    const std::vector<std::size_t> targets = signals_in_record(segment, whole_, is_by_label_, file);
    std::ranges::move(segment.warnings, std::back_inserter(whole_.warnings));
    for (std::size_t s = 0; s < segment.signals.size(); ++s) {
      StoredSignal& source = segment.signals[s];
      StoredSignal& target = whole_.signals[targets[s]];
      rescale(source.samples, source, target);
      const auto per_frame = static_cast<std::uint64_t>(source.samples_per_frame);
      const std::uint64_t count =
          std::min(static_cast<std::uint64_t>(line.num_frames) * per_frame, source.samples.size());
      std::copy_n(source.samples.begin(), count, target.samples.begin() + static_cast<std::ptrdiff_t>(at * per_frame));
    }
  }

  const WfdbHeader& header_;
  fs::path path_;
  Recording whole_;
  bool is_by_label_ = false;
};

void read_marks(Recording& recording, const fs::path& path) {
  if (!fs::exists(path)) {
    return;
  }
  for (const Annotation& annotation : read_annotations(path)) {
    if (annotation.sample < 0) {
      continue;
    }
    std::string text(1, annotation_symbol(annotation.code));
    if (annotation.code == note_annotation && !annotation.text.empty()) {
      text = annotation.text;
    } else if (!annotation.text.empty()) {
      text += ' ' + annotation.text;
    }
    const AnnotationNumbers numbers{annotation.code, annotation.subtype, annotation.channel, annotation.number};
    recording.marks.push_back(
        {static_cast<std::uint64_t>(annotation.sample), printable(text, longest_aux + 2), 0.0, 0.0, numbers});
  }
}

// ---- writing ----

WfdbFormat narrowest(const StoredSignal& signal) {
  const int bits = bits_needed(signal);
  return bits <= 12   ? WfdbFormat::packed12
         : bits <= 16 ? WfdbFormat::int16
         : bits <= 24 ? WfdbFormat::int24
                      : WfdbFormat::int32;
}

std::string pack_group(const Recording& recording, const std::vector<const StoredSignal*>& group, WfdbFormat format) {
  if (is_flac(format)) {
    std::vector<Samples> channels;
    const int bits = sample_bits(format);
    for (const StoredSignal* signal : group) {
      XINGU_REQUIRE(bits_needed(*signal) <= bits, "signal '{}' does not fit {} bits; choose a wider format",
                    printable(signal->label, 40), bits);
      channels.push_back(signal->samples);
      std::ranges::replace(channels.back(), invalid_sample, -(std::int32_t{1} << (bits - 1)));
    }
    return encode_flac(channels, bits);
  }
  Samples all;
  for (std::uint64_t frame = 0; frame < recording.num_frames; ++frame) {
    for (const StoredSignal* signal : group) {
      const auto count = static_cast<std::ptrdiff_t>(signal->samples_per_frame);
      const auto begin = signal->samples.begin() + static_cast<std::ptrdiff_t>(frame) * count;
      if (format == WfdbFormat::diff8) {
        // the first difference is 0: the header holds the value to start from
        all.push_back(frame == 0 ? 0 : *begin - *(begin - 1));
      } else {
        all.insert(all.end(), begin, begin + count);
      }
    }
  }
  return pack_samples(format, all);
}

std::string wfdb_start(const Recording& recording) {
  if (recording.start_time.empty()) {
    return {};
  }
  const std::string& date = recording.start_date;
  return date.size() == 10 ? fmt::format(" {} {}/{}/{}", recording.start_time, date.substr(8, 2), date.substr(5, 2),
                                         date.substr(0, 4))
                           : ' ' + recording.start_time;
}

std::string without_blanks(std::string text) {
  std::ranges::replace(text, ' ', '_');
  return printable(text.empty() ? "NU" : text, 40);
}

std::string signal_line(const StoredSignal& signal, const std::string& file, WfdbFormat format) {
  const std::string per_frame =
      signal.samples_per_frame > 1 ? fmt::format("x{}", signal.samples_per_frame) : std::string{};
  const Samples& samples = signal.samples;
  const std::int32_t first = samples.empty() ? 0 : samples.front();
  const std::int64_t initial = first == invalid_sample ? -(std::int64_t{1} << (sample_bits(format) - 1)) : first;
  return fmt::format("{} {}{} {}({})/{} {} 0 {} {} 0 {}\n", file, static_cast<int>(format), per_frame, signal.gain,
                     std::llround(signal.baseline), without_blanks(signal.unit), signal.adc_bits, initial,
                     checksum_of(samples, format), printable(signal.label, 80));
}

/// What the header's lines have no place for, as remarks: "# age: 81" and the like, each where the recording's own
/// comments do not say the same, behind these.
std::string remark_lines(const Recording& recording) {
  const RecordedSubject& subject = recording.subject;
  std::string comments = "r 0 1\n";  // a header of nothing, by which they are read
  for (const std::string& comment : recording.comments) {
    comments += '#' + printable(comment, 1000) + '\n';
  }
  const WfdbHeader said = parse_wfdb_header(comments, "comments");
  std::string text;
  const auto add = [&](std::string_view key, const std::string& fact, const std::string& is_said) {
    if (!fact.empty() && fact != is_said) {
      text += fmt::format("# {}: {}\n", key, printable(fact, 200));
    }
  };
  const auto sex_text = [](const std::optional<Sex>& sex) {
    return std::string(!sex ? "" : *sex == Sex::female ? "F" : "M");
  };
  const auto age_text = [](const std::optional<double>& age) { return age ? fmt::format("{}", *age) : std::string{}; };
  add("age", age_text(subject.age_years), age_text(said.info.patient.age_years));
  add("sex", sex_text(subject.sex), sex_text(said.info.patient.sex));
  add("id", subject.id, said.remarks.id);
  add("name", subject.name, said.remarks.name);
  add("born", subject.birth_date, said.remarks.birth_date);
  add("device", recording.device, said.remarks.device);
  add("recorded", recording.start_time.empty() ? recording.start_date : std::string{}, said.remarks.start_date);
  return comments.substr(comments.find('\n') + 1) + text;
}

void require_record_name(const std::string& name) {
  const bool is_plain = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
  XINGU_REQUIRE(is_plain, "'{}' cannot name a WFDB record (letters, digits, '-' and '_' can); choose another",
                printable(name, 60));
}

/// The code that a mark's text begins with: a symbol alone, or one that no word is and no beat, with words behind it
/// ("+ (AFIB" of a rhythm). 0 where all of it is words.
int leading_code(const std::string& text) {
  const int code = text.empty() ? 0 : annotation_code(text.front());
  const bool is_sign = std::isalnum(static_cast<unsigned char>(text.empty() ? 'a' : text.front())) == 0;
  return text.size() == 1 || (text.size() > 2 && text[1] == ' ' && is_sign && !is_beat(code) && code != note_annotation)
             ? code
             : 0;
}

/// The reverse of what read_marks() makes of an annotation, and an annotation of any other mark.
Annotation annotation_of(const RecordingMark& mark) {
  const AnnotationNumbers& told = mark.numbers;
  const bool is_note = told.code == note_annotation && mark.text != std::string(1, annotation_symbol(told.code));
  const int leading = is_note ? 0 : told.code > 0 ? told.code : leading_code(mark.text);
  const std::string words = leading == 0 ? mark.text : mark.text.size() > 2 ? mark.text.substr(2) : std::string{};
  return {static_cast<std::int64_t>(mark.sample),
          leading > 0 ? leading : note_annotation,
          told.subtype,
          told.channel,
          told.number,
          words.substr(0, longest_aux)};
}

std::string encoded_marks(const Recording& recording) {
  std::vector<Annotation> annotations;
  std::ranges::transform(recording.marks, std::back_inserter(annotations), annotation_of);
  return encode_annotations(std::move(annotations));
}

/// What stands beside a header from the record whose place is taken, and must not be taken for the new one's:
/// annotations, and signal files that only the old header names. Those of another record stay.
std::vector<fs::path> left_of_old_record(const fs::path& header, const std::vector<FileContent>& written) {
  std::vector<fs::path> left{fs::path(header).replace_extension(".atr")};
  try {
    for (const WfdbSignal& signal : fs::exists(header) ? read_wfdb_header(header).signals : std::vector<WfdbSignal>{}) {
      const fs::path file = header.parent_path() / signal.file;
      const fs::path other_header = fs::path(file).replace_extension(".hea");
      const bool is_of_other = other_header != header && fs::exists(other_header);
      if (may_be_written_as(signal.file, header) && !is_of_other) {
        left.push_back(file);
      }
    }
  } catch (const InputError&) {  // it was no record: nothing belonged to it
  }
  std::erase_if(left, [&](const fs::path& file) {
    return std::ranges::find(written, file, &FileContent::path) != written.end();
  });
  return left;
}

}  // namespace

Recording read_wfdb(const fs::path& record) {
  const fs::path path = wfdb_header_path(record);
  const WfdbHeader header = read_wfdb_header(path);
  Recording recording = header.segments.empty() ? read_segment(header, path) : SegmentJoiner(header, path).join();
  read_marks(recording, fs::path(path).replace_extension(".atr"));
  return recording;
}

void write_wfdb(const Recording& recording, const fs::path& header, const WfdbWriteOptions& options) {
  require_consistent(recording, header.string());
  const std::string name = header.stem().string();
  require_record_name(name);
  // signals of one format share a file, in the recording's order
  std::vector<std::pair<WfdbFormat, std::vector<const StoredSignal*>>> groups;
  for (const StoredSignal& signal : recording.signals) {
    const WfdbFormat format = options.format.value_or(narrowest(signal));
    XINGU_REQUIRE(signal.samples_per_frame == 1 || (format != WfdbFormat::diff8 && !is_flac(format)),
                  "signal '{}' has several samples per frame (formats 8 and FLAC are written for one); use format 16",
                  printable(signal.label, 40));
    if (groups.empty() || groups.back().first != format) {
      groups.emplace_back(format, std::vector<const StoredSignal*>{});
    }
    groups.back().second.push_back(&signal);
    if (is_flac(format) && groups.back().second.size() == 8) {
      groups.emplace_back(format, std::vector<const StoredSignal*>{});
    }
  }
  std::erase_if(groups, [](const auto& group) { return group.second.empty(); });
  std::string text = fmt::format("{} {} {} {}{}\n", name, recording.signals.size(), recording.frame_rate_Hz,
                                 recording.num_frames, wfdb_start(recording));
  std::vector<FileContent> files;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::string file = groups.size() == 1 ? name + ".dat" : fmt::format("{}_{}.dat", name, g + 1);
    const fs::path other = fs::path(header.parent_path() / file).replace_extension(".hea");
    XINGU_REQUIRE(groups.size() == 1 || !fs::exists(other),
                  "{}: its signals would take the place of {}, which is the record {}'s; choose another name",
                  header.string(), file, other.filename().string());
    files.push_back({header.parent_path() / file, pack_group(recording, groups[g].second, groups[g].first)});
    for (const StoredSignal* signal : groups[g].second) {
      text += signal_line(*signal, file, groups[g].first);
    }
  }
  if (!recording.marks.empty()) {
    files.push_back({fs::path(header).replace_extension(".atr"), encoded_marks(recording)});
  }
  files.push_back({header, text + remark_lines(recording)});
  write_files_together(files, left_of_old_record(header, files));
}

std::vector<fs::path> wfdb_files(const fs::path& record) {
  const fs::path path = wfdb_header_path(record);
  const WfdbHeader header = read_wfdb_header(path);
  std::vector<fs::path> files{path, fs::path(path).replace_extension(".atr")};
  for (const WfdbSignal& signal : header.signals) {
    files.push_back(path.parent_path() / signal.file);
  }
  for (const WfdbSegment& segment : header.segments) {
    const fs::path of_segment = wfdb_header_path(path.parent_path() / segment.name);
    if (segment.name != "~" && of_segment != path && fs::exists(of_segment)) {
      files.push_back(of_segment);
      for (const WfdbSignal& signal : read_wfdb_header(of_segment).signals) {
        files.push_back(path.parent_path() / signal.file);
      }
    }
  }
  return files;
}

bool may_be_written_as(const std::string& file_name, const fs::path& header) {
  const std::string name = header.stem().string();
  if (!file_name.starts_with(name)) {
    return false;
  }
  const std::string rest = file_name.substr(name.size());
  const bool is_numbered = rest.starts_with('_') && rest.ends_with(".dat") && rest.size() > 5 &&
                           std::all_of(rest.begin() + 1, rest.end() - 4, [](char c) { return c >= '0' && c <= '9'; });
  return rest == ".hea" || rest == ".dat" || rest == ".atr" || is_numbered;
}

}  // namespace xingu::ecg
