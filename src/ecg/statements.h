// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ecg/atrial_flutter.h"
#include "ecg/av_conduction.h"
#include "ecg/delineation.h"
#include "ecg/limb_tremor.h"
#include "ecg/measurements.h"
#include "ecg/pacing_capture.h"
#include "ecg/qrs_detector.h"
#include "ecg/record.h"
#include "ecg/rhythm_episodes.h"
#include "ecg/signal_quality.h"
#include "ecg/statement_thresholds.h"
#include "ecg/swinging_stretches.h"
#include "ecg/wide_rhythm.h"

namespace xingu::ecg {

/// What is said of a recording, and why.
struct Statement {
  std::string code;                  ///< "sinus_rhythm", "atrial_fibrillation", "cannot_say", …
  std::string text;                  ///< for people
  std::string reason;                ///< the numbers it rests on
  std::vector<std::size_t> beats{};  ///< numbers of the beats it rests on; of analyse() empty only where no beat counts
  std::vector<std::string> leads{};  ///< those it rests on; of analyse() empty only where none has a signal
  std::optional<double> from_s{};    ///< where the stretch begins that it tells of; nothing of a statement on beats
};

/// Everything that is found out about a recording.
struct Analysis {
  SignalQuality quality;
  double step_mv = 0.0;                    ///< in which heights are given (amplitude_step_mv())
  std::vector<std::size_t> useless_leads;  ///< that have no part in anything (useless_leads())
  QrsDetection beats;
  std::vector<SwingingStretch> swinging;  ///< what may be fibrillation of the ventricles
  std::vector<std::size_t> stimuli;       ///< samples of a pacemaker's stimuli that are seen (find_pacing_spikes())
  PacingCapture capture;                  ///< which of them a complex answers
  Delineation waves;
  BeatSequence sequence;                   ///< the same beats with their types
  std::vector<Fibrillation> fibrillation;  ///< [beat]
  std::vector<bool> is_interpolated;       ///< [beat] ventricular, and the rhythm goes on about it
  AtrialFlutter flutter;
  std::vector<std::size_t> moved_beats;  ///< that look ventricular or of fusion in a disturbance (moved_beats.h)
  std::vector<LimbTremor> tremors;       ///< that lie over the leads of a limb or of both arms, the largest first
  std::vector<bool> is_trembling;        ///< [second] out of which a tremor was taken; empty: none
  AvBlock av_block;  ///< unknown where nothing gave cause to look; of a recording above two minutes minute by minute
  std::optional<WideRhythm> wide;  ///< complexes that may be ventricular, through most of the recording
  Measurements measurements;
  std::vector<Statement> statements;  ///< urgent ones (urgency()) first, in their order

  [[nodiscard]] bool says(std::string_view code) const;
  /// Some P waves are blocked.
  [[nodiscard]] bool has_blocked_p() const { return av_block.has_blocked_p(); }
};

/// Below it a complex has fewer samples than it has waves, Hz.
inline constexpr double lowest_analysed_rate_hz = 100.0;

/// @throws InputError for a rate below lowest_analysed_rate_hz
/// @param file  that the recording came from, as messages name it; empty where it came from none
void require_analysed_rate(double rate_hz, std::string_view file = {});

/// Quality, beats, waves, measurements and statements of a recording held whole. Where the signal does not allow a
/// statement there is one whose code begins with "cannot_say", and no number. Cost O(leads · samples).
/// @throws InputError for a rate below lowest_analysed_rate_hz
[[nodiscard]] Analysis analyse(const LeadSignals& signals, const PatientFacts& patient,
                               const StatementThresholds& thresholds);

/// Types and P waves of the beats, and where the atria fibrillate; there no beat is called supraventricular, since none
/// comes before its time.
/// @param waves  of these signals and beats
void type_beats(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& analysis);

}  // namespace xingu::ecg
