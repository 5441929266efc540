// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/report/page.h"
#include "ecg/report/report_facts.h"

namespace xingu::ecg {

/// Which of report_pages() is the family's.
inline constexpr std::size_t plain_page = 1;

/// The pages of a report: the recording on ECG paper with measurements and statements, the same in plain English and
/// Chinese, all statements with their reasons and the measurements by lead, and the leads that have no place on
/// the first page where there are some. What is urgent stands first on each, and is never left out of the first two.
/// @param from_s  where the ten seconds on the paper begin
[[nodiscard]] std::vector<Page> report_pages(const LeadSignals& signals, const ReportFacts& facts, double from_s,
                                             PaperSize paper = PaperSize::a4);

/// The pages as one HTML file that needs no other; printed at 100 % the paper is true to scale. The family's page is
/// flowing text, first on a narrow screen; the sheets keep their size there and scroll sideways.
/// @param pages  of these facts
[[nodiscard]] std::string report_html(const std::vector<Page>& pages, const ReportFacts& facts);

}  // namespace xingu::ecg
