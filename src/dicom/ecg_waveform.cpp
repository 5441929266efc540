// SPDX-License-Identifier: Apache-2.0
#include "dicom/ecg_waveform.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "dicom/annotation_tags.h"
#include "dicom/dataset.h"
#include "dicom/dataset_writer.h"
#include "dicom/uid.h"
#include "dicom/write_modules.h"
#include "ecg/formats/dates.h"
#include "ecg/formats/lead_codes.h"
#include "ecg/formats/mark_codes.h"

namespace xingu {
namespace {

using ecg::Recording;
using ecg::RecordingMark;
using ecg::StoredSignal;

constexpr const char* unknown_date = "1900-01-01";
constexpr std::uint16_t padding = 0x8000;
// of an age
constexpr std::string_view age_letters = "YMWD";
constexpr std::array<ecg::AgeUnit, 4> age_units{ecg::AgeUnit::years, ecg::AgeUnit::months, ecg::AgeUnit::weeks,
                                                ecg::AgeUnit::days};
constexpr std::string_view unknown_device =
    "Xingu (research use only)";  // who wrote, where it is not known who recorded
// what the other formats keep of a text
constexpr std::size_t longest_mark = 255;
constexpr std::size_t longest_comment = 1000;
constexpr std::size_t max_moments = 1 << 16;  // of one annotation

/// "5.6.3-9-61" of SCP-ECG or "2:61" of MDC to 61: both count leads alike.
std::string lead_of(const DicomItem& source) {
  const std::string code = source.text(tag::code_value);
  const std::size_t start = code.find_last_of("-:") + 1;
  int number = 0;
  const auto [end, error] = std::from_chars(code.data() + start, code.data() + code.size(), number);
  const std::string scheme = source.text(tag::coding_scheme);
  if (error == std::errc{} && end == code.data() + code.size() && (scheme == "SCPECG" || scheme == "MDC")) {
    const std::string name = ecg::scp_lead_name(number);
    if (ecg::is_lead(name)) {
      return name;
    }
  }
  return ecg::lead_name(printable(source.text(tag::code_meaning), 64));
}

/// Some writers put 0 where they know of no filter.
std::optional<double> above_zero(const DicomItem& channel, const Tag& tag) {
  const std::optional<double> value = channel.number(tag);
  return value && std::isfinite(*value) && *value > 0.0 ? value : std::nullopt;
}

StoredSignal read_channel(const DicomItem& channel) {
  StoredSignal signal;
  const auto source = channel.first_item(tag::channel_sources);
  signal.label = source ? lead_of(*source) : printable(channel.text(tag::channel_label), 64);
  const auto unit = channel.first_item(tag::channel_units);
  signal.unit = unit ? printable(unit->text(tag::code_value), 20) : std::string{};
  const double step = channel.required_number(tag::channel_sensitivity, "samples have no scale without it") *
                      channel.number(tag::channel_correction).value_or(1.0);
  if (step == 0.0) {
    channel.fail(tag::channel_sensitivity, "is 0 (samples have no scale); export it again");
  }
  signal.gain = 1.0 / step;
  signal.baseline = -channel.number(tag::channel_baseline).value_or(0.0) / step;
  if (signal.baseline == 0.0) {
    signal.baseline = 0.0;  // not −0
  }
  ecg::set_digital_range(signal, 16);
  signal.adc_bits =
      static_cast<int>(std::clamp<std::int64_t>(channel.integer(tag::waveform_bits_stored).value_or(16), 1, 16));
  signal.prefilter = ecg::prefilter_text({above_zero(channel, tag::filter_low), above_zero(channel, tag::filter_high),
                                          above_zero(channel, tag::notch_filter)});
  return signal;
}

/// The word that means "no sample". Some writers declare 0, which is a voltage too: taking it at its word would tear
/// holes into every baseline, so only the ends of the range count.
std::optional<std::uint16_t> padding_of(const DicomItem& group, const std::string& kind, Recording& recording) {
  const std::vector<std::uint16_t> stated = group.words(tag::waveform_padding, 16);
  if (stated.empty()) {
    return std::nullopt;
  }
  const std::uint16_t word = stated.front();
  const bool is_end = kind == "SS" ? word == 0x8000 || word == 0x7fff || word == 0x8001 : word == 0xffff;
  if (!is_end) {
    recording.warnings.push_back(fmt::format("{}: {} is {}, an ordinary value; samples that have it are kept",
                                             group.file_name(), to_string(tag::waveform_padding), word));
    return std::nullopt;
  }
  return word;
}

void read_samples(const DicomItem& group, Recording& recording) {
  const auto allocated = group.required_integer(tag::waveform_bits_allocated, "it says how samples are stored");
  const std::string kind = group.text(tag::sample_interpretation);
  if (allocated != 16 || (kind != "SS" && kind != "US")) {
    group.fail(
        tag::sample_interpretation,
        fmt::format("is '{}' of {} bits (16-bit SS and US are read); export it again", printable(kind, 8), allocated));
  }
  const std::size_t channels = recording.signals.size();
  const std::vector<std::uint16_t> words = group.words(tag::waveform_data, ecg::max_recording_samples);
  if (words.size() / channels < recording.num_frames) {
    group.fail(tag::waveform_data,
               fmt::format("has {} words for {} samples of {} channels (they end too early); export "
                           "it again",
                           words.size(), recording.num_frames, channels));
  }
  const auto pad = padding_of(group, kind, recording);
  for (std::size_t c = 0; c < channels; ++c) {
    auto& samples = recording.signals[c].samples;
    samples.reserve(recording.num_frames);
    for (std::uint64_t i = 0; i < recording.num_frames; ++i) {
      const std::uint16_t word = words[i * channels + c];
      const std::int32_t value = kind == "SS" ? static_cast<std::int16_t>(word) : static_cast<std::int32_t>(word);
      samples.push_back(pad && word == *pad ? ecg::invalid_sample : value);
    }
    if (kind == "US") {
      ecg::set_digital_range(recording.signals[c], 17);
    }
  }
}

/// Three digits and D, W, M or Y (PS3.5, value representation AS).
ecg::StatedAge age_of(const std::string& text) {
  if (text.empty()) {
    return {};
  }
  const std::size_t at = age_letters.find(text.back());
  const auto count = parse_decimal(text.substr(0, text.size() - 1));
  return count ? ecg::stated_age(*count, at == std::string_view::npos ? std::nullopt : std::optional(age_units.at(at)))
               : ecg::parse_age(text);
}

void read_facts(const DicomItem& root, Recording& recording, const std::string& file) {
  recording.subject.id = printable(root.text(tag::patient_id), 80);
  recording.subject.name = printable(root.text(tag::patient_name), 80);
  recording.subject.birth_date = ecg::iso_date_from_digits(root.text(tag::patient_birth_date));
  const std::string sex = root.text(tag::patient_sex);
  if (sex == "M" || sex == "F") {
    recording.subject.sex = sex == "F" ? ecg::Sex::female : ecg::Sex::male;
  }
  const std::string age = root.text(tag::patient_age);
  ecg::take_age(recording.subject, age_of(age), age, recording.warnings, file);
  std::string start = root.text(tag::acquisition_date_time);
  if (start.empty()) {
    start = root.text(tag::content_date) + root.text(tag::content_time);
  }
  const std::string date = ecg::iso_date_from_digits(start);
  if (date != unknown_date) {
    recording.start_date = date;
    recording.start_time = ecg::iso_time_from_digits(start);
  }
  const std::string device = root.text(tag::manufacturer_model);
  recording.device = device == unknown_device ? std::string{} : printable(device, 80);
}

/// "V" for the code of a beat, else what the first item of a code sequence means.
std::string meaning_of(const DicomItem& annotation, const Tag& sequence) {
  const auto item = annotation.first_item(sequence);
  if (!item) {
    return {};
  }
  const std::string code = item->text(tag::code_value);
  constexpr std::string_view partition = "10:";
  int number = 0;
  if (item->text(tag::coding_scheme) == "MDC" && code.starts_with(partition)) {
    (void)std::from_chars(code.data() + partition.size(), code.data() + code.size(), number);
  }
  const ecg::MarkCode* known = ecg::mark_code_of_number(number);
  return known != nullptr ? std::string(known->text) : item->text(tag::code_meaning);
}

/// What an annotation says: its words, or what is named with its code or its number and unit.
std::string annotation_text(const DicomItem& annotation) {
  std::string text = annotation.text(tag::unformatted_text);
  if (text.empty()) {
    text = meaning_of(annotation, tag::concept_name);
    if (const std::string said = meaning_of(annotation, tag::concept_code); !said.empty()) {
      text += (text.empty() ? "" : ": ") + said;
    }
    if (const auto value = annotation.number(tag::numeric_value)) {
      const auto unit = annotation.first_item(tag::measurement_units);
      text += fmt::format(" {:g} {}", *value, unit ? unit->text(tag::code_value) : "");
    }
  }
  return text;
}

/// The moments of an annotation in frames since the start; nothing where it gives none that can be read here.
std::vector<double> moments_of(const DicomItem& annotation, const Recording& recording) {
  std::vector<double> frames;
  for (const double position : annotation.numbers(tag::referenced_positions, max_moments)) {
    frames.push_back(position - 1.0);  // the first sample is 1
  }
  if (frames.empty()) {
    for (const double offset_s : annotation.numbers(tag::referenced_offsets, max_moments)) {
      frames.push_back(offset_s * recording.frame_rate_Hz);
    }
  }
  return frames;
}

/// One annotation (PS3.3 C.10.10): a mark for each of its moments or segments, and words without a moment, which hold
/// for the whole recording, as a comment. Numbers without a moment are the file's own analysis and are left to it.
/// @return whether it was understood, or is none of this
bool take_annotation(const DicomItem& annotation, Recording& recording) {
  const std::vector<double> channels = annotation.numbers(tag::referenced_channels, max_moments);
  if (!channels.empty() && channels.front() != 1.0) {
    return true;  // of another multiplex group, which is not read
  }
  std::string text = annotation_text(annotation);
  if (channels.size() == 2 && channels[1] >= 1.0 && channels[1] <= static_cast<double>(recording.signals.size())) {
    text += " in " + recording.signals[static_cast<std::size_t>(channels[1]) - 1].label;
  }
  const std::string range = annotation.text(tag::temporal_range);
  if (range.empty()) {
    if (annotation.has(tag::unformatted_text)) {
      recording.comments.push_back(printable(text, longest_comment));
    }
    return true;
  }
  const std::vector<double> frames = moments_of(annotation, recording);
  const bool is_segment = range == "SEGMENT" || range == "MULTISEGMENT";
  constexpr double furthest = 1e12;
  const bool is_usable = !frames.empty() && (!is_segment || frames.size() % 2 == 0) &&
                         std::ranges::all_of(frames, [](double f) { return f > -0.5 && f < furthest; });
  if (!is_usable) {
    return false;
  }
  text += range == "BEGIN" ? " begins" : range == "END" ? " ends" : "";
  for (std::size_t i = 0; i < frames.size(); i += is_segment ? 2 : 1) {
    RecordingMark& mark = recording.marks.emplace_back();
    mark.sample = static_cast<std::uint64_t>(std::llround(frames[i]));
    mark.text = printable(text, longest_mark);
    if (is_segment && frames[i + 1] > frames[i]) {
      const double duration_s = (frames[i + 1] - frames[i]) / recording.frame_rate_Hz;
      mark.duration_s = annotation.has(tag::referenced_positions) ? duration_s : std::round(duration_s * 1e9) / 1e9;
    }
  }
  return true;
}

void read_annotations(const DicomItem& root, Recording& recording) {
  std::size_t num_unread = 0;
  for (const DicomItem& annotation : root.items(tag::waveform_annotations)) {
    try {
      num_unread += take_annotation(annotation, recording) ? 0 : 1;
    } catch (const InputError&) {
      ++num_unread;  // a recording is worth more than its notes
    }
  }
  if (num_unread > 0) {
    recording.warnings.push_back(fmt::format("{}: {} annotations have no moment that can be read; they are left out",
                                             root.file_name(), num_unread));
  }
}

// ---- writing ----

const char* sop_class_for(const Recording& recording, const std::string& file) {
  const std::size_t channels = recording.signals.size();
  const double rate = recording.frame_rate_Hz;
  const bool is_diagnostic_rate = rate >= 200 && rate <= 1000;
  const bool all_leads =
      std::ranges::all_of(recording.signals, [](const StoredSignal& s) { return ecg::is_lead(s.label); });
  if (all_leads && channels <= 13 && is_diagnostic_rate && recording.num_frames <= 16384) {
    return sop_class::twelve_lead_ecg;
  }
  if (channels <= 24 && is_diagnostic_rate) {
    return sop_class::general_ecg;
  }
  XINGU_REQUIRE(
      channels <= 12 && rate >= 50 && rate <= 1000,
      "{}: {} channels at {} Hz (DICOM's ECGs hold 24 at 200 to 1000 Hz or 12 at 50 to 1000 Hz); choose some with "
      "--leads",
      file, channels, rate);
  return sop_class::ambulatory_ecg;
}

void write_unit(ItemWriter channel, const std::string& unit) {
  const bool is_micro = unit == "µV" || unit == "μV" || unit == "uV";
  const std::string code = is_micro ? "uV" : unit.empty() ? "1" : unit;
  const std::string meaning = is_micro ? "microvolt" : unit == "mV" ? "millivolt" : unit == "V" ? "volt" : code;
  write_code(channel.add_item(tag::channel_units), {code, "UCUM", meaning});
}

void write_channel(ItemWriter group, const StoredSignal& signal, int number) {
  ItemWriter channel = group.add_item(tag::channel_definitions);
  channel.put(tag::channel_label, fitting_text(signal.label, 16));
  ItemWriter source = channel.add_item(tag::channel_sources);
  if (const auto code = ecg::scp_lead_code(signal.label)) {
    write_code(source, {fmt::format("2:{}", *code), "MDC", "Lead " + ecg::lead_name(signal.label)});
  } else {
    write_code(source, {fmt::format("CHANNEL {}", number), "99XINGU",
                        signal.label.empty() ? std::string_view("unnamed") : std::string_view(signal.label)});
  }
  channel.put(tag::channel_sensitivity, 1.0 / signal.gain);
  write_unit(channel, signal.unit);
  channel.put(tag::channel_correction, 1.0);
  channel.put(tag::channel_baseline, signal.baseline == 0.0 ? 0.0 : -signal.baseline / signal.gain);
  channel.put(tag::channel_sample_skew, 0.0);
  channel.put(tag::waveform_bits_stored, 16);
  const ecg::RecordedFilters filters = ecg::parse_prefilter(signal.prefilter);
  for (const auto& [tag, value] :
       {std::pair{&tag::filter_low, filters.high_pass_Hz}, std::pair{&tag::filter_high, filters.low_pass_Hz},
        std::pair{&tag::notch_filter, filters.notch_Hz}}) {
    if (value) {
      channel.put(*tag, *value);
    }
  }
}

void write_group(ItemWriter root, const Recording& recording) {
  ItemWriter group = root.add_item(tag::waveforms);
  group.put(tag::waveform_originality, "ORIGINAL");
  group.put(tag::number_of_channels, static_cast<double>(recording.signals.size()));
  group.put(tag::number_of_samples, static_cast<double>(recording.num_frames));
  group.put(tag::sampling_frequency, recording.frame_rate_Hz);
  group.put(tag::multiplex_label, "RHYTHM");
  std::vector<std::uint16_t> words(recording.num_frames * recording.signals.size());
  for (std::size_t c = 0; c < recording.signals.size(); ++c) {
    write_channel(group, recording.signals[c], static_cast<int>(c) + 1);
    for (std::uint64_t i = 0; i < recording.num_frames; ++i) {
      const std::int32_t sample = recording.signals[c].samples[i];
      words[i * recording.signals.size() + c] =
          sample == ecg::invalid_sample ? padding : static_cast<std::uint16_t>(sample);
    }
  }
  group.put(tag::waveform_bits_allocated, 16);
  group.put(tag::sample_interpretation, "SS");
  group.put_words(tag::waveform_padding, std::span(&padding, 1));
  group.put_words(tag::waveform_data, words);
}

/// A mark by the positions of its samples, or by times where it does not last a whole number of samples.
void write_moments(ItemWriter annotation, const RecordingMark& mark, double rate_Hz) {
  constexpr double largest_position = 4294967295.0;
  const auto frame = static_cast<double>(mark.sample);
  const double frames = std::round(mark.duration_s * rate_Hz);
  const bool is_whole = mark.duration_s <= 0.0 || frames / rate_Hz == mark.duration_s;
  const bool is_point = mark.duration_s <= 0.0;
  annotation.put(tag::temporal_range, is_point ? "POINT" : "SEGMENT");
  if (is_whole && frame + frames < largest_position) {
    const std::array<double, 2> positions{frame + 1.0, frame + 1.0 + frames};
    annotation.put(tag::referenced_positions, std::span(positions).first(is_point ? 1 : 2));
  } else {
    const std::array<double, 2> times{frame / rate_Hz, frame / rate_Hz + mark.duration_s};
    annotation.put(tag::referenced_offsets, std::span(times).first(is_point ? 1 : 2));
  }
}

ItemWriter add_annotation(ItemWriter root) {
  ItemWriter annotation = root.add_item(tag::waveform_annotations);
  annotation.put(tag::referenced_channels, std::array<double, 2>{1.0, 0.0});  // all channels of the first group
  return annotation;
}

void write_annotations(ItemWriter root, const Recording& recording) {
  for (const RecordingMark& mark : recording.marks) {
    const std::string text = fitting_text(printable(mark.text, longest_mark), 1024);
    if (text.find_first_not_of(' ') == std::string::npos) {
      continue;
    }
    ItemWriter annotation = add_annotation(root);
    if (const ecg::MarkCode* code = ecg::mark_code_of_text(text); code != nullptr && code->number != 0) {
      write_code(annotation.add_item(tag::concept_name), {fmt::format("10:{}", code->number), "MDC", code->meaning});
    } else {
      annotation.put(tag::unformatted_text, text);
    }
    write_moments(annotation, mark, recording.frame_rate_Hz);
  }
  for (const std::string& comment : recording.comments) {
    const std::string text = fitting_text(printable(comment, longest_comment), 1024);
    if (text.find_first_not_of(' ') != std::string::npos) {
      add_annotation(root).put(tag::unformatted_text, text);
    }
  }
}

void write_facts(ItemWriter root, const Recording& recording, const std::string& seed) {
  const bool is_known = !recording.start_date.empty();
  const std::string start = ecg::digits_of(is_known ? recording.start_date : unknown_date, recording.start_time);
  const std::string date = start.substr(0, 8);
  const std::string time = start.size() >= 14 ? start.substr(8) : std::string("000000");
  root.put(tag::study_date, date);
  root.put(tag::content_date, date);
  root.put(tag::study_time, time);
  root.put(tag::content_time, time);
  root.put(tag::acquisition_date_time, date + time);
  root.put_empty(tag::accession_number);
  root.put_empty(tag::referring_physician);
  root.put(tag::modality, "ECG");
  root.put(tag::manufacturer, "Xingu");
  root.put(tag::manufacturer_model,
           fitting_text(recording.device.empty() ? unknown_device : std::string_view(recording.device), 64));
  root.put(tag::software_versions, XINGU_VERSION);
  root.put(tag::patient_name, fitting_text(recording.subject.name, 64));
  root.put(tag::patient_id, fitting_text(recording.subject.id, 64));
  root.put(tag::patient_birth_date, ecg::digits_of(recording.subject.birth_date, ""));
  root.put(tag::patient_sex, !recording.subject.sex ? "" : *recording.subject.sex == ecg::Sex::female ? "F" : "M");
  if (const auto age = recording.subject.age_years; age && ecg::is_possible_age(*age)) {
    const auto [count, unit] = ecg::counted_age(*age);
    const auto letter = static_cast<std::size_t>(std::ranges::find(age_units, unit) - age_units.begin());
    root.put(tag::patient_age, fmt::format("{:03}{}", count, age_letters.at(letter)));
  }
  root.put(tag::study_uid, make_uid(seed + "/study"));
  root.put(tag::series_uid, make_uid(seed + "/series"));
  root.put_empty(tag::study_id);
  root.put(tag::series_number, 1);
  root.put(tag::instance_number, 1);
  root.put_empty(tag::acquisition_context);
}

std::string seed_of(const Recording& recording) {
  std::uint64_t hash = hash_text(recording.subject.id + recording.start_date + recording.start_time);
  for (const StoredSignal& signal : recording.signals) {
    hash = hash_text(signal.label, hash);
    hash = hash_bytes(std::as_bytes(std::span(signal.samples)), hash);
  }
  return fmt::format("ecg/{:x}", hash);
}

}  // namespace

Recording read_ecg_waveform(const std::filesystem::path& path) {
  const DicomDataset file = DicomDataset::load(path, LoadExtent::whole);
  const DicomItem root = file.root();
  Recording recording;
  recording.name = path.stem().string();
  recording.format = "DICOM waveform";
  read_facts(root, recording, path.string());
  const auto groups = root.items(tag::waveforms);
  if (groups.empty()) {
    root.fail(tag::waveforms, "is missing (the object is no waveform); give an ECG");
  }
  const DicomItem& group = groups.front();
  recording.frame_rate_Hz = group.required_number(tag::sampling_frequency, "times are unknown without it");
  const auto frames = group.required_integer(tag::number_of_samples, "it says how long the recording is");
  const auto channels = group.items(tag::channel_definitions);
  if (frames < 0 || channels.empty() || channels.size() > ecg::max_recording_signals ||
      static_cast<std::uint64_t>(frames) > ecg::max_recording_samples / channels.size()) {
    group.fail(tag::number_of_samples,
               fmt::format("is {} for {} channels (outside what is read); export it again", frames, channels.size()));
  }
  recording.num_frames = static_cast<std::uint64_t>(frames);
  for (const DicomItem& channel : channels) {
    recording.signals.push_back(read_channel(channel));
  }
  read_samples(group, recording);
  if (groups.size() > 1) {
    recording.warnings.push_back(
        fmt::format("{}: holds {} multiplex groups; the first is read", path.string(), groups.size()));
  }
  require_consistent(recording, path.string());
  read_annotations(root, recording);
  ecg::leave_out_late_marks(recording, path.string());
  ecg::name_chest_leads(recording);
  if (const auto doubt = ecg::gain_doubt(recording); doubt != ecg::GainDoubt::none) {
    recording.warnings.push_back(ecg::gain_doubt_text(doubt, path.string()));
  }
  return recording;
}

void write_ecg_waveform(const Recording& recording, const std::filesystem::path& path) {
  const std::string file = path.string();
  require_consistent(recording, file);
  XINGU_REQUIRE(recording.num_frames > 0, "{}: the recording has no samples (DICOM needs some); record longer", file);
  for (const StoredSignal& signal : recording.signals) {
    XINGU_REQUIRE(
        signal.samples_per_frame == 1 && ecg::bits_needed(signal) <= 16,
        "{}: signal '{}' has another rate than the recording or more than 16 bits (DICOM's ECGs hold neither); "
        "write WFDB or EDF",
        file, printable(signal.label, 40));
  }
  const std::string seed = seed_of(recording);
  DicomFileWriter writer(sop_class_for(recording, file), make_uid(seed));
  write_facts(writer.root(), recording, seed);
  write_group(writer.root(), recording);
  write_annotations(writer.root(), recording);
  writer.save(path, WriteEncoding::explicit_little);
}

}  // namespace xingu
