// SPDX-License-Identifier: Apache-2.0
#include "ecg/statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/progress.h"
#include "ecg/amplitude_step.h"
#include "ecg/beat_features.h"
#include "ecg/blocked_conduction.h"
#include "ecg/clean_signals.h"
#include "ecg/cut_beats.h"
#include "ecg/electrode_pops.h"
#include "ecg/filters.h"
#include "ecg/heart_share.h"
#include "ecg/lone_p_waves.h"
#include "ecg/long_gaps.h"
#include "ecg/missing_samples.h"
#include "ecg/morphology_statements.h"
#include "ecg/moved_beats.h"
#include "ecg/pacing_spikes.h"
#include "ecg/pacing_statements.h"
#include "ecg/patient_age.h"
#include "ecg/rhythm_statements.h"
#include "ecg/silence_statements.h"
#include "ecg/sinus_pauses.h"
#include "ecg/split_complexes.h"
#include "ecg/statement_basis.h"
#include "ecg/tall_t_waves.h"
#include "ecg/trembling_beats.h"
#include "ecg/urgency.h"

namespace xingu::ecg {
namespace {

constexpr float largest_of_alike = 1.5F;  // halfway to twice as long: own choice
constexpr std::size_t fewest_for_a_mean = 3;
constexpr std::size_t fewest_for_rate = 2;  // intervals

/// What was recorded, without the seconds that most leads lack samples of: those are told and take nothing from the
/// rest.
struct Recorded {
  double duration_s = 0.0;
  double rejected_part = 1.0;
  std::vector<bool> is_missing;  ///< [second]
};

Recorded what_was_recorded(const LeadSignals& signals, const QrsDetection& beats) {
  const std::vector<bool>& rejected = beats.is_rejected;
  const std::vector<MissingStretch> missing = missing_stretches(signals);
  Recorded out{signals.duration_s(), 1.0, missing_seconds(missing, signals.rate_hz, rejected.size())};
  std::size_t num_rejected = 0;
  std::size_t num = 0;
  for (std::size_t s = 0; s < rejected.size(); ++s) {
    num += out.is_missing[s] ? 0 : 1;
    num_rejected += rejected[s] && !out.is_missing[s] ? 1 : 0;
  }
  if (num > 0) {
    out.rejected_part = static_cast<double>(num_rejected) / static_cast<double>(num);
  }
  for (const MissingStretch& stretch : missing) {
    out.duration_s -= static_cast<double>(stretch.until - stretch.from) / signals.rate_hz;
  }
  return out;
}

/// Parts of the rejected seconds of the leads that have a say.
struct RejectedLeads {
  double good = 0.0;     ///< of those that were recorded; what moves there may be small, as in fine fibrillation
  double missing = 0.0;  ///< not measured
};

RejectedLeads leads_where_rejected(const Analysis& a, const std::vector<bool>& is_missing) {
  std::size_t num = 0;
  std::size_t num_recorded = 0;
  std::size_t num_good = 0;
  std::size_t num_missing = 0;
  const std::vector<bool> has_say = leads_with_a_say(a.quality);
  for (std::size_t i = 0; i < a.quality.leads.size(); ++i) {
    const std::vector<LeadSecond>& lead = a.quality.leads[i];
    for (std::size_t s = 0; s < std::min(lead.size(), a.beats.is_rejected.size()); ++s) {
      if (a.beats.is_rejected[s] && has_say[i]) {
        ++num;
        num_recorded += is_missing[s] ? 0 : 1;
        num_good += !is_missing[s] && lead[s].is_undisturbed() ? 1 : 0;
        num_missing += lead[s].has(Fault::missing) ? 1 : 0;
      }
    }
  }
  const auto part = [](std::size_t of, std::size_t all) {
    return all == 0 ? 0.0 : static_cast<double>(of) / static_cast<double>(all);
  };
  return {part(num_good, num_recorded), part(num_missing, num)};
}

void say_that_beats_are_unknown(const Recorded& what, const StatementThresholds& thresholds, Analysis& a) {
  const RejectedLeads leads = leads_where_rejected(a, what.is_missing);
  const bool are_good = leads.good >= thresholds.good_leads_from;
  a.statements.push_back(
      {are_good ? "cannot_say_beats" : "cannot_say",
       are_good ? "The leads are good, but the beats cannot be told apart in them"
                : "The signal does not allow a statement",
       fmt::format(
           "{} beats, {:.0f} % of the seconds rejected; the leads are good in {:.0f} % of those{}",
           a.beats.sample.size(), 100 * what.rejected_part, 100 * leads.good,
           leads.missing > 0.0 ? fmt::format(", samples are missing in {:.0f} %", 100 * leads.missing) : std::string{}),
       {},
       {}});
}

/// Whether no beat can be missing in some intervals: then one would be twice another.
bool are_alike(const std::vector<float>& intervals) {
  const auto [shortest, longest] = std::ranges::minmax_element(intervals);
  return *longest <= largest_of_alike * *shortest;
}

/// Of beats that are too few for a rhythm the rate, if in a short recording their intervals are alike, the pauses and
/// whether the recording is to blame.
/// @param duration_s  of what was recorded
void judge_few_beats(const LeadSignals& recorded, double duration_s, const StatementThresholds& thresholds,
                     Analysis& a) {
  a.sequence.rate_hz = recorded.rate_hz;
  a.sequence.sample = a.beats.sample;
  a.sequence.is_rejected = a.beats.is_rejected;
  a.sequence.end_s = recorded.duration_s();
  a.sequence.type.assign(a.beats.sample.size(), BeatType::unknown);
  a.sequence.p_probability.assign(a.beats.sample.size(), 0.0F);
  a.fibrillation.assign(a.beats.sample.size(), Fibrillation::undecided);
  const bool is_full = duration_s >= thresholds.full_recording_from_s;
  std::vector<float> intervals = clear_intervals(a.beats, recorded.rate_hz);
  if (intervals.size() >= fewest_for_rate && (is_full || are_alike(intervals))) {
    a.measurements.rr_ms = 1000.0 * static_cast<double>(median(intervals));
    a.measurements.rate_per_min = 60000.0 / *a.measurements.rr_ms;
  }
  a.statements.push_back(
      {is_full ? "cannot_say_rare_beats" : "cannot_say_few_beats",
       is_full ? "Too few beats for a rhythm, in a recording that is long enough" : "Too few beats for a statement",
       fmt::format("{} {} in {:.1f} s", a.beats.sample.size(), a.beats.sample.size() == 1 ? "beat" : "beats",
                   duration_s),
       {},
       {}});
  say_slowness(thresholds, a);
}

void say_that_rate_is_unknown(double rejected, Analysis& a) {
  a.statements.push_back(
      {"cannot_say_rate",
       "Rate and rhythm cannot be said: between most beats others may be missing",
       fmt::format("{} beats, {:.0f} % of the seconds rejected", a.beats.sample.size(), 100 * rejected),
       {},
       {}});
}

void say_doubtful_gains(const LeadSignals& signals, Analysis& a) {
  if (signals.has_doubtful_gains()) {
    const bool is_by_law = signals.gain_doubt == GainDoubt::einthoven;
    a.statements.push_back(
        {"doubtful_gains",
         "The file's gains are in doubt: ST, voltages, axes and atria are not judged",
         is_by_law ? "II = I + III holds in the stored integers and not in the values by these gains; correct the "
                     "file's gains"
                   : "all leads span the same from top to bottom, as no heart's do; correct the file's gains",
         {},
         is_by_law ? std::vector<std::string>{"I", "II", "III"} : signals.names});
  }
}

void say_coarse_heights(const StatementThresholds& thresholds, Analysis& a) {
  if (a.step_mv >= thresholds.coarse_step_from_mv) {
    a.statements.push_back(
        {"coarse_heights",
         "Heights are given in coarse steps: ST and small waves are doubtful, and a pacemaker's "
         "small stimuli are not seen",
         fmt::format("steps of {:.2g} mV (coarse from {:.2g})", a.step_mv, thresholds.coarse_step_from_mv),
         {},
         {}});
  }
}

/// The quality that is shown is that of the recording; what is measured is measured without mains.
/// @param cleaned  quality of the same seconds without mains
void say_removed_mains(const LeadSignals& signals, const SignalQuality& cleaned, Analysis& a) {
  constexpr double least_good_part = 0.9;
  std::vector<std::string> leads;
  float largest_mv = 0.0F;
  double least_good = 1.0;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const bool is_useless = std::ranges::find(a.useless_leads, lead) != a.useless_leads.end();
    const double good = cleaned.good_part(lead);
    if (is_useless || a.quality.good_part(lead) >= least_good_part || good <= a.quality.good_part(lead)) {
      continue;
    }
    const auto has_mains = [](const LeadSecond& second) { return second.has(Fault::mains); };
    if (std::ranges::none_of(a.quality.leads[lead], has_mains)) {
      continue;
    }
    leads.push_back(signals.names[lead]);
    least_good = std::min(least_good, good);
    for (const LeadSecond& second : a.quality.leads[lead]) {
      largest_mv = second.has(Fault::mains) ? std::max(largest_mv, second.mains_mv) : largest_mv;
    }
  }
  if (!leads.empty()) {
    a.statements.push_back({"mains_removed",
                            "Mains hum was removed before waves were measured",
                            fmt::format("up to {:.2f} mV in {} of {} leads; without it {:.0f} % of their "
                                        "seconds are good on the worst",
                                        largest_mv, leads.size(), signals.num_leads(), 100.0 * least_good),
                            {},
                            leads});
  }
}

/// What the recorder has taken away is in no sample.
void say_recorded_filters(const RecordedFilters& filters, const StatementThresholds& t, Analysis& a) {
  if (filters.high_pass_Hz && *filters.high_pass_Hz > t.high_pass_above_hz) {
    const bool is_sure = *filters.high_pass_Hz > t.linear_high_pass_above_hz;
    a.statements.push_back({"filtered_st",
                            is_sure ? "The recording was high-passed so that ST is distorted"
                                    : "The recording was high-passed so that ST may be distorted",
                            fmt::format("from {:g} Hz on ({:g} Hz, or {:g} Hz if its phase is linear, which the file "
                                        "does not say)",
                                        *filters.high_pass_Hz, t.high_pass_above_hz, t.linear_high_pass_above_hz),
                            {},
                            {}});
  }
  if (filters.low_pass_Hz && *filters.low_pass_Hz < t.low_pass_below_hz) {
    const bool is_poor = *filters.low_pass_Hz <= t.poor_low_pass_below_hz;
    a.statements.push_back(
        {"filtered_heights",
         is_poor ? "The recording was low-passed: complexes are lower than they were, notches and a "
                   "pacemaker's stimuli may be gone"
                 : "The recording was low-passed: waves may be lower than they were, and a "
                   "pacemaker's stimuli are",
         fmt::format("up to {:g} Hz (an adult's needs {:g} Hz)", *filters.low_pass_Hz, t.low_pass_below_hz),
         {},
         {}});
  }
}

/// What limbs' electrodes alone show is none of the heart's.
void say_tremor(const LeadSignals& signals, Analysis& a) {
  if (a.tremors.empty()) {
    return;
  }
  std::vector<std::string> leads;
  std::ranges::copy_if(signals.names, std::back_inserter(leads),
                       [&](const std::string& name) { return is_lead_of_limbs(name, a.tremors); });
  const LimbTremor& tremor = a.tremors.front();
  const bool are_both = a.tremors.size() > 1;
  const std::string who = are_both ? std::string("Both arms tremble or their electrodes are")
                                   : fmt::format("The {} trembles or its electrode is", limb_name(tremor.electrode));
  const std::string which =
      are_both ? fmt::format("electrodes {} and {}", to_string(tremor.electrode), to_string(a.tremors[1].electrode))
               : fmt::format("electrode {}", to_string(tremor.electrode));
  a.statements.push_back(
      {"limb_tremor",
       fmt::format("{} shaken: this was removed as far as it could be, and small waves, ST and the heart's axis are "
                   "doubtful; whether PR and QT are usual cannot be said",
                   who),
       fmt::format("{:.0f}/min, {:.2f} mV from top to bottom, in the leads as the {} alone make{} it", tremor.per_min,
                   tremor.height_mv, which, are_both ? "" : "s"),
       {},
       leads});
}

void say_tall_t_waves(Analysis& a) {
  if (!a.beats.tall_t.empty()) {
    a.statements.push_back({"tall_t_waves",
                            "T waves so tall that they look like complexes, as with much potassium in the blood",
                            fmt::format("behind {} of {} complexes", a.beats.tall_t.size(), a.beats.sample.size()),
                            {},
                            {}});
  }
}

void say_whom_limits_are_for(const PatientFacts& patient, const StatementThresholds& thresholds, Analysis& a) {
  if (const auto rates = usual_rates(thresholds.children, patient.age_years)) {
    a.statements.push_back(
        {"adult_limits",
         "A child: the rate is judged by the limits of its age; a short PR, an axis to the right and voltages of the "
         "ventricles are not judged, and all else by the limits of adults",
         fmt::format("{} (adults from {:.0f}); {:.0f} to {:.0f}/min are usual at this age",
                     age_words(*patient.age_years), thresholds.adult_from_years, rates->slowest, rates->fastest),
         {},
         {}});
  }
}

/// What has one slow wave a cycle and nothing else may be atria alone: no rate is calm then.
void say_that_ventricles_are_unknown(const LoneWaves& lone, double rate_hz, Analysis& a) {
  const double span_s = static_cast<double>(lone.samples.back() - lone.samples.front()) / rate_hz;
  a.statements.push_back({"cannot_say_ventricles",
                          "P waves without complexes, as of ventricles that stand still, or very low complexes: these "
                          "cannot be told apart",
                          fmt::format("waves {:.0f}/min on the average, none with a wave before or behind it",
                                      60.0 * static_cast<double>(lone.samples.size() - 1) / span_s),
                          {},
                          {}});
}

/// What swings without a pause and without a shape is no beat.
void find_fibrillation(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  const auto end = static_cast<std::int64_t>(signals.num_samples());
  a.swinging = find_swinging_stretches(signals, a.quality);
  drop_short_stretches(thresholds.shortest_swing_s(signals.duration_s()), signals.rate_hz, end, a.swinging);
  take_out_swinging_beats(a.swinging, signals.rate_hz, end, a.beats);
}

/// Stretches in which one wave is like the next are left to the rhythms that have a name for them; the others' seconds
/// are rejected and told, but where they are the rhythm of most of the recording, whose beats are judged as found.
void settle_fibrillation_of_ventricles(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  const auto end = static_cast<std::int64_t>(signals.num_samples());
  keep_untold_stretches(a.sequence, thresholds.tachycardia_above_per_min, a.swinging);
  std::vector<SwingingStretch> rejected = a.swinging;
  std::erase_if(rejected, [&](const SwingingStretch& s) { return s.has_one_shape && 2 * (s.until - s.from) > end; });
  a.sequence.is_swinging = swinging_seconds(rejected, signals.rate_hz, end, a.beats.is_rejected.size());
  tell_swinging_seconds(a.sequence);
  a.beats.is_rejected = a.sequence.is_rejected;
}

/// Quality and beats of what the heart gives: of signals whose stimuli are bridged.
/// @param bridged  short losses bridged
void find_beats(const LeadSignals& recorded, const LeadSignals& bridged, const StatementThresholds& thresholds,
                Analysis& a) {
  a.stimuli = find_pacing_spikes(bridged, a.step_mv);
  const auto find = [&](const LeadSignals& signals) {
    a.beats = detect_qrs(signals);
    take_out_tall_t_waves(signals, a.beats);
    join_split_complexes(signals, a.beats);
    centre_wide_complexes(signals, a.beats);
    trust_wide_complexes(signals, a.beats);
    const LoneWaves lone = take_out_lone_p_waves(signals, a.beats);
    settle_long_gaps(signals, a.quality, thresholds.smallest_range_mv, a.beats);
    find_fibrillation(signals, thresholds, a);
    if (lone.are_of_no_node) {
      a.beats.is_rejected.assign(a.beats.is_rejected.size(), true);
    } else if (lone.are_untold) {
      a.beats.is_rejected.assign(a.beats.is_rejected.size(), true);
      say_that_ventricles_are_unknown(lone, signals.rate_hz, a);
    }
  };
  if (a.stimuli.empty()) {
    a.quality = assess_quality(recorded);
    find(bridged);
    return;
  }
  a.quality = assess_quality(without_stimuli(recorded, a.stimuli));
  find(without_stimuli(bridged, a.stimuli));
}

bool are_beats_untold(const LeadSignals& recorded, const StatementThresholds& thresholds, const Analysis& a) {
  return static_cast<double>(a.beats.sample.size()) < thresholds.fewest_beats ||
         what_was_recorded(recorded, a.beats).rejected_part > thresholds.largest_rejected_part;
}

/// Finds the beats again without a tremor, which may have been taken for beats or have hidden some.
void remove_tremor(const LeadSignals& recorded, const StatementThresholds& thresholds, CleanSignals& clean,
                   Analysis& a) {
  const std::optional<FoundTremor> found = clean.remove_tremor(a.beats.sample, thresholds.tremor);
  if (!found) {
    return;
  }
  a.tremors = found->limbs;
  a.is_trembling = trembling_seconds(*found, recorded.rate_hz, a.quality.num_seconds(), thresholds.tremor);
  QrsDetection before = a.beats;
  const std::size_t num_said = a.statements.size();
  find_beats(recorded, clean.signals(), thresholds, a);
  if (static_cast<double>(a.beats.sample.size()) < thresholds.fewest_beats || a.statements.size() > num_said) {
    a.beats = std::move(before);
    a.statements.resize(num_said);
  }
}

/// What is left of a tremor lies on the limb leads. To be called when all has been measured: their waves are those of
/// signals without it.
void mark_tremor(const LeadSignals& signals, Analysis& a) {
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    if (is_lead_of_limbs(signals.names[lead], a.tremors)) {
      add_fault(Fault::tremor, a.is_trembling, a.quality.leads[lead]);
    }
  }
}

void judge_stimuli(const LeadSignals& signals, Analysis& a) {
  a.capture = judge_capture(a.stimuli, a.beats.sample, a.beats.is_rejected, signals.rate_hz, signals.num_samples());
}

/// [beat] whether it follows a beat that is interpolated: what that leaves behind in the AV node makes PR longer.
std::vector<bool> behind(const std::vector<bool>& is_interpolated) {
  std::vector<bool> out(is_interpolated.size(), false);
  for (std::size_t b = 1; b < out.size(); ++b) {
    out[b] = is_interpolated[b - 1];
  }
  return out;
}

/// The formulas hold within a range of rates; beyond it each says something else.
void leave_rate_uncorrected(const StatementThresholds& t, Measurements& measurements) {
  const auto rr_ms = measurements.rr_of_qt_ms ? measurements.rr_of_qt_ms : measurements.rr_ms;
  const double rate_per_min = rr_ms ? std::round(60000.0 / *rr_ms) : 0.0;  // as it is shown
  if (rate_per_min < t.qtc_from_per_min || rate_per_min > t.qtc_to_per_min) {
    measurements.qtc.reset();
  }
}

/// Where the atria flutter they do not fibrillate, what was taken for P waves are waves of the flutter, and no
/// conducted beat comes before its time.
void judge_flutter(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  const std::vector<WaveTrain> trains = find_wave_trains(signals, a.waves, thresholds.flutter);
  a.flutter = judge_flutter(trains, a.beats.sample, signals.rate_hz, thresholds.flutter);
  if (const auto tremor = tremor_like_flutter(trains, thresholds.flutter); tremor && a.tremors.empty()) {
    a.tremors.push_back(*tremor);
  }
  for (const std::size_t beat : a.flutter.beats) {
    BeatType& type = a.sequence.type[beat];
    type = type == BeatType::supraventricular ? BeatType::normal : type;
    a.fibrillation[beat] = a.flutter.is_present() ? Fibrillation::no : a.fibrillation[beat];
  }
  if (a.flutter.is_present() && !a.flutter.is_partial) {
    std::ranges::fill(a.fibrillation, Fibrillation::no);
    forget_p_waves(a.measurements);
  }
}

bool is_narrow(const BeatWaves& beat, double rate_hz, const StatementThresholds& thresholds) {
  return beat.qrs &&
         1000.0 * static_cast<double>(beat.qrs->offset - beat.qrs->onset) < thresholds.wide.wide_from_ms * rate_hz;
}

/// Whether most of the wide beats are of the usual shape, whose mean is narrow: then noise widens each of them, each
/// time otherwise.
bool are_wide_by_noise(const StatementThresholds& thresholds, const Analysis& a) {
  const Measurements& m = a.measurements;
  const auto num_usual = static_cast<std::size_t>(
      std::ranges::count_if(a.wide->beats, [&](std::size_t b) { return a.sequence.type[b] == BeatType::normal; }));
  return m.qrs_ms && *m.qrs_ms < thresholds.wide.wide_from_ms && m.averaged.size() >= fewest_for_a_mean &&
         2 * num_usual >= a.wide->beats.size();
}

/// What may be ventricular is neither fibrillation nor early beats of the atria, and its beats have no class.
void judge_wide_rhythm(const StatementThresholds& thresholds, Analysis& a) {
  if (a.flutter.is_present() || a.has_blocked_p()) {
    return;
  }
  a.wide = find_wide_rhythm(a.sequence, a.waves.global, a.measurements.qrs_ms, thresholds.wide);
  if (a.wide && !a.wide->is_fast && (are_wide_by_noise(thresholds, a) || !are_most_leads_measured(a.measurements))) {
    a.wide.reset();  // what is fast is told for safety's sake
    std::ranges::replace(a.sequence.type, BeatType::ventricular, BeatType::unknown);  // as wide as all in that noise
  }
  if (!a.wide) {
    return;
  }
  for (std::size_t b = 0; b < a.sequence.size(); ++b) {
    BeatType& type = a.sequence.type[b];
    if (type == BeatType::normal || type == BeatType::supraventricular) {
      type = BeatType::unknown;
    } else if (type == BeatType::ventricular && is_narrow(a.waves.global[b], a.sequence.rate_hz, thresholds)) {
      type = BeatType::normal;  // unlike the usual complex, which is the wide one
    }
  }
  std::ranges::fill(a.fibrillation, Fibrillation::undecided);
  forget_p_waves(a.measurements);
  if (a.wide->is_fast) {
    std::erase_if(a.swinging,
                  [](const SwingingStretch& stretch) { return stretch.has_one_shape; });  // this is its name
  }
}

/// Beats that look ventricular where something else may make them so.
void say_moved_beats(Analysis& a) {
  std::vector<std::size_t> told;
  std::ranges::copy_if(a.moved_beats, std::back_inserter(told),
                       [&](std::size_t b) { return a.sequence.counts(b) && a.sequence.is_told(b); });
  if (!told.empty()) {
    a.statements.push_back({"cannot_say_ventricular_beats",
                            "Whether beats are ventricular cannot be said: what disturbs the leads about them may make "
                            "them look so",
                            fmt::format("{} of {} beats", told.size(), a.sequence.size()),
                            told,
                            {}});
  }
}

/// The urgent ones first, in the order of all pages; the others as they were said.
void put_urgent_first(Analysis& a) {
  std::ranges::stable_sort(a.statements, {}, [](const Statement& statement) {
    return urgency(statement.code).value_or(std::numeric_limits<std::size_t>::max());
  });
}

}  // namespace

void require_analysed_rate(double rate_hz, std::string_view file) {
  XINGU_REQUIRE(rate_hz >= lowest_analysed_rate_hz,
                "{}{}an ECG at {:g} samples a second (waves cannot be told in fewer than {:g}); give a recording of a "
                "higher rate",
                file, file.empty() ? "" : ": ", rate_hz, lowest_analysed_rate_hz);
}

bool Analysis::says(std::string_view code) const {
  return std::ranges::any_of(statements, [&](const Statement& s) { return s.code == code; });
}

void type_beats(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& analysis) {
  BeatSequence& sequence = analysis.sequence;
  sequence.rate_hz = signals.rate_hz;
  sequence.sample = analysis.beats.sample;
  sequence.is_rejected = analysis.beats.is_rejected;
  for (const BeatWaves& beat : analysis.waves.global) {
    sequence.p_probability.push_back(beat.p_probability);
  }
  analysis.stimuli = find_pacing_spikes(signals, analysis.step_mv);
  const ComparedBeats compared = analysis.stimuli.empty()
                                     ? compare_beats(signals, sequence.sample)
                                     : compare_beats(without_stimuli(signals, analysis.stimuli), sequence.sample);
  ClassifiedBeats classified = classify_beats(
      compared, sequence.sample, with_hidden_spikes(analysis.stimuli, analysis.waves.beats, signals.rate_hz),
      signals.rate_hz, thresholds.beat_types);
  sequence.type = std::move(classified.type);
  analysis.is_interpolated = std::move(classified.is_interpolated);
  settle_conducted_beats(sequence.type, analysis.waves.global, signals.rate_hz);
  exchange_reversed_types(sequence, analysis.waves.global, thresholds.wide);
  analysis.fibrillation = settle_fibrillation(sequence, thresholds.fibrillation);
}

Analysis analyse(const LeadSignals& recorded, const PatientFacts& patient, const StatementThresholds& thresholds) {
  require_analysed_rate(recorded.rate_hz);
  Analysis a;
  CleanSignals clean(recorded);
  a.step_mv = amplitude_step_mv(recorded);
  clean.bridge_losses();
  clean.level_contacts();
  find_beats(recorded, clean.signals(), thresholds, a);
  if (are_beats_untold(recorded, thresholds, a)) {
    remove_tremor(recorded, thresholds, clean, a);
  }
  const Recorded what = what_was_recorded(recorded, a.beats);
  const double rejected = what.rejected_part;
  if (are_beats_untold(recorded, thresholds, a)) {
    const bool is_told = a.says("cannot_say_ventricles");  // why no beats are known
    if (!is_told && rejected > thresholds.largest_rejected_part) {
      say_that_beats_are_unknown(what, thresholds, a);
    } else if (!is_told && !is_silent(recorded, thresholds, a)) {
      judge_few_beats(recorded, what.duration_s, thresholds, a);
    }
    say_silences(recorded, thresholds, a);
    say_possible_fibrillation(recorded, a);
    judge_stimuli(recorded, a);
    say_capture(recorded.rate_hz, a);
    say_unjudged_stimuli(a);
    say_doubtful_gains(recorded, a);
    say_missing_samples(recorded, a);
    name_what_statements_rest_on(recorded, a);
    put_urgent_first(a);
    return a;
  }
  throw_if_cancelled();
  clean.remove_mains(a.quality, a.beats.sample);
  const SignalQuality cleaned = clean.has_lost_mains() ? assess_quality(clean.signals()) : a.quality;
  a.useless_leads = useless_leads(a.quality, cleaned);
  clean.leave_out(a.useless_leads);
  if (a.tremors.empty()) {
    remove_tremor(recorded, thresholds, clean, a);
  }
  DelineationSettings settings;
  settings.step_mv = a.step_mv;
  settings.jolts = a.beats.jolts;
  a.waves = delineate(clean.signals(), a.beats.sample, settings);
  throw_if_cancelled();
  type_beats(clean.signals(), thresholds, a);
  forget_types_of_cut_beats(recorded, a.sequence.sample, a.sequence.type);
  forget_types_of_jolted_beats(clean.signals(), a.sequence.sample, a.sequence.type);
  forget_types_of_trembling_beats(clean.signals(), a.sequence.sample, a.is_trembling, a.sequence.type);
  a.moved_beats = forget_types_of_moved_beats(clean.signals(), a.quality, a.beats, a.sequence.type);
  a.sequence.end_s = recorded.duration_s();
  a.sequence.is_untold = untold_seconds(a.quality, a.beats.is_rejected, thresholds);
  a.sequence.heart_shares = heart_shares(clean.signals(), a.quality, a.beats, a.sequence.is_untold);
  settle_untold_seconds(a.sequence, thresholds);
  settle_fibrillation_of_ventricles(recorded, thresholds, a);
  judge_stimuli(clean.signals(), a);
  throw_if_cancelled();
  clean.bridge_stimuli(a.step_mv);
  clean.open_losses();
  const LeadSignals& signals = clean.signals();
  a.measurements = measure(signals, a.waves, clean.has_lost_mains() ? assess_quality(signals) : a.quality,
                           a.beats.is_rejected, a.sequence.type, behind(a.is_interpolated));
  leave_rate_uncorrected(thresholds, a.measurements);
  judge_flutter(signals, thresholds, a);
  judge_av_block(signals, thresholds, a);
  judge_wide_rhythm(thresholds, a);
  say_silences(signals, thresholds, a);
  say_possible_fibrillation(signals, a);
  say_capture(signals.rate_hz, a);
  if (a.measurements.rate_per_min) {
    say_rhythm(thresholds, patient, a);
    if (a.says("cannot_say_atria")) {
      std::ranges::fill(a.fibrillation, Fibrillation::undecided);
    }
    say_sinus_pauses(signals, thresholds, a);
  } else {
    say_that_rate_is_unknown(rejected, a);
  }
  say_morphology(signals, patient, thresholds, a);
  if (a.says("cannot_say_uneven_qt")) {
    a.measurements.qtc.reset();
  }
  say_tremor(signals, a);
  say_tall_t_waves(a);
  say_moved_beats(a);
  say_coarse_heights(thresholds, a);
  say_doubtful_gains(recorded, a);
  say_missing_samples(recorded, a);
  say_recorded_filters(recorded.filters, thresholds, a);
  say_removed_mains(signals, cleaned, a);
  say_what_is_not_measured(signals, a);
  say_whom_limits_are_for(patient, thresholds, a);
  mark_tremor(signals, a);
  name_what_statements_rest_on(signals, a);
  put_urgent_first(a);
  return a;
}

}  // namespace xingu::ecg
