// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace xingu::ecg {

struct PagePoint {
  double x_mm = 0.0;  ///< from the left
  double y_mm = 0.0;  ///< from the top
};

/// A line through points.
struct PageStroke {
  std::vector<PagePoint> points;
  double width_mm = 0.2;
  std::uint32_t colour = 0x000000;  ///< 0xRRGGBB
};

/// One line of text that begins at a point of its baseline.
struct PageText {
  PagePoint at;
  double size_mm = 3.0;  ///< height of the font
  std::string text;      ///< UTF-8
  bool is_bold = false;
  double halo_mm = 0.0;  ///< of paper around the letters, so that they can be read on a line
};

/// A sheet of paper in millimetres, so that 25 mm/s is 25 mm/s in print. Plain data; page_svg() and pages_pdf() draw
/// it.
struct Page {
  double width_mm = 297.0;
  double height_mm = 210.0;
  std::vector<PageStroke> strokes;  ///< drawn in order, texts above them
  std::vector<PageText> texts;
};

enum class PaperSize { a4, letter };

/// The page, drawn for A4 lengthwise, on another sheet: everything keeps its size and is moved so that its middle stays
/// in the middle. US letter is narrower by 17.6 mm, of which the margins of 16 mm give half each.
[[nodiscard]] Page on_paper(Page page, PaperSize paper);

/// How wide a text is printed. Cost O(letters).
[[nodiscard]] double text_width_mm(const std::string& text, double size_mm, bool is_bold = false);

/// Text broken into lines of at most this width; Chinese may break anywhere, other text between words, a longer word
/// within. At least one line.
[[nodiscard]] std::vector<std::string> lines_within(const std::string& text, double width_mm, double size_mm,
                                                    bool is_bold = false);

/// The text, or as many of its letters as this width holds with " …" behind them.
[[nodiscard]] std::string cut_to_width(const std::string& text, double width_mm, double size_mm, bool is_bold = false);

/// The page as an SVG element of its true size. Coordinates are given to 10 µm.
[[nodiscard]] std::string page_svg(const Page& page);

/// The pages as a PDF of their true sizes, with the letters that are used embedded. The same pages give the same bytes.
/// @throws EnvironmentError if the drawing library fails.
[[nodiscard]] std::string pages_pdf(const std::vector<Page>& pages);

}  // namespace xingu::ecg
