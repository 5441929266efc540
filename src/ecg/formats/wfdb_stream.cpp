// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/wfdb_stream.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "ecg/formats/wfdb_layout.h"

namespace xingu::ecg {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t aligned_frames = 6;         // whole groups of 2 and of 3 samples in every packed format
constexpr std::uint64_t samples_at_once = 1 << 15;  // of a file
constexpr std::uint64_t most_in_frame = 1 << 16;    // of a file

/// Some signals of a file, all as late as each other, block by block.
class Lane {
 public:
  /// @param frames   that the file holds
  /// @param late     frames by which the signals lag
  /// @param members  numbers of the signals within the group
  Lane(const WfdbGroupLayout& layout, std::uint64_t frames, std::uint64_t late, std::vector<std::size_t> members,
       std::size_t first_signal)
      : layout_(layout),
        file_(layout.file, std::ios::binary),
        frames_(frames),
        next_(late),
        at_once_(std::max<std::uint64_t>(1, samples_at_once / layout.frame_samples / aligned_frames) * aligned_frames),
        members_(std::move(members)),
        first_signal_(first_signal) {
    std::uint64_t place = 0;
    for (const WfdbSignal& signal : layout.signals) {
      place_.push_back(place);
      place += static_cast<std::uint64_t>(signal.samples_per_frame);
      sum_.push_back(static_cast<std::uint32_t>(signal.initial_value));
    }
    // differences are summed from the beginning
    end_ = layout.format == WfdbFormat::diff8 ? 0 : next_ / aligned_frames * aligned_frames;
    begin_ = end_;
    const auto offset = static_cast<std::uint64_t>(layout.signals.front().byte_offset);
    file_.seekg(static_cast<std::streamoff>(offset + packed_bytes(layout.format, end_ * layout.frame_samples)));
  }

  /// Puts the next frames behind what is in the signals' blocks; invalid samples behind the file's end.
  void append(std::uint64_t frames, FrameBlock& block) {
    while (frames > 0 && next_ < frames_) {
      if (next_ >= end_) {
        refill();
        continue;
      }
      const std::uint64_t count = std::min(frames, end_ - next_);
      for (const std::size_t m : members_) {
        append_signal(m, count, block[first_signal_ + m]);
      }
      next_ += count;
      frames -= count;
    }
    for (const std::size_t m : members_) {
      std::vector<std::int32_t>& samples = block[first_signal_ + m];
      samples.resize(samples.size() + frames * per_frame(m), invalid_sample);
    }
  }

 private:
  [[nodiscard]] std::uint64_t per_frame(std::size_t m) const {
    return static_cast<std::uint64_t>(layout_.signals[m].samples_per_frame);
  }

  void append_signal(std::size_t m, std::uint64_t frames, std::vector<std::int32_t>& samples) const {
    const std::int32_t* from = held_.data() + (next_ - begin_) * layout_.frame_samples + place_[m];
    const std::uint64_t count = per_frame(m);
    const std::size_t before = samples.size();
    samples.resize(before + frames * count);
    std::int32_t* to = samples.data() + before;
    for (std::uint64_t frame = 0; frame < frames; ++frame, from += layout_.frame_samples) {
      to = std::copy_n(from, count, to);
    }
  }

  void refill() {
    begin_ = end_;
    end_ = std::min(frames_, begin_ + at_once_);
    const std::uint64_t count = (end_ - begin_) * layout_.frame_samples;
    bytes_.resize(packed_bytes(layout_.format, count));
    file_.read(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    XINGU_REQUIRE(file_.gcount() == static_cast<std::streamsize>(bytes_.size()),
                  "{}: became shorter while it was read (its samples are lost); copy it again", layout_.file);
    held_ = unpack_samples(layout_.format, bytes_, count);
    if (layout_.format == WfdbFormat::diff8) {
      for (const std::size_t m : members_) {
        sum_differences(m);
      }
    }
  }

  void sum_differences(std::size_t m) {
    for (std::uint64_t frame = 0; frame < end_ - begin_; ++frame) {
      std::int32_t* const samples = held_.data() + frame * layout_.frame_samples + place_[m];
      for (std::uint64_t i = 0; i < per_frame(m); ++i) {
        sum_[m] += static_cast<std::uint32_t>(samples[i]);  // wraps where a damaged file overflows
        samples[i] = static_cast<std::int32_t>(sum_[m]);
      }
    }
  }

  WfdbGroupLayout layout_;
  std::ifstream file_;
  std::uint64_t frames_;
  std::uint64_t next_;                 ///< frame of the file that is given next
  std::uint64_t begin_ = 0, end_ = 0;  ///< frames that are held
  std::uint64_t at_once_;              ///< frames
  std::vector<std::size_t> members_;
  std::size_t first_signal_;          ///< of the group
  std::vector<std::uint64_t> place_;  ///< [signal of the group] of its first sample in a frame
  std::vector<std::uint32_t> sum_;    ///< [signal of the group] of its differences
  std::vector<std::int32_t> held_;    ///< in file order
  std::string bytes_;
};

/// Frames that a group's file holds, no more than the header states.
std::uint64_t frames_of(const WfdbGroupLayout& layout, std::optional<std::int64_t> stated) {
  std::error_code error;
  const std::uint64_t size = fs::file_size(layout.file, error);
  XINGU_REQUIRE(!error && std::ifstream(layout.file, std::ios::binary).good(),
                "{}: cannot be read (it holds the samples of a record); put it beside the header", layout.file);
  const auto offset = static_cast<std::uint64_t>(layout.signals.front().byte_offset);
  XINGU_REQUIRE(offset <= size, "{}: its samples begin at byte {} of {} (behind its end); correct the header",
                layout.file, offset, size);
  XINGU_REQUIRE(layout.frame_samples <= most_in_frame,
                "{}: {} samples per frame (more than {} are not streamed); correct the header", layout.file,
                layout.frame_samples, most_in_frame);
  const std::uint64_t held = packed_samples(layout.format, size - offset) / layout.frame_samples;
  return stated ? std::min(held, static_cast<std::uint64_t>(*stated)) : held;
}

void require_bounded(const Recording& facts, const fs::path& path) {
  std::uint64_t per_frame = 0;
  for (const StoredSignal& signal : facts.signals) {
    per_frame += static_cast<std::uint64_t>(signal.samples_per_frame);
  }
  XINGU_REQUIRE(facts.num_frames <= max_streamed_samples / std::max<std::uint64_t>(1, per_frame),
                "{}: more than {} samples with its gaps (more than is streamed); split the record", path.string(),
                max_streamed_samples);
}

bool has_flac(const WfdbHeader& header) {
  return std::ranges::any_of(header.signals, [](const WfdbSignal& signal) {
    const auto format = wfdb_format(signal.format);
    return format && is_flac(*format);
  });
}

/// A record without segments.
class SegmentStream final : public RecordingStream {
 public:
  SegmentStream(WfdbHeader header, const fs::path& path) : header_(std::move(header)), facts_(recording_of(header_)) {
    std::optional<std::uint64_t> frames;
    for (const WfdbGroup group : wfdb_groups(header_)) {
      layouts_.push_back(wfdb_group_layout(header_, group, beside(path, header_.signals[group.first].file)));
      held_.push_back(frames_of(layouts_.back(), header_.info.num_samples));
      frames = std::min(frames.value_or(held_.back()), held_.back());
    }
    facts_.num_frames = frames.value_or(0);
    if (header_.info.num_samples && static_cast<std::uint64_t>(*header_.info.num_samples) != facts_.num_frames) {
      facts_.warnings.push_back(fmt::format("{}: the header says {} samples, its files hold {}", path.string(),
                                            *header_.info.num_samples, facts_.num_frames));
    }
    require_usable(facts_, path.string());
    require_bounded(facts_, path);
  }

  [[nodiscard]] const Recording& facts() const override { return facts_; }

  [[nodiscard]] std::size_t read(std::size_t frames, FrameBlock& block) override {
    if (lanes_.empty()) {
      open_lanes();
    }
    const std::uint64_t count = std::min<std::uint64_t>(frames, facts_.num_frames - done_);
    block.resize(facts_.signals.size());
    for (std::vector<std::int32_t>& samples : block) {
      samples.clear();
    }
    for (Lane& lane : lanes_) {
      lane.append(count, block);
    }
    done_ += count;
    return static_cast<std::size_t>(count);
  }

 private:
  void open_lanes() {
    std::size_t first_signal = 0;
    for (std::size_t g = 0; g < layouts_.size(); ++g) {
      std::map<std::uint64_t, std::vector<std::size_t>> by_lateness;
      for (std::size_t m = 0; m < layouts_[g].signals.size(); ++m) {
        by_lateness[std::min(held_[g], static_cast<std::uint64_t>(layouts_[g].signals[m].skew))].push_back(m);
      }
      for (auto& [late, members] : by_lateness) {
        lanes_.emplace_back(layouts_[g], held_[g], late, std::move(members), first_signal);
      }
      first_signal += layouts_[g].signals.size();
    }
  }

  WfdbHeader header_;
  Recording facts_;
  std::vector<WfdbGroupLayout> layouts_;  ///< [group] of `header_`
  std::vector<std::uint64_t> held_;       ///< [group] frames
  std::vector<Lane> lanes_;               ///< opened when they are read
  std::uint64_t done_ = 0;
};

/// The segments of a record behind each other. One is open at a time.
class SegmentedStream final : public RecordingStream {
 public:
  SegmentedStream(WfdbHeader header, fs::path path)
      : header_(std::move(header)), path_(std::move(path)), facts_(recording_of(header_)) {
    for (const WfdbSegment& segment : header_.segments) {
      facts_.num_frames += static_cast<std::uint64_t>(segment.num_frames);
      require_bounded(facts_, path_);
    }
    is_by_label_ = header_.segments.front().num_frames == 0;
    if (is_by_label_) {
      facts_.signals = recording_of(segment_header(path_, header_.segments.front())).signals;
    }
    for (const WfdbSegment& segment : header_.segments) {
      if (has_samples(segment)) {
        look_at(segment);
      }
    }
    if (!has_flac_) {
      require_usable(facts_, path_.string());
      require_bounded(facts_, path_);
    }
  }

  [[nodiscard]] bool has_flac() const { return has_flac_; }
  [[nodiscard]] const Recording& facts() const override { return facts_; }

  [[nodiscard]] std::size_t read(std::size_t frames, FrameBlock& block) override {
    block.resize(facts_.signals.size());
    for (std::vector<std::int32_t>& samples : block) {
      samples.clear();
    }
    std::uint64_t done = 0;
    while (done < frames && number_ < header_.segments.size()) {
      const WfdbSegment& segment = header_.segments[number_];
      const std::uint64_t left = static_cast<std::uint64_t>(segment.num_frames) - in_segment_;
      if (left == 0) {
        ++number_;
        in_segment_ = 0;
        open_.reset();
        continue;
      }
      const std::uint64_t count = std::min<std::uint64_t>(left, frames - done);
      append(segment, count, block);
      in_segment_ += count;
      done += count;
    }
    return static_cast<std::size_t>(done);
  }

 private:
  static bool has_samples(const WfdbSegment& segment) { return segment.num_frames > 0 && segment.name != "~"; }

  /// Whether a segment fits the record, before anything is read.
  void look_at(const WfdbSegment& segment) {
    WfdbHeader header = segment_header(path_, segment);
    if (has_flac_ || ecg::has_flac(header)) {
      has_flac_ = true;
      return;
    }
    const fs::path path = segment_path(path_, segment);
    const SegmentStream stream(std::move(header), path);
    if (facts_.signals.empty()) {
      facts_.signals = stream.facts().signals;
    }
    (void)signals_in_record(stream.facts(), facts_, is_by_label_, path.string());
    const std::vector<std::string>& odd = stream.facts().warnings;
    facts_.warnings.insert(facts_.warnings.end(), odd.begin(), odd.end());
  }

  void append(const WfdbSegment& segment, std::uint64_t frames, FrameBlock& block) {
    if (has_samples(segment) && !open_) {
      const fs::path path = segment_path(path_, segment);
      open_ = std::make_unique<SegmentStream>(segment_header(path_, segment), path);
      targets_ = signals_in_record(open_->facts(), facts_, is_by_label_, path.string());
    }
    std::vector<std::size_t> before;
    for (std::size_t s = 0; s < block.size(); ++s) {
      before.push_back(block[s].size());
      const auto per_frame = static_cast<std::uint64_t>(facts_.signals[s].samples_per_frame);
      block[s].resize(before[s] + frames * per_frame, invalid_sample);
    }
    if (open_) {
      (void)open_->read(static_cast<std::size_t>(frames), part_);  // a shorter segment ends in invalid samples
      for (std::size_t s = 0; s < part_.size(); ++s) {
        const std::size_t target = targets_[s];
        rescale(part_[s], open_->facts().signals[s], facts_.signals[target]);
        std::ranges::copy(part_[s], block[target].begin() + static_cast<std::ptrdiff_t>(before[target]));
      }
    }
  }

  WfdbHeader header_;
  fs::path path_;
  Recording facts_;
  bool is_by_label_ = false;
  bool has_flac_ = false;
  std::size_t number_ = 0;  ///< of the segment that is read
  std::uint64_t in_segment_ = 0;
  std::unique_ptr<SegmentStream> open_;
  std::vector<std::size_t> targets_;  ///< [signal of the open segment] signal of the record
  FrameBlock part_;
};

}  // namespace

std::unique_ptr<RecordingStream> open_wfdb_stream(const fs::path& record) {
  const fs::path path = wfdb_header_path(record);
  WfdbHeader header = read_wfdb_header(path);
  if (has_flac(header)) {
    return nullptr;
  }
  if (header.segments.empty()) {
    return std::make_unique<SegmentStream>(std::move(header), path);
  }
  auto stream = std::make_unique<SegmentedStream>(std::move(header), path);
  if (stream->has_flac()) {
    return nullptr;
  }
  return stream;
}

}  // namespace xingu::ecg
