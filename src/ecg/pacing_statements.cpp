// SPDX-License-Identifier: Apache-2.0
#include "ecg/pacing_statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace xingu::ecg {
namespace {

constexpr std::size_t most_times = 5;

}  // namespace

void say_capture(double rate_hz, Analysis& analysis) {
  const PacingCapture& capture = analysis.capture;
  if (!capture.fails()) {
    return;
  }
  std::string times;
  for (std::size_t i = 0; i < std::min(most_times, capture.unanswered.size()); ++i) {
    times += fmt::format("{}{:.1f}", i == 0 ? "" : ", ", static_cast<double>(capture.unanswered[i]) / rate_hz);
  }
  analysis.statements.push_back(
      {"stimuli_without_complex",
       "Stimuli of a pacemaker without a complex behind them: failure to capture, or artefacts that look like stimuli",
       fmt::format("{} of {} stimuli{}, at {} s{}", capture.unanswered.size(), capture.num_judged(),
                   static_cast<std::size_t>(capture.num_judged()) < analysis.stimuli.size()
                       ? fmt::format(" that can be judged, of {} in all", analysis.stimuli.size())
                       : std::string{},
                   times, capture.unanswered.size() > most_times ? " and later" : ""),
       {},
       {}});
}

void say_unjudged_stimuli(Analysis& analysis) {
  if (analysis.capture.fails() || analysis.stimuli.size() < 2) {
    return;
  }
  analysis.statements.push_back({"cannot_say_capture",
                                 "A pacemaker's stimuli are seen; whether complexes follow them cannot be said",
                                 fmt::format("{} stimuli", analysis.stimuli.size()),
                                 {},
                                 {}});
}

}  // namespace xingu::ecg
