// SPDX-License-Identifier: Apache-2.0
#include "geometry/mha.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace xingu {
namespace {

static_assert(std::endian::native == std::endian::little, "the reader swaps big-endian files only");

constexpr std::size_t longest_header = 64 * 1024;
constexpr std::uint64_t most_voxels = 1ULL << 30;

struct Header {
  std::string file;
  std::map<std::string, std::string, std::less<>> values;
  std::size_t data_begin = 0;

  [[nodiscard]] std::string text(const std::string& key, std::string_view fallback = "") const {
    const auto found = values.find(key);
    return found != values.end() ? found->second : std::string(fallback);
  }
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  const auto last = text.find_last_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, last - first + 1);
}

Header parse_header(const std::string& file, std::string_view content) {
  Header header{file, {}, 0};
  std::size_t begin = 0;
  const std::string_view head = content.substr(0, longest_header);
  for (;;) {
    const std::size_t end = head.find('\n', begin);
    XINGU_REQUIRE(end != std::string_view::npos,
                  "{}: no 'ElementDataFile' in its first {} bytes (this is not a MetaImage); give an .mha file", file,
                  head.size());
    const std::string_view line = head.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      XINGU_REQUIRE(trimmed(line).empty(),
                    "{}: the header line '{}' is not 'key = value' (this is not a MetaImage); give an "
                    ".mha file",
                    file, printable(line, 40));
      continue;
    }
    const std::string key(trimmed(line.substr(0, equals)));
    header.values[key] = trimmed(line.substr(equals + 1));
    if (key == "ElementDataFile") {
      header.data_begin = begin;
      return header;
    }
  }
}

template <std::size_t count>
std::array<double, count> numbers(const Header& header, const std::string& key, const std::string& text) {
  std::array<double, count> result{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (double& value : result) {
    while (at != end && (*at == ' ' || *at == '\t')) {
      ++at;
    }
    const auto parsed = std::from_chars(at, end, value);
    XINGU_REQUIRE(parsed.ec == std::errc{} && std::isfinite(value),
                  "{}: {} = '{}' does not hold {} numbers; correct the header", header.file, key, printable(text, 60),
                  count);
    at = parsed.ptr;
  }
  return result;
}

void refuse_what_we_do_not_read(const Header& header) {
  const auto require = [&](const std::string& key, std::string_view fallback, std::string_view wanted,
                           std::string_view why) {
    const std::string value = header.text(key, fallback);
    XINGU_REQUIRE(to_lower(value) == to_lower(wanted), "{}: {} = '{}' ({}); write it with {} = {}", header.file, key,
                  printable(value, 40), why, key, wanted);
  };
  require("NDims", "", "3", "only volumes of three axes are read");
  require("CompressedData", "False", "False", "compressed data are not read");
  require("BinaryData", "True", "True", "numbers written as text are not read");
  require("ElementNumberOfChannels", "1", "1", "only one value a voxel is read");
  require("ElementDataFile", "", "LOCAL", "data in another file are not followed");
  for (const char* key : {"TransformMatrix", "Rotation", "Orientation"}) {
    if (header.values.contains(key)) {
      const auto matrix = numbers<9>(header, key, header.text(key));
      for (std::size_t i = 0; i < 9; ++i) {
        XINGU_REQUIRE(std::abs(matrix[i] - (i % 4 == 0 ? 1.0 : 0.0)) < 1e-5,
                      "{}: {} is not the identity (turned volumes are not read); resample it to the patient's axes",
                      header.file, key);
      }
    }
  }
}

Grid parse_grid(const Header& header) {
  Grid grid;
  const auto size = numbers<3>(header, "DimSize", header.text("DimSize"));
  const char* const spacing_key = header.values.contains("ElementSpacing") ? "ElementSpacing" : "ElementSize";
  const auto spacing = numbers<3>(header, spacing_key, header.text(spacing_key));
  const char* origin_key = "Offset";
  for (const char* key : {"Position", "Origin"}) {
    origin_key = header.values.contains(key) ? key : origin_key;
  }
  const auto origin = numbers<3>(header, origin_key, header.text(origin_key, "0 0 0"));
  double voxels = 1.0;
  for (std::size_t a = 0; a < 3; ++a) {
    XINGU_REQUIRE(size[a] >= 1 && size[a] <= 65536 && size[a] == std::floor(size[a]),
                  "{}: DimSize = {} is not a number of voxels; correct the header", header.file, size[a]);
    XINGU_REQUIRE(spacing[a] > 1e-4 && spacing[a] < 1e4, "{}: {} = {} mm is not a voxel size; correct the header",
                  header.file, spacing_key, spacing[a]);
    const auto e = static_cast<Eigen::Index>(a);
    grid.size[a] = static_cast<int>(size[a]);
    grid.spacing[e] = spacing[a];
    grid.origin[e] = origin[a];
    voxels *= size[a];
  }
  XINGU_REQUIRE(voxels <= static_cast<double>(most_voxels),
                "{}: DimSize gives {:.0f} voxels (more than {}); crop the volume", header.file, voxels, most_voxels);
  return grid;
}

template <class T>
void convert(std::string_view data, Volume<float>& volume, bool is_swapped) {
  for (std::size_t i = 0; i < volume.values().size(); ++i) {
    std::array<char, sizeof(T)> bytes;
    std::memcpy(bytes.data(), data.data() + i * sizeof(T), sizeof(T));
    if (is_swapped) {
      std::ranges::reverse(bytes);
    }
    volume[i] = static_cast<float>(std::bit_cast<T>(bytes));
  }
}

struct ElementType {
  const char* name;
  std::size_t num_bytes;
  void (*convert)(std::string_view, Volume<float>&, bool);
};

constexpr std::array<ElementType, 10> element_types{{{"MET_FLOAT", 4, convert<float>},
                                                     {"MET_DOUBLE", 8, convert<double>},
                                                     {"MET_CHAR", 1, convert<std::int8_t>},
                                                     {"MET_UCHAR", 1, convert<std::uint8_t>},
                                                     {"MET_SHORT", 2, convert<std::int16_t>},
                                                     {"MET_USHORT", 2, convert<std::uint16_t>},
                                                     {"MET_INT", 4, convert<std::int32_t>},
                                                     {"MET_UINT", 4, convert<std::uint32_t>},
                                                     {"MET_LONG_LONG", 8, convert<std::int64_t>},
                                                     {"MET_ULONG_LONG", 8, convert<std::uint64_t>}}};

}  // namespace

void write_mha(const std::filesystem::path& path, const Volume<float>& volume) {
  const Grid& grid = volume.grid();
  std::string content = fmt::format(
      "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
      "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = {} {} {}\nCenterOfRotation = 0 0 0\nAnatomicalOrientation = RAI\n"
      "ElementSpacing = {} {} {}\nDimSize = {} {} {}\nElementType = MET_FLOAT\nElementDataFile = LOCAL\n",
      grid.origin.x(), grid.origin.y(), grid.origin.z(), grid.spacing.x(), grid.spacing.y(), grid.spacing.z(),
      grid.nx(), grid.ny(), grid.nz());
  const auto bytes = std::as_bytes(volume.values());
  content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  write_file(path, content);
}

Volume<float> read_mha(const std::filesystem::path& path) {
  const std::string content = read_file(path, 9ULL << 30);
  const Header header = parse_header(path.string(), content);
  refuse_what_we_do_not_read(header);
  const Grid grid = parse_grid(header);
  const std::string type = header.text("ElementType");
  const auto* const element = std::ranges::find(element_types, type, &ElementType::name);
  XINGU_REQUIRE(element != element_types.end(), "{}: ElementType = '{}' is not read; convert it to MET_FLOAT",
                header.file, printable(type, 40));
  const std::string_view data = std::string_view(content).substr(header.data_begin);
  XINGU_REQUIRE(
      data.size() == grid.num_voxels() * element->num_bytes,
      "{}: holds {} bytes of data where DimSize and ElementType ask for {} (it is cut or damaged); write it again",
      header.file, data.size(), grid.num_voxels() * element->num_bytes);
  const bool is_swapped =
      to_lower(header.text("BinaryDataByteOrderMSB", header.text("ElementByteOrderMSB", "False"))) == "true";
  Volume<float> volume(grid);
  element->convert(data, volume, is_swapped);
  XINGU_REQUIRE(std::ranges::all_of(volume.values(), [](float v) { return std::isfinite(v); }),
                "{}: holds values that are not finite numbers (no dose is); write it again", header.file);
  return volume;
}

}  // namespace xingu
