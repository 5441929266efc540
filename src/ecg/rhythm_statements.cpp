// SPDX-License-Identifier: Apache-2.0
#include "ecg/rhythm_statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "ecg/hidden_p_waves.h"
#include "ecg/rhythm_numbers.h"
#include "ecg/silence_statements.h"

namespace xingu::ecg {
namespace {

std::vector<std::size_t> beats_of(std::span<const BeatType> types, BeatType type) {
  std::vector<std::size_t> out;
  for (std::size_t b = 0; b < types.size(); ++b) {
    if (types[b] == type) {
      out.push_back(b);
    }
  }
  return out;
}

double share_of(std::span<const Fibrillation> states, Fibrillation state) {
  return static_cast<double>(std::ranges::count(states, state)) /
         static_cast<double>(std::max<std::size_t>(1, states.size()));
}

/// A bradycardia and a tachycardia, by the patient's age.
struct RateLimits {
  double slow_below_per_min = 0.0;
  double fast_above_per_min = 0.0;
  double block_below_per_min = 0.0;  ///< regular beats without P waves that may be an escape rhythm
};

RateLimits rate_limits(const StatementThresholds& t, const PatientFacts& patient) {
  const auto own = usual_rates(t.children, patient.age_years);
  return own ? RateLimits{own->slowest, own->fastest, own->slowest}
             : RateLimits{t.bradycardia_below_per_min, t.tachycardia_above_per_min, t.block_below_per_min};
}

/// A rate beyond its limits is said beside an arrhythmia, not hidden by it.
void say_sinus(double rate, double irregularity, const std::string& basis, const RateLimits& limits,
               const StatementThresholds& t, std::vector<Statement>& out) {
  const bool is_irregular = irregularity >= t.sinus_arrhythmia_from;
  const std::size_t num_said = out.size();
  if (rate < limits.slow_below_per_min) {
    out.push_back({"sinus_bradycardia", "Sinus bradycardia", basis, {}, {}});
  } else if (rate > limits.fast_above_per_min) {
    out.push_back({"sinus_tachycardia", "Sinus tachycardia", basis, {}, {}});
  } else if (!is_irregular) {
    out.push_back({"sinus_rhythm", "Sinus rhythm", basis, {}, {}});
  }
  if (is_irregular) {
    out.push_back({"sinus_arrhythmia",
                   "Sinus arrhythmia",
                   out.size() == num_said
                       ? basis
                       : fmt::format("irregularity {:.3f} (from {:.3f})", irregularity, t.sinus_arrhythmia_from),
                   {},
                   {}});
  }
}

/// A P wave precedes most beats: the sinus node's, unless it comes from elsewhere or the rate is beyond the node's.
void say_rhythm_with_p(const OwnRate& own, double irregularity, const std::string& basis, const StatementThresholds& t,
                       const PatientFacts& patient, Analysis& a) {
  const double rate = own.per_min;
  if (rate > t.sinus_fastest_per_min - patient.age_years.value_or(0.0)) {
    a.statements.push_back({"tachycardia_without_p",
                            "Tachycardia, origin not seen",
                            fmt::format("{}; faster than a sinus node", basis),
                            {},
                            {}});
    return;
  }
  const RateLimits limits = rate_limits(t, patient);
  const std::optional<double> axis = a.measurements.p_axis_deg;
  const bool is_axis_usual = !axis || (*axis >= t.p_axis_from_deg && *axis <= t.p_axis_to_deg);
  const auto two = std::ranges::find(a.measurements.leads, "II", &LeadMeasurements::lead);
  const bool is_inverted = two != a.measurements.leads.end() && two->p_mV.value_or(0.0) <= -t.inverted_p_mv;
  if (is_axis_usual || !is_inverted || !a.tremors.empty()) {
    if (rate > limits.fast_above_per_min && own.least_per_min && *own.least_per_min <= limits.fast_above_per_min) {
      a.statements.push_back({"sinus_rhythm",
                              "Sinus rhythm, whose own rate the extrasystoles hide",
                              fmt::format("{:.0f}/min counting all beats, {:.0f}/min from one sinus beat to the next",
                                          rate, *own.least_per_min),
                              {},
                              {}});
      return;
    }
    say_sinus(rate, irregularity, basis, limits, t, a.statements);
    return;
  }
  const char* const speed = rate < limits.slow_below_per_min   ? "Slow rhythm"
                            : rate > limits.fast_above_per_min ? "Tachycardia"
                                                               : "Rhythm";
  a.statements.push_back(
      {"unusual_p_axis",
       fmt::format("{} whose P waves do not come from the sinus node (or electrodes are exchanged)", speed),
       fmt::format("{}, P axis {:.0f}° (of the sinus node {:.0f} to {:.0f}°), in II {:.2f} mV", basis, whole(*axis),
                   t.p_axis_from_deg, t.p_axis_to_deg, *two->p_mV),
       {},
       {"I", "II", "aVF"}});
}

struct BlockWords {
  const char* code;
  const char* text;
};

BlockWords block_words(AvConduction conduction) {
  switch (conduction) {
    case AvConduction::type_1:
      return {"av_block_2_type_1", "Second-degree AV block, type I (Wenckebach)"};
    case AvConduction::type_2:
      return {"av_block_2_type_2", "Second-degree AV block, type II"};
    case AvConduction::two_to_one:
      return {"av_block_2_to_1", "Second-degree AV block, 2:1"};
    case AvConduction::advanced:
      return {"av_block_advanced", "Advanced AV block"};
    case AvConduction::none:
      return {"av_block_3", "Third-degree AV block"};
    default:
      return {"av_block_2", "Second-degree AV block; PR decides for neither type"};
  }
}

/// ", in 3 of 30 minutes, the first from 300 s on"; nothing of a short recording.
std::string minutes_text(const AvBlock& block) {
  return block.num_minutes == 0 ? std::string{}
                                : fmt::format(", in {} of {} minutes, the first from {:.0f} s on",
                                              block.minutes_s.size(), block.num_minutes, block.minutes_s.front());
}

/// Beside another rhythm, in some minutes of a long recording.
void say_partial_block(Analysis& a) {
  const AvBlock& block = a.av_block;
  const auto& [code, text] = block_words(block.conduction);
  a.statements.push_back({code,
                          fmt::format("{}, for part of the recording", text),
                          fmt::format("P waves {:.0f}/min, {} of them blocked{}", block.atrial_rate_per_min,
                                      block.num_blocked, minutes_text(block)),
                          block.beats_after,
                          {}});
}

/// The atria beat by themselves and are named by their own rate.
void say_av_block(const StatementThresholds& t, const PatientFacts& patient, Analysis& a) {
  const AvBlock& block = a.av_block;
  const BeatSequence& s = a.sequence;
  std::size_t num_heard = 0;
  double heard_s = 0.0;
  for (std::size_t b = 1; b < s.size(); ++b) {
    num_heard += s.follows(b) ? 1 : 0;
    heard_s += s.follows(b) ? s.time_s(b) - s.time_s(b - 1) : 0.0;
  }
  const double mean_rate = 60.0 * static_cast<double>(num_heard) / std::max(heard_s, 1e-3);
  const std::string basis =
      fmt::format("P waves {:.0f}/min, {} of them blocked, ventricles {:.0f}/min on the average{}",
                  block.atrial_rate_per_min, block.num_blocked, mean_rate, minutes_text(block));
  say_sinus(block.atrial_rate_per_min, 0.0, basis, rate_limits(t, patient), t, a.statements);
  const auto& [code, text] = block_words(block.conduction);
  a.statements.push_back({code, text, basis, block.beats_after, {}});
}

/// Where waves of the atria above the limit seem to be blocked, neither sinus rhythm nor block can be said.
void say_suspected_block(Analysis& a) {
  a.statements.push_back(
      {"cannot_say_conduction",
       "Whether each beat of the atria is conducted cannot be said: P waves between the complexes "
       "are suspected",
       fmt::format("waves {:.0f}/min, {} of them without a complex, ventricles {:.0f}/min",
                   a.av_block.atrial_rate_per_min, a.av_block.num_blocked, *a.measurements.rate_per_min),
       {},
       {}});
}

void say_flutter(Analysis& a) {
  const AtrialFlutter& flutter = a.flutter;
  std::vector<std::string> leads;
  for (const std::size_t lead : flutter.leads) {
    if (lead < a.measurements.leads.size()) {  // none has a name where nothing was measured
      leads.push_back(a.measurements.leads[lead].lead);
    }
  }
  const std::string basis = fmt::format(
      "waves of the atria {:.0f}/min, {:.1f} to a beat: {:.0f} % of the signal outside the complexes, on the mix of "
      "leads that shows them best{}",
      flutter.rate_per_min, flutter.waves_per_beat, 100 * flutter.explained,
      flutter.is_partial ? fmt::format("; about {} of {} beats, the first at {:.0f} s", flutter.beats.size(),
                                       a.sequence.size(), a.sequence.time_s(flutter.beats.front()))
                         : std::string{});
  if (!flutter.is_present()) {
    a.statements.push_back(
        {"cannot_say_flutter",
         fmt::format("Sinus tachycardia and atrial flutter with {:.0f}:1 conduction cannot be told apart",
                     flutter.waves_per_beat),
         basis, flutter.beats, leads});
    return;
  }
  const std::string conduction = flutter.conduction == FlutterConduction::fixed
                                     ? fmt::format("{:.0f}:1 conduction", flutter.waves_per_beat)
                                     : std::string("variable conduction");
  a.statements.push_back(
      {flutter.is_partial ? "paroxysmal_flutter" : "atrial_flutter",
       fmt::format("Atrial flutter{}, {}", flutter.is_partial ? " for part of the recording" : "", conduction), basis,
       flutter.beats, leads});
}

constexpr std::size_t fewest_to_exclude_p = 4;  // beats, as largest_hidden_p_mv() asks for
constexpr double seen_p_share = 1.0 / 3.0;      // own choice: a rhythm with as many P waves is not without

/// "without P waves", or how few there are.
const char* without_p_words(double share) {
  return share < seen_p_share ? "without P waves" : "with P waves before some beats only";
}

/// Neither fibrillation nor early beats are said of what may be ventricular, but where a tachycardia is as irregular as
/// fibrillation of the atria it may be that with wide complexes (ESC guideline on supraventricular tachycardia, Eur.
/// Heart J. 41 (2020) 655).
void say_wide_rhythm(const StatementThresholds& t, Analysis& a) {
  const WideRhythm& wide = *a.wide;
  const BeatSequence& s = a.sequence;
  const Irregularity found = irregularity_of(s, 1, s.size(), [](std::size_t) { return true; });
  const double irregularity = found.is_known() ? found.value() : 0.0;
  const bool is_irregular = wide.is_fast && irregularity >= t.fibrillation.least_irregularity;
  std::vector<std::string> leads;
  for (const LeadMeasurements& lead : a.measurements.leads) {
    if (lead.is_measured) {
      leads.push_back(lead.lead);
    }
  }
  a.statements.push_back(
      {wide.is_fast ? "wide_complex_tachycardia" : "wide_complex_rhythm",
       is_irregular ? std::string("Irregular wide-complex tachycardia, may be ventricular or fibrillation of the atria")
       : wide.is_fast ? std::string("Wide-complex tachycardia, may be ventricular")
                      : fmt::format("Wide complexes {}, may be ventricular", without_p_words(wide.p_share)),
       fmt::format("{:.0f}/min from {} beats, their QRS {:.0f} ms, irregularity {:.2f}, P waves before {:.0f} % of the "
                   "beats",
                   wide.rate_per_min, wide.beats.size(), wide.qrs_ms, irregularity, 100 * wide.p_share),
       wide.beats, leads});
}

/// Whether lead II, which shows P waves best, has no part in anything.
bool is_second_lead_useless(const Analysis& a) {
  return std::ranges::any_of(a.useless_leads, [&](std::size_t lead) {
    return lead < a.measurements.leads.size() && a.measurements.leads[lead].lead == "II";
  });
}

/// Complexes as wide as those of a block or of the ventricles.
bool is_wide(const StatementThresholds& t, const Analysis& a) {
  return a.measurements.qrs_ms && *a.measurements.qrs_ms >= t.complete_block_from_ms;
}

struct RhythmNumbers {
  double rate_per_min = 0.0;
  double irregularity = 0.0;
  double p_share = 0.0;
};

void say_of_rhythm(const char* code, std::string text, std::string reason, Analysis& a) {
  a.statements.push_back({code, std::move(text), std::move(reason), {}, {}});
}

/// Whether a P wave is measured that the mean of a few beats has, so that it may be in all.
bool has_p_of_few_beats(const Measurements& m) {
  return m.pr_ms && !m.leads.empty() && std::ranges::all_of(m.leads, [](const LeadMeasurements& lead) {
           return !lead.is_measured || (lead.num_beats > 0 && lead.num_beats < fewest_to_exclude_p);
         });
}

/// A slow or even rhythm without P waves, or where few are seen.
void say_even_rhythm_without_p(const RhythmNumbers& n, const std::string& basis, const RateLimits& limits,
                               const StatementThresholds& t, Analysis& a) {
  const auto say = [&](const char* code, std::string text, std::string reason) {
    say_of_rhythm(code, std::move(text), std::move(reason), a);
  };
  const bool is_slow = n.rate_per_min < limits.block_below_per_min;
  if (!a.tremors.empty()) {
    say("cannot_say_rhythm",
        fmt::format("The rhythm cannot be said: a tremor may hide or feign P waves{}",
                    is_slow ? "; complete AV block cannot be excluded" : ""),
        basis);
  } else if (is_slow) {
    say("slow_without_p",
        fmt::format("Slow regular rhythm {}; complete AV block cannot be excluded", without_p_words(n.p_share)), basis);
  } else if (n.p_share < seen_p_share && is_second_lead_useless(a)) {
    say("cannot_say_rhythm", "The rhythm cannot be said: no P waves in the leads that are left", basis);
  } else if (!are_most_leads_measured(a.measurements)) {
    say("cannot_say_rhythm", "The rhythm cannot be said: most leads are too disturbed to show P waves", basis);
  } else if (is_wide(t, a)) {
    say("wide_regular_without_p",
        fmt::format("Regular wide complexes {}, may be ventricular", without_p_words(n.p_share)),
        fmt::format("{}, QRS {:.0f} ms", basis, *a.measurements.qrs_ms));
  } else if (const double hidden_mv = a.measurements.hidden_p_mV.value_or(0.0);
             hidden_mv > t.excluded_p_mv && n.p_share < seen_p_share) {
    say("cannot_say_rhythm", "The rhythm cannot be said: no P waves are seen, but small ones cannot be excluded",
        fmt::format("{}, {}", basis, hidden_text(hidden_mv, t.excluded_p_mv)));
  } else if (n.p_share >= seen_p_share || has_p_of_few_beats(a.measurements)) {
    say("cannot_say_rhythm", "The rhythm cannot be said: too few P waves are seen to say", basis);
  } else {
    say("regular_without_p", "Regular rhythm without P waves", basis);
  }
}

/// Where less than half of the beats have a P wave, and the atria do not fibrillate.
void say_rhythm_without_p(const RhythmNumbers& n, const std::string& basis, const RateLimits& limits,
                          const StatementThresholds& t, Analysis& a) {
  if (n.rate_per_min > limits.fast_above_per_min) {
    say_of_rhythm("tachycardia_without_p", "Tachycardia, origin not seen", basis, a);
  } else if (const bool is_irregular =
                 n.irregularity >= t.sinus_arrhythmia_from || own_spread(a.sequence) > t.uneven_from;
             is_irregular && !are_most_leads_measured(a.measurements)) {
    say_of_rhythm("cannot_say_rhythm",
                  "The rhythm cannot be said: most leads are too disturbed to show P waves; fibrillation of the atria "
                  "cannot be excluded",
                  basis, a);
  } else if (is_irregular) {
    say_of_rhythm("irregular_without_p",
                  fmt::format("Irregular rhythm {}; fibrillation of the atria can neither be told nor excluded",
                              without_p_words(n.p_share)),
                  fmt::format("{}, RR spread {:.0f} %", basis, 100.0 * own_spread(a.sequence)), a);
  } else {
    say_even_rhythm_without_p(n, basis, limits, t, a);
  }
  if (n.p_share < seen_p_share || !a.statements.back().code.starts_with("cannot_say")) {
    forget_p_waves(a.measurements);
  }
}

void say_main_rhythm(const StatementThresholds& t, const PatientFacts& patient, Analysis& a) {
  const OwnRate own = own_rate(t, a);
  const double rate = own.per_min;
  const RateLimits limits = rate_limits(t, patient);
  const std::optional<double> known_irregularity = rhythm_irregularity(a);
  const double irregularity = known_irregularity.value_or(0.0);
  const double share = p_share(a);
  const auto [num_told, num_ectopic] = told_beats(a.sequence);
  const std::string of_beats = own.is_without_ectopic && num_ectopic > 0
                                   ? fmt::format("between the {} beats that are not ectopic", num_told - num_ectopic)
                                   : fmt::format("from {} beats", num_told);
  const std::string evenness =
      known_irregularity ? fmt::format("irregularity {:.2f}", irregularity) : "too few intervals to tell how even";
  const std::string basis =
      fmt::format("{:.0f}/min {}, {}, P waves before {:.0f} % of the beats", rate, of_beats, evenness, 100 * share);
  std::vector<Statement>& out = a.statements;
  const std::vector<std::size_t> paced = beats_of(a.sequence.type, BeatType::paced);
  const bool is_paced = 2 * paced.size() > a.sequence.size();
  if (is_paced) {
    out.push_back({"ventricular_pacing",
                   "Paced ventricular rhythm",
                   fmt::format("a stimulus before {} of {} beats", paced.size(), a.sequence.size()),
                   paced,
                   {}});
  }
  const std::vector<std::size_t>& behind_atrial = a.capture.behind_an_atrial;
  const bool is_atrial_paced = 2 * behind_atrial.size() > a.sequence.size();
  if (is_atrial_paced) {
    out.push_back(
        {"atrial_pacing",
         "Paced atrial rhythm",
         fmt::format("a stimulus of the atria before {} of {} beats", behind_atrial.size(), a.sequence.size()),
         behind_atrial,
         {}});
  }
  const bool is_flutter_said = a.flutter.conduction != FlutterConduction::absent;
  if (is_flutter_said) {
    say_flutter(a);
  }
  if (is_flutter_said && !a.flutter.is_partial) {
    return;
  }
  // Each beat is judged by those about it, where lost ones make a regular rhythm uneven; fibrillation is uneven as a
  // whole.
  const bool is_fibrillation = share_of(a.fibrillation, Fibrillation::yes) > 0.5;
  if (is_fibrillation && !known_irregularity) {
    out.push_back({"cannot_say_rhythm",
                   "The rhythm cannot be said: fibrillation of the atria cannot be excluded",
                   basis,
                   {},
                   {}});
  } else if (is_fibrillation && irregularity >= 0.5 * t.fibrillation.least_irregularity) {
    out.push_back({"atrial_fibrillation", "Atrial fibrillation", basis, {}, {}});
  } else if (is_atrial_paced) {
    // the atria's rhythm has been said
  } else if (share > t.largest_p_share) {
    say_rhythm_with_p(own, irregularity, basis, t, patient, a);
  } else if (is_paced) {
    out.push_back({"cannot_say_atria", "The rhythm of the atria cannot be said under pacing", basis, {}, {}});
  } else if (share_of(a.fibrillation, Fibrillation::undecided) > 0.5) {
    out.push_back(
        {"cannot_say_rhythm", "The rhythm cannot be said: too few P waves, too many for fibrillation", basis, {}, {}});
  } else {
    say_rhythm_without_p({rate, irregularity, share}, basis, limits, t, a);
  }
}

/// Fibrillation for a part of the recording only.
void say_burden(const StatementThresholds& t, Analysis& a) {
  const FibrillationBurden burden = fibrillation_burden(a.sequence, a.fibrillation);
  const std::vector<Episode> episodes = find_episodes(a.sequence, a.fibrillation, t.episodes());
  const auto num = std::ranges::count(episodes, "atrial_fibrillation", &Episode::code);
  if (num > 0 && !a.says("atrial_fibrillation")) {
    a.statements.push_back({"paroxysmal_fibrillation",
                            "Atrial fibrillation for part of the recording",
                            fmt::format("{} {}, {:.0f} % of {:.0f} s", num, num == 1 ? "episode" : "episodes",
                                        100 * burden.share(), burden.decided_s),
                            {},
                            {}});
  }
}

/// A long one is a pause however usual it is.
void say_pauses(const StatementThresholds& t, Analysis& a) {
  double longest = 0.0;
  double longest_from_s = 0.0;
  std::vector<std::size_t> ends;
  const BeatSequence& s = a.sequence;
  const double longest_s = longest_usual_interval_s(s, t);
  for (std::size_t b = 1; b < s.size(); ++b) {
    const double interval = s.time_s(b) - s.time_s(b - 1);
    if ((interval > longest_s || interval >= t.long_pause_from_s) && s.follows(b)) {
      ends.push_back(b);
      longest_from_s = interval > longest ? s.time_s(b - 1) : longest_from_s;
      longest = std::max(longest, interval);
    }
  }
  const std::string disturbed = disturbed_text(longest_from_s, longest, a);
  const char* const up_to = disturbed.empty() ? "" : "up to ";
  if (!ends.empty()) {
    const bool is_long = longest >= t.long_pause_from_s;
    a.statements.push_back({is_long ? "long_pause" : "pause",
                            is_long ? "Long pause" : "Pause",
                            fmt::format("{}, the longest {}{:.2f} s{}", ends.size(), up_to, longest, disturbed),
                            ends,
                            {},
                            longest_from_s});
  }
  if (longest >= t.standstill_from_s) {
    a.statements.push_back(
        {"standstill",
         fmt::format("The ventricles stood still for {}{:.1f} s", up_to, longest),
         fmt::format("no beat in good leads; a standstill lasts {:.0f} s or longer{}", t.standstill_from_s, disturbed),
         ends,
         {},
         longest_from_s});
  }
}

/// "3 of 12 beats, 1 couplet, bigeminy".
/// @param num_judged  of all beats, those that are outside disturbed seconds or in a run
std::string ectopy_text(const Ectopy& e, std::size_t num_judged, std::size_t num_beats) {
  std::string text =
      fmt::format("{} of {} beats{}", e.beats, num_judged,
                  num_judged < num_beats ? fmt::format(" outside disturbed seconds, of {} in all", num_beats) : "");
  const auto add = [&](std::size_t n, const char* one, const char* many) {
    text += n == 0 ? std::string{} : fmt::format(", {} {}", n, n == 1 ? one : many);
  };
  add(e.couplets, "couplet", "couplets");
  add(e.runs, "run of three or more", "runs of three or more");
  text += e.has_bigeminy ? ", bigeminy" : "";
  text += e.has_trigeminy ? ", trigeminy" : "";
  return text;
}

/// [beat] whether it counts: noise may have made it, which is not so of the beats of a run.
std::vector<bool> judged_beats(const BeatSequence& beats, const std::vector<BeatRun>& runs) {
  std::vector<bool> out(beats.size());
  for (std::size_t b = 0; b < beats.size(); ++b) {
    out[b] = beats.counts(b);
  }
  for (const BeatRun& run : runs) {
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(run.first), run.length, true);
  }
  return out;
}

/// [beat] whether beats may be missing before it, or it and the one before are of a class and far apart.
std::vector<bool> parted_beats(const BeatSequence& beats, BeatType type) {
  std::vector<bool> out(beats.size(), false);
  for (std::size_t b = 1; b < out.size(); ++b) {
    const bool are_of_class = beats.type[b] == type && beats.type[b - 1] == type;
    out[b] = !beats.joins(b) || (are_of_class && beats.is_far_behind(b));
  }
  return out;
}

void say_run(const BeatRun& run, const std::string& code, const char* adjective, const std::string& others,
             Analysis& a) {
  std::vector<std::size_t> beats(run.length);
  std::iota(beats.begin(), beats.end(), run.first);
  a.statements.push_back(
      {code,
       fmt::format("{} run of {} beats", adjective, run.length),
       fmt::format("{:.0f}/min from {:.1f} s on{}", run.rate_per_min, a.sequence.time_s(run.first), others),
       beats,
       {}});
}

/// The one of the runs that lasts longest, if that is long.
void say_sustained(const std::vector<BeatRun>& fast, const StatementThresholds& t, Analysis& a) {
  const auto duration_s = [&](const BeatRun& run) {
    return a.sequence.time_s(run.first + run.length - 1) - a.sequence.time_s(run.first);
  };
  const BeatRun longest = *std::ranges::max_element(fast, {}, duration_s);
  if (duration_s(longest) < t.sustained_from_s) {
    return;
  }
  std::vector<std::size_t> beats(longest.length);
  std::iota(beats.begin(), beats.end(), longest.first);
  a.statements.push_back(
      {"sustained_ventricular_tachycardia",
       fmt::format("Sustained ventricular tachycardia for {:.0f} s", duration_s(longest)),
       fmt::format("{} beats at {:.0f}/min from {:.1f} s on (sustained from {:.0f} s)", longest.length,
                   longest.rate_per_min, a.sequence.time_s(longest.first), t.sustained_from_s),
       beats,
       {}});
}

/// The longest of the runs that are a tachycardia, and the longest of all where that is another one.
void say_runs(const std::vector<BeatRun>& runs, const std::string& type, const char* adjective,
              const StatementThresholds& t, Analysis& a) {
  std::vector<BeatRun> fast;
  std::ranges::copy_if(runs, std::back_inserter(fast),
                       [&](const BeatRun& run) { return run.rate_per_min > t.tachycardia_above_per_min; });
  if (!fast.empty()) {
    const double fastest = std::ranges::max_element(fast, {}, &BeatRun::rate_per_min)->rate_per_min;
    const BeatRun& longest = *std::ranges::max_element(fast, {}, &BeatRun::length);
    say_run(longest, type + "_tachycardia", adjective,
            fast.size() == 1 ? std::string{}
                             : fmt::format("; {} runs above {:.0f}/min, the fastest {:.0f}/min", fast.size(),
                                           t.tachycardia_above_per_min, fastest),
            a);
    if (type == beat_type_name(BeatType::ventricular)) {
      say_sustained(fast, t, a);
    }
  }
  if (const BeatRun longest = *std::ranges::max_element(runs, {}, &BeatRun::length);
      longest.rate_per_min <= t.tachycardia_above_per_min) {
    say_run(longest, type + "_run", adjective, "", a);
  }
}

void say_ectopy(BeatType type, const char* adjective, const StatementThresholds& t, Analysis& a) {
  const std::vector<BeatRun> runs = find_runs(a.sequence, type);
  const std::vector<bool> is_judged = judged_beats(a.sequence, runs);
  std::vector<BeatType> types = a.sequence.type;
  for (std::size_t b = 0; b < types.size(); ++b) {
    types[b] = is_judged[b] ? types[b] : BeatType::unknown;
  }
  const Ectopy e = count_ectopy(types, type, parted_beats(a.sequence, type));
  if (e.beats == 0) {
    return;
  }
  const std::string code(beat_type_name(type));
  a.statements.push_back({code + "_ectopy",
                          fmt::format("{} extrasystoles", adjective),
                          ectopy_text(e, static_cast<std::size_t>(std::ranges::count(is_judged, true)), types.size()),
                          beats_of(types, type),
                          {}});
  if (!runs.empty()) {
    say_runs(runs, code, adjective, t, a);
  }
}

}  // namespace

void forget_p_waves(Measurements& measurements) {
  measurements.p_ms.reset();
  measurements.pr_ms.reset();
  measurements.p_axis_deg.reset();
  for (LeadMeasurements& lead : measurements.leads) {
    lead.p_mV.reset();
    lead.p_terminal_mVs.reset();
  }
}

void say_slowness(const StatementThresholds& thresholds, Analysis& analysis) {
  const std::optional<double> rate = analysis.measurements.rate_per_min;
  if (rate && *rate < thresholds.too_slow_below_per_min) {
    analysis.statements.push_back({"too_slow",
                                   fmt::format("Fewer than {:.0f} beats a minute", thresholds.too_slow_below_per_min),
                                   fmt::format("{:.0f}/min from {} beats", *rate, analysis.sequence.size()),
                                   {},
                                   {}});
  }
  say_pauses(thresholds, analysis);
}

void say_rhythm(const StatementThresholds& thresholds, const PatientFacts& patient, Analysis& analysis) {
  if (analysis.wide) {
    say_wide_rhythm(thresholds, analysis);
    say_slowness(thresholds, analysis);
    return;
  }
  if (analysis.has_blocked_p() && !analysis.av_block.is_partial()) {
    say_av_block(thresholds, patient, analysis);
  } else if (analysis.av_block.may_have_blocked_p()) {
    say_suspected_block(analysis);
  } else {
    say_main_rhythm(thresholds, patient, analysis);
    if (analysis.has_blocked_p()) {
      say_partial_block(analysis);
    }
  }
  say_burden(thresholds, analysis);
  say_slowness(thresholds, analysis);
  say_ectopy(BeatType::ventricular, "Ventricular", thresholds, analysis);
  say_ectopy(BeatType::supraventricular, "Supraventricular", thresholds, analysis);
}

}  // namespace xingu::ecg
