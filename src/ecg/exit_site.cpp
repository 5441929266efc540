// SPDX-License-Identifier: Apache-2.0
#include "ecg/exit_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "base/error.h"
#include "ecg/filters.h"
#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr double baseline_hz = 0.5;
constexpr double angle_spread_deg = 40.0;  // of the rules, with many beats
constexpr double level_spread = 0.35;
constexpr double outflow_middle = 2.5;       // number of a chest lead: from V2 to V3 either tract is likely
constexpr double outflow_spread = 0.7;       // leads
constexpr double clear_inferior_axis = 0.6;  // net of II, III, aVF of an outflow tract's beats
constexpr double smallest_complex_mV = 0.05;
constexpr double narrowest_complex_ms = 100.0;  // own choice: narrower ones spread by the conduction system

/// Where the middle of a segment lies: angle about the long axis (0° lateral, 90° anterior, 180° septal, 270°
/// inferior) and level on the scale of ExitSite::basal. The apex has no angle.
struct SegmentPlace {
  double angle_deg;
  double level;
};

SegmentPlace place_of(int segment) {
  constexpr std::array<double, 6> six{90.0, 150.0, 210.0, 270.0, 330.0, 30.0};
  constexpr std::array<double, 4> four{90.0, 180.0, 270.0, 0.0};
  constexpr double basal_level = 0.6, middle_level = 0.0, apical_level = -0.5, apex_level = -0.9;
  return segment <= 6    ? SegmentPlace{six[static_cast<std::size_t>(segment - 1)], basal_level}
         : segment <= 12 ? SegmentPlace{six[static_cast<std::size_t>(segment - 7)], middle_level}
         : segment <= 16 ? SegmentPlace{four[static_cast<std::size_t>(segment - 13)], apical_level}
                         : SegmentPlace{0.0, apex_level};
}

double angle_between(double a_deg, double b_deg) {
  const double d = std::fmod(std::abs(a_deg - b_deg), 360.0);
  return std::min(d, 360.0 - d);
}

/// Each of the twelve leads without baseline; empty where one neither is there nor follows from two limb leads.
std::vector<std::vector<float>> all_leads(const LeadSignals& signals) {
  LeadSignals all = with_limb_leads(signals);
  std::vector<std::vector<float>> out;
  for (const std::string_view name : twelve_leads) {
    const auto number = lead_number(all, name);
    if (!number) {
      return {};
    }
    std::vector<float>& lead = all.mv[*number];
    fill_gaps(lead);
    filter_zero_phase(Biquad::high_pass(baseline_hz, signals.rate_hz), lead, filter_margin(signals.rate_hz));
    out.push_back(std::move(lead));
  }
  return out;
}

/// In seconds that are judged: of waves that may be fibrillation, or among which beats may be invented, none is a
/// complex.
bool lies_in_judged_seconds(const Analysis& a, const WaveBounds& qrs, std::size_t beat) {
  return a.sequence.counts(beat) && a.sequence.is_told(beat) &&
         std::ranges::none_of(a.swinging, [&](const SwingingStretch& stretch) {
           return qrs.onset < stretch.until && qrs.offset >= stretch.from;
         });
}

/// The beats asked for whose complex was delineated, in seconds that are judged.
std::vector<std::size_t> judged_beats(const Analysis& a, ExitBeats which) {
  std::vector<std::size_t> out;
  for (std::size_t b = 0; b < a.waves.global.size(); ++b) {
    const bool is_asked_for =
        which == ExitBeats::all ? a.sequence.type[b] != BeatType::paced : a.sequence.type[b] == BeatType::ventricular;
    if (is_asked_for && a.waves.global[b].qrs && lies_in_judged_seconds(a, *a.waves.global[b].qrs, b)) {
      out.push_back(b);
    }
  }
  return out;
}

/// Whether a lead that was recorded has a signal in each second of a complex.
bool has_signal(const std::vector<LeadSecond>& seconds, const WaveBounds& qrs, double rate_hz) {
  const auto at = [&](std::int64_t sample) {
    return std::min(second_of(std::max<std::int64_t>(0, sample), rate_hz), seconds.size() - 1);
  };
  for (std::size_t s = at(qrs.onset); !seconds.empty() && s <= at(qrs.offset); ++s) {
    if (!seconds[s].has_signal()) {
      return false;
    }
  }
  return true;
}

/// Those of the twelve leads that have no signal at a beat. A lead that is derived has one where I and II have.
std::vector<std::string> silent_leads_at(std::size_t beat, const LeadSignals& signals, const Analysis& a) {
  std::vector<std::string> out;
  for (const std::string_view name : twelve_leads) {
    const auto lead = lead_number(signals, name);
    if (lead && *lead < a.quality.leads.size() &&
        !has_signal(a.quality.leads[*lead], *a.waves.global[beat].qrs, signals.rate_hz)) {
      out.emplace_back(name);
    }
  }
  return out;
}

/// Of the beats asked for that have a signal on all leads those of the shape that most of them have.
std::vector<std::size_t> alike_beats(const LeadSignals& signals, const Analysis& a, ExitBeats which) {
  std::map<std::size_t, std::vector<std::size_t>> by_shape;
  for (const std::size_t b : judged_beats(a, which)) {
    if (silent_leads_at(b, signals, a).empty()) {
      by_shape[a.waves.beats.shape[b]].push_back(b);
    }
  }
  const auto most = std::ranges::max_element(by_shape, {}, [](const auto& shape) { return shape.second.size(); });
  return most == by_shape.end() ? std::vector<std::size_t>{} : most->second;
}

}  // namespace

double VentricularComplex::net(std::string_view lead) const {
  const auto i = static_cast<std::size_t>(std::ranges::find(twelve_leads, lead) - twelve_leads.begin());
  XINGU_REQUIRE(i < twelve_leads.size(), "lead '{}' is none of the twelve (nothing is known of it); name one", lead);
  const double sum = up_mV[i] + down_mV[i];
  return sum < smallest_complex_mV ? 0.0 : (up_mV[i] - down_mV[i]) / sum;
}

std::optional<VentricularComplex> ventricular_complex(const LeadSignals& signals, const Analysis& analysis,
                                                      ExitBeats which) {
  VentricularComplex out;
  out.beats = alike_beats(signals, analysis, which);
  const std::vector<std::vector<float>> leads = all_leads(signals);
  if (out.beats.empty() || leads.empty() || !analysis.tremors.empty()) {
    return std::nullopt;
  }
  std::vector<float> before, after;  // bounds about the aligned beat
  for (const std::size_t b : out.beats) {
    const WaveBounds& qrs = *analysis.waves.global[b].qrs;
    before.push_back(static_cast<float>(analysis.waves.beats.samples[b] - qrs.onset));
    after.push_back(static_cast<float>(qrs.offset - analysis.waves.beats.samples[b]));
  }
  const auto reach_before = static_cast<std::size_t>(std::max(0.0F, median(before)));
  const auto reach_after = static_cast<std::size_t>(std::max(0.0F, median(after)));
  out.qrs_ms = 1000.0 * static_cast<double>(reach_before + reach_after) / signals.rate_hz;
  if (out.qrs_ms < narrowest_complex_ms) {
    return std::nullopt;
  }
  for (std::size_t lead = 0; lead < leads.size(); ++lead) {
    const std::vector<float> mean =
        local_average(leads[lead], analysis.waves.beats, out.beats, reach_before, reach_after);
    const auto [lowest, highest] = std::ranges::minmax(mean);
    out.up_mV[lead] = std::max(0.0F, highest - mean.front());
    out.down_mV[lead] = std::max(0.0F, mean.front() - lowest);
  }
  return out;
}

std::vector<std::string> leads_without_exit(const LeadSignals& signals, const Analysis& analysis, ExitBeats which) {
  std::vector<std::string> fewest;
  for (const std::size_t b : judged_beats(analysis, which)) {
    std::vector<std::string> silent = silent_leads_at(b, signals, analysis);
    if (silent.empty()) {
      return {};
    }
    if (fewest.empty() || silent.size() < fewest.size()) {
      fewest = std::move(silent);
    }
  }
  return fewest;
}

bool come_from_above(const Analysis& analysis) {
  if (analysis.wide) {
    return false;
  }
  if (analysis.says("atrial_fibrillation") || analysis.says("atrial_flutter")) {
    return true;
  }
  std::size_t num_led = 0;
  std::size_t num = 0;
  for (std::size_t b = 0; b < analysis.sequence.size(); ++b) {
    if (analysis.sequence.type[b] != BeatType::paced && analysis.waves.global[b].qrs) {
      ++num;
      num_led += analysis.waves.global[b].p ? 1 : 0;
    }
  }
  return 2 * num_led > num;
}

std::string_view segment_name(int segment) {
  constexpr std::array<std::string_view, 17> names{"basal anterior",
                                                   "basal anteroseptal",
                                                   "basal inferoseptal",
                                                   "basal inferior",
                                                   "basal inferolateral",
                                                   "basal anterolateral",
                                                   "mid anterior",
                                                   "mid anteroseptal",
                                                   "mid inferoseptal",
                                                   "mid inferior",
                                                   "mid inferolateral",
                                                   "mid anterolateral",
                                                   "apical anterior",
                                                   "apical septal",
                                                   "apical inferior",
                                                   "apical lateral",
                                                   "apex"};
  XINGU_REQUIRE(segment >= 1 && segment <= 17, "segment {} is not one of 17 (it has no name); give 1 to 17", segment);
  return names[static_cast<std::size_t>(segment - 1)];
}

namespace {

/// Where between two chest leads the complex turns positive: 2.5 halfway from V2 to V3.
/// @param first  number of the first positive one, 2 … 6
double transition_place(const VentricularComplex& complex, int first) {
  const double behind = complex.net(twelve_leads[static_cast<std::size_t>(5 + first)]);
  const double before = complex.net(twelve_leads[static_cast<std::size_t>(4 + first)]);
  return static_cast<double>(first) - behind / (behind - before);
}

}  // namespace

ExitSite estimate_exit_site(const VentricularComplex& complex) {
  ExitSite site;
  const auto net = [&](std::string_view lead) { return complex.net(lead); };
  site.superior = (net("II") + net("III") + net("aVF")) / 3.0;
  site.lateral = (-(net("I") + net("aVL")) / 2.0 + 0.5 * net("V1")) / 1.5;
  site.basal = (net("V3") + net("V4") + net("V5")) / 3.0;
  site.is_right_bundle_pattern = net("V1") > 0.0;
  site.transition = 7;
  for (int v = 6; v >= 1; --v) {
    if (net(twelve_leads[static_cast<std::size_t>(5 + v)]) > 0.0) {
      site.transition = v;
    }
  }
  const double angle_deg = std::atan2(site.superior, site.lateral) * 180.0 / std::numbers::pi;
  // Where the forces about the long axis are small the angle says little.
  const double clearness = std::min(1.0, std::hypot(site.superior, site.lateral) / 0.5);
  const auto num_beats = static_cast<double>(std::max<std::size_t>(1, complex.beats.size()));
  const double widened = std::sqrt(1.0 + 1.0 / num_beats);
  double sum = 0.0;
  for (int segment = 1; segment <= 17; ++segment) {
    const SegmentPlace place = place_of(segment);
    const double turn = segment == 17 ? 0.5 : clearness * angle_between(angle_deg, place.angle_deg) / angle_spread_deg;
    const double rise = (site.basal - place.level) / level_spread;
    const double weight = std::exp(-0.5 * (turn * turn + rise * rise) / (widened * widened));
    site.segments.push_back({segment, weight});
    sum += weight;
  }
  for (SegmentGuess& guess : site.segments) {
    guess.share /= sum;
  }
  std::ranges::stable_sort(site.segments, std::ranges::greater{}, &SegmentGuess::share);
  // a beat from either outflow tract runs towards the apex: V5 and V6 are positive
  const bool runs_to_apex = net("V5") > 0.0 && net("V6") > 0.0;
  if (!site.is_right_bundle_pattern && site.superior >= clear_inferior_axis && runs_to_apex) {
    site.right_outflow_share = 0.5 * std::erfc((outflow_middle - transition_place(complex, site.transition)) /
                                               (std::numbers::sqrt2 * outflow_spread * widened));
    site.outflow = site.transition <= 2 ? "left ventricular" : site.transition >= 4 ? "right ventricular" : "one";
  }
  return site;
}

std::string outflow_text(const ExitSite& site) {
  if (site.outflow == "one") {
    return fmt::format("one of the two outflow tracts, right {:.0f} % and left {:.0f} %",
                       100 * site.right_outflow_share, 100 * (1.0 - site.right_outflow_share));
  }
  return fmt::format("{} outflow tract, {:.0f} % against the {} one", site.outflow, 100 * site.outflow_share(),
                     site.outflow == "left ventricular" ? "right" : "left");
}

}  // namespace xingu::ecg
