// SPDX-License-Identifier: Apache-2.0
#include "dose/kernel_data.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace xingu {
namespace {

std::vector<double> parse_numbers(std::string_view text, const std::string& where) {
  std::vector<double> result;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view field = text.substr(0, comma);
    while (!field.empty() && field.front() == ' ') {
      field.remove_prefix(1);
    }
    double value = 0.0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    XINGU_REQUIRE(error == std::errc{} && end == field.data() + field.size() && std::isfinite(value),
                  "{}: '{}' is not a number (kernels cannot be read); correct the file", where, field);
    result.push_back(value);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return result;
}

bool is_index(double value, int count) { return value >= 0 && value < count && value == std::floor(value); }

void require_shells(const std::vector<double>& edges, const std::string& where) {
  constexpr std::size_t most_edges = 1001;
  const bool is_ascending =
      std::ranges::adjacent_find(edges, [](double low, double high) { return !(low < high); }) == edges.end();
  XINGU_REQUIRE(edges.size() >= 2 && edges.size() <= most_edges && edges.front() == 0.0 && is_ascending,
                "{}: r_edges_cm does not ascend from 0 in 1 to {} shells (they must fill a sphere); correct the line",
                where, most_edges - 1);
}

}  // namespace

PointKernels PointKernels::read(const std::filesystem::path& path) {
  const std::string content = read_file(path, 64ULL << 20);
  PointKernels kernels;
  constexpr std::string_view edges_key = "# r_edges_cm =";
  std::size_t line_number = 0;
  std::size_t filled = 0;
  std::vector<char> is_filled;  // cells of the present energy
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    const std::string_view line(content.data() + begin, end - begin);
    begin = end + 1;
    const std::string where = fmt::format("{}:{}", path.string(), ++line_number);
    if (line.starts_with(edges_key)) {
      XINGU_REQUIRE(kernels.r_edges_cm.empty(),
                    "{}: r_edges_cm is given twice (rows would not fit the shells); keep the line above the rows",
                    where);
      kernels.r_edges_cm = parse_numbers(line.substr(edges_key.size()), where);
      require_shells(kernels.r_edges_cm, where);
      continue;
    }
    if (line.empty() || line.front() == '#' || line.front() == 'e') {
      continue;
    }
    const auto row = parse_numbers(line, where);
    XINGU_REQUIRE(row.size() == 6 && kernels.r_edges_cm.size() > 1,
                  "{}: a kernel row has 6 columns after a '# r_edges_cm = …' line; correct the file", where);
    if (kernels.energy_MeV.empty() || row[0] != kernels.energy_MeV.back()) {
      XINGU_REQUIRE(row[0] > (kernels.energy_MeV.empty() ? 0.0 : kernels.energy_MeV.back()),
                    "{}: energies do not ascend from above 0; sort the file by energy", where);
      kernels.energy_MeV.push_back(row[0]);
      const auto size = static_cast<std::size_t>(kernels.num_shells() * num_cones);
      kernels.primary.emplace_back(size, 0.0);
      kernels.scatter.emplace_back(size, 0.0);
      is_filled.assign(size, 0);
    }
    const bool is_in_range = is_index(row[1], kernels.num_shells()) && is_index(row[2], num_cones);
    XINGU_REQUIRE(is_in_range && row[3] >= 0 && row[4] >= 0 && row[5] >= 0,
                  "{}: shell, cone or fraction out of range; correct the file", where);
    const auto cell = static_cast<std::size_t>(row[1] * num_cones + row[2]);
    XINGU_REQUIRE(is_filled[cell] == 0, "{}: this cell is given twice; keep one of the rows", where);
    is_filled[cell] = 1;
    kernels.primary.back()[cell] = row[3];
    kernels.scatter.back()[cell] = row[4] + row[5];
    ++filled;
  }
  XINGU_REQUIRE(kernels.energy_MeV.size() >= 2 &&
                    filled == kernels.energy_MeV.size() * static_cast<std::size_t>(kernels.num_shells() * num_cones),
                "{}: kernel cells are missing ({} found); give every shell and cone of at least two energies",
                path.string(), filled);
  for (std::size_t e = 0; e < kernels.energy_MeV.size(); ++e) {
    const double sum = std::accumulate(kernels.primary[e].begin(), kernels.primary[e].end(), 0.0) +
                       std::accumulate(kernels.scatter[e].begin(), kernels.scatter[e].end(), 0.0);
    XINGU_REQUIRE(
        sum <= 1.005,
        "{}: the kernel of {} MeV sums to {:.4f}, more energy than the photon has; give fractions of its energy",
        path.string(), kernels.energy_MeV[e], sum);
  }
  return kernels;
}

}  // namespace xingu
