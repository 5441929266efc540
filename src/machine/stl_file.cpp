// SPDX-License-Identifier: Apache-2.0
#include "machine/stl_file.h"

#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <tuple>

#include "base/error.h"
#include "base/files.h"

namespace xingu {
namespace {

constexpr std::size_t header_bytes = 84;
constexpr std::size_t facet_bytes = 50;

void require_few(std::size_t num_facets, const std::string& name) {
  XINGU_REQUIRE(num_facets <= most_stl_facets,
                "{}: has more than {} triangles (checks of this part would be slow); simplify or split the mesh", name,
                most_stl_facets);
}

/// Gathers triangles corner by corner and lets equal corners be one point.
class SurfaceBuilder {
 public:
  explicit SurfaceBuilder(const Vec3& scale) : scale_(scale) {}

  void add(const std::array<Vec3, 3>& corners) {
    TriangleIndices triangle{};
    for (std::size_t k = 0; k < 3; ++k) {
      const Vec3 p = scale_.cwiseProduct(corners[k]);
      const auto [entry, is_new] =
          index_.try_emplace({p.x(), p.y(), p.z()}, static_cast<std::uint32_t>(surface_.points.size()));
      if (is_new) {
        surface_.points.push_back(p);
      }
      triangle[k] = entry->second;
    }
    surface_.triangles.push_back(triangle);
  }
  [[nodiscard]] TriangleSurface take() { return std::move(surface_); }

 private:
  Vec3 scale_;
  TriangleSurface surface_;
  std::map<std::tuple<double, double, double>, std::uint32_t> index_;
};

TriangleSurface read_binary(const std::string& bytes, std::size_t num_facets, const Vec3& scale) {
  SurfaceBuilder builder(scale);
  for (std::size_t i = 0; i < num_facets; ++i) {
    std::array<float, 12> numbers{};  // normal, then three corners
    std::memcpy(numbers.data(), bytes.data() + header_bytes + i * facet_bytes, sizeof(numbers));
    const auto corner = [&](std::size_t k) {
      return Eigen::Vector3f(numbers[3 * k], numbers[3 * k + 1], numbers[3 * k + 2]).cast<double>().eval();
    };
    builder.add({corner(1), corner(2), corner(3)});
  }
  return builder.take();
}

TriangleSurface read_text(const std::string& text, const Vec3& scale, const std::string& name) {
  SurfaceBuilder builder(scale);
  std::istringstream in(text);
  std::string word;
  std::array<Vec3, 3> corners;
  std::size_t num_corners = 0;
  while (in >> word) {
    if (word == "vertex") {
      Vec3& p = corners[num_corners % 3];
      XINGU_REQUIRE(in >> p.x() >> p.y() >> p.z(),
                    "{}: a vertex without three numbers (its surface is unknown); "
                    "write the mesh again",
                    name);
      if (++num_corners % 3 == 0) {
        require_few(num_corners / 3, name);
        builder.add(corners);
      }
    }
  }
  XINGU_REQUIRE(num_corners % 3 == 0, "{}: the last triangle is cut short; write the mesh again", name);
  return builder.take();
}

}  // namespace

TriangleSurface read_stl(const std::filesystem::path& path, const Vec3& scale) {
  const std::string bytes = read_file(path, 64ULL << 20);
  std::uint32_t num_facets = 0;
  if (bytes.size() >= header_bytes) {
    std::memcpy(&num_facets, bytes.data() + header_bytes - sizeof(num_facets), sizeof(num_facets));
  }
  const bool is_binary = bytes.size() >= header_bytes && bytes.size() == header_bytes + num_facets * facet_bytes;
  XINGU_REQUIRE(is_binary || bytes.starts_with("solid"),
                "{}: neither binary nor text STL, or cut short (the part has no shape); write the mesh again",
                path.string());
  require_few(is_binary ? num_facets : 0, path.string());
  TriangleSurface surface = is_binary ? read_binary(bytes, num_facets, scale) : read_text(bytes, scale, path.string());
  XINGU_REQUIRE(!surface.triangles.empty(), "{}: holds no triangle (the part has no shape); write the mesh again",
                path.string());
  for (const Vec3& p : surface.points) {
    XINGU_REQUIRE(p.allFinite(), "{}: has a coordinate that is not finite; write the mesh again", path.string());
  }
  return surface;
}

}  // namespace xingu
