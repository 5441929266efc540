// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/ecg_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/xml_text.h"
#include "ecg/report/ecg_paper.h"
#include "ecg/urgency.h"

namespace xingu::ecg {
namespace {

constexpr double margin_mm = 16.0;
constexpr double right_mm = 281.0;         // where the paper ends
constexpr double first_column_mm = 108.0;  // of statements on the first page
constexpr double second_column_mm = 196.0;
constexpr double notice_line_mm = 16.5;
constexpr double quality_line_mm = 48.2;
constexpr std::size_t first_further_page = 4;
constexpr const char* notice = "Research use only. Unconfirmed: made by a program, to be read by a physician.";

/// The text with the minus sign of print before its numbers.
std::string with_minus(std::string text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool is_sign = i == 0 || text[i - 1] == ' ' || text[i - 1] == '(';
    if (is_sign && text[i] == '-' && text[i + 1] >= '0' && text[i + 1] <= '9') {
      text.replace(i, 1, "−");
    }
  }
  return text;
}

std::string number(std::optional<double> value, std::string_view unit) {
  return value ? with_minus(fmt::format("{:.0f}{}", whole(*value), unit)) : std::string("–");
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
       {"P", number(facts.p_ms, " ms"), "QTc Fridericia", qtc(&CorrectedQt::fridericia_ms)},
       {"PR", number(facts.pr_ms, " ms"), "QTc Framingham", qtc(&CorrectedQt::framingham_ms)},
       {"QRS", number(facts.qrs_ms, " ms"), "QTc Hodges", qtc(&CorrectedQt::hodges_ms)},
       {"QT", number(facts.qt_ms, " ms"), "Axes P / QRS / T",
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
}

/// Widths of the ASCII letters for a font of height 1, which only long texts need: measured once.
const std::array<double, 128>& ascii_widths() {
  static const std::array<double, 128> widths = [] {
    std::array<double, 128> measured{};
    for (char letter = ' '; letter <= '~'; ++letter) {
      measured[static_cast<std::size_t>(letter)] = text_width_mm(std::string(1, letter), 1.0);
    }
    return measured;
  }();
  return widths;
}

/// Text broken into lines of this width: between words, and between Chinese letters where no line would begin or end
/// with a mark that must not stand there.
std::vector<std::string> lines_of(const std::string& text, double width_mm, double size_mm) {
  constexpr std::string_view not_first = "，。；：、）";
  constexpr std::string_view not_last = "（";
  constexpr std::size_t unset = std::string::npos;
  std::vector<std::string> lines(1);
  double used_mm = 0.0;        // of the line
  std::size_t after = unset;   // where the line may be broken: the rest begins there
  double used_after_mm = 0.0;  // and that is how much comes before it
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 1;
    while (i + length < text.size() && (static_cast<unsigned char>(text[i + length]) & 0xc0U) == 0x80U) {
      ++length;
    }
    const std::string letter = text.substr(i, length);
    std::string& line = lines.back();
    const bool is_wide = length > 1;
    const bool is_after_wide = !line.empty() && (static_cast<unsigned char>(line.back()) & 0x80U) != 0;
    const bool may_break = (is_wide || is_after_wide) && letter != " " &&
                           not_first.find(letter) == std::string_view::npos && !line.ends_with(not_last);
    if (!line.empty() && (line.back() == ' ' || may_break)) {
      after = line.size();
      used_after_mm = used_mm;
    }
    const double letter_mm = size_mm * (is_wide ? 1.0 : ascii_widths()[static_cast<std::size_t>(letter.front())]);
    if (letter != " " && used_mm + letter_mm > width_mm && after != unset) {
      std::string rest = line.substr(after);
      line.resize(line.find_last_not_of(' ', after - 1) + 1);
      lines.push_back(std::move(rest));
      used_mm -= used_after_mm;
      after = unset;
    }
    lines.back() += letter;
    used_mm += letter_mm;
    i += length;
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

/// Lines of at most this width, the last of at most `most` cut.
std::vector<std::string> few_lines(const std::string& text, std::size_t most, double width_mm, double size_mm,
                                   bool is_bold) {
  std::vector<std::string> lines = lines_within(text, width_mm, size_mm, is_bold);
  for (std::size_t i = most; i < lines.size(); ++i) {
    lines[most - 1] += ' ' + lines[i];
  }
  lines.resize(std::min(lines.size(), most));
  lines.back() = cut_to_width(lines.back(), width_mm, size_mm, is_bold);
  return lines;
}

/// Where a statement stands on the first page.
struct StatementPlace {
  PagePoint at;
  double width_mm = 0.0;
  double height_mm = 0.0;  ///< to the next one
};

constexpr double headline_mm = 3.0;
constexpr double usual_reason_mm = 2.6;  // of one line under a headline of one line
constexpr double least_reason_mm = 2.1;

/// Of a headline, smaller where it is long.
double headline_size_mm(const ReportStatement& statement, const StatementPlace& place) {
  constexpr double least_mm = 2.3;
  const double needed = text_width_mm(statement.text, headline_mm, true);
  return std::clamp(headline_mm * place.width_mm / std::max(needed, 1e-9), least_mm,
                    std::min(headline_mm, std::max(least_mm, 0.9 * place.height_mm)));
}

/// Whether headline and reason have a line each in their usual sizes.
bool has_room(const ReportStatement& statement, const StatementPlace& place) {
  return headline_size_mm(statement, place) == headline_mm &&
         text_width_mm(with_minus(statement.reason), usual_reason_mm) <= place.width_mm - 3.0;
}

/// The headline, made smaller or of up to three lines where it is long, and as much of its reason as there is room for.
void add_statement(const ReportStatement& statement, const StatementPlace& place, double reason_mm, Page& page) {
  constexpr double roomy_mm = 8.0;  // a headline and two lines of reason
  const bool is_roomy = place.height_mm >= roomy_mm;
  const double size_mm = headline_size_mm(statement, place);
  const auto headline = few_lines(statement.text, is_roomy ? 3 : 1, place.width_mm, size_mm, true);
  // narrow enough that the last line of the reason stands clear of the next headline
  constexpr double headline_line_mm = 2.9;
  constexpr double small_line_mm = 2.4;
  constexpr double reason_line_mm = 2.1;
  double y = place.at.y_mm;
  for (const std::string& line : headline) {
    page.texts.push_back({{place.at.x_mm, y}, size_mm, line, true});
    y += size_mm < headline_mm ? small_line_mm : headline_line_mm;
  }
  const std::size_t lines_left = !is_roomy ? 0 : 3 - headline.size();
  if (lines_left == 0 || statement.reason.empty()) {
    return;
  }
  const std::string reason = with_minus(statement.reason);
  for (const std::string& line : few_lines(reason, lines_left, place.width_mm - 3.0, reason_mm, false)) {
    page.texts.push_back({{place.at.x_mm + 3.0, y}, reason_mm, line});
    y += reason_line_mm;
  }
}

/// The statements beside the measurements, in two columns, the urgent ones first: six, or as many as are urgent; the
/// page of details has the rest. Where one column holds them all, they have the width of both.
void add_statements(const ReportFacts& facts, Page& page) {
  constexpr std::size_t usual_rows = 3;
  constexpr double room_mm = 25.8;
  const auto is_urgent = [](const ReportStatement& statement) { return urgency(statement.code).has_value(); };
  const auto num_urgent = static_cast<std::size_t>(std::ranges::count_if(facts.statements, is_urgent));
  const std::size_t rows = std::max(usual_rows, (num_urgent + 1) / 2);
  const std::size_t num_shown = std::min(facts.statements.size(), 2 * rows);
  const bool is_one_column = facts.statements.size() <= usual_rows;
  std::vector<StatementPlace> places;
  bool have_room = true;  // all of them: sizes that change from one to the next are ugly
  for (std::size_t i = 0; i < num_shown; ++i) {
    const bool is_first = i < rows;
    const double x = is_first ? first_column_mm : second_column_mm;
    const double right = is_first && !is_one_column ? second_column_mm - 3.0 : right_mm;
    const double height = room_mm / static_cast<double>(rows);
    places.push_back({{x, 22.3 + height * static_cast<double>(i % rows)}, right - x, height});
    have_room = have_room && has_room(facts.statements[i], places.back());
  }
  for (std::size_t i = 0; i < num_shown; ++i) {
    add_statement(facts.statements[i], places[i], have_room ? usual_reason_mm : least_reason_mm, page);
  }
  if (facts.statements.size() > num_shown) {
    page.texts.push_back({{second_column_mm, quality_line_mm},
                          2.4,
                          fmt::format("and {} more on page 3", facts.statements.size() - num_shown)});
  }
}

/// "I, II 70 % (missing)" and the like.
std::vector<std::string> poor_lead_texts(const ReportFacts& facts) {
  std::vector<std::string> texts;
  for (const PoorLeads& poor : poor_leads(facts)) {
    texts.push_back(fmt::format("{} {:.0f} %{}", fmt::join(poor.leads, ", "), std::floor(100 * poor.good_part),
                                poor.faults.empty() ? std::string{} : " (" + poor.faults + ")"));
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
  const std::vector<std::string> poor = poor_lead_texts(facts);
  const std::string text = poor.empty() ? std::string("Good seconds: 90 % or more in every lead")
                                        : fmt::format("Good seconds below 90 %: {}", fmt::join(poor, "; "));
  page.texts.push_back(
      fitted({{margin_mm, quality_line_mm}, size_mm, text}, has_more ? second_column_mm - 3.0 : right_mm, least_mm));
}

/// Who and when; of a name that is too long for the line, the beginning.
PageText subject_text(const ReportFacts& facts, Language language, PageText text, double end_mm) {
  constexpr double least_part = 0.7;  // of the size
  const double least_mm = least_part * text.size_mm;
  ReportFacts shown = facts;
  const double width = end_mm - text.at.x_mm;
  const double excess = text_width_mm(subject_line(facts, language), least_mm, text.is_bold) - width;
  if (excess > 0) {
    const double room = text_width_mm(facts.subject_name, least_mm, text.is_bold) - excess;
    shown.subject_name = cut_to_width(facts.subject_name, std::max(room, 20.0), least_mm, text.is_bold);
  }
  text.text = subject_line(shown, language);
  return fitted(std::move(text), end_mm, least_mm);
}

PageText headline_subject(const ReportFacts& facts) {
  return subject_text(facts, Language::english, {{margin_mm, 11.0}, 4.6, {}, true}, right_mm);
}

/// What the trace went through: what the file says of it, and nothing here.
std::string filter_text(const RecordedFilters& filters) {
  if (!filters.is_stated()) {
    return "no filter";
  }
  std::vector<std::string> parts;
  if (filters.high_pass_Hz && filters.low_pass_Hz) {
    parts.push_back(fmt::format("{:g} to {:g} Hz", *filters.high_pass_Hz, *filters.low_pass_Hz));
  } else if (filters.high_pass_Hz) {
    parts.push_back(fmt::format("from {:g} Hz on", *filters.high_pass_Hz));
  } else if (filters.low_pass_Hz) {
    parts.push_back(fmt::format("up to {:g} Hz", *filters.low_pass_Hz));
  }
  if (filters.notch_Hz) {
    parts.push_back(fmt::format("without {:g} Hz", *filters.notch_Hz));
  }
  return fmt::format("filtered before it was stored: {}", fmt::join(parts, ", "));
}

/// Those that are good in less than half of their seconds: what is large in them is mostly no wave.
std::vector<std::string> leads_that_are_mostly_poor(const ReportFacts& facts) {
  constexpr double least_part = 0.5;
  std::vector<std::string> leads;
  for (const LeadQuality& lead : facts.quality) {
    if (lead.good_part < least_part) {
      leads.push_back(lead.lead);
    }
  }
  return leads;
}

/// The line below the paper.
PageText scale_text(const LeadSignals& signals, const ReportFacts& facts, double from_s, double mm_per_mV) {
  const bool is_reduced = mm_per_mV != paper_mm_per_mV;
  return {{margin_mm, 205.0},
          2.8,
          fmt::format("25 mm/s · {:g} mm/mV{} · {} · from {:.1f} s · {:g} Hz · {}", mm_per_mV,
                      is_reduced ? " (reduced: the waves are large)" : "", filter_text(signals.filters), from_s,
                      signals.rate_hz, facts.source),
          is_reduced};
}

/// Where the leads are that have no place on the first page.
std::string further_text(const std::vector<LeadSignals>& further) {
  std::size_t num = 0;
  for (const LeadSignals& leads : further) {
    num += leads.num_leads();
  }
  const std::string pages =
      further.size() == 1 ? fmt::format("page {}", first_further_page)
                          : fmt::format("pages {} to {}", first_further_page, first_further_page + further.size() - 1);
  return fmt::format("{} more lead{} on {}", num, num == 1 ? "" : "s", pages);
}

Page trace_page(const LeadSignals& signals, const ReportFacts& facts, double from_s) {
  Page page;
  page.texts.push_back(headline_subject(facts));
  page.texts.push_back({{margin_mm, notice_line_mm}, 2.8, notice});
  add_measurements(facts, page);
  add_statements(facts, page);
  add_quality(facts, page);
  const double mm_per_mV =
      draw_ecg_paper(signals, from_s, 50.0, page, {leads_that_are_mostly_poor(facts), facts.stimuli});
  page.texts.push_back(scale_text(signals, facts, from_s, mm_per_mV));
  return page;
}

/// Of which of the further leads the statements say something: of those of the twelve, which had no row on the first
/// page, as of the others there.
std::string judged_text(const LeadSignals& further) {
  constexpr std::array<std::string_view, 12> usual{"I",  "II", "III", "aVR", "aVL", "aVF",
                                                   "V1", "V2", "V3",  "V4",  "V5",  "V6"};
  constexpr std::array<std::string_view, 5> by_elevation{"V7", "V8", "V9", "V3R", "V4R"};
  const auto among = [&](const auto& names) {
    std::vector<std::string> here;
    std::ranges::copy_if(further.names, std::back_inserter(here),
                         [&](const std::string& name) { return std::ranges::find(names, name) != names.end(); });
    return here;
  };
  const std::vector<std::string> as_usual = among(usual);
  const std::vector<std::string> elevations = among(by_elevation);
  std::string text = "Further leads.";
  if (!as_usual.empty()) {
    text += fmt::format(" What is said of the recording is of {}, too.", fmt::join(as_usual, ", "));
  }
  if (!elevations.empty()) {
    text += fmt::format(" ST elevation is judged in {}, and nothing else.", fmt::join(elevations, ", "));
  }
  if (as_usual.empty() && elevations.empty()) {
    text += " Nothing is judged in them.";
  }
  return text;
}

/// The leads that have no place on the first page on paper of their own.
Page further_page(const LeadSignals& further, const ReportFacts& facts, double from_s) {
  Page page;
  page.texts.push_back(headline_subject(facts));
  page.texts.push_back({{margin_mm, notice_line_mm}, 2.8, notice});
  page.texts.push_back({{margin_mm, 40.0}, 3.4, judged_text(further), true});
  const double mm_per_mV =
      draw_ecg_paper(further, from_s, 50.0, page, {leads_that_are_mostly_poor(facts), facts.stimuli});
  page.texts.push_back(scale_text(further, facts, from_s, mm_per_mV));
  return page;
}

/// A height to 10 µV; what rounds to nothing has no sign.
std::string height_text(double mv) {
  const double rounded = std::round(100.0 * mv) / 100.0;
  return with_minus(fmt::format("{:.2f}", rounded == 0.0 ? 0.0 : rounded));
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
  constexpr std::array<const char*, 7> heads{"Lead", "P", "QRS waves", "T", "ST J", "J+60", "J+80"};
  constexpr double usual_waves = 36.0;  // letters that fit; more are printed smaller, for none may be left out
  double y = 22.0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    page.texts.push_back({{columns[c], y}, 2.8, heads[c], true});
  }
  const auto height = [](const std::optional<double>& mv) { return mv ? height_text(*mv) : std::string("–"); };
  for (const LeadMeasurements& lead : facts.leads) {
    const auto st = [&](double mv) { return height(lead.is_measured ? std::optional(mv) : std::nullopt); };
    y += 4.6;
    const std::string waves = waves_text(lead);
    const auto num_letters =
        std::ranges::count_if(waves, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
    const double waves_mm =
        2.8 * std::min(1.0, usual_waves / static_cast<double>(std::max<std::ptrdiff_t>(1, num_letters)));
    const std::array<std::string, 7> cells{
        lead.lead,         height(lead.p_mV), waves.empty() ? std::string("–") : waves,
        height(lead.t_mV), st(lead.st_j_mV),  st(lead.st_60_mV),
        st(lead.st_80_mV)};
    for (std::size_t c = 0; c < columns.size(); ++c) {
      page.texts.push_back({{columns[c], y}, c == 2 ? waves_mm : 2.8, cells[c], c == 0});
    }
  }
  page.texts.push_back({{columns.front(), y + 6.0}, 2.5, "Heights in mV; ST at J and 60 and 80 ms behind it."});
}

/// Every statement with all that it rests on, and the representative beat lead by lead.
Page details_page(const ReportFacts& facts) {
  constexpr double lowest_mm = 200.0;
  constexpr double text_mm = 136.0;  // the table of the leads stands to the right
  Page page;
  page.texts.push_back({{margin_mm, 13.0}, 4.6, "Statements and measurements", true});
  double y = 22.0;
  if (headline_subject(facts).text.find(facts.subject_name) == std::string::npos) {
    for (const std::string& line : lines_within("Name: " + facts.subject_name, text_mm, 2.8)) {
      page.texts.push_back({{margin_mm, y}, 2.8, line});
      y += 4.0;
    }
    y += 2.0;
  }
  for (std::size_t i = 0; i < facts.statements.size(); ++i) {
    const ReportStatement& statement = facts.statements[i];
    const std::vector<std::string> headline = lines_within(statement.text, text_mm, 3.2, true);
    const std::vector<std::string> reason = lines_within(with_minus(statement.reason), text_mm - 3.0, 2.8);
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

constexpr std::array<Language, 2> both_languages{Language::english, Language::chinese};

const char* plain_title(Language language) {
  return language == Language::english ? "What this recording shows" : "这份心电图说明了什么";
}

/// English on the left and Chinese on the right, at one size of the letters.
Page plain_page_of(const ReportFacts& facts, double size_mm) {
  constexpr double column_mm = 126.0;
  const double step_mm = 1.35 * size_mm;
  Page page;
  double x = margin_mm;
  for (const Language language : both_languages) {
    page.texts.push_back(subject_text(facts, language, {{x, 12.0}, 3.6, {}, false}, x + column_mm));
    page.texts.push_back({{x, 21.0}, 6.0, plain_title(language), true});
    double y = 25.0 + step_mm;
    for (const std::string& sentence : plain_sentences(facts, language)) {
      for (const std::string& line : lines_of(sentence, column_mm, size_mm)) {
        page.texts.push_back({{x, y}, size_mm, line});
        y += step_mm;
      }
      y += 0.3 * step_mm;
    }
    x = right_mm - column_mm;
  }
  return page;
}

double lowest_text_mm(const Page& page) {
  double lowest = 0.0;
  for (const PageText& text : page.texts) {
    lowest = std::max(lowest, text.at.y_mm);
  }
  return lowest;
}

/// What the letters of the family's page measure: smaller where there is much to say, so that it stays one page.
double plain_size_mm(const ReportFacts& facts) {
  constexpr double usual_mm = 4.2;
  constexpr double least_mm = 2.4;
  constexpr double lowest_mm = 204.0;
  constexpr int num_sizes = 10;
  double size_mm = usual_mm;
  for (int smaller = 1; smaller < num_sizes && lowest_text_mm(plain_page_of(facts, size_mm)) > lowest_mm; ++smaller) {
    size_mm = usual_mm + (least_mm - usual_mm) * smaller / (num_sizes - 1);
  }
  return size_mm;
}

/// The family's page as text that flows: on a screen in the browser's size and width, on paper a sheet like the others.
std::string plain_html(const ReportFacts& facts) {
  std::string out = fmt::format("<section class=\"plain\" style=\"--paper-size:{:.1f}mm\">\n", plain_size_mm(facts));
  for (const Language language : both_languages) {
    out += fmt::format("<div lang=\"{}\">\n<p class=\"who\">{}</p>\n<h1>{}</h1>\n",
                       language == Language::english ? "en" : "zh", xml_escaped(subject_line(facts, language)),
                       plain_title(language));
    for (const std::string& sentence : plain_sentences(facts, language)) {
      out += fmt::format("<p>{}</p>\n", xml_escaped(sentence));
    }
    out += "</div>\n";
  }
  return out + "</section>\n";
}

/// Size of the sheets, and the margin that leaves the family's page the columns it was measured for.
std::string sheet_style(const std::vector<Page>& pages) {
  const Page sheet = pages.empty() ? Page{} : pages.front();
  return fmt::format("@page{{size:{:g}mm {:g}mm;margin:0}}:root{{--sheet-width:{:g}mm;--sheet-margin:{:g}mm}}",
                     sheet.width_mm, sheet.height_mm, sheet.width_mm,
                     margin_mm + (sheet.width_mm - Page{}.width_mm) / 2.0);
}

constexpr const char* style =
    "body{margin:0;background:#ddd}"
    "svg{display:block;background:#fff}"
    ".sheet{margin:4mm auto;width:fit-content;max-width:100%;overflow-x:auto}"
    ".plain{margin:4mm auto;padding:6mm 16mm;background:#fff;color:#000;overflow-wrap:anywhere;display:grid;"
    "grid-template-columns:1fr 1fr;gap:13mm;"
    "font-family:'WenQuanYi Micro Hei','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif}"
    ".plain h1{margin:.4em 0;font-size:1.4em}"
    "@media screen{.plain{box-sizing:border-box;max-width:var(--sheet-width);line-height:1.5}}"
    "@media screen and (max-width:800px){body{display:flex;flex-direction:column}"
    ".plain{order:-1;margin:0;padding:1em;grid-template-columns:1fr}"
    ".plain div+div{border-top:1px solid #ccc}.sheet{margin:4mm 0}}"
    "@media print{body{background:#fff}.sheet,.plain{margin:0;break-after:page}.sheet{overflow:visible}"
    ".sheet:last-child{break-after:auto}"
    ".plain{padding:8mm var(--sheet-margin) 0;font-size:var(--paper-size);line-height:1.35}.plain p{margin:0 0 .3em}"
    ".plain .who{font-size:3.6mm}.plain h1{font-size:6mm;margin:0 0 .3em}}";

}  // namespace

std::vector<Page> report_pages(const LeadSignals& signals, const ReportFacts& facts, double from_s, PaperSize paper) {
  ReportFacts ordered = facts;
  ordered.statements = by_urgency(std::move(ordered.statements));
  std::vector<Page> pages{trace_page(signals, ordered, from_s), plain_page_of(ordered, plain_size_mm(ordered)),
                          details_page(ordered)};
  const std::vector<LeadSignals> further = leads_of_further_papers(signals);
  if (!further.empty()) {
    pages.front().texts.push_back({{second_column_mm, notice_line_mm}, 2.8, further_text(further), true});
  }
  for (const LeadSignals& leads : further) {
    pages.push_back(further_page(leads, ordered, from_s));
  }
  for (Page& page : pages) {
    page = on_paper(std::move(page), paper);
  }
  return pages;
}

std::string report_html(const std::vector<Page>& pages, const ReportFacts& facts) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>Electrocardiogram{}</title>\n"
      "<style>{}{}</style>\n</head>\n<body>\n",
      facts.subject_id.empty() ? std::string{} : fmt::format(" {}", xml_escaped(facts.subject_id)), sheet_style(pages),
      style);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    out += i == plain_page ? plain_html(facts) : "<div class=\"sheet\">\n" + page_svg(pages[i]) + "</div>\n";
  }
  return out + "</body>\n</html>\n";
}

}  // namespace xingu::ecg
