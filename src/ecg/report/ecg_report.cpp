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
constexpr double right_mm = 281.0;         // where the paper ends
constexpr double first_column_mm = 108.0;  // of statements on the first page
constexpr double second_column_mm = 196.0;
constexpr double quality_line_mm = 48.2;
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
  const auto qtc = [&](double CorrectedQt::* formula) {
    return number(facts.qtc ? std::optional(*facts.qtc.*formula) : std::nullopt, " ms");
  };
  struct Row {
    std::string name, value, second_name, second_value;
  };
  const std::array<Row, 5> rows{
      {{"Rate", number(facts.rate_per_min, " /min"), "QTc Bazett", qtc(&CorrectedQt::bazett_ms)},
       {"PR", number(facts.pr_ms, " ms"), "QTc Fridericia", qtc(&CorrectedQt::fridericia_ms)},
       {"QRS", number(facts.qrs_ms, " ms"), "QTc Framingham", qtc(&CorrectedQt::framingham_ms)},
       {"QT", number(facts.qt_ms, " ms"), "QTc Hodges", qtc(&CorrectedQt::hodges_ms)},
       {"", "", "Axes P / QRS / T",
        number(facts.p_axis_deg, "°") + " / " + number(facts.qrs_axis_deg, "°") + " / " +
            number(facts.t_axis_deg, "°")}}};
  double y = 24.0;
  for (const Row& row : rows) {
    page.texts.push_back({{margin_mm, y}, 3.0, row.name});
    page.texts.push_back({{margin_mm + 11.0, y}, 3.0, row.value, true});
    page.texts.push_back({{margin_mm + 30.0, y}, 3.0, row.second_name});
    page.texts.push_back({{margin_mm + 56.0, y}, 3.0, row.second_value, true});
    y += 4.2;
  }
  std::erase_if(page.texts, [](const PageText& text) { return text.text.empty(); });
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

/// A text that is made smaller, and then cut, until it ends at end_mm.
PageText fitted(PageText text, double end_mm, double least_mm) {
  const double width = end_mm - text.at.x_mm;
  const double needed = text_width_mm(text.text, text.size_mm, text.is_bold);
  text.size_mm = std::clamp(text.size_mm * width / std::max(needed, 1e-9), least_mm, text.size_mm);
  text.text = cut_to_width(text.text, width, text.size_mm, text.is_bold);
  return text;
}

/// The headlines beside the measurements, in two columns, each with two lines of its reason; the page of details has
/// the rest. Where one column holds them all, they have the width of both.
void add_statements(const ReportFacts& facts, Page& page) {
  constexpr std::size_t rows = 3;
  constexpr std::size_t most = 2 * rows;
  constexpr double reason_mm = 2.1;
  const bool is_one_column = facts.statements.size() <= rows;
  for (std::size_t i = 0; i < std::min(facts.statements.size(), most); ++i) {
    const double x = i < rows ? first_column_mm : second_column_mm;
    const double right = i < rows && !is_one_column ? second_column_mm - 3.0 : right_mm;
    const double y = 23.0 + 8.4 * static_cast<double>(i % rows);
    page.texts.push_back(fitted({{x, y}, 3.0, facts.statements[i].text, true}, right, 2.3));
    std::vector<std::string> reason = lines_within(facts.statements[i].reason, right - x - 3.0, reason_mm);
    if (reason.size() > 2) {
      reason[1] += ' ' + reason[2];
      reason.resize(2);
    }
    for (std::size_t line = 0; line < reason.size(); ++line) {
      page.texts.push_back({{x + 3.0, y + 2.9 + 2.3 * static_cast<double>(line)},
                            reason_mm,
                            cut_to_width(reason[line], right - x - 3.0, reason_mm)});
    }
  }
  if (facts.statements.size() > most) {
    page.texts.push_back({{second_column_mm, quality_line_mm},
                          2.4,
                          fmt::format("and {} more on page 3", facts.statements.size() - most)});
  }
}

/// "I, II 70 % (missing)": leads of less than nine good seconds in ten, those of one part and one kind of fault
/// together.
std::vector<std::string> poor_leads(const ReportFacts& facts) {
  constexpr double least_part = 0.9;
  std::vector<std::pair<std::string, std::string>> groups;  // what is said, of which leads
  for (const LeadQuality& lead : facts.quality) {
    if (lead.good_part < least_part) {
      const std::string said = fmt::format("{:.0f} %{}", std::floor(100 * lead.good_part),
                                           lead.faults.empty() ? std::string{} : " (" + lead.faults + ")");
      const auto known = std::ranges::find(groups, said, &std::pair<std::string, std::string>::first);
      if (known == groups.end()) {
        groups.emplace_back(said, lead.lead);
      } else {
        known->second += ", " + lead.lead;
      }
    }
  }
  std::vector<std::string> texts;
  for (const auto& [said, leads] : groups) {
    texts.push_back(fmt::format("{} {}", leads, said));
  }
  return texts;
}

/// Which leads are good in less than nine of ten seconds, and what is wrong with them; in smaller letters where it is
/// much.
void add_quality(const ReportFacts& facts, Page& page) {
  constexpr double size_mm = 2.6;
  constexpr double least_mm = 2.0;
  if (facts.quality.empty()) {
    return;
  }
  const bool has_more = page.texts.back().at.y_mm == quality_line_mm;
  const std::vector<std::string> poor = poor_leads(facts);
  const std::string text = poor.empty() ? std::string("Good seconds: 90 % or more in every lead")
                                        : fmt::format("Good seconds below 90 %: {}", fmt::join(poor, "; "));
  page.texts.push_back(
      fitted({{margin_mm, quality_line_mm}, size_mm, text}, has_more ? second_column_mm - 3.0 : right_mm, least_mm));
}

/// Who and when; of a name that is too long for the line, the beginning.
PageText subject_text(const ReportFacts& facts) {
  constexpr double size_mm = 4.6;
  constexpr double least_mm = 3.2;
  ReportFacts shown = facts;
  const double width = right_mm - margin_mm;
  const double excess = text_width_mm(subject_line(facts), least_mm, true) - width;
  if (excess > 0) {
    const double room = text_width_mm(facts.subject_name, least_mm, true) - excess;
    shown.subject_name = cut_to_width(facts.subject_name, std::max(room, 20.0), least_mm, true);
  }
  return fitted({{margin_mm, 11.0}, size_mm, subject_line(shown), true}, right_mm, least_mm);
}

Page trace_page(const LeadSignals& signals, const ReportFacts& facts, double from_s) {
  Page page;
  page.texts.push_back(subject_text(facts));
  page.texts.push_back({{margin_mm, 16.5}, 2.8, notice});
  add_measurements(facts, page);
  add_statements(facts, page);
  add_quality(facts, page);
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
  constexpr double text_mm = 136.0;  // the table of the leads stands to the right
  Page page;
  page.texts.push_back({{margin_mm, 13.0}, 4.6, "Statements and measurements", true});
  double y = 22.0;
  if (subject_text(facts).text.find(facts.subject_name) == std::string::npos) {
    for (const std::string& line : lines_within("Name: " + facts.subject_name, text_mm, 2.8)) {
      page.texts.push_back({{margin_mm, y}, 2.8, line});
      y += 4.0;
    }
    y += 2.0;
  }
  for (std::size_t i = 0; i < facts.statements.size(); ++i) {
    const ReportStatement& statement = facts.statements[i];
    const std::vector<std::string> headline = lines_within(statement.text, text_mm, 3.2, true);
    const std::vector<std::string> reason = lines_within(statement.reason, text_mm - 3.0, 2.8);
    if (y + 4.0 * static_cast<double>(headline.size() + reason.size()) > lowest_mm) {
      page.texts.push_back({{margin_mm, lowest_mm},
                            2.8,
                            fmt::format("and {} more, for which no room is left", facts.statements.size() - i)});
      break;
    }
    for (std::size_t line = 0; line < headline.size(); ++line) {
      y += line > 0 ? 4.0 : 0.0;
      page.texts.push_back({{margin_mm, y}, 3.2, headline[line], true});
    }
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
