// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "dose/influence_matrix.h"

namespace xingu {

/// A folder of finished beams of an influence matrix, one HDF5 file each (beam-KEY.h5), written whole or not at all: a
/// killed run finds every beam that it had finished. KEY names all inputs of the beam's numbers, so files of other
/// inputs are never mistaken for these.
///
/// Layout of a file: attributes `format` = 1, `num_rows`, `beamlet_mm`; datasets `x_mm`, `y_mm` [columns] float,
/// `segment_start` [columns · row blocks + 1] uint64, `rows`, `values` [non-zeros] uint16, `scale` [columns] float; a
/// non-zero is scale[column] · value, Gy per MU. Safe to call concurrently (HDF5 itself is not: calls are serialised).
class InfluenceStore {
 public:
  /// Makes the folder if need be. @throws EnvironmentError if it cannot be made.
  explicit InfluenceStore(std::filesystem::path folder);

  /// Nothing if the beam is not there or its file is damaged (it is then computed again).
  [[nodiscard]] std::optional<InfluenceMatrix::Beam> load(std::uint64_t key, std::size_t num_rows) const;
  void save(std::uint64_t key, const InfluenceMatrix::Beam& beam) const;

 private:
  [[nodiscard]] std::filesystem::path path_of(std::uint64_t key) const;
  std::filesystem::path folder_;
};

}  // namespace xingu
