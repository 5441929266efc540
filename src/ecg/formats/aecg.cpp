// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/aecg.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <pugixml.hpp>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "base/uid.h"
#include "ecg/formats/dates.h"
#include "ecg/formats/lead_codes.h"
#include "ecg/formats/mark_codes.h"

namespace xingu::ecg {
namespace {

constexpr std::uintmax_t largest_file = 64ULL << 20;

std::optional<double> decimal(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value) ? std::optional(value)
                                                                                          : std::nullopt;
}

std::string text_of(const pugi::xml_node& node) { return printable(node.text().get(), 80); }

std::string code_of(const pugi::xml_node& node) { return node.attribute("code").value(); }

/// Text cut where the other formats cut theirs.
constexpr std::size_t longest_mark = 255;
constexpr std::size_t longest_comment = 1000;
constexpr int deepest_annotation = 16;
constexpr std::string_view interpretation_codes = "MDC_ECG_INTERPRETATION";
constexpr const char* comment_code = "MDC_ECG_INTERPRETATION_COMMENT";

/// Filters of a recording (ISO/IEEE 11073-10102, as HL7's implementation guide of 2005 writes them).
constexpr const char* low_pass_code = "MDC_ECG_CTL_VBL_ATTR_FILTER_LOW_PASS";
constexpr const char* high_pass_code = "MDC_ECG_CTL_VBL_ATTR_FILTER_HIGH_PASS";
constexpr const char* notch_code = "MDC_ECG_CTL_VBL_ATTR_FILTER_NOTCH";
constexpr const char* cutoff_code = "MDC_ECG_CTL_VBL_ATTR_FILTER_CUTOFF_FREQ";
constexpr const char* notch_frequency_code = "MDC_ECG_CTL_VBL_ATTR_FILTER_NOTCH_FREQ";

/// When something was, in seconds since the start of the recording: from and to, either of which may be open.
struct TimeSpan {
  std::optional<double> low_s;
  std::optional<double> high_s;
};

class AecgReader {
 public:
  explicit AecgReader(const std::filesystem::path& path)
      : file_(path.string()), content_(read_file(path, largest_file)) {
    recording_.name = path.stem().string();
    recording_.format = "HL7 aECG";
  }

  [[nodiscard]] Recording read() {
    const pugi::xml_parse_result parsed = document_.load_buffer_inplace(content_.data(), content_.size());
    XINGU_REQUIRE(parsed, "{}: is no well-formed XML at byte {} ({}); copy it again", file_, parsed.offset,
                  parsed.description());
    const pugi::xml_node root = document_.child("AnnotatedECG");
    XINGU_REQUIRE(root, "{}: is not an HL7 annotated ECG (its root is '{}'); give one", file_,
                  printable(document_.document_element().name(), 40));
    read_subject(root);
    const pugi::xml_node series = root.child("component").child("series");
    recording_.device = text_of(
        series.child("author").child("seriesAuthor").child("manufacturedSeriesDevice").child("manufacturerModelName"));
    const pugi::xml_node set = series.child("component").child("sequenceSet");
    XINGU_REQUIRE(set, "{}: has no series with a sequence set (there is nothing to read); give a recording", file_);
    for (const pugi::xml_node component : set.children("component")) {
      read_sequence(component.child("sequence"));
    }
    for (const StoredSignal& signal : recording_.signals) {
      recording_.num_frames = std::max<std::uint64_t>(recording_.num_frames, signal.samples.size());
    }
    for (StoredSignal& signal : recording_.signals) {
      signal.samples.resize(recording_.num_frames, invalid_sample);
    }
    read_filters(series);
    require_consistent(recording_, file_);
    for (const pugi::xml_node subject : series.children("subjectOf")) {
      for (const pugi::xml_node component : subject.child("annotationSet").children("component")) {
        read_annotation(component.child("annotation"), 0);
      }
    }
    return std::move(recording_);
  }

 private:
  void read_subject(const pugi::xml_node& root) {
    const pugi::xml_node trial = root.child("componentOf")
                                     .child("timepointEvent")
                                     .child("componentOf")
                                     .child("subjectAssignment")
                                     .child("subject")
                                     .child("trialSubject");
    const pugi::xml_node person = trial.child("subjectDemographicPerson");
    recording_.subject.id = printable(trial.child("id").attribute("extension").value(), 80);
    recording_.subject.name = text_of(person.child("name"));
    recording_.subject.birth_date = iso_date_from_digits(person.child("birthTime").attribute("value").value());
    const std::string sex = person.child("administrativeGenderCode").attribute("code").value();
    if (sex == "M" || sex == "F") {
      recording_.subject.sex = sex == "F" ? Sex::female : Sex::male;
    }
    take_start(root.child("effectiveTime").child("center").attribute("value").value());
    take_start(root.child("effectiveTime").child("low").attribute("value").value());
  }

  /// What the series says of all its leads: a filter is a control variable, and its frequency another one within.
  void read_filters(const pugi::xml_node& series) {
    RecordedFilters filters;
    for (const pugi::xml_node holder : series.children("controlVariable")) {
      const pugi::xml_node filter = holder.child("controlVariable");
      const std::string code = code_of(filter.child("code"));
      if (code == low_pass_code) {
        filters.low_pass_Hz = frequency_of(filter, cutoff_code);
      } else if (code == high_pass_code) {
        filters.high_pass_Hz = frequency_of(filter, cutoff_code);
      } else if (code == notch_code) {
        filters.notch_Hz = frequency_of(filter, notch_frequency_code);
      }
    }
    for (StoredSignal& signal : recording_.signals) {
      signal.prefilter = prefilter_text(filters);
    }
  }

  /// Of a filter, Hz; some documents write the value beside the filter's own code.
  static std::optional<double> frequency_of(const pugi::xml_node& filter, std::string_view code) {
    pugi::xml_node value = filter.child("value");
    for (const pugi::xml_node component : filter.children("component")) {
      const pugi::xml_node part = component.child("controlVariable");
      value = code_of(part.child("code")) == code ? part.child("value") : value;
    }
    const auto number = decimal(value.attribute("value").value());
    const std::string unit = value.attribute("unit").value();
    const double scale = unit == "Hz" ? 1.0 : unit == "mHz" ? 1e-3 : unit == "kHz" ? 1e3 : 0.0;
    return number && *number * scale > 0.0 ? std::optional(*number * scale) : std::nullopt;
  }

  void take_start(const std::string& digits) {
    if (const std::string date = iso_date_from_digits(digits); !date.empty()) {
      recording_.start_date = date;
      recording_.start_time = iso_time_from_digits(digits);
    }
  }

  void read_sequence(const pugi::xml_node& sequence) {
    const std::string code = sequence.child("code").attribute("code").value();
    const pugi::xml_node value = sequence.child("value");
    if (code.starts_with("TIME_")) {
      const pugi::xml_node head = value.child("head");
      take_start(head.attribute("value").value());
      head_ = head.attribute("value").value();
      head_s_ = seconds_of(head).value_or(0.0);
      const auto step = decimal(value.child("increment").attribute("value").value());
      const std::string unit = value.child("increment").attribute("unit").value();
      XINGU_REQUIRE(step && *step > 0 && (unit == "s" || unit == "ms" || unit == "us"),
                    "{}: samples follow each other by '{}' '{}' (that is no time); correct the increment", file_,
                    printable(value.child("increment").attribute("value").value(), 20), printable(unit, 20));
      const double rate = (unit == "s" ? 1.0 : unit == "ms" ? 1e3 : 1e6) / *step;
      recording_.frame_rate_Hz = std::abs(rate - std::round(rate)) < 1e-9 * rate ? std::round(rate) : rate;
      return;
    }
    XINGU_REQUIRE(recording_.signals.size() < max_recording_signals, "{}: more than {} sequences; split the document",
                  file_, max_recording_signals);
    StoredSignal& signal = recording_.signals.emplace_back();
    signal.label = label_of(sequence.child("code"));
    signal.unit = printable(value.child("scale").attribute("unit").value(), 20);
    const auto scale = decimal(value.child("scale").attribute("value").value());
    const auto origin = decimal(value.child("origin").attribute("value").value());
    XINGU_REQUIRE(scale && *scale != 0.0 && origin,
                  "{}: lead '{}' has no scale or origin (its digits mean nothing); "
                  "correct the document",
                  file_, signal.label);
    signal.gain = 1.0 / *scale;
    signal.baseline = -*origin / *scale;
    read_digits(value.child("digits").text().get(), signal);
    set_digital_range(signal, std::max(16, bits_needed(signal)));
  }

  /// The lead, or what a code that is none is displayed as ("ECG 2"), or what it says behind the prefix of all
  /// ("MLII").
  static std::string label_of(const pugi::xml_node& code) {
    constexpr std::string_view prefix = "MDC_ECG_LEAD_";
    const std::string name = printable(code_of(code), 80);
    const std::string displayed = printable(code.attribute("displayName").value(), 80);
    if (is_lead(lead_name(name)) || (displayed.empty() && !name.starts_with(prefix))) {
      return lead_name(name);
    }
    return displayed.empty() ? name.substr(prefix.size()) : displayed;
  }

  void read_digits(std::string_view digits, StoredSignal& signal) const {
    while (true) {
      const std::size_t first = digits.find_first_not_of(" \t\r\n");
      if (first == std::string_view::npos) {
        break;
      }
      digits.remove_prefix(first);
      std::int32_t value = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      XINGU_REQUIRE(error == std::errc{} && value != invalid_sample,
                    "{}: lead '{}' has '{}' among its digits (not a whole "
                    "number); correct the document",
                    file_, signal.label, printable(digits.substr(0, 12)));
      signal.samples.push_back(value);
      digits.remove_prefix(static_cast<std::size_t>(end - digits.data()));
    }
  }

  /// An annotation and those within it: what has a moment becomes a mark, words without one a comment, and numbers
  /// that the file's own analysis found are left to it.
  void read_annotation(const pugi::xml_node& annotation, int depth) {
    const std::string text = annotation_text(annotation);
    const TimeSpan span = time_of(annotation);
    if (span.low_s || span.high_s) {
      add_mark(span, text);
    } else if (code_of(annotation.child("code")).starts_with(interpretation_codes) && !text.empty()) {
      recording_.comments.push_back(printable(text, longest_comment));
    }
    for (const pugi::xml_node component : annotation.children("component")) {
      if (depth < deepest_annotation) {
        read_annotation(component.child("annotation"), depth + 1);
      }
    }
  }

  void add_mark(const TimeSpan& span, std::string text) {
    const double begin_s = span.low_s ? *span.low_s : *span.high_s;
    const double frame = std::round(begin_s * recording_.frame_rate_Hz);
    if (!(frame >= 0.0 && frame < 1e12)) {
      return;
    }
    if (!span.high_s || !span.low_s) {
      text += span.low_s ? " begins" : " ends";
    }
    RecordingMark mark{static_cast<std::uint64_t>(frame), printable(text, longest_mark)};
    if (span.low_s && span.high_s && *span.high_s > *span.low_s) {
      mark.duration_s = std::round((*span.high_s - *span.low_s) * 1e9) / 1e9;
    }
    recording_.marks.push_back(std::move(mark));
  }

  /// "V" for a beat, the words of a text, a code's name, or a number with its unit; with the leads where some are
  /// named.
  static std::string annotation_text(const pugi::xml_node& annotation) {
    const std::string code = code_of(annotation.child("code"));
    const pugi::xml_node value = annotation.child("value");
    const std::string coded = code_of(value);
    const MarkCode* known = mark_code_of_reference(coded.empty() ? code : coded);
    std::string text;
    if (known != nullptr) {
      text = known->text;
    } else if (!coded.empty()) {
      const std::string_view name = value.attribute("displayName").value();
      text = name.empty() ? coded : name;
    } else if (const std::string_view number = value.attribute("value").value(); !number.empty()) {
      text = fmt::format("{} {} {}", code, number, value.attribute("unit").value());
    } else {
      text = value.text().get();
    }
    std::string leads;
    for (const pugi::xml_node component : annotation.child("support").child("supportingROI").children("component")) {
      const std::string boundary = code_of(component.child("boundary").child("code"));
      if (boundary.starts_with("MDC_ECG_LEAD_")) {
        leads += (leads.empty() ? " in " : ", ") + lead_name(boundary);
      }
    }
    return text + leads;
  }

  [[nodiscard]] TimeSpan time_of(const pugi::xml_node& annotation) const {
    for (const pugi::xml_node component : annotation.child("support").child("supportingROI").children("component")) {
      const pugi::xml_node boundary = component.child("boundary");
      if (code_of(boundary.child("code")).starts_with("TIME_")) {
        const pugi::xml_node value = boundary.child("value");
        if (const auto moment = seconds_from_start(value)) {
          return {moment, moment};
        }
        return {seconds_from_start(value.child("low")), seconds_from_start(value.child("high"))};
      }
    }
    return {};
  }

  /// A moment of the recording: a length of time behind the first sample's, or a date and time.
  [[nodiscard]] std::optional<double> seconds_from_start(const pugi::xml_node& moment) const {
    if (const auto seconds = seconds_of(moment)) {
      return *seconds - head_s_;
    }
    return seconds_between(head_, moment.attribute("value").value());
  }

  static std::optional<double> seconds_of(const pugi::xml_node& quantity) {
    const std::string unit = quantity.attribute("unit").value();
    const auto value = decimal(quantity.attribute("value").value());
    if (!value || (unit != "s" && unit != "ms" && unit != "us")) {
      return std::nullopt;
    }
    return *value / (unit == "s" ? 1.0 : unit == "ms" ? 1e3 : 1e6);
  }

  std::string file_;
  std::string content_;
  pugi::xml_document document_;
  Recording recording_;
  std::string head_;  ///< date and time of the first sample, as the document writes it
  double head_s_ = 0.0;
};

constexpr const char* mdc_system = "2.16.840.1.113883.6.24";
constexpr const char* act_code_system = "2.16.840.1.113883.5.4";

void set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name).set_value(value.c_str());
}

pugi::xml_node add_code(pugi::xml_node parent, const char* name, const std::string& code, const char* system) {
  pugi::xml_node node = parent.append_child(name);
  set(node, "code", code);
  set(node, "codeSystem", system);
  return node;
}

void add_subject(pugi::xml_node root, const Recording& recording) {
  const RecordedSubject& subject = recording.subject;
  pugi::xml_node event = root.append_child("componentOf").append_child("timepointEvent");
  pugi::xml_node trial = event.append_child("componentOf")
                             .append_child("subjectAssignment")
                             .append_child("subject")
                             .append_child("trialSubject");
  pugi::xml_node id = trial.append_child("id");
  set(id, "root", "2.16.840.1.113883.3");  // as in the format's own example: the numbers of a sponsor's subjects
  set(id, "extension", subject.id);
  pugi::xml_node person = trial.append_child("subjectDemographicPerson");
  person.append_child("name").text().set(subject.name.c_str());
  if (subject.sex) {
    add_code(person, "administrativeGenderCode", std::string(1, *subject.sex == Sex::female ? 'F' : 'M'),
             "2.16.840.1.113883.5.1");
  }
  if (const std::string born = digits_of(subject.birth_date, ""); !born.empty()) {
    set(person.append_child("birthTime"), "value", born);
  }
}

void add_filter(pugi::xml_node series, const char* code, const char* of_frequency,
                const std::optional<double>& frequency_Hz) {
  if (!frequency_Hz) {
    return;
  }
  pugi::xml_node filter = series.append_child("controlVariable").append_child("controlVariable");
  add_code(filter, "code", code, mdc_system);
  pugi::xml_node part = filter.append_child("component").append_child("controlVariable");
  add_code(part, "code", of_frequency, mdc_system);
  pugi::xml_node value = part.append_child("value");
  set(value, "xsi:type", "PQ");
  set(value, "value", fmt::format("{}", *frequency_Hz));
  set(value, "unit", "Hz");
}

void add_time_sequence(pugi::xml_node set_node, const Recording& recording) {
  const std::string start = digits_of(recording.start_date, recording.start_time);
  pugi::xml_node sequence = set_node.append_child("component").append_child("sequence");
  add_code(sequence, "code", start.empty() ? "TIME_RELATIVE" : "TIME_ABSOLUTE", act_code_system);
  pugi::xml_node value = sequence.append_child("value");
  set(value, "xsi:type", start.empty() ? "GLIST_PQ" : "GLIST_TS");
  pugi::xml_node head = value.append_child("head");
  set(head, "value", start.empty() ? "0.000" : start);
  if (start.empty()) {
    set(head, "unit", "s");
  }
  pugi::xml_node increment = value.append_child("increment");
  set(increment, "value", fmt::format("{}", 1.0 / recording.frame_rate_Hz));
  set(increment, "unit", "s");
}

void add_lead(pugi::xml_node set_node, const StoredSignal& signal, const std::string& file) {
  XINGU_REQUIRE(
      signal.samples_per_frame == 1 && std::ranges::find(signal.samples, invalid_sample) == signal.samples.end(),
      "{}: signal '{}' has missing samples or another rate (aECG has no mark for them); write WFDB, DICOM or CSV", file,
      printable(signal.label, 40));
  pugi::xml_node sequence = set_node.append_child("component").append_child("sequence");
  pugi::xml_node code = add_code(sequence, "code", mdc_lead_code(signal.label), mdc_system);
  if (!is_lead(lead_name(signal.label))) {
    set(code, "displayName", printable(signal.label, 80));
  }
  pugi::xml_node value = sequence.append_child("value");
  set(value, "xsi:type", "SLIST_PQ");
  const std::string unit = signal.unit == "µV" || signal.unit == "μV" ? std::string("uV") : signal.unit;
  pugi::xml_node origin = value.append_child("origin");
  set(origin, "value", fmt::format("{}", signal.baseline == 0.0 ? 0.0 : -signal.baseline / signal.gain));
  set(origin, "unit", unit);
  pugi::xml_node scale = value.append_child("scale");
  set(scale, "value", fmt::format("{}", 1.0 / signal.gain));
  set(scale, "unit", unit);
  std::string digits;
  for (const std::int32_t sample : signal.samples) {
    fmt::format_to(std::back_inserter(digits), "{}{}", digits.empty() ? "" : " ", sample);
  }
  value.append_child("digits").text().set(digits.c_str());
}

pugi::xml_node add_annotation(pugi::xml_node parent, const std::string& code) {
  pugi::xml_node annotation = parent.append_child("component").append_child("annotation");
  add_code(annotation, "code", code, mdc_system);
  return annotation;
}

void add_words(pugi::xml_node annotation, const std::string& text) {
  pugi::xml_node value = annotation.append_child("value");
  set(value, "xsi:type", "ST");
  value.text().set(text.c_str());
}

/// One moment, or two, as the time sequence counts them.
void add_moments(pugi::xml_node boundary, const std::string& start, const std::vector<double>& seconds) {
  add_code(boundary, "code", start.empty() ? "TIME_RELATIVE" : "TIME_ABSOLUTE", act_code_system);
  pugi::xml_node value = boundary.append_child("value");
  const std::string type = start.empty() ? "PQ" : "TS";
  set(value, "xsi:type", seconds.size() == 1 ? type : "IVL_" + type);
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    pugi::xml_node moment = seconds.size() == 1 ? value : value.append_child(i == 0 ? "low" : "high");
    set(moment, "value", start.empty() ? fmt::format("{}", seconds[i]) : digits_after(start, seconds[i]));
    if (start.empty()) {
      set(moment, "unit", "s");
    }
  }
}

void add_mark(pugi::xml_node set_node, const RecordingMark& mark, const Recording& recording,
              const std::string& start) {
  const std::string text = printable(mark.text, longest_mark);
  const MarkCode* code = mark_code_of_text(text);
  if (code != nullptr) {
    const bool is_beat = code->reference.starts_with("MDC_ECG_BEAT");
    pugi::xml_node annotation = add_annotation(set_node, is_beat ? "MDC_ECG_BEAT" : "MDC_ECG_WAVC");
    set(add_code(annotation, "value", std::string(code->reference), mdc_system), "xsi:type", "CE");
  } else {
    add_words(add_annotation(set_node, comment_code), text);
  }
  pugi::xml_node region =
      set_node.last_child().child("annotation").append_child("support").append_child("supportingROI");
  set(region, "classCode", "ROIBND");
  add_code(region, "code", "ROIPS", act_code_system);
  const double begin_s = (static_cast<double>(mark.sample) + mark.part) / recording.frame_rate_Hz;
  add_moments(region.append_child("component").append_child("boundary"), start,
              mark.duration_s > 0 ? std::vector{begin_s, begin_s + mark.duration_s} : std::vector{begin_s});
}

/// Marks, and comments on the whole, as one set of annotations.
void add_annotations(pugi::xml_node series, const Recording& recording, const std::string& start) {
  if (recording.marks.empty() && recording.comments.empty()) {
    return;
  }
  pugi::xml_node set_node = series.append_child("subjectOf").append_child("annotationSet");
  for (const RecordingMark& mark : recording.marks) {
    add_mark(set_node, mark, recording, start);
  }
  if (!recording.comments.empty()) {
    pugi::xml_node all = add_annotation(set_node, std::string(interpretation_codes));
    for (const std::string& comment : recording.comments) {
      add_words(add_annotation(all, comment_code), printable(comment, longest_comment));
    }
  }
}

std::string text_of_document(const pugi::xml_document& document) {
  std::ostringstream text;
  document.save(text, "  ");
  return text.str();
}

}  // namespace

Recording read_aecg(const std::filesystem::path& path) { return AecgReader(path).read(); }

void write_aecg(const Recording& recording, const std::filesystem::path& path) {
  require_consistent(recording, path.string());
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  set(declaration, "version", "1.0");
  set(declaration, "encoding", "UTF-8");
  pugi::xml_node root = document.append_child("AnnotatedECG");
  set(root, "xmlns", "urn:hl7-org:v3");
  set(root, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
  set(root, "type", "Observation");
  add_code(root, "code", "93000", "2.16.840.1.113883.6.12");
  const std::string start = digits_of(recording.start_date, recording.start_time);
  if (!start.empty()) {
    set(root.append_child("effectiveTime").append_child("center"), "value", start);
  }
  add_subject(root, recording);
  pugi::xml_node series = root.append_child("component").append_child("series");
  add_code(series, "code", "RHYTHM", act_code_system);
  if (!recording.device.empty()) {
    series.append_child("author")
        .append_child("seriesAuthor")
        .append_child("manufacturedSeriesDevice")
        .append_child("manufacturerModelName")
        .text()
        .set(recording.device.c_str());
  }
  const RecordedFilters filters = shared_filters(recording);
  add_filter(series, low_pass_code, cutoff_code, filters.low_pass_Hz);
  add_filter(series, high_pass_code, cutoff_code, filters.high_pass_Hz);
  add_filter(series, notch_code, notch_frequency_code, filters.notch_Hz);
  pugi::xml_node set_node = series.append_child("component").append_child("sequenceSet");
  add_time_sequence(set_node, recording);
  for (const StoredSignal& signal : recording.signals) {
    add_lead(set_node, signal, path.string());
  }
  add_annotations(series, recording, start);
  set(root.prepend_child("id"), "root", make_uid(text_of_document(document)));
  write_file(path, text_of_document(document));
}

}  // namespace xingu::ecg
