// SPDX-License-Identifier: Apache-2.0
#include "console/content.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/test_paths.h"

namespace xingu::console {
namespace {

TEST(Content, serves_the_built_page_and_nothing_beside_it) {
  const xingu::test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "dist" / "assets");
  std::ofstream(folder.path() / "secret.txt") << "secret";
  std::ofstream(folder.path() / "dist" / "index.html") << "<p>page</p>";
  std::ofstream(folder.path() / "dist" / "assets" / "main.js") << "run()";
  Content content;
  content.add_page(folder.path() / "dist");
  ASSERT_NE(content.find("/"), nullptr);
  EXPECT_EQ(*content.find("/")->bytes, "<p>page</p>");
  ASSERT_NE(content.find("/assets/main.js"), nullptr);
  EXPECT_EQ(content.find("/assets/main.js")->type, "text/javascript; charset=utf-8");
  EXPECT_TRUE(content.find("/assets/main.js")->is_open);
  for (const char* path : {"/secret.txt", "/../secret.txt", "/assets/../../secret.txt", "", "assets/main.js", "//"}) {
    EXPECT_EQ(content.find(path), nullptr) << path;
  }
}

TEST(Content, says_how_the_page_is_built_where_there_is_none) {
  const xingu::test::TemporaryFolder folder;
  Content content;
  content.add_page(folder.path());
  ASSERT_NE(content.find("/"), nullptr);
  EXPECT_NE(content.find("/")->bytes->find("npm run build"), std::string::npos);
}

TEST(Content, keeps_documents_behind_a_token) {
  Content content;
  content.add("/api/plan", "application/json", "{}");
  ASSERT_NE(content.find("/api/plan"), nullptr);
  EXPECT_FALSE(content.find("/api/plan")->is_open);
  EXPECT_EQ(content.size(), 1U);
}

}  // namespace
}  // namespace xingu::console
