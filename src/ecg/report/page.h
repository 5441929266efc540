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
};

/// A sheet of paper in millimetres, so that 25 mm/s is 25 mm/s in print. Plain data; page_svg() and pages_pdf() draw
/// it.
struct Page {
  double width_mm = 297.0;
  double height_mm = 210.0;
  std::vector<PageStroke> strokes;  ///< drawn in order, texts above them
  std::vector<PageText> texts;
};

/// The page as an SVG element of its true size. Coordinates are given to 10 µm.
[[nodiscard]] std::string page_svg(const Page& page);

/// The pages as a PDF of their true sizes, with the letters that are used embedded. The same pages give the same bytes.
/// @throws EnvironmentError if the drawing library fails.
[[nodiscard]] std::string pages_pdf(const std::vector<Page>& pages);

}  // namespace xingu::ecg
