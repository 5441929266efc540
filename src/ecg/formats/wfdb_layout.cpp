// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/wfdb_layout.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace xingu::ecg {
namespace {

namespace fs = std::filesystem;

constexpr int most_samples_per_frame = 10000;

WfdbFormat format_of(const WfdbSignal& signal, const std::string& file) {
  const auto format = wfdb_format(signal.format);
  XINGU_REQUIRE(format.has_value(), "{}: storage format {} (WFDB has none of this number); correct the header", file,
                signal.format);
  return *format;
}

StoredSignal signal_of(const Channel& channel, const WfdbSignal& line) {
  StoredSignal signal;
  signal.label = channel.name;
  signal.unit = channel.unit;
  signal.gain = channel.gain;
  signal.baseline = channel.baseline;
  signal.samples_per_frame = line.samples_per_frame;
  const auto format = wfdb_format(line.format);
  const int bits = format ? sample_bits(*format) : 16;
  set_digital_range(signal, bits);
  signal.adc_bits = channel.resolution_bits > 0 && channel.resolution_bits <= 32 ? channel.resolution_bits : bits;
  return signal;
}

}  // namespace

fs::path beside(const fs::path& header, const std::string& name) {
  XINGU_REQUIRE(!name.empty() && name.find('/') == std::string::npos && name != "." && name != ".." &&
                    printable(name, 255) == name,
                "{}: names '{}' (a record's files stand beside its header); correct the name", header.string(),
                printable(name, 60));
  return header.parent_path() / name;
}

std::vector<WfdbGroup> wfdb_groups(const WfdbHeader& header) {
  std::vector<WfdbGroup> groups;
  for (std::size_t i = 0; i < header.signals.size(); ++i) {
    if (i == 0 || header.signals[i].file != header.signals[i - 1].file) {
      groups.push_back({i, i});
    }
    groups.back().last = i + 1;
  }
  return groups;
}

WfdbGroupLayout wfdb_group_layout(const WfdbHeader& header, WfdbGroup group, const fs::path& file) {
  WfdbGroupLayout layout;
  layout.signals = std::span(header.signals).subspan(group.first, group.last - group.first);
  layout.file = file.string();
  layout.format = format_of(layout.signals.front(), layout.file);
  for (const WfdbSignal& signal : layout.signals) {
    XINGU_REQUIRE(
        signal.format == layout.signals.front().format && signal.byte_offset == layout.signals.front().byte_offset,
        "{}: signals of different formats or offsets (one file has one); correct the header", layout.file);
    XINGU_REQUIRE(signal.samples_per_frame <= most_samples_per_frame,
                  "{}: {} samples per frame (more than {}); correct the header", layout.file, signal.samples_per_frame,
                  most_samples_per_frame);
    layout.frame_samples += static_cast<std::uint64_t>(signal.samples_per_frame);
  }
  return layout;
}

Recording recording_of(const WfdbHeader& header) {
  Recording recording;
  recording.format = "WFDB";
  recording.name = header.info.name;
  recording.frame_rate_Hz = header.info.rate_hz;
  const std::string& start = header.info.start_time;
  const std::size_t split = start.find('T');
  recording.start_date = split == std::string::npos ? "" : start.substr(0, split);
  recording.start_time = split == std::string::npos ? start : start.substr(split + 1);
  const WfdbRemarks& remarks = header.remarks;
  if (recording.start_date.empty()) {
    recording.start_date = remarks.start_date;
  }
  recording.device = remarks.device;
  recording.subject = {remarks.id, remarks.name, header.info.patient.sex, remarks.birth_date,
                       header.info.patient.age_years};
  if (!remarks.age_doubt.empty()) {
    recording.warnings.push_back(fmt::format("{}: {} (it is not used)", recording.name, remarks.age_doubt));
  }
  recording.comments = remarks.others;
  for (std::size_t i = 0; i < header.signals.size(); ++i) {
    recording.signals.push_back(signal_of(header.info.channels[i], header.signals[i]));
  }
  return recording;
}

fs::path segment_path(const fs::path& record, const WfdbSegment& segment) {
  return wfdb_header_path(beside(record, segment.name));
}

WfdbHeader segment_header(const fs::path& record, const WfdbSegment& segment) {
  WfdbHeader header = read_wfdb_header(segment_path(record, segment));
  XINGU_REQUIRE(header.segments.empty(), "{}: segment '{}' has segments itself (they do not nest); correct the header",
                record.string(), segment.name);
  return header;
}

std::vector<std::size_t> signals_in_record(const Recording& segment, const Recording& record, bool is_by_label,
                                           const std::string& file) {
  XINGU_REQUIRE(segment.frame_rate_Hz == record.frame_rate_Hz,
                "{}: {} Hz in a record of {} Hz (segments share one); correct the header", file, segment.frame_rate_Hz,
                record.frame_rate_Hz);
  XINGU_REQUIRE(is_by_label || segment.signals.size() == record.signals.size(),
                "{}: {} signals in a record of {} (segments of a fixed layout have the same); correct the header", file,
                segment.signals.size(), record.signals.size());
  std::vector<std::size_t> targets;
  for (std::size_t s = 0; s < segment.signals.size(); ++s) {
    const StoredSignal& source = segment.signals[s];
    const auto target = is_by_label ? std::ranges::find(record.signals, source.label, &StoredSignal::label)
                                    : record.signals.begin() + static_cast<std::ptrdiff_t>(s);
    XINGU_REQUIRE(target != record.signals.end() && target->samples_per_frame == source.samples_per_frame &&
                      target->unit == source.unit,
                  "{}: signal '{}' is not in the record's layout with the same unit and samples per frame; correct the "
                  "header",
                  file, printable(source.label, 40));
    targets.push_back(static_cast<std::size_t>(target - record.signals.begin()));
  }
  return targets;
}

void rescale(std::vector<std::int32_t>& samples, const StoredSignal& source, const StoredSignal& target) {
  if (source.gain == target.gain && source.baseline == target.baseline) {
    return;
  }
  for (std::int32_t& sample : samples) {
    if (sample != invalid_sample) {
      const double step = std::round(physical_value(source, sample) * target.gain + target.baseline);
      sample = std::abs(step) < 2147483647.0 ? static_cast<std::int32_t>(step) : invalid_sample;
    }
  }
}

}  // namespace xingu::ecg
