// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/record.h"
#include "ecg/statements.h"

namespace xingu::ecg {

/// A statement for the cardiologist, with what it rests on.
struct ReportStatement {
  std::string text;
  std::string reason;
  std::string code{};  ///< as Statement's; empty for what no analysis said
};

/// What is usual at rest, as the statements judge it.
struct UsualRanges {
  double slow_below_per_min = 0.0;
  double fast_above_per_min = 0.0;
  double very_slow_below_per_min = 0.0;
  double very_fast_above_per_min = 0.0;
  double uneven_from = 0.0;  ///< standard deviation of the RR intervals over their mean
  double long_pr_above_ms = 0.0;
  double wide_qrs_from_ms = 0.0;
  double long_qtc_male_from_ms = 0.0;
  double long_qtc_female_from_ms = 0.0;
  double frequent_ectopy_above = 0.0;  ///< ventricular beats, part of all
  double adult_from_years = 0.0;       ///< below it none of these is usual, and nothing is said to be
  double infant_to_years = 0.0;
  double infant_slow_below_per_min = 0.0;
  std::vector<AgeRates> children{};  ///< as StatementThresholds has them
};
[[nodiscard]] UsualRanges usual_ranges(const StatementThresholds& thresholds);

/// How much of a lead can be used.
struct LeadQuality {
  std::string lead;
  double good_part = 1.0;  ///< of its seconds, 0 … 1
  std::string faults;      ///< "mains, muscle": what is wrong in some second; empty where nothing is
};

/// What a report says. A value that the signal does not give is absent and printed as a dash, never as zero.
struct ReportFacts {
  UsualRanges usual;
  std::string subject_name;
  std::string subject_id;
  std::optional<Sex> sex;
  std::optional<double> age_years;
  std::string start;
  std::string source;  ///< file and format
  std::optional<double> rate_per_min;
  double ventricular_part = 0.0;    ///< of the beats, those of the ventricles
  std::optional<double> rr_spread;  ///< standard deviation of the RR intervals over their mean
  std::optional<double> p_ms, pr_ms, qrs_ms, qt_ms;
  std::optional<double> qtc_ms;    ///< Fridericia's, by which QT is judged
  std::optional<CorrectedQt> qtc;  ///< by all four formulas
  std::optional<double> p_axis_deg, qrs_axis_deg, t_axis_deg;
  std::vector<ReportStatement> statements;
  std::vector<LeadMeasurements> leads;  ///< of the representative beat
  std::vector<LeadQuality> quality;     ///< by lead; empty where it was not assessed
  std::vector<std::size_t> stimuli{};   ///< samples of a pacemaker's stimuli that are seen
};

/// Rate and regularity from the QRS complexes of the whole recording, and the statements that follow from them. Seconds
/// in which beats may be missed or invented do not count; with fewer than three intervals nothing is stated but that.
/// @param beats  of these signals
[[nodiscard]] ReportFacts rhythm_facts(const LeadSignals& signals, const QrsDetection& beats, const UsualRanges& usual);
[[nodiscard]] ReportFacts rhythm_facts(const LeadSignals& signals, const UsualRanges& usual);

/// When the stretch begins of which the most urgent statement tells, or where it tells of none its first beat, s from
/// the recording's start. Nothing where no statement is urgent, or it rests on the recording's first beats.
[[nodiscard]] std::optional<double> most_urgent_s(const Analysis& analysis);

/// Takes measurements and statements over from the analysis of the same recording, in place of those of rhythm_facts().
void take_analysis(const Analysis& analysis, ReportFacts& facts);

/// Takes the quality of the leads over. @param names  [lead]
void take_quality(const std::vector<std::string>& names, const SignalQuality& quality, ReportFacts& facts);

/// The statements with the urgent ones (plain_words.h) first, in their order; the others stay as they were.
[[nodiscard]] std::vector<ReportStatement> by_urgency(std::vector<ReportStatement> statements);

/// Leads that are good in the same part of their seconds, less than nine of ten, and have the same faults.
struct PoorLeads {
  std::vector<std::string> leads;
  double good_part = 1.0;
  std::string faults;  ///< as LeadQuality's
};
[[nodiscard]] std::vector<PoorLeads> poor_leads(const ReportFacts& facts);

/// A name as people write it, of one as DICOM stores it: "Family, Given Middle", a second script in brackets. Others
/// stay as they are.
[[nodiscard]] std::string readable_name(const std::string& name);

enum class Language { english, chinese };

/// Name, number, sex, age and time of the recording in one line; what is not known is said or left out.
[[nodiscard]] std::string subject_line(const ReportFacts& facts, Language language = Language::english);

/// The facts in sentences for a family: what was measured, whether it lies in the usual range, what to do. No
/// diagnosis.
[[nodiscard]] std::vector<std::string> plain_sentences(const ReportFacts& facts, Language language);

}  // namespace xingu::ecg
