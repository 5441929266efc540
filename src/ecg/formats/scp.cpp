// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/scp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "ecg/formats/dates.h"
#include "ecg/formats/lead_codes.h"
#include "ecg/formats/scp_huffman.h"

namespace xingu::ecg {
namespace {

constexpr std::uintmax_t largest_file = 256ULL << 20;
constexpr std::size_t section_header = 16;
constexpr int most_leads = 85;
/// What stands for an unknown day: the format needs one.
constexpr const char* unknown_date = "1900-01-01";

/// CRC-CCITT (polynomial 0x1021, from 0xFFFF), as the standard prescribes it over files and sections.
std::uint16_t checksum(std::string_view bytes) {
  std::uint32_t crc = 0xFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(byte)) << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1 ^ 0x1021U) : crc << 1;
    }
  }
  return static_cast<std::uint16_t>(crc);
}

/// Bytes of a section's data; every read is checked.
class SectionBytes {
 public:
  SectionBytes(std::string_view bytes, int number, const std::string& file)
      : bytes_(bytes), number_(number), file_(file) {}
  [[nodiscard]] std::uint32_t take(std::size_t count) {
    const std::string_view taken = take_text(count);
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < count; ++i) {
      word |= static_cast<std::uint32_t>(static_cast<unsigned char>(taken[i])) << (8 * i);
    }
    return word;
  }
  [[nodiscard]] std::string_view take_text(std::size_t count) {
    XINGU_REQUIRE(count <= bytes_.size() - next_, "{}: section {} ends too early (its rest is lost); copy it again",
                  file_, number_);
    next_ += count;
    return bytes_.substr(next_ - count, count);
  }
  [[nodiscard]] bool is_empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - next_; }

 private:
  std::string_view bytes_;
  int number_;
  const std::string& file_;
  std::size_t next_ = 0;
};

struct ScpLead {
  int code = 0;
  std::uint32_t first = 1;  ///< sample numbers count from 1
  std::uint32_t last = 0;
};

/// Where the reference beat was subtracted: samples first to last, its sample `fiducial` at `place`.
struct SubtractedBeat {
  int type = 0;
  std::uint32_t first = 0;
  std::uint32_t place = 0;
  std::uint32_t last = 0;
};

/// Samples first to last, numbered from 1, both among them.
struct SampleRange {
  std::int64_t first = 1;
  std::int64_t last = 0;
  [[nodiscard]] std::int64_t count() const { return last - first + 1; }
};

/// Section 4: what was subtracted where, and which samples are there one by one.
struct QrsLocations {
  std::uint32_t length_ms = 0;
  std::uint32_t fiducial = 0;
  std::vector<SubtractedBeat> beats;
  std::vector<SampleRange> protected_zones;  ///< in order, apart from each other; empty where the file has none
};

/// A stretch of thinned samples: the middle of each group has the stored value, straight lines lead from one to the
/// next, and the ends are level.
void append_thinned(std::vector<std::int32_t>& samples, std::span<const std::int32_t> stored, std::int64_t factor) {
  if (stored.empty()) {
    return;
  }
  const auto half = static_cast<std::size_t>(factor / 2);
  samples.insert(samples.end(), half, stored.front());
  for (std::size_t i = 0; i + 1 < stored.size(); ++i) {
    const std::int64_t from = stored[i];
    const std::int64_t step = stored[i + 1] - from;
    for (std::int64_t j = 0; j < factor; ++j) {
      samples.push_back(
          static_cast<std::int32_t>(from + std::llround(static_cast<double>(j * step) / static_cast<double>(factor))));
    }
  }
  samples.insert(samples.end(), half, stored.back());
}

class ScpReader {
 public:
  explicit ScpReader(const std::filesystem::path& path)
      : file_(path.string()), content_(read_file(path, largest_file)) {
    recording_.name = path.stem().string();
    recording_.format = "SCP-ECG";
  }

  [[nodiscard]] Recording read() {
    find_sections();
    read_subject();
    SectionBytes tables = section(2);
    tables_ = tables.is_empty() ? std::vector<ScpTable>{} : parse_scp_tables(tables.take_text(tables.left()), file_);
    read_leads();
    read_rhythm();
    require_consistent(recording_, file_);
    return std::move(recording_);
  }

 private:
  void find_sections() {
    XINGU_REQUIRE(content_.size() >= 6 + section_header && content_.substr(16, 6) == "SCPECG",
                  "{}: does not begin as SCP-ECG (it is something else)", file_);
    if (little(0, 2) != checksum(std::string_view(content_).substr(2))) {
      recording_.warnings.push_back(fmt::format("{}: the checksum of the file does not fit its content", file_));
    }
    // section 0 lists number, length and place of the others, places counted from 1
    const std::size_t length = little(6 + 4, 4);
    XINGU_REQUIRE(length >= section_header && 6 + length <= content_.size(),
                  "{}: section 0 has {} bytes of a file of {} (sections cannot be found); copy it again", file_, length,
                  content_.size());
    for (std::size_t at = 6 + section_header; at + 10 <= 6 + length; at += 10) {
      const auto number = static_cast<int>(little(at, 2));
      const std::size_t bytes = little(at + 2, 4);
      const std::size_t place = little(at + 6, 4);
      if (bytes == 0) {
        continue;
      }
      XINGU_REQUIRE(
          place >= 1 && bytes >= section_header && bytes <= content_.size() && place - 1 <= content_.size() - bytes,
          "{}: section {} has {} bytes from byte {} on (outside the file); copy it again", file_, number, bytes, place);
      sections_[number] = std::string_view(content_).substr(place - 1 + section_header, bytes - section_header);
    }
  }

  [[nodiscard]] std::uint32_t little(std::size_t at, std::size_t count) const {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < count; ++i) {
      word |= static_cast<std::uint32_t>(static_cast<unsigned char>(content_[at + i])) << (8 * i);
    }
    return word;
  }

  [[nodiscard]] SectionBytes section(int number) const {
    const auto found = sections_.find(number);
    return {found == sections_.end() ? std::string_view{} : found->second, number, file_};
  }

  /// Section 1: fields of a tag, a length and a value, ended by tag 255.
  void read_subject() {
    SectionBytes bytes = section(1);
    std::string first_name;
    while (bytes.left() >= 3) {
      const std::uint32_t tag = bytes.take(1);
      if (tag == 255) {
        break;
      }
      const std::string_view value = bytes.take_text(bytes.take(2));
      const std::string text = printable(value.substr(0, value.find('\0')), 80);
      const auto byte = [&](std::size_t i) {
        return i < value.size() ? static_cast<int>(static_cast<unsigned char>(value[i])) : 0;
      };
      RecordedSubject& subject = recording_.subject;
      switch (tag) {
        case 0:
          subject.name = text;
          break;
        case 1:
          first_name = text;
          break;
        case 2:
          subject.id = text;
          break;
        case 4:
          // years, the unit that is 1
          subject.age_years = byte(2) == 1 ? std::optional<double>(byte(0) | byte(1) << 8) : std::nullopt;
          break;
        case 5:
          subject.birth_date = iso_date({byte(0) | byte(1) << 8, byte(2), byte(3)});
          break;
        case 8:
          if (byte(0) == 1 || byte(0) == 2) {
            subject.sex = byte(0) == 2 ? Sex::female : Sex::male;
          }
          break;
        case 14:
          // the model is six letters from byte 8 on
          recording_.device = value.size() >= 14
                                  ? printable(value.substr(8, 6).substr(0, value.substr(8, 6).find('\0')), 6)
                                  : std::string{};
          break;
        case 25:
          recording_.start_date = iso_date({byte(0) | byte(1) << 8, byte(2), byte(3)});
          if (recording_.start_date == unknown_date) {
            recording_.start_date.clear();
          }
          break;
        case 26:
          if (!recording_.start_date.empty() || (byte(0) | byte(1) | byte(2)) != 0) {  // else neither is known
            recording_.start_time = fmt::format("{:02}:{:02}:{:02}", byte(0), byte(1), byte(2));
          }
          break;
        case 30:
          recording_.comments.push_back(printable(value.substr(0, value.find('\0')), 1000));
          break;
        default:
          break;
      }
    }
    if (!first_name.empty()) {
      recording_.subject.name += '^' + first_name;
    }
  }

  void read_leads() {
    SectionBytes bytes = section(3);
    XINGU_REQUIRE(!bytes.is_empty(), "{}: has no section 3 (its leads are not named); copy it again", file_);
    const std::uint32_t count = bytes.take(1);
    const std::uint32_t flags = bytes.take(1);
    XINGU_REQUIRE(count >= 1 && count <= most_leads, "{}: {} leads (1 to {} are read); correct section 3", file_, count,
                  most_leads);
    has_subtraction_ = (flags & 1U) != 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      ScpLead lead;
      lead.first = bytes.take(4);
      lead.last = bytes.take(4);
      lead.code = static_cast<int>(bytes.take(1));
      XINGU_REQUIRE(lead.first >= 1 && lead.last >= lead.first && lead.last <= max_recording_samples,
                    "{}: lead {} has samples {} to {} (that is no range); correct section 3", file_, lead.code,
                    lead.first, lead.last);
      leads_.push_back(lead);
    }
  }

  /// Bits of one lead of section 5 or 6 to samples.
  [[nodiscard]] std::vector<std::int32_t> decode(std::string_view bytes, std::size_t count,
                                                 std::uint32_t encoding) const {
    std::vector<std::int32_t> samples;
    if (tables_.empty()) {
      XINGU_REQUIRE(bytes.size() / 2 >= count, "{}: {} bytes for {} samples (they end too early); copy it again", file_,
                    bytes.size(), count);
      for (std::size_t i = 0; i < count; ++i) {
        const auto low = static_cast<unsigned char>(bytes[2 * i]);
        const auto high = static_cast<unsigned char>(bytes[2 * i + 1]);
        samples.push_back(static_cast<std::int16_t>(static_cast<std::uint16_t>(low | high << 8)));
      }
    } else {
      XINGU_REQUIRE(count <= bytes.size() * 8, "{}: {} bytes for {} samples (they end too early); copy it again", file_,
                    bytes.size(), count);
      samples = decode_scp(bytes, count, tables_, file_);
    }
    // sums wrap where a damaged file overflows; the standard keeps them within 16 bits
    for (std::size_t i = 1; encoding == 1 && i < count; ++i) {
      samples[i] = wrapped(samples[i], samples[i - 1], 0);
    }
    for (std::size_t i = 2; encoding == 2 && i < count; ++i) {
      samples[i] = wrapped(samples[i], 2 * static_cast<std::int64_t>(samples[i - 1]), samples[i - 2]);
    }
    return samples;
  }

  static std::int32_t wrapped(std::int64_t difference, std::int64_t before, std::int64_t earlier) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(difference + before - earlier));
  }

  /// What sections 5 and 6 begin with, and the bytes of each lead.
  struct Coded {
    std::uint32_t step_nV = 0;
    std::uint32_t interval_us = 0;
    std::uint32_t encoding = 0;
    std::uint32_t bimodal = 0;
    std::vector<std::string_view> leads;
  };

  [[nodiscard]] Coded coded_section(int number) const {
    SectionBytes bytes = section(number);
    Coded coded;
    coded.step_nV = bytes.take(2);
    coded.interval_us = bytes.take(2);
    coded.encoding = bytes.take(1);
    coded.bimodal = bytes.take(1);
    XINGU_REQUIRE(coded.step_nV > 0 && coded.interval_us > 0 && coded.encoding <= 2,
                  "{}: section {} has steps of {} nV, {} µs a sample and encoding {} (that is no scale); correct it",
                  file_, number, coded.step_nV, coded.interval_us, coded.encoding);
    std::vector<std::size_t> lengths;
    for (std::size_t i = 0; i < leads_.size(); ++i) {
      lengths.push_back(bytes.take(2));
    }
    for (const std::size_t length : lengths) {
      coded.leads.push_back(bytes.take_text(length));
    }
    return coded;
  }

  void read_rhythm() {
    XINGU_REQUIRE(sections_.contains(6), "{}: has no section 6 (there is no rhythm to read); give a whole recording",
                  file_);
    const Coded coded = coded_section(6);
    if (coded.bimodal != 0 || has_subtraction_) {
      read_locations();
    }
    const std::uint32_t factor = coded.bimodal == 0 ? 1 : thinning_factor(coded);
    XINGU_REQUIRE(
        factor == 1 || are_zones_apart_,
        "{}: protected zones of section 4 overlap (how samples were stored is not certain); export it without "
        "bimodal compression",
        file_);
    recording_.frame_rate_Hz = 1e6 / (coded.interval_us / factor);
    std::uint32_t first = leads_.front().first;
    std::uint32_t last = 0;
    for (const ScpLead& lead : leads_) {
      first = std::min(first, lead.first);
      last = std::max(last, lead.last);
    }
    recording_.num_frames = last - first + 1;
    XINGU_REQUIRE(recording_.num_frames <= content_.size() * 8 * factor &&
                      recording_.num_frames * leads_.size() <= max_recording_samples,
                  "{}: {} samples a lead in a file of {} bytes (more than its bits); correct section 3", file_,
                  recording_.num_frames, content_.size());
    for (std::size_t i = 0; i < leads_.size(); ++i) {
      StoredSignal& signal = recording_.signals.emplace_back();
      signal.label = scp_lead_name(leads_[i].code);
      signal.unit = "uV";
      signal.gain = 1000.0 / coded.step_nV;
      set_digital_range(signal, 16);
      signal.samples.assign(recording_.num_frames, invalid_sample);
      const auto samples = factor == 1 ? decode(coded.leads[i], leads_[i].last - leads_[i].first + 1, coded.encoding)
                                       : decode_thinned(coded.leads[i], leads_[i], coded.encoding, factor);
      std::ranges::copy(samples, signal.samples.begin() + (leads_[i].first - first));
    }
    if (has_subtraction_) {
      add_reference_beat(coded, first, factor);
    }
  }

  /// How many samples between the protected zones became one: the reference beat has the full rate (EN 1064:2005, 5.8
  /// and 5.9).
  std::uint32_t thinning_factor(const Coded& rhythm) {
    XINGU_REQUIRE(sections_.contains(4) && sections_.contains(5),
                  "{}: bimodal compression without the reference beat (only its rate says how much was thinned out); "
                  "export it again",
                  file_);
    const std::uint32_t full_us = coded_section(5).interval_us;
    const std::uint32_t factor = rhythm.interval_us / full_us;
    XINGU_REQUIRE(rhythm.interval_us % full_us == 0 && (factor == 1 || factor == 2 || factor == 4),
                  "{}: bimodal compression from {} to {} µs a sample (by 2 or 4 is read); export it without", file_,
                  full_us, rhythm.interval_us);
    if (factor > 1) {
      recording_.warnings.push_back(fmt::format(
          "{}: between the complexes the file keeps one of {} samples (bimodal compression); straight lines join them, "
          "so P and T waves are smoother than they were",
          file_, factor));
    }
    return factor;
  }

  /// One lead whose samples are all there in the protected zones, and one for `factor` between them. What is stored of
  /// a part of such a group programs disagree about, so there must be none.
  [[nodiscard]] std::vector<std::int32_t> decode_thinned(std::string_view bytes, const ScpLead& lead,
                                                         std::uint32_t encoding, std::uint32_t factor) const {
    struct Stretch {
      std::int64_t count = 0;  ///< stored samples
      bool is_whole = false;
    };
    std::vector<Stretch> stretches;
    std::int64_t stored = 0;
    const auto add = [&](const SampleRange& range, bool is_whole) {
      const std::int64_t count = std::max<std::int64_t>(0, range.count());
      XINGU_REQUIRE(is_whole || count % factor == 0,
                    "{}: lead {} has {} samples between protected zones (bimodal compression by {} leaves a part of a "
                    "group, whose storage is not certain); export it without bimodal compression",
                    file_, lead.code, count, factor);
      stretches.push_back({is_whole ? count : count / factor, is_whole});
      stored += stretches.back().count;
    };
    std::int64_t next = lead.first;
    for (const SampleRange& zone : locations_.protected_zones) {
      const SampleRange inside{std::max<std::int64_t>(zone.first, lead.first),
                               std::min<std::int64_t>(zone.last, lead.last)};
      if (inside.count() > 0) {
        add({next, inside.first - 1}, false);
        add(inside, true);
        next = inside.last + 1;
      }
    }
    add({next, lead.last}, false);
    const std::vector<std::int32_t> values = decode(bytes, static_cast<std::size_t>(stored), encoding);
    std::vector<std::int32_t> samples;
    samples.reserve(lead.last - lead.first + 1);
    std::span<const std::int32_t> rest(values);
    for (const Stretch& stretch : stretches) {
      const auto part = rest.first(static_cast<std::size_t>(stretch.count));
      rest = rest.subspan(part.size());
      if (stretch.is_whole) {
        samples.insert(samples.end(), part.begin(), part.end());
      } else {
        append_thinned(samples, part, factor);
      }
    }
    return samples;
  }

  /// Section 4 (EN 1064:2005, 5.7): the subtracted beats, and behind them the protected zones of as many.
  void read_locations() {
    SectionBytes bytes = section(4);
    if (bytes.is_empty()) {
      return;
    }
    locations_.length_ms = bytes.take(2);
    locations_.fiducial = bytes.take(2);
    const std::uint32_t count = bytes.take(2);
    for (std::uint32_t i = 0; i < count; ++i) {
      SubtractedBeat& place = locations_.beats.emplace_back();
      place.type = static_cast<int>(bytes.take(2));
      place.first = bytes.take(4);
      place.place = bytes.take(4);
      place.last = bytes.take(4);
    }
    for (std::uint32_t i = 0; i < count && bytes.left() >= 8; ++i) {
      const SampleRange zone{bytes.take(4), bytes.take(4)};
      if (zone.first >= 1 && zone.count() > 0) {
        locations_.protected_zones.push_back(zone);
      }
    }
    std::ranges::sort(locations_.protected_zones, {}, &SampleRange::first);
    const auto overlap = std::ranges::adjacent_find(
        locations_.protected_zones, [](const SampleRange& a, const SampleRange& b) { return b.first <= a.last; });
    are_zones_apart_ = overlap == locations_.protected_zones.end();
  }

  /// Section 4 says where, section 5 says what was subtracted (EN 1064:2005, 5.7 and 5.8).
  void add_reference_beat(const Coded& rhythm, std::uint32_t first_sample, std::uint32_t factor) {
    XINGU_REQUIRE(!section(4).is_empty() && sections_.contains(5),
                  "{}: a reference beat was subtracted that is not there (samples would be wrong); export it again",
                  file_);
    const Coded beat = coded_section(5);
    XINGU_REQUIRE(beat.step_nV == rhythm.step_nV && beat.interval_us * factor == rhythm.interval_us,
                  "{}: reference beat and rhythm have different steps or rates (the sum would be a guess); export it "
                  "without reference beat subtraction",
                  file_);
    const std::size_t length = static_cast<std::size_t>(locations_.length_ms) * 1000 / beat.interval_us;
    for (std::size_t lead = 0; lead < leads_.size(); ++lead) {
      const auto reference = decode(beat.leads[lead], length, beat.encoding);
      for (const SubtractedBeat& place : locations_.beats) {
        if (place.type == 0) {
          add_at(recording_.signals[lead].samples, reference, place, locations_.fiducial, first_sample);
        }
      }
    }
  }

  static void add_at(std::vector<std::int32_t>& samples, const std::vector<std::int32_t>& reference,
                     const SubtractedBeat& place, std::uint32_t fiducial, std::uint32_t first_sample) {
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(reference.size()); ++i) {
      const std::int64_t number = i + 1 - fiducial + place.place;
      const std::int64_t index = number - first_sample;
      if (number >= place.first && number <= place.last && index >= 0 &&
          index < static_cast<std::int64_t>(samples.size()) &&
          samples[static_cast<std::size_t>(index)] != invalid_sample) {
        std::int32_t& sample = samples[static_cast<std::size_t>(index)];
        sample = wrapped(sample, reference[static_cast<std::size_t>(i)], 0);
      }
    }
  }

  std::string file_;
  std::string content_;
  Recording recording_;
  std::map<int, std::string_view> sections_;
  std::vector<ScpTable> tables_;
  std::vector<ScpLead> leads_;
  QrsLocations locations_;
  bool has_subtraction_ = false;
  bool are_zones_apart_ = true;
};

// ---- writing ----

void append_little(std::string& out, std::uint32_t word, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    out += static_cast<char>(word >> (8 * i) & 0xffU);
  }
}

/// A section with its header; sections have an even length.
std::string with_header(int number, std::string data) {
  data.resize(data.size() + data.size() % 2, '\0');
  std::string body;
  append_little(body, static_cast<std::uint32_t>(number), 2);
  append_little(body, static_cast<std::uint32_t>(data.size() + section_header), 4);
  body += '\x14';  // version 2.0 of section and protocol
  body += '\x14';
  body += number == 0 ? std::string("SCPECG") : std::string(6, '\0');
  body += data;
  std::string out;
  append_little(out, checksum(body), 2);
  return out + body;
}

void append_field(std::string& out, int tag, const std::string& value) {
  out += static_cast<char>(tag);
  append_little(out, static_cast<std::uint32_t>(value.size()), 2);
  out += value;
}

void append_text_field(std::string& out, int tag, const std::string& text) {
  append_field(out, tag, printable(text, 60) + '\0');
}

std::string scp_date(const CalendarDate& date) {
  std::string out;
  append_little(out, static_cast<std::uint32_t>(date.year), 2);
  out += static_cast<char>(date.month);
  out += static_cast<char>(date.day);
  return out;
}

std::string machine_field(const std::string& device) {
  std::string out;
  append_little(out, 0, 2);  // institution
  append_little(out, 0, 2);  // department
  append_little(out, 0, 2);  // device
  out += '\0';               // a cart
  out += '\xff';             // manufacturer: named in text below
  std::string model = printable(device).substr(0, 5);
  model.resize(6, '\0');
  out += model;
  out += '\x14';  // protocol 2.0
  out += '\x80';  // category I: rhythm without reference beat
  out += '\0';    // ASCII only
  out += '\x03';  // it reads and stores
  out += '\0';    // mains frequency unknown
  out += std::string(16, '\0');
  out += '\x01';                // length of the analysing program's version with its end
  out += std::string(4, '\0');  // its version, the recorder's number, the system's and the protocol's names: empty
  out += std::string("xingu") + '\0';
  return out;
}

std::string subject_section(const Recording& recording) {
  const RecordedSubject& subject = recording.subject;
  std::string out;
  append_text_field(out, 0, subject.name);
  append_text_field(out, 2, subject.id);
  if (subject.age_years && *subject.age_years >= 0 && *subject.age_years < 200) {
    std::string age;
    append_little(age, static_cast<std::uint32_t>(*subject.age_years), 2);
    append_field(out, 4, age + '\x01');
  }
  if (const auto birth = parse_iso_date(subject.birth_date)) {
    append_field(out, 5, scp_date(*birth));
  }
  append_field(out, 8, std::string(1, !subject.sex ? '\0' : *subject.sex == Sex::female ? '\x02' : '\x01'));
  append_field(out, 14, machine_field(recording.device));
  append_field(out, 25, scp_date(parse_iso_date(recording.start_date).value_or(CalendarDate{1900, 1, 1})));
  const std::string digits = digits_of("2000-01-01", recording.start_time);
  std::string time(3, '\0');
  for (std::size_t i = 0; i < 3 && digits.size() >= 14; ++i) {
    time[i] = static_cast<char>((digits[8 + 2 * i] - '0') * 10 + (digits[9 + 2 * i] - '0'));
  }
  append_field(out, 26, time);
  for (const std::string& comment : recording.comments) {
    append_field(out, 30, printable(comment, 1000) + '\0');
  }
  append_field(out, 255, "");
  return out;
}

/// One step for all leads, a whole number of nV, and every lead in it.
struct CommonSteps {
  std::uint32_t step_nV = 0;
  std::vector<std::vector<std::int32_t>> samples;  ///< [lead][sample], within 16 bits
};

CommonSteps to_common_steps(const Recording& recording, const std::string& file) {
  double finest_nV = 65535.0;
  double largest_nV = 0.0;
  for (const StoredSignal& signal : recording.signals) {
    const auto unit = millivolts_per_unit(signal.unit);
    XINGU_REQUIRE(
        unit.has_value() && scp_lead_code(signal.label).has_value() && signal.samples_per_frame == 1,
        "{}: signal '{}' in '{}' is no lead of an ECG at the recording's rate (SCP-ECG stores only those); leave it "
        "out ('xingu ecg convert' does with --leads)",
        file, printable(signal.label, 40), printable(signal.unit, 20));
    const double step_nV = std::abs(*unit * 1e6 / signal.gain);
    finest_nV = std::min(finest_nV, step_nV);
    for (const std::int32_t sample : signal.samples) {
      XINGU_REQUIRE(sample != invalid_sample,
                    "{}: signal '{}' has missing samples (SCP-ECG has no mark for them); write "
                    "WFDB, DICOM or CSV",
                    file, printable(signal.label, 40));
      largest_nV = std::max(largest_nV, std::abs(sample - signal.baseline) * step_nV);
    }
  }
  CommonSteps common;
  // whole but for rounding counts as whole, so that a file that was read is written as it was
  const double whole =
      std::abs(finest_nV - std::round(finest_nV)) < 1e-6 ? std::round(finest_nV) : std::floor(finest_nV);
  const double step = std::max({1.0, whole, std::ceil(largest_nV / 32767.0)});
  XINGU_REQUIRE(step <= 65535.0, "{}: values up to {:.0f} mV (beyond 16 bits of 65 µV); check gains", file,
                largest_nV * 1e-6);
  common.step_nV = static_cast<std::uint32_t>(step);
  for (const StoredSignal& signal : recording.signals) {
    const double scale = *millivolts_per_unit(signal.unit) * 1e6 / signal.gain / step;
    auto& samples = common.samples.emplace_back();
    for (const std::int32_t sample : signal.samples) {
      samples.push_back(static_cast<std::int32_t>(std::llround((sample - signal.baseline) * scale)));
    }
  }
  return common;
}

std::vector<std::int32_t> differences(const std::vector<std::int32_t>& samples, int order) {
  std::vector<std::int32_t> out = samples;
  for (std::size_t i = 1; order == 1 && i < samples.size(); ++i) {
    out[i] = samples[i] - samples[i - 1];
  }
  for (std::size_t i = 2; order == 2 && i < samples.size(); ++i) {
    out[i] = samples[i] - 2 * samples[i - 1] + samples[i - 2];
  }
  return out;
}

bool fits_16_bits(const std::vector<std::int32_t>& values) {
  return std::ranges::all_of(values, [](std::int32_t value) { return value >= -32768 && value <= 32767; });
}

std::string rhythm_section(const CommonSteps& common, std::uint32_t interval_us, const std::string& file) {
  const auto all_fit = [&](int order) {
    return std::ranges::all_of(common.samples,
                               [&](const auto& lead) { return fits_16_bits(differences(lead, order)); });
  };
  const int order = all_fit(2) ? 2 : all_fit(1) ? 1 : 0;
  std::string out;
  append_little(out, common.step_nV, 2);
  append_little(out, interval_us, 2);
  out += static_cast<char>(order);
  out += '\0';
  std::string bits;
  for (const auto& lead : common.samples) {
    const std::string coded = encode_scp(differences(lead, order));
    XINGU_REQUIRE(coded.size() + 1 <= 65534,
                  "{}: a lead takes {} bytes (SCP-ECG holds 65534: some tens of seconds); cut "
                  "the recording",
                  file, coded.size());
    append_little(out, static_cast<std::uint32_t>(coded.size() + coded.size() % 2), 2);
    bits += coded;
    bits.resize(bits.size() + coded.size() % 2, '\0');
  }
  return out + bits;
}

std::string lead_section(const Recording& recording) {
  std::string out;
  out += static_cast<char>(recording.signals.size());
  // all leads at once, their number in the upper five bits
  out += static_cast<char>(4U | std::min<std::size_t>(recording.signals.size(), 31) << 3);
  for (const StoredSignal& signal : recording.signals) {
    append_little(out, 1, 4);
    append_little(out, static_cast<std::uint32_t>(recording.num_frames), 4);
    out += static_cast<char>(*scp_lead_code(signal.label));
  }
  return out;
}

}  // namespace

Recording read_scp(const std::filesystem::path& path) { return ScpReader(path).read(); }

void write_scp(const Recording& recording, const std::filesystem::path& path) {
  const std::string file = path.string();
  require_consistent(recording, file);
  XINGU_REQUIRE(
      std::ranges::all_of(recording.signals, [](const StoredSignal& s) { return s.samples_per_frame == 1; }),
      "{}: its signals have several rates (SCP-ECG stores one); choose leads of one with --leads, or write EDF", file);
  const double interval = 1e6 / recording.frame_rate_Hz;
  XINGU_REQUIRE(std::abs(interval - std::round(interval)) < 1e-6 && interval <= 65535.0,
                "{}: {} Hz is {:.2f} µs a sample (SCP-ECG stores whole microseconds); write EDF, DICOM or aECG", file,
                recording.frame_rate_Hz, interval);
  XINGU_REQUIRE(recording.signals.size() <= most_leads && recording.num_frames > 0,
                "{}: {} leads of {} samples (SCP-ECG holds 1 to {}); choose some with --leads", file,
                recording.signals.size(), recording.num_frames, most_leads);
  const CommonSteps common = to_common_steps(recording, file);
  std::string tables;
  append_little(tables, 19999, 2);
  const std::array sections{
      std::pair{1, with_header(1, subject_section(recording))}, std::pair{2, with_header(2, tables)},
      std::pair{3, with_header(3, lead_section(recording))},
      std::pair{6, with_header(6, rhythm_section(common, static_cast<std::uint32_t>(std::lround(interval)), file))}};
  constexpr std::size_t num_pointers = 12;
  std::size_t place = 6 + section_header + 10 * num_pointers + 1;
  std::string pointers;
  for (int number = 0; number < static_cast<int>(num_pointers); ++number) {
    const auto found = std::ranges::find(sections, number, &std::pair<int, std::string>::first);
    const std::size_t length = number == 0               ? section_header + 10 * num_pointers
                               : found == sections.end() ? 0
                                                         : found->second.size();
    append_little(pointers, static_cast<std::uint32_t>(number), 2);
    append_little(pointers, static_cast<std::uint32_t>(length), 4);
    append_little(pointers, static_cast<std::uint32_t>(length == 0 ? 0 : number == 0 ? 7 : place), 4);
    place += number == 0 ? 0 : length;
  }
  std::string body = with_header(0, pointers);
  for (const auto& [number, text] : sections) {
    body += text;
  }
  std::string sized;
  append_little(sized, static_cast<std::uint32_t>(body.size() + 6), 4);
  sized += body;
  std::string out;
  append_little(out, checksum(sized), 2);
  write_file(path, out + sized);
}

}  // namespace xingu::ecg
