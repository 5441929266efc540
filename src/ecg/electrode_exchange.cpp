// SPDX-License-Identifier: Apache-2.0
#include "ecg/electrode_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/toml_file.h"
#include "ecg/delineation.h"
#include "ecg/filters.h"
#include "ecg/measurements.h"
#include "ecg/qrs_detector.h"
#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr std::array<const char*, num_measured_leads> measured{"I", "II", "V1", "V2", "V3", "V4", "V5", "V6"};
constexpr std::size_t num_limb_leads = 2;  // of those measured
constexpr double baseline_hz = 0.5;
constexpr double low_pass_hz = 40.0;
constexpr double smallest_variance = 1e-6;  // mV²
constexpr double cheap_rate_hz = 125.0;
constexpr double judged_s = 60.0;                 // of the recording, for the waves
constexpr std::ptrdiff_t fewest_seconds = 3;      // undisturbed: own choice
constexpr double clear_p_mv = 0.03;               // own choice: a P of which the direction is sure
constexpr double clear_complex_part = 1.0 / 3.0;  // own choice: (down − up) / (down + up) of a negative complex

// Between the legs there is next to no voltage. Own choice, half of the smallest part that a limb lead of LUDB 1–100
// has of the largest one (II 0.34, III 0.25).
constexpr double leg_to_leg_part = 0.12;

// Of the chest in reverse order: 98 of LUDB 1–100 have more then, as recorded none has more than −0.2. Own choice. With
// V1 up and V6 down 84 % are told.
constexpr double least_gain_of_reversal = 0.5;

constexpr const char* arms = "RA and LA";
constexpr const char* arm_and_leg = "RA and LL";
constexpr const char* chest_reversed = "V1 to V6, in reverse order,";

struct Exchange {
  std::string electrodes;
  LeadMatrix change{};
  std::vector<std::string> leads;
  bool is_apart = false;  ///< two of the chest that are no neighbours
  double gain = 0.0;

  [[nodiscard]] bool is_limb() const { return electrodes == arms || electrodes == arm_and_leg; }
};

LeadMatrix identity() {
  LeadMatrix m{};
  for (std::size_t i = 0; i < num_measured_leads; ++i) {
    m[i][i] = 1.0;
  }
  return m;
}

Exchange limb(std::string electrodes, double i_of_i, double i_of_ii, double ii_of_i, double ii_of_ii) {
  Exchange e{std::move(electrodes), identity(), {"I", "II", "III", "aVR", "aVL", "aVF"}};
  e.change[0][0] = i_of_i;
  e.change[0][1] = i_of_ii;
  e.change[1][0] = ii_of_i;
  e.change[1][1] = ii_of_ii;
  return e;
}

/// Each undoes itself. Einthoven: I = LA − RA, II = LL − RA, III = LL − LA.
std::vector<Exchange> exchanges() {
  std::vector<Exchange> all{limb(arms, -1, 0, -1, 1), limb(arm_and_leg, 1, -1, 0, -1)};
  for (std::size_t lead = num_limb_leads; lead < num_measured_leads; ++lead) {
    for (std::size_t other = lead + 1; other < num_measured_leads; ++other) {
      Exchange e{fmt::format("{} and {}", measured[lead], measured[other]),
                 identity(),
                 {measured[lead], measured[other]},
                 other > lead + 1};
      std::swap(e.change[lead], e.change[other]);
      all.push_back(std::move(e));
    }
  }
  Exchange reversed{chest_reversed, identity(), {"V1", "V2", "V3", "V4", "V5", "V6"}};
  std::reverse(reversed.change.begin() + 2, reversed.change.end());
  all.push_back(std::move(reversed));
  return all;
}

/// tr(P A C Aᵀ).
double misfit(const LeadMatrix& precision, const LeadMatrix& change, const LeadMatrix& covariance) {
  constexpr std::size_t n = num_measured_leads;
  LeadMatrix changed{};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) {
        changed[i][j] += change[i][k] * covariance[k][j];
      }
    }
  }
  double trace = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double element = 0.0;
      for (std::size_t k = 0; k < n; ++k) {
        element += changed[i][k] * change[j][k];
      }
      trace += precision[j][i] * element;
    }
  }
  return trace;
}

std::size_t cheap_factor(double rate_hz) {
  return static_cast<std::size_t>(std::max(1.0, std::floor(rate_hz / cheap_rate_hz)));
}

std::vector<float> filtered(std::vector<float> lead, double rate_hz) {
  fill_gaps(lead);
  const std::size_t factor = cheap_factor(rate_hz);
  lead = decimate(lead, factor);
  const double rate = rate_hz / static_cast<double>(factor);
  filter_zero_phase(Biquad::high_pass(baseline_hz, rate), lead, filter_margin(rate));
  if (rate > 2.2 * low_pass_hz) {
    filter_zero_phase(Biquad::low_pass(low_pass_hz, rate), lead, filter_margin(rate));
  }
  return lead;
}

/// Whether the high and narrow waves of a lead, its complexes, point down on the whole.
bool may_point_down(const std::vector<float>& lead) {
  double cubes = 0.0;
  for (const float mv : lead) {
    cubes += static_cast<double>(mv) * mv * mv;
  }
  return cubes < 0.0;
}

/// Whether complexes point up in V1 and down in V6, as V6 and V1 do where the chest's electrodes are in reverse order.
bool runs_backwards(const LeadSignals& leads) { return !may_point_down(leads.mv[2]) && may_point_down(leads.mv[7]); }

/// (up − down)/(up + down) of the largest waves of a complex; 0 without one.
double net_force(const LeadMeasurements& lead) {
  double up = 0.0;
  double down = 0.0;
  for (const QrsWave& wave : lead.qrs) {
    up = std::max(up, wave.amplitude_mV);
    down = std::max(down, -wave.amplitude_mV);
  }
  return up + down > 0.0 ? (up - down) / (up + down) : 0.0;
}

/// What the waves of the mean beat say; false where they are not sure.
struct WaveEvidence {
  bool is_p_upright = false;     ///< in I and in II
  bool are_arms_turned = false;  ///< P and complex negative in I, complex positive in V6, P upright with the arms back
};

WaveEvidence wave_evidence(const LeadSignals& leads) {
  const Measurements measurements = measure(leads, delineate(leads, detect_qrs(leads).sample));
  const auto& of = measurements.leads;
  const auto find = [&](const char* name) { return std::ranges::find(of, name, &LeadMeasurements::lead); };
  const auto i = find("I"), ii = find("II"), v6 = find("V6");
  if (i == of.end() || ii == of.end() || v6 == of.end() || !i->p_mV || !ii->p_mV) {
    return {};
  }
  WaveEvidence waves;
  waves.is_p_upright = *i->p_mV >= clear_p_mv && *ii->p_mV >= clear_p_mv;
  waves.are_arms_turned = *i->p_mV <= -clear_p_mv && *ii->p_mV > *i->p_mV && net_force(*i) <= -clear_complex_part &&
                          net_force(*v6) >= clear_complex_part;
  return waves;
}

/// Whether an arm's electrode is exchanged with the right leg's: the lead between that arm and the left leg lies from
/// leg to leg then, and carries next to nothing.
std::optional<ElectrodeSwap> swap_with_right_leg(const LeadCovariance& covariance) {
  const LeadMatrix& c = covariance.matrix;
  const double i = c[0][0];
  const double ii = c[1][1];
  const double iii = i + ii - 2.0 * c[0][1];
  const auto is_still = [&](double lead, double other, double another) {
    const double limit = leg_to_leg_part * leg_to_leg_part * std::max(other, another);
    return lead < limit && covariance.limb_error < limit;
  };
  const auto swap = [](const char* electrodes, const char* still) {
    return ElectrodeSwap{electrodes,
                         0.0,
                         {"I", "II", "III", "aVR", "aVL", "aVF"},
                         fmt::format("lead {} carries next to nothing, as between the two legs", still)};
  };
  if (is_still(ii, i, iii)) {
    return swap("RA and RL", "II");
  }
  if (is_still(iii, i, ii)) {
    return swap("LA and RL", "III");
  }
  return std::nullopt;
}

/// [second] in which nothing disturbs one of the leads; empty where nothing is known.
std::vector<bool> undisturbed_seconds(const LeadSignals& signals, const SignalQuality& quality) {
  std::vector<bool> out(quality.num_seconds(), true);
  for (std::size_t m = 0; m < num_measured_leads; ++m) {
    const auto lead = lead_number(signals, measured[m]);
    for (std::size_t s = 0; lead && s < out.size(); ++s) {
      const LeadSecond& second = quality.leads[*lead][s];
      out[s] = out[s] && !second.has(Fault::missing) && !second.has(Fault::saturated) && !second.has(Fault::baseline) &&
               !second.has(Fault::inconsistent) && (m < num_limb_leads || !second.has(Fault::flat));
    }
  }
  return out;
}

/// Samples in good seconds, or all where nothing is known of them.
std::vector<std::size_t> counted_samples(const std::vector<bool>& is_good, std::size_t size, double rate_hz) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t second = second_of(static_cast<std::int64_t>(i), rate_hz);
    if (is_good.empty() || (second < is_good.size() && is_good[second])) {
      out.push_back(i);
    }
  }
  return out;
}

}  // namespace

ElectrodeModel read_electrode_model(const std::filesystem::path& path) {
  const TomlTable file = TomlTable::read(path);
  const TomlTable table = file.table("electrodes");
  static_cast<void>(table.text("source"));
  ElectrodeModel model;
  model.smallest_gain = table.number("smallest_gain");
  model.smallest_gain_apart = table.number("smallest_gain_apart");
  const std::vector<double> values = table.numbers("precision");
  if (values.size() != num_measured_leads * num_measured_leads) {
    table.fail("precision", "is no matrix of 8 × 8; give its 64 values row by row");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    model.precision[i / num_measured_leads][i % num_measured_leads] = values[i];
  }
  file.finish();
  return model;
}

std::optional<LeadCovariance> lead_covariance(const LeadSignals& signals, const SignalQuality& quality) {
  LeadCovariance covariance;
  std::vector<std::vector<float>>& leads = covariance.leads.mv;
  const std::vector<bool> is_good = undisturbed_seconds(signals, quality);
  if (std::ranges::count(is_good, true) < std::min(fewest_seconds, std::ssize(is_good))) {
    return std::nullopt;
  }
  for (const char* const name : measured) {
    const auto lead = lead_number(signals, name);
    if (!lead || signals.num_samples() == 0) {
      return std::nullopt;
    }
    leads.push_back(filtered(signals.mv[*lead], signals.rate_hz));
  }
  LeadMatrix& c = covariance.matrix;
  double trace = 0.0;
  covariance.leads.rate_hz = signals.rate_hz / static_cast<double>(cheap_factor(signals.rate_hz));
  const std::vector<std::size_t> counted = counted_samples(is_good, leads.front().size(), covariance.leads.rate_hz);
  const auto n = static_cast<double>(std::max<std::size_t>(1, counted.size()));
  for (std::size_t i = 0; i < num_measured_leads; ++i) {
    for (std::size_t j = i; j < num_measured_leads; ++j) {
      double sum = 0.0;
      for (const std::size_t t : counted) {
        sum += static_cast<double>(leads[i][t]) * leads[j][t];
      }
      c[i][j] = c[j][i] = sum / n;
    }
    if (c[i][i] < smallest_variance && i >= num_limb_leads) {
      return std::nullopt;
    }
    trace += c[i][i];
  }
  if (c[0][0] < smallest_variance && c[1][1] < smallest_variance) {
    return std::nullopt;
  }
  for (auto& row : c) {
    for (double& value : row) {
      value /= trace;
    }
  }
  if (const auto three = lead_number(signals, "III")) {
    const std::vector<float> third = filtered(signals.mv[*three], signals.rate_hz);
    for (const std::size_t t : counted) {
      const double error = static_cast<double>(leads[0][t]) + third[t] - leads[1][t];
      covariance.limb_error += error * error / (n * trace);
    }
  }
  covariance.leads.names.assign(measured.begin(), measured.end());
  const auto most = static_cast<std::size_t>(judged_s * covariance.leads.rate_hz);
  for (std::vector<float>& lead : leads) {
    lead.resize(std::min(lead.size(), most));
  }
  return covariance;
}

std::optional<ElectrodeSwap> suspected_swap(const LeadCovariance& covariance, const ElectrodeModel& model) {
  if (const auto swap = swap_with_right_leg(covariance)) {
    return swap;
  }
  const double as_recorded = misfit(model.precision, identity(), covariance.matrix);
  std::vector<Exchange> better;
  bool is_limb_better = false;
  for (Exchange& e : exchanges()) {
    e.gain = std::log(as_recorded / misfit(model.precision, e.change, covariance.matrix));
    if (e.electrodes == chest_reversed && (e.gain < least_gain_of_reversal || !runs_backwards(covariance.leads))) {
      continue;
    }
    const double least = e.is_apart ? model.smallest_gain_apart : model.smallest_gain;
    if (e.gain >= least || e.electrodes == arms) {
      is_limb_better = is_limb_better || (e.is_limb() && e.gain >= model.smallest_gain);
      better.push_back(std::move(e));
    }
  }
  const WaveEvidence waves =
      is_limb_better || may_point_down(covariance.leads.mv.front()) ? wave_evidence(covariance.leads) : WaveEvidence{};
  std::optional<ElectrodeSwap> best;
  std::optional<ElectrodeSwap> by_waves;
  for (Exchange& e : better) {
    if (e.electrodes == arms && waves.are_arms_turned) {
      by_waves = ElectrodeSwap{e.electrodes, e.gain, e.leads,
                               "P and QRS are negative in I while V6 has an R; a heart that lies on the right is the "
                               "alternative"};
    }
    const bool is_contradicted = e.is_limb() && waves.is_p_upright;
    if (e.gain >= model.smallest_gain && !is_contradicted && (!best || e.gain > best->gain)) {
      std::string reason =
          fmt::format("exchanged back, the leads fit the usual torso {:.1f} times as well", std::exp(e.gain));
      best = ElectrodeSwap{std::move(e.electrodes), e.gain, std::move(e.leads), std::move(reason)};
    }
  }
  return by_waves && (!best || best->electrodes != arm_and_leg) ? by_waves : best;
}

}  // namespace xingu::ecg
