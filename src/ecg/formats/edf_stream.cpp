// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/edf_stream.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "ecg/formats/edf_layout.h"

namespace xingu::ecg {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_held_record = 1 << 20;  // bytes; of longer ones only what is asked for is read

/// Bytes of a file at any place.
class FileBytes {
 public:
  explicit FileBytes(const fs::path& path) : file_(path.string()), stream_(path, std::ios::binary) {
    std::error_code error;
    size_ = fs::file_size(path, error);
    XINGU_REQUIRE(!error && stream_.good(), "{}: cannot be read (there is no recording in it); give a file", file_);
  }

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

  void read(std::uint64_t at, std::size_t count, std::string& out) {
    out.resize(count);
    if (at != place_) {
      stream_.seekg(static_cast<std::streamoff>(at));
    }
    stream_.read(out.data(), static_cast<std::streamsize>(count));
    XINGU_REQUIRE(stream_.gcount() == static_cast<std::streamsize>(count),
                  "{}: became shorter while it was read (its samples are lost); copy it again", file_);
    place_ = at + count;
  }

 private:
  std::string file_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
  std::uint64_t place_ = 0;
};

EdfLayout layout_of(FileBytes& bytes) {
  std::string header;
  bytes.read(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), largest_edf_header)), header);
  return read_edf_layout(header, bytes.size(), bytes.file());
}

class EdfStream final : public RecordingStream {
 public:
  explicit EdfStream(const fs::path& path) : bytes_(path), layout_(layout_of(bytes_)) {
    Recording& facts = layout_.facts;
    facts.name = path.stem().string();
    std::uint64_t per_frame = 0;
    for (const StoredSignal& signal : facts.signals) {
      per_frame += static_cast<std::uint64_t>(signal.samples_per_frame);
    }
    most_frames_ = max_streamed_samples / per_frame;
    facts.num_frames = layout_.num_records * layout_.frames_per_record;
    if (layout_.has_annotations() || layout_.is_interrupted) {
      look_through_annotations();
    }
    XINGU_REQUIRE(facts.num_frames <= most_frames_,
                  "{}: more than {} samples with its gaps (more than is streamed); split the recording", layout_.file,
                  max_streamed_samples);
    require_usable(facts, layout_.file);
    annotations_.emplace(layout_, most_frames_);
    open_record();
  }

  [[nodiscard]] const Recording& facts() const override { return layout_.facts; }

  [[nodiscard]] std::size_t read(std::size_t frames, FrameBlock& block) override {
    block.resize(layout_.facts.signals.size());
    for (std::vector<std::int32_t>& samples : block) {
      samples.clear();
    }
    const std::uint64_t until = std::min<std::uint64_t>(done_ + frames, layout_.facts.num_frames);
    const std::uint64_t begin = done_;
    while (done_ < until) {
      const std::uint64_t end = start_ + layout_.frames_per_record;
      if (done_ < start_) {
        append_lost(std::min(until, start_) - done_, block);
      } else if (done_ < end) {
        append_samples(std::min(until, end) - done_, block);
      } else {
        ++record_;
        open_record();
      }
    }
    return static_cast<std::size_t>(done_ - begin);
  }

 private:
  [[nodiscard]] std::uint64_t place_of(std::uint64_t record, const EdfSignal& signal) const {
    return layout_.data + record * layout_.record_bytes + signal.offset;
  }

  /// The annotation signals of a record.
  [[nodiscard]] const std::vector<std::string_view>& lists_of(std::uint64_t record) {
    lists_.clear();
    list_bytes_.resize(layout_.signals.size());
    for (std::size_t s = 0; s < layout_.signals.size(); ++s) {
      const EdfSignal& signal = layout_.signals[s];
      if (signal.is_annotation) {
        bytes_.read(place_of(record, signal), signal.samples_per_record * layout_.sample_bytes, list_bytes_[s]);
        lists_.emplace_back(list_bytes_[s]);
      }
    }
    return lists_;
  }

  void look_through_annotations() {
    Recording& facts = layout_.facts;
    EdfAnnotations annotations(layout_, most_frames_);
    std::optional<RecordingMark> end_mark;
    std::uint64_t start = 0;
    for (std::uint64_t record = 0; record < layout_.num_records; ++record) {
      start = annotations.take_record(lists_of(record), [&](RecordingMark mark) {
        if (!end_mark && mark.text == edf_end_mark) {
          end_mark = std::move(mark);
        }
      });
    }
    facts.num_frames = start + layout_.frames_per_record;
    if (end_mark) {
      facts.num_frames = cut_by_end_mark(layout_, facts.num_frames, *end_mark).value_or(facts.num_frames);
    }
  }

  void open_record() {
    start_ = record_ * layout_.frames_per_record;
    if (layout_.is_interrupted) {
      start_ = annotations_->take_record(lists_of(record_), [](const RecordingMark&) {});
    }
    if (layout_.record_bytes <= largest_held_record) {
      bytes_.read(layout_.data + record_ * layout_.record_bytes, layout_.record_bytes, held_);
    }
  }

  void append_lost(std::uint64_t frames, FrameBlock& block) {
    for (std::size_t s = 0; s < block.size(); ++s) {
      const auto per_frame = static_cast<std::uint64_t>(layout_.facts.signals[s].samples_per_frame);
      block[s].resize(block[s].size() + frames * per_frame, invalid_sample);
    }
    done_ += frames;
  }

  void append_samples(std::uint64_t frames, FrameBlock& block) {
    std::size_t number = 0;
    for (const EdfSignal& signal : layout_.signals) {
      if (signal.is_annotation) {
        continue;
      }
      const auto per_frame = static_cast<std::uint64_t>(signal.stored.samples_per_frame);
      const std::size_t from = (done_ - start_) * per_frame * layout_.sample_bytes;
      const std::size_t count = frames * per_frame * layout_.sample_bytes;
      if (layout_.record_bytes <= largest_held_record) {
        append_decoded(std::string_view(held_).substr(signal.offset + from, count), block[number++]);
      } else {
        bytes_.read(place_of(record_, signal) + from, count, held_);
        append_decoded(held_, block[number++]);
      }
    }
    done_ += frames;
  }

  void append_decoded(std::string_view bytes, std::vector<std::int32_t>& samples) const {
    const std::size_t width = layout_.sample_bytes;
    const std::size_t before = samples.size();
    samples.resize(before + bytes.size() / width);
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    for (std::size_t i = before; i < samples.size(); ++i, at += width) {
      const std::uint32_t low = at[0] | static_cast<std::uint32_t>(at[1]) << 8;
      samples[i] = width == 2 ? static_cast<std::int16_t>(low)
                              : static_cast<std::int32_t>((low | static_cast<std::uint32_t>(at[2]) << 16) << 8) >> 8;
    }
  }

  FileBytes bytes_;
  EdfLayout layout_;
  std::uint64_t most_frames_ = 0;
  std::optional<EdfAnnotations> annotations_;  ///< of the records that were opened
  std::uint64_t record_ = 0;                   ///< that is open
  std::uint64_t start_ = 0;                    ///< its first frame
  std::uint64_t done_ = 0;                     ///< frames
  std::string held_;                           ///< the open record, or what was asked for of a long one
  std::vector<std::string> list_bytes_;        ///< [signal]
  std::vector<std::string_view> lists_;
};

}  // namespace

std::unique_ptr<RecordingStream> open_edf_stream(const fs::path& path) { return std::make_unique<EdfStream>(path); }

}  // namespace xingu::ecg
