// SPDX-License-Identifier: Apache-2.0
#include "ecg/statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/progress.h"
#include "ecg/beat_features.h"
#include "ecg/filters.h"
#include "ecg/mains_removal.h"
#include "ecg/morphology_statements.h"
#include "ecg/pacing_spikes.h"
#include "ecg/rhythm_statements.h"

namespace xingu::ecg {
namespace {

constexpr double longest_one_rhythm_s = 120.0;
constexpr double longest_bridged_s = 0.06;  // samples lost on the way; a line across a whole complex would hide it
constexpr std::size_t shortest_judged_s = 5;
constexpr double uneven_rr_ratio = 1.25;
constexpr double slow_ventricles_per_min = 60.0;  // WHO/ISFC Task Force 1978: bradycardia

double rejected_part(const QrsDetection& beats) {
  if (beats.is_rejected.empty()) {
    return 1.0;
  }
  return static_cast<double>(std::count(beats.is_rejected.begin(), beats.is_rejected.end(), true)) /
         static_cast<double>(beats.is_rejected.size());
}

/// Part of the leads' seconds that are good and in which something as high as a heart's waves moves.
double lively_part(const SignalQuality& quality, double smallest_range_mv) {
  std::size_t num = 0;
  std::size_t num_lively = 0;
  for (const std::vector<LeadSecond>& lead : quality.leads) {
    num += lead.size();
    num_lively += static_cast<std::size_t>(std::ranges::count_if(lead, [&](const LeadSecond& second) {
      return second.is_good() && static_cast<double>(second.range_mv) >= smallest_range_mv;
    }));
  }
  return num == 0 ? 0.0 : static_cast<double>(num_lively) / static_cast<double>(num);
}

/// Intervals between successive beats where none can be missing between them, s.
std::vector<float> clear_intervals(const QrsDetection& beats, double rate_hz) {
  std::vector<float> intervals;
  for (std::size_t b = 1; b < beats.sample.size(); ++b) {
    const auto time_s = [&](std::size_t i) { return static_cast<double>(beats.sample[i]) / rate_hz; };
    if (is_heard(beats.is_rejected, time_s(b - 1), time_s(b))) {
      intervals.push_back(static_cast<float>(time_s(b) - time_s(b - 1)));
    }
  }
  return intervals;
}

std::vector<std::size_t> pacing_spikes(const LeadSignals& signals, const AlignedBeats& beats) {
  std::vector<std::vector<float>> leads = signals.mv;
  for (std::vector<float>& lead : leads) {
    fill_gaps(lead);
  }
  return with_hidden_spikes(find_pacing_spikes(leads, signals.rate_hz), beats, signals.rate_hz);
}

/// Whether P waves could be blocked: ventricles that are slow, uneven or without P waves before them, and neither
/// ectopic nor paced. Of a recording short enough to have one rhythm.
bool may_have_blocked_p(const LeadSignals& signals, const Analysis& a) {
  const bool has_others = std::ranges::any_of(a.sequence.type, [](BeatType type) {
    return type == BeatType::ventricular || type == BeatType::fusion || type == BeatType::paced;
  });
  const std::vector<float> rr = clear_intervals(a.beats, signals.rate_hz);
  if (has_others || rr.size() < 3) {
    return false;
  }
  std::vector<float> sorted = rr;
  std::ranges::sort(sorted);
  const bool is_slow = 60.0 / static_cast<double>(median(sorted)) < slow_ventricles_per_min;
  const bool is_uneven = sorted.back() > uneven_rr_ratio * sorted.front();
  const auto with_p = std::ranges::count_if(a.waves.global, [](const BeatWaves& b) { return b.p.has_value(); });
  return is_slow || is_uneven || 2 * with_p < std::ssize(a.waves.global);
}

void forget_p_waves(Measurements& measurements) {
  measurements.p_ms.reset();
  measurements.pr_ms.reset();
  measurements.p_axis_deg.reset();
  for (LeadMeasurements& lead : measurements.leads) {
    lead.p_mV.reset();
    lead.p_terminal_mVs.reset();
  }
}

/// Where the atria flutter they do not fibrillate, what was taken for P waves are waves of the flutter, and no
/// conducted beat comes before its time.
void judge_flutter(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  a.flutter = judge_flutter(find_wave_trains(signals, a.waves, thresholds.flutter), a.beats.sample, signals.rate_hz,
                            thresholds.flutter);
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

/// What may be ventricular is neither fibrillation nor early beats of the atria, and its beats have no class.
void judge_wide_rhythm(const StatementThresholds& thresholds, Analysis& a) {
  if (a.flutter.is_present() || a.has_blocked_p()) {
    return;
  }
  a.wide = find_wide_rhythm(a.sequence, a.waves.global, a.measurements.qrs_ms, thresholds.wide);
  if (!a.wide) {
    return;
  }
  for (std::size_t b = 0; b < a.sequence.size(); ++b) {
    BeatType& type = a.sequence.type[b];
    type = type == BeatType::normal || type == BeatType::supraventricular ? BeatType::unknown : type;
  }
  std::ranges::fill(a.fibrillation, Fibrillation::undecided);
  forget_p_waves(a.measurements);
}

/// Where P waves follow each other regularly whether complexes answer or not, the atria do not fibrillate.
void judge_av_block(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  if (a.flutter.is_present() || !may_have_blocked_p(signals, a)) {
    return;
  }
  if (const auto atria = find_atrial_waves(signals, a.waves)) {
    a.av_block = judge_conduction(*atria, usual_onsets_s(a.waves, signals.rate_hz), thresholds.av_block);
  }
  if (a.has_blocked_p()) {
    std::ranges::fill(a.fibrillation, Fibrillation::no);
  }
}

/// A stretch of a recording, and what is known of its beats, as if it were one of its own.
struct Excerpt {
  LeadSignals signals;
  Analysis analysis;
  std::size_t first_beat = 0;  ///< of the whole recording
};

/// Seconds [from, until) of a recording that has been analysed but for its conduction.
Excerpt excerpt_of(const LeadSignals& signals, const Analysis& whole, std::size_t from_s, std::size_t until_s) {
  const auto sample_at = [&](std::size_t s) {
    return std::min<std::int64_t>(std::llround(static_cast<double>(s) * signals.rate_hz),
                                  static_cast<std::int64_t>(signals.num_samples()));
  };
  const std::int64_t begin = sample_at(from_s);
  const std::int64_t end = sample_at(until_s);
  Excerpt piece{{signals.rate_hz, signals.names, {}}, {}, 0};
  for (const std::vector<float>& lead : signals.mv) {
    piece.signals.mv.emplace_back(lead.begin() + begin, lead.begin() + end);
  }
  const std::vector<std::int64_t>& samples = whole.sequence.sample;
  const auto first = std::ranges::lower_bound(samples, begin);
  piece.first_beat = static_cast<std::size_t>(first - samples.begin());
  Analysis& a = piece.analysis;
  for (auto beat = first; beat != samples.end() && *beat < end; ++beat) {
    const auto b = static_cast<std::size_t>(beat - samples.begin());
    a.beats.sample.push_back(*beat - begin);
    a.sequence.type.push_back(whole.sequence.type[b]);
    a.waves.global.push_back(whole.waves.global[b]);
    a.fibrillation.push_back(whole.fibrillation[b]);
  }
  const std::vector<bool>& rejected = whole.beats.is_rejected;
  a.beats.is_rejected.assign(rejected.begin() + static_cast<std::ptrdiff_t>(std::min(from_s, rejected.size())),
                             rejected.begin() + static_cast<std::ptrdiff_t>(std::min(until_s, rejected.size())));
  return piece;
}

struct Stretch {
  std::size_t from_s = 0;
  std::size_t until_s = 0;

  [[nodiscard]] std::size_t length_s() const { return until_s - from_s; }
};

/// The longest stretch of seconds within another in which no beat may be missing.
Stretch longest_heard(const std::vector<bool>& is_rejected, const Stretch& within) {
  Stretch best{within.from_s, within.from_s};
  std::size_t begin = within.from_s;
  for (std::size_t s = within.from_s; s <= within.until_s; ++s) {
    const bool is_over = s == within.until_s || (s < is_rejected.size() && is_rejected[s]);
    if (is_over && s - begin > best.length_s()) {
      best = {begin, s};
    }
    begin = is_over ? s + 1 : begin;
  }
  return best;
}

/// Judges conduction in a stretch by itself. What it changes of fibrillation is copied into the whole.
/// @return the block with the numbers of the stretch's beats, and that of its first beat in the whole
std::pair<AvBlock, std::size_t> judge_av_block_in(const LeadSignals& signals, const Stretch& stretch,
                                                  const StatementThresholds& thresholds, Analysis& whole) {
  Excerpt piece = excerpt_of(signals, whole, stretch.from_s, stretch.until_s);
  Analysis& of = piece.analysis;
  if (!may_have_blocked_p(piece.signals, of)) {
    return {};
  }
  of.waves = delineate(piece.signals, of.beats.sample);
  judge_av_block(piece.signals, thresholds, of);
  if (of.has_blocked_p()) {
    std::ranges::copy(of.fibrillation, whole.fibrillation.begin() + static_cast<std::ptrdiff_t>(piece.first_beat));
  }
  return {of.av_block, piece.first_beat};
}

/// A beat that was missed looks like one that was blocked: only the longest stretch in which none can be counts.
void judge_av_block_where_heard(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  const Stretch whole{0, a.quality.num_seconds()};
  const Stretch heard = longest_heard(a.beats.is_rejected, whole);
  if (heard.length_s() == whole.length_s()) {
    judge_av_block(signals, thresholds, a);
    return;
  }
  if (a.flutter.is_present() || heard.length_s() < shortest_judged_s) {
    return;
  }
  const auto [block, first_beat] = judge_av_block_in(signals, heard, thresholds, a);
  a.av_block = block;
  for (std::size_t& beat : a.av_block.beats_after) {
    beat += first_beat;
  }
}

/// Adds the block of one minute to that of the whole: the kind that most minutes have, the sum of blocked waves.
class BlockOfMinutes {
 public:
  void take(const AvBlock& minute, double from_s, std::size_t first_beat) {
    ++num_minutes_of_[minute.conduction];
    rates_.push_back(static_cast<float>(minute.atrial_rate_per_min));
    out_.num_blocked += minute.num_blocked;
    out_.minutes_s.push_back(from_s);
    for (const std::size_t beat : minute.beats_after) {
      out_.beats_after.push_back(first_beat + beat);
    }
  }

  [[nodiscard]] AvBlock of(std::size_t num_minutes) {
    out_.num_minutes = num_minutes;
    if (!rates_.empty()) {
      const auto most = std::ranges::max_element(num_minutes_of_, {}, [](const auto& kind) { return kind.second; });
      out_.conduction = most->first;
      out_.atrial_rate_per_min = static_cast<double>(median(rates_));
    }
    return out_;
  }

 private:
  std::map<AvConduction, std::size_t> num_minutes_of_;
  std::vector<float> rates_;
  AvBlock out_;
};

bool flutters_in(const Stretch& stretch, const Analysis& a, const std::set<std::size_t>& fluttering) {
  return a.flutter.is_present() && std::ranges::any_of(fluttering, [&](std::size_t beat) {
           const double at_s = a.sequence.time_s(beat);
           return at_s >= static_cast<double>(stretch.from_s) && at_s < static_cast<double>(stretch.until_s);
         });
}

/// The same where a recording is too long for one rhythm, minute by minute, the last one with what is left.
void judge_av_block_by_minutes(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  constexpr std::size_t minute_s = 60;
  const std::size_t num_minutes = static_cast<std::size_t>(signals.duration_s()) / minute_s;
  const std::set<std::size_t> fluttering(a.flutter.beats.begin(), a.flutter.beats.end());
  BlockOfMinutes blocks;
  for (std::size_t minute = 0; minute < num_minutes; ++minute) {
    throw_if_cancelled();
    const std::size_t from_s = minute * minute_s;
    const bool is_last = minute + 1 == num_minutes;
    const Stretch minute_of{from_s, is_last ? a.quality.num_seconds() : from_s + minute_s};
    const Stretch heard = longest_heard(a.beats.is_rejected, minute_of);
    if (heard.length_s() < shortest_judged_s || flutters_in(heard, a, fluttering)) {
      continue;
    }
    const auto [block, first_beat] = judge_av_block_in(signals, heard, thresholds, a);
    if (block.has_blocked_p()) {
      blocks.take(block, static_cast<double>(from_s), first_beat);
    }
  }
  a.av_block = blocks.of(num_minutes);
}

/// What of a recording is analysed: losses on the way bridged, mains taken out. Copied only where there is something to
/// mend.
class CleanSignals {
 public:
  explicit CleanSignals(const LeadSignals& recorded) : recorded_(recorded) {
    has_losses_ = std::ranges::any_of(
        recorded.mv, [](const auto& lead) { return std::ranges::any_of(lead, [](float x) { return std::isnan(x); }); });
  }

  [[nodiscard]] const LeadSignals& signals() const { return mended_ ? *mended_ : recorded_; }
  [[nodiscard]] bool has_lost_mains() const { return has_lost_mains_; }

  void bridge_losses() {
    if (has_losses_) {
      for (std::vector<float>& lead : mended().mv) {
        bridge_gaps(lead, static_cast<std::size_t>(longest_bridged_s * recorded_.rate_hz));
      }
    }
  }

  void remove_mains(const SignalQuality& quality, std::span<const std::int64_t> beats) {
    const auto has_mains = [](const LeadSecond& second) { return second.has(Fault::mains); };
    if (std::ranges::any_of(quality.leads, [&](const auto& lead) { return std::ranges::any_of(lead, has_mains); })) {
      has_lost_mains_ = ecg::remove_mains(mended(), quality, beats);
    }
  }

  /// Stimuli of a pacemaker are no part of a wave.
  void bridge_stimuli() {
    std::vector<std::vector<float>> filled = signals().mv;
    for (std::vector<float>& lead : filled) {
      fill_gaps(lead);
    }
    std::vector<std::size_t> spikes = find_pacing_spikes(filled, recorded_.rate_hz);
    if (!spikes.empty()) {
      remove_pacing_spikes(mended().mv, recorded_.rate_hz, std::move(spikes));
    }
  }

  /// What was lost is no measurement.
  void open_losses() {
    for (std::size_t lead = 0; has_losses_ && lead < recorded_.num_leads(); ++lead) {
      for (std::size_t i = 0; i < recorded_.num_samples(); ++i) {
        if (std::isnan(recorded_.mv[lead][i])) {
          mended().mv[lead][i] = recorded_.mv[lead][i];
        }
      }
    }
  }

 private:
  LeadSignals& mended() {
    if (!mended_) {
      mended_ = recorded_;
    }
    return *mended_;
  }

  const LeadSignals& recorded_;
  std::optional<LeadSignals> mended_;
  bool has_losses_ = false;
  bool has_lost_mains_ = false;
};

/// "muscle, mains": what is wrong with a lead in a tenth of its seconds or more.
std::string usual_faults(const std::vector<LeadSecond>& seconds) {
  std::string text;
  for (std::size_t f = 0; f < num_faults; ++f) {
    const auto fault = static_cast<Fault>(f);
    const auto num = std::ranges::count_if(seconds, [&](const LeadSecond& second) { return second.has(fault); });
    if (10 * num >= std::ssize(seconds)) {
      text += (text.empty() ? "" : ", ") + fault_name(fault);
    }
  }
  return text;
}

void say_what_is_not_measured(const LeadSignals& signals, Analysis& a) {
  std::vector<std::string> leads;
  std::map<std::string, std::vector<std::string>> leads_with;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    if (a.measurements.leads.empty() || !a.measurements.leads[lead].is_measured) {
      const std::string faults = usual_faults(a.quality.leads[lead]);
      leads.push_back(signals.names[lead]);
      leads_with[faults.empty() ? "too few beats without disturbance" : faults].push_back(signals.names[lead]);
    }
  }
  if (leads.empty()) {
    return;
  }
  std::string reason;
  for (const auto& [faults, names] : leads_with) {
    reason += fmt::format("{}{} in {}", reason.empty() ? "" : "; ", faults, fmt::join(names, ", "));
  }
  const bool is_all = leads.size() == signals.num_leads();
  a.statements.push_back(
      {is_all ? "cannot_say_measurements" : "cannot_say_leads",
       is_all ? "Intervals and amplitudes cannot be measured"
              : fmt::format("Amplitudes cannot be measured in {} of {} leads", leads.size(), signals.num_leads()),
       reason,
       {},
       leads});
}

/// The beats that a statement which names none rests on: of fibrillation those in it, of a rhythm those that are not
/// ectopic, else all outside rejected seconds.
std::vector<std::size_t> beats_behind(const std::string& code, const Analysis& a) {
  const bool is_fibrillation = code == "atrial_fibrillation" || code == "paroxysmal_fibrillation";
  const bool is_rhythm = code.starts_with("sinus_") || code.ends_with("_without_p");
  std::vector<std::size_t> out;
  for (std::size_t b = 0; b < a.sequence.size(); ++b) {
    const bool is_left_out = (is_fibrillation && a.fibrillation[b] != Fibrillation::yes) ||
                             (is_rhythm && is_ectopic_beat(a.sequence.type[b])) || !a.sequence.counts(b);
    if (!is_left_out) {
      out.push_back(b);
    }
  }
  return out;
}

/// The leads that have a signal in most of their seconds.
std::vector<std::string> heard_leads(const LeadSignals& signals, const SignalQuality& quality) {
  std::vector<std::string> out;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const auto num = std::ranges::count_if(quality.leads[lead], &LeadSecond::has_signal);
    if (2 * num > std::ssize(quality.leads[lead])) {
      out.push_back(signals.names[lead]);
    }
  }
  return out;
}

/// Each statement names the beats and leads that it rests on.
void name_what_statements_rest_on(const LeadSignals& signals, Analysis& a) {
  const std::vector<std::string> leads = heard_leads(signals, a.quality);
  for (Statement& statement : a.statements) {
    if (statement.beats.empty()) {
      statement.beats = beats_behind(statement.code, a);
    }
    if (statement.leads.empty()) {
      statement.leads = leads;
    }
  }
}

}  // namespace

bool Analysis::says(std::string_view code) const {
  return std::ranges::any_of(statements, [&](const Statement& s) { return s.code == code; });
}

double rr_irregularity(const QrsDetection& beats, double rate_hz) {
  const std::vector<float> intervals = clear_intervals(beats, rate_hz);
  if (intervals.size() < 3) {
    return 0.0;
  }
  double sum = 0.0;
  std::vector<float> changes;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    sum += intervals[i];
    if (i > 0) {
      changes.push_back(std::abs(intervals[i] - intervals[i - 1]));
    }
  }
  return static_cast<double>(median(changes)) * static_cast<double>(intervals.size()) / sum;
}

void type_beats(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& analysis) {
  BeatSequence& sequence = analysis.sequence;
  sequence.rate_hz = signals.rate_hz;
  sequence.sample = analysis.beats.sample;
  sequence.is_rejected = analysis.beats.is_rejected;
  for (const BeatWaves& beat : analysis.waves.global) {
    sequence.p_probability.push_back(beat.p_probability);
  }
  sequence.type = classify_beats(beat_features(signals, sequence.sample), sequence.sample,
                                 pacing_spikes(signals, analysis.waves.beats), signals.rate_hz, thresholds.beat_types);
  settle_conducted_beats(sequence.type, analysis.waves.global, signals.rate_hz);
  analysis.fibrillation = settle_fibrillation(sequence, thresholds.fibrillation);
}

Analysis analyse(const LeadSignals& recorded, const PatientFacts& patient, const StatementThresholds& thresholds) {
  Analysis a;
  a.quality = assess_quality(recorded);
  CleanSignals clean(recorded);
  clean.bridge_losses();
  a.beats = detect_qrs(clean.signals());
  const double rejected = rejected_part(a.beats);
  if (static_cast<double>(a.beats.sample.size()) < thresholds.fewest_beats ||
      rejected > thresholds.largest_rejected_part) {
    const bool is_disturbed = rejected > thresholds.largest_rejected_part;
    const double good = lively_part(a.quality, thresholds.smallest_range_mv);
    const bool are_leads_good = is_disturbed && good >= thresholds.good_leads_from;
    a.statements.push_back({are_leads_good ? "cannot_say_beats"
                            : is_disturbed ? "cannot_say"
                                           : "cannot_say_few_beats",
                            are_leads_good ? "The leads are good, but the beats cannot be told apart in them"
                            : is_disturbed ? "The signal does not allow a statement"
                                           : "Too few beats for a statement",
                            fmt::format("{} beats, {:.0f} % of the seconds rejected, leads good in {:.0f} %",
                                        a.beats.sample.size(), 100 * rejected, 100 * good),
                            {},
                            heard_leads(recorded, a.quality)});
    return a;
  }
  throw_if_cancelled();
  clean.remove_mains(a.quality, a.beats.sample);
  a.waves = delineate(clean.signals(), a.beats.sample);
  throw_if_cancelled();
  type_beats(clean.signals(), thresholds, a);
  throw_if_cancelled();
  clean.bridge_stimuli();
  clean.open_losses();
  const LeadSignals& signals = clean.signals();
  a.measurements =
      measure(signals, a.waves, clean.has_lost_mains() ? assess_quality(signals) : a.quality, a.beats.is_rejected);
  judge_flutter(signals, thresholds, a);
  if (signals.duration_s() <= longest_one_rhythm_s) {
    judge_av_block_where_heard(signals, thresholds, a);
  } else {
    judge_av_block_by_minutes(signals, thresholds, a);
  }
  judge_wide_rhythm(thresholds, a);
  if (a.measurements.rate_per_min) {
    say_rhythm(thresholds, a);
  }
  say_morphology(signals, patient, thresholds, a);
  say_what_is_not_measured(signals, a);
  name_what_statements_rest_on(signals, a);
  return a;
}

}  // namespace xingu::ecg
