// SPDX-License-Identifier: Apache-2.0
#include "machine/machine_scene.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/xml_text.h"
#include "machine/region_outlines.h"

namespace xingu {
namespace {

using Json = nlohmann::ordered_json;
static_assert(std::endian::native == std::endian::little, "glTF is little-endian");

constexpr std::array<std::array<float, 3>, 6> hardware_colours{{{0.62F, 0.66F, 0.72F},
                                                                {0.45F, 0.53F, 0.63F},
                                                                {0.74F, 0.72F, 0.66F},
                                                                {0.55F, 0.62F, 0.58F},
                                                                {0.66F, 0.58F, 0.62F},
                                                                {0.50F, 0.50F, 0.56F}}};
constexpr std::array<float, 3> skin_colour{0.93F, 0.76F, 0.65F};
constexpr std::array<float, 3> unseen_colour{0.88F, 0.84F, 0.80F};

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

/// Collects the binary part of a glTF and what describes it.
class GlbWriter {
 public:
  int add_points(const std::vector<Vec3>& points_F) {
    const std::size_t begin = binary_.size();
    Vec3 lower = Vec3::Constant(std::numeric_limits<double>::infinity());
    Vec3 upper = -lower;
    for (const Vec3& p : points_F) {
      const Vec3 q = 0.001 * Vec3(p.x(), p.z(), -p.y());  // Z up and mm become Y up and metres
      const Eigen::Vector3f f = q.cast<float>();
      for (Eigen::Index a = 0; a < 3; ++a) {
        append(binary_, f[a]);
      }
      lower = lower.cwiseMin(f.cast<double>());
      upper = upper.cwiseMax(f.cast<double>());
    }
    return accessor({{"bufferView", view(begin, 34962)},
                     {"componentType", 5126},
                     {"count", points_F.size()},
                     {"type", "VEC3"},
                     {"min", {lower.x(), lower.y(), lower.z()}},
                     {"max", {upper.x(), upper.y(), upper.z()}}});
  }
  int add_indices(const std::vector<TriangleIndices>& triangles) {
    const std::size_t begin = binary_.size();
    for (const TriangleIndices& t : triangles) {
      for (const std::uint32_t i : t) {
        append(binary_, i);
      }
    }
    return accessor({{"bufferView", view(begin, 34963)},
                     {"componentType", 5125},
                     {"count", 3 * triangles.size()},
                     {"type", "SCALAR"}});
  }
  int add_material(const std::array<float, 3>& colour) {
    materials_.push_back({{"pbrMetallicRoughness",
                           {{"baseColorFactor", {colour[0], colour[1], colour[2], 1.0}},
                            {"metallicFactor", 0.1},
                            {"roughnessFactor", 0.8}}},
                          {"doubleSided", true}});
    return static_cast<int>(materials_.size()) - 1;
  }
  void add_mesh(const std::string& name, const Json& primitive) {
    nodes_.push_back({{"name", name}, {"mesh", meshes_.size()}});
    meshes_.push_back({{"name", name}, {"primitives", {primitive}}});
  }
  [[nodiscard]] std::string finish() const {
    Json all = Json::array();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      all.push_back(i);
    }
    const Json document = {{"asset", {{"version", "2.0"}, {"generator", "xingu " XINGU_VERSION}}},
                           {"scene", 0},
                           {"scenes", {{{"nodes", all}}}},
                           {"nodes", nodes_},
                           {"meshes", meshes_},
                           {"materials", materials_},
                           {"accessors", accessors_},
                           {"bufferViews", views_},
                           {"buffers", {{{"byteLength", binary_.size()}}}}};
    std::string text = document.dump();
    text.resize((text.size() + 3) / 4 * 4, ' ');
    std::string result = "glTF";
    append<std::uint32_t>(result, 2);
    append(result, static_cast<std::uint32_t>(12 + 8 + text.size() + 8 + binary_.size()));
    append(result, static_cast<std::uint32_t>(text.size()));
    result += "JSON" + text;
    append(result, static_cast<std::uint32_t>(binary_.size()));
    result.append("BIN\0", 4);
    return result + binary_;
  }

 private:
  std::size_t view(std::size_t begin, int target) {
    views_.push_back(
        {{"buffer", 0}, {"byteOffset", begin}, {"byteLength", binary_.size() - begin}, {"target", target}});
    return views_.size() - 1;
  }
  int accessor(const Json& description) {
    accessors_.push_back(description);
    return static_cast<int>(accessors_.size()) - 1;
  }

  std::string binary_;
  Json nodes_ = Json::array();
  Json meshes_ = Json::array();
  Json materials_ = Json::array();
  Json accessors_ = Json::array();
  Json views_ = Json::array();
};

/// Where a point lands in the drawing, mm, x right and y up; depth grows towards the viewer.
struct Camera {
  Vec3 right;
  Vec3 up;
  Vec3 towards;
  static Camera from(const Vec3& eye) {
    Camera camera;
    camera.towards = eye.normalized();
    camera.right = Vec3::UnitZ().cross(camera.towards).normalized();
    camera.up = camera.towards.cross(camera.right);
    return camera;
  }
  [[nodiscard]] Vec3 operator()(const Vec3& p) const { return {right.dot(p), up.dot(p), towards.dot(p)}; }
};

constexpr double drawing_px = 800.0;
constexpr double left_px = 20.0;
constexpr double top_px = 70.0;
constexpr double label_px = 16.0;  // from one label to the next
constexpr double label_column_px = 190.0;
constexpr double caption_px = 800.0;
constexpr int samples_per_px = 3;   // of the raster that tells what is seen
constexpr double tolerance = 1.25;  // samples; of outlines
constexpr int shades = 24;          // that light falls in; neighbours of one shade are one region

struct Face {
  std::array<Vec3, 3> corner;  ///< camera
  std::array<int, 3> colour{};
  std::size_t label = 0;  ///< of its body
};

/// Room parts that would stand between viewer and machine; drawings leave them out and say so.
bool hides_the_rest(const std::string& name) { return name == "floor" || name == "shield"; }

/// The sides of a body that face the viewer.
std::vector<Face> faces_of(const MachineScene::Body& body, const Camera& camera) {
  const Vec3 light = Vec3(0.4, -0.5, 0.8).normalized();
  std::vector<Face> faces;
  const auto& p = body.surface.points;
  for (const TriangleIndices& t : body.surface.triangles) {
    const Vec3 normal = (p[t[1]] - p[t[0]]).cross(p[t[2]] - p[t[0]]).normalized();
    if (normal.dot(camera.towards) <= 0) {
      continue;
    }
    Face face;
    const double lit = std::round(shades * std::max(0.0, normal.dot(light))) / shades;
    const double shade = 0.55 + 0.45 * lit;
    for (std::size_t k = 0; k < 3; ++k) {
      face.corner[k] = camera(p[t[k]]);
      face.colour[k] = static_cast<int>(std::lround(255.0 * shade * static_cast<double>(body.colour[k])));
    }
    faces.push_back(face);
  }
  return faces;
}

/// A part's name and a point of it, camera: one that is seen, if any is.
struct Label {
  std::string name;
  Vec3 anchor = Vec3::Zero();
};

/// Everything of a scene that is drawn, in the camera's coordinates.
struct Picture {
  std::vector<Face> faces;
  std::vector<Label> labels;  ///< one a name
  std::vector<std::string> left_out;
  Vec3 lower = Vec3::Constant(std::numeric_limits<double>::infinity());
  Vec3 upper = Vec3::Constant(-std::numeric_limits<double>::infinity());
};

/// The index of a name's label, which is made if there is none.
std::size_t label_of(const std::string& name, std::vector<Label>& labels) {
  const auto known = std::ranges::find(labels, name, &Label::name);
  const auto index = static_cast<std::size_t>(known - labels.begin());
  if (known == labels.end()) {
    labels.push_back({name, Vec3::Zero()});
  }
  return index;
}

Picture picture_of(const MachineScene& scene, const Camera& camera) {
  Picture picture;
  for (const MachineScene::Body& body : scene.bodies) {
    if (hides_the_rest(body.name)) {
      if (std::ranges::find(picture.left_out, body.name) == picture.left_out.end()) {
        picture.left_out.push_back(body.name);
      }
      continue;
    }
    for (Face& face : faces_of(body, camera)) {
      face.label = label_of(body.name, picture.labels);
      picture.faces.push_back(face);
    }
  }
  for (const Face& face : picture.faces) {
    for (const Vec3& corner : face.corner) {
      picture.lower = picture.lower.cwiseMin(corner);
      picture.upper = picture.upper.cwiseMax(corner);
      picture.labels[face.label].anchor = corner;
    }
  }
  return picture;
}

/// Where the camera's coordinates land in the drawing, px.
using Placement = std::function<Eigen::Vector2d(const Vec3&)>;

/// Which face is seen where.
struct SeenFaces {
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  int width = 0;
  int height = 0;
  std::vector<std::uint32_t> face;  ///< [height, width] index; none where nothing is
  std::vector<float> depth;         ///< towards the viewer, mm

  SeenFaces(double width_px, double height_px)
      : width(static_cast<int>(samples_per_px * width_px) + 1),
        height(static_cast<int>(samples_per_px * height_px) + 1),
        face(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), none),
        depth(face.size(), -std::numeric_limits<float>::infinity()) {}

  /// Where the samples whose centres lie in a face are nearer than what was painted before, it is seen.
  void paint(const Face& painted, std::uint32_t index, const Placement& at) {
    std::array<Eigen::Vector2d, 3> p;
    std::ranges::transform(painted.corner, p.begin(),
                           [&](const Vec3& c) { return Eigen::Vector2d(samples_per_px * at(c)); });
    const auto cross = [](const Eigen::Vector2d& a, const Eigen::Vector2d& b) { return a.x() * b.y() - a.y() * b.x(); };
    const double twice_area = cross(p[1] - p[0], p[2] - p[0]);
    if (twice_area == 0.0) {
      return;
    }
    const Eigen::Vector2d lower = p[0].cwiseMin(p[1]).cwiseMin(p[2]);
    const Eigen::Vector2d upper = p[0].cwiseMax(p[1]).cwiseMax(p[2]);
    for (int y = std::max(0, static_cast<int>(lower.y())); y <= std::min(height - 1, static_cast<int>(upper.y()));
         ++y) {
      for (int x = std::max(0, static_cast<int>(lower.x())); x <= std::min(width - 1, static_cast<int>(upper.x()));
           ++x) {
        const Eigen::Vector2d sample(x + 0.5, y + 0.5);
        double nearness = 0.0;
        bool is_inside = true;
        for (std::size_t k = 0; k < 3 && is_inside; ++k) {
          const std::size_t next = (k + 1) % 3;
          const double share = cross(p[next] - p[k], sample - p[k]) / twice_area;  // of the corner across
          nearness += share * painted.corner[(k + 2) % 3].z();
          is_inside = share >= 0;
        }
        const auto i = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
        if (is_inside && static_cast<float>(nearness) > depth[i]) {
          depth[i] = static_cast<float>(nearness);
          face[i] = index;
        }
      }
    }
  }
};

/// Puts each label's anchor where its part is seen, next to the middle of what is seen of it.
void anchor_labels(const SeenFaces& seen, const std::vector<Face>& faces, const std::function<Vec3(int, int)>& point_at,
                   std::vector<Label>& labels) {
  std::vector<Eigen::Vector3d> sum(labels.size(), Eigen::Vector3d::Zero());  // x, y, count
  std::vector<double> nearest(labels.size(), std::numeric_limits<double>::infinity());
  const auto for_each_seen = [&](auto&& visit) {
    for (int y = 0; y < seen.height; ++y) {
      for (int x = 0; x < seen.width; ++x) {
        const auto i = static_cast<std::size_t>(y) * static_cast<std::size_t>(seen.width) + static_cast<std::size_t>(x);
        if (seen.face[i] != SeenFaces::none) {
          visit(faces[seen.face[i]].label, x, y);
        }
      }
    }
  };
  for_each_seen([&](std::size_t label, int x, int y) { sum[label] += Eigen::Vector3d(x, y, 1.0); });
  for_each_seen([&](std::size_t label, int x, int y) {
    const double off = (sum[label].head<2>() / sum[label].z() - Eigen::Vector2d(x, y)).squaredNorm();
    if (off < nearest[label]) {
      nearest[label] = off;
      labels[label].anchor = point_at(x, y);
    }
  });
}

/// What is seen as regions of one colour, outlined in samples.
std::string regions_svg(const SeenFaces& seen, const std::vector<Face>& faces) {
  std::map<std::array<int, 3>, std::uint32_t> numbers;
  for (const Face& face : faces) {
    numbers.try_emplace(face.colour, static_cast<std::uint32_t>(numbers.size() + 1));
  }
  std::vector<std::array<int, 3>> colours(numbers.size() + 1);
  for (const auto& [colour, number] : numbers) {
    colours[number] = colour;
  }
  RegionRaster raster{seen.width, seen.height, {}};
  raster.numbers.reserve(seen.face.size());
  for (const std::uint32_t face : seen.face) {
    raster.numbers.push_back(face == SeenFaces::none ? 0 : numbers.at(faces[face].colour));
  }
  std::string svg = fmt::format(
      "<g transform=\"scale({})\" fill=\"currentColor\" stroke=\"currentColor\" stroke-width=\"{}\" "
      "stroke-linejoin=\"round\">\n",  // strokes close the seams that smoothed edges leave
      1.0 / samples_per_px, 0.7 * samples_per_px);
  for (const RegionOutline& outline : region_outlines(raster, tolerance)) {
    const std::array<int, 3>& colour = colours[outline.number];
    svg += fmt::format("<path color=\"#{:02x}{:02x}{:02x}\" d=\"", colour[0], colour[1], colour[2]);
    for (const std::vector<Eigen::Vector2i>& loop : outline.loops) {
      svg += fmt::format("M{} {}l", loop[0].x(), loop[0].y());
      for (std::size_t i = 1; i < loop.size(); ++i) {
        const Eigen::Vector2i step = loop[i] - loop[i - 1];
        // A sign parts numbers as well as a space does.
        svg += fmt::format("{}{}{}{}", i == 1 || step.x() < 0 ? "" : " ", step.x(), step.y() < 0 ? "" : " ", step.y());
      }
      svg += 'z';
    }
    svg += "\"/>\n";
  }
  return svg + "</g>\n";
}

/// Names in a column beside the drawing, in the order of their heights, each with a thin line to its part.
std::string labels_svg(std::vector<Label> labels, const Placement& at, double column_px) {
  std::ranges::stable_sort(labels, std::greater{}, [](const Label& label) { return label.anchor.y(); });
  std::string svg;
  double row = top_px;
  for (const Label& label : labels) {
    const Eigen::Vector2d anchor = at(label.anchor);
    row = std::max(row + label_px, anchor.y());
    svg += fmt::format(
        "<circle cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"2.2\" fill=\"#333\"/><polyline points=\"{0:.1f},{1:.1f} "
        "{2:.1f},{3:.1f}\" "
        "stroke=\"#555\" stroke-width=\"0.5\" fill=\"none\" class=\"leader\"/><text x=\"{4:.1f}\" y=\"{5:.1f}\" "
        "font-size=\"12\">{6}</text>\n",
        anchor.x(), anchor.y(), column_px - 4.0, row, column_px, row + 4.0, xml_escaped(label.name));
  }
  return svg;
}

}  // namespace

MachineScene scene_of(const CollisionWorld& world, std::span<const double> axes) {
  LinkPoses poses;
  forward_kinematics(world.mechanism(), axes, poses);
  MachineScene scene;
  for (const CollisionWorld::Part& part : world.parts()) {
    const TriangleSurface& surface = part.skin ? part.skin->surface() : part.shape->surface();
    const Eigen::Isometry3d X = poses.X_F[static_cast<std::size_t>(part.link)] * part.X_link;
    MachineScene::Body body{part.name, surface, {}};
    for (Vec3& p : body.surface.points) {
      p = X * p;
    }
    body.colour = part.skin         ? skin_colour
                  : part.is_patient ? unseen_colour
                                    : hardware_colours[static_cast<std::size_t>(part.link) % hardware_colours.size()];
    scene.bodies.push_back(std::move(body));
  }
  return scene;
}

std::string render_glb(const MachineScene& scene) {
  GlbWriter writer;
  for (const MachineScene::Body& body : scene.bodies) {
    const int points = writer.add_points(body.surface.points);
    const int indices = writer.add_indices(body.surface.triangles);
    writer.add_mesh(body.name, {{"attributes", {{"POSITION", points}}},
                                {"indices", indices},
                                {"material", writer.add_material(body.colour)},
                                {"mode", 4}});
  }
  if (!scene.beams.empty()) {
    std::vector<Vec3> ends;
    for (const MachineScene::Beam& beam : scene.beams) {
      ends.insert(ends.end(), {beam.source_F, beam.end_F});
    }
    writer.add_mesh("beams", {{"attributes", {{"POSITION", writer.add_points(ends)}}},
                              {"material", writer.add_material({0.85F, 0.2F, 0.2F})},
                              {"mode", 1}});
  }
  return writer.finish();
}

std::string render_svg(const MachineScene& scene, const std::string& title) {
  const Camera camera = Camera::from(Vec3(1.0, -1.6, 0.9));
  Picture picture = picture_of(scene, camera);
  XINGU_REQUIRE(!picture.faces.empty(), "the machine has no collision shapes (nothing to draw); give its links shapes");
  const Vec3 extent = picture.upper - picture.lower;
  const double scale = drawing_px / std::max(extent.x(), extent.y());
  const auto at = [&](const Vec3& c) {
    return Eigen::Vector2d(left_px + scale * (c.x() - picture.lower.x()), top_px + scale * (picture.upper.y() - c.y()));
  };
  const double column = 2.0 * left_px + scale * extent.x();
  const double least_height = top_px + label_px * static_cast<double>(picture.labels.size() + 2);
  const int width = static_cast<int>(std::max(column + label_column_px, caption_px));
  const int height = static_cast<int>(left_px + std::max(least_height, top_px + scale * extent.y()));
  SeenFaces seen(left_px + scale * extent.x(), top_px + scale * extent.y());
  for (std::size_t i = 0; i < picture.faces.size(); ++i) {
    seen.paint(picture.faces[i], static_cast<std::uint32_t>(i), at);
  }
  anchor_labels(
      seen, picture.faces,
      [&](int x, int y) {
        const Eigen::Vector2d px = Eigen::Vector2d(x + 0.5, y + 0.5) / samples_per_px;
        return Vec3(picture.lower.x() + (px.x() - left_px) / scale, picture.upper.y() - (px.y() - top_px) / scale, 0.0);
      },
      picture.labels);
  const std::string left_out = picture.left_out.empty()
                                   ? ""
                                   : fmt::format(" Not drawn, as it would hide the rest: {}.",
                                                 xml_escaped(fmt::format("{}", fmt::join(picture.left_out, ", "))));
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"sans-serif\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n"
      "<text x=\"20\" y=\"28\" font-size=\"16\">{2}</text>\n"
      "<text x=\"20\" y=\"48\" font-size=\"12\" fill=\"#555\">Collision shapes{3}.{4} Research use only.</text>\n",
      width, height, xml_escaped(title), scene.beams.empty() ? "" : "; red: beams from source to isocentre", left_out);
  svg += regions_svg(seen, picture.faces);
  if (!scene.beams.empty()) {
    svg += "<path stroke=\"#d02020\" stroke-width=\"1.2\" fill=\"none\" class=\"beam\" d=\"";
    for (const MachineScene::Beam& beam : scene.beams) {
      svg += fmt::format("M{:.1f}L{:.1f}", fmt::join(at(camera(beam.source_F)), " "),
                         fmt::join(at(camera(beam.end_F)), " "));
    }
    svg += "\"/>\n";
  }
  return svg + labels_svg(picture.labels, at, column) + "</svg>\n";
}

}  // namespace xingu
