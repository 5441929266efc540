// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/formats/recording.h"

namespace xingu::ecg {

/// Most bytes of an EDF header that is read: of max_recording_signals signals.
inline constexpr std::size_t largest_edf_header = 256 * (max_recording_signals + 1);
/// The annotation by which write_edf() says where the signals end within the last data record.
inline constexpr std::string_view edf_end_mark = "Recording ends";

/// A decimal number in blanks, as EDF writes it.
[[nodiscard]] std::optional<double> edf_decimal(std::string_view text);

/// One signal of a file, annotations included.
struct EdfSignal {
  StoredSignal stored;  ///< without samples
  std::uint64_t samples_per_record = 0;
  std::size_t offset = 0;  ///< bytes from the start of a data record
  bool is_annotation = false;
};

/// What an EDF header says.
struct EdfLayout {
  std::string file;
  Recording facts;                 ///< signals without samples and without annotations; no frames
  std::vector<EdfSignal> signals;  ///< in file order
  std::size_t sample_bytes = 2;
  std::size_t record_bytes = 0;
  std::size_t data = 0;  ///< bytes of the header
  std::uint64_t num_records = 0;
  std::uint64_t frames_per_record = 0;
  int samples_per_frame = 1;  ///< of the fastest signal
  double record_s = 0.0;
  bool is_interrupted = false;

  [[nodiscard]] bool has_annotations() const;
};

/// @param header     the file's beginning, up to largest_edf_header
/// @param file_size  bytes
/// @throws InputError naming the file if it is not EDF, is damaged, or is beyond the bounds of a Recording
[[nodiscard]] EdfLayout read_edf_layout(std::string_view header, std::uint64_t file_size, const std::string& file);

/// Time-stamped annotation lists of one signal of a data record: "+onset[\x15duration]\x14text\x14…\x14\0".
/// @param take  is called with texts (each ended by \x14), onset and duration, s
/// @return the onset of the first list, which has an empty text and dates the record
std::optional<double> read_annotation_lists(
    std::string_view bytes, const std::function<void(std::string_view texts, double onset_s, double duration_s)>& take);

/// Turns one data record's annotations after the other into its first frame and into marks.
class EdfAnnotations {
 public:
  /// @param most_frames  that a recording may have with its gaps
  EdfAnnotations(const EdfLayout& layout, std::uint64_t most_frames) : layout_(layout), most_frames_(most_frames) {}

  /// The next record's annotation signals, in file order. @return its first frame, by its time-keeping annotation where
  /// the file is interrupted. @throws InputError if it is outside of the bound or before the record before it ends
  [[nodiscard]] std::uint64_t take_record(const std::vector<std::string_view>& signals,
                                          const std::function<void(RecordingMark)>& take);

 private:
  void add_marks(std::string_view texts, double onset_s, double duration_s,
                 const std::function<void(RecordingMark)>& take) const;

  const EdfLayout& layout_;
  std::uint64_t most_frames_;
  std::uint64_t record_ = 0;
  std::uint64_t earliest_ = 0;  ///< frame
  double origin_s_ = 0.0;
};

/// Frames of a recording whose last data record ends with `num_frames`: fewer where its end mark says so.
/// @param end_mark  the first of the file
[[nodiscard]] std::optional<std::uint64_t> cut_by_end_mark(const EdfLayout& layout, std::uint64_t num_frames,
                                                           const RecordingMark& end_mark);

}  // namespace xingu::ecg
