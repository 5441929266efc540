// SPDX-License-Identifier: Apache-2.0
#include "ecg_cases.h"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <utility>

#include "ecg/electrodes.h"
#include "ecg/exit_site.h"
#include "ecg/simulation/beating_heart.h"

namespace xingu::test {
namespace {

using Signal = std::vector<float>;

constexpr float no_value = std::numeric_limits<float>::quiet_NaN();

/// Of a hundred cases so many.
constexpr double report_share = 0.02;
constexpr double long_share = 0.02;
constexpr double live_share = 0.06;

/// Round rates, odd ones, and some that are refused.
double sampling_rate(Dice& dice, double highest_hz) {
  constexpr std::array<double, 12> usual{100.0,  125.0, 128.0, 200.0, 250.0, 256.0,
                                         333.33, 360.0, 400.0, 500.0, 503.0, 1000.0};
  const double which = dice.uniform();
  const double rate = which < 0.55   ? usual[dice.pick(usual.size())]
                      : which < 0.9  ? dice.between(100.0, 600.0)
                      : which < 0.98 ? dice.between(600.0, 2000.0)
                                     : dice.between(50.0, 100.0);
  return std::min(rate, highest_hz);
}

double duration_s(Dice& dice, CaseKind kind) {
  switch (kind) {
    case CaseKind::long_recording:
      return dice.chance(0.8) ? dice.between(30.0, 120.0) : dice.between(120.0, 300.0);
    case CaseKind::live:
      return dice.chance(0.1) ? dice.between(0.0, 4.0) : dice.between(4.0, 16.0);
    case CaseKind::analysis:
    case CaseKind::report:
      break;
  }
  return dice.chance(0.1)   ? dice.between(0.0, 1.0)
         : dice.chance(0.1) ? dice.between(4.0, 10.0)
                            : dice.between(1.0, 4.0);
}

/// P, QRS and T as half sines, the same on all leads but for their sign and size.
void add_beat(Signal& lead, double at_s, double scale, double rr_s, double rate_hz) {
  const double squeeze = std::min(1.0, std::sqrt(rr_s));
  const auto add = [&](double begin_s, double length_s, double height) {
    for (auto i = static_cast<std::ptrdiff_t>((at_s + begin_s) * rate_hz);
         i < static_cast<std::ptrdiff_t>((at_s + begin_s + length_s) * rate_hz); ++i) {
      if (i >= 0 && i < std::ssize(lead)) {
        const double phase = (static_cast<double>(i) / rate_hz - at_s - begin_s) / length_s;
        lead[static_cast<std::size_t>(i)] += static_cast<float>(scale * height * std::sin(std::numbers::pi * phase));
      }
    }
  };
  add(-0.17 * squeeze, 0.09 * squeeze, 0.12);
  add(-0.045, 0.02, -0.1);
  add(-0.025, 0.05, 1.1);
  add(0.025, 0.025, -0.25);
  add(0.16 * squeeze, 0.16 * squeeze, 0.3);
}

/// Damages a part of a signal, or all of it.
void damage(Dice& dice, Signal& signal) {
  const std::size_t begin = signal.empty() ? 0 : dice.pick(signal.size());
  const std::size_t end = dice.chance(0.4) ? signal.size() : std::min(signal.size(), begin + 1 + dice.pick(2000));
  const std::size_t from = dice.chance(0.4) ? 0 : begin;
  const std::size_t kind = dice.pick(7);
  const double size = std::pow(10.0, dice.between(-3.0, 5.0));
  for (std::size_t i = from; i < end; ++i) {
    float& x = signal[i];
    x = kind == 0   ? no_value
        : kind == 1 ? 0.0F
        : kind == 2 ? static_cast<float>(size)
        : kind == 3 ? std::clamp(x, -0.3F, 0.3F)
        : kind == 4 ? x + static_cast<float>(dice.between(-size, size))
        : kind == 5 ? (dice.chance(0.01) ? no_value : x)
                    : x + static_cast<float>(size * std::sin(0.7 * static_cast<double>(i)));
  }
}

/// Leads beside the twelve, and names that no lead has.
std::string further_name(Dice& dice, const std::vector<std::string>& names) {
  constexpr std::array<const char*, 12> further{"V7",  "V8",   "V9",    "V3R", "V4R",   "MLII",
                                                "ch1", "ECG2", "V2-V3", "",    "<b>&1", "心电 1"};
  return dice.chance(0.1) && !names.empty() ? names[dice.pick(names.size())] : further[dice.pick(further.size())];
}

void add_noise(Dice& dice, Signal& lead) {
  for (float& x : lead) {
    x += static_cast<float>(dice.between(-0.004, 0.004));
  }
}

/// When the complexes come: evenly, nearly so, or, where no truth is asked for, as they like.
/// @param largest_clean  part by which intervals of clean ones differ
void set_beats(Dice& dice, double length_s, bool is_single, double largest_clean, EcgCase& c) {
  const double rr_s = 60.0 / c.heart_rate_per_min;
  const double clean_jitter = dice.chance(0.5) ? 0.0 : largest_clean;
  const double jitter = c.damage == Damage::hostile && dice.chance(0.3) ? 0.4 : clean_jitter;
  double at_s = 0.3 * rr_s;
  while (at_s < length_s) {
    c.beats_s.push_back(at_s);
    if (is_single) {
      return;
    }
    at_s += rr_s * (1.0 + dice.between(-jitter, jitter));
  }
}

/// Each lead for itself.
void add_half_sine_leads(Dice& dice, std::size_t size, EcgCase& c) {
  const std::size_t num_leads = c.kind == CaseKind::long_recording ? 1 + dice.pick(3) : 1 + dice.pick(12);
  const std::size_t num_further = dice.chance(0.1) ? 1 + dice.pick(4) : 0;
  const double rr_s = 60.0 / c.heart_rate_per_min;
  for (std::size_t l = 0; l < num_leads + num_further; ++l) {
    Signal lead(size, 0.0F);
    const double scale = (dice.chance(0.3) ? -1.0 : 1.0) * dice.between(0.4, 1.5);
    for (const double at_s : c.beats_s) {
      add_beat(lead, at_s, scale, rr_s, c.signals.rate_hz);
    }
    add_noise(dice, lead);
    c.signals.names.push_back(l < num_leads ? std::string(ecg::twelve_leads[l]) : further_name(dice, c.signals.names));
    c.signals.mv.push_back(std::move(lead));
  }
}

using Potentials = std::array<Signal, ecg::num_electrodes>;  ///< by ecg::Electrode, mV

constexpr std::size_t ra = 0, la = 1, ll = 2, first_chest = 3;

/// What a dipole gives on the electrodes; the mean of the limbs is zero.
Potentials potentials_of(Dice& dice, std::size_t size, EcgCase& c) {
  Potentials out;
  out.fill(Signal(size, 0.0F));
  const double rr_s = 60.0 / c.heart_rate_per_min;
  const double squeeze = std::min(1.0, std::sqrt(rr_s));
  const ecg::BeatTiming timing{squeeze * dice.between(0.12, 0.22), dice.between(0.07, 0.13), dice.between(0.35, 0.43)};
  const double turn = dice.between(-0.5, 0.5);  // of the heart's axis about the chest's depth
  for (const double at_s : c.beats_s) {
    const double onset_s = at_s - 0.46 * timing.qrs_s;
    for (const ecg::DipoleBump& bump : ecg::conducted_beat(onset_s, rr_s, timing).bumps) {
      const auto& [x, y, z] = bump.height_mV;
      const ecg::Dipole turned{x * std::cos(turn) - y * std::sin(turn), x * std::sin(turn) + y * std::cos(turn), z};
      std::array<double, ecg::measured_leads.size()> height{};
      for (std::size_t l = 0; l < height.size(); ++l) {
        const ecg::Dipole& w = ecg::measured_leads[l].weight;
        height[l] = w[0] * turned[0] + w[1] * turned[1] + w[2] * turned[2];
      }
      const double of_ra = -(height[0] + height[1]) / 3.0;
      const auto first = static_cast<std::ptrdiff_t>(std::max(0.0, bump.wave.onset_s * c.signals.rate_hz));
      for (auto i = first; i < std::ssize(out[ra]); ++i) {
        const double time_s = static_cast<double>(i) / c.signals.rate_hz;
        if (time_s >= bump.wave.offset_s) {
          break;
        }
        const double part = bump.part_at(time_s);
        const auto at = static_cast<std::size_t>(i);
        out[ra][at] += static_cast<float>(part * of_ra);
        out[la][at] += static_cast<float>(part * (of_ra + height[0]));
        out[ll][at] += static_cast<float>(part * (of_ra + height[1]));
        for (std::size_t v = 0; v < 6; ++v) {
          out[first_chest + v][at] += static_cast<float>(part * height[2 + v]);
        }
      }
    }
  }
  constexpr double apart_s =
      0.12;  // below it PR is short, and a P wave of 0.1 s runs into the complex in a slow sampling
  if (timing.pr_s >= apart_s) {
    c.intervals = {1000.0 * timing.pr_s, 1000.0 * timing.qrs_s,
                   1000.0 * std::max(timing.qt_s * std::cbrt(rr_s), timing.qrs_s + 0.12)};
  }
  return out;
}

/// A lead between the electrodes. Further chest leads lie beyond V6 or mirror V1.
Signal lead_between(const Potentials& e, const std::string& name) {
  Signal out(e[ra].size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float wilson = (e[ra][i] + e[la][i] + e[ll][i]) / 3.0F;
    const auto chest = [&](std::size_t number) { return e[first_chest + number - 1][i] - wilson; };
    out[i] = name == "I"     ? e[la][i] - e[ra][i]
             : name == "II"  ? e[ll][i] - e[ra][i]
             : name == "III" ? e[ll][i] - e[la][i]
             : name == "aVR" ? e[ra][i] - (e[la][i] + e[ll][i]) / 2.0F
             : name == "aVL" ? e[la][i] - (e[ra][i] + e[ll][i]) / 2.0F
             : name == "aVF" ? e[ll][i] - (e[ra][i] + e[la][i]) / 2.0F
             : name.size() == 2 && name[0] == 'V' && name[1] >= '1' && name[1] <= '6'
                 ? chest(static_cast<std::size_t>(name[1] - '0'))
             : name.ends_with('R') ? 0.7F * chest(1)
                                   : 0.7F * chest(6);
  }
  return out;
}

/// Electrodes off, loose, at the converter's end or full of mains.
void damage_electrodes(Dice& dice, Potentials& e) {
  const std::size_t count = 1 + dice.pick(3);
  for (std::size_t i = 0; i < count; ++i) {
    damage(dice, e[dice.pick(e.size())]);
  }
}

std::vector<std::string> lead_set(Dice& dice, CaseKind kind) {
  const auto first = ecg::twelve_leads.begin();
  std::vector<std::string> all(first, ecg::twelve_leads.end());
  const double which = dice.uniform();
  if (kind == CaseKind::long_recording && which < 0.9) {
    return {all.begin() + static_cast<std::ptrdiff_t>(dice.pick(7)), all.begin() + 8};
  }
  if (which < 0.35) {
    return all;
  }
  if (which < 0.55) {
    return {"I", "II", "V1", "V2", "V3", "V4", "V5", "V6"};
  }
  std::vector<std::string> some;
  for (const std::string& name : all) {
    if (dice.chance(0.4)) {
      some.push_back(name);
    }
  }
  return some.empty() ? std::vector<std::string>{"II"} : some;
}

void add_electrode_leads(Dice& dice, std::size_t size, EcgCase& c) {
  Potentials e = potentials_of(dice, size, c);
  for (Signal& potential : e) {
    add_noise(dice, potential);
  }
  if (c.damage == Damage::electrodes_off) {
    const std::size_t count = 1 + dice.pick(2);
    for (std::size_t i = 0; i < count; ++i) {
      std::ranges::fill(e[dice.pick(e.size())], no_value);
    }
  } else if (c.damage == Damage::hostile) {
    damage_electrodes(dice, e);
  }
  c.signals.names = lead_set(dice, c.kind);
  for (std::size_t i = 0; dice.chance(0.15) && i < 5; ++i) {
    c.signals.names.push_back(further_name(dice, c.signals.names));
  }
  for (const std::string& name : c.signals.names) {
    c.signals.mv.push_back(lead_between(e, name));
  }
}

/// Of a newborn, of somebody, of nobody known.
ecg::PatientFacts some_patient(Dice& dice) {
  ecg::PatientFacts out;
  if (dice.chance(0.7)) {
    out.age_years = dice.chance(0.1) ? 0.0 : dice.chance(0.25) ? dice.between(0.0, 3.0) : dice.between(0.0, 120.0);
  }
  if (dice.chance(0.7)) {
    out.sex = dice.chance(0.5) ? ecg::Sex::female : ecg::Sex::male;
  }
  return out;
}

ecg::RecordedFilters some_filters(Dice& dice) {
  ecg::RecordedFilters out;
  if (dice.chance(0.15)) {
    out.high_pass_Hz = dice.between(0.01, 2.0);
    out.low_pass_Hz = dice.between(20.0, 200.0);
    if (dice.chance(0.5)) {
      out.notch_Hz = dice.chance(0.5) ? 50.0 : 60.0;
    }
  }
  return out;
}

}  // namespace

EcgCase make_ecg_case(Dice& dice) {
  EcgCase out;
  const double which = dice.uniform();
  out.kind = which < report_share                             ? CaseKind::report
             : which < report_share + long_share              ? CaseKind::long_recording
             : which < report_share + long_share + live_share ? CaseKind::live
                                                              : CaseKind::analysis;
  const double length_s = duration_s(dice, out.kind);
  // long ones of low rates, so that a case stays some ms
  constexpr double most_samples = 30000.0;
  const double highest_hz = out.kind == CaseKind::long_recording ? std::max(125.0, most_samples / length_s)
                            : out.kind == CaseKind::live         ? std::max(125.0, 6000.0 / length_s)
                                                                 : 2000.0;
  out.signals.rate_hz = sampling_rate(dice, highest_hz);
  out.heart_rate_per_min = dice.chance(0.5) ? dice.between(20.0, 300.0) : dice.between(120.0, 300.0);
  if (out.kind == CaseKind::long_recording || out.kind == CaseKind::live) {
    out.heart_rate_per_min = dice.chance(0.6) ? dice.between(35.0, 150.0) : out.heart_rate_per_min;
  }
  const bool is_single = dice.chance(0.05);
  out.has_electrodes = dice.chance(0.5);
  out.damage = is_single                                ? Damage::hostile
               : dice.chance(0.3)                       ? Damage::none
               : out.has_electrodes && dice.chance(0.2) ? Damage::electrodes_off
                                                        : Damage::hostile;
  set_beats(dice, length_s, is_single, out.has_electrodes ? 0.02 : 0.0, out);
  const auto size = static_cast<std::size_t>(length_s * out.signals.rate_hz);
  out.has_electrodes ? add_electrode_leads(dice, size, out) : add_half_sine_leads(dice, size, out);
  const double part_damaged = out.has_electrodes ? 0.2 : 0.6;
  for (Signal& lead : out.signals.mv) {
    if (out.damage == Damage::hostile && dice.chance(part_damaged)) {
      damage(dice, lead);
    }
  }
  if (out.damage == Damage::hostile) {
    out.signals.filters = some_filters(dice);
    const bool obeys_laws = ecg::lead_number(out.signals, "I") && ecg::lead_number(out.signals, "II") &&
                            ecg::lead_number(out.signals, "III");
    out.signals.gain_doubt = dice.chance(0.95)                ? ecg::GainDoubt::none
                             : obeys_laws && dice.chance(0.5) ? ecg::GainDoubt::einthoven
                                                              : ecg::GainDoubt::equal_ranges;
  }
  out.patient = some_patient(dice);
  return out;
}

ecg::EcgRecord digitised(const EcgCase& c, Dice& dice) {
  constexpr std::array<double, 5> gains{200.0, 1000.0, 500.0, 2000.0, 1e5};
  constexpr double largest = 2147483647.0;
  ecg::EcgRecord out;
  out.info.name = "case";
  out.info.rate_hz = c.signals.rate_hz;
  out.info.num_samples = static_cast<std::int64_t>(c.signals.num_samples());
  out.info.patient = c.patient;
  out.info.gain_doubt = c.signals.gain_doubt;
  for (std::size_t l = 0; l < c.signals.num_leads(); ++l) {
    const double gain = c.damage == Damage::hostile && dice.chance(0.1) ? 20.0 : gains[dice.pick(gains.size())];
    const double baseline = dice.chance(0.2) ? 1024.0 : 0.0;
    out.info.channels.push_back({c.signals.names[l], "mV", gain, baseline, 0, c.signals.filters});
    std::vector<std::int32_t>& samples = out.samples.emplace_back();
    for (const float mv : c.signals.mv[l]) {
      const double steps = std::clamp(std::round(static_cast<double>(mv) * gain + baseline), -largest, largest);
      samples.push_back(std::isnan(mv) ? ecg::invalid_sample : static_cast<std::int32_t>(steps));
    }
  }
  return out;
}

}  // namespace xingu::test
