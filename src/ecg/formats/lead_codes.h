// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace xingu::ecg {

/// The name of a lead as cardiologists write it ("aVR", "V1"), from how files spell it: letters' case, "MDC_ECG_LEAD_",
/// "Lead ", "ECG " and "EKG " before it do not count. A label that is no lead comes back as it was.
[[nodiscard]] std::string lead_name(std::string_view label);
/// Whether the name is one that lead_name() knows.
[[nodiscard]] bool is_lead(std::string_view name);

/// Lead identification of SCP-ECG (EN 1064:2005, table 3): 1 is I, 2 is II, 3 to 8 are V1 to V6, 61 is III, …
[[nodiscard]] std::optional<int> scp_lead_code(std::string_view name);
/// "lead 93" for a code without a name here.
[[nodiscard]] std::string scp_lead_name(int code);

/// Code of IEEE 11073-10101 as HL7 aECG uses it: "MDC_ECG_LEAD_V1".
[[nodiscard]] std::string mdc_lead_code(std::string_view name);

}  // namespace xingu::ecg
