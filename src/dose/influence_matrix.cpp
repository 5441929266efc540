// SPDX-License-Identifier: Apache-2.0
#include "dose/influence_matrix.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "dose/column_products.h"

namespace xingu {
namespace {

constexpr std::size_t block_rows = 65536;
constexpr std::size_t num_chunks = 8;  // fixed, so that sums do not depend on the number of threads

}  // namespace

InfluenceBlock::InfluenceBlock(std::size_t num_rows)
    : num_rows_(num_rows), num_row_blocks_((num_rows + block_rows - 1) / block_rows) {}

InfluenceBlock::InfluenceBlock(std::size_t num_rows, Arrays arrays)
    : num_rows_(num_rows),
      num_row_blocks_((num_rows + block_rows - 1) / block_rows),
      segment_start_(std::move(arrays.segment_start)),
      rows_(std::move(arrays.rows)),
      values_(std::move(arrays.values)),
      scale_(std::move(arrays.scale)) {
  const bool is_consistent = segment_start_.size() == scale_.size() * num_row_blocks_ + 1 &&
                             rows_.size() == values_.size() && segment_start_.front() == 0 &&
                             segment_start_.back() == rows_.size() && std::ranges::is_sorted(segment_start_) &&
                             std::ranges::all_of(scale_, [](float s) { return s >= 0.0F && std::isfinite(s); });
  XINGU_REQUIRE(is_consistent,
                "stored influence matrix: its arrays contradict each other (it is damaged); delete it and run again");
  for (std::size_t j = 0; j < scale_.size() && num_row_blocks_ > 0; ++j) {
    const std::size_t last = j * num_row_blocks_ + num_row_blocks_ - 1;
    for (std::uint64_t k = segment_start_[last]; k < segment_start_[last + 1]; ++k) {
      XINGU_REQUIRE((num_row_blocks_ - 1) * block_rows + rows_[k] < num_rows_,
                    "stored influence matrix: a row lies outside the matrix (it is damaged); delete it and run again");
    }
  }
}

std::size_t InfluenceBlock::num_bytes() const {
  return rows_.size() * 4 + segment_start_.size() * 8 + scale_.size() * 4;
}

void InfluenceBlock::append_column(std::span<const MatrixEntry> entries) {
  float largest = 0.0F;
  for (const MatrixEntry& e : entries) {
    XINGU_EXPECT(e.row < num_rows_ && e.value >= 0.0F);
    largest = std::max(largest, e.value);
  }
  const float unit = largest / 65535.0F;
  // Below this the quotient would overflow; such a column is zero.
  const float inverse = largest > 1e-30F ? 65535.0F / largest : 0.0F;
  auto it = entries.begin();
  for (std::size_t b = 0; b < num_row_blocks_; ++b) {
    const std::size_t end_row = (b + 1) * block_rows;
    for (; it != entries.end() && it->row < end_row; ++it) {
      const auto packed = static_cast<std::uint16_t>(std::lround(it->value * inverse));
      if (packed != 0) {
        rows_.push_back(static_cast<std::uint16_t>(it->row - b * block_rows));
        values_.push_back(packed);
      }
    }
    segment_start_.push_back(rows_.size());
  }
  scale_.push_back(unit);
}

std::vector<MatrixEntry> InfluenceBlock::column(std::size_t j) const {
  std::vector<MatrixEntry> result;
  for (std::size_t b = 0; b < num_row_blocks_; ++b) {
    const std::size_t s = j * num_row_blocks_ + b;
    for (std::uint64_t k = segment_start_[s]; k < segment_start_[s + 1]; ++k) {
      result.push_back(
          {static_cast<std::uint32_t>(b * block_rows + rows_[k]), scale_[j] * static_cast<float>(values_[k])});
    }
  }
  return result;
}

InfluenceBlock InfluenceBlock::restricted_to(std::span<const std::uint32_t> new_row, std::size_t num_kept) const {
  XINGU_EXPECT(new_row.size() == num_rows_);
  InfluenceBlock result(num_kept);
  result.scale_ = scale_;
  result.segment_start_.reserve(scale_.size() * result.num_row_blocks_ + 1);
  for (std::size_t j = 0; j < scale_.size(); ++j) {
    std::size_t open_block = 0;
    for (std::size_t b = 0; b < num_row_blocks_; ++b) {
      const Segment segment = segment_of(j, b);
      const std::span<const std::uint32_t> renamed = new_row.subspan(b * block_rows);
      for (std::size_t k = 0; k < segment.rows.size(); ++k) {
        const std::uint32_t row = renamed[segment.rows[k]];
        if (row == dropped_row) {
          continue;
        }
        for (; open_block < row / block_rows; ++open_block) {
          result.segment_start_.push_back(result.rows_.size());
        }
        result.rows_.push_back(static_cast<std::uint16_t>(row % block_rows));
        result.values_.push_back(segment.values[k]);
      }
    }
    for (; open_block < result.num_row_blocks_; ++open_block) {
      result.segment_start_.push_back(result.rows_.size());
    }
  }
  return result;
}

void InfluenceBlock::add_column(std::size_t j, float weight, std::span<float> dose) const {
  for (std::size_t b = 0; b < num_row_blocks_; ++b) {
    const Segment segment = segment_of(j, b);
    add_packed(segment.rows, segment.values, weight * scale_[j], dose.data() + b * block_rows);
  }
}

float InfluenceBlock::dot_column(std::size_t j, std::span<const float> gradient) const {
  double total = 0.0;
  for (std::size_t b = 0; b < num_row_blocks_; ++b) {
    const Segment segment = segment_of(j, b);
    total += static_cast<double>(dot_packed(segment.rows, segment.values, gradient.data() + b * block_rows));
  }
  return static_cast<float>(total) * scale_[j];
}

InfluenceBlock::Segment InfluenceBlock::segment_of(std::size_t j, std::size_t row_block) const {
  const std::size_t s = j * num_row_blocks_ + row_block;
  const auto begin = static_cast<std::size_t>(segment_start_[s]);
  const auto count = static_cast<std::size_t>(segment_start_[s + 1]) - begin;
  return {std::span(rows_).subspan(begin, count), std::span(values_).subspan(begin, count)};
}

void InfluenceMatrix::append(Beam beam) {
  XINGU_EXPECT(beam.block.num_rows() == num_rows_ && beam.block.num_columns() == beam.beamlets.size());
  first_column_.push_back(first_column_.back() + beam.beamlets.size());
  beams_.push_back(std::move(beam));
}

std::size_t InfluenceMatrix::num_nonzeros() const {
  std::size_t sum = 0;
  for (const Beam& b : beams_) {
    sum += b.block.num_nonzeros();
  }
  return sum;
}

std::size_t InfluenceMatrix::num_bytes() const {
  std::size_t sum = 0;
  for (const Beam& b : beams_) {
    sum += b.block.num_bytes();
  }
  return sum;
}

void InfluenceMatrix::multiply(std::span<const float> x, std::span<float> dose,
                               std::span<const std::uint8_t> active) const {
  XINGU_EXPECT(x.size() == num_columns() && dose.size() == num_rows_);
  struct Task {
    std::uint32_t beam;
    std::uint32_t column;
    float weight;
  };
  std::vector<Task> tasks;
  for (std::size_t b = 0; b < beams_.size(); ++b) {
    if (!active.empty() && active[b] == 0) {
      continue;
    }
    for (std::size_t j = first_column_[b]; j < first_column_[b + 1]; ++j) {
      if (x[j] != 0.0F) {
        tasks.push_back({static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(j - first_column_[b]), x[j]});
      }
    }
  }
  std::vector<std::vector<float>> partial(num_chunks);
  parallel_chunks(tasks.size(), num_chunks, [&](std::size_t chunk, std::size_t begin, std::size_t end) {
    partial[chunk].assign(begin < end ? num_rows_ : 0, 0.0F);
    for (std::size_t i = begin; i < end; ++i) {
      beams_[tasks[i].beam].block.add_column(tasks[i].column, tasks[i].weight, partial[chunk]);
    }
  });
  parallel_chunks(num_rows_, num_chunks, [&](std::size_t, std::size_t begin, std::size_t end) {
    std::fill(dose.begin() + static_cast<std::ptrdiff_t>(begin), dose.begin() + static_cast<std::ptrdiff_t>(end), 0.0F);
    for (const auto& part : partial) {
      for (std::size_t i = begin; i < end && !part.empty(); ++i) {
        dose[i] += part[i];
      }
    }
  });
}

void InfluenceMatrix::multiply_transposed(std::span<const float> g, std::span<float> gradient_x,
                                          std::span<const std::uint8_t> active) const {
  XINGU_EXPECT(gradient_x.size() == num_columns() && g.size() == num_rows_);
  parallel_for(beams_.size(), [&](std::size_t b) {
    const bool is_active = active.empty() || active[b] != 0;
    for (std::size_t j = first_column_[b]; j < first_column_[b + 1]; ++j) {
      gradient_x[j] = is_active ? beams_[b].block.dot_column(j - first_column_[b], g) : 0.0F;
    }
  });
}

}  // namespace xingu
