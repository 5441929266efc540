// SPDX-License-Identifier: Apache-2.0
#include "dose/column_products.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/philox.h"

namespace xingu {
namespace {

constexpr std::size_t num_rows = 500;

struct PackedColumn {
  std::vector<std::uint16_t> rows;
  std::vector<std::uint16_t> values;
};

/// A column of `count` distinct rows in ascending order.
PackedColumn column_of(std::size_t count, std::uint64_t seed) {
  const Philox random(seed, 1);
  std::vector<std::uint16_t> all(num_rows);
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  PackedColumn column;
  std::ranges::sort(all, {}, [&](std::uint16_t row) { return random.uniform(row); });
  column.rows.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
  std::ranges::sort(column.rows);
  for (std::size_t k = 0; k < count; ++k) {
    column.values.push_back(static_cast<std::uint16_t>(65535.0 * random.uniform(num_rows + k)));
  }
  return column;
}

std::vector<float> vector_of(std::uint64_t seed) {
  const Philox random(seed, 2);
  std::vector<float> result;
  for (std::size_t i = 0; i < num_rows; ++i) {
    result.push_back(static_cast<float>(random.uniform(i) - 0.5));
  }
  return result;
}

TEST(ColumnProducts, agree_with_sums_one_by_one_for_every_length) {
  for (std::size_t count = 0; count <= 140; ++count) {  // whole and broken runs of vectors of any width
    const PackedColumn column = column_of(count, count);
    const std::vector<float> in = vector_of(count);
    double expected = 0.0;
    double size = 0.0;
    std::vector<float> out(in);
    std::vector<double> added(in.begin(), in.end());
    for (std::size_t k = 0; k < count; ++k) {
      const double product = static_cast<double>(in[column.rows[k]]) * column.values[k];
      expected += product;
      size += std::abs(product);
      added[column.rows[k]] += 0.25e-4 * column.values[k];
    }
    EXPECT_NEAR(dot_packed(column.rows, column.values, in.data()), expected, 1e-6 * size) << count << " entries";
    add_packed(column.rows, column.values, 0.25e-4F, out.data());
    for (std::size_t i = 0; i < num_rows; ++i) {
      EXPECT_NEAR(out[i], added[i], 1e-6) << count << " entries, row " << i;
    }
  }
}

TEST(ColumnProducts, are_each_others_transpose) {
  const PackedColumn column = column_of(321, 7);
  const std::vector<float> g = vector_of(7);
  std::vector<float> dose(num_rows, 0.0F);
  constexpr float weight = 0.5F;
  add_packed(column.rows, column.values, weight, dose.data());
  const double along = std::inner_product(g.begin(), g.end(), dose.begin(), 0.0);
  EXPECT_NEAR(weight * dot_packed(column.rows, column.values, g.data()), along, 1e-5 * 65535.0);
}

}  // namespace
}  // namespace xingu
