// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "ecg/atrial_flutter.h"
#include "ecg/av_conduction.h"
#include "ecg/beat_types.h"
#include "ecg/electrode_exchange.h"
#include "ecg/limb_tremor.h"
#include "ecg/rhythm_episodes.h"
#include "ecg/usual_rates.h"
#include "ecg/wide_rhythm.h"

namespace xingu::ecg {

/// Numbers behind the statements; data/ecg/statements.toml gives their sources, and the files of the models.
struct StatementThresholds {
  double fewest_beats = 0.0;
  double full_recording_from_s = 0.0;
  double largest_rejected_part = 0.0;
  double good_leads_from = 0.0;         ///< part of the leads' rejected seconds that are good: they are not to blame
  double smallest_range_mv = 0.0;       ///< of a second with a heart in it, top to bottom
  double coarse_step_from_mv = 0.0;     ///< step of the heights from which they are doubtful
  double untold_from_s = 0.0;           ///< of good leads in which beats cannot be told apart
  double untold_in_short_from_s = 0.0;  ///< the same in a recording that is no longer than short_recording_s
  double short_recording_s = 0.0;
  double swing_in_long_from_s = 0.0;  ///< of leads that swing as in fibrillation of the ventricles, in a longer one
  double untold_at_end_from_s = 0.0;  ///< the same where the recording ends so
  double least_heart_share = 0.0;     ///< of what the leads show there, that sources in this heart can make
  double least_slow_part = 0.0;       ///< of the rest, from which electrodes make it
  double largest_limb_mv = 0.0;       ///< QRS from top to bottom, beyond which the scale is in doubt
  double largest_chest_mv = 0.0;
  double smallest_complex_mv = 0.0;  ///< the same of all leads, below which it is
  double low_limb_below_mv = 0.0;    ///< the same of all limb leads: low voltage
  double low_chest_below_mv = 0.0;
  double bradycardia_below_per_min = 0.0;
  double tachycardia_above_per_min = 0.0;
  double sinus_fastest_per_min = 0.0;  ///< at birth; one less with each year
  double p_axis_from_deg = 0.0;        ///< of P waves that come from the sinus node
  double p_axis_to_deg = 0.0;
  double inverted_p_mv = 0.0;        ///< in II, from where a P wave's axis is sure to be another's
  double adult_from_years = 0.0;     ///< whom the limits are for
  std::vector<AgeRates> children{};  ///< rates by age, ascending, up to adult_from_years
  double pause_above_s = 0.0;
  double block_below_per_min = 0.0;  ///< regular beats without P waves that may be an escape rhythm
  double largest_p_share = 0.0;      ///< of the beats that have a P wave in a rhythm without
  double sinus_arrhythmia_from = 0.0;
  double excluded_p_mv = 0.0;  ///< over the leads: a rhythm is without P waves if none can be higher
  double av_block_above_ms = 0.0;
  double short_pr_below_ms = 0.0;
  double complete_block_from_ms = 0.0;
  double complete_left_block_from_ms = 0.0;
  double smallest_wave_mv = 0.0;
  double incomplete_block_from_ms = 0.0;
  double smallest_wave_part = 0.0;  ///< of the largest wave of V1, for its last one to count
  double late_r_part = 0.0;         ///< of the largest wave of V1, that a right block's last R exceeds
  double long_pause_from_s = 0.0;
  double standstill_from_s = 0.0;
  double too_slow_below_per_min = 0.0;
  double sinus_multiple_within = 0.0;        ///< of a sinus interval, that a pause may miss a multiple by
  double sinus_pause_least_intervals = 0.0;  ///< that a pause lasts which is no multiple
  double sinus_pause_most_intervals = 0.0;   ///< of which a pause may be a multiple
  double sinus_pause_largest_spread = 0.0;   ///< of the intervals beside it: standard deviation over mean
  double sinus_pause_largest_wave = 0.0;     ///< in a pause without a P wave, part of the usual P wave's height
  double sustained_from_s = 0.0;             ///< of a tachycardia
  double likely_ventricular_from_ms = 0.0;   ///< complexes without P waves, of which no wave's height is judged
  double slow_below_per_min = 0.0;           ///< the family's page: what is usual at rest, and what is far from it
  double very_slow_below_per_min = 0.0;
  double very_fast_above_per_min = 0.0;
  double infant_to_years = 0.0;
  double infant_slow_below_per_min = 0.0;
  double frequent_ectopy_above = 0.0;   ///< ventricular beats, part of all
  double uneven_from = 0.0;             ///< standard deviation of the RR intervals over their mean
  double pause_over_usual = 0.0;        ///< an interval that is a pause, over the median interval
  double anterior_axis_from_deg = 0.0;  ///< −45: left anterior fascicular block from there to −90
  double posterior_axis_from_deg = 0.0;
  double smallest_q_mv = 0.0;
  double left_axis_below_deg = 0.0;
  double right_axis_above_deg = 0.0;
  double sokolow_lyon_from_mv = 0.0;
  double cornell_male_from_mv = 0.0;
  double cornell_female_from_mv = 0.0;
  double peguero_male_from_mv = 0.0;
  double peguero_female_from_mv = 0.0;
  double left_r_above_mv = 0.0;  ///< R in aVL
  double right_ventricle_from_mv = 0.0;
  double long_p_from_ms = 0.0;
  double p_terminal_from_mvs = 0.0;  ///< as a positive number
  double tall_p_above_mv = 0.0;
  double st_elevation_from_mv = 0.0;
  double st_elevation_v2_v3_male_mv = 0.0;
  double st_elevation_v2_v3_young_male_mv = 0.0;
  double st_elevation_v2_v3_female_mv = 0.0;
  double st_young_below_years = 0.0;
  double st_elevation_further_mv = 0.0;  ///< V7 to V9, V3R and V4R
  double st_elevation_young_male_further_mv = 0.0;
  double st_right_young_below_years = 0.0;  ///< of V3R and V4R; the others as V2 and V3
  double st_depression_from_mv = 0.0;
  double st_level_within_mv = 0.0;   ///< that a depression may rise by from J to 60 ms behind it
  double st_largest_error_mv = 0.0;  ///< standard error of ST, beyond which an elevation could hide in a level one
  double widespread_depression_from_mv = 0.0;  ///< depth, in as many leads at least
  double widespread_depression_leads = 0.0;
  double long_qtc_from_male_ms = 0.0;
  double long_qtc_from_female_ms = 0.0;
  double short_qtc_to_ms = 0.0;
  double qtc_from_per_min = 0.0;  ///< rates within which QT is corrected
  double qtc_to_per_min = 0.0;
  double very_long_qt_from_ms = 0.0;  ///< uncorrected, at this rate or above: no formula makes it usual
  double very_long_qt_from_per_min = 0.0;
  double slow_very_long_qt_from_ms = 0.0;  ///< uncorrected, at rates below qtc_from_per_min
  double high_pass_above_hz = 0.0;         ///< of a recording, from where ST is distorted unless its phase is linear
  double linear_high_pass_above_hz = 0.0;
  double low_pass_below_hz = 0.0;  ///< of a recording, from where heights and stimuli are lower
  double poor_low_pass_below_hz = 0.0;
  FibrillationRule fibrillation;
  FlutterRule flutter;
  TremorRule tremor;
  AvBlockRule av_block;
  WideRule wide;
  BeatTypeModel beat_types;
  ElectrodeModel electrodes;

  /// The shortest stretch of a recording that may be fibrillation of the ventricles, s.
  [[nodiscard]] double shortest_swing_s(double duration_s) const {
    return duration_s <= short_recording_s ? 0.0 : swing_in_long_from_s;
  }
  [[nodiscard]] EpisodeLimits episodes() const { return {pause_above_s, long_pause_from_s}; }
};

/// Reads the thresholds, and the models from the files beside it that it names.
/// @throws InputError for a missing or unknown key, or a table that names no source.
[[nodiscard]] StatementThresholds read_statement_thresholds(const std::filesystem::path& path);

}  // namespace xingu::ecg
