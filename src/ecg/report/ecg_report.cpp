// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/ecg_report.h"

#include <fmt/format.h>

#include "ecg/report/ecg_paper.h"

namespace xingu::ecg {
namespace {

constexpr double margin_mm = 16.0;
constexpr const char* notice = "Research use only. Unconfirmed: made by a program, to be read by a physician.";

std::string subject_line(const ReportFacts& facts) {
  std::string line = facts.subject_name.empty() ? "Name not stated" : facts.subject_name;
  line += facts.subject_id.empty() ? std::string{} : "   ID " + facts.subject_id;
  line += !facts.sex ? "" : *facts.sex == Sex::female ? "   female" : "   male";
  line += facts.age_years ? fmt::format("   {:.0f} years", *facts.age_years) : std::string{};
  return line + "   " + (facts.start.empty() ? "time not stated" : facts.start);
}

std::string number(std::optional<double> value, std::string_view unit) {
  return value ? fmt::format("{:.0f}{}", *value, unit) : std::string("–");
}

void add_measurements(const ReportFacts& facts, Page& page) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"Rate", number(facts.rate_per_min, " /min")},
      {"PR", number(facts.pr_ms, " ms")},
      {"QRS", number(facts.qrs_ms, " ms")},
      {"QT", number(facts.qt_ms, " ms")},
      {"QTc (Fridericia)", number(facts.qtc_ms, " ms")},
      {"Axes P / QRS / T", number(facts.p_axis_deg, "°") + " / " + number(facts.qrs_axis_deg, "°") + " / " +
                               number(facts.t_axis_deg, "°")}};
  double y = 24.0;
  for (const auto& [name, value] : rows) {
    page.texts.push_back({{margin_mm, y}, 3.0, name});
    page.texts.push_back({{margin_mm + 32.0, y}, 3.0, value, true});
    y += 4.2;
  }
}

void add_statements(const ReportFacts& facts, Page& page) {
  constexpr std::size_t most = 5;
  double y = 24.0;
  for (std::size_t i = 0; i < std::min(facts.statements.size(), most); ++i) {
    page.texts.push_back({{100.0, y}, 3.2, facts.statements[i].text, true});
    page.texts.push_back({{103.0, y + 3.4}, 2.5, facts.statements[i].reason});
    y += 7.6;
  }
}

Page trace_page(const LeadSignals& signals, const ReportFacts& facts, double from_s) {
  Page page;
  page.texts.push_back({{margin_mm, 11.0}, 4.6, subject_line(facts), true});
  page.texts.push_back({{margin_mm, 16.5}, 2.8, notice});
  add_measurements(facts, page);
  add_statements(facts, page);
  draw_ecg_paper(with_limb_leads(signals), from_s, 50.0, page);
  page.texts.push_back({{margin_mm, 205.0},
                        2.8,
                        fmt::format("25 mm/s   10 mm/mV   no filter   from {:.1f} s   {:g} Hz   {}", from_s,
                                    signals.rate_hz, facts.source)});
  return page;
}

/// Text broken into lines of about `letters` letters; Chinese may break anywhere, other text between words.
std::vector<std::string> lines_of(const std::string& text, std::size_t letters) {
  std::vector<std::string> lines(1);
  std::size_t count = 0;
  std::size_t last_blank = std::string::npos;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 1;
    while (i + length < text.size() && (static_cast<unsigned char>(text[i + length]) & 0xc0U) == 0x80U) {
      ++length;
    }
    if (text[i] == ' ') {
      last_blank = lines.back().size();
    }
    lines.back() += text.substr(i, length);
    count += length > 1 ? 2 : 1;
    i += length;
    if (count >= letters && i < text.size()) {
      std::string rest;
      if (last_blank != std::string::npos) {
        rest = lines.back().substr(last_blank + 1);
        lines.back().resize(last_blank);
      }
      lines.push_back(rest);
      count = rest.size();
      last_blank = std::string::npos;
    }
  }
  return lines;
}

Page plain_page(const ReportFacts& facts) {
  constexpr std::size_t letters_a_line = 112;
  Page page;
  double y = 18.0;
  for (const Language language : {Language::english, Language::chinese}) {
    const bool is_english = language == Language::english;
    page.texts.push_back(
        {{margin_mm, y}, 6.0, is_english ? "What this recording shows" : "这份心电图说明了什么", true});
    y += 9.0;
    for (const std::string& sentence : plain_sentences(facts, language)) {
      for (const std::string& line : lines_of(sentence, letters_a_line)) {
        page.texts.push_back({{margin_mm, y}, 4.2, line});
        y += 6.0;
      }
      y += 2.0;
    }
    y += 9.0;
  }
  return page;
}

}  // namespace

std::vector<Page> report_pages(const LeadSignals& signals, const ReportFacts& facts, double from_s) {
  return {trace_page(signals, facts, from_s), plain_page(facts)};
}

std::string report_html(const std::vector<Page>& pages, const ReportFacts& facts) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Electrocardiogram {}</title>\n"
      "<style>@page{{size:297mm 210mm;margin:0}}body{{margin:0;background:#ddd}}"
      "svg{{display:block;margin:4mm auto;background:#fff;page-break-after:always}}"
      "@media print{{body{{background:#fff}}svg{{margin:0}}}}</style>\n</head>\n<body>\n",
      xml_text(facts.subject_id));
  for (const Page& page : pages) {
    out += page_svg(page);
  }
  return out + "</body>\n</html>\n";
}

}  // namespace xingu::ecg
