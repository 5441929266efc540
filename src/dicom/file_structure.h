// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace xingu {

/// What a look at the skeleton of a file tells, before any of it is held in memory.
struct DicomFileStructure {
  bool is_dicom = false;
  std::string
      transfer_syntax_uid;      ///< of the data set; deduced from the first element where the file has no meta header
  std::size_t num_objects = 0;  ///< elements and items
  std::optional<std::string> inflated;  ///< the data set where the file has it deflated; explicit little endian
};

/// Walks over tags and lengths of a file without reading its values (DICOM PS3.5 §7, PS3.10 §7) and refuses what would
/// make a parser run out of memory, stack or time: a length that reaches beyond its file or its sequence, sequences
/// nested deeper than 32, more than 4 million elements, deflated data of more than 256 MiB. A file that is not DICOM is
/// told by `is_dicom`. Constant memory, but for deflated data; cost O(number of elements).
/// @throws InputError naming file and tag.
[[nodiscard]] DicomFileStructure check_file_structure(const std::filesystem::path& path);

}  // namespace xingu
