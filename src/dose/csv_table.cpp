// SPDX-License-Identifier: Apache-2.0
#include "dose/csv_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace xingu {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string> split_cells(std::string_view line) {
  std::vector<std::string> cells;
  for (std::size_t begin = 0;;) {
    const auto end = line.find(',', begin);
    cells.emplace_back(trimmed(line.substr(begin, end - begin)));
    if (end == std::string_view::npos) {
      return cells;
    }
    begin = end + 1;
  }
}

}  // namespace

CsvTable CsvTable::parse(std::string_view text, std::string name) {
  CsvTable table;
  table.name_ = std::move(name);
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.front() == '#') {
      continue;
    }
    std::vector<std::string> cells = split_cells(line);
    if (table.names_.empty()) {
      table.names_ = std::move(cells);
      continue;
    }
    XINGU_REQUIRE(cells.size() == table.names_.size(),
                  "{}:{}: {} cells under {} columns (the line cannot be read); give one value for each column",
                  table.name_, number, cells.size(), table.names_.size());
    std::ranges::move(cells, std::back_inserter(table.cells_));
    table.lines_.push_back(number);
  }
  XINGU_REQUIRE(!table.names_.empty(),
                "{}: no header line (there is no table in it); name the columns in the first line", table.name_);
  return table;
}

CsvTable CsvTable::read(const std::filesystem::path& path) {
  return parse(read_file(path, 64ULL << 20), path.string());
}

std::size_t CsvTable::column(std::string_view name) const {
  const auto it = std::ranges::find(names_, name);
  XINGU_REQUIRE(it != names_.end(), "{}: no column '{}' (its figures are needed); the columns are {}", name_, name,
                fmt::join(names_, ", "));
  return static_cast<std::size_t>(it - names_.begin());
}

double CsvTable::number(std::size_t row, std::size_t column) const {
  std::string_view cell = text(row, column);
  if (cell.starts_with('+')) {
    cell.remove_prefix(1);
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  XINGU_REQUIRE(error == std::errc{} && end == cell.data() + cell.size() && std::isfinite(value),
                "{}:{}: {} is '{}' (not a finite number); correct the cell", name_, lines_[row], names_[column],
                printable(cell, 40));
  return value;
}

std::vector<double> CsvTable::numbers(std::string_view name) const {
  const std::size_t c = column(name);
  std::vector<double> result(num_rows());
  for (std::size_t row = 0; row < result.size(); ++row) {
    result[row] = number(row, c);
  }
  return result;
}

}  // namespace xingu
