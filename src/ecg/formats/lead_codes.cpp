// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/lead_codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace xingu::ecg {
namespace {

struct Lead {
  std::string_view name;
  int scp;
};

constexpr std::array leads{Lead{"I", 1},    Lead{"II", 2},   Lead{"III", 61},  Lead{"aVR", 62}, Lead{"aVL", 63},
                           Lead{"aVF", 64}, Lead{"V1", 3},   Lead{"V2", 4},    Lead{"V3", 5},   Lead{"V4", 6},
                           Lead{"V5", 7},   Lead{"V6", 8},   Lead{"V7", 9},    Lead{"V2R", 10}, Lead{"V3R", 11},
                           Lead{"V4R", 12}, Lead{"V5R", 13}, Lead{"V6R", 14},  Lead{"V7R", 15}, Lead{"X", 16},
                           Lead{"Y", 17},   Lead{"Z", 18},   Lead{"-aVR", 65}, Lead{"V8", 66},  Lead{"V9", 67},
                           Lead{"V8R", 68}, Lead{"V9R", 69}};

const Lead* find(std::string_view label) {
  const std::string wanted = to_lower(label);
  const auto found = std::ranges::find_if(leads, [&](const Lead& lead) { return to_lower(lead.name) == wanted; });
  return found == leads.end() ? nullptr : found;
}

/// The label without what says only that it is a lead: "ECG lead II" is "II".
std::string_view without_prefix(std::string_view label) {
  constexpr std::array<std::string_view, 7> prefixes{"mdc_ecg_lead_", "lead ", "lead_", "ecg ", "ecg_", "ekg ", "ekg_"};
  const auto is_at_front = [&](std::string_view prefix) { return to_lower(label.substr(0, prefix.size())) == prefix; };
  for (auto found = prefixes.begin(); found != prefixes.end();) {
    found = std::ranges::find_if(prefixes, is_at_front);
    label.remove_prefix(found == prefixes.end() ? 0 : found->size());
  }
  return label;
}

}  // namespace

std::string lead_name(std::string_view label) {
  const Lead* lead = find(without_prefix(label));
  return std::string(lead == nullptr ? label : lead->name);
}

bool is_lead(std::string_view name) { return find(name) != nullptr; }

std::optional<int> scp_lead_code(std::string_view name) {
  const Lead* lead = find(without_prefix(name));
  return lead == nullptr ? std::nullopt : std::optional(lead->scp);
}

std::string scp_lead_name(int code) {
  const auto found = std::ranges::find(leads, code, &Lead::scp);
  return found == leads.end() ? fmt::format("lead {}", code) : std::string(found->name);
}

std::string mdc_lead_code(std::string_view name) {
  std::string code = "MDC_ECG_LEAD_";
  for (const char c : lead_name(name)) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    code += is_plain ? c : '_';
  }
  if (find(name) != nullptr && lead_name(name).starts_with("aV")) {
    return "MDC_ECG_LEAD_AV" + lead_name(name).substr(2);
  }
  return code;
}

}  // namespace xingu::ecg
