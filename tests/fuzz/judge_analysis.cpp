// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "ecg/exit_site.h"
#include "ecg/report/ecg_paper.h"
#include "ecg/report/ecg_report.h"
#include "ecg/statements.h"
#include "ecg_judges.h"

namespace xingu::test {
namespace {

using Value = std::optional<double>;

bool is_within(const Value& value, double low, double high) {
  return !value || (std::isfinite(*value) && *value >= low && *value <= high);
}

/// Name of a measurement that is no number or no heart's; empty if all are.
std::string impossible_measurement(const ecg::Measurements& m) {
  struct Bounds {
    const char* name;
    Value value;
    double low, high;
  };
  const auto qtc = [&](double ecg::CorrectedQt::* formula) { return m.qtc ? Value(*m.qtc.*formula) : std::nullopt; };
  constexpr double longest_ms = 2000.0;
  const std::array<Bounds, 14> all{{{"rate", m.rate_per_min, 10.0, 400.0},
                                    {"RR", m.rr_ms, 150.0, 6000.0},
                                    {"RR of QT", m.rr_of_qt_ms, 150.0, 6000.0},
                                    {"P", m.p_ms, 1.0, 500.0},
                                    {"PR", m.pr_ms, 1.0, longest_ms},
                                    {"QRS", m.qrs_ms, 1.0, 500.0},
                                    {"QT", m.qt_ms, 1.0, longest_ms},
                                    {"P axis", m.p_axis_deg, -180.0, 180.0},
                                    {"QRS axis", m.qrs_axis_deg, -180.0, 180.0},
                                    {"T axis", m.t_axis_deg, -180.0, 180.0},
                                    {"QTc (Bazett)", qtc(&ecg::CorrectedQt::bazett_ms), 1.0, longest_ms},
                                    {"QTc (Fridericia)", qtc(&ecg::CorrectedQt::fridericia_ms), 1.0, longest_ms},
                                    {"QTc (Framingham)", qtc(&ecg::CorrectedQt::framingham_ms), 1.0, longest_ms},
                                    {"QTc (Hodges)", qtc(&ecg::CorrectedQt::hodges_ms), 1.0, longest_ms}}};
  for (const auto& [name, value, low, high] : all) {
    if (!is_within(value, low, high)) {
      return fmt::format("{} of {}", name, *value);
    }
  }
  return "";
}

std::string not_finite(const ecg::Measurements& m) {
  const auto is_finite = [](const Value& value) { return !value || std::isfinite(*value); };
  for (const ecg::LeadMeasurements& lead : m.leads) {
    for (const auto& [name, value] :
         {std::pair{"P", lead.p_mV}, std::pair{"P's end", lead.p_terminal_mVs}, std::pair{"T", lead.t_mV},
          std::pair{"ST J", Value(lead.st_j_mV)}, std::pair{"ST 60", Value(lead.st_60_mV)},
          std::pair{"ST 80", Value(lead.st_80_mV)}, std::pair{"the error of ST", lead.st_error_mV}}) {
      if (!is_finite(value)) {
        return fmt::format("{} of lead {}", name, lead.lead);
      }
    }
    for (const ecg::QrsWave& wave : lead.qrs) {
      if (!std::isfinite(wave.amplitude_mV) || !std::isfinite(wave.duration_ms) || wave.duration_ms < 0) {
        return fmt::format("{} of lead {}", wave.name, lead.lead);
      }
    }
  }
  return "";
}

std::string complaint_about_waves(const std::vector<ecg::BeatWaves>& beats) {
  for (const ecg::BeatWaves& beat : beats) {
    for (const auto& [name, wave] : {std::pair{"P", beat.p}, std::pair{"QRS", beat.qrs}, std::pair{"T", beat.t}}) {
      if (wave && (wave->onset > wave->peak || wave->peak > wave->offset)) {
        return fmt::format("{} from {} over {} to {}", name, wave->onset, wave->peak, wave->offset);
      }
    }
    if (!(beat.p_probability >= 0.0F) || !(beat.p_probability <= 1.0F)) {
      return fmt::format("a P wave of probability {}", beat.p_probability);
    }
  }
  return "";
}

/// Beats in order inside the recording, and waves that begin before they end.
std::string complaint_about_beats(const ecg::LeadSignals& signals, const ecg::Analysis& a) {
  const std::vector<std::int64_t>& beats = a.beats.sample;
  const std::size_t count = beats.size();
  if (!std::ranges::is_sorted(beats, std::ranges::less_equal{}) ||
      (count > 0 && (beats.front() < 0 || beats.back() >= static_cast<std::int64_t>(signals.num_samples())))) {
    return "beats outside the recording or in no order";
  }
  const auto is_of_beats = [&](const auto& items) { return items.empty() || items.size() == count; };  // none: untold
  if (!is_of_beats(a.sequence.sample) || a.sequence.type.size() != a.sequence.size() ||
      a.fibrillation.size() != a.sequence.size() || !is_of_beats(a.waves.global)) {
    return "not every beat has a type and waves";
  }
  if (const std::string what = complaint_about_waves(a.waves.global); !what.empty()) {
    return what + " on all leads";
  }
  for (const std::vector<ecg::BeatWaves>& lead : a.waves.by_lead) {
    if (const std::string what = complaint_about_waves(lead); !what.empty()) {
      return what + " on one lead";
    }
  }
  return "";
}

/// Whether a text has "nan" or "inf" where a number belongs.
bool has_no_number(std::string_view text) {
  const auto is_letter = [&](std::size_t i) {
    return i < text.size() && std::isalpha(static_cast<unsigned char>(text[i])) != 0;
  };
  for (const std::string_view word : {"nan", "NaN", "inf", "Inf", "infinity"}) {
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      if (!(at > 0 && is_letter(at - 1)) && !is_letter(at + word.size())) {
        return true;
      }
    }
  }
  return false;
}

/// Whether a lead that was not recorded is a sum of some that were: exchanged electrodes change it, too.
bool follows(std::string_view lead, const ecg::LeadSignals& signals) {
  constexpr std::array<std::string_view, 4> derived{"III", "aVR", "aVL", "aVF"};
  return std::ranges::find(derived, lead) != derived.end() && ecg::lead_number(signals, "I") &&
         ecg::lead_number(signals, "II");
}

std::string complaint_about_statements(const ecg::LeadSignals& signals, const ecg::Analysis& a) {
  if (a.statements.empty()) {
    return "nothing is said, not even that nothing can be said";
  }
  for (const ecg::Statement& s : a.statements) {
    if (s.text.empty() || s.code.empty() || has_no_number(s.text) || has_no_number(s.reason)) {
      return fmt::format("a statement without words or with a number that is none: {} ({})", s.text, s.reason);
    }
    const bool has_beats = std::ranges::all_of(s.beats, [&](std::size_t b) { return b < a.beats.sample.size(); });
    const bool has_leads = std::ranges::all_of(s.leads, [&](const std::string& lead) {
      return std::ranges::find(signals.names, lead) != signals.names.end() || follows(lead, signals);
    });
    if (!has_beats || !has_leads || !is_within(s.from_s, 0.0, signals.duration_s())) {
      return fmt::format("'{}' rests on beats, leads or a time that are not there", s.code);
    }
  }
  return "";
}

/// Whether a rate is the heart's within 5 %. A short complex of a fast heart stands anywhere on the level top of the
/// detector's feature, up to 30 ms off: at a rate of sampling that is no usual one, two or three intervals may have
/// both ends there.
bool is_right_rate(const EcgCase& c, double rate_per_min) {
  constexpr std::array<double, 5> strict_hz{128.0, 250.0, 360.0, 500.0, 1000.0};
  const bool is_strict = std::ranges::find(strict_hz, c.signals.rate_hz) != strict_hz.end() || c.beats_s.size() < 2;
  const double both_ends = is_strict ? 0.0 : 0.06 / (c.beats_s.back() - c.beats_s.front());
  return std::abs(rate_per_min / c.heart_rate_per_min - 1.0) <= 0.05 + both_ends;
}

/// Whether all there is is a lead of low voltage (0.5 mV), whose complexes may be no larger than P waves.
bool is_one_low_lead(const ecg::LeadSignals& signals) {
  if (signals.num_leads() != 1 || signals.mv.front().empty()) {
    return false;
  }
  const auto [low, high] = std::ranges::minmax_element(signals.mv.front());
  return *high - *low < 0.5F;
}

/// What the waves of a clean heart are known to within: a guard against another number, not a measure of accuracy.
std::string complaint_about_truth(const EcgCase& c, const ecg::Analysis& a) {
  const ecg::Measurements& m = a.measurements;
  const double heart_rate = c.heart_rate_per_min;
  if (c.damage == Damage::hostile || c.signals.rate_hz < 128.0 || heart_rate < 30.0 || heart_rate > 220.0) {
    return "";
  }
  if (m.rate_per_min && !is_right_rate(c, *m.rate_per_min)) {
    return fmt::format("a rate of {} in place of {}", *m.rate_per_min, heart_rate);
  }
  if (!c.intervals || c.damage != Damage::none || heart_rate < 45.0 || heart_rate > 110.0 || c.beats_s.size() < 4) {
    return "";
  }
  constexpr std::array<std::string_view, 9> alarms{"possible_ventricular_fibrillation",
                                                   "cannot_say_ventricles",
                                                   "no_beats_in_good_leads",
                                                   "beats_untold_for",
                                                   "standstill",
                                                   "ventricular_tachycardia",
                                                   "atrial_fibrillation",
                                                   "electrodes_swapped",
                                                   "av_block_3"};
  for (const std::string_view alarm : alarms) {
    const bool may_be = alarm == "cannot_say_ventricles" && is_one_low_lead(c.signals);
    if (a.says(alarm) && !may_be) {
      return fmt::format("'{}' of a clean sinus rhythm of {}", alarm, heart_rate);
    }
  }
  for (const auto& [name, value, truth, within] :
       {std::tuple{"PR", m.pr_ms, c.intervals->pr_ms, 30.0}, std::tuple{"QRS", m.qrs_ms, c.intervals->qrs_ms, 30.0},
        std::tuple{"QT", m.qt_ms, c.intervals->qt_ms, 60.0}}) {
    if (value && std::abs(*value - truth) > within) {
      return fmt::format("{} of {} ms in place of {}", name, *value, truth);
    }
  }
  return "";
}

/// Empty if the analysis holds together; else what is wrong.
std::string complaint(const EcgCase& c, const ecg::LeadSignals& signals, const ecg::Analysis& a) {
  const ecg::Measurements& m = a.measurements;
  if (const std::string what = impossible_measurement(m); !what.empty()) {
    return "no heart has this: " + what;
  }
  if (const std::string name = not_finite(m); !name.empty()) {
    return "a measurement is not finite: " + name;
  }
  if (m.rate_per_min && a.beats.sample.size() < 2) {
    return fmt::format("a rate of {} from {} beats", *m.rate_per_min, a.beats.sample.size());
  }
  for (const std::string& what :
       {complaint_about_statements(signals, a), complaint_about_beats(signals, a), complaint_about_truth(c, a)}) {
    if (!what.empty()) {
      return what;
    }
  }
  return "";
}

std::string complaint_about_exit(const ecg::LeadSignals& signals, const ecg::Analysis& a) {
  for (const ecg::ExitBeats which : {ecg::ExitBeats::ventricular, ecg::ExitBeats::all}) {
    const auto complex = ecg::ventricular_complex(signals, a, which);
    if (!complex) {
      continue;
    }
    const ecg::ExitSite site = ecg::estimate_exit_site(*complex);
    double sum = 0.0;
    for (const ecg::SegmentGuess& guess : site.segments) {
      sum += guess.share;
    }
    if (!(std::abs(sum - 1.0) < 1e-6) || !is_within(site.right_outflow_share, 0.0, 1.0)) {
      return "an exit site whose shares are none";
    }
  }
  return "";
}

/// The tag that a page opens and does not close, or closes and did not open; empty if there is none.
std::string unbalanced_tag(std::string_view html) {
  std::vector<std::string_view> open;
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at)) {
    const std::size_t end = html.find('>', at);
    if (end == std::string_view::npos) {
      return "<";
    }
    const std::string_view tag = html.substr(at + 1, end - at - 1);
    const std::string_view name =
        tag.substr(tag.starts_with('/') ? 1 : 0, tag.find_first_of(" \n/", 1) - (tag.starts_with('/') ? 1 : 0));
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != name) {
        return std::string(tag);
      }
      open.pop_back();
    } else if (!tag.starts_with('!') && !tag.ends_with('/') && name != "meta") {
      open.push_back(name);
    }
    at = end;
  }
  return open.empty() ? "" : std::string(open.back());
}

/// The report as `xingu ecg report` makes it.
std::string complaint_about_report(const EcgCase& c, const ecg::LeadSignals& signals, const ecg::Analysis& a,
                                   const ecg::StatementThresholds& thresholds, Dice& dice) {
  ecg::ReportFacts facts = ecg::rhythm_facts(signals, a.beats, ecg::usual_ranges(thresholds));
  if (c.damage != Damage::hostile && facts.rate_per_min && c.signals.rate_hz >= 128.0 && c.heart_rate_per_min >= 30.0 &&
      c.heart_rate_per_min <= 220.0 && !is_right_rate(c, *facts.rate_per_min)) {
    return fmt::format("a rhythm of {} in place of {}", *facts.rate_per_min, c.heart_rate_per_min);
  }
  ecg::take_analysis(a, facts);
  ecg::take_quality(signals.names, a.quality, facts);
  facts.subject_name = dice.chance(0.5) ? "O'Neil^<Ann> & Bo" : std::string(dice.pick(200), 'w');
  facts.subject_id = dice.chance(0.5) ? "12\"<3>" : "";
  facts.sex = c.patient.sex;
  facts.age_years = c.patient.age_years;
  facts.source = "case.edf (EDF)";
  const double asked_s = dice.chance(0.5) ? ecg::most_urgent_s(a).value_or(0.0) : dice.between(0.0, 12.0);
  const double from_s = ecg::first_drawn_s(signals, asked_s);
  const auto pages =
      ecg::report_pages(signals, facts, from_s, dice.chance(0.5) ? ecg::PaperSize::a4 : ecg::PaperSize::letter);
  const std::string html = ecg::report_html(pages, facts);
  if (const std::string tag = unbalanced_tag(html); !tag.empty()) {
    return "a report with a tag that stands alone: " + tag;
  }
  if (has_no_number(html)) {
    return "a report with a number that is none";
  }
  return dice.chance(0.2) && !ecg::pages_pdf(pages).starts_with("%PDF-") ? "a report that is no PDF" : "";
}

}  // namespace

void judge_analysis(const EcgCase& c, Dice& dice, const ecg::StatementThresholds& thresholds, Verdict& verdict) {
  // As from a file, with the limb leads that follow from others; or as from a program.
  ecg::LeadSignals signals = c.signals;
  if (dice.chance(0.3)) {
    signals = ecg::with_limb_leads(ecg::lead_signals(digitised(c, dice)));
  }
  const ecg::Analysis analysis = ecg::analyse(signals, c.patient, thresholds);
  verdict.is_silent =
      analysis.says("cannot_say") || analysis.says("cannot_say_beats") || analysis.says("cannot_say_few_beats");
  verdict.wrong = complaint(c, signals, analysis);
  if (verdict.wrong.empty()) {
    verdict.wrong = complaint_about_exit(signals, analysis);
  }
  if (verdict.wrong.empty() && c.kind == CaseKind::report) {
    verdict.wrong = complaint_about_report(c, signals, analysis, thresholds, dice);
  }
}

Verdict judge(const EcgCase& c, Dice& dice, const ecg::StatementThresholds& thresholds) {
  Verdict verdict;
  verdict.kind = c.kind;
  try {
    switch (c.kind) {
      case CaseKind::analysis:
      case CaseKind::report:
        judge_analysis(c, dice, thresholds, verdict);
        break;
      case CaseKind::long_recording:
        judge_long(c, dice, thresholds, verdict);
        break;
      case CaseKind::live:
        judge_live(c, dice, verdict);
        break;
    }
    if (c.signals.rate_hz < ecg::lowest_analysed_rate_hz) {
      verdict.wrong = fmt::format("{} Hz were not refused", c.signals.rate_hz);
    }
  } catch (const InputError& error) {
    verdict.is_refused = c.signals.rate_hz < ecg::lowest_analysed_rate_hz;
    verdict.wrong = verdict.is_refused ? "" : error.what();
  } catch (const std::exception& error) {
    verdict.wrong = error.what();
  }
  return verdict;
}

}  // namespace xingu::test
