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

TEST(Page, becomes_the_same_pdf_every_time) {
  const std::string pdf = pages_pdf({small_page(), small_page()});
  EXPECT_TRUE(pdf.starts_with("%PDF-"));
  EXPECT_THAT(pdf, HasSubstr("/Count 2"));
  EXPECT_TRUE(pdf == pages_pdf({small_page(), small_page()}));
}

}  // namespace
}  // namespace xingu::ecg
