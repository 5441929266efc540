// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dicom/tags.h"
#include "jpeg2000_encoder.h"

class DcmItem;

namespace xingu::test {

/// A DICOM file opened to be bent: change elements, then save() under any transfer syntax. Throws on any failure.
class DicomEdit {
 public:
  explicit DicomEdit(const std::filesystem::path& path);
  ~DicomEdit();

  /// The way to an item: sequences and the index of the item in each.
  using Way = std::vector<std::pair<Tag, int>>;

  DicomEdit& set(const Tag& tag, const std::string& value) { return set({}, tag, value); }
  DicomEdit& set(const Way& way, const Tag& tag, const std::string& value);
  DicomEdit& remove(const Tag& tag) { return remove({}, tag); }
  DicomEdit& remove(const Way& way, const Tag& tag);
  /// A copy of an item at the end of its sequence.
  DicomEdit& repeat_item(const Way& way, const Tag& sequence, int index);
  [[nodiscard]] std::string get(const Tag& tag) const;

  [[nodiscard]] std::vector<std::int16_t> pixels() const;
  DicomEdit& set_pixels(const std::vector<std::int16_t>& pixels);
  /// Stores the image with columns towards −x and rows towards −y as asked, with position and orientation to match.
  DicomEdit& mirror(bool along_x, bool along_y);

  void save() { save(path_, "1.2.840.10008.1.2.1"); }
  void save(const std::filesystem::path& path) { save(path, "1.2.840.10008.1.2.1"); }
  void save(const std::filesystem::path& path, const std::string& transfer_syntax_uid);
  /// The image as JPEG 2000, for which DCMTK has no encoder. @param fragment_bytes  0 for one fragment
  void save_jpeg2000(const std::filesystem::path& path, const Jpeg2000Coding& coding, std::size_t fragment_bytes = 0);

 private:
  struct Impl;
  [[nodiscard]] DcmItem& item(const Way& way) const;
  std::filesystem::path path_;
  std::unique_ptr<Impl> impl_;
};

/// Files of a folder, sorted.
[[nodiscard]] std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder);

}  // namespace xingu::test
