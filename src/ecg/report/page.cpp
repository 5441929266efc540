// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/page.h"

#include <cairo/cairo-pdf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "base/xml_text.h"

namespace xingu::ecg {
namespace {

// has Latin and Chinese letters in one face; the others stand in where it is not installed
constexpr const char* font_family = "WenQuanYi Micro Hei";
constexpr const char* svg_fonts = "WenQuanYi Micro Hei,Noto Sans CJK SC,PingFang SC,Microsoft YaHei,sans-serif";
constexpr double points_per_mm = 72.0 / 25.4;

cairo_status_t append(void* text, const unsigned char* data, unsigned length) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

struct SurfaceDeleter {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct ContextDeleter {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};

void set_colour(cairo_t* context, std::uint32_t colour) {
  cairo_set_source_rgb(context, (colour >> 16 & 0xff) / 255.0, (colour >> 8 & 0xff) / 255.0, (colour & 0xff) / 255.0);
}

using Strokes = std::vector<PageStroke>::const_iterator;

/// Draws the first stroke and those after it that have its colour and width in one go: the paper's lines are hundreds.
/// @return the first stroke that is left
Strokes draw_alike(cairo_t* context, Strokes first, Strokes end) {
  set_colour(context, first->colour);
  cairo_set_line_width(context, first->width_mm * points_per_mm);
  Strokes stroke = first;
  for (; stroke != end && stroke->colour == first->colour && stroke->width_mm == first->width_mm; ++stroke) {
    cairo_new_sub_path(context);
    for (const PagePoint& point : stroke->points) {
      cairo_line_to(context, point.x_mm * points_per_mm, point.y_mm * points_per_mm);
    }
  }
  cairo_stroke(context);
  return stroke;
}

/// A length in hundredths of a millimetre, as "12.05 " with the letter behind it. A page has tens of thousands of them.
void append_mm(std::string& out, double mm, char behind) {
  const long hundredths = std::lround(100.0 * mm);
  std::array<char, 24> text{};
  char* at = text.data();
  if (hundredths < 0) {
    *at++ = '-';
  }
  const long size = std::abs(hundredths);
  at = std::to_chars(at, text.data() + text.size(), size / 100).ptr;
  *at++ = '.';
  *at++ = static_cast<char>('0' + size / 10 % 10);
  *at++ = static_cast<char>('0' + size % 10);
  *at++ = behind;
  out.append(text.data(), at);
}

void select_font(cairo_t* context, double size_mm, bool is_bold) {
  cairo_select_font_face(context, font_family, CAIRO_FONT_SLANT_NORMAL,
                         is_bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context, size_mm * points_per_mm);
}

void draw_text(cairo_t* context, const PageText& text) {
  select_font(context, text.size_mm, text.is_bold);
  const auto move_to_start = [&] {
    cairo_move_to(context, text.at.x_mm * points_per_mm, text.at.y_mm * points_per_mm);
  };
  if (text.halo_mm > 0.0) {
    move_to_start();
    set_colour(context, 0xffffff);
    cairo_set_line_width(context, 2 * text.halo_mm * points_per_mm);
    cairo_text_path(context, text.text.c_str());
    cairo_stroke(context);
    set_colour(context, 0x000000);
  }
  move_to_start();
  cairo_show_text(context, text.text.c_str());
}

/// Measures texts of one font.
class Ruler {
 public:
  Ruler(double size_mm, bool is_bold)
      : surface_(cairo_recording_surface_create(CAIRO_CONTENT_COLOR, nullptr)), context_(cairo_create(surface_.get())) {
    select_font(context_.get(), size_mm, is_bold);
  }
  [[nodiscard]] double width_points(const std::string& text) const {
    cairo_text_extents_t extents{};
    cairo_text_extents(context_.get(), text.c_str(), &extents);
    return extents.x_advance;
  }

 private:
  std::unique_ptr<cairo_surface_t, SurfaceDeleter> surface_;
  std::unique_ptr<cairo_t, ContextDeleter> context_;
};

/// Bytes of the letter that begins at i, so that none is torn.
std::size_t letter_size(const std::string& text, std::size_t i) {
  std::size_t length = 1;
  while (i + length < text.size() && (static_cast<unsigned char>(text[i + length]) & 0xc0U) == 0x80U) {
    ++length;
  }
  return length;
}

void draw(cairo_t* context, const Page& page) {
  cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND);
  for (auto stroke = page.strokes.begin(); stroke != page.strokes.end();) {
    stroke = draw_alike(context, stroke, page.strokes.end());
  }
  set_colour(context, 0x000000);
  for (const PageText& text : page.texts) {
    draw_text(context, text);
  }
}

}  // namespace

Page on_paper(Page page, PaperSize paper) {
  const double width_mm = paper == PaperSize::letter ? 279.4 : 297.0;
  const double height_mm = paper == PaperSize::letter ? 215.9 : 210.0;
  const double right_mm = (width_mm - page.width_mm) / 2.0;
  const double down_mm = (height_mm - page.height_mm) / 2.0;
  const auto move = [&](PagePoint& point) { point = {point.x_mm + right_mm, point.y_mm + down_mm}; };
  for (PageStroke& stroke : page.strokes) {
    std::ranges::for_each(stroke.points, move);
  }
  for (PageText& text : page.texts) {
    move(text.at);
  }
  page.width_mm = width_mm;
  page.height_mm = height_mm;
  return page;
}

double text_width_mm(const std::string& text, double size_mm, bool is_bold) {
  // at one size and scaled, so that the width is in proportion to it; each thread has its own drawing to measure on
  constexpr double measured_mm = 100.0;
  thread_local const Ruler plain(measured_mm, false);
  thread_local const Ruler bold(measured_mm, true);
  return (is_bold ? bold : plain).width_points(text) / points_per_mm * size_mm / measured_mm;
}

std::vector<std::string> lines_within(const std::string& text, double width_mm, double size_mm, bool is_bold) {
  std::vector<std::string> lines(1);
  std::size_t last_blank = std::string::npos;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = letter_size(text, i);
    std::string& line = lines.back();
    if (text[i] == ' ') {
      last_blank = line.size();
    } else if (!line.empty() && text_width_mm(line + text.substr(i, length), size_mm, is_bold) > width_mm) {
      const std::string rest = last_blank == std::string::npos ? std::string{} : line.substr(last_blank + 1);
      line.resize(std::min(last_blank, line.size()));
      lines.push_back(rest);
      last_blank = std::string::npos;
    }
    lines.back() += text.substr(i, length);
    i += length;
  }
  return lines;
}

std::string cut_to_width(const std::string& text, double width_mm, double size_mm, bool is_bold) {
  if (text_width_mm(text, size_mm, is_bold) <= width_mm) {
    return text;
  }
  std::string kept;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = letter_size(text, i);
    if (text_width_mm(kept + text.substr(i, length) + " …", size_mm, is_bold) > width_mm) {
      break;
    }
    kept += text.substr(i, length);
    i += length;
  }
  const auto is_of_number = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  if (!kept.empty() && is_of_number(kept.back()) && is_of_number(text[kept.size()])) {
    kept.resize(kept.find_last_of(' ') == std::string::npos ? kept.size()
                                                            : kept.find_last_of(' '));  // no part of a number
  }
  return kept.substr(0, kept.find_last_not_of(' ') + 1) + " …";
}

std::string page_svg(const Page& page) {
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}mm\" height=\"{1:g}mm\" viewBox=\"0 0 {0:g} {1:g}\" "
      "font-family=\"{2}\" fill=\"none\" stroke-linejoin=\"round\">\n",
      page.width_mm, page.height_mm, svg_fonts);
  for (const PageStroke& stroke : page.strokes) {
    out += fmt::format("<polyline stroke=\"#{:06x}\" stroke-width=\"{:g}\" points=\"", stroke.colour, stroke.width_mm);
    for (const PagePoint& point : stroke.points) {
      append_mm(out, point.x_mm, ',');
      append_mm(out, point.y_mm, ' ');
    }
    out += "\"/>\n";
  }
  for (const PageText& text : page.texts) {
    const std::string halo =
        text.halo_mm > 0.0
            ? fmt::format(" stroke=\"#fff\" stroke-width=\"{:g}\" paint-order=\"stroke\"", 2 * text.halo_mm)
            : std::string{};
    out += fmt::format("<text x=\"{:.2f}\" y=\"{:.2f}\" font-size=\"{:g}\" fill=\"#000\"{}{}>{}</text>\n", text.at.x_mm,
                       text.at.y_mm, text.size_mm, text.is_bold ? " font-weight=\"bold\"" : "", halo,
                       xml_escaped(text.text));
  }
  return out + "</svg>\n";
}

std::string pages_pdf(const std::vector<Page>& pages) {
  std::string out;
  const std::unique_ptr<cairo_surface_t, SurfaceDeleter> surface(
      cairo_pdf_surface_create_for_stream(append, &out, 595.0, 842.0));
  // the date is the only thing that would differ between two runs
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, "Electrocardiogram");
  for (const Page& page : pages) {
    cairo_pdf_surface_set_size(surface.get(), page.width_mm * points_per_mm, page.height_mm * points_per_mm);
    const std::unique_ptr<cairo_t, ContextDeleter> context(cairo_create(surface.get()));
    draw(context.get(), page);
    cairo_show_page(context.get());
    if (cairo_status(context.get()) != CAIRO_STATUS_SUCCESS) {
      throw EnvironmentError(fmt::format("the report could not be drawn ({}); check that fonts are installed",
                                         cairo_status_to_string(cairo_status(context.get()))));
    }
  }
  cairo_surface_finish(surface.get());
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) {
    throw EnvironmentError("the report could not be made a PDF (cairo gave up); read the HTML instead");
  }
  return out;
}

}  // namespace xingu::ecg
