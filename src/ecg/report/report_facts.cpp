// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/report_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <sstream>
#include <string_view>

#include "ecg/patient_age.h"
#include "ecg/qrs_detector.h"
#include "ecg/report/plain_words.h"
#include "ecg/urgency.h"

namespace xingu::ecg {
namespace {

/// Intervals between neighbouring complexes, s, where no second between them is rejected.
std::vector<double> trusted_intervals(const LeadSignals& signals, const QrsDetection& detection) {
  std::vector<double> intervals;
  const auto time_s = [&](std::size_t beat) { return static_cast<double>(detection.sample[beat]) / signals.rate_hz; };
  for (std::size_t i = 1; i < detection.sample.size(); ++i) {
    if (is_heard(detection.is_rejected, time_s(i - 1), time_s(i))) {
      intervals.push_back(static_cast<double>(detection.sample[i] - detection.sample[i - 1]) / signals.rate_hz);
    }
  }
  return intervals;
}

/// Whether a statement's code begins with one of these.
bool says_any_of(const ReportFacts& facts, std::initializer_list<std::string_view> beginnings) {
  return std::ranges::any_of(facts.statements, [&](const ReportStatement& statement) {
    return std::ranges::any_of(beginnings, [&](std::string_view begins) { return statement.code.starts_with(begins); });
  });
}

/// Whom the usual ranges are not for.
bool is_child(const ReportFacts& facts) { return facts.age_years && *facts.age_years < facts.usual.adult_from_years; }

/// What is usual depends on the age. @param rate  per minute, not far below every usual one
Sentence child_rate_sentence(const ReportFacts& facts, double rate) {
  const UsualRanges& usual = facts.usual;
  if (*facts.age_years < usual.infant_to_years && rate < usual.infant_slow_below_per_min) {
    return {
        fmt::format("The heart beat {:.0f} times a minute, which is slow for a child as small as this. Have a doctor "
                    "see the child at once.",
                    rate),
        fmt::format("心跳每分钟 {:.0f} 次，对这么小的孩子来说偏慢。请马上让医生看孩子。", rate)};
  }
  const std::optional<AgeRates> own = usual_rates(usual.children, facts.age_years);
  if (!own) {
    return {fmt::format("The heart beat {:.0f} times a minute. What is usual depends on the child's age.", rate),
            fmt::format("心跳每分钟 {:.0f} 次。儿童的正常范围因年龄而异。", rate)};
  }
  const std::string english =
      fmt::format("{:.0f} to {:.0f} are usual at {}", own->slowest, own->fastest, age_words(*facts.age_years));
  const std::string chinese = fmt::format("{}的孩子通常为 {:.0f} 到 {:.0f} 次", age_words_chinese(*facts.age_years),
                                          own->slowest, own->fastest);
  if (rate > std::max(usual.very_fast_above_per_min, own->fastest)) {
    return {
        fmt::format(
            "The heart beat {:.0f} times a minute, far too fast for a child of this age ({}). Have a doctor who "
            "treats children look at it today; with weakness, chest pain or fainting call the emergency number.",
            rate, english),
        fmt::format("心跳每分钟 {:.0f} 次，对这个年龄的孩子来说远高于正常（{}）。请今天就让儿科医生看；如有乏力、胸痛或"
                    "晕厥，请拨打急救电话。",
                    rate, chinese)};
  }
  if (rate > own->fastest) {
    return {fmt::format("The heart beat {:.0f} times a minute, faster than usual for a child of this age ({}). Effort, "
                        "fever or crying can do this. Show it to a doctor who treats children.",
                        rate, english),
            fmt::format("心跳每分钟 {:.0f} 次，对这个年龄的孩子来说偏快（{}）。活动、发热或哭闹都可能引起。请给儿科医生"
                        "看。",
                        rate, chinese)};
  }
  if (rate < own->slowest) {
    return {fmt::format("The heart beat {:.0f} times a minute, slower than usual for a child of this age ({}). Show it "
                        "to a doctor who treats children soon; at once after fainting.",
                        rate, english),
            fmt::format("心跳每分钟 {:.0f} 次，对这个年龄的孩子来说偏慢（{}）。请尽快给儿科医生看；如曾晕厥，请立即就医"
                        "。",
                        rate, chinese)};
  }
  return {
      fmt::format("The heart beat {:.0f} times a minute. What is usual depends on the child's age: {}.", rate, english),
      fmt::format("心跳每分钟 {:.0f} 次。儿童的心率因年龄而异：{}。", rate, chinese)};
}

/// A mean rate says nothing of what is usual where another rhythm or a standstill may be within it.
bool may_have_several_rhythms(const ReportFacts& facts) {
  return says_any_of(facts,
                     {"wide_complex", "wide_regular", "ventricular_tachycardia", "sustained_ventricular_tachycardia",
                      "beats_untold", "possible_ventricular", "no_beats", "standstill", "long_pause"});
}

/// Where no lead was good for a tenth of the time, nothing is called usual.
bool has_good_lead(const ReportFacts& facts) {
  constexpr double least_good_part = 0.1;
  return facts.quality.empty() ||
         std::ranges::any_of(facts.quality, [](const LeadQuality& lead) { return lead.good_part >= least_good_part; });
}

Sentence rate_sentence(const ReportFacts& facts) {
  if (!facts.rate_per_min && says_any_of(facts, {"cannot_say_few_beats"})) {
    return {"The heart rate could not be told: the recording shows too few beats. Record for ten seconds or longer.",
            "无法得出心率：记录中的心跳次数太少。请至少记录十秒。"};
  }
  if (!facts.rate_per_min && says_any_of(facts, {"cannot_say_rare_beats"})) {
    return {"The heart rate could not be told: the recording shows hardly any heartbeat.",
            "无法得出心率：记录中几乎没有心跳。"};
  }
  if (!facts.rate_per_min && says_any_of(facts, {"no_beats_in_good_leads"})) {
    return {"The heart rate could not be told: no heartbeat was found.", "无法得出心率：没有发现心跳。"};
  }
  if (!facts.rate_per_min &&
      says_any_of(facts, {"cannot_say_beats", "cannot_say_ventricles", "beats_untold_for", "possible_ventricular"})) {
    return {"The heart rate could not be told: the beats cannot be told apart.", "无法得出心率：无法分辨每一次心跳。"};
  }
  if (!facts.rate_per_min) {
    return {
        "The heart rate could not be told: the signal was too disturbed, or its waves are none of a usual heart. If "
        "the person feels unwell, call for help first. Otherwise attach the electrodes again and repeat.",
        "无法得出心率：信号干扰太大，或波形不像正常的心跳。如患者感觉不适，请先求助；否则请重新贴好电极后再记录一次。"};
  }
  const double rate = std::round(*facts.rate_per_min);  // as it is shown
  const UsualRanges& usual = facts.usual;
  if (says_any_of(facts, {"too_slow"})) {  // what to do has been said
    return {fmt::format("The heart beat {:.0f} times a minute, far slower than usual.", rate),
            fmt::format("心跳每分钟 {:.0f} 次，远低于正常。", rate)};
  }
  if (rate < usual.very_slow_below_per_min) {
    return {
        fmt::format("The heart beat {:.0f} times a minute, far slower than usual. See a doctor today; with dizziness "
                    "or fainting call the emergency number.",
                    rate),
        fmt::format("心跳每分钟 {:.0f} 次，远低于正常。请今天就去看医生；如有头晕或晕厥，请拨打急救电话。", rate)};
  }
  if (is_child(facts)) {
    return child_rate_sentence(facts, rate);
  }
  if (rate > usual.very_fast_above_per_min) {
    return {fmt::format("The heart beat {:.0f} times a minute, far faster than usual at rest. See a doctor today; with "
                        "dizziness, chest pain or fainting call the emergency number.",
                        rate),
            fmt::format(
                "心跳每分钟 {:.0f} 次，安静时这远高于正常。请今天就去看医生；如有头晕、胸痛或晕厥，请拨打急救电话。",
                rate)};
  }
  // What a statement finds wrong with the rhythm is no matter of sleep or of effort.
  const bool is_harmless = !says_any_of(facts, {"wide_complex",
                                                "wide_regular",
                                                "tachycardia_without_p",
                                                "regular_without_p",
                                                "slow_without_p",
                                                "irregular_without_p",
                                                "cannot_say_conduction",
                                                "stimuli_without_complex",
                                                "atrial_pacing",
                                                "av_block_2",
                                                "av_block_3",
                                                "av_block_advanced",
                                                "atrial_f",
                                                "paroxysmal_f",
                                                "cannot_say_flutter",
                                                "cannot_say_rhythm",
                                                "ventricular_tachycardia",
                                                "ventricular_pacing",
                                                "supraventricular_tachycardia",
                                                "pause",
                                                "long_pause",
                                                "sustained_ventricular_tachycardia",
                                                "no_beats",
                                                "beats_untold",
                                                "possible_ventricular"});
  if (rate < usual.slow_below_per_min && is_harmless) {
    return {
        fmt::format("The heart beat {:.0f} times a minute, slower than {:.0f}. This is common in sleep and in trained "
                    "people.",
                    rate, usual.slow_below_per_min),
        fmt::format("心跳每分钟 {:.0f} 次，低于 {:.0f} 次。睡眠时和经常锻炼的人常有这种情况。", rate,
                    usual.slow_below_per_min)};
  }
  if (rate > usual.fast_above_per_min && is_harmless) {
    return {fmt::format("The heart beat {:.0f} times a minute, faster than {:.0f}. Effort, fever or excitement can do "
                        "this.",
                        rate, usual.fast_above_per_min),
            fmt::format("心跳每分钟 {:.0f} 次，高于 {:.0f} 次。活动、发热或情绪激动都可能引起。", rate,
                        usual.fast_above_per_min)};
  }
  if (may_have_several_rhythms(facts)) {
    return {fmt::format("Where beats could be told, the heart beat {:.0f} times a minute on the average; what is said "
                        "above tells what is unusual.",
                        rate),
            fmt::format("在能够分辨心跳的时间里，平均心率为每分钟 {:.0f} 次；异常之处见上文。", rate)};
  }
  if (rate > usual.fast_above_per_min) {
    return {fmt::format("The heart beat {:.0f} times a minute, faster than the 60 to 100 that are usual at rest. See a "
                        "doctor today.",
                        rate),
            fmt::format("心跳每分钟 {:.0f} 次，高于安静时正常的 60 到 100 次。请今天就去看医生。", rate)};
  }
  if (rate < usual.slow_below_per_min) {
    return {
        fmt::format("The heart beat {:.0f} times a minute, slower than the 60 to 100 that are usual at rest.", rate),
        fmt::format("心跳每分钟 {:.0f} 次，低于安静时正常的 60 到 100 次。", rate)};
  }
  return {fmt::format("The heart beat {:.0f} times a minute; 60 to 100 is usual at rest.", rate),
          fmt::format("心跳每分钟 {:.0f} 次；安静时正常为 60 到 100 次。", rate)};
}

Sentence regularity_sentence(const ReportFacts& facts) {
  if (!facts.rr_spread) {
    return {"Whether it was regular cannot be said.", "无法判断心跳是否规则。"};
  }
  if (says_any_of(facts, {"sinus_arrhythmia"})) {
    return {"The time from beat to beat varied somewhat, as it often does with breathing.",
            "心跳的间隔有些长短变化，这常与呼吸有关。"};
  }
  if (*facts.rr_spread > facts.usual.uneven_from) {
    return {"The beats followed each other unevenly. A doctor should look at this recording.",
            "心跳的间隔不均匀。请让医生看一看这份心电图。"};
  }
  return {"The beats followed each other evenly.", "心跳的间隔均匀。"};
}

void add_interval_sentences(const ReportFacts& facts, std::vector<Sentence>& sentences) {
  const UsualRanges& usual_of = facts.usual;
  const double long_qtc = facts.sex == Sex::male ? usual_of.long_qtc_male_from_ms : usual_of.long_qtc_female_from_ms;
  // Beside a heart that may stand still or fibrillate nothing is called usual.
  const bool is_calm = !is_child(facts) && !may_have_several_rhythms(facts) && has_good_lead(facts);
  const auto add = [&](std::optional<double> value, bool is_beyond, Sentence usual, Sentence beyond) {
    if (value && (is_beyond || is_calm)) {
      sentences.push_back(is_beyond ? std::move(beyond) : std::move(usual));
    }
  };
  // Where the statements do not judge PR, this page says nothing of it either.
  const bool has_own_pr =
      !says_any_of(facts, {"short_pr", "possible_preexcitation", "atrial_fibrillation", "ventricular_pacing",
                           "atrial_flutter", "cannot_say_flutter", "av_block_2", "av_block_3", "av_block_advanced",
                           "cannot_say_rhythm", "regular_without_p", "slow_without_p", "irregular_without_p",
                           "tachycardia_without_p", "wide_regular_without_p", "wide_complex_rhythm", "limb_tremor"});
  add(has_own_pr ? facts.pr_ms : std::nullopt, facts.pr_ms > usual_of.long_pr_above_ms,
      {"The way from the atria to the ventricles took the usual time.", "从心房到心室的传导时间正常。"},
      {"The way from the atria to the ventricles took longer than usual. Show this to a doctor.",
       "从心房到心室的传导时间比正常长。请给医生看。"});
  // What a pacemaker excites takes longer, and is no illness of the conduction.
  add(says_any_of(facts, {"ventricular_pacing"}) ? std::nullopt : facts.qrs_ms,
      facts.qrs_ms >= usual_of.wide_qrs_from_ms,
      {"The ventricles were excited in the usual time.", "心室激动时间正常。"},
      {"The ventricles were excited more slowly than usual. Show this to a doctor.",
       "心室激动时间比正常长。请给医生看。"});
  // In a wide complex the interval is long without slow recovery, and the analysis says that it does not judge it; far
  // below 60 per minute no formula holds.
  const bool is_judged = !says_any_of(
      facts, {"cannot_say_qt", "cannot_say_uneven_qt", "short_qt", "very_long_qt", "too_slow", "limb_tremor"});
  add(is_judged ? facts.qtc_ms : std::nullopt, facts.qtc_ms >= long_qtc,
      {"They recovered in the usual time (QT).", "心室恢复的时间（QT）正常。"},
      {"They recovered more slowly than usual (QT). Show this to a doctor soon, with a list of all medicines.",
       "心室恢复的时间（QT）比正常长。请尽快给医生看，并带上所有在用药物的清单。"});
}

bool has_frequent_ectopy(const ReportFacts& facts) {
  return facts.ventricular_part > facts.usual.frequent_ectopy_above;
}

/// Whether another statement says the same and more: a mild word beside an urgent one weakens it.
bool is_outdone(const std::string& code, const ReportFacts& facts) {
  return (code == "long_pause" && says_any_of(facts, {"standstill", "too_slow"})) ||
         (code == "cannot_say_rare_beats" && says_any_of(facts, {"too_slow", "standstill"})) ||
         (code == "ventricular_tachycardia" && says_any_of(facts, {"sustained_ventricular_tachycardia"})) ||
         (code == "ventricular_ectopy" && !has_frequent_ectopy(facts) &&
          says_any_of(facts, {"ventricular_tachycardia"})) ||
         (code == "st_depression" && says_any_of(facts, {"widespread_st_depression"}));
}

/// The code whose plain words fit: a fast or frequent form of some has its own, so that one advice is given.
std::string code_of_words(const std::string& code, const ReportFacts& facts) {
  if (code == "ventricular_ectopy" && has_frequent_ectopy(facts)) {
    return "frequent_" + code;
  }
  const bool is_fast =
      !is_child(facts) && facts.rate_per_min && std::round(*facts.rate_per_min) > facts.usual.fast_above_per_min;
  return is_fast && (code == "atrial_fibrillation" || code == "atrial_flutter") ? "fast_" + code : code;
}

/// What the statements mean, the urgent ones or the others.
std::vector<Sentence> statement_sentences(const ReportFacts& facts, bool are_urgent) {
  std::vector<Sentence> sentences;
  for (const ReportStatement& statement : by_urgency(facts.statements)) {
    if (is_outdone(statement.code, facts)) {
      continue;
    }
    auto words = plain_words(code_of_words(statement.code, facts));
    const bool is_new =
        words && std::ranges::find(sentences, words->sentence.english, &Sentence::english) == sentences.end();
    if (is_new && words->is_urgent == are_urgent) {
      sentences.push_back(std::move(words->sentence));
    }
  }
  return sentences;
}

/// "missing, mains" → what a family can do something about.
Sentence plain_faults(const std::string& faults) {
  struct Word {
    Fault fault;
    const char* english;
    const char* chinese;
  };
  constexpr std::array<Word, num_faults> words{
      {{Fault::missing, "no contact", "电极未接触好"},
       {Fault::flat, "no signal", "没有信号"},
       {Fault::saturated, "overloaded", "信号超出范围"},
       {Fault::baseline, "movement", "身体移动"},
       {Fault::muscle, "tense muscles", "肌肉紧张"},
       {Fault::mains, "mains hum", "交流电干扰"},
       {Fault::inconsistent, "leads that contradict each other", "导联互相矛盾"},
       {Fault::tremor, "trembling limbs", "肢体抖动"}}};
  Sentence said;
  for (const Word& word : words) {
    if (faults.find(fault_name(word.fault)) != std::string::npos) {
      said.english += (said.english.empty() ? "" : ", ") + std::string(word.english);
      said.chinese += (said.chinese.empty() ? "" : "、") + std::string(word.chinese);
    }
  }
  return said;
}

/// "I, II for 50 to 60 % (no contact)": leads of the same faults together, with the least and the largest good part.
std::vector<Sentence> quality_sentences(const ReportFacts& facts) {
  struct Group {
    std::string faults;
    std::vector<std::string> leads;
    double least = 100.0;  ///< %
    double most = 0.0;
  };
  std::vector<Group> groups;
  for (const PoorLeads& poor : poor_leads(facts)) {
    const auto known = std::ranges::find(groups, poor.faults, &Group::faults);
    Group& group = known == groups.end() ? groups.emplace_back(Group{poor.faults, {}}) : *known;
    group.leads.insert(group.leads.end(), poor.leads.begin(), poor.leads.end());
    group.least = std::min(group.least, std::floor(100 * poor.good_part));
    group.most = std::max(group.most, std::floor(100 * poor.good_part));
  }
  Sentence leads;
  bool has_never = false;
  for (const Group& group : groups) {
    const Sentence faults = plain_faults(group.faults);
    const auto range = [&](const char* to) {
      return group.least == group.most ? fmt::format("{:.0f}", group.most)
                                       : fmt::format("{:.0f}{}{:.0f}", group.least, to, group.most);
    };
    const bool is_never = group.most < 1.0;
    has_never = has_never || is_never;
    leads.english += fmt::format("{}{} {}{}", leads.english.empty() ? "" : "; ", fmt::join(group.leads, ", "),
                                 is_never ? "at no time" : "for " + range(" to ") + " %",
                                 faults.english.empty() ? std::string{} : " (" + faults.english + ")");
    leads.chinese += fmt::format("{}{} {}{}", leads.chinese.empty() ? "" : "；", fmt::join(group.leads, "、"),
                                 is_never ? "始终不好" : "为 " + range("～") + "%",
                                 faults.chinese.empty() ? std::string{} : "（" + faults.chinese + "）");
  }
  if (groups.empty()) {
    return {};
  }
  return {
      {fmt::format("The signal of some leads was good for only part of the time{}: {}. What they would have shown in "
                   "the rest of it can be missed here.",
                   has_never ? ", or at no time" : "", leads.english),
       fmt::format("部分导联只有一部分时间信号良好{}：{}。其余时间里的异常可能没有被发现。",
                   has_never ? "，或始终不好" : "", leads.chinese)}};
}

/// Where a lead stands in the usual order; behind all where it is none of the twelve.
std::ptrdiff_t place_of(const std::string& lead) {
  constexpr std::array<std::string_view, 12> usual_order{"I",  "II", "III", "aVR", "aVL", "aVF",
                                                         "V1", "V2", "V3",  "V4",  "V5",  "V6"};
  return std::ranges::find(usual_order, lead) - usual_order.begin();
}

}  // namespace

UsualRanges usual_ranges(const StatementThresholds& t) {
  return {t.slow_below_per_min,
          t.tachycardia_above_per_min,
          t.very_slow_below_per_min,
          t.very_fast_above_per_min,
          t.uneven_from,
          t.av_block_above_ms,
          t.complete_block_from_ms,
          t.long_qtc_from_male_ms,
          t.long_qtc_from_female_ms,
          t.frequent_ectopy_above,
          t.adult_from_years,
          t.infant_to_years,
          t.infant_slow_below_per_min,
          t.children};
}

ReportFacts rhythm_facts(const LeadSignals& signals, const UsualRanges& usual) {
  return rhythm_facts(signals, detect_qrs(signals), usual);
}

ReportFacts rhythm_facts(const LeadSignals& signals, const QrsDetection& beats, const UsualRanges& usual) {
  ReportFacts facts;
  facts.usual = usual;
  const std::vector<double> intervals = trusted_intervals(signals, beats);
  if (intervals.size() < 3) {
    facts.statements.push_back(
        {"Rate and rhythm: cannot say",
         fmt::format("only {} intervals between beats in signal that can be trusted", intervals.size())});
    return facts;
  }
  const double mean = std::accumulate(intervals.begin(), intervals.end(), 0.0) / static_cast<double>(intervals.size());
  double square = 0.0;
  for (const double rr : intervals) {
    square += (rr - mean) * (rr - mean);
  }
  facts.rr_spread = std::sqrt(square / static_cast<double>(intervals.size())) / mean;
  facts.rate_per_min = 60.0 / mean;
  const char* speed = *facts.rate_per_min < usual.slow_below_per_min   ? "slow"
                      : *facts.rate_per_min > usual.fast_above_per_min ? "fast"
                                                                       : "usual";
  facts.statements.push_back({fmt::format("Ventricular rate {:.0f} per minute ({})", *facts.rate_per_min, speed),
                              fmt::format("mean of {} RR intervals; usual is 60 to 100", intervals.size())});
  facts.statements.push_back({*facts.rr_spread > usual.uneven_from ? "Irregular rhythm" : "Regular rhythm",
                              fmt::format("RR intervals spread by {:.0f} % of their mean; irregular is beyond {:.0f} %",
                                          100 * *facts.rr_spread, 100 * usual.uneven_from)});
  return facts;
}

std::optional<double> most_urgent_s(const Analysis& analysis) {
  const auto first = std::ranges::find_if(
      analysis.statements, [](const Statement& statement) { return urgency(statement.code).has_value(); });
  if (first == analysis.statements.end()) {
    return std::nullopt;
  }
  if (first->from_s) {
    return first->from_s;
  }
  if (first->beats.empty() || std::ranges::min(first->beats) == 0) {
    return std::nullopt;
  }
  return analysis.sequence.time_s(std::ranges::min(first->beats));
}

void take_analysis(const Analysis& analysis, ReportFacts& facts) {
  const Measurements& measured = analysis.measurements;
  facts.stimuli = analysis.stimuli;
  facts.rate_per_min = measured.rate_per_min;
  if (!facts.rate_per_min) {
    facts.rr_spread.reset();  // what gives no rate says nothing of regularity either
  }
  facts.p_ms = measured.p_ms;
  facts.pr_ms = measured.pr_ms;
  facts.qrs_ms = measured.qrs_ms;
  facts.qt_ms = measured.qt_ms;
  facts.qtc = measured.qtc;
  facts.qtc_ms = measured.qtc ? std::optional(measured.qtc->fridericia_ms) : std::nullopt;
  facts.p_axis_deg = measured.p_axis_deg;
  facts.qrs_axis_deg = measured.qrs_axis_deg;
  facts.t_axis_deg = measured.t_axis_deg;
  const auto& types = analysis.sequence.type;
  facts.ventricular_part = types.empty() ? 0.0
                                         : static_cast<double>(std::ranges::count(types, BeatType::ventricular)) /
                                               static_cast<double>(types.size());
  facts.statements.clear();
  for (const Statement& statement : analysis.statements) {
    facts.statements.push_back({statement.text, statement.reason, statement.code});
  }
  facts.leads = measured.leads;
  std::ranges::stable_sort(facts.leads, {}, [](const LeadMeasurements& lead) { return place_of(lead.lead); });
}

void take_quality(const std::vector<std::string>& names, const SignalQuality& quality, ReportFacts& facts) {
  facts.quality.clear();
  for (std::size_t lead = 0; lead < std::min(names.size(), quality.leads.size()); ++lead) {
    LeadQuality& of_lead = facts.quality.emplace_back(LeadQuality{names[lead], quality.good_part(lead), {}});
    for (std::size_t f = 0; f < num_faults; ++f) {
      const auto fault = static_cast<Fault>(f);
      if (std::ranges::any_of(quality.leads[lead], [&](const LeadSecond& second) { return second.has(fault); })) {
        of_lead.faults += (of_lead.faults.empty() ? "" : ", ") + fault_name(fault);
      }
    }
  }
  std::ranges::stable_sort(facts.quality, {}, [](const LeadQuality& lead) { return place_of(lead.lead); });
}

std::vector<ReportStatement> by_urgency(std::vector<ReportStatement> statements) {
  std::ranges::stable_sort(statements, {}, [](const ReportStatement& statement) {
    return urgency(statement.code).value_or(std::numeric_limits<std::size_t>::max());
  });
  return statements;
}

std::vector<PoorLeads> poor_leads(const ReportFacts& facts) {
  constexpr double least_part = 0.9;
  std::vector<PoorLeads> groups;
  for (const LeadQuality& lead : facts.quality) {
    if (lead.good_part >= least_part) {
      continue;
    }
    const auto known = std::ranges::find_if(groups, [&](const PoorLeads& group) {
      return std::floor(100 * group.good_part) == std::floor(100 * lead.good_part) && group.faults == lead.faults;
    });
    if (known == groups.end()) {
      groups.push_back({{lead.lead}, lead.good_part, lead.faults});
    } else {
      known->leads.push_back(lead.lead);
    }
  }
  return groups;
}

std::string readable_name(const std::string& name) {
  if (name.find_first_of("^=") == std::string::npos) {
    return name;
  }
  std::vector<std::string> scripts;
  std::istringstream groups(name);
  for (std::string group; std::getline(groups, group, '=');) {
    std::string text;
    std::size_t number = 0;
    std::istringstream parts(group);
    for (std::string part; std::getline(parts, part, '^'); ++number) {
      part.erase(0, part.find_first_not_of(' '));
      part.erase(part.find_last_not_of(' ') + 1);
      if (!part.empty()) {
        text += (text.empty() ? "" : number == 1 ? ", " : " ") + part;
      }
    }
    if (!text.empty()) {
      scripts.push_back(std::move(text));
    }
  }
  if (scripts.empty()) {
    return {};
  }
  std::string out = scripts.front();
  for (std::size_t i = 1; i < scripts.size(); ++i) {
    out += fmt::format(" ({})", scripts[i]);
  }
  return out;
}

std::string subject_line(const ReportFacts& facts, Language language) {
  const bool is_english = language == Language::english;
  const auto say = [&](const char* english, const char* chinese) {
    return std::string(is_english ? english : chinese);
  };
  std::string line = facts.subject_name.empty() ? say("Name not stated", "姓名不详") : facts.subject_name;
  if (!facts.subject_id.empty()) {
    line += say(" · ID ", " · 编号 ") + facts.subject_id;
  }
  if (facts.sex) {
    line += " · " + (*facts.sex == Sex::female ? say("female", "女") : say("male", "男"));
  }
  if (facts.age_years) {
    line += " · " + (is_english ? age_words(*facts.age_years) : age_words_chinese(*facts.age_years));
  }
  return line + " · " + (facts.start.empty() ? say("time not stated", "记录时间不详") : facts.start);
}

std::vector<std::string> plain_sentences(const ReportFacts& facts, Language language) {
  std::vector<Sentence> sentences = statement_sentences(facts, true);
  sentences.push_back(rate_sentence(facts));
  if (!may_have_several_rhythms(facts) && has_good_lead(facts)) {
    sentences.push_back(regularity_sentence(facts));
  }
  const std::vector<Sentence> others = statement_sentences(facts, false);
  sentences.insert(sentences.end(), others.begin(), others.end());
  add_interval_sentences(facts, sentences);
  const std::vector<Sentence> quality = quality_sentences(facts);
  sentences.insert(sentences.end(), quality.begin(), quality.end());
  sentences.push_back(
      {"This page was made by a program, not by a doctor, and it is no diagnosis. A recording can look usual "
       "although the heart is ill.",
       "本页由程序生成，未经医生审核，不是诊断。即使心脏有病，心电图也可能看起来正常。"});
  sentences.push_back(
      {"With chest pain, breathlessness or fainting, call the emergency number at once, whatever this page says.",
       "如有胸痛、气短或晕厥，无论本页写了什么，都请立即拨打急救电话。"});
  std::vector<std::string> chosen;
  for (Sentence& sentence : sentences) {
    chosen.push_back(language == Language::english ? std::move(sentence.english) : std::move(sentence.chinese));
  }
  return chosen;
}

}  // namespace xingu::ecg
