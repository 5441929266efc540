// SPDX-License-Identifier: Apache-2.0
#include "dose/influence_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "base/philox.h"

namespace xingu {
namespace {

/// A dense twin, [row, column] in double.
struct Dense {
  std::size_t rows;
  std::size_t columns;
  std::vector<double> value;

  [[nodiscard]] double at(std::size_t row, std::size_t column) const { return value[column * rows + row]; }
};

/// Sparse columns whose values span five decades, as dose far from a beamlet does.
std::vector<std::vector<MatrixEntry>> random_columns(std::size_t num_rows, std::size_t num_columns, double fill,
                                                     std::uint64_t seed) {
  const Philox random(seed, 9);
  std::vector<std::vector<MatrixEntry>> columns(num_columns);
  std::uint64_t draw = 0;
  for (auto& column : columns) {
    for (std::size_t row = 0; row < num_rows; ++row) {
      if (random.uniform(draw++) < fill) {
        column.push_back(
            {static_cast<std::uint32_t>(row), static_cast<float>(1e-3 * std::pow(10.0, -5 * random.uniform(draw++)))});
      }
    }
  }
  return columns;
}

InfluenceBlock block_of(std::size_t num_rows, const std::vector<std::vector<MatrixEntry>>& columns) {
  InfluenceBlock block(num_rows);
  for (const auto& column : columns) {
    block.append_column(column);
  }
  return block;
}

float largest(const std::vector<MatrixEntry>& column) {
  float result = 0.0F;
  for (const MatrixEntry& e : column) {
    result = std::max(result, e.value);
  }
  return result;
}

/// Three beams of 10, 0 and 16 beamlets.
InfluenceMatrix random_matrix(std::size_t num_rows, double fill) {
  InfluenceMatrix matrix(num_rows);
  std::uint64_t seed = 40;
  for (const std::size_t num_columns : {10U, 0U, 16U}) {
    matrix.append({5.0, std::vector<Beamlet>(num_columns),
                   block_of(num_rows, random_columns(num_rows, num_columns, fill, ++seed))});
  }
  return matrix;
}

Dense dense_of(const InfluenceMatrix& matrix) {
  Dense dense{matrix.num_rows(), matrix.num_columns(), {}};
  dense.value.assign(dense.rows * dense.columns, 0.0);
  std::size_t column = 0;
  for (std::size_t b = 0; b < matrix.num_beams(); ++b) {
    for (std::size_t j = 0; j < matrix.beam(b).block.num_columns(); ++j, ++column) {
      for (const MatrixEntry& e : matrix.beam(b).block.column(j)) {
        dense.value[column * dense.rows + e.row] = static_cast<double>(e.value);
      }
    }
  }
  return dense;
}

std::vector<float> random_vector(std::size_t size, std::uint64_t seed) {
  const Philox random(seed, 3);
  std::vector<float> result(size);
  for (std::size_t i = 0; i < size; ++i) {
    result[i] = static_cast<float>(random.uniform(i));
  }
  return result;
}

TEST(InfluenceBlock, unpacks_what_was_packed_within_half_a_step) {
  for (const std::size_t num_rows : {500U, 200'000U}) {  // one row block, and four
    const auto columns = random_columns(num_rows, 6, num_rows > 1000 ? 0.01 : 0.3, 5);
    const InfluenceBlock block = block_of(num_rows, columns);
    ASSERT_EQ(block.num_columns(), columns.size());
    for (std::size_t j = 0; j < columns.size(); ++j) {
      const double bound = static_cast<double>(largest(columns[j])) / 131070.0;
      std::vector<float> unpacked(num_rows, 0.0F);
      std::uint32_t last = 0;
      for (const MatrixEntry& e : block.column(j)) {
        EXPECT_GE(e.row, last);
        last = e.row;
        unpacked[e.row] = e.value;
      }
      for (const MatrixEntry& e : columns[j]) {
        EXPECT_NEAR(unpacked[e.row], e.value, bound + 3e-7 * static_cast<double>(e.value));  // float's own rounding
        unpacked[e.row] = 0.0F;
      }
      EXPECT_EQ(*std::max_element(unpacked.begin(), unpacked.end()), 0.0F) << "no entry where none was";
    }
  }
}

TEST(InfluenceBlock, keeps_a_columns_largest_value) {
  const auto columns = random_columns(300, 5, 0.5, 6);
  const InfluenceBlock block = block_of(300, columns);
  for (std::size_t j = 0; j < columns.size(); ++j) {
    EXPECT_NEAR(largest(block.column(j)) / largest(columns[j]), 1.0F, 1e-6F);
  }
}

TEST(InfluenceBlock, takes_empty_zero_and_tiny_columns) {
  InfluenceBlock block(70'000);
  block.append_column({});
  block.append_column(std::vector<MatrixEntry>{{3, 0.0F}, {69'999, 0.0F}});
  block.append_column(std::vector<MatrixEntry>{{3, 1e-40F}, {5, 0.0F}, {69'999, 1e-41F}});  // denormal
  block.append_column(std::vector<MatrixEntry>{{69'999, 2.0F}});
  EXPECT_EQ(block.num_columns(), 4U);
  EXPECT_TRUE(block.column(0).empty());
  EXPECT_TRUE(block.column(1).empty());
  for (const MatrixEntry& e : block.column(2)) {
    EXPECT_TRUE(std::isfinite(e.value) && e.value <= 2e-40F);
  }
  ASSERT_EQ(block.column(3).size(), 1U);
  EXPECT_EQ(block.column(3)[0].row, 69'999U);
  EXPECT_FLOAT_EQ(block.column(3)[0].value, 2.0F);
}

TEST(InfluenceBlock, takes_four_bytes_a_non_zero) {
  const auto columns = random_columns(5000, 40, 0.5, 8);
  const InfluenceBlock block = block_of(5000, columns);
  EXPECT_LT(static_cast<double>(block.num_bytes()), 4.05 * static_cast<double>(block.num_nonzeros()));
}

TEST(InfluenceBlock, comes_back_from_its_arrays) {
  const InfluenceBlock block = block_of(150'000, random_columns(150'000, 4, 0.01, 2));
  const InfluenceBlock again(150'000, block.arrays());
  for (std::size_t j = 0; j < 4; ++j) {
    const auto a = block.column(j);
    const auto b = again.column(j);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t k = 0; k < a.size(); ++k) {
      EXPECT_EQ(a[k].row, b[k].row);
      EXPECT_EQ(a[k].value, b[k].value);
    }
  }
}

TEST(InfluenceBlock, refuses_damaged_arrays) {
  constexpr std::size_t num_rows = 70'000;
  const InfluenceBlock::Arrays good = block_of(num_rows, random_columns(num_rows, 3, 0.01, 2)).arrays();
  const auto is_refused = [&](auto damage, std::size_t rows = 70'000) {
    InfluenceBlock::Arrays arrays = good;
    damage(arrays);
    EXPECT_THROW(InfluenceBlock(rows, arrays), InputError);
  };
  using Arrays = InfluenceBlock::Arrays;
  EXPECT_NO_THROW(InfluenceBlock(num_rows, good));
  is_refused([](Arrays& a) { a.segment_start.clear(); });
  is_refused([](Arrays& a) { a.segment_start.pop_back(); });
  is_refused([](Arrays& a) { a.segment_start.front() = 1; });
  is_refused([](Arrays& a) { ++a.segment_start.back(); });
  is_refused([](Arrays& a) { a.segment_start[2] = a.segment_start[1] - 1; });
  is_refused([](Arrays& a) { a.segment_start[2] = std::numeric_limits<std::uint64_t>::max(); });
  is_refused([](Arrays& a) { a.rows.pop_back(); });
  is_refused([](Arrays& a) { a.values.push_back(1); });
  is_refused([](Arrays& a) { a.scale.pop_back(); });
  is_refused([](Arrays& a) { a.scale[1] = std::numeric_limits<float>::quiet_NaN(); });
  is_refused([](Arrays& a) { a.scale[1] = -1.0F; });
  is_refused([](Arrays& a) { a.scale[1] = std::numeric_limits<float>::infinity(); });
  is_refused([](Arrays& a) { a.rows.back() = 65'535; });  // row 131,071 of 70,000
  is_refused([](Arrays&) {}, 65'537);                     // a matrix of another size
  is_refused([](Arrays&) {}, 1'000'000);
}

TEST(InfluenceMatrix, counts_beams_columns_and_entries) {
  const InfluenceMatrix matrix = random_matrix(100, 0.2);
  EXPECT_EQ(matrix.num_beams(), 3U);
  EXPECT_EQ(matrix.num_columns(), 26U);
  EXPECT_EQ(matrix.first_column(1), 10U);
  EXPECT_EQ(matrix.first_column(2), 10U);
  EXPECT_EQ(matrix.num_nonzeros(), matrix.beam(0).block.num_nonzeros() + matrix.beam(2).block.num_nonzeros());
}

class InfluenceMatrixSizes : public ::testing::TestWithParam<std::pair<std::size_t, double>> {};

TEST_P(InfluenceMatrixSizes, multiplies_as_a_dense_matrix_does) {
  const auto [num_rows, fill] = GetParam();
  const InfluenceMatrix matrix = random_matrix(num_rows, fill);
  const Dense dense = dense_of(matrix);
  std::vector<float> x = random_vector(matrix.num_columns(), 1);
  x[3] = x[20] = 0.0F;
  for (const std::vector<std::uint8_t>& active : {std::vector<std::uint8_t>{}, {1, 1, 1}, {0, 1, 1}, {1, 0, 0}}) {
    std::vector<float> dose(num_rows, 123.0F);  // what was there before does not matter
    matrix.multiply(x, dose, active);
    const auto is_active = [&](std::size_t column) { return active.empty() || active[column < 10 ? 0 : 2] != 0; };
    double worst = 0.0;
    double highest = 0.0;
    for (std::size_t row = 0; row < num_rows; ++row) {
      double expected = 0.0;
      for (std::size_t column = 0; column < dense.columns; ++column) {
        expected += is_active(column) ? dense.at(row, column) * static_cast<double>(x[column]) : 0.0;
      }
      worst = std::max(worst, std::abs(static_cast<double>(dose[row]) - expected));
      highest = std::max(highest, expected);
    }
    EXPECT_LT(worst, 2e-6 * highest);

    const std::vector<float> g = random_vector(num_rows, 2);
    std::vector<float> gradient(matrix.num_columns(), 123.0F);
    matrix.multiply_transposed(g, gradient, active);
    for (std::size_t column = 0; column < dense.columns; ++column) {
      double expected = 0.0;
      for (std::size_t row = 0; row < num_rows; ++row) {
        expected += dense.at(row, column) * static_cast<double>(g[row]);
      }
      EXPECT_NEAR(static_cast<double>(gradient[column]), is_active(column) ? expected : 0.0, 3e-6 * expected);
    }
  }
}

TEST_P(InfluenceMatrixSizes, transposed_is_the_adjoint) {
  const auto [num_rows, fill] = GetParam();
  const InfluenceMatrix matrix = random_matrix(num_rows, fill);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const std::vector<float> x = random_vector(matrix.num_columns(), 10 + seed);
    const std::vector<float> g = random_vector(num_rows, 20 + seed);
    std::vector<float> dose(num_rows);
    std::vector<float> gradient(matrix.num_columns());
    matrix.multiply(x, dose);
    matrix.multiply_transposed(g, gradient);
    const double left = std::inner_product(dose.begin(), dose.end(), g.begin(), 0.0);
    const double right = std::inner_product(gradient.begin(), gradient.end(), x.begin(), 0.0);
    EXPECT_NEAR(left / right, 1.0, 2e-6);
  }
}

TEST_P(InfluenceMatrixSizes, gives_the_same_bits_for_any_number_of_threads) {
  const auto [num_rows, fill] = GetParam();
  const InfluenceMatrix matrix = random_matrix(num_rows, fill);
  const std::vector<float> x = random_vector(matrix.num_columns(), 1);
  const std::vector<float> g = random_vector(num_rows, 2);
  const auto both = [&] {
    std::pair<std::vector<float>, std::vector<float>> result{std::vector<float>(num_rows),
                                                             std::vector<float>(matrix.num_columns())};
    matrix.multiply(x, result.first);
    matrix.multiply_transposed(g, result.second);
    return result;
  };
  const int before = num_threads();
  set_num_threads(1);
  const auto serial = both();
  for (const int threads : {2, 4}) {
    set_num_threads(threads);
    EXPECT_EQ(both(), serial) << threads << " threads";
  }
  set_num_threads(before);
}

// One row block, one to the last row of it, one row more, and several.
INSTANTIATE_TEST_SUITE_P(Rows, InfluenceMatrixSizes,
                         ::testing::Values(std::pair(700U, 0.3), std::pair(65'536U, 0.003), std::pair(65'537U, 0.003),
                                           std::pair(150'000U, 0.002)));

TEST(InfluenceMatrix, of_no_rows_or_no_beams_multiplies_to_nothing) {
  const InfluenceMatrix none(10);
  std::vector<float> dose(10, 5.0F);
  none.multiply({}, dose);
  EXPECT_EQ(dose, std::vector<float>(10, 0.0F));
  InfluenceMatrix flat(0);
  flat.append({5.0, std::vector<Beamlet>(2), block_of(0, {{}, {}})});
  std::vector<float> gradient(2, 7.0F);
  flat.multiply_transposed({}, gradient);
  EXPECT_EQ(gradient, std::vector<float>(2, 0.0F));
}

TEST(InfluenceBlock, keeps_some_of_its_rows_as_they_are) {
  constexpr std::size_t num_rows = 150'000;  // three blocks of rows
  const InfluenceBlock whole = block_of(num_rows, random_columns(num_rows, 3, 0.02, 6));
  std::vector<std::uint32_t> new_row(num_rows, dropped_row);
  std::uint32_t num_kept = 0;
  for (std::size_t row = 0; row < num_rows; ++row) {
    if (row % 5 != 0 && row > 70'000) {
      new_row[row] = num_kept++;
    }
  }
  const InfluenceBlock part = whole.restricted_to(new_row, num_kept);
  ASSERT_EQ(part.num_columns(), whole.num_columns());
  EXPECT_EQ(part.num_rows(), num_kept);
  for (std::size_t j = 0; j < whole.num_columns(); ++j) {
    std::vector<MatrixEntry> expected;
    for (const MatrixEntry& entry : whole.column(j)) {
      if (new_row[entry.row] != dropped_row) {
        expected.push_back({new_row[entry.row], entry.value});
      }
    }
    const std::vector<MatrixEntry> found = part.column(j);
    ASSERT_EQ(found.size(), expected.size());
    ASSERT_FALSE(found.empty());
    for (std::size_t k = 0; k < found.size(); ++k) {
      EXPECT_EQ(found[k].row, expected[k].row);
      EXPECT_EQ(found[k].value, expected[k].value);
    }
  }
  const std::vector<std::uint32_t> none(num_rows, dropped_row);
  EXPECT_EQ(whole.restricted_to(none, 0).num_columns(), whole.num_columns());
  EXPECT_EQ(whole.restricted_to(none, 0).num_nonzeros(), 0U);
}

}  // namespace
}  // namespace xingu
