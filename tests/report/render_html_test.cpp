// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/files.h"
#include "report/plan_report.h"
#include "synthetic_report.h"

namespace xingu {
namespace {

/// The whole page of the synthetic patient; tests only read it.
const test::SyntheticReport& synthetic() {
  static const test::SyntheticReport report;
  return report;
}

TEST(RenderHtml, writes_a_page_to_look_at_when_asked) {
  const char* folder = std::getenv("XINGU_REPORT_OUT");
  if (folder == nullptr) {
    GTEST_SKIP() << "set XINGU_REPORT_OUT to a folder to get report.html and summary.json of the synthetic patient";
  }
  write_file(std::filesystem::path(folder) / "report.html", render_html(synthetic().report));
  write_file(std::filesystem::path(folder) / "summary.json", render_json(synthetic().report));
}

}  // namespace
}  // namespace xingu
