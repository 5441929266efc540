// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xingu {

/// One table of a TOML file that a person wrote. Reads are typed, errors name file, line and key, and a key that nobody
/// read is an error with the nearest valid name (finish()). Cheap to copy; tables share their file.
///
///     TomlTable file = TomlTable::read("machine.toml");
///     const double sad = file.table("beam").number("sad_mm", 800.0);
///     file.finish();
class TomlTable {
 public:
  /// @throws InputError if the file is missing, larger than 4 MiB or not TOML.
  [[nodiscard]] static TomlTable read(const std::filesystem::path& path);
  [[nodiscard]] static TomlTable parse(std::string_view text, const std::string& name);

  [[nodiscard]] bool has(std::string_view key) const;
  /// Required values: @throws InputError if the key is absent or of another type. Integers are accepted as numbers.
  [[nodiscard]] double number(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key) const;
  [[nodiscard]] std::vector<double> numbers(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  /// Values with a default.
  [[nodiscard]] double number(std::string_view key, double fallback) const;
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t fallback) const;
  [[nodiscard]] std::string text(std::string_view key, std::string_view fallback) const;
  [[nodiscard]] bool flag(std::string_view key, bool fallback) const;
  /// Sub-table, array of tables (empty if absent), and the keys of this table in file order.
  [[nodiscard]] TomlTable table(std::string_view key) const;
  [[nodiscard]] std::optional<TomlTable> optional_table(std::string_view key) const;
  [[nodiscard]] std::vector<TomlTable> tables(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> keys() const;

  /// Throws the caller's complaint with file, line and key in front: fail("dose_Gy", "is negative; give …").
  [[noreturn]] void fail(std::string_view key, std::string_view complaint) const;
  /// A key of this table that nobody has read and that is spelled much like this one; empty if there is none.
  [[nodiscard]] std::string unread_key_like(std::string_view key) const;
  /// fail() for a key that is not there: asks whether unread_key_like was meant, or gives the advice.
  [[noreturn]] void fail_missing(std::string_view key, std::string_view advice) const;
  /// @throws InputError if any key of this table or of a table below was never asked for. Call on the file's root.
  void finish() const;
  /// "file.toml: [table]" for messages.
  [[nodiscard]] std::string where() const;

 private:
  struct Impl;
  explicit TomlTable(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace xingu
