// SPDX-License-Identifier: Apache-2.0
// fuzz_ecg_analysis [--count N] [--seed S] [--first I]
//
// Case I is a recording of some rate, length, number of leads and heart rate (20 to 300 a minute, one beat, none), in
// which leads are off, flat, saturated, full of noise or of numbers that are none. Its analysis must end without an
// exception, in numbers that are finite, in statements that are not empty, in no rate where there is no beat, and in
// the right rate where nothing was damaged. Most recordings are short, since a wrong turn seldom needs a long one; a
// tenth lasts up to ten seconds. Cases run on all processors. Run one case again with --first I --count 1.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "ecg/exit_site.h"
#include "ecg/statements.h"
#include "fuzz_run.h"
#include "support/test_paths.h"

namespace {

using namespace xingu;

/// Random numbers of one case, one after the other.
class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t number) : philox_(seed, number) {}
  double uniform() { return philox_.uniform(next_++); }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  std::size_t pick(std::size_t n) {
    return std::min(n - 1, static_cast<std::size_t>(uniform() * static_cast<double>(n)));
  }
  bool chance(double p) { return uniform() < p; }

 private:
  Philox philox_;
  std::uint64_t next_ = 0;
};

struct Case {
  ecg::LeadSignals signals;
  double heart_rate_per_min = 0.0;
  bool is_damaged = false;
};

/// P, QRS and T as half sines, the same on all leads but for their sign and size.
void add_beat(std::vector<float>& lead, double at_s, double scale, double rr_s, double rate_hz) {
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

void damage(Dice& dice, std::vector<float>& lead) {
  constexpr float none = std::numeric_limits<float>::quiet_NaN();
  const std::size_t begin = lead.empty() ? 0 : dice.pick(lead.size());
  const std::size_t end = dice.chance(0.4) ? lead.size() : std::min(lead.size(), begin + 1 + dice.pick(2000));
  const std::size_t from = dice.chance(0.4) ? 0 : begin;
  const std::size_t kind = dice.pick(7);
  const double size = std::pow(10.0, dice.between(-3.0, 5.0));
  for (std::size_t i = from; i < end; ++i) {
    float& x = lead[i];
    x = kind == 0   ? none
        : kind == 1 ? 0.0F
        : kind == 2 ? static_cast<float>(size)
        : kind == 3 ? std::clamp(x, -0.3F, 0.3F)
        : kind == 4 ? x + static_cast<float>(dice.between(-size, size))
        : kind == 5 ? (dice.chance(0.01) ? none : x)
                    : x + static_cast<float>(size * std::sin(0.7 * static_cast<double>(i)));
  }
}

Case make_case(std::uint64_t seed, std::uint64_t number) {
  Dice dice(seed, number);
  constexpr std::array<double, 6> rates{100.0, 128.0, 250.0, 360.0, 500.0, 1000.0};
  Case out;
  out.signals.rate_hz = rates[dice.pick(rates.size())];
  const auto size = static_cast<std::size_t>(out.signals.rate_hz * (dice.chance(0.1)   ? dice.between(0.0, 1.0)
                                                                    : dice.chance(0.1) ? dice.between(4.0, 10.0)
                                                                                       : dice.between(1.0, 4.0)));
  const std::size_t num_leads = 1 + dice.pick(ecg::twelve_leads.size());
  out.heart_rate_per_min = dice.chance(0.5) ? dice.between(20.0, 300.0) : dice.between(120.0, 300.0);
  const double rr_s = 60.0 / out.heart_rate_per_min;
  const bool is_single = dice.chance(0.05);
  for (std::size_t l = 0; l < num_leads; ++l) {
    std::vector<float> lead(size, 0.0F);
    const double scale = (dice.chance(0.3) ? -1.0 : 1.0) * dice.between(0.4, 1.5);
    for (double at = 0.3 * rr_s; at * out.signals.rate_hz < static_cast<double>(size); at += rr_s) {
      add_beat(lead, at, scale, rr_s, out.signals.rate_hz);
      if (is_single) {
        break;
      }
    }
    for (float& x : lead) {
      x += static_cast<float>(dice.between(-0.004, 0.004));
    }
    out.signals.names.emplace_back(ecg::twelve_leads[l]);
    out.signals.mv.push_back(std::move(lead));
  }
  out.is_damaged = is_single || dice.chance(0.8);
  for (std::size_t l = 0; out.is_damaged && l < num_leads; ++l) {
    if (dice.chance(0.6)) {
      damage(dice, out.signals.mv[l]);
    }
  }
  return out;
}

bool is_finite(const std::optional<double>& value) { return !value || std::isfinite(*value); }

/// Name of a measurement that is no number; empty if all are.
std::string not_finite(const ecg::Measurements& m) {
  for (const auto& [name, value] :
       {std::pair{"rate", m.rate_per_min}, std::pair{"RR", m.rr_ms}, std::pair{"P", m.p_ms}, std::pair{"PR", m.pr_ms},
        std::pair{"QRS", m.qrs_ms}, std::pair{"QT", m.qt_ms}, std::pair{"P axis", m.p_axis_deg},
        std::pair{"QRS axis", m.qrs_axis_deg}, std::pair{"T axis", m.t_axis_deg},
        std::pair{"QTc", m.qtc ? std::optional(m.qtc->bazett_ms) : std::nullopt}}) {
    if (!is_finite(value)) {
      return name;
    }
  }
  for (std::size_t l = 0; l < m.leads.size(); ++l) {
    const ecg::LeadMeasurements& lead = m.leads[l];
    if (!is_finite(lead.p_mV) || !is_finite(lead.t_mV)) {
      return "P or T of lead " + std::to_string(l);
    }
    if (!std::isfinite(lead.st_j_mV) || !std::isfinite(lead.st_60_mV) || !std::isfinite(lead.st_80_mV)) {
      return "ST of lead " + std::to_string(l);
    }
  }
  return "";
}

/// Empty if the analysis holds together; else what is wrong.
std::string complaint(const Case& c, const ecg::Analysis& a) {
  const ecg::Measurements& m = a.measurements;
  if (const std::string name = not_finite(m); !name.empty()) {
    return "a measurement is not finite: " + name;
  }
  if (a.statements.empty()) {
    return "nothing is said, not even that nothing can be said";
  }
  for (const ecg::Statement& s : a.statements) {
    if (s.text.empty() || s.code.empty() || (s.text + s.reason).find("nan") != std::string::npos ||
        (s.text + s.reason).find("inf ") != std::string::npos) {
      return "a statement without words or with a number that is none: " + s.text + " (" + s.reason + ")";
    }
  }
  if (m.rate_per_min && (a.beats.sample.size() < 2 || *m.rate_per_min < 10.0 || *m.rate_per_min > 400.0)) {
    return "a rate of " + std::to_string(*m.rate_per_min) + " from " + std::to_string(a.beats.sample.size()) + " beats";
  }
  const bool is_clean =
      !c.is_damaged && c.signals.rate_hz >= 128.0 && c.heart_rate_per_min >= 30.0 && c.heart_rate_per_min <= 220.0;
  if (is_clean && m.rate_per_min && std::abs(*m.rate_per_min / c.heart_rate_per_min - 1.0) > 0.05) {
    return "a rate of " + std::to_string(*m.rate_per_min) + " in place of " + std::to_string(c.heart_rate_per_min);
  }
  return "";
}

/// What became of one case.
struct Verdict {
  std::string wrong;  ///< empty if nothing was
  bool is_silent = false;
};

Verdict judge(const Case& c, const ecg::StatementThresholds& thresholds) {
  Verdict verdict;
  try {
    const ecg::Analysis analysis = ecg::analyse(c.signals, {}, thresholds);
    verdict.wrong = complaint(c, analysis);
    verdict.is_silent =
        analysis.says("cannot_say") || analysis.says("cannot_say_beats") || analysis.says("cannot_say_few_beats");
    if (const auto complex = ecg::ventricular_complex(c.signals, analysis)) {
      const double share = ecg::estimate_exit_site(*complex).segments.front().share;
      verdict.wrong = std::isfinite(share) ? verdict.wrong : "an exit site that is not finite";
    }
  } catch (const std::exception& error) {
    verdict.wrong = error.what();
  }
  return verdict;
}

constexpr std::size_t cases_at_once = 4096;
constexpr std::size_t most_failures = 10;

}  // namespace

int main(int argc, char** argv) {
  const test::FuzzOptions options = test::parse_fuzz_options(argc, argv);
  set_log_level(LogLevel::quiet);
  const auto thresholds = ecg::read_statement_thresholds(test::source_dir() / "data" / "ecg" / "statements.toml");
  std::size_t failures = 0, silent = 0, done = 0;
  while (done < options.count && failures < most_failures) {
    std::vector<Verdict> verdicts(std::min(cases_at_once, options.count - done));
    parallel_for(verdicts.size(), [&](std::size_t i) {
      verdicts[i] = judge(make_case(options.seed, options.first + done + i), thresholds);
    });
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      silent += verdicts[i].is_silent ? 1 : 0;
      if (!verdicts[i].wrong.empty()) {
        std::fprintf(stderr, "case %zu: %s\n", options.first + done + i, verdicts[i].wrong.c_str());
        ++failures;
      }
    }
    done += verdicts.size();
  }
  std::printf("%zu cases: %zu without a statement that could be made; %zu failures\n", done, silent, failures);
  return failures == 0 ? 0 : 1;
}
