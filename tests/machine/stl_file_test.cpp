// SPDX-License-Identifier: Apache-2.0
#include "machine/stl_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "base/error.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

TEST(ReadStl, shipped_mesh_is_a_convex_frustum_in_millimetres) {
  const TriangleSurface nose =
      read_stl(test::source_dir() / "machines/ring-arm-4pi/meshes/nose.stl", Vec3::Constant(1.0));
  EXPECT_EQ(nose.points.size(), 8U);
  EXPECT_EQ(nose.triangles.size(), 12U);
  const double near = 4.0 * 150 * 70;
  const double far = 4.0 * 180 * 105;
  const double prismoid = 150.0 / 6.0 * (near + far + 4.0 * 4.0 * 165 * 87.5);
  EXPECT_NEAR(ConvexShape::polytope(nose, "nose").volume_mm3(), prismoid, 1e-6 * prismoid);
}

TEST(ReadStl, text_form_gives_the_same_points_once) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "t.stl";
  std::ofstream(path) << "solid t\nfacet normal 0 0 0\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\n"
                         "endfacet\nfacet normal 0 0 0\nouter loop\nvertex 0 0 0\nvertex 0 1 0\nvertex 0 0 1\nendloop\n"
                         "endfacet\nendsolid t\n";
  const TriangleSurface surface = read_stl(path, Vec3(1000, 1000, 2000));
  EXPECT_EQ(surface.points.size(), 4U);
  EXPECT_EQ(surface.triangles.size(), 2U);
  EXPECT_EQ(surface.points.back(), Vec3(0, 0, 2000));
}

TEST(ReadStl, refuses_what_is_cut_short) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "cut.stl";
  std::ofstream(path) << std::string(100, 'x');
  EXPECT_THROW((void)read_stl(path, Vec3::Ones()), InputError);
  std::ofstream(path) << "solid t\nvertex 0 0 0\nvertex 1 0 0\n";
  EXPECT_THROW((void)read_stl(path, Vec3::Ones()), InputError);
  EXPECT_THROW((void)read_stl(folder.path() / "absent.stl", Vec3::Ones()), InputError);
}

TEST(ReadStl, refuses_more_triangles_than_a_part_should_have) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "many.stl";
  const auto message = [&] {
    try {
      (void)read_stl(path, Vec3::Ones());
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  std::string binary(84 + 50 * (most_stl_facets + 1), '\0');
  const auto count = static_cast<std::uint32_t>(most_stl_facets + 1);
  std::memcpy(binary.data() + 80, &count, sizeof(count));
  std::ofstream(path, std::ios::binary) << binary;
  EXPECT_NE(message().find("simplify"), std::string::npos) << message();
  std::ofstream text(path);
  text << "solid t\n";
  for (std::size_t i = 0; i < 3 * (most_stl_facets + 1); ++i) {
    text << "vertex 0 0 " << i << '\n';
  }
  text.close();
  EXPECT_NE(message().find("simplify"), std::string::npos) << message();
}

}  // namespace
}  // namespace xingu
