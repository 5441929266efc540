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
#include <utility>

#include "ecg/electrode_exchange.h"
#include "ecg/filters.h"
#include "ecg/limb_lead_laws.h"
#include "ecg/pacing_spikes.h"
#include "ecg/st_statements.h"

namespace xingu::ecg {
namespace {

using Leads = std::vector<std::string>;

constexpr double t_end_error_ms = 30.6;           // of T's end, two standard deviations among the referees of CSE
constexpr double fewest_for_spread = 4.0;         // beats
constexpr std::size_t fewest_leads_of_scale = 6;  // low ones may lie across the heart's forces

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
      : signals_(signals),
        patient_(patient),
        t_(t),
        a_(analysis),
        m_(analysis.measurements),
        beats_(analysis.measurements.averaged) {}

  void say_all() {
    if (!m_.qrs_ms || m_.leads.empty()) {
      return;
    }
    say_electrodes();
    const bool is_scale_sure = !signals_.has_doubtful_gains() && !say_scale();
    const bool is_wide = *m_.qrs_ms >= t_.complete_block_from_ms;
    const bool may_be_ventricular =
        a_.says("ventricular_pacing") || a_.wide.has_value() ||
        (is_wide &&
         (a_.says("regular_without_p") || a_.says("wide_regular_without_p") || a_.says("slow_without_p") ||
          a_.says("tachycardia_without_p") || a_.says("cannot_say_flutter") ||
          (!a_.tremors.empty() && a_.says("cannot_say_rhythm")) || a_.av_block.conduction == AvConduction::none)) ||
        is_likely_ventricular();
    say_av_block();
    if (!may_be_ventricular) {
      if (!a_.says("possible_preexcitation")) {
        say_bundle_branch();
      }
      if (!signals_.has_doubtful_gains()) {
        say_axes();
      }
    }
    if (!may_be_ventricular && is_scale_sure && !is_child()) {
      say_ventricles();
    }
    if (is_scale_sure) {
      if (!is_child()) {
        say_low_voltage();
      }
      say_atria();
      say_st(may_be_ventricular, beats_, patient_, t_, a_);
    }
    say_qt();
    say_missing_leads();
    say_unseen_pacing();
  }

 private:
  /// What rests on the height of the limb leads beside one another.
  void say_axes() {
    if (!a_.says("possible_preexcitation")) {
      say_fascicles();
    }
    say_axis();
  }

  void say(std::string code, std::string text, std::string reason, Leads leads) {
    a_.statements.push_back({std::move(code), std::move(text), std::move(reason), beats_, std::move(leads)});
  }

  /// Whose PR is shorter, axis further to the right and voltages other than an adult's, with their age: what adults'
  /// limits say of these is not said. What is too long or too far to the left for an adult is so for a child.
  [[nodiscard]] bool is_child() const { return patient_.age_years && *patient_.age_years < t_.adult_from_years; }

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

  /// A tremor is no heart's, and the model of the electrodes is that of beats that the atria lead.
  [[nodiscard]] bool can_tell_electrodes() const {
    const std::vector<BeatType>& types = a_.sequence.type;
    const auto num = std::ranges::count_if(types, [](BeatType type) { return is_ventricular_in_part(type); });
    return a_.tremors.empty() && !(a_.wide && a_.wide->is_fast) && 2 * num <= std::ssize(types);
  }

  void say_electrodes() {
    if (!can_tell_electrodes()) {
      return;
    }
    const auto covariance = lead_covariance(signals_, a_.quality);
    const auto swap = covariance ? suspected_swap(*covariance, t_.electrodes) : std::nullopt;
    if (swap) {
      say("electrodes_swapped", fmt::format("Electrodes {} seem to be exchanged: check and repeat", swap->electrodes),
          swap->reason, swap->leads);
    }
  }

  /// Beyond which the scale is in doubt. A lead of an unknown name may lie on the chest.
  [[nodiscard]] double largest_mv(std::string_view lead) const {
    const bool is_limb = std::ranges::find(limb_lead_names, lead) != limb_lead_names.end() || lead.starts_with("ML");
    return is_limb ? t_.largest_limb_mv : t_.largest_chest_mv;
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
      const double of_limit = span_mv / largest_mv(lead.lead);
      largest = of_limit > part ? &lead : largest;
      part = std::max(part, of_limit);
      highest_mv = std::max(highest_mv, span_mv);
      ++num;
    }
    if (part > 1.0) {
      say("cannot_say_amplitudes",
          "The scale is in doubt: complexes are higher than a heart makes them. ST, voltages and atria are not judged",
          fmt::format("QRS {:.1f} mV from top to bottom in {} (above {:.1f})",
                      largest_up(*largest) + largest_down(*largest), largest->lead, largest_mv(largest->lead)),
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

  /// From top to bottom of the highest complex of these leads; nothing where one was not measured.
  [[nodiscard]] std::optional<double> highest_of(std::span<const char* const> names) const {
    double highest_mv = 0.0;
    for (const char* const name : names) {
      const auto up = up_mv(name);
      const auto down = down_mv(name);
      if (!up || !down) {
        return std::nullopt;
      }
      highest_mv = std::max(highest_mv, *up + *down);
    }
    return highest_mv;
  }

  /// Low complexes in all limb leads, in all chest leads, or in both. Nothing where a limb lead is not measured: what
  /// contradicts it may have the chest leads' scale.
  void say_low_voltage() {
    constexpr std::array<const char*, 6> chest_names{"V1", "V2", "V3", "V4", "V5", "V6"};
    const auto limb_mv = highest_of(limb_lead_names);
    const auto chest_mv = highest_of(chest_names);
    const bool is_limb = limb_mv && *limb_mv < t_.low_limb_below_mv;
    const bool is_chest = limb_mv && chest_mv && *chest_mv < t_.low_chest_below_mv;
    if (!is_limb && !is_chest) {
      return;
    }
    Leads leads;
    std::vector<std::string> reasons;
    if (is_limb) {
      leads.insert(leads.end(), limb_lead_names.begin(), limb_lead_names.end());
      reasons.push_back(fmt::format("{:.2f} mV in the limb leads (below {:.1f})", *limb_mv, t_.low_limb_below_mv));
    }
    if (is_chest) {
      leads.insert(leads.end(), chest_names.begin(), chest_names.end());
      reasons.push_back(fmt::format("{:.2f} mV in the chest leads (below {:.1f})", *chest_mv, t_.low_chest_below_mv));
    }
    say("low_voltage",
        fmt::format("Low voltage in {}", is_limb && is_chest ? "limb and chest leads"
                                         : is_limb           ? "the limb leads"
                                                             : "the chest leads"),
        fmt::format("QRS from top to bottom at most {}", fmt::join(reasons, ", ")), leads);
  }

  void say_av_block() {
    const bool has_own_pr = a_.tremors.empty() && !a_.says("atrial_fibrillation") && !a_.says("ventricular_pacing") &&
                            !a_.has_blocked_p() && a_.flutter.conduction == FlutterConduction::absent;
    if (m_.pr_ms && *m_.pr_ms > t_.av_block_above_ms && has_own_pr) {
      say("av_block_1", "First-degree AV block", fmt::format("PR {:.0f} ms", *m_.pr_ms), {});
    } else if (m_.pr_ms && *m_.pr_ms < t_.short_pr_below_ms && has_own_pr && is_pr_short_in_most()) {
      const bool is_wide = *m_.qrs_ms >= t_.complete_block_from_ms;  // it begins too soon and lasts too long
      if (is_child() && !is_wide) {
        return;
      }
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
    const LeadMeasurements* const v1 = measured_lead(m_, "V1");
    const LeadMeasurements* const v6 = measured_lead(m_, "V6");
    if (*m_.qrs_ms < t_.incomplete_block_from_ms || v1 == nullptr || v6 == nullptr || !are_most_leads_measured(m_)) {
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
    const LeadMeasurements* const found = measured_lead(m_, lead);
    return found != nullptr && std::abs(found->amplitude_mv(wave)) >= t_.smallest_q_mv;
  }

  /// Whether the lead begins with a Q and the R behind it is its largest wave; a late S by a right bundle branch block
  /// may follow.
  [[nodiscard]] bool has_qr(const char* lead) const {
    const LeadMeasurements* const found = measured_lead(m_, lead);
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
    const std::string reason = fmt::format("{}, QRS {:.0f} ms", axis_text(axis), *m_.qrs_ms);
    if (axis <= t_.anterior_axis_from_deg && axis >= -90.0 && has_qr("aVL") && has_wave("III", "S")) {
      say("left_anterior_fascicular_block", "Left anterior fascicular block", reason, {"I", "aVF", "aVL", "III"});
    } else if (is_narrow && !is_child() && axis >= t_.posterior_axis_from_deg && axis <= 180.0 && has_wave("I", "S") &&
               has_wave("III", "Q") && !has_right_ventricle()) {
      say("left_posterior_fascicular_block", "Left posterior fascicular block", reason, {"I", "aVF", "III"});
    }
  }

  [[nodiscard]] std::string axis_text(double axis_deg) const {
    return fmt::format("QRS axis {:.0f}°{}", whole(axis_deg),
                       a_.tremors.empty() ? "" : " (doubtful beside a tremor of limbs)");
  }

  void say_axis() {
    if (!m_.qrs_axis_deg) {
      return;
    }
    const double axis = *m_.qrs_axis_deg;
    const std::string reason = axis_text(axis);
    if (axis < t_.left_axis_below_deg && axis >= -90.0) {
      say("left_axis_deviation", "Left axis deviation", reason, {"I", "aVF"});
    } else if (is_child()) {
      return;
    } else if (axis > t_.right_axis_above_deg) {
      say("right_axis_deviation", "Right axis deviation", reason, {"I", "aVF"});
    } else if (axis < -90.0) {
      say("extreme_axis", "Extreme axis deviation", reason, {"I", "aVF"});
    }
  }

  [[nodiscard]] bool has_right_ventricle() const {
    const LeadMeasurements* const v1 = measured_lead(m_, "V1");
    const LeadMeasurements* const v5 = measured_lead(m_, "V5");
    const LeadMeasurements* const v6 = measured_lead(m_, "V6");
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
    const LeadMeasurements* const lead = measured_lead(m_, name);
    return lead != nullptr        ? std::optional(largest_up(*lead))
           : is_isoelectric(name) ? std::optional(0.0)
                                  : std::nullopt;
  }
  [[nodiscard]] std::optional<double> down_mv(const char* name) const {
    const LeadMeasurements* const lead = measured_lead(m_, name);
    return lead != nullptr        ? std::optional(largest_down(*lead))
           : is_isoelectric(name) ? std::optional(0.0)
                                  : std::nullopt;
  }

  [[nodiscard]] bool is_missing(const char* name) const {
    return measured_lead(m_, name) == nullptr && !is_isoelectric(name);
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
    const Leads usable = measured();
    const bool are_disturbed = std::ranges::all_of(
        judged, [&](const char* name) { return !is_missing(name) || std::ranges::count(recorded(), name) > 0; });
    if (are_disturbed) {
      say("cannot_say_missing_leads", fmt::format("Not judged, as leads are disturbed: {}", fmt::join(what, ", ")),
          usable.empty() ? std::string("no lead could be measured")
                         : fmt::format("measured: {}", fmt::join(usable, " ")),
          recorded());
      return;
    }
    const bool are_all_usable = usable.size() == recorded().size();
    say("cannot_say_missing_leads", fmt::format("Not judged for want of leads: {}", fmt::join(what, ", ")),
        fmt::format("recorded: {}{}", fmt::join(recorded(), " "),
                    are_all_usable   ? std::string{}
                    : usable.empty() ? std::string("; none could be measured")
                                     : fmt::format("; measured: {}", fmt::join(usable, " "))),
        recorded());
  }

  struct Voltage {
    std::string text;
    bool is_large = false;
    Leads leads;
    bool is_by_sex = false;  ///< its limit
  };

  /// To 10 µV, or as exactly as it takes to tell it from a limit that it is beyond.
  static std::string beyond_text(double mv, double limit_mv) {
    const bool is_rounded_to_limit = mv > limit_mv && fmt::format("{:.2f}", mv) == fmt::format("{:.2f}", limit_mv);
    return fmt::format("{:.{}f}", mv, is_rounded_to_limit ? 4 : 2);
  }

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
      out.push_back(
          {fmt::format("R in aVL {} mV (above {:.1f})", beyond_text(*left_r, t_.left_r_above_mv), t_.left_r_above_mv),
           *left_r > t_.left_r_above_mv,
           {"aVL"}});
      if (const auto s3 = down_mv("V3"); s3) {
        const double limit = is_female ? t_.cornell_female_from_mv : t_.cornell_male_from_mv;
        out.push_back({fmt::format("Cornell {} mV (above {:.1f})", beyond_text(*left_r + *s3, limit), limit),
                       *left_r + *s3 > limit,
                       {"aVL", "V3"},
                       true});
      }
    }
    if (const auto s4 = down_mv("V4"); s4) {
      const auto& [deepest, lead] = deepest_s();
      const double limit = is_female ? t_.peguero_female_from_mv : t_.peguero_male_from_mv;
      out.push_back({fmt::format("Peguero-Lo Presti {:.2f} mV (from {:.1f})", deepest + *s4, limit),
                     deepest + *s4 >= limit, lead.empty() || lead == "V4" ? Leads{"V4"} : Leads{"V4", lead}, true});
    }
    return out;
  }

  /// Voltage criteria, each on its own leads; no voltage is judged under a left bundle branch block.
  void say_ventricles() {
    if (has_right_ventricle()) {
      say("right_ventricular_hypertrophy", "Right ventricular hypertrophy (voltage)",
          fmt::format("R in V1 {:.2f} mV above S there, with S in V5 or V6 at least {:.2f} mV together",
                      largest_up(*measured_lead(m_, "V1")), t_.right_ventricle_from_mv),
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
    bool is_by_sex = false;
    for (const Voltage& voltage : voltages) {
      if (!voltage.is_large) {
        continue;
      }
      texts.push_back(voltage.text);
      is_by_sex = is_by_sex || voltage.is_by_sex;
      for (const std::string& lead : voltage.leads) {
        if (std::ranges::find(leads, lead) == leads.end()) {
          leads.push_back(lead);
        }
      }
    }
    say("left_ventricular_hypertrophy", "Left ventricular hypertrophy (voltage)",
        fmt::format("{}{}", fmt::join(texts, ", "), patient_.sex || !is_by_sex ? "" : "; sex unknown: limits of men"),
        leads);
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
    if (!m_.p_ms || !a_.tremors.empty() || a_.says("atrial_fibrillation") || a_.says("cannot_say_rhythm") ||
        a_.flutter.conduction != FlutterConduction::absent) {
      return;
    }
    const LeadMeasurements* const v1 = measured_lead(m_, "V1");
    const LeadMeasurements* const two = measured_lead(m_, "II");
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
    std::ranges::copy_if(names, std::back_inserter(out),
                         [&](const char* n) { return measured_lead(m_, n) != nullptr; });
    return out;
  }

  void say_qt() {
    if (m_.is_t_cut) {
      say("cannot_say_cut_qt", "QT is not judged: the next complex begins before or as T ends",
          fmt::format("behind most of {} beats", beats_.size()), {});
      return;
    }
    if (!m_.qt_ms || (!m_.qtc && !m_.rr_ms) || !a_.tremors.empty()) {
      return;
    }
    if (a_.wide || *m_.qrs_ms >= t_.complete_block_from_ms) {
      say("cannot_say_qt", "QT is not judged: the complex is wide", qrs_words(a_), {});
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
      say_unusual_qt("long_qt", "Prolonged QT interval", reason);
    } else if (m_.qtc->fridericia_ms <= t_.short_qtc_to_ms) {
      say_unusual_qt("short_qt", "Short QT interval",
                     fmt::format("QTc {:.0f} ms (Fridericia), up to {:.0f} ms is short", m_.qtc->fridericia_ms,
                                 t_.short_qtc_to_ms));
    }
  }

  /// Between the quartiles of the beats that are not ventricular, each with its neighbours; of more beats than are
  /// averaged with one as much less as their mean is surer.
  [[nodiscard]] double qt_spread_ms() const {
    std::vector<float> qt_ms;
    const std::vector<BeatType>& types = a_.sequence.type;
    for (std::size_t b = 0; b < a_.waves.global.size(); ++b) {
      const auto& [p, qrs, t, probability] = a_.waves.global[b];
      const bool is_usual = b >= types.size() || (!is_ventricular_in_part(types[b]) && types[b] != BeatType::paced);
      if (qrs && t && is_usual) {
        qt_ms.push_back(1000.0F * static_cast<float>(t->offset - qrs->onset) / static_cast<float>(signals_.rate_hz));
      }
    }
    const auto num = static_cast<double>(qt_ms.size());
    const double averaged = 2.0 * static_cast<double>(DelineationSettings{}.neighbours) + 1.0;
    const auto apart_ms = static_cast<double>(quantile(qt_ms, 0.75) - quantile(qt_ms, 0.25));
    return num < fewest_for_spread ? 0.0 : apart_ms * std::min(1.0, std::sqrt(averaged / num));
  }

  /// Noise moves where T ends from beat to beat: then QT is no news.
  void say_unusual_qt(std::string code, std::string text, std::string reason) {
    const double spread_ms = qt_spread_ms();
    if (spread_ms <= t_end_error_ms) {
      say(std::move(code), std::move(text), std::move(reason), {});
    } else if (!a_.says("cannot_say_uneven_qt")) {
      reason +=
          fmt::format("; quartiles of the beats {:.0f} ms apart (judged up to {:.1f})", spread_ms, t_end_error_ms);
      say("cannot_say_uneven_qt", "QT is not judged: where T ends differs too much from beat to beat", reason, {});
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
      say_unusual_qt("very_long_qt",
                     is_slow ? "Very long QT interval, even for so slow a heart"
                             : "Very long QT interval, prolonged by whatever formula",
                     fmt::format("QT {:.0f} ms at {:.0f}/min, from {:.0f} ms on", *m_.qt_ms, rate, limit));
    }
  }

  const LeadSignals& signals_;
  const PatientFacts& patient_;
  const StatementThresholds& t_;
  Analysis& a_;
  const Measurements& m_;
  const std::vector<std::size_t>& beats_;  ///< that were measured
};

}  // namespace

std::string qrs_words(const Analysis& analysis) {
  const double measured_ms = *analysis.measurements.qrs_ms;
  return analysis.wide && analysis.wide->qrs_ms > measured_ms
             ? fmt::format("QRS {:.0f} ms in most beats, {:.0f} ms in those that are averaged", analysis.wide->qrs_ms,
                           measured_ms)
             : fmt::format("QRS {:.0f} ms", measured_ms);
}

void say_morphology(const LeadSignals& signals, const PatientFacts& patient, const StatementThresholds& thresholds,
                    Analysis& analysis) {
  MorphologyStatements(signals, patient, thresholds, analysis).say_all();
}

}  // namespace xingu::ecg
