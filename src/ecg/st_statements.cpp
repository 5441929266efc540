// SPDX-License-Identifier: Apache-2.0
#include "ecg/st_statements.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ecg/morphology_statements.h"

namespace xingu::ecg {
namespace {

using Leads = std::vector<std::string>;

constexpr double left_part = 0.1;          // of a tremor's height, that its removal may leave: own choice
constexpr double smallest_left_mv = 0.02;  // what is no wave
constexpr double no_doubt_mv = 0.025;      // what any electrocardiograph's voltage may be wrong by (IEC 60601-2-25)
constexpr double errors_of_doubt = 3.0;    // chance leads no higher in 99 % of recordings of eight beats
// [beats − 2] the same of fewer, whose scatter says less of the error (Student's t, one-sided).
constexpr std::array<double, 6> errors_of_few{31.8, 6.96, 4.54, 3.75, 3.36, 3.14};
constexpr std::size_t many_beats = 4;  // of a recording, for one to be too few
constexpr std::array<std::string_view, 3> mirror_of_posterior{"V1", "V2", "V3"};

/// As it is shown: no "-0.00".
double shown_mv(double mv) { return std::round(100.0 * mv) / 100.0 + 0.0; }

/// One recording's statements on the ST segments of its representative beat.
class StStatements {
 public:
  StStatements(const std::vector<std::size_t>& beats, const PatientFacts& patient, const StatementThresholds& t,
               Analysis& analysis)
      : beats_(beats), patient_(patient), t_(t), a_(analysis), m_(analysis.measurements) {}

  void say_all(bool may_be_ventricular) {
    const bool is_right_block = a_.says("complete_rbbb");
    if (may_be_ventricular || (*m_.qrs_ms >= t_.complete_block_from_ms && !is_right_block)) {
      say("cannot_say_st", "ST segments are not judged: the complexes are wide or paced",
          fmt::format("{}{}", qrs_words(a_), a_.says("ventricular_pacing") ? ", paced" : ""), {});
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
    const auto rises = [&](const char* name) { return rises_beyond_doubt(name); };
    const auto falls = [&](const char* name) { return falls_beyond_doubt(name); };
    const Leads raised_limb = contiguous(limb, rises);
    const Leads raised_chest = contiguous(rising, rises);
    const Leads fallen_limb = contiguous(limb, falls);
    const Leads fallen_chest = contiguous(chest, falls);
    say_st_leads("st_elevation", "ST elevation", raised_limb, raised_chest);
    const auto is_deep = [&](const char* name) {
      return falls_beyond_doubt(name) && measured_lead(m_, name)->st_j_mV <= -t_.widespread_depression_from_mv;
    };
    say_widespread_depression(limb, all_chest, is_deep);
    say_st_leads("st_depression", "ST depression", fallen_limb, fallen_chest);

    const auto seems_raised = [&](const char* name) {
      const LeadMeasurements* const lead = measured_lead(m_, name);
      return lead != nullptr && rises_by(*lead, 0.0);
    };
    const auto seems_fallen = [&](const char* name) {
      const LeadMeasurements* const lead = measured_lead(m_, name);
      return lead != nullptr && falls_by(*lead, 0.0);
    };
    Leads maybe_raised = without(contiguous(limb, seems_raised), raised_limb);
    std::ranges::copy(without(contiguous(rising, seems_raised), raised_chest), std::back_inserter(maybe_raised));
    std::erase_if(maybe_raised, [&](const std::string& lead) { return is_unknown(*measured_lead(m_, lead)); });
    say_maybe_raised(maybe_raised);
    Leads untold = without(contiguous(limb, seems_fallen), fallen_limb);
    std::ranges::copy(without(contiguous(chest, seems_fallen), fallen_chest), std::back_inserter(untold));
    say_doubtful(limb, rising, untold, maybe_raised);
    say_unknown(limb, rising);
  }

 private:
  void say(std::string code, std::string text, std::string reason, Leads leads) {
    a_.statements.push_back({std::move(code), std::move(text), std::move(reason), beats_, std::move(leads)});
  }

  /// One beat says nothing of the error where the lead has faults, or where others of the recording were left out.
  [[nodiscard]] bool is_unknown(const LeadMeasurements& lead) const {
    if (lead.st_error_mV) {
      return false;
    }
    const auto number = static_cast<std::size_t>(&lead - m_.leads.data());
    const bool has_faults =
        number < a_.quality.leads.size() && !a_.quality.leads[number].empty() && a_.quality.good_part(number) < 1.0;
    return has_faults || (lead.num_beats == 1 && m_.num_beats >= many_beats);
  }

  /// What the removal of a tremor may have left of it in a lead.
  [[nodiscard]] double left_of_tremor_mv(const LeadMeasurements& lead) const {
    double left_mv = 0.0;
    for (const LimbTremor& tremor : a_.tremors) {
      left_mv += left_part * tremor.part * tremor.height_mv *
                 std::abs(lead_of_electrode(lead.lead, tremor.electrode).value_or(0.0));
    }
    return left_mv > smallest_left_mv ? left_mv : 0.0;
  }

  /// As many standard errors of ST as chance may move it by.
  [[nodiscard]] static double chance_mv(const LeadMeasurements& lead) {
    const bool is_of_few = lead.num_beats >= 2 && lead.num_beats - 2 < errors_of_few.size();
    return (is_of_few ? errors_of_few.at(lead.num_beats - 2) : errors_of_doubt) * lead.st_error_mV.value_or(0.0);
  }

  /// How much of ST may be chance, if it is more than what does not matter, or what is left of a tremor; without limit
  /// where it is not known.
  [[nodiscard]] double doubt_mv(const LeadMeasurements& lead, double does_not_matter_mv) const {
    if (is_unknown(lead)) {
      return std::numeric_limits<double>::infinity();
    }
    const double chance = chance_mv(lead);
    return std::max(left_of_tremor_mv(lead), chance > does_not_matter_mv ? chance : 0.0);
  }

  /// Of an elevation, which calls for help at once, all matters that is not measured as well on a calm recording.
  [[nodiscard]] double rise_doubt_mv(const LeadMeasurements& lead) const { return doubt_mv(lead, no_doubt_mv); }

  /// Of a depression all matters that would be one by itself.
  [[nodiscard]] double fall_doubt_mv(const LeadMeasurements& lead) const {
    return doubt_mv(lead, t_.st_depression_from_mv);
  }

  [[nodiscard]] bool rises_by(const LeadMeasurements& lead, double doubt) const {
    return lead.st_j_mV - doubt >= elevation_limit_mv(lead.lead);
  }

  /// In V1 to V3, the mirror of a posterior infarction, the definition asks for the depth alone: ST rises there into an
  /// upright T.
  [[nodiscard]] bool falls_by(const LeadMeasurements& lead, double doubt) const {
    const double limit = -t_.st_depression_from_mv;
    const bool is_mirror =
        std::ranges::find(mirror_of_posterior, std::string_view(lead.lead)) != mirror_of_posterior.end();
    const bool is_level = lead.st_60_mV <= lead.st_j_mV + t_.st_level_within_mv;
    const bool lasts = is_mirror && lead.st_80_mV <= limit;
    return lead.st_j_mV + doubt <= limit && lead.st_60_mV + doubt <= limit && (is_level || lasts);
  }

  [[nodiscard]] bool rises_beyond_doubt(const char* name) const {
    const LeadMeasurements* const lead = measured_lead(m_, name);
    return lead != nullptr && rises_by(*lead, rise_doubt_mv(*lead));
  }

  [[nodiscard]] bool falls_beyond_doubt(const char* name) const {
    const LeadMeasurements* const lead = measured_lead(m_, name);
    return lead != nullptr && falls_by(*lead, fall_doubt_mv(*lead));
  }

  static Leads without(Leads leads, const Leads& told) {
    std::erase_if(leads, [&](const std::string& lead) { return std::ranges::find(told, lead) != told.end(); });
    return leads;
  }

  /// Whether chance or what is left of a tremor may hide a deviation: nothing is told of the lead, and chance may move
  /// it by as much as three of the largest standard errors that are no doubt, or a tremor was taken out of it.
  [[nodiscard]] bool is_left_open(const LeadMeasurements& lead) const {
    return !rises_by(lead, rise_doubt_mv(lead)) && !falls_by(lead, fall_doubt_mv(lead)) &&
           (left_of_tremor_mv(lead) > 0.0 || chance_mv(lead) > errors_of_doubt * t_.st_largest_error_mv);
  }

  /// Leads that an elevation is measured in, but chance or a tremor may have made it.
  void say_maybe_raised(const Leads& leads) {
    if (leads.empty()) {
      return;
    }
    double largest_mv = 0.0;
    for (const std::string& lead : leads) {
      largest_mv = std::max(largest_mv, rise_doubt_mv(*measured_lead(m_, lead)));
    }
    say("cannot_say_st_elevation",
        fmt::format("ST may be raised in {}, which {} can make: record again", fmt::join(leads, ", "),
                    a_.tremors.empty() ? "chance" : "chance or a tremor"),
        fmt::format("{} mV, of which up to {:.2f} mV may be chance{}", j_words(leads), largest_mv,
                    elevation_limits_text()),
        leads);
  }

  /// @param untold  leads that are depressed by no more than their doubt
  /// @param told    leads of which it was said already
  void say_doubtful(std::span<const char* const> limb, std::span<const char* const> chest, const Leads& untold,
                    const Leads& told) {
    Leads leads;
    double largest_mv = 0.0;
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (const std::span<const char* const> chain : {limb, chest}) {
      for (const char* const name : chain) {
        const LeadMeasurements* const lead = measured_lead(m_, name);
        const bool is_told = std::ranges::find(told, name) != told.end();
        if (lead != nullptr && !is_told && !is_unknown(*lead) &&
            (is_left_open(*lead) || std::ranges::find(untold, name) != untold.end())) {
          leads.emplace_back(name);
          largest_mv = std::max(largest_mv, lead->st_error_mV.value_or(0.0));
          fewest = std::min(fewest, lead->num_beats);
        }
      }
    }
    if (leads.empty()) {
      return;
    }
    say("cannot_say_st_leads",
        fmt::format("ST is not judged in {}: what differs from beat to beat leaves it open{}", fmt::join(leads, ", "),
                    !a_.tremors.empty() ? ", or a tremor moves it" : ""),
        fmt::format(
            "{} mV, mean of {} beats{}, standard error up to {:.3f} mV: chance can make as much{}", j_words(leads),
            fewest, leads.size() == 1 ? "" : " or more", largest_mv,
            a_.tremors.empty() ? std::string{} : fmt::format("; tremor of {:.2f} mV", a_.tremors.front().height_mv)),
        leads);
  }

  void say_unknown(std::span<const char* const> limb, std::span<const char* const> chest) {
    Leads leads;
    for (const std::span<const char* const> chain : {limb, chest}) {
      std::ranges::copy_if(chain, std::back_inserter(leads), [&](const char* name) {
        const LeadMeasurements* const lead = measured_lead(m_, name);
        return lead != nullptr && is_unknown(*lead);
      });
    }
    if (!leads.empty()) {
      say("cannot_say_st_leads",
          fmt::format("ST is not judged in {}: a single beat is measured", fmt::join(leads, ", ")),
          "the lead is disturbed, and one beat does not tell how much ST differs from beat to beat", leads);
    }
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

  /// "J in V1 +0.14 V2 +0.16"
  [[nodiscard]] std::string j_words(const Leads& leads) const {
    std::string words = "J in";
    for (const std::string& lead : leads) {
      words += fmt::format(" {} {:+.2f}", lead, shown_mv(measured_lead(m_, lead)->st_j_mV));
    }
    return words;
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

  /// ST depression in six leads and more with an elevation in aVR or V1: several vessels or the left main stem.
  template <typename IsDeep>
  void say_widespread_depression(std::span<const char* const> limb, std::span<const char* const> chest,
                                 IsDeep is_deep) {
    Leads deep;
    std::ranges::copy_if(limb, std::back_inserter(deep), is_deep);
    std::ranges::copy_if(chest, std::back_inserter(deep), is_deep);
    Leads raised;
    for (const char* const name : {"aVR", "V1"}) {
      const LeadMeasurements* const lead = measured_lead(m_, name);
      const bool is_judged = name != std::string_view("V1") || !a_.says("cannot_say_st_right_chest");
      if (lead != nullptr && is_judged && lead->st_j_mV - rise_doubt_mv(*lead) >= t_.st_elevation_from_mv) {
        raised.emplace_back(name);
      }
    }
    if (static_cast<double>(deep.size()) < t_.widespread_depression_leads || raised.empty()) {
      return;
    }
    Leads leads = deep;
    leads.insert(leads.end(), raised.begin(), raised.end());
    say("widespread_st_depression",
        fmt::format("ST depression in {} leads with elevation in {}: left main or multivessel disease", deep.size(),
                    fmt::join(raised, ", ")),
        j_words(leads) +
            fmt::format(" mV; limits -{:.2f} and {:.2f} mV", t_.widespread_depression_from_mv, t_.st_elevation_from_mv),
        leads);
  }

  void say_st_leads(const char* code, const char* text, Leads leads, const Leads& chest) {
    leads.insert(leads.end(), chest.begin(), chest.end());
    if (leads.empty()) {
      return;
    }
    std::string reason = j_words(leads) + " mV";
    if (a_.says("left_ventricular_hypertrophy")) {
      reason += "; with left ventricular hypertrophy, which moves ST too";
    }
    reason += std::string_view(code) == "st_elevation" ? elevation_limits_text() + further_limits_text(leads)
                                                       : fmt::format("; limit -{:.2f} mV", t_.st_depression_from_mv);
    say(code, fmt::format("{} in {}", text, fmt::join(leads, ", ")), reason, leads);
  }

  const std::vector<std::size_t>& beats_;
  const PatientFacts& patient_;
  const StatementThresholds& t_;
  Analysis& a_;
  const Measurements& m_;
};

}  // namespace

void say_st(bool may_be_ventricular, const std::vector<std::size_t>& beats, const PatientFacts& patient,
            const StatementThresholds& thresholds, Analysis& analysis) {
  StStatements(beats, patient, thresholds, analysis).say_all(may_be_ventricular);
}

}  // namespace xingu::ecg
