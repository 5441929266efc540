// SPDX-License-Identifier: Apache-2.0
#include "ecg/morphology_statements.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "ecg/electrode_exchange.h"
#include "ecg/pacing_spikes.h"

namespace xingu::ecg {
namespace {

using Leads = std::vector<std::string>;

constexpr std::size_t fewest_leads_of_scale = 6;  // low ones may lie across the heart's forces
constexpr std::array<std::string_view, 3> mirror_of_posterior{"V1", "V2", "V3"};

const LeadMeasurements* find_lead(const Measurements& m, const std::string& name) {
  const auto found = std::ranges::find(m.leads, name, &LeadMeasurements::lead);
  return found == m.leads.end() || !found->is_measured || found->qrs.empty() ? nullptr : &*found;
}

double largest_up(const LeadMeasurements& lead) {
  double largest = 0.0;
  for (const QrsWave& wave : lead.qrs) {
    largest = std::max(largest, wave.amplitude_mV);
  }
  return largest;
}

/// As a positive number.
double largest_down(const LeadMeasurements& lead) {
  double largest = 0.0;
  for (const QrsWave& wave : lead.qrs) {
    largest = std::max(largest, -wave.amplitude_mV);
  }
  return largest;
}

double largest_wave(const LeadMeasurements& lead) { return std::max(largest_up(lead), largest_down(lead)); }

/// What decides between the bundle branches on a lead: its largest wave, and its last one that counts.
struct LeadForces {
  double largest_mv = 0.0;
  double last_mv = 0.0;
};

LeadForces forces(const LeadMeasurements& lead, double smallest_mv) {
  LeadForces result;
  for (const QrsWave& wave : lead.qrs) {
    if (std::abs(wave.amplitude_mV) > std::abs(result.largest_mv)) {
      result.largest_mv = wave.amplitude_mV;
    }
    if (std::abs(wave.amplitude_mV) >= smallest_mv) {
      result.last_mv = wave.amplitude_mV;
    }
  }
  return result;
}

/// One recording's statements on its representative beat.
class MorphologyStatements {
 public:
  MorphologyStatements(const LeadSignals& signals, const PatientFacts& patient, const StatementThresholds& t,
                       Analysis& analysis)
      : signals_(signals), patient_(patient), t_(t), a_(analysis), m_(analysis.measurements) {
    for (std::size_t b = 0; b < analysis.waves.global.size(); ++b) {
      if (analysis.waves.beats.shape[b] == 0 && analysis.waves.global[b].qrs) {
        beats_.push_back(b);
      }
    }
  }

  void say_all() {
    if (!m_.qrs_ms || m_.leads.empty()) {
      return;
    }
    say_electrodes();
    const bool is_scale_sure = !say_scale();
    const bool is_wide = *m_.qrs_ms >= t_.complete_block_from_ms;
    const bool may_be_ventricular =
        a_.says("ventricular_pacing") || a_.wide.has_value() ||
        (is_wide && (a_.says("regular_without_p") || a_.says("wide_regular_without_p") || a_.says("slow_without_p") ||
                     a_.says("tachycardia_without_p") || a_.says("cannot_say_flutter") ||
                     a_.av_block.conduction == AvConduction::none)) ||
        is_likely_ventricular();
    say_av_block();
    if (!may_be_ventricular) {
      if (!a_.says("possible_preexcitation")) {
        say_bundle_branch();
        say_fascicles();
      }
      say_axis();
    }
    if (!may_be_ventricular && is_scale_sure) {
      say_ventricles();
    }
    if (is_scale_sure) {
      say_atria();
      say_st(may_be_ventricular);
    }
    say_qt();
    say_missing_leads();
    say_unseen_pacing();
  }

 private:
  void say(std::string code, std::string text, std::string reason, Leads leads) {
    a_.statements.push_back({std::move(code), std::move(text), std::move(reason), beats_, std::move(leads)});
  }

  /// Very wide complexes of which few have a P wave, in atria that do not fibrillate or flutter: the longer part of a
  /// recording may be a tachycardia of the ventricles.
  [[nodiscard]] bool is_likely_ventricular() const {
    const auto with_p = std::ranges::count_if(beats_, [&](std::size_t b) { return a_.waves.global[b].p.has_value(); });
    return *m_.qrs_ms >= t_.likely_ventricular_from_ms && !a_.says("atrial_fibrillation") &&
           a_.flutter.conduction == FlutterConduction::absent &&
           static_cast<double>(with_p) <= t_.largest_p_share * static_cast<double>(beats_.size());
  }

  /// A wide complex may be paced, and nothing shows it.
  void say_unseen_pacing() {
    if (*m_.qrs_ms >= t_.complete_block_from_ms && signals_.rate_hz < lowest_spike_rate_hz) {
      say("pacing_not_seen", "Wide complexes: a pacemaker's stimuli cannot be seen at this sampling rate",
          fmt::format("QRS {:.0f} ms, {:.0f} samples a second (stimuli from {:.0f})", *m_.qrs_ms, signals_.rate_hz,
                      lowest_spike_rate_hz),
          {});
    }
  }

  void say_electrodes() {
    const auto covariance = lead_covariance(signals_, a_.quality);
    const auto swap = covariance ? suspected_swap(*covariance, t_.electrodes) : std::nullopt;
    if (swap) {
      say("electrodes_swapped", fmt::format("Electrodes {} seem to be exchanged: check and repeat", swap->electrodes),
          swap->reason, swap->leads);
    }
  }

  /// Complexes of a height that no heart gives, or next to none: then no height is judged.
  /// @return whether the scale is in doubt
  bool say_scale() {
    const LeadMeasurements* largest = nullptr;  // beside what is usual on its kind of lead
    double part = 0.0;
    double highest_mv = 0.0;
    std::size_t num = 0;
    for (const LeadMeasurements& lead : m_.leads) {
      if (!lead.is_measured || lead.qrs.empty()) {
        continue;
      }
      const double span_mv = largest_up(lead) + largest_down(lead);
      const double of_limit = span_mv / (lead.lead.starts_with('V') ? t_.largest_chest_mv : t_.largest_limb_mv);
      largest = of_limit > part ? &lead : largest;
      part = std::max(part, of_limit);
      highest_mv = std::max(highest_mv, span_mv);
      ++num;
    }
    if (part > 1.0) {
      say("cannot_say_amplitudes",
          "The scale is in doubt: complexes are higher than a heart makes them. ST, voltages and atria are not judged",
          fmt::format("QRS {:.1f} mV from top to bottom in {} (above {:.1f})",
                      largest_up(*largest) + largest_down(*largest), largest->lead,
                      largest->lead.starts_with('V') ? t_.largest_chest_mv : t_.largest_limb_mv),
          {largest->lead});
      return true;
    }
    if (num >= fewest_leads_of_scale && highest_mv < t_.smallest_complex_mv) {
      say("very_low_voltage",
          "Very low complexes in all leads: low voltage, as fluid about the heart makes it, or a scale that is wrong. "
          "ST, voltages and atria are not judged",
          fmt::format("QRS {:.2f} mV from top to bottom at most (below {:.2f})", highest_mv, t_.smallest_complex_mv),
          measured());
      return true;
    }
    return false;
  }

  void say_av_block() {
    const bool has_own_pr = !a_.says("atrial_fibrillation") && !a_.says("ventricular_pacing") && !a_.has_blocked_p() &&
                            a_.flutter.conduction == FlutterConduction::absent;
    if (m_.pr_ms && *m_.pr_ms > t_.av_block_above_ms && has_own_pr) {
      say("av_block_1", "First-degree AV block", fmt::format("PR {:.0f} ms", *m_.pr_ms), {});
    } else if (m_.pr_ms && *m_.pr_ms < t_.short_pr_below_ms && has_own_pr && is_pr_short_in_most()) {
      const bool is_wide = *m_.qrs_ms >= t_.complete_block_from_ms;  // it begins too soon and lasts too long
      say(is_wide ? "possible_preexcitation" : "short_pr",
          is_wide ? "Short PR interval and wide complexes: pre-excitation is possible" : "Short PR interval",
          fmt::format("PR {:.0f} ms (below {:.0f}){}", *m_.pr_ms, t_.short_pr_below_ms,
                      is_wide ? fmt::format(", QRS {:.0f} ms", *m_.qrs_ms) : std::string{}),
          {});
    }
  }

  /// Three of four beats show it: the mean beat may lose the beginning of a P wave that changes its shape.
  [[nodiscard]] bool is_pr_short_in_most() const {
    const auto num = std::ranges::count_if(beats_, [&](std::size_t b) {
      const BeatWaves& waves = a_.waves.global[b];
      return waves.p &&
             1000.0 * static_cast<double>(waves.qrs->onset - waves.p->onset) < t_.short_pr_below_ms * signals_.rate_hz;
    });
    return 4 * static_cast<std::size_t>(num) >= 3 * beats_.size();
  }

  /// Which bundle branch conducts late. Right: the last force points to V1 and away from V6. Left: V1 is all but
  /// negative and V6 positive.
  void say_bundle_branch() {
    const LeadMeasurements* const v1 = find_lead(m_, "V1");
    const LeadMeasurements* const v6 = find_lead(m_, "V6");
    if (*m_.qrs_ms < t_.incomplete_block_from_ms || v1 == nullptr || v6 == nullptr) {
      return;
    }
    const LeadForces right = forces(*v1, std::max(t_.smallest_wave_mv, t_.smallest_wave_part * largest_wave(*v1)));
    const LeadForces left = forces(*v6, t_.smallest_wave_mv);
    const std::string reason =
        fmt::format("QRS {:.0f} ms; V1 largest {:.2f}, last {:.2f} mV; V6 largest {:.2f}, last {:.2f} mV", *m_.qrs_ms,
                    right.largest_mv, right.last_mv, left.largest_mv, left.last_mv);
    const bool is_complete = *m_.qrs_ms >= t_.complete_block_from_ms;
    if (right.last_mv > t_.late_r_part * std::abs(right.largest_mv) && left.last_mv < 0) {
      say(is_complete ? "complete_rbbb" : "incomplete_rbbb",
          is_complete ? "Right bundle branch block" : "Incomplete right bundle branch block", reason, {"V1", "V6"});
    } else if (right.largest_mv < 0 && left.largest_mv > 0 && *m_.qrs_ms >= t_.complete_left_block_from_ms) {
      say("complete_lbbb", "Left bundle branch block", reason, {"V1", "V6"});
    } else if (is_complete) {
      say("intraventricular_delay", "Intraventricular conduction delay", reason, {"V1", "V6"});
    }
  }

  [[nodiscard]] bool has_wave(const char* lead, const char* wave) const {
    const LeadMeasurements* const found = find_lead(m_, lead);
    return found != nullptr && std::abs(found->amplitude_mv(wave)) >= t_.smallest_q_mv;
  }

  /// Whether the lead begins with a Q and the R behind it is its largest wave; a late S by a right bundle branch block
  /// may follow.
  [[nodiscard]] bool has_qr(const char* lead) const {
    const LeadMeasurements* const found = find_lead(m_, lead);
    return found != nullptr && has_wave(lead, "Q") && has_wave(lead, "R") &&
           forces(*found, t_.smallest_wave_mv).largest_mv > 0.0;
  }

  /// Left anterior: axis −45 to −90°, qR in aVL, S below; with a right bundle branch block, too, whose late forces turn
  /// the axis the other way. Left posterior: the mirror, in narrow complexes only.
  void say_fascicles() {
    const bool is_narrow = *m_.qrs_ms < t_.complete_block_from_ms;
    if (!m_.qrs_axis_deg || (!is_narrow && !a_.says("complete_rbbb"))) {
      return;
    }
    const double axis = *m_.qrs_axis_deg;
    const std::string reason = fmt::format("QRS axis {:.0f}°, QRS {:.0f} ms", axis, *m_.qrs_ms);
    if (axis <= t_.anterior_axis_from_deg && axis >= -90.0 && has_qr("aVL") && has_wave("III", "S")) {
      say("left_anterior_fascicular_block", "Left anterior fascicular block", reason, {"I", "aVF", "aVL", "III"});
    } else if (is_narrow && axis >= t_.posterior_axis_from_deg && axis <= 180.0 && has_wave("I", "S") &&
               has_wave("III", "Q") && !has_right_ventricle()) {
      say("left_posterior_fascicular_block", "Left posterior fascicular block", reason, {"I", "aVF", "aVL", "III"});
    }
  }

  void say_axis() {
    if (!m_.qrs_axis_deg) {
      return;
    }
    const double axis = *m_.qrs_axis_deg;
    const std::string reason = fmt::format("QRS axis {:.0f}°", axis);
    if (axis < t_.left_axis_below_deg && axis >= -90.0) {
      say("left_axis_deviation", "Left axis deviation", reason, {"I", "aVF"});
    } else if (axis > t_.right_axis_above_deg) {
      say("right_axis_deviation", "Right axis deviation", reason, {"I", "aVF"});
    } else if (axis < -90.0) {
      say("extreme_axis", "Extreme axis deviation", reason, {"I", "aVF"});
    }
  }

  [[nodiscard]] bool has_right_ventricle() const {
    const LeadMeasurements* const v1 = find_lead(m_, "V1");
    const LeadMeasurements* const v5 = find_lead(m_, "V5");
    const LeadMeasurements* const v6 = find_lead(m_, "V6");
    if (v1 == nullptr || v5 == nullptr || v6 == nullptr || *m_.qrs_ms >= t_.complete_block_from_ms) {
      return false;
    }
    const double s = std::max(largest_down(*v5), largest_down(*v6));
    return largest_up(*v1) + s >= t_.right_ventricle_from_mv && largest_up(*v1) > largest_down(*v1);
  }

  /// Whether the lead was recorded and has no wave of the complex: the forces stand across it. A chest lead without any
  /// is an electrode without contact.
  [[nodiscard]] bool is_isoelectric(const std::string& name) const {
    const auto found = std::ranges::find(m_.leads, name, &LeadMeasurements::lead);
    if (found == m_.leads.end() || !found->is_measured || !found->qrs.empty()) {
      return false;
    }
    const auto number = static_cast<std::size_t>(found - m_.leads.begin());
    if (number >= a_.quality.leads.size()) {
      return true;
    }
    const bool is_limb_lead = !name.starts_with('V');
    const auto& seconds = a_.quality.leads[number];
    const auto num = std::ranges::count_if(seconds, [&](const LeadSecond& second) {
      return !second.has(Fault::missing) && (is_limb_lead || !second.has(Fault::flat));
    });
    return 2 * num > std::ssize(seconds);
  }

  /// Largest height of a lead; 0 where the forces stand across it, nothing where it was not recorded.
  [[nodiscard]] std::optional<double> up_mv(const char* name) const {
    const LeadMeasurements* const lead = find_lead(m_, name);
    return lead != nullptr        ? std::optional(largest_up(*lead))
           : is_isoelectric(name) ? std::optional(0.0)
                                  : std::nullopt;
  }
  [[nodiscard]] std::optional<double> down_mv(const char* name) const {
    const LeadMeasurements* const lead = find_lead(m_, name);
    return lead != nullptr        ? std::optional(largest_down(*lead))
           : is_isoelectric(name) ? std::optional(0.0)
                                  : std::nullopt;
  }

  [[nodiscard]] bool is_missing(const char* name) const {
    return find_lead(m_, name) == nullptr && !is_isoelectric(name);
  }

  /// What no lead of the recording shows.
  void say_missing_leads() {
    constexpr std::array<const char*, 11> judged{"I", "II", "III", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"};
    std::vector<std::string> what;
    std::string missing;
    for (const char* const name : judged) {
      missing += is_missing(name) ? std::string(" ") + name : std::string{};
    }
    if (missing.empty()) {
      return;
    }
    if (!m_.qrs_axis_deg && (is_missing("I") || is_missing("aVF"))) {
      what.emplace_back("axis");
    }
    if (is_missing("V1") || is_missing("V6")) {
      what.emplace_back("bundle branches");
    }
    if (left_voltages().size() < 4) {
      what.emplace_back("all voltages of the ventricles");
    }
    what.emplace_back("ST in" + missing);
    say("cannot_say_missing_leads", fmt::format("Not judged for want of leads: {}", fmt::join(what, ", ")),
        fmt::format("recorded: {}", fmt::join(recorded(), " ")), recorded());
  }

  struct Voltage {
    std::string text;
    bool is_large = false;
    Leads leads;
  };

  /// Each of the voltages of a large left ventricle whose leads were recorded.
  [[nodiscard]] std::vector<Voltage> left_voltages() const {
    std::vector<Voltage> out;
    const bool is_female = patient_.sex == Sex::female;
    if (const auto s1 = down_mv("V1"), r5 = up_mv("V5"), r6 = up_mv("V6"); s1 && (r5 || r6)) {
      const double sokolow = *s1 + std::max(r5.value_or(0.0), r6.value_or(0.0));
      out.push_back({fmt::format("Sokolow-Lyon {:.2f} mV (from {:.1f})", sokolow, t_.sokolow_lyon_from_mv),
                     sokolow >= t_.sokolow_lyon_from_mv,
                     r5 && r6 ? Leads{"V1", "V5", "V6"} : Leads{"V1", r5 ? "V5" : "V6"}});
    }
    if (const auto left_r = up_mv("aVL"); left_r) {
      out.push_back({fmt::format("R in aVL {:.2f} mV (above {:.1f})", *left_r, t_.left_r_above_mv),
                     *left_r > t_.left_r_above_mv,
                     {"aVL"}});
      if (const auto s3 = down_mv("V3"); s3) {
        const double limit = is_female ? t_.cornell_female_from_mv : t_.cornell_male_from_mv;
        out.push_back({fmt::format("Cornell {:.2f} mV (above {:.1f})", *left_r + *s3, limit),
                       *left_r + *s3 > limit,
                       {"aVL", "V3"}});
      }
    }
    if (const auto s4 = down_mv("V4"); s4) {
      const auto& [deepest, lead] = deepest_s();
      const double limit = is_female ? t_.peguero_female_from_mv : t_.peguero_male_from_mv;
      out.push_back({fmt::format("Peguero-Lo Presti {:.2f} mV (from {:.1f})", deepest + *s4, limit),
                     deepest + *s4 >= limit, lead.empty() || lead == "V4" ? Leads{"V4"} : Leads{"V4", lead}});
    }
    return out;
  }

  /// Voltage criteria, each on its own leads; no voltage is judged under a left bundle branch block.
  void say_ventricles() {
    if (has_right_ventricle()) {
      say("right_ventricular_hypertrophy", "Right ventricular hypertrophy (voltage)",
          fmt::format("R in V1 {:.2f} mV above S there, with S in V5 or V6 at least {:.2f} mV together",
                      largest_up(*find_lead(m_, "V1")), t_.right_ventricle_from_mv),
          {"V1", "V5", "V6"});
    }
    if (a_.says("complete_lbbb")) {
      return;
    }
    const std::vector<Voltage> voltages = left_voltages();
    if (std::ranges::none_of(voltages, &Voltage::is_large)) {
      return;
    }
    std::vector<std::string> texts;
    Leads leads;
    for (const Voltage& voltage : voltages) {
      if (!voltage.is_large) {
        continue;
      }
      texts.push_back(voltage.text);
      for (const std::string& lead : voltage.leads) {
        if (std::ranges::find(leads, lead) == leads.end()) {
          leads.push_back(lead);
        }
      }
    }
    say("left_ventricular_hypertrophy", "Left ventricular hypertrophy (voltage)",
        fmt::format("{}{}", fmt::join(texts, ", "), patient_.sex ? "" : "; sex unknown: limits of men"), leads);
  }

  /// The deepest S or QS of all leads but aVR, mV, as a positive number, and its lead.
  [[nodiscard]] std::pair<double, std::string> deepest_s() const {
    std::pair<double, std::string> deepest{0.0, {}};
    for (const LeadMeasurements& lead : m_.leads) {
      for (const QrsWave& wave : lead.qrs) {
        const bool is_s = wave.name.starts_with('S') || wave.name == "QS";
        if (is_s && lead.lead != "aVR" && -wave.amplitude_mV > deepest.first) {
          deepest = {-wave.amplitude_mV, lead.lead};
        }
      }
    }
    return deepest;
  }

  void say_atria() {
    if (!m_.p_ms || a_.says("atrial_fibrillation") || a_.flutter.conduction != FlutterConduction::absent) {
      return;
    }
    const LeadMeasurements* const v1 = find_lead(m_, "V1");
    const LeadMeasurements* const two = find_lead(m_, "II");
    const double terminal = v1 == nullptr ? 0.0 : v1->p_terminal_mVs.value_or(0.0);
    if (terminal <= -t_.p_terminal_from_mvs || *m_.p_ms >= t_.long_p_from_ms) {
      const bool has_v1 = v1 != nullptr && v1->p_terminal_mVs.has_value();
      say("left_atrial_enlargement", "Left atrial enlargement",
          fmt::format("P {:.0f} ms (from {:.0f}){}", *m_.p_ms, t_.long_p_from_ms,
                      has_v1
                          ? fmt::format(", its end in V1 {:.4f} mV·s (from -{:.4f})", terminal, t_.p_terminal_from_mvs)
                          : std::string{}),
          has_v1 ? with_leads({"II", "V1"}) : measured());
    }
    const double tall = two == nullptr ? 0.0 : two->p_mV.value_or(0.0);
    if (tall > t_.tall_p_above_mv) {
      say("right_atrial_enlargement", "Right atrial enlargement",
          fmt::format("P in II {:.2f} mV (above {:.2f})", tall, t_.tall_p_above_mv), {"II"});
    }
  }

  /// All leads that the recording has.
  [[nodiscard]] Leads recorded() const {
    Leads out;
    std::ranges::transform(m_.leads, std::back_inserter(out), &LeadMeasurements::lead);
    return out;
  }

  /// Those of them that could be measured.
  [[nodiscard]] Leads measured() const {
    Leads out;
    for (const LeadMeasurements& lead : m_.leads) {
      if (lead.is_measured) {
        out.push_back(lead.lead);
      }
    }
    return out;
  }

  /// Those of the leads named that the recording has.
  [[nodiscard]] Leads with_leads(std::initializer_list<const char*> names) const {
    Leads out;
    std::ranges::copy_if(names, std::back_inserter(out), [&](const char* n) { return find_lead(m_, n) != nullptr; });
    return out;
  }

  /// "; limits 0.10 mV, in V2 and V3 0.15 mV (women)": those that were used.
  [[nodiscard]] std::string elevation_limits_text() const {
    const bool is_male = patient_.sex == Sex::male;
    const bool is_young = is_male && patient_.age_years && *patient_.age_years < t_.st_young_below_years;
    const std::string whose = !patient_.sex ? std::string("sex unknown: women")
                              : !is_male
                                  ? std::string("women")
                                  : fmt::format("men {} {:.0f} years{}", is_young ? "below" : "from",
                                                t_.st_young_below_years, patient_.age_years ? "" : ", age unknown");
    return fmt::format("; limits {:.2f} mV, in V2 and V3 {:.2f} mV ({})", t_.st_elevation_from_mv,
                       elevation_limit_mv("V2"), whose);
  }

  /// ", in V7 0.05 mV": of the leads beside the twelve.
  [[nodiscard]] std::string further_limits_text(const Leads& leads) const {
    std::string text;
    for (const std::string& lead : leads) {
      if (is_posterior(lead) || is_right_sided(lead)) {
        text += fmt::format(", in {} {:.2f} mV", lead, elevation_limit_mv(lead));
      }
    }
    return text;
  }

  [[nodiscard]] bool is_young_male(double below_years) const {
    return patient_.sex == Sex::male && patient_.age_years && *patient_.age_years < below_years;
  }
  [[nodiscard]] static bool is_posterior(std::string_view lead) { return lead == "V7" || lead == "V8" || lead == "V9"; }
  [[nodiscard]] static bool is_right_sided(std::string_view lead) { return lead == "V3R" || lead == "V4R"; }

  /// Limit of J-point elevation on a lead (fourth universal definition of myocardial infarction). Of an unknown sex
  /// that of women, the lower one: what it misses is an infarction.
  [[nodiscard]] double elevation_limit_mv(const std::string& lead) const {
    if (is_posterior(lead)) {
      return is_young_male(t_.st_young_below_years) ? t_.st_elevation_young_male_further_mv
                                                    : t_.st_elevation_further_mv;
    }
    if (is_right_sided(lead)) {
      return is_young_male(t_.st_right_young_below_years) ? t_.st_elevation_young_male_further_mv
                                                          : t_.st_elevation_further_mv;
    }
    if (lead != "V2" && lead != "V3") {
      return t_.st_elevation_from_mv;
    }
    if (patient_.sex != Sex::male) {
      return t_.st_elevation_v2_v3_female_mv;
    }
    const bool is_young = patient_.age_years && *patient_.age_years < t_.st_young_below_years;
    return is_young ? t_.st_elevation_v2_v3_young_male_mv : t_.st_elevation_v2_v3_male_mv;
  }

  /// Leads of a chain of neighbours of which two next to each other at least have what is asked for.
  template <typename Has>
  static Leads contiguous(std::span<const char* const> chain, Has has) {
    Leads out;
    for (std::size_t i = 0; i < chain.size(); ++i) {
      const bool has_neighbour = (i > 0 && has(chain[i - 1])) || (i + 1 < chain.size() && has(chain[i + 1]));
      if (has(chain[i]) && has_neighbour) {
        out.emplace_back(chain[i]);
      }
    }
    return out;
  }

  void say_st(bool may_be_ventricular) {
    const bool is_right_block = a_.says("complete_rbbb");
    if (may_be_ventricular || (*m_.qrs_ms >= t_.complete_block_from_ms && !is_right_block)) {
      say("cannot_say_st", "ST segments are not judged: the complexes are wide or paced",
          fmt::format("QRS {:.0f} ms{}", *m_.qrs_ms, a_.says("ventricular_pacing") ? ", paced" : ""), {});
      return;
    }
    constexpr std::array<const char*, 5> limb{"aVL", "I", "II", "aVF", "III"};
    constexpr std::array<const char*, 6> all_chest{"V1", "V2", "V3", "V4", "V5", "V6"};
    constexpr std::array<const char*, 11> all_rising{"V4R", "V3R", "V1", "V2", "V3", "V4",
                                                     "V5",  "V6",  "V7", "V8", "V9"};
    std::span<const char* const> chest = all_chest;
    std::span<const char* const> rising = all_rising;
    if (is_right_block) {
      chest = chest.subspan(3);
      rising = rising.subspan(5);
      say("cannot_say_st_right_chest", "ST in V1 to V3 is not judged: right bundle branch block",
          fmt::format("QRS {:.0f} ms", *m_.qrs_ms), {"V1", "V2", "V3"});
    }
    const auto rises = [&](const char* name) {
      const LeadMeasurements* const lead = find_lead(m_, name);
      return lead != nullptr && lead->st_j_mV >= elevation_limit_mv(name);
    };
    // In V1 to V3, the mirror of a posterior infarction, the definition asks for the depth alone: ST rises there into
    // an upright T.
    const auto falls = [&](const char* name) {
      const LeadMeasurements* const lead = find_lead(m_, name);
      if (lead == nullptr) {
        return false;
      }
      const double limit = -t_.st_depression_from_mv;
      const bool is_mirror =
          std::ranges::find(mirror_of_posterior, std::string_view(name)) != mirror_of_posterior.end();
      const bool is_level = lead->st_60_mV <= lead->st_j_mV + t_.smallest_wave_mv;
      const bool lasts = is_mirror && lead->st_80_mV <= limit;
      return lead->st_j_mV <= limit && lead->st_60_mV <= limit && (is_level || lasts);
    };
    say_st_leads("st_elevation", "ST elevation", contiguous(limb, rises), contiguous(rising, rises));
    const auto is_deep = [&](const char* name) {
      const LeadMeasurements* const lead = find_lead(m_, name);
      return falls(name) && lead->st_j_mV <= -t_.widespread_depression_from_mv;
    };
    say_widespread_depression(limb, all_chest, is_deep);
    say_st_leads("st_depression", "ST depression", contiguous(limb, falls), contiguous(chest, falls));
  }

  /// ST depression in six leads and more with an elevation in aVR or V1: several vessels or the left main stem.
  template <typename IsDeep>
  void say_widespread_depression(std::span<const char* const> limb, std::span<const char* const> chest,
                                 IsDeep is_deep) {
    Leads deep;
    std::ranges::copy_if(limb, std::back_inserter(deep), is_deep);
    std::ranges::copy_if(chest, std::back_inserter(deep), is_deep);
    Leads raised;
    for (const char* const name : {"aVR", "V1"}) {
      const LeadMeasurements* const lead = find_lead(m_, name);
      const bool is_judged = name != std::string_view("V1") || !a_.says("cannot_say_st_right_chest");
      if (lead != nullptr && is_judged && lead->st_j_mV >= t_.st_elevation_from_mv) {
        raised.emplace_back(name);
      }
    }
    if (static_cast<double>(deep.size()) < t_.widespread_depression_leads || raised.empty()) {
      return;
    }
    std::string reason = "J in";
    Leads leads = deep;
    leads.insert(leads.end(), raised.begin(), raised.end());
    for (const std::string& lead : leads) {
      reason += fmt::format(" {} {:+.2f}", lead, find_lead(m_, lead)->st_j_mV);
    }
    say("widespread_st_depression",
        fmt::format("ST depression in {} leads with elevation in {}: left main or multivessel disease", deep.size(),
                    fmt::join(raised, ", ")),
        reason +
            fmt::format(" mV; limits -{:.2f} and {:.2f} mV", t_.widespread_depression_from_mv, t_.st_elevation_from_mv),
        leads);
  }

  void say_st_leads(const char* code, const char* text, Leads leads, const Leads& chest) {
    leads.insert(leads.end(), chest.begin(), chest.end());
    if (leads.empty()) {
      return;
    }
    std::string reason = "J in";
    for (const std::string& lead : leads) {
      reason += fmt::format(" {} {:+.2f}", lead, find_lead(m_, lead)->st_j_mV);
    }
    reason += " mV";
    if (a_.says("left_ventricular_hypertrophy")) {
      reason += "; with left ventricular hypertrophy, which moves ST too";
    }
    reason += std::string_view(code) == "st_elevation" ? elevation_limits_text() + further_limits_text(leads)
                                                       : fmt::format("; limit -{:.2f} mV", t_.st_depression_from_mv);
    say(code, fmt::format("{} in {}", text, fmt::join(leads, ", ")), reason, leads);
  }

  void say_qt() {
    if (!m_.qt_ms || (!m_.qtc && !m_.rr_ms)) {
      return;
    }
    if (*m_.qrs_ms >= t_.complete_block_from_ms) {
      say("cannot_say_qt", "QT is not judged: the complex is wide", fmt::format("QRS {:.0f} ms", *m_.qrs_ms), {});
      return;
    }
    say_very_long_qt();
    if (!m_.qtc) {
      say("cannot_say_qtc", "QT is not corrected for a rate as slow or fast as this, and not judged",
          fmt::format("QT {:.0f} ms at {:.0f}/min (corrected from {:.0f} to {:.0f}/min)", *m_.qt_ms,
                      60000.0 / m_.rr_of_qt_ms.value_or(*m_.rr_ms), t_.qtc_from_per_min, t_.qtc_to_per_min),
          {});
      return;
    }
    const double limit = patient_.sex == Sex::male ? t_.long_qtc_from_male_ms : t_.long_qtc_from_female_ms;
    const std::string reason = fmt::format("QTc {:.0f} ms (Fridericia), limit {:.0f} ms{}", m_.qtc->fridericia_ms,
                                           limit, patient_.sex ? "" : ", sex unknown");
    if (m_.qtc->fridericia_ms >= limit) {
      say("long_qt", "Prolonged QT interval", reason, {});
    } else if (m_.qtc->fridericia_ms <= t_.short_qtc_to_ms) {
      say("short_qt", "Short QT interval",
          fmt::format("QTc {:.0f} ms (Fridericia), up to {:.0f} ms is short", m_.qtc->fridericia_ms,
                      t_.short_qtc_to_ms),
          {});
    }
  }

  /// What no formula makes usual, whether it is corrected or not.
  void say_very_long_qt() {
    const std::optional<double> rr_ms = m_.rr_of_qt_ms ? m_.rr_of_qt_ms : m_.rr_ms;
    if (!rr_ms) {
      return;
    }
    const double rate = std::round(60000.0 / *rr_ms);  // as it is shown
    const bool is_slow = rate < t_.qtc_from_per_min;
    const double limit = is_slow ? t_.slow_very_long_qt_from_ms : t_.very_long_qt_from_ms;
    if (*m_.qt_ms >= limit && (is_slow || rate >= t_.very_long_qt_from_per_min)) {
      say("very_long_qt",
          is_slow ? "Very long QT interval, even for so slow a heart"
                  : "Very long QT interval, prolonged by whatever formula",
          fmt::format("QT {:.0f} ms at {:.0f}/min, from {:.0f} ms on", *m_.qt_ms, rate, limit), {});
    }
  }

  const LeadSignals& signals_;
  const PatientFacts& patient_;
  const StatementThresholds& t_;
  Analysis& a_;
  const Measurements& m_;
  std::vector<std::size_t> beats_;
};

}  // namespace

void say_morphology(const LeadSignals& signals, const PatientFacts& patient, const StatementThresholds& thresholds,
                    Analysis& analysis) {
  MorphologyStatements(signals, patient, thresholds, analysis).say_all();
}

}  // namespace xingu::ecg
