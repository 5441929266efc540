// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xingu {

enum class Align { left, right };

/// A table on the terminal: columns as wide as their widest cell, two blanks between them, indented by two. Widths
/// count UTF-8 code points.
class TextTable {
 public:
  struct Column {
    std::string heading;
    Align align;
  };
  explicit TextTable(std::vector<Column> columns);
  /// One cell a column.
  void add(std::vector<std::string> row);
  /// The table with its heading; every line ends in a newline, none in blanks.
  [[nodiscard]] std::string text() const;
  void print() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace xingu
