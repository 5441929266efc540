// SPDX-License-Identifier: Apache-2.0
#include "ecg/statement_basis.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace xingu::ecg {
namespace {

/// "muscle, mains": what is wrong with a lead in a tenth of its seconds or more.
std::string usual_faults(const std::vector<LeadSecond>& seconds) {
  std::string text;
  for (std::size_t f = 0; f < num_faults; ++f) {
    const auto fault = static_cast<Fault>(f);
    const auto num = std::ranges::count_if(seconds, [&](const LeadSecond& second) { return second.has(fault); });
    if (10 * num >= std::ssize(seconds)) {
      text += (text.empty() ? "" : ", ") + fault_name(fault);
    }
  }
  return text;
}

/// The beats that a statement which names none rests on: of fibrillation those in it, of a rhythm those that are not
/// ectopic, else all outside rejected seconds.
std::vector<std::size_t> beats_behind(const std::string& code, const Analysis& a) {
  const bool is_fibrillation = code == "atrial_fibrillation" || code == "paroxysmal_fibrillation";
  const bool is_rhythm = code.starts_with("sinus_") || code.ends_with("_without_p");
  std::vector<std::size_t> out;
  for (std::size_t b = 0; b < a.sequence.size(); ++b) {
    const bool is_left_out = (is_fibrillation && a.fibrillation[b] != Fibrillation::yes) ||
                             (is_rhythm && is_ectopic_beat(a.sequence.type[b])) || !a.sequence.counts(b);
    if (!is_left_out) {
      out.push_back(b);
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> heard_leads(const LeadSignals& signals, const SignalQuality& quality,
                                     std::span<const std::size_t> useless) {
  std::vector<std::string> out;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    if (std::ranges::find(useless, lead) != useless.end()) {
      continue;
    }
    const auto num = std::ranges::count_if(quality.leads[lead], &LeadSecond::has_signal);
    if (2 * num > std::ssize(quality.leads[lead])) {
      out.push_back(signals.names[lead]);
    }
  }
  return out;
}

void say_what_is_not_measured(const LeadSignals& signals, Analysis& a) {
  std::vector<std::string> leads;
  std::map<std::string, std::vector<std::string>> leads_with;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    if (a.measurements.leads.empty() || !a.measurements.leads[lead].is_measured) {
      const std::string faults = usual_faults(a.quality.leads[lead]);
      leads.push_back(signals.names[lead]);
      leads_with[faults.empty() ? "too few beats without disturbance" : faults].push_back(signals.names[lead]);
    }
  }
  if (leads.empty()) {
    return;
  }
  std::string reason;
  for (const auto& [faults, names] : leads_with) {
    reason += fmt::format("{}{} in {}", reason.empty() ? "" : "; ", faults, fmt::join(names, ", "));
  }
  const bool is_all = leads.size() == signals.num_leads() && !a.measurements.qrs_ms;
  a.statements.push_back(
      {is_all ? "cannot_say_measurements" : "cannot_say_leads",
       is_all ? "Intervals and amplitudes cannot be measured"
              : fmt::format("Amplitudes cannot be measured in {} of {} leads", leads.size(), signals.num_leads()),
       reason,
       {},
       leads});
}

void name_what_statements_rest_on(const LeadSignals& signals, Analysis& a) {
  const std::vector<std::string> leads = heard_leads(signals, a.quality, a.useless_leads);
  for (Statement& statement : a.statements) {
    if (statement.beats.empty()) {
      statement.beats = beats_behind(statement.code, a);
    }
    if (statement.leads.empty()) {
      statement.leads = leads;
    }
  }
}

}  // namespace xingu::ecg
