// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace xingu::ecg {
namespace {

using testing::HasSubstr;

Page small_page() {
  Page page{100, 50, {}, {}};
  page.strokes.push_back({{{10, 20}, {35, 20}}, 0.25, 0xff0000});
  page.texts.push_back({{10, 10}, 4.0, "心电图 < 1 mV", true});
  return page;
}

TEST(Page, becomes_an_svg_of_its_true_size) {
  const std::string svg = page_svg(small_page());
  EXPECT_THAT(svg, HasSubstr("width=\"100mm\" height=\"50mm\" viewBox=\"0 0 100 50\""));
  EXPECT_THAT(svg, HasSubstr("points=\"10.00,20.00 35.00,20.00 \""));
  EXPECT_THAT(svg, HasSubstr("心电图 &lt; 1 mV"));
}

TEST(Page, breaks_and_cuts_text_by_its_printed_width) {
  const std::string text = "Ventricular extrasystoles in every second beat of the recording";
  const auto lines = lines_within(text, 40.0, 3.0);
  ASSERT_GT(lines.size(), 2U);
  std::string joined;
  for (const std::string& line : lines) {
    EXPECT_LE(text_width_mm(line, 3.0), 40.0) << line;
    joined += (joined.empty() ? "" : " ") + line;
  }
  EXPECT_EQ(joined, text);
  for (const std::string& line : lines_within(std::string(100, 'x') + "心电图说明了什么", 20.0, 3.0)) {
    EXPECT_LE(text_width_mm(line, 3.0), 20.0) << line;
    EXPECT_FALSE(line.empty());
  }
  EXPECT_LE(text_width_mm(cut_to_width(text, 30.0, 3.0, true), 3.0, true), 30.0);
  EXPECT_THAT(cut_to_width(text, 30.0, 3.0), testing::EndsWith(" …"));
  EXPECT_EQ(cut_to_width(text, 300.0, 3.0), text);
}

TEST(Page, cuts_no_number_in_two) {
  const std::string text = "P axis -98.25 degrees";
  for (double width_mm = 10.0; width_mm < 40.0; width_mm += 0.25) {
    const std::string cut = cut_to_width(text, width_mm, 3.0);
    EXPECT_TRUE(cut == text || cut.find("-9") == std::string::npos || cut.find("-98.25 …") != std::string::npos ||
                cut.find("-98.25 d") != std::string::npos)
        << cut;
  }
}

TEST(Page, draws_a_halo_of_paper_behind_letters_on_a_line) {
  Page page = small_page();
  EXPECT_THAT(page_svg(page), testing::Not(HasSubstr("paint-order")));
  page.texts[0].halo_mm = 0.5;
  EXPECT_THAT(page_svg(page), HasSubstr("stroke=\"#fff\" stroke-width=\"1\" paint-order=\"stroke\""));
  EXPECT_FALSE(pages_pdf({page}) == pages_pdf({small_page()}));
}

TEST(Page, becomes_the_same_pdf_every_time) {
  const std::string pdf = pages_pdf({small_page(), small_page()});
  EXPECT_TRUE(pdf.starts_with("%PDF-"));
  EXPECT_THAT(pdf, HasSubstr("/Count 2"));
  EXPECT_TRUE(pdf == pages_pdf({small_page(), small_page()}));
}

}  // namespace
}  // namespace xingu::ecg
