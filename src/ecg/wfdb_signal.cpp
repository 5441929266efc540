// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_signal.h"

#include <algorithm>

#include "base/error.h"
#include "ecg/formats/wfdb_record.h"

namespace xingu::ecg {
namespace {

std::int32_t sample_16(const unsigned char* b) {
  const auto value = static_cast<std::int16_t>(static_cast<std::uint16_t>(b[0] | b[1] << 8));
  return value == std::numeric_limits<std::int16_t>::min() ? invalid_sample : value;
}

/// Twelve bits, two's complement; the most negative one marks a missing sample.
std::int32_t sample_12(int bits) {
  const int value = (bits & 0x7FF) - (bits & 0x800);
  return value == -2048 ? invalid_sample : value;
}

bool is_streamable(const WfdbHeader& header) {
  if (!header.segments.empty() || header.signals.empty()) {
    return false;
  }
  const WfdbSignal& first = header.signals.front();
  return (first.format == 16 || first.format == 212) &&
         std::ranges::all_of(header.signals,
                             [&](const WfdbSignal& signal) {
                               return signal.file == first.file && signal.format == first.format &&
                                      signal.samples_per_frame == 1 && signal.skew == 0 &&
                                      signal.byte_offset == first.byte_offset;
                             }) &&
         first.file.find('/') == std::string::npos;
}

}  // namespace

WfdbSource::WfdbSource(const std::filesystem::path& record) : header_(read_wfdb_header(record)) {
  const std::string file = wfdb_header_path(record).string();
  if (!is_streamable(header_)) {
    whole_.emplace(to_ecg_record(read_wfdb(record)));
    return;
  }
  const WfdbSignal& first = header_.signals.front();
  const std::filesystem::path data = wfdb_header_path(record).parent_path() / first.file;
  stream_.open(data, std::ios::binary);
  XINGU_REQUIRE(stream_.good(), "{}: cannot be read (it holds the samples of {}); put it beside the header",
                data.string(), file);
  stream_.seekg(first.byte_offset);
  frames_left_ = header_.info.num_samples.value_or(std::numeric_limits<std::int64_t>::max());
}

std::size_t WfdbSource::read_values(std::span<std::int32_t> values) {
  const bool is_packed = header_.signals.front().format == 212;
  std::size_t done = 0;
  if (half_pair_ && !values.empty()) {
    values[done++] = *half_pair_;
    half_pair_.reset();
  }
  const std::size_t left = values.size() - done;
  bytes_.resize(is_packed ? (left + 1) / 2 * 3 : left * 2);
  stream_.read(reinterpret_cast<char*>(bytes_.data()), static_cast<std::streamsize>(bytes_.size()));
  const auto got = static_cast<std::size_t>(stream_.gcount());
  if (!is_packed) {
    for (std::size_t i = 0; i + 1 < got; i += 2) {
      values[done++] = sample_16(&bytes_[i]);
    }
    return done;
  }
  for (std::size_t i = 0; i + 1 < got; i += 3) {
    values[done++] = sample_12((bytes_[i + 1] & 0x0F) << 8 | bytes_[i]);
    if (i + 2 >= got) {
      break;
    }
    const std::int32_t second = sample_12((bytes_[i + 1] & 0xF0) << 4 | bytes_[i + 2]);
    if (done < values.size()) {
      values[done++] = second;
    } else {
      half_pair_ = second;
    }
  }
  return done;
}

std::size_t WfdbSource::read(std::span<std::int32_t> frames) {
  if (whole_) {
    return whole_->read(frames);
  }
  const std::size_t num_channels = header_.info.channels.size();
  const auto asked = static_cast<std::size_t>(
      std::min<std::int64_t>(static_cast<std::int64_t>(frames.size() / num_channels), frames_left_));
  const std::size_t count = asked == 0 ? 0 : read_values(frames.first(asked * num_channels)) / num_channels;
  frames_left_ -= static_cast<std::int64_t>(count);
  return count;
}

EcgRecord read_wfdb_record(const std::filesystem::path& record) {
  WfdbSource source(record);
  return read_all(source);
}

}  // namespace xingu::ecg
