// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ecg/pacing_capture.h"
#include "ecg/record.h"
#include "ecg/rhythm_episodes.h"
#include "ecg/statement_thresholds.h"

namespace xingu::ecg {

/// How a long recording is cut. Chunks are analysed with a margin of the signal before and after, which is as much as
/// detection, averaging and typing look around a beat, and only the beats of their core are kept. They begin and end
/// with seconds of the recording (seconds.h).
struct LongRecordingSettings {
  double chunk_s = 900.0;  ///< both are rounded up to whole seconds
  double margin_s = 45.0;
  double rate_hz = 250.0;  ///< signals of twice this rate or more are averaged down to it
};

/// What is kept of a recording of any length: its beats, 30 bytes each, and the quality of its leads. Trends, episodes,
/// burden and variability are made of the sequence.
struct LongAnalysis {
  double duration_s = 0.0;
  std::vector<std::string> leads;
  std::vector<double> good_part;           ///< [lead] of the seconds that are good
  BeatSequence sequence;                   ///< samples at the analysed rate
  std::vector<Fibrillation> fibrillation;  ///< [beat]
  std::vector<bool> is_trembling;          ///< [second] out of which a limb's tremor was taken (long_tremor.h)
  std::size_t num_tall_t = 0;              ///< T waves as tall as complexes, taken out of the beats
  std::size_t num_lone_waves = 0;          ///< slow waves without a complex, taken out of the beats (lone_p_waves.h)
  PacingCapture capture;                   ///< stimuli of a pacemaker and whether complexes answer; no beats
  bool can_show_stimuli = false;           ///< the recording's rate is high enough for them
  std::vector<float> fine_offsets;         ///< [beat] samples to add, for variability (fine_offsets())
};

/// Analyses a recording from its start to its end in memory that its length does not change: about 100 MB for twelve
/// leads and each chunk at work, of which there is one per worker thread. Beats are sought, typed and
/// delineated on the leads that were measured, without those that are sums of I and II. A recording no longer than one
/// chunk gives what analyse() gives on these leads; in a longer one the shapes of beats are gathered chunk by chunk.
/// The result does not depend on the number of threads. Cost some 60 ns per lead and sample.
/// @param progress  called with the seconds done, from the calling thread; may be empty
/// @throws InputError where lead_signals() does, where analyse() does for the rate, and for chunks below 10 s or 100 Hz
[[nodiscard]] LongAnalysis analyse_long(SampleSource& source, const StatementThresholds& thresholds,
                                        const LongRecordingSettings& settings = {},
                                        const std::function<void(double)>& progress = {});

}  // namespace xingu::ecg
