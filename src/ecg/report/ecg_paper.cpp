// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/ecg_paper.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "ecg/pacing_spikes.h"

namespace xingu::ecg {
namespace {

constexpr double left_mm = 16.0;
constexpr double width_mm = 265.0;
constexpr double height_mm = 150.0;
constexpr double traces_mm = left_mm + 12.0;  // behind the calibration pulse
constexpr std::uint32_t fine_line = 0xf6d5d5;
constexpr std::uint32_t coarse_line = 0xe7a3a3;
constexpr std::uint32_t ink = 0x101820;
constexpr double trace_width_mm = 0.25;
constexpr double line_tolerance_mm = 0.01;  // a quarter of a dot at 600 dots an inch

constexpr std::array<std::array<const char*, 4>, 3> usual_order{
    {{"I", "aVR", "V1", "V4"}, {"II", "aVL", "V2", "V5"}, {"III", "aVF", "V3", "V6"}}};
constexpr std::size_t fewest_in_usual_order = 9;  // of the twelve: own choice
constexpr double column_s = 2.5;
constexpr double shortest_in_columns_s = 3 * column_s + 1.0;  // the last column shows a beat: own choice
constexpr std::array<const char*, 6> strip_order{"II", "I", "III", "aVF", "aVL", "aVR"};
constexpr std::size_t most_rows = 8;

/// The leads that have a place in the usual order; of two of one name the first.
std::vector<std::size_t> leads_of_usual_order(const LeadSignals& signals) {
  std::vector<std::size_t> leads;
  for (const auto& row : usual_order) {
    for (const char* name : row) {
      if (const auto lead = lead_number(signals, name)) {
        leads.push_back(*lead);
      }
    }
  }
  return leads;
}

bool is_in_usual_order(const LeadSignals& signals) {
  return signals.duration_s() >= shortest_in_columns_s && leads_of_usual_order(signals).size() >= fewest_in_usual_order;
}

void draw_grid(double top_mm, Page& page) {
  for (const int every : {1, 5}) {
    const double width = every == 5 ? 0.2 : 0.1;
    const std::uint32_t colour = every == 5 ? coarse_line : fine_line;
    for (int x = 0; x <= static_cast<int>(width_mm); x += every) {
      page.strokes.push_back({{{left_mm + x, top_mm}, {left_mm + x, top_mm + height_mm}}, width, colour});
    }
    for (int y = 0; y <= static_cast<int>(height_mm); y += every) {
      page.strokes.push_back({{{left_mm, top_mm + y}, {left_mm + width_mm, top_mm + y}}, width, colour});
    }
  }
}

/// 1 mV for 0.2 s between flat pieces.
void draw_calibration(double line_mm, double mm_per_mV, Page& page) {
  constexpr double pulse_mm = 0.2 * paper_mm_per_s;
  const double x = left_mm + 2.0;
  const double high = line_mm - mm_per_mV;
  page.strokes.push_back({{{x, line_mm},
                           {x + 1.5, line_mm},
                           {x + 1.5, high},
                           {x + 1.5 + pulse_mm, high},
                           {x + 1.5 + pulse_mm, line_mm},
                           {x + 3.0 + pulse_mm, line_mm}},
                          trace_width_mm,
                          ink});
}

float median_of(std::vector<float> values) {
  std::erase_if(values, [](float v) { return std::isnan(v); });
  if (values.empty()) {
    return 0.0F;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// A piece of one lead: seconds [from, until) of the recording, on the line of its row.
struct Piece {
  std::size_t lead = 0;
  double from_s = 0.0;
  double until_s = 0.0;
  double x_mm = 0.0;
  double line_mm = 0.0;
  double label_mm = 12.0;  ///< how far above the line the lead's name stands
  double top_mm = 0.0;     ///< ink stays between these
  double bottom_mm = 0.0;
};

/// The fewest points, in one walk, whose lines pass every point left out by at most the tolerance, up or down: from the
/// last point kept on, the slopes of all lines that pass those since are an interval, and where the next point lies
/// outside it the one before is kept. Cost O(points).
std::vector<PagePoint> without_needless(const std::vector<PagePoint>& points) {
  std::vector<PagePoint> out;
  constexpr double any = std::numeric_limits<double>::infinity();
  double least = -any;
  double most = any;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i < 1) {
      out.push_back(points[i]);
      continue;
    }
    const auto slope = [&](double off_mm) {
      return (points[i].y_mm + off_mm - out.back().y_mm) / (points[i].x_mm - out.back().x_mm);
    };
    if (const double own = slope(0.0); own < least || own > most) {
      out.push_back(points[i - 1]);
      least = -any;
      most = any;
    }
    least = std::max(least, slope(-line_tolerance_mm));
    most = std::min(most, slope(line_tolerance_mm));
  }
  if (points.size() > 1) {
    out.push_back(points.back());
  }
  return out;
}

/// The samples of a piece, and their level.
struct Excerpt {
  std::size_t first = 0;
  std::size_t last = 0;  ///< behind the last one
  float level_mv = 0.0F;
};

Excerpt excerpt_of(const LeadSignals& signals, const Piece& piece) {
  const std::vector<float>& lead = signals.mv[piece.lead];
  const auto index = [&](double s) {
    return static_cast<std::size_t>(
        std::clamp(std::llround(s * signals.rate_hz), 0LL, static_cast<long long>(lead.size())));
  };
  const std::size_t first = index(piece.from_s);
  const std::size_t last = index(piece.until_s);
  const auto at = [&](std::size_t i) { return lead.begin() + static_cast<std::ptrdiff_t>(i); };
  return {first, last, median_of({at(first), at(last)})};
}

constexpr std::array<double, 3> scales_mm_per_mV{paper_mm_per_mV, 0.5 * paper_mm_per_mV, 0.25 * paper_mm_per_mV};

/// The largest scale at which every sample stays within its piece's bounds. What does not at the smallest, an artefact,
/// has no say.
double scale_for(const LeadSignals& signals, const std::vector<Piece>& pieces, const NoSayInScale& no_say) {
  if (!no_say.stimuli.empty()) {
    return scale_for(without_stimuli(signals, no_say.stimuli), pieces, {no_say.leads, {}});
  }
  double scale = scales_mm_per_mV.front();
  for (const Piece& piece : pieces) {
    if (std::ranges::find(no_say.leads, signals.names[piece.lead]) != no_say.leads.end()) {
      continue;
    }
    const Excerpt of = excerpt_of(signals, piece);
    for (std::size_t i = of.first; i < of.last; ++i) {
      const double mv = static_cast<double>(signals.mv[piece.lead][i]) - static_cast<double>(of.level_mv);
      const double room_mm = mv > 0.0 ? piece.line_mm - piece.top_mm : piece.bottom_mm - piece.line_mm;
      const auto fits = [&](double mm_per_mV) { return std::abs(mv) * mm_per_mV <= room_mm; };
      const auto* const largest = std::ranges::find_if(scales_mm_per_mV, fits);  // none for NaN
      scale = largest == scales_mm_per_mV.end() ? scale : std::min(scale, *largest);
    }
  }
  return scale;
}

/// @param stimuli  samples, ascending
void draw_piece(const LeadSignals& signals, const Piece& piece, double mm_per_mV,
                const std::vector<std::size_t>& stimuli, Page& page) {
  const std::vector<float>& lead = signals.mv[piece.lead];
  const auto [first, last, level] = excerpt_of(signals, piece);
  const auto at = [&](std::size_t i) { return lead.begin() + static_cast<std::ptrdiff_t>(i); };
  constexpr double stimulus_s = 0.014;  // and its decay
  const auto reach = static_cast<std::size_t>(std::lround(stimulus_s * signals.rate_hz));
  const auto is_of_stimulus = [&](std::size_t i) {
    const auto after = std::ranges::upper_bound(stimuli, i);
    return after != stimuli.begin() && i - *(after - 1) <= reach;
  };
  bool is_cut = false;
  PageStroke stroke{{}, trace_width_mm, ink};
  const auto finish = [&] {
    if (stroke.points.size() > 1) {
      page.strokes.push_back({without_needless(stroke.points), trace_width_mm, ink});
    }
    stroke.points.clear();
  };
  for (std::size_t i = first; i < last; ++i) {
    if (std::isnan(lead[i])) {
      finish();
      continue;
    }
    const double x_mm = piece.x_mm + (static_cast<double>(i - first) / signals.rate_hz) * paper_mm_per_s;
    const double y_mm = piece.line_mm - (static_cast<double>(lead[i]) - static_cast<double>(level)) * mm_per_mV;
    stroke.points.push_back({x_mm, std::clamp(y_mm, piece.top_mm, piece.bottom_mm)});
    if (!is_cut && stroke.points.back().y_mm != y_mm && !is_of_stimulus(i)) {
      is_cut = true;
      page.texts.push_back({{x_mm + 1.0, y_mm < piece.top_mm ? piece.top_mm + 3.0 : piece.bottom_mm - 1.0},
                            2.4,
                            "off scale",
                            true,
                            0.7});
    }
  }
  finish();
  if (first < last && std::all_of(at(first), at(last), [](float v) { return std::isnan(v); })) {
    page.texts.push_back({{piece.x_mm + 12.0, piece.line_mm}, 3.0, "no signal"});
  }
}

/// From top to bottom.
struct Heights {
  double top_mm = 0.0;
  double bottom_mm = 0.0;
};

/// What the lines of the traces cover in a column of the page.
std::vector<Heights> ink_between(double left, double right, const Page& page) {
  std::vector<Heights> found;
  for (const PageStroke& stroke : page.strokes) {
    if (stroke.colour != ink) {
      continue;
    }
    for (std::size_t i = 1; i < stroke.points.size(); ++i) {
      const PagePoint& from = stroke.points[i - 1];
      const PagePoint& to = stroke.points[i];
      if (std::max(from.x_mm, to.x_mm) >= left && std::min(from.x_mm, to.x_mm) <= right) {
        found.push_back({std::min(from.y_mm, to.y_mm), std::max(from.y_mm, to.y_mm)});
      }
    }
  }
  return found;
}

/// The name of a piece at its usual height, or the nearest one that keeps clear of every trace and name; with a halo
/// where there is none.
void name_piece(const std::string& name, const Piece& piece, Page& page) {
  constexpr double size_mm = 3.4;
  constexpr double clear_mm = 0.4;
  constexpr double step_mm = 1.0;
  const double x = piece.x_mm + 1.0;
  const double usual = piece.line_mm - piece.label_mm;
  const double highest = std::max(piece.top_mm, usual - 6.0) + size_mm;
  const double lowest = std::min(piece.bottom_mm, piece.line_mm + 14.0) - 1.0;
  const double right = x + text_width_mm(name, size_mm, true) + clear_mm;
  const std::vector<Heights> ink_here = ink_between(x - clear_mm, right, page);
  const auto is_clear = [&](double y) {
    return std::ranges::none_of(ink_here, [&](const Heights& line) {
      return line.bottom_mm > y - size_mm - clear_mm && line.top_mm < y + clear_mm;
    });
  };
  for (double away = 0.0; away < height_mm; away += step_mm) {
    for (const double y : {usual - away, usual + away}) {
      if (y >= highest && y <= lowest && is_clear(y)) {
        page.texts.push_back({{x, y}, size_mm, name, true});
        return;
      }
    }
  }
  page.texts.push_back({{x, usual}, size_mm, name, true, 0.7});
}

/// Draws pieces, then their names, for a trace may reach into the row above.
/// @return the scale
double draw_pieces(const LeadSignals& signals, const std::vector<Piece>& pieces, Page& page,
                   const NoSayInScale& no_say) {
  const double mm_per_mV = scale_for(signals, pieces, no_say);
  std::optional<double> line_mm;
  for (const Piece& piece : pieces) {
    if (line_mm != piece.line_mm) {
      line_mm = piece.line_mm;
      draw_calibration(*line_mm, mm_per_mV, page);
    }
    draw_piece(signals, piece, mm_per_mV, no_say.stimuli, page);
  }
  for (const Piece& piece : pieces) {
    name_piece(signals.names[piece.lead], piece, page);
  }
  return mm_per_mV;
}

/// A piece on a row's line whose trace may reach almost to the lines of the rows beside, and 24 mm in any case, but not
/// beyond the paper.
Piece piece_on(double line_mm, double row_mm, double top_mm) {
  constexpr double clear_mm = 2.0;
  constexpr double least_reach_mm = 24.0;
  const double reach_mm = std::max(row_mm - clear_mm, least_reach_mm);
  Piece piece;
  piece.line_mm = line_mm;
  piece.top_mm = std::max(top_mm, line_mm - reach_mm);
  piece.bottom_mm = std::min(top_mm + height_mm, line_mm + reach_mm);
  return piece;
}

/// Where the strip below the twelve comes from: II, or else another lead.
std::size_t lead_of_strip(const LeadSignals& signals) {
  for (const char* const name : strip_order) {
    if (const auto lead = lead_number(signals, name)) {
      return *lead;
    }
  }
  return 0;
}

/// A lead that was not recorded keeps its place, which says so.
double draw_usual_order(const LeadSignals& signals, double from_s, double top_mm, Page& page,
                        const NoSayInScale& no_say) {
  constexpr double first_line_mm = 26.0;  // an R of 2.6 mV fits above it
  constexpr double row_mm = 35.0;
  std::vector<Piece> pieces;
  std::vector<std::pair<std::string, Piece>> empty;
  for (std::size_t row = 0; row < usual_order.size(); ++row) {
    const double line = top_mm + first_line_mm + row_mm * static_cast<double>(row);
    for (std::size_t column = 0; column < 4; ++column) {
      const double offset_s = static_cast<double>(column) * column_s;
      Piece piece = piece_on(line, row_mm, top_mm);
      piece.from_s = from_s + offset_s;
      piece.until_s = piece.from_s + column_s;
      piece.x_mm = traces_mm + offset_s * paper_mm_per_s;
      if (const auto lead = lead_number(signals, usual_order[row][column])) {
        piece.lead = *lead;
        pieces.push_back(piece);
      } else {
        empty.emplace_back(usual_order[row][column], piece);
      }
      if (column > 0) {
        page.strokes.push_back({{{piece.x_mm, line - 4.0}, {piece.x_mm, line - 1.5}}, trace_width_mm, ink});
      }
    }
  }
  Piece strip = piece_on(top_mm + first_line_mm + row_mm * static_cast<double>(usual_order.size()), row_mm, top_mm);
  strip.lead = lead_of_strip(signals);
  strip.from_s = from_s;
  strip.until_s = from_s + paper_s;
  strip.x_mm = traces_mm;
  pieces.push_back(strip);
  const double mm_per_mV = draw_pieces(signals, pieces, page, no_say);
  for (const auto& [name, place] : empty) {
    name_piece(name + " not recorded", place, page);
  }
  return mm_per_mV;
}

double draw_rows(const LeadSignals& signals, double from_s, double top_mm, Page& page, const NoSayInScale& no_say) {
  const std::size_t rows = std::min(signals.num_leads(), most_rows);
  const double row_mm = height_mm / static_cast<double>(std::max<std::size_t>(rows, 3));
  std::vector<Piece> pieces;
  for (std::size_t row = 0; row < rows; ++row) {
    Piece piece = piece_on(top_mm + row_mm * (static_cast<double>(row) + 0.55), row_mm, top_mm);
    piece.lead = row;
    piece.from_s = from_s;
    piece.until_s = from_s + paper_s;
    piece.x_mm = traces_mm;
    piece.label_mm = std::min(12.0, 0.55 * row_mm - 4.0);
    pieces.push_back(piece);
  }
  return draw_pieces(signals, pieces, page, no_say);
}

}  // namespace

double first_drawn_s(const LeadSignals& signals, double from_s) {
  return std::max(0.0, std::min(from_s, signals.duration_s() - paper_s));
}

std::vector<LeadSignals> leads_of_further_papers(const LeadSignals& signals) {
  const bool is_usual = is_in_usual_order(signals);
  const std::vector<std::size_t> drawn = leads_of_usual_order(signals);
  std::vector<LeadSignals> papers;
  for (std::size_t l = is_usual ? 0 : most_rows; l < signals.num_leads(); ++l) {
    if (is_usual && std::ranges::find(drawn, l) != drawn.end()) {
      continue;
    }
    if (papers.empty() || papers.back().num_leads() == most_rows) {
      papers.push_back({signals.rate_hz, {}, {}, signals.filters, signals.gain_doubt});
    }
    papers.back().names.push_back(signals.names[l]);
    papers.back().mv.push_back(signals.mv[l]);
  }
  return papers;
}

double draw_ecg_paper(const LeadSignals& signals, double from_s, double top_mm, Page& page,
                      const NoSayInScale& no_say) {
  draw_grid(top_mm, page);
  return is_in_usual_order(signals) ? draw_usual_order(signals, from_s, top_mm, page, no_say)
                                    : draw_rows(signals, from_s, top_mm, page, no_say);
}

}  // namespace xingu::ecg
