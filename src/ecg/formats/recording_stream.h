// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ecg/formats/recording.h"

namespace xingu::ecg {

/// Most samples, over all signals and gaps, of a recording that is read block by block: twelve leads at 1000 Hz for
/// sixteen days. A header that states more is taken for damaged.
inline constexpr std::uint64_t max_streamed_samples = 1ULL << 34;

/// Samples of some frames: [signal][frame · samples_per_frame].
using FrameBlock = std::vector<std::vector<std::int32_t>>;

/// A recording in a file, read from its start to its end in memory that its length does not change. Samples are the
/// same integers that the format's reader gives of the whole.
class RecordingStream {
 public:
  virtual ~RecordingStream() = default;
  RecordingStream() = default;
  RecordingStream(const RecordingStream&) = delete;
  RecordingStream& operator=(const RecordingStream&) = delete;

  /// The recording without samples and marks; `num_frames` is what will be read.
  [[nodiscard]] virtual const Recording& facts() const = 0;
  /// Fills `block` with the next frames, as many as are asked for but at the end. @return their number, 0 from then on.
  /// @throws InputError if the file cannot be read to the end that was found when it was opened
  [[nodiscard]] virtual std::size_t read(std::size_t frames, FrameBlock& block) = 0;
};

/// The samples that to_ecg_record() would give of the whole recording, of a stream from its beginning.
class StreamedSource final : public SampleSource {
 public:
  /// @param facts  those of the stream, where what is missing in them was found elsewhere (units)
  StreamedSource(Recording facts, std::unique_ptr<RecordingStream> stream);

  [[nodiscard]] const RecordInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t read(std::span<std::int32_t> frames) override;

 private:
  [[nodiscard]] bool refill();

  std::unique_ptr<RecordingStream> stream_;
  RecordInfo info_;
  AnalysedSignals chosen_;
  std::vector<std::size_t> per_sample_;  ///< [channel] stored samples that are averaged to one
  FrameBlock block_;                     ///< [signal]
  FrameBlock ready_;                     ///< [channel][sample]
  std::size_t next_ = 0;                 ///< of `ready_`
};

/// The first frames of a stream as a recording held whole: `seconds` of them, or what there is.
[[nodiscard]] Recording beginning_of(RecordingStream& stream, double seconds);

}  // namespace xingu::ecg
