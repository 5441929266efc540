// SPDX-License-Identifier: Apache-2.0
#include "base/toml_file.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

constexpr const char* machine = R"(name = "ring"
sad_mm = 800
spot_mm = [1.5, 2]
is_flat = false
[beam]
energy_MV = 6.5
[[leaf]]
width_mm = 5
[[leaf]]
width_mm = 10
)";

TEST(TomlTable, reads_each_kind_of_value) {
  const TomlTable file = TomlTable::parse(machine, "m.toml");
  EXPECT_EQ(file.text("name"), "ring");
  EXPECT_EQ(file.number("sad_mm"), 800.0);
  EXPECT_EQ(file.integer("sad_mm"), 800);
  EXPECT_THAT(file.numbers("spot_mm"), ElementsAre(1.5, 2.0));
  EXPECT_FALSE(file.flag("is_flat"));
  EXPECT_EQ(file.table("beam").number("energy_MV"), 6.5);
  const auto leaves = file.tables("leaf");
  ASSERT_EQ(leaves.size(), 2U);
  EXPECT_EQ(leaves[1].integer("width_mm"), 10);
  EXPECT_EQ(leaves[0].integer("width_mm"), 5);
  EXPECT_NO_THROW(file.finish());
}

TEST(TomlTable, takes_the_fallback_only_when_the_key_is_absent) {
  const TomlTable file = TomlTable::parse("a = 1\nt = 'x'\nf = true\n", "m.toml");
  EXPECT_EQ(file.number("a", 5.0), 1.0);
  EXPECT_EQ(file.number("b", 5.0), 5.0);
  EXPECT_EQ(file.integer("c", 7), 7);
  EXPECT_EQ(file.text("t", "y"), "x");
  EXPECT_EQ(file.text("u", "y"), "y");
  EXPECT_TRUE(file.flag("f", false));
  EXPECT_TRUE(file.flag("g", true));
  EXPECT_FALSE(file.optional_table("h").has_value());
  EXPECT_THAT(file.tables("i"), IsEmpty());
  EXPECT_THROW((void)file.text("a", "y"), InputError);
}

TEST(TomlTable, reads_one_text_as_a_list_of_one) {
  const TomlTable file = TomlTable::parse("one = 'Heart'\nmany = ['Heart', 'Lung_L']\n", "m.toml");
  EXPECT_THAT(file.texts("one"), ElementsAre("Heart"));
  EXPECT_THAT(file.texts("many"), ElementsAre("Heart", "Lung_L"));
}

TEST(TomlTable, gives_keys_in_the_order_of_the_file) {
  EXPECT_THAT(TomlTable::parse("z = 1\na = 2\nm = 3\n", "m.toml").keys(), ElementsAre("z", "a", "m"));
}

TEST(TomlTable, names_file_line_and_key_of_a_wrong_value) {
  const TomlTable file = TomlTable::parse(machine, "m.toml");
  EXPECT_THAT([&] { (void)file.number("name"); },
              ThrowsMessage<InputError>("m.toml:1: name is not a number; write for example 2.5"));
  EXPECT_THAT([&] { (void)file.table("beam").integer("energy_MV"); },
              ThrowsMessage<InputError>("m.toml:6: beam.energy_MV is not a whole number; write for example 5"));
  EXPECT_THAT([&] { (void)file.table("beam").number("spectrum"); },
              ThrowsMessage<InputError>("m.toml:5: beam.spectrum is missing; add it as a number"));
  EXPECT_THAT([&] { file.tables("leaf")[1].fail("width_mm", "is odd; give an even one"); },
              ThrowsMessage<InputError>("m.toml:10: leaf.width_mm is odd; give an even one"));
}

TEST(TomlTable, refuses_numbers_that_are_not_finite) {
  const TomlTable file = TomlTable::parse("a = inf\nb = nan\nc = [1.0, nan]\nd = ['x']\n", "m.toml");
  EXPECT_THROW((void)file.number("a"), InputError);
  EXPECT_THROW((void)file.number("b"), InputError);
  EXPECT_THROW((void)file.numbers("c"), InputError);
  EXPECT_THROW((void)file.numbers("d"), InputError);
}

TEST(TomlTable, refuses_a_value_where_a_table_belongs) {
  const TomlTable file = TomlTable::parse("beam = 1\nleaf = [1, 2]\n", "m.toml");
  EXPECT_THAT([&] { (void)file.table("beam"); }, ThrowsMessage<InputError>(HasSubstr("write it as [table]")));
  EXPECT_THAT([&] { (void)file.tables("leaf"); }, ThrowsMessage<InputError>(HasSubstr("write each as [[leaf]]")));
  EXPECT_THAT([&] { (void)file.table("mlc"); }, ThrowsMessage<InputError>(HasSubstr("mlc is missing; add the table")));
}

TEST(TomlTable, offers_the_nearest_name_for_a_key_that_nobody_reads) {
  const TomlTable file = TomlTable::parse("[beam]\nsadd_mm = 800\n", "m.toml");
  (void)file.table("beam").number("sad_mm", 1000.0);
  EXPECT_THAT([&] { file.finish(); },
              ThrowsMessage<InputError>(
                  "m.toml:2: the key 'sadd_mm' is not known here (it would be ignored); did you mean 'sad_mm'?"));
}

TEST(TomlTable, asks_whether_a_key_like_it_was_meant_where_one_is_missing) {
  const TomlTable file = TomlTable::parse("[goal]\nat_most = 1\npriorty = 2\nnames = ['a']\n", "m.toml");
  const TomlTable goal = file.table("goal");
  EXPECT_THAT([&] { (void)goal.integer("priority"); },
              ThrowsMessage<InputError>("m.toml:3: goal.priority is missing; is it meant by 'priorty'?"));
  EXPECT_THAT([&] { (void)goal.number("dose_Gy"); },
              ThrowsMessage<InputError>("m.toml:1: goal.dose_Gy is missing; add it as a number"));
  (void)goal.texts("names");
  EXPECT_THAT([&] { (void)goal.text("name"); },
              ThrowsMessage<InputError>("m.toml:1: goal.name is missing; add it as text in quotes"))
      << "'names' was asked for by its own name";
}

TEST(TomlTable, says_so_when_no_name_is_near) {
  const TomlTable file = TomlTable::parse("sad_mm = 800\n\n[colours]\nred = 1\n", "m.toml");
  (void)file.number("sad_mm");
  EXPECT_THAT(
      [&] { file.finish(); },
      ThrowsMessage<InputError>("m.toml:3: the key 'colours' is not known here (it would be ignored); remove it"));
}

TEST(TomlTable, finds_an_unread_key_in_any_table_of_an_array) {
  const TomlTable file = TomlTable::parse("[[goal]]\nmax_Gy = 1\n[[goal]]\nmax_Gy = 2\nmin = 3\n", "m.toml");
  for (const TomlTable& goal : file.tables("goal")) {
    (void)goal.number("max_Gy");
  }
  EXPECT_THAT([&] { file.finish(); }, ThrowsMessage<InputError>(HasSubstr("m.toml:5: the key 'min'")));
}

TEST(TomlTable, names_the_line_of_text_that_is_no_toml) {
  EXPECT_THAT([] { (void)TomlTable::parse("a = 1\nb = = 2\n", "m.toml"); },
              ThrowsMessage<InputError>(HasSubstr("m.toml:2: not valid TOML (")));
}

TEST(TomlTable, reads_from_a_file_and_names_it) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "plan.toml";
  write_file(path, "[goal]\na = 1\n");
  const TomlTable file = TomlTable::read(path);
  EXPECT_EQ(file.where(), path.string());
  EXPECT_EQ(file.table("goal").where(), path.string() + ": [goal]");
  EXPECT_THROW((void)TomlTable::read(folder.path() / "absent.toml"), InputError);
}

}  // namespace
}  // namespace xingu
