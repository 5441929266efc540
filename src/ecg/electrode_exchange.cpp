// SPDX-License-Identifier: Apache-2.0
#include "ecg/electrode_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/toml_file.h"
#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr std::array<const char*, num_measured_leads> measured{"I", "II", "V1", "V2", "V3", "V4", "V5", "V6"};
constexpr double baseline_hz = 0.5;
constexpr double low_pass_hz = 40.0;
constexpr double smallest_variance = 1e-6;  // mV²
constexpr double cheap_rate_hz = 125.0;

struct Exchange {
  std::string electrodes;
  LeadMatrix change{};
  std::vector<std::string> leads;
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
  std::vector<Exchange> all{limb("RA and LA", -1, 0, -1, 1), limb("RA and LL", 1, -1, 0, -1)};
  for (std::size_t lead = 2; lead + 1 < num_measured_leads; ++lead) {
    Exchange e{
        fmt::format("{} and {}", measured[lead], measured[lead + 1]), identity(), {measured[lead], measured[lead + 1]}};
    std::swap(e.change[lead], e.change[lead + 1]);
    all.push_back(std::move(e));
  }
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

std::vector<float> filtered(std::vector<float> lead, double rate_hz) {
  fill_gaps(lead);
  const auto factor = static_cast<std::size_t>(std::max(1.0, std::floor(rate_hz / cheap_rate_hz)));
  lead = decimate(lead, factor);
  const double rate = rate_hz / static_cast<double>(factor);
  filter_zero_phase(Biquad::high_pass(baseline_hz, rate), lead, filter_margin(rate));
  if (rate > 2.2 * low_pass_hz) {
    filter_zero_phase(Biquad::low_pass(low_pass_hz, rate), lead, filter_margin(rate));
  }
  return lead;
}

}  // namespace

ElectrodeModel read_electrode_model(const std::filesystem::path& path) {
  const TomlTable file = TomlTable::read(path);
  const TomlTable table = file.table("electrodes");
  static_cast<void>(table.text("source"));
  ElectrodeModel model;
  model.smallest_gain = table.number("smallest_gain");
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

std::optional<LeadMatrix> lead_covariance(const LeadSignals& signals) {
  std::vector<std::vector<float>> leads;
  for (const char* const name : measured) {
    const auto lead = lead_number(signals, name);
    if (!lead || signals.num_samples() == 0) {
      return std::nullopt;
    }
    leads.push_back(filtered(signals.mv[*lead], signals.rate_hz));
  }
  LeadMatrix c{};
  double trace = 0.0;
  const auto n = static_cast<double>(leads.front().size());
  for (std::size_t i = 0; i < num_measured_leads; ++i) {
    for (std::size_t j = i; j < num_measured_leads; ++j) {
      double sum = 0.0;
      for (std::size_t t = 0; t < leads[i].size(); ++t) {
        sum += static_cast<double>(leads[i][t]) * leads[j][t];
      }
      c[i][j] = c[j][i] = sum / n;
    }
    if (c[i][i] < smallest_variance) {
      return std::nullopt;
    }
    trace += c[i][i];
  }
  for (auto& row : c) {
    for (double& value : row) {
      value /= trace;
    }
  }
  return c;
}

std::optional<ElectrodeSwap> suspected_swap(const LeadMatrix& covariance, const ElectrodeModel& model) {
  const double as_recorded = misfit(model.precision, identity(), covariance);
  std::optional<ElectrodeSwap> best;
  for (Exchange& e : exchanges()) {
    const double gain = std::log(as_recorded / misfit(model.precision, e.change, covariance));
    if (gain >= model.smallest_gain && (!best || gain > best->gain)) {
      best = ElectrodeSwap{std::move(e.electrodes), gain, std::move(e.leads)};
    }
  }
  return best;
}

}  // namespace xingu::ecg
