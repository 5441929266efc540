// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dicom/tags.h"
#include "patient/ct_image.h"

class DcmItem;

namespace xingu {

/// An item that is being written. A handle: valid while its DicomFileWriter lives. The value representation comes from
/// DICOM's data dictionary; a value that it does not allow is a defect of Xingu (BrokenPromise).
class ItemWriter {
 public:
  explicit ItemWriter(DcmItem* item) : item_(item) {}

  void put(const Tag& tag, std::string_view text);
  /// Decimal and integer strings and binary numbers alike.
  void put(const Tag& tag, double value);
  void put(const Tag& tag, std::span<const double> values);
  /// Numbers of an FD element, bit by bit.
  void put_floats(const Tag& tag, std::span<const double> values);
  /// Present without a value (type 2).
  void put_empty(const Tag& tag);
  /// Another item at the end of a sequence.
  [[nodiscard]] ItemWriter add_item(const Tag& sequence);
  void put_pixels(std::span<const std::uint16_t> pixels);
  void put_pixels(std::span<const std::uint32_t> pixels);
  /// The value of an OW element: 16-bit words.
  void put_words(const Tag& tag, std::span<const std::uint16_t> words);
  /// The value of an AT element.
  void put_tag(const Tag& tag, const Tag& value);

 private:
  DcmItem* item_;
};

enum class WriteEncoding { explicit_little, implicit_little };

/// A DICOM file that is being made in memory; save() writes it whole or not at all.
class DicomFileWriter {
 public:
  DicomFileWriter(std::string_view sop_class_uid, std::string_view sop_instance_uid);
  ~DicomFileWriter();
  [[nodiscard]] ItemWriter root();
  /// @throws EnvironmentError if the file cannot be written.
  void save(const std::filesystem::path& path, WriteEncoding encoding);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A number as DICOM's decimal string: the shortest text that reads back as the same number, or the nearest of at most
/// 16 letters.
[[nodiscard]] std::string decimal_string(double value);

/// Text that fits a value representation: at most `limit` letters (UTF-8 code points), no backslash or control
/// characters.
[[nodiscard]] std::string fitting_text(std::string_view text, std::size_t limit);

}  // namespace xingu
