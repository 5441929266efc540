// SPDX-License-Identifier: Apache-2.0
#include "base/xml_text.h"

#include <gtest/gtest.h>

namespace xingu {
namespace {

TEST(XmlEscaped, leaves_no_mark_up_and_no_control_character) {
  EXPECT_EQ(xml_escaped("<a b=\"c\">'d' & e</a>"), "&lt;a b=&quot;c&quot;&gt;&#39;d&#39; &amp; e&lt;/a&gt;");
  EXPECT_EQ(xml_escaped(std::string("a\0b\n\x7f\x1f", 6)), "a b   ");
  EXPECT_EQ(xml_escaped("心谷 90°"), "心谷 90°");
}

}  // namespace
}  // namespace xingu
