// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/ecg_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/xml_text.h"
#include "ecg/report/ecg_paper.h"

namespace xingu::ecg {
namespace {

constexpr double margin_mm = 16.0;
constexpr const char* notice = "Research use only. Unconfirmed: made by a program, to be read by a physician.";

std::string subject_line(const ReportFacts& facts) {
  std::string line = facts.subject_name.empty() ? "Name not stated" : facts.subject_name;
  line += facts.subject_id.empty() ? std::string{} : " · ID " + facts.subject_id;
  line += !facts.sex ? "" : *facts.sex == Sex::female ? " · female" : " · male";
  line += facts.age_years ? fmt::format(" · {:.0f} years", *facts.age_years) : std::string{};
  return line + " · " + (facts.start.empty() ? "time not stated" : facts.start);
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

/// The headlines beside the measurements, in two columns; the page of details has the rest. Where one column holds
/// them all, their reasons have the width of both.
void add_statements(const ReportFacts& facts, Page& page) {
  constexpr std::size_t rows = 3;
  constexpr std::size_t most = 2 * rows;
  const std::size_t letters_of_reason = facts.statements.size() > rows ? 68 : 140;
  for (std::size_t i = 0; i < std::min(facts.statements.size(), most); ++i) {
    const double x = i < rows ? 100.0 : 198.0;
    const double y = 24.0 + 8.0 * static_cast<double>(i % rows);
    const std::vector<std::string> reason = lines_of(facts.statements[i].reason, letters_of_reason);
    page.texts.push_back({{x, y}, 3.2, facts.statements[i].text, true});
    page.texts.push_back({{x + 3.0, y + 3.6}, 2.4, reason.size() > 1 ? reason.front() + " …" : reason.front()});
  }
  if (facts.statements.size() > most) {
    page.texts.push_back({{198.0, 47.6}, 2.4, fmt::format("and {} more on page 3", facts.statements.size() - most)});
  }
}

Page trace_page(const LeadSignals& signals, const ReportFacts& facts, double from_s) {
  Page page;
  page.texts.push_back({{margin_mm, 11.0}, 4.6, subject_line(facts), true});
  page.texts.push_back({{margin_mm, 16.5}, 2.8, notice});
  add_measurements(facts, page);
  add_statements(facts, page);
  draw_ecg_paper(signals, from_s, 50.0, page);
  page.texts.push_back({{margin_mm, 205.0},
                        2.8,
                        fmt::format("25 mm/s · 10 mm/mV · no filter · from {:.1f} s · {:g} Hz · {}", from_s,
                                    signals.rate_hz, facts.source)});
  return page;
}

/// A height to 10 µV; what rounds to nothing has no sign.
std::string height_text(double mv) {
  const double rounded = std::round(100.0 * mv) / 100.0;
  return fmt::format("{:.2f}", rounded == 0.0 ? 0.0 : rounded);
}

/// "R 1.02" and the like: the waves of a complex with their heights.
std::string waves_text(const LeadMeasurements& lead) {
  std::string text;
  for (const QrsWave& wave : lead.qrs) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", wave.name, height_text(wave.amplitude_mV));
  }
  return text;
}

void add_lead_table(const ReportFacts& facts, Page& page) {
  constexpr std::array<double, 7> columns{158.0, 170.0, 184.0, 236.0, 250.0, 263.0, 276.0};
  constexpr std::array<const char*, 7> heads{"Lead", "P", "QRS waves, mV", "T", "ST J", "+60", "+80 ms"};
  constexpr double usual_waves = 36.0;  // letters that fit; more are printed smaller, for none may be left out
  double y = 22.0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    page.texts.push_back({{columns[c], y}, 2.8, heads[c], true});
  }
  const auto height = [](const std::optional<double>& mv) { return mv ? height_text(*mv) : std::string("–"); };
  for (const LeadMeasurements& lead : facts.leads) {
    y += 4.6;
    const std::string waves = waves_text(lead);
    const double waves_mm =
        2.8 * std::min(1.0, usual_waves / static_cast<double>(std::max<std::size_t>(1, waves.size())));
    const std::array<std::string, 7> cells{lead.lead,
                                           height(lead.p_mV),
                                           waves,
                                           height(lead.t_mV),
                                           height(lead.st_j_mV),
                                           height(lead.st_60_mV),
                                           height(lead.st_80_mV)};
    for (std::size_t c = 0; c < columns.size(); ++c) {
      page.texts.push_back({{columns[c], y}, c == 2 ? waves_mm : 2.8, cells[c], c == 0});
    }
  }
}

/// Every statement with all that it rests on, and the representative beat lead by lead.
Page details_page(const ReportFacts& facts) {
  constexpr double lowest_mm = 200.0;
  constexpr std::size_t letters_a_line = 84;
  Page page;
  page.texts.push_back({{margin_mm, 13.0}, 4.6, "Statements and measurements", true});
  double y = 22.0;
  for (std::size_t i = 0; i < facts.statements.size(); ++i) {
    const ReportStatement& statement = facts.statements[i];
    const std::vector<std::string> reason = lines_of(statement.reason, letters_a_line);
    if (y + 4.0 * static_cast<double>(reason.size() + 1) > lowest_mm) {
      page.texts.push_back({{margin_mm, lowest_mm},
                            2.8,
                            fmt::format("and {} more, for which no room is left", facts.statements.size() - i)});
      break;
    }
    page.texts.push_back({{margin_mm, y}, 3.2, statement.text, true});
    for (const std::string& line : statement.reason.empty() ? std::vector<std::string>{} : reason) {
      y += 4.0;
      page.texts.push_back({{margin_mm + 3.0, y}, 2.8, line});
    }
    y += 6.0;
  }
  constexpr std::size_t most_leads = 36;
  if (!facts.leads.empty() && facts.leads.size() <= most_leads) {
    add_lead_table(facts, page);
  }
  page.texts.push_back({{margin_mm, 205.0}, 2.8, fmt::format("{} · {}", notice, facts.source)});
  return page;
}

/// In both languages; smaller where there is much to say, so that it stays one page.
Page plain_page(const ReportFacts& facts) {
  constexpr std::size_t usual_sentences = 9;
  const bool is_long = plain_sentences(facts, Language::english).size() > usual_sentences;
  const double size_mm = is_long ? 3.2 : 4.2;
  const double step_mm = is_long ? 4.0 : 6.0;
  const std::size_t letters_a_line = is_long ? 160 : 126;  // a Chinese letter counts twice and is as wide as high
  Page page;
  double y = 18.0;
  for (const Language language : {Language::english, Language::chinese}) {
    const bool is_english = language == Language::english;
    page.texts.push_back(
        {{margin_mm, y}, 6.0, is_english ? "What this recording shows" : "这份心电图说明了什么", true});
    y += 9.0;
    for (const std::string& sentence : plain_sentences(facts, language)) {
      for (const std::string& line : lines_of(sentence, letters_a_line)) {
        page.texts.push_back({{margin_mm, y}, size_mm, line});
        y += step_mm;
      }
      y += 0.25 * step_mm;
    }
    y += 1.2 * step_mm;
  }
  return page;
}

}  // namespace

std::vector<Page> report_pages(const LeadSignals& signals, const ReportFacts& facts, double from_s) {
  return {trace_page(signals, facts, from_s), plain_page(facts), details_page(facts)};
}

std::string report_html(const std::vector<Page>& pages, const ReportFacts& facts) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Electrocardiogram{}</title>\n"
      "<style>@page{{size:297mm 210mm;margin:0}}body{{margin:0;background:#ddd}}"
      "svg{{display:block;margin:4mm auto;background:#fff;page-break-after:always}}"
      "@media screen{{svg{{max-width:100%;height:auto}}}}"
      "@media print{{body{{background:#fff}}svg{{margin:0}}}}</style>\n</head>\n<body>\n",
      facts.subject_id.empty() ? std::string{} : fmt::format(" {}", xml_escaped(facts.subject_id)));
  for (const Page& page : pages) {
    out += page_svg(page);
  }
  return out + "</body>\n</html>\n";
}

}  // namespace xingu::ecg
