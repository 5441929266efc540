// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/error.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::ptrdiff_t num_files(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

TEST(WriteFile, round_trips_any_bytes) {
  const test::TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 1024; ++i) {
    content.push_back(static_cast<char>(i));
  }
  write_file(folder.path() / "bytes", content);
  EXPECT_EQ(read_file(folder.path() / "bytes"), content);
  write_file(folder.path() / "bytes", "");
  EXPECT_EQ(read_file(folder.path() / "bytes"), "");
  EXPECT_EQ(num_files(folder.path()), 1);
}

TEST(WriteFile, never_shows_a_reader_half_a_file) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "plan.json";
  const std::string a(200'000, 'a');
  const std::string b(300'000, 'b');
  write_file(path, a);
  std::atomic<bool> is_done{false};
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i) {
      write_file(path, i % 2 == 0 ? b : a);
    }
    is_done = true;
  });
  int num_broken = 0;
  while (!is_done) {
    std::ifstream in(path, std::ios::binary);
    const std::string seen{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    num_broken += seen != a && seen != b ? 1 : 0;
  }
  writer.join();
  EXPECT_EQ(num_broken, 0);
}

TEST(WriteFilesTogether, puts_all_in_place_and_takes_away_what_must_go) {
  const test::TemporaryFolder folder;
  const fs::path one = folder.path() / "one", two = folder.path() / "two", old = folder.path() / "old";
  write_file(one, "before");
  write_file(old, "before");
  write_files_together({{one, "1"}, {two, "2"}}, {old, folder.path() / "absent"});
  EXPECT_EQ(read_file(one), "1");
  EXPECT_EQ(read_file(two), "2");
  EXPECT_EQ(num_files(folder.path()), 2);
}

TEST(WriteFilesTogether, changes_nothing_where_one_cannot_be_put_in_place_or_taken_away) {
  const test::TemporaryFolder folder;
  const fs::path one = folder.path() / "one", two = folder.path() / "two", old = folder.path() / "old";
  write_file(one, "before");
  write_file(old, "before");
  fs::create_directories(two / "in the way");
  const auto is_refused = [&](const std::vector<FileContent>& files, const std::vector<fs::path>& gone) {
    EXPECT_THAT([&] { write_files_together(files, gone); }, ThrowsMessage<EnvironmentError>(HasSubstr("two")));
    EXPECT_EQ(read_file(one), "before");
    EXPECT_EQ(read_file(old), "before");
    EXPECT_EQ(num_files(folder.path()), 3);
  };
  is_refused({{one, "1"}, {two, "2"}}, {old});
  is_refused({{two, "2"}, {one, "1"}}, {old});
  is_refused({{one, "1"}}, {old, two});
  is_refused({{one, "1"}}, {two, old});
  is_refused({{one, "1"}, {two / "in the way" / "too" / "two", "2"}}, {old});
}

TEST(WriteFile, keeps_the_old_file_when_the_writer_fails) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "dose.h5";
  write_file(path, "old");
  const auto write_and_fail = [&] {
    write_file_with(path, [](const fs::path& temporary) {
      std::ofstream(temporary) << "half";
      throw std::runtime_error("no");
    });
  };
  EXPECT_THROW(write_and_fail(), std::runtime_error);
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(num_files(folder.path()), 1);
}

TEST(WriteFile, blames_the_environment_when_the_folder_is_missing) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "absent" / "plan.json";
  EXPECT_THAT([&] { write_file(path, "x"); },
              ThrowsMessage<EnvironmentError>(AllOf(HasSubstr(path.string()), HasSubstr("check the folder"))));
  EXPECT_THAT([&] { write_file_with(folder.path() / "nothing", [](const fs::path&) {}); },
              ThrowsMessage<EnvironmentError>(HasSubstr("could not be written")));
}

TEST(ReadFile, refuses_what_is_absent_a_folder_or_too_large) {
  const test::TemporaryFolder folder;
  EXPECT_THAT([&] { (void)read_file(folder.path() / "absent"); },
              ThrowsMessage<InputError>(HasSubstr("absent: no such file; check the path")));
  EXPECT_THROW((void)read_file(folder.path()), InputError);
  write_file(folder.path() / "large", std::string(100, 'x'));
  EXPECT_THAT([&] { (void)read_file(folder.path() / "large", 99); },
              ThrowsMessage<InputError>(HasSubstr("100 bytes are more than this kind of file may have (99)")));
  EXPECT_EQ(read_file(folder.path() / "large", 100).size(), 100U);
}

TEST(HashText, gives_the_published_fnv_1a_values) {
  EXPECT_EQ(hash_text(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(hash_text("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(hash_text("foobar"), 0x85944171f73967e8ULL);
}

TEST(HashText, goes_on_from_a_start) { EXPECT_EQ(hash_text("bar", hash_text("foo")), hash_text("foobar")); }

TEST(FindShipped, prefers_the_path_as_given_then_the_variable) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder.path() / "machines");
  write_file(folder.path() / "machines" / "mine.toml", "x");
  EXPECT_EQ(find_shipped(folder.path() / "machines" / "mine.toml"), folder.path() / "machines" / "mine.toml");
  setenv("XINGU_DATA", folder.path().c_str(), 1);
  EXPECT_EQ(find_shipped("machines/mine.toml"), folder.path() / "machines" / "mine.toml");
  const std::vector<fs::path> places = find_all_shipped("machines");
  EXPECT_THAT(places, testing::Contains(folder.path() / "machines"));
  EXPECT_EQ(std::ranges::count_if(places,
                                  [](const fs::path& p) { return fs::equivalent(p, test::source_dir() / "machines"); }),
            1);
  unsetenv("XINGU_DATA");
}

TEST(FindShipped, prefers_the_variable_to_the_working_folder_unless_the_file_is_named_by_its_place) {
  const test::TemporaryFolder folder;
  const test::TemporaryFolder chosen;
  for (const fs::path& root : {folder.path(), chosen.path()}) {
    fs::create_directories(root / "data");
    write_file(root / "data" / "both.toml", root.string());
  }
  write_file(folder.path() / "data" / "here.toml", "x");
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  setenv("XINGU_DATA", chosen.path().c_str(), 1);
  testing::internal::CaptureStderr();
  const fs::path both = find_shipped("data/both.toml");
  const fs::path again = find_shipped("data/both.toml");
  const std::string told = testing::internal::GetCapturedStderr();
  const fs::path by_place = find_shipped("./data/both.toml");
  const fs::path here = find_shipped("data/here.toml");
  const fs::path first = find_all_shipped("data/both.toml").front();
  unsetenv("XINGU_DATA");
  const fs::path without = find_shipped("data/both.toml");
  fs::current_path(before);
  EXPECT_EQ(both, chosen.path() / "data" / "both.toml");
  EXPECT_EQ(again, both);
  EXPECT_EQ(first, both);
  EXPECT_EQ(by_place, "./data/both.toml");
  EXPECT_EQ(here, "data/here.toml");
  EXPECT_EQ(without, "data/both.toml");
  const std::string words = "data/both.toml: taken from XINGU_DATA";
  const std::size_t at = told.find(words);
  ASSERT_NE(at, std::string::npos) << told;
  EXPECT_EQ(told.find(words, at + 1), std::string::npos) << "said once: " << told;
}

TEST(FindShipped, warns_once_where_the_working_folder_stands_in_for_what_is_shipped) {
  const test::TemporaryFolder folder;
  const test::TemporaryFolder shipped;
  for (const fs::path& root : {folder.path(), shipped.path()}) {
    fs::create_directories(root / "data");
    write_file(root / "data" / "shadow.toml", root.string());
  }
  add_shipped_root(shipped.path());
  const fs::path before = fs::current_path();
  const auto told = [&](const fs::path& place, const fs::path& wanted) {
    fs::current_path(place);
    testing::internal::CaptureStderr();
    static_cast<void>(find_shipped(wanted));
    fs::current_path(before);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(told(shipped.path(), "data/shadow.toml"), "");
  EXPECT_EQ(told(folder.path(), "./data/shadow.toml"), "") << "named by its place";
  EXPECT_THAT(told(folder.path(), "data/shadow.toml"), testing::HasSubstr("data/shadow.toml: taken from the working"));
  EXPECT_EQ(told(folder.path(), "data/shadow.toml"), "") << "said once";
}

TEST(FindShipped, finds_what_the_source_tree_ships) {
  EXPECT_TRUE(fs::equivalent(find_shipped("cmake/layers.txt"), test::source_dir() / "cmake/layers.txt"));
}

TEST(FindShipped, names_the_places_it_searched) {
  EXPECT_THAT([] { (void)find_shipped("protocols/absent.toml"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("protocols/absent.toml: no such file"),
                                              HasSubstr(test::source_dir().string()), HasSubstr("XINGU_DATA"))));
}

}  // namespace
}  // namespace xingu
