// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace xingu {

/// A comma-separated table with one header line, as data files carry figures. Lines that begin with '#' are comments;
/// cells are trimmed; no quoting. Errors name file, line and column.
class CsvTable {
 public:
  /// @throws InputError if the file is missing, larger than 64 MiB, has no header, or a line of another width.
  [[nodiscard]] static CsvTable read(const std::filesystem::path& path);
  [[nodiscard]] static CsvTable parse(std::string_view text, std::string name);

  [[nodiscard]] std::size_t num_rows() const { return lines_.size(); }
  /// @throws InputError naming the columns there are.
  [[nodiscard]] std::size_t column(std::string_view name) const;
  [[nodiscard]] const std::string& text(std::size_t row, std::size_t column) const {
    return cells_[row * names_.size() + column];
  }
  /// @throws InputError if the cell is not a finite number.
  [[nodiscard]] double number(std::size_t row, std::size_t column) const;
  /// All numbers of a column.
  [[nodiscard]] std::vector<double> numbers(std::string_view name) const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::vector<std::string> names_;
  std::vector<std::string> cells_;  ///< [row, column]
  std::vector<int> lines_;          ///< line number in the file, per row
};

}  // namespace xingu
