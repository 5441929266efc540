// SPDX-License-Identifier: Apache-2.0
#include "dicom/file_structure.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "dicom/inflated_data.h"
#include "dicom/tags.h"

namespace xingu {
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t undefined_length = 0xffffffffU;
constexpr std::size_t max_depth = 64;  // a sequence and its item are one level each
constexpr std::size_t max_objects = 4'000'000;
constexpr std::size_t max_elements_of_item = 20'000;
constexpr std::size_t max_out_of_order = 1'000;
constexpr std::size_t most_inflated = std::size_t{256} << 20;
constexpr std::string_view implicit_little = "1.2.840.10008.1.2";
constexpr std::string_view explicit_little = "1.2.840.10008.1.2.1";
constexpr std::string_view explicit_big = "1.2.840.10008.1.2.2";
constexpr std::string_view deflated_little = "1.2.840.10008.1.2.1.99";
constexpr Tag item_tag{0xfffe, 0xe000, "Item"};
constexpr Tag item_end_tag{0xfffe, 0xe00d, "ItemDelimitationItem"};
constexpr Tag sequence_end_tag{0xfffe, 0xe0dd, "SequenceDelimitationItem"};

/// A file seen through a window of 64 KiB, or bytes that are in memory already.
class FileWindow {
 public:
  FileWindow(std::string name, std::string_view content)
      : name_(std::move(name)), size_(content.size()), content_(content) {}
  explicit FileWindow(const fs::path& path) : name_(path.string()) {
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    XINGU_REQUIRE(file_ >= 0, "{}: cannot be opened ({}); check the file and its rights", name_, std::strerror(errno));
    size_ = fs::file_size(path);
  }
  ~FileWindow() {
    if (file_ >= 0) {
      ::close(file_);
    }
  }
  FileWindow(const FileWindow&) = delete;
  FileWindow& operator=(const FileWindow&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// `count` ≤ 64 KiB bytes at `offset`; the caller made sure that the file has them.
  const std::uint8_t* at(std::uint64_t offset, std::size_t count) {
    if (file_ < 0) {
      return reinterpret_cast<const std::uint8_t*>(content_.data()) + offset;
    }
    if (offset < start_ || offset + count > start_ + filled_) {
      start_ = offset;
      filled_ = 0;
      while (filled_ < count) {
        const ssize_t got =
            ::pread(file_, buffer_.data() + filled_, buffer_.size() - filled_, static_cast<off_t>(start_ + filled_));
        XINGU_REQUIRE(got > 0, "{}: could not be read to its end (it changed or the disk failed); try again", name_);
        filled_ += static_cast<std::size_t>(got);
      }
    }
    return buffer_.data() + (offset - start_);
  }

 private:
  std::string name_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::string_view content_;
  std::uint64_t start_ = 0;
  std::size_t filled_ = 0;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(1 << 16);
};

std::uint16_t read_16(const std::uint8_t* bytes, bool is_big) {
  return static_cast<std::uint16_t>(is_big ? (bytes[0] << 8) | bytes[1] : bytes[0] | (bytes[1] << 8));
}

std::uint32_t read_32(const std::uint8_t* bytes, bool is_big) {
  const std::uint32_t first = read_16(bytes, is_big);
  const std::uint32_t second = read_16(bytes + 2, is_big);
  return is_big ? (first << 16) | second : first | (second << 16);
}

bool is_long_vr(std::string_view vr) {
  static constexpr std::array<std::string_view, 13> names{"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                          "SV", "UC", "UN", "UR", "UT", "UV"};
  return std::ranges::find(names, vr) != names.end();
}

bool is_short_vr(std::string_view vr) {
  static constexpr std::array<std::string_view, 21> names{"AE", "AS", "AT", "CS", "DA", "DS", "DT",
                                                          "FD", "FL", "IS", "LO", "LT", "PN", "SH",
                                                          "SL", "SS", "ST", "TM", "UI", "UL", "US"};
  return std::ranges::find(names, vr) != names.end();
}

enum class Kind { root, sequence, item, fragments };

struct Container {
  Kind kind;
  std::uint64_t end;  ///< offset behind it; the enclosing end where the length is undefined
  bool has_length;
  bool is_implicit;
  std::uint32_t last_tag = 0;
  std::size_t num_elements = 0;
};

struct ElementHeader {
  Tag tag;
  std::string vr;  ///< empty in implicit encoding and for delimiters
  std::uint32_t length = 0;
  std::uint64_t value = 0;  ///< offset
};

class StructureWalk {
 public:
  StructureWalk(FileWindow& file, std::uint64_t start, std::string_view syntax)
      : file_(file), position_(start), is_big_(syntax == explicit_big) {
    stack_.push_back({Kind::root, file.size(), true, syntax == implicit_little});
  }

  std::size_t run() {
    while (leave_finished()) {
      if (stack_.back().end - position_ < 8 && is_padding()) {
        break;
      }
      step();
    }
    return num_objects_;
  }

 private:
  bool leave_finished() {
    while (!stack_.empty() && stack_.back().has_length && position_ >= stack_.back().end) {
      stack_.pop_back();
    }
    return !stack_.empty();
  }

  bool is_padding() {
    if (stack_.back().kind != Kind::root) {
      return false;
    }
    const auto rest = static_cast<std::size_t>(stack_.back().end - position_);
    const std::uint8_t* bytes = file_.at(position_, rest);
    return std::all_of(bytes, bytes + rest, [](std::uint8_t b) { return b == 0; });
  }

  void step() {
    const ElementHeader header = read_header();
    XINGU_REQUIRE(++num_objects_ <= max_objects,
                  "{}: has more than {} elements (more than any plan or structure set needs); export it again",
                  file_.name(), max_objects);
    switch (stack_.back().kind) {
      case Kind::root:
      case Kind::item:
        enter_element(header);
        break;
      case Kind::sequence:
        enter_item(header);
        break;
      case Kind::fragments:
        skip_fragment(header);
        break;
    }
  }

  [[nodiscard]] std::uint64_t remaining() const { return stack_.back().end - position_; }

  ElementHeader read_header() {
    require_bytes(8, "the header of the next element");
    const std::uint8_t* bytes = file_.at(position_, 8);
    ElementHeader header;
    header.tag = {read_16(bytes, is_big_), read_16(bytes + 2, is_big_)};
    if (header.tag.group == 0xfffe || stack_.back().is_implicit) {
      header.length = read_32(bytes + 4, is_big_);
      header.value = position_ + 8;
      return header;
    }
    header.vr.assign(reinterpret_cast<const char*>(bytes + 4), 2);
    if (is_long_vr(header.vr)) {
      require_bytes(12, to_string(header.tag));
      header.length = read_32(file_.at(position_, 12) + 8, is_big_);
      header.value = position_ + 12;
    } else {
      XINGU_REQUIRE(
          is_short_vr(header.vr),
          "{}: {} has the value representation '{}', which DICOM does not know (the file is damaged); export it again",
          file_.name(), to_string(header.tag), printable_vr(header.vr));
      header.length = read_16(bytes + 6, is_big_);
      header.value = position_ + 8;
    }
    return header;
  }

  static std::string printable_vr(std::string vr) {
    std::ranges::replace_if(vr, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return vr;
  }

  void require_bytes(std::uint64_t count, const std::string& what) const {
    XINGU_REQUIRE(remaining() >= count,
                  "{}: ends in the middle of {} (the file is cut off or damaged); export it again", file_.name(), what);
  }

  void require_value(const ElementHeader& header) const {
    const std::uint64_t left = stack_.back().end - std::min(header.value, stack_.back().end);
    XINGU_REQUIRE(header.length <= left,
                  "{}: {} states {} bytes but {} remain (the file is cut off or damaged); export it again",
                  file_.name(), to_string(header.tag), header.length, left);
  }

  void check_order(const ElementHeader& header) {
    Container& container = stack_.back();
    const std::uint32_t number = (std::uint32_t{header.tag.group} << 16) | header.tag.element;
    num_out_of_order_ += number < container.last_tag ? 1 : 0;
    container.last_tag = std::max(container.last_tag, number);
    XINGU_REQUIRE(++container.num_elements <= max_elements_of_item && num_out_of_order_ <= max_out_of_order,
                  "{}: {} follows too many or unsorted elements (the file is damaged); export it again", file_.name(),
                  to_string(header.tag));
  }

  void push(Kind kind, const ElementHeader& header, bool is_implicit) {
    const bool has_length = header.length != undefined_length;
    XINGU_REQUIRE(stack_.size() < max_depth,
                  "{}: {} is nested deeper than {} sequences (the file is damaged); export it again", file_.name(),
                  to_string(header.tag), max_depth / 2);
    stack_.push_back({kind, has_length ? header.value + header.length : stack_.back().end, has_length, is_implicit});
    position_ = header.value;
  }

  void enter_element(const ElementHeader& header) {
    if (header.tag == item_end_tag && stack_.back().kind == Kind::item && !stack_.back().has_length) {
      position_ = header.value;
      stack_.pop_back();
      return;
    }
    XINGU_REQUIRE(header.tag.group != 0xfffe,
                  "{}: {} stands where an element belongs (the file is damaged); export it again", file_.name(),
                  to_string(header.tag));
    check_order(header);
    const bool is_implicit = stack_.back().is_implicit;
    if (header.length == undefined_length) {
      if (header.tag == tag::pixel_data) {
        push(Kind::fragments, header, is_implicit);
      } else {
        XINGU_REQUIRE(is_implicit || header.vr == "SQ" || header.vr == "UN",
                      "{}: {} has no length (only sequences may); export it again", file_.name(),
                      to_string(header.tag));
        push(Kind::sequence, header, is_implicit || header.vr == "UN");
      }
      return;
    }
    require_value(header);
    if (header.vr == "SQ" || (is_implicit && starts_with_item(header))) {
      push(Kind::sequence, header, is_implicit);
    } else {
      position_ = header.value + header.length;
    }
  }

  bool starts_with_item(const ElementHeader& header) {
    if (header.length < 8 || header.tag == tag::pixel_data) {
      return false;
    }
    const std::uint8_t* bytes = file_.at(header.value, 4);
    return Tag{read_16(bytes, is_big_), read_16(bytes + 2, is_big_)} == item_tag;
  }

  void enter_item(const ElementHeader& header) {
    if (header.tag == sequence_end_tag && !stack_.back().has_length) {
      position_ = header.value;
      stack_.pop_back();
      return;
    }
    XINGU_REQUIRE(header.tag == item_tag,
                  "{}: {} stands where an item of a sequence belongs (the file is damaged); export it again",
                  file_.name(), to_string(header.tag));
    if (header.length != undefined_length) {
      require_value(header);
    }
    push(Kind::item, header, stack_.back().is_implicit);
  }

  void skip_fragment(const ElementHeader& header) {
    if (header.tag == sequence_end_tag) {
      position_ = header.value;
      stack_.pop_back();
      return;
    }
    XINGU_REQUIRE(header.tag == item_tag, "{}: {} stands inside {} (the compressed image is damaged); export it again",
                  file_.name(), to_string(header.tag), to_string(tag::pixel_data));
    require_value(header);
    position_ = header.value + header.length;
  }

  FileWindow& file_;
  std::uint64_t position_;
  bool is_big_;
  std::vector<Container> stack_;
  std::size_t num_objects_ = 0;
  std::size_t num_out_of_order_ = 0;
};

/// Reads the file meta group (explicit little endian); returns the offset behind it and the transfer syntax.
std::pair<std::uint64_t, std::string> read_meta(FileWindow& file, std::uint64_t start) {
  std::string syntax;
  std::uint64_t position = start;
  while (position + 8 <= file.size()) {
    const std::uint8_t* bytes = file.at(position, 8);
    if (read_16(bytes, false) != 0x0002) {
      break;
    }
    const Tag tag{0x0002, read_16(bytes + 2, false)};
    const std::string vr(reinterpret_cast<const char*>(bytes + 4), 2);
    std::uint64_t value = position + 8;
    std::uint64_t length = read_16(bytes + 6, false);
    if (is_long_vr(vr)) {
      XINGU_REQUIRE(position + 12 <= file.size(), "{}: ends in its meta header (the file is cut off); export it again",
                    file.name());
      length = read_32(file.at(position, 12) + 8, false);
      value += 4;
    }
    XINGU_REQUIRE(length <= file.size() - value,
                  "{}: {} states {} bytes but {} remain (the file is cut off or damaged); export it again", file.name(),
                  to_string(tag), length, file.size() - value);
    if (tag == tag::transfer_syntax_uid && length <= 64) {
      syntax.assign(reinterpret_cast<const char*>(file.at(value, length)), length);
      syntax.erase(std::find_if(syntax.begin(), syntax.end(), [](char c) { return c == '\0' || c == ' '; }),
                   syntax.end());
    }
    position = value + length;
  }
  return {position, syntax};
}

std::string guess_syntax(const std::uint8_t* first_element) {
  const std::string vr(reinterpret_cast<const char*>(first_element + 4), 2);
  return std::string(is_long_vr(vr) || is_short_vr(vr) ? explicit_little : implicit_little);
}

/// Files without preamble begin with an element of group 2 or 8 whose length is small.
bool looks_like_bare_dicom(const std::uint8_t* bytes) {
  const std::uint16_t group = read_16(bytes, false);
  if ((group != 0x0002 && group != 0x0008) || read_16(bytes + 2, false) > 0x1200) {
    return false;
  }
  const std::string vr(reinterpret_cast<const char*>(bytes + 4), 2);
  return is_long_vr(vr) || is_short_vr(vr) || read_32(bytes + 4, false) <= 256;
}

/// @throws InputError naming the file if it is damaged or inflates beyond the bound
std::string inflated_data(const fs::path& path, std::uint64_t start) {
  const std::string content = read_file(path, most_inflated);
  try {
    return inflate_data_set(std::string_view(content).substr(start), most_inflated);
  } catch (const InputError& error) {
    fail_input("{}: {} {}", path.string(), to_string(tag::transfer_syntax_uid), error.what());
  }
}

}  // namespace

std::string to_string(const Tag& tag) {
  return fmt::format("({:04x},{:04x}){}{}", tag.group, tag.element, *tag.keyword != '\0' ? " " : "", tag.keyword);
}

DicomFileStructure check_file_structure(const fs::path& path) {
  FileWindow file(path);
  DicomFileStructure structure;
  std::uint64_t start = 0;
  if (file.size() >= 132 && std::memcmp(file.at(128, 4), "DICM", 4) == 0) {
    start = 132;
  } else if (file.size() < 16 || !looks_like_bare_dicom(file.at(0, 16))) {
    return structure;
  }
  structure.is_dicom = true;
  std::tie(start, structure.transfer_syntax_uid) = read_meta(file, start);
  if (structure.transfer_syntax_uid.empty() && start + 8 <= file.size()) {
    structure.transfer_syntax_uid = guess_syntax(file.at(start, 8));
  }
  if (structure.transfer_syntax_uid == deflated_little) {
    structure.inflated = inflated_data(path, start);
    FileWindow inflated(file.name(), *structure.inflated);
    structure.num_objects = StructureWalk(inflated, 0, explicit_little).run();
  } else {
    structure.num_objects = StructureWalk(file, start, structure.transfer_syntax_uid).run();
  }
  return structure;
}

}  // namespace xingu
