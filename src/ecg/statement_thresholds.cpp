// SPDX-License-Identifier: Apache-2.0
#include "ecg/statement_thresholds.h"

#include <algorithm>

#include "base/error.h"
#include "base/toml_file.h"

namespace xingu::ecg {
namespace {

/// @throws InputError where the lists differ in length or the ages do not rise to that of adults
std::vector<AgeRates> read_children(const TomlTable& patient, double adult_from_years) {
  const std::vector<double> below = patient.numbers("rates_below_years");
  const std::vector<double> slowest = patient.numbers("slowest_per_min");
  const std::vector<double> fastest = patient.numbers("fastest_per_min");
  XINGU_REQUIRE(below.size() == slowest.size() && below.size() == fastest.size() && std::ranges::is_sorted(below) &&
                    !below.empty() && below.back() == adult_from_years,
                "{}: a child's rates (one of each list for each age, up to that of adults); give as many of each",
                patient.where());
  std::vector<AgeRates> out;
  for (std::size_t i = 0; i < below.size(); ++i) {
    out.push_back({below[i], slowest[i], fastest[i]});
  }
  return out;
}

void read_rhythm(const TomlTable& file, StatementThresholds& t) {
  const TomlTable signal = file.table("signal");
  t.fewest_beats = signal.number("fewest_beats");
  t.full_recording_from_s = signal.number("full_recording_from_s");
  t.largest_rejected_part = signal.number("largest_rejected_part");
  t.smallest_range_mv = signal.number("smallest_range_mv");
  t.coarse_step_from_mv = signal.number("coarse_step_from_mv");
  t.untold_from_s = signal.number("untold_from_s");
  t.untold_in_short_from_s = signal.number("untold_in_short_from_s");
  t.swing_in_long_from_s = signal.number("swing_in_long_from_s");
  t.short_recording_s = signal.number("short_recording_s");
  t.untold_at_end_from_s = signal.number("untold_at_end_from_s");
  t.least_heart_share = signal.number("least_heart_share");
  t.least_slow_part = signal.number("least_slow_part");
  const TomlTable scale = file.table("scale");
  t.largest_limb_mv = scale.number("largest_limb_mv");
  t.largest_chest_mv = scale.number("largest_chest_mv");
  t.smallest_complex_mv = scale.number("smallest_mv");
  t.low_limb_below_mv = scale.number("low_limb_below_mv");
  t.low_chest_below_mv = scale.number("low_chest_below_mv");
  t.good_leads_from = signal.number("good_leads_from");
  const TomlTable rate = file.table("rate");
  t.bradycardia_below_per_min = rate.number("bradycardia_below_per_min");
  t.tachycardia_above_per_min = rate.number("tachycardia_above_per_min");
  t.pause_above_s = rate.number("pause_above_s");
  const TomlTable sinus = file.table("sinus");
  t.sinus_fastest_per_min = sinus.number("fastest_per_min");
  t.p_axis_from_deg = sinus.number("p_axis_from_deg");
  t.p_axis_to_deg = sinus.number("p_axis_to_deg");
  t.inverted_p_mv = sinus.number("inverted_p_mv");
  const TomlTable patient = file.table("patient");
  t.adult_from_years = patient.number("adult_from_years");
  t.children = read_children(patient, t.adult_from_years);
  t.long_pause_from_s = rate.number("long_pause_from_s");
  t.standstill_from_s = rate.number("standstill_from_s");
  t.too_slow_below_per_min = rate.number("too_slow_below_per_min");
  t.pause_over_usual = rate.number("pause_over_usual");
  const TomlTable sinus_pause = file.table("sinus_pause");
  t.sinus_multiple_within = sinus_pause.number("multiple_within");
  t.sinus_pause_least_intervals = sinus_pause.number("least_intervals");
  t.sinus_pause_most_intervals = sinus_pause.number("most_intervals");
  t.sinus_pause_largest_spread = sinus_pause.number("largest_spread");
  t.sinus_pause_largest_wave = sinus_pause.number("largest_wave");
  const TomlTable fibrillation = file.table("fibrillation");
  t.fibrillation = {fibrillation.number("least_irregularity"), fibrillation.number("largest_p"),
                    fibrillation.number("smallest_p")};
  const TomlTable flutter = file.table("flutter");
  t.flutter = {flutter.number("slowest_per_min"),      flutter.number("fastest_per_min"),
               flutter.number("least_explained"),      flutter.number("smallest_wave_mv"),
               flutter.number("least_waves_per_beat"), flutter.number("least_waves_seen"),
               flutter.number("largest_rr_spread"),    flutter.number("largest_electrode_share")};
  const TomlTable tremor = file.table("tremor");
  t.tremor = {tremor.number("least_share"), tremor.number("least_arms_share"), tremor.number("least_leg_share"),
              tremor.number("least_height_mv")};
  const TomlTable family = file.table("family_page");
  t.slow_below_per_min = family.number("slow_below_per_min");
  t.very_slow_below_per_min = family.number("very_slow_below_per_min");
  t.very_fast_above_per_min = family.number("very_fast_above_per_min");
  t.infant_to_years = family.number("infant_to_years");
  t.infant_slow_below_per_min = family.number("infant_slow_below_per_min");
  t.uneven_from = family.number("uneven_from");
  t.frequent_ectopy_above = family.number("frequent_ectopy_above");
  const TomlTable arrhythmia = file.table("arrhythmia");
  t.sinus_arrhythmia_from = arrhythmia.number("least_irregularity");
  t.largest_p_share = arrhythmia.number("largest_p_share");
  t.excluded_p_mv = arrhythmia.number("excluded_p_mv");
  t.block_below_per_min = arrhythmia.number("block_below_per_min");
  const TomlTable wide = file.table("wide_rhythm");
  t.likely_ventricular_from_ms = wide.number("likely_ventricular_from_ms");
  t.sustained_from_s = wide.number("sustained_from_s");
  t.wide = {wide.number("wide_from_ms"), t.tachycardia_above_per_min, wide.number("longest_pr_ms"), t.largest_p_share,
            wide.number("ventricular_from_ms")};
}

void read_conduction(const TomlTable& file, StatementThresholds& t) {
  const TomlTable conduction = file.table("conduction");
  t.av_block_above_ms = conduction.number("av_block_above_ms");
  t.short_pr_below_ms = conduction.number("short_pr_below_ms");
  t.complete_block_from_ms = conduction.number("complete_block_from_ms");
  t.complete_left_block_from_ms = conduction.number("complete_left_block_from_ms");
  t.smallest_wave_mv = conduction.number("smallest_wave_mv");
  t.incomplete_block_from_ms = conduction.number("incomplete_block_from_ms");
  t.smallest_wave_part = conduction.number("smallest_wave_part");
  t.late_r_part = conduction.number("late_r_part");
  const TomlTable block = file.table("av_block");
  t.av_block = {block.number("least_regularity"),
                block.number("least_seen_part"),
                1e-3 * block.number("constant_pr_within_ms"),
                1e-3 * block.number("inconstant_pr_from_ms"),
                block.number("fastest_atria_per_min"),
                block.number("largest_rr_spread"),
                block.number("slow_below_per_min"),
                block.number("uneven_rr_ratio")};
  const TomlTable axis = file.table("axis");
  t.anterior_axis_from_deg = axis.number("anterior_block_to_deg");
  t.posterior_axis_from_deg = axis.number("posterior_block_from_deg");
  t.smallest_q_mv = axis.number("smallest_q_mv");
  t.left_axis_below_deg = axis.number("left_below_deg");
  t.right_axis_above_deg = axis.number("right_above_deg");
}

void read_chambers(const TomlTable& file, StatementThresholds& t) {
  const TomlTable ventricles = file.table("ventricles");
  t.sokolow_lyon_from_mv = ventricles.number("sokolow_lyon_from_mv");
  t.cornell_male_from_mv = ventricles.number("cornell_above_male_mv");
  t.cornell_female_from_mv = ventricles.number("cornell_above_female_mv");
  t.peguero_male_from_mv = ventricles.number("peguero_male_from_mv");
  t.peguero_female_from_mv = ventricles.number("peguero_female_from_mv");
  t.left_r_above_mv = ventricles.number("left_r_above_mv");
  t.right_ventricle_from_mv = ventricles.number("right_from_mv");
  const TomlTable atria = file.table("atria");
  t.long_p_from_ms = atria.number("long_p_from_ms");
  t.p_terminal_from_mvs = atria.number("p_terminal_from_mvs");
  t.tall_p_above_mv = atria.number("tall_p_above_mv");
}

void read_repolarisation(const TomlTable& file, StatementThresholds& t) {
  const TomlTable st = file.table("st");
  t.st_elevation_from_mv = st.number("elevation_from_mv");
  t.st_elevation_v2_v3_male_mv = st.number("elevation_v2_v3_male_from_mv");
  t.st_elevation_v2_v3_young_male_mv = st.number("elevation_v2_v3_young_male_from_mv");
  t.st_elevation_v2_v3_female_mv = st.number("elevation_v2_v3_female_from_mv");
  t.st_young_below_years = st.number("young_below_years");
  t.st_elevation_further_mv = st.number("elevation_v7_v9_v3r_v4r_from_mv");
  t.st_elevation_young_male_further_mv = st.number("elevation_v7_v9_v3r_v4r_young_male_from_mv");
  t.st_right_young_below_years = st.number("v3r_v4r_young_below_years");
  t.st_depression_from_mv = st.number("depression_from_mv");
  t.st_level_within_mv = st.number("level_within_mv");
  t.st_largest_error_mv = st.number("largest_error_mv");
  t.widespread_depression_from_mv = st.number("widespread_depression_from_mv");
  t.widespread_depression_leads = st.number("widespread_depression_leads");
  const TomlTable repolarisation = file.table("repolarisation");
  t.long_qtc_from_male_ms = repolarisation.number("long_qtc_from_male_ms");
  t.long_qtc_from_female_ms = repolarisation.number("long_qtc_from_female_ms");
  t.short_qtc_to_ms = repolarisation.number("short_qtc_to_ms");
  t.qtc_from_per_min = repolarisation.number("qtc_from_per_min");
  t.qtc_to_per_min = repolarisation.number("qtc_to_per_min");
  const TomlTable filters = file.table("filters");
  t.high_pass_above_hz = filters.number("high_pass_above_hz");
  t.linear_high_pass_above_hz = filters.number("linear_high_pass_above_hz");
  t.low_pass_below_hz = filters.number("low_pass_below_hz");
  t.poor_low_pass_below_hz = filters.number("poor_low_pass_below_hz");
  t.very_long_qt_from_ms = repolarisation.number("very_long_qt_from_ms");
  t.very_long_qt_from_per_min = repolarisation.number("very_long_qt_from_per_min");
  t.slow_very_long_qt_from_ms = repolarisation.number("slow_very_long_qt_from_ms");
}

}  // namespace

StatementThresholds read_statement_thresholds(const std::filesystem::path& path) {
  const TomlTable file = TomlTable::read(path);
  for (const std::string& key : file.keys()) {
    static_cast<void>(file.table(key).text("source"));  // every table has to say where its numbers come from
  }
  StatementThresholds thresholds;
  read_rhythm(file, thresholds);
  read_conduction(file, thresholds);
  read_chambers(file, thresholds);
  read_repolarisation(file, thresholds);
  const TomlTable models = file.table("models");
  thresholds.beat_types = read_beat_type_model(path.parent_path() / models.text("beat_types"));
  thresholds.electrodes = read_electrode_model(path.parent_path() / models.text("electrodes"));
  file.finish();
  return thresholds;
}

}  // namespace xingu::ecg
