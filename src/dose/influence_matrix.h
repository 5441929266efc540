// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "geometry/pose.h"

namespace xingu {

/// Where the optimiser sees dose: points in frame P with the volume each stands for.
struct SamplePoints {
  std::vector<Eigen::Vector3f> position_mm;
  std::vector<float> volume_mm3;
  [[nodiscard]] std::size_t size() const { return position_mm.size(); }
};

/// A non-zero of one column before it is packed.
struct MatrixEntry {
  std::uint32_t row;
  float value;
};

/// What InfluenceBlock::restricted_to leaves out.
inline constexpr std::uint32_t dropped_row = 0xffffffffU;

/// One packed column-major block of the influence matrix: the beamlets of one beam. 4 bytes a non-zero: a 16-bit row
/// within a block of 65,536 rows and a 16-bit value, linear between 0 and the column's largest. Relative rounding of a
/// value v is at most (column maximum)/(131070 v).
class InfluenceBlock {
 public:
  explicit InfluenceBlock(std::size_t num_rows);

  /// Appends a column; entries in ascending row order, values ≥ 0, Gy per MU.
  void append_column(std::span<const MatrixEntry> entries);

  [[nodiscard]] std::size_t num_rows() const { return num_rows_; }
  [[nodiscard]] std::size_t num_columns() const { return scale_.size(); }
  [[nodiscard]] std::size_t num_nonzeros() const { return rows_.size(); }
  [[nodiscard]] std::size_t num_bytes() const;

  /// Unpacks one column.
  [[nodiscard]] std::vector<MatrixEntry> column(std::size_t j) const;

  /// dose += A[:, j] · weight for rows of all blocks; dose has num_rows elements.
  void add_column(std::size_t j, float weight, std::span<float> dose) const;
  /// A[:, j] · gradient.
  [[nodiscard]] float dot_column(std::size_t j, std::span<const float> gradient) const;

  /// The rows that are kept, packed values as they are. Cost: one pass over the block.
  /// @param new_row   [num_rows] ascending numbers of the kept rows, `dropped_row` for the others
  /// @param num_kept  how many there are
  [[nodiscard]] InfluenceBlock restricted_to(std::span<const std::uint32_t> new_row, std::size_t num_kept) const;

  /// Raw arrays, for storage.
  struct Arrays {
    std::vector<std::uint64_t> segment_start;  ///< [num_columns · num_row_blocks + 1]
    std::vector<std::uint16_t> rows;
    std::vector<std::uint16_t> values;
    std::vector<float> scale;  ///< [num_columns]: value of one unit
  };
  [[nodiscard]] Arrays arrays() const { return {segment_start_, rows_, values_, scale_}; }
  /// @throws InputError if the arrays contradict each other.
  InfluenceBlock(std::size_t num_rows, Arrays arrays);

 private:
  struct Segment {
    std::span<const std::uint16_t> rows;  ///< within the row block
    std::span<const std::uint16_t> values;
  };
  [[nodiscard]] Segment segment_of(std::size_t j, std::size_t row_block) const;

  std::size_t num_rows_;
  std::size_t num_row_blocks_;
  std::vector<std::uint64_t> segment_start_{0};
  std::vector<std::uint16_t> rows_;
  std::vector<std::uint16_t> values_;
  std::vector<float> scale_;
};

/// A column of the matrix as geometry: which square of which beam's isocentre plane it opens.
struct Beamlet {
  float x_mm = 0.0F;  ///< centre in frame B at the isocentre plane
  float y_mm = 0.0F;
};

/// The influence matrix (dij): dose at sample points per MU of each beamlet, one block per beam.
/// dose = Σ_b A_b x_b; rows are sample points, columns beamlets, beam after beam.
class InfluenceMatrix {
 public:
  struct Beam {
    double beamlet_mm = 5.0;
    std::vector<Beamlet> beamlets;
    InfluenceBlock block;
  };

  explicit InfluenceMatrix(std::size_t num_rows) : num_rows_(num_rows) {}
  void append(Beam beam);

  [[nodiscard]] std::size_t num_rows() const { return num_rows_; }
  [[nodiscard]] std::size_t num_beams() const { return beams_.size(); }
  [[nodiscard]] std::size_t num_columns() const { return first_column_.back(); }
  [[nodiscard]] std::size_t num_nonzeros() const;
  [[nodiscard]] std::size_t num_bytes() const;
  [[nodiscard]] const Beam& beam(std::size_t b) const { return beams_[b]; }
  /// Columns of beam b are [first_column(b), first_column(b + 1)).
  [[nodiscard]] std::size_t first_column(std::size_t b) const { return first_column_[b]; }

  /// dose[num_rows] = A x over the beams with active[b] != 0 (all, if `active` is empty). Deterministic for any thread
  /// count. Columns with x = 0 cost nothing.
  void multiply(std::span<const float> x, std::span<float> dose, std::span<const std::uint8_t> active = {}) const;
  /// gradient_x[num_columns] = Aᵀ g for active beams; 0 for the others.
  void multiply_transposed(std::span<const float> g, std::span<float> gradient_x,
                           std::span<const std::uint8_t> active = {}) const;

 private:
  std::size_t num_rows_;
  std::vector<Beam> beams_;
  std::vector<std::size_t> first_column_{0};
};

}  // namespace xingu
