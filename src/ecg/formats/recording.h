// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/patient_age.h"
#include "ecg/record.h"
#include "ecg/recorded_filters.h"

namespace xingu::ecg {

/// Most samples, over all signals, that one recording may hold in memory: 1 GiB, twelve leads at 500 Hz for twelve
/// hours.
inline constexpr std::uint64_t max_recording_samples = 1ULL << 28;
/// Most signals of one recording.
inline constexpr std::size_t max_recording_signals = 512;

/// One signal as its file stores it: integers, and how they become physical values,
/// value = (sample − baseline) / gain.
struct StoredSignal {
  std::string label;        ///< lead or channel as the file names it: "II", "V1", "MLII", "PLETH"
  std::string unit = "mV";  ///< of value, as the file writes it
  double gain = 200.0;      ///< steps per unit, not 0
  double baseline = 0.0;    ///< the step that means 0 units
  int adc_bits = 16;
  std::int32_t digital_min = -32768;
  std::int32_t digital_max = 32767;
  int samples_per_frame = 1;
  std::string transducer;
  std::string prefilter;              ///< in EDF's words (parse_prefilter())
  std::vector<std::int32_t> samples;  ///< [num_frames · samples_per_frame]
};

/// Who was recorded, as far as the file says. Empty where it does not.
struct RecordedSubject {
  std::string id;
  std::string name;
  std::optional<Sex> sex;
  std::string birth_date;  ///< YYYY-MM-DD
  std::optional<double> age_years;
};

/// What a WFDB annotation says of itself in numbers; all 0 where a mark comes from another format.
struct AnnotationNumbers {
  int code = 0;  ///< which the mark's text says in words, and sometimes not alone: a note may read "N"
  int subtype = 0;
  int channel = 0;  ///< the signal that it belongs to, 0 also where it says none
  int number = 0;
};

/// What is noted at one moment: a beat, a rhythm change, a comment.
struct RecordingMark {
  std::uint64_t sample = 0;  ///< frames since the start
  std::string text;
  double duration_s = 0.0;
  double part = 0.0;  ///< of a frame behind `sample`, below 1, where a frame holds several samples
  AnnotationNumbers numbers{};
};

/// A recording as a file holds it, before any thought about hearts: signals in stored integers, so that writing in the
/// same format gives the same numbers back. Plain data.
struct Recording {
  std::string name;
  std::string format;  ///< "WFDB", "EDF+C", "SCP-ECG", … as it was read
  double frame_rate_Hz = 0.0;
  std::uint64_t num_frames = 0;
  std::vector<StoredSignal> signals;
  std::string start_date;  ///< YYYY-MM-DD or empty
  std::string start_time;  ///< hh:mm:ss[.fff] or empty
  std::string device;
  RecordedSubject subject;
  std::vector<std::string> comments;
  std::vector<RecordingMark> marks;
  std::vector<std::string> warnings;  ///< what is odd about the file and yet could be read
};

/// Value of one sample in its signal's unit; NaN where it is missing.
[[nodiscard]] double physical_value(const StoredSignal& signal, std::int32_t sample);

/// Takes an age over, or a warning that says why not. @param text  as the file writes it
void take_age(RecordedSubject& subject, const StatedAge& age, std::string_view text, std::vector<std::string>& warnings,
              std::string_view file);

/// Age at the time of the recording, years: as the file states it, else the whole years from birth to the recording's
/// date, below two years the whole months, below one month the days; nothing where the file does not say, or says what
/// cannot be.
[[nodiscard]] std::optional<double> age_at_recording(const Recording& recording);

/// Names the chest leads as cardiologists do where IEC 60601-2-25's other names are written: "C1" to "C9", "C3R" to
/// "C6R" become "V1", …. Only beside two of I, II and III, without a lead of the new names and without electrodes of
/// the scalp, whose C1 to C6 are others: "C3" and "C4" alone, and whatever stands beside a "Cz", stay.
void name_chest_leads(Recording& recording);

/// What all signals say went through before they were stored; nothing where they differ.
[[nodiscard]] RecordedFilters shared_filters(const Recording& recording);

/// Indices of the signals that are leads of an ECG, as ecg_channels() chooses them.
[[nodiscard]] std::vector<std::size_t> ecg_signals(const Recording& recording);
/// The sentence that names the signals which the analysis leaves out of a recording from `file`, with their rates;
/// empty where it leaves out none or there is no ECG.
[[nodiscard]] std::string left_out_text(const Recording& recording, std::string_view file);

/// The signals that are analysed and how many of their samples there are a frame.
struct AnalysedSignals {
  std::vector<std::size_t> signals;  ///< ecg_signals(), or where there is no ECG the fastest
  int per_frame = 0;                 ///< greatest common number of samples
};
/// @param recording  with one signal at least; its samples do not matter
[[nodiscard]] AnalysedSignals analysed_signals(const Recording& recording);
/// Means of `count` neighbouring samples; invalid where one of them is.
[[nodiscard]] std::vector<std::int32_t> sample_means(const std::vector<std::int32_t>& samples, std::size_t count);

/// The recording for analysis: its ecg_signals() at their common rate, faster ones averaged to it, in their stored
/// steps. Where there is no ECG, the fastest signals, so that lead_signals() can say what they are.
[[nodiscard]] EcgRecord to_ecg_record(Recording recording);
/// The reverse, for writing a record that was made or analysed: 16 bits a sample, or as many as the samples need.
[[nodiscard]] Recording to_recording(const EcgRecord& record);

/// Whether the gains seem to be wrong, as in files that were scaled lead by lead: Einthoven's law, II = I + III, holds
/// in the stored integers about their means to 2 % of II and in the signals' units fails by more than 20 %; or all
/// leads that have a signal, six at least, span the same from top to bottom within a step or a thousandth, and 100
/// steps at least. A lead that stays at an end of its range for 0.1 s (overload, a calibration's pulse) is then no
/// witness. Cost O(samples of the leads).
[[nodiscard]] GainDoubt gain_doubt(const Recording& recording);
/// The sentence that says so, for a recording that came from `file`. @pre a doubt
[[nodiscard]] std::string gain_doubt_text(GainDoubt doubt, std::string_view file);

/// The recording with some of its signals, in the order given (marks of one that is left out are of none), in frames
/// that hold one sample of the slowest that are left, where their rates allow. Cost O(1) a signal.
[[nodiscard]] Recording with_signals(Recording recording, const std::vector<std::size_t>& signals);

/// Takes signals that may be leads and state no unit for millivolts, with a warning, where that is plausible: the
/// values of none span more than 20, and those of one at least 0.008, which volts would not. Cost O(their samples).
/// @return whether none is left without a unit
[[nodiscard]] bool assume_millivolts(Recording& recording, std::string_view file);
/// What the values of a signal span; 0 and 0 where no sample was valid.
struct ValueSpan {
  double low = 0.0;
  double high = 0.0;
  bool has_value = false;
  void take(const StoredSignal& signal, std::span<const std::int32_t> samples);
};
/// The same where samples are not held. @param spans  [signal] of those that state no unit
[[nodiscard]] bool assume_millivolts(Recording& recording, std::span<const ValueSpan> spans, std::string_view file);

/// Leaves out marks behind the recording's end, which would travel on into every format, with a warning: where a file
/// of marks stands beside the samples, such marks are those of another recording.
void leave_out_late_marks(Recording& recording, std::string_view file);

/// Refuses what does not hold together. Cost O(number of signals).
/// @throws InputError naming `file` if rates, gains or lengths are not usable or there are more than the bounds.
void require_consistent(const Recording& recording, std::string_view file);
/// The same without the samples and their lengths, where these are not held.
void require_usable(const Recording& recording, std::string_view file);

/// Sets `digital_min` and `digital_max` of a signal to what a two's complement number of `bits` holds, without the
/// smallest, which stands for "no sample".
void set_digital_range(StoredSignal& signal, int bits);

/// A sentence for each step whose signals a file holds with other values than those written: how much they move. None
/// where no value moves by more than a thousandth of a step, which is the rounding of a gain. Cost O(samples).
/// @param held  what the file was read as
[[nodiscard]] std::vector<std::string> rounding_notes(const Recording& written, const Recording& held,
                                                      std::string_view file);

/// Rounds the signals that need more than `bits` to the finest step of 1, 2 or 5 times a power of ten with which they
/// fit, where that is a microvolt at most; others stay as they are. Cost O(their samples).
/// @return a sentence for each step that was taken, which says by how much values move
std::vector<std::string> round_to_bits(Recording& recording, int bits, std::string_view file);

/// Bits of the two's complement number that holds every sample of the signal and keeps its smallest value free.
[[nodiscard]] int bits_needed(const StoredSignal& signal);

}  // namespace xingu::ecg
