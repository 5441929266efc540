// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/report/page.h"
#include "ecg/report/report_facts.h"

namespace xingu::ecg {

/// The pages of a report: the recording on ECG paper with measurements and statements, then the same in plain English
/// and Chinese.
/// @param from_s  where the ten seconds on the paper begin
[[nodiscard]] std::vector<Page> report_pages(const LeadSignals& signals, const ReportFacts& facts, double from_s);

/// The pages as one HTML file that needs no other; printed at 100 % the paper is true to scale.
[[nodiscard]] std::string report_html(const std::vector<Page>& pages, const ReportFacts& facts);

}  // namespace xingu::ecg
