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
#include "ecg/formats/scp_sections.h"

namespace xingu::ecg {
namespace {

constexpr std::uintmax_t largest_file = 256ULL << 20;

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
    for (StoredSignal& signal : recording_.signals) {
      signal.prefilter = prefilter_text(from_scp_filters(filters_));
    }
    require_consistent(recording_, file_);
    return std::move(recording_);
  }

 private:
  void find_sections() {
    XINGU_REQUIRE(content_.size() >= 6 + scp_section_header && content_.substr(16, 6) == "SCPECG",
                  "{}: does not begin as SCP-ECG (it is something else)", file_);
    if (little(0, 2) != scp_checksum(std::string_view(content_).substr(2))) {
      recording_.warnings.push_back(fmt::format("{}: the checksum of the file does not fit its content", file_));
    }
    // section 0 lists number, length and place of the others, places counted from 1
    const std::size_t length = little(6 + 4, 4);
    XINGU_REQUIRE(length >= scp_section_header && 6 + length <= content_.size(),
                  "{}: section 0 has {} bytes of a file of {} (sections cannot be found); copy it again", file_, length,
                  content_.size());
    for (std::size_t at = 6 + scp_section_header; at + 10 <= 6 + length; at += 10) {
      const auto number = static_cast<int>(little(at, 2));
      const std::size_t bytes = little(at + 2, 4);
      const std::size_t place = little(at + 6, 4);
      if (bytes == 0) {
        continue;
      }
      XINGU_REQUIRE(
          place >= 1 && bytes >= scp_section_header && bytes <= content_.size() && place - 1 <= content_.size() - bytes,
          "{}: section {} has {} bytes from byte {} on (outside the file); copy it again", file_, number, bytes, place);
      sections_[number] = std::string_view(content_).substr(place - 1 + scp_section_header, bytes - scp_section_header);
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

  /// @param unit  1 to 5; 0 with the number 0 where the age is not known
  void read_age(int count, int unit) {
    const bool is_unit = unit >= static_cast<int>(AgeUnit::years) && unit <= static_cast<int>(AgeUnit::hours);
    if (count != 0 || unit != 0) {
      take_age(recording_.subject,
               stated_age(count, is_unit ? std::optional(static_cast<AgeUnit>(unit)) : std::nullopt),
               fmt::format("{} (unit {})", count, unit), recording_.warnings, file_);
    }
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
          read_age(byte(0) | byte(1) << 8, byte(2));
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
          if (recording_.start_date == iso_date(scp_unknown_day)) {
            recording_.start_date.clear();
          }
          break;
        case 26:
          if (!recording_.start_date.empty() || (byte(0) | byte(1) | byte(2)) != 0) {  // else neither is known
            recording_.start_time = fmt::format("{:02}:{:02}:{:02}", byte(0), byte(1), byte(2));
          }
          break;
        case 27:
          filters_.high_pass_cHz = static_cast<std::uint32_t>(byte(0) | byte(1) << 8);
          break;
        case 28:
          filters_.low_pass_Hz = static_cast<std::uint32_t>(byte(0) | byte(1) << 8);
          break;
        case 29:
          filters_.others = static_cast<std::uint32_t>(byte(0));
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
    XINGU_REQUIRE(count >= 1 && count <= scp_most_leads, "{}: {} leads (1 to {} are read); correct section 3", file_,
                  count, scp_most_leads);
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
  ScpFilters filters_;
  bool has_subtraction_ = false;
  bool are_zones_apart_ = true;
};

}  // namespace

Recording read_scp(const std::filesystem::path& path) { return ScpReader(path).read(); }

}  // namespace xingu::ecg
