// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/recording_stream.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t block_frames = 4096;

}  // namespace

StreamedSource::StreamedSource(Recording facts, std::unique_ptr<RecordingStream> stream)
    : stream_(std::move(stream)), chosen_(analysed_signals(facts)) {
  for (const std::size_t s : chosen_.signals) {
    per_sample_.push_back(static_cast<std::size_t>(facts.signals[s].samples_per_frame / chosen_.per_frame));
  }
  info_ = to_ecg_record(std::move(facts)).info;
  ready_.resize(chosen_.signals.size());
}

bool StreamedSource::refill() {
  next_ = 0;
  const std::size_t frames = stream_->read(block_frames, block_);
  for (std::size_t c = 0; c < ready_.size(); ++c) {
    std::vector<std::int32_t>& samples = block_[chosen_.signals[c]];
    ready_[c] =
        per_sample_[c] == 1 ? std::exchange(samples, std::move(ready_[c])) : sample_means(samples, per_sample_[c]);
  }
  return frames > 0;
}

std::size_t StreamedSource::read(std::span<std::int32_t> frames) {
  const std::size_t num_channels = ready_.size();
  XINGU_EXPECT(frames.size() % num_channels == 0);
  const std::size_t asked = frames.size() / num_channels;
  std::size_t done = 0;
  while (done < asked) {
    if (next_ == ready_.front().size() && !refill()) {
      break;
    }
    const std::size_t count = std::min(asked - done, ready_.front().size() - next_);
    for (std::size_t c = 0; c < num_channels; ++c) {
      const std::int32_t* const from = ready_[c].data() + next_;
      std::int32_t* const to = frames.data() + done * num_channels + c;
      for (std::size_t i = 0; i < count; ++i) {
        to[i * num_channels] = from[i];
      }
    }
    next_ += count;
    done += count;
  }
  return done;
}

Recording beginning_of(RecordingStream& stream, double seconds) {
  Recording recording = stream.facts();
  const auto wanted = static_cast<std::uint64_t>(seconds * recording.frame_rate_Hz);
  recording.num_frames = 0;
  FrameBlock block;
  while (recording.num_frames < wanted) {
    const std::size_t frames = stream.read(std::min<std::size_t>(block_frames, wanted - recording.num_frames), block);
    if (frames == 0) {
      break;
    }
    recording.num_frames += frames;
    for (std::size_t s = 0; s < block.size(); ++s) {
      std::vector<std::int32_t>& samples = recording.signals[s].samples;
      samples.insert(samples.end(), block[s].begin(), block[s].end());
    }
  }
  return recording;
}

}  // namespace xingu::ecg
