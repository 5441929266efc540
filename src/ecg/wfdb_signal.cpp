// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_signal.h"

#include <algorithm>

#include "base/error.h"

namespace xingu::ecg {
namespace {

std::int32_t from_12_bits(unsigned value) {
  const std::int32_t sample = static_cast<std::int32_t>(value ^ 0x800U) - 0x800;
  return sample == -2048 ? invalid_sample : sample;
}

}  // namespace

WfdbSource::WfdbSource(const std::filesystem::path& record) : header_(read_wfdb_header(record)) {
  XINGU_REQUIRE(!header_.signals.empty(),
                "{}: no signals of its own (there is nothing to analyse); give another record", record.string());
  const WfdbSignal& first = header_.signals.front();
  for (const WfdbSignal& signal : header_.signals) {
    XINGU_REQUIRE(
        signal.file == first.file && signal.format == first.format && signal.skew == 0 &&
            signal.samples_per_frame == 1 && (signal.format == 16 || signal.format == 212),
        "{}: signal file {} in format {} (read are formats 16 and 212, all signals in one file, without skew); "
        "convert the record",
        record.string(), signal.file, signal.format);
  }
  const std::filesystem::path path = record.parent_path() / first.file;
  file_.open(path, std::ios::binary);
  XINGU_REQUIRE(file_.is_open(), "{}: cannot be opened (the header names it); put it beside the header", path.string());
  file_.seekg(static_cast<std::streamoff>(first.byte_offset));
}

std::size_t WfdbSource::fill_16(std::span<std::int32_t> samples) {
  bytes_.resize(samples.size() * 2);
  file_.read(reinterpret_cast<char*>(bytes_.data()), static_cast<std::streamsize>(bytes_.size()));
  const std::size_t count = static_cast<std::size_t>(file_.gcount()) / 2;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<std::int16_t>(bytes_[2 * i] | (bytes_[2 * i + 1] << 8));
    samples[i] = value == -32768 ? invalid_sample : value;
  }
  return count;
}

std::size_t WfdbSource::fill_212(std::span<std::int32_t> samples) {
  std::size_t filled = 0;
  if (second_of_pair_ && !samples.empty()) {
    samples[filled++] = *second_of_pair_;
    second_of_pair_.reset();
  }
  bytes_.resize((samples.size() - filled + 1) / 2 * 3);
  file_.read(reinterpret_cast<char*>(bytes_.data()), static_cast<std::streamsize>(bytes_.size()));
  const auto got = static_cast<std::size_t>(file_.gcount());
  for (std::size_t i = 0; i + 1 < got; i += 3) {
    const unsigned middle = bytes_[i + 1];
    samples[filled++] = from_12_bits(bytes_[i] | ((middle & 0x0FU) << 8));
    if (i + 2 < got) {
      const std::int32_t second = from_12_bits(bytes_[i + 2] | ((middle & 0xF0U) << 4));
      if (filled < samples.size()) {
        samples[filled++] = second;
      } else {
        second_of_pair_ = second;
      }
    }
  }
  return filled;
}

std::size_t WfdbSource::read(std::span<std::int32_t> frames) {
  const std::size_t channels = header_.signals.size();
  std::size_t wanted = frames.size() / channels;
  if (header_.num_samples) {
    wanted = std::min(wanted, *header_.num_samples - position_);
  }
  const auto samples = frames.first(wanted * channels);
  const std::size_t filled = header_.signals.front().format == 16 ? fill_16(samples) : fill_212(samples);
  position_ += filled / channels;
  return filled / channels;
}

EcgRecord read_wfdb(const std::filesystem::path& record) {
  WfdbSource source(record);
  return read_all(source);
}

}  // namespace xingu::ecg
