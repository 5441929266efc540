// SPDX-License-Identifier: Apache-2.0
#include "machine/machine_scene.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/xml_text.h"

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

constexpr double most_edge_mm = 60.0;  // of a face that is sorted by one depth
constexpr double drawing_px = 800.0;
constexpr double left_px = 20.0;
constexpr double top_px = 70.0;
constexpr double label_px = 16.0;  // from one label to the next
constexpr double label_column_px = 190.0;
constexpr double caption_px = 800.0;
constexpr double samples_per_px = 2.0;  // of the raster that tells which faces are seen
constexpr int shades = 24;              // that light falls in; neighbours of one shade are one path

struct Face {
  std::array<Vec3, 3> corner;  ///< camera
  std::array<int, 3> colour{};
  double depth = 0.0;
};

/// Room parts that would stand between viewer and machine; drawings leave them out and say so.
bool hides_the_rest(const std::string& name) { return name == "floor" || name == "shield"; }

/// Halves the longest edge until no edge is long: two faces that do not cut each other are then painted in the right
/// order, but for a strip of about that width where they touch.
void add_in_pieces(const Face& face, std::vector<Face>& faces) {
  std::size_t longest = 0;
  double length = 0.0;
  for (std::size_t k = 0; k < 3; ++k) {
    const double edge = (face.corner[(k + 1) % 3] - face.corner[k]).norm();
    if (edge > length) {
      length = edge;
      longest = k;
    }
  }
  if (length <= most_edge_mm) {
    faces.push_back(face);
    faces.back().depth = (face.corner[0].z() + face.corner[1].z() + face.corner[2].z()) / 3.0;
    return;
  }
  const std::size_t next = (longest + 1) % 3;
  const Vec3 middle = 0.5 * (face.corner[longest] + face.corner[next]);
  Face half = face;
  half.corner[next] = middle;
  add_in_pieces(half, faces);
  half = face;
  half.corner[longest] = middle;
  add_in_pieces(half, faces);
}

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
    add_in_pieces(face, faces);
  }
  return faces;
}

/// A part's name and a point of it that nothing of the part hides, camera.
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

void add_label(const std::string& name, const std::vector<Face>& faces, std::vector<Label>& labels) {
  const auto nearest = std::ranges::max_element(faces, {}, &Face::depth);
  const Label label{name, (nearest->corner[0] + nearest->corner[1] + nearest->corner[2]) / 3.0};
  const auto known = std::ranges::find(labels, name, &Label::name);
  if (known == labels.end()) {
    labels.push_back(label);
  } else if (known->anchor.z() < label.anchor.z()) {
    known->anchor = label.anchor;
  }
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
    const std::vector<Face> faces = faces_of(body, camera);
    if (!faces.empty()) {
      add_label(body.name, faces, picture.labels);
      picture.faces.insert(picture.faces.end(), faces.begin(), faces.end());
    }
  }
  for (const Face& face : picture.faces) {
    for (const Vec3& corner : face.corner) {
      picture.lower = picture.lower.cwiseMin(corner);
      picture.upper = picture.upper.cwiseMax(corner);
    }
  }
  std::ranges::stable_sort(picture.faces, {}, &Face::depth);
  return picture;
}

/// Calls visit(pixel) for each pixel of a raster whose centre lies in the triangle (a, b, c).
template <class Visit>
void for_each_pixel(const std::array<Eigen::Vector2d, 3>& corner, int width, int height, Visit&& visit) {
  const auto cross = [](const Eigen::Vector2d& a, const Eigen::Vector2d& b) { return a.x() * b.y() - a.y() * b.x(); };
  const Eigen::Vector2d lower = corner[0].cwiseMin(corner[1]).cwiseMin(corner[2]);
  const Eigen::Vector2d upper = corner[0].cwiseMax(corner[1]).cwiseMax(corner[2]);
  const double sign = cross(corner[1] - corner[0], corner[2] - corner[0]) < 0 ? -1.0 : 1.0;
  for (int y = std::max(0, static_cast<int>(lower.y())); y <= std::min(height - 1, static_cast<int>(upper.y())); ++y) {
    for (int x = std::max(0, static_cast<int>(lower.x())); x <= std::min(width - 1, static_cast<int>(upper.x())); ++x) {
      const Eigen::Vector2d p(x + 0.5, y + 0.5);
      bool is_inside = true;
      for (std::size_t k = 0; k < 3 && is_inside; ++k) {
        is_inside = sign * cross(corner[(k + 1) % 3] - corner[k], p - corner[k]) >= 0;
      }
      if (is_inside) {
        visit(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
      }
    }
  }
}

/// Takes out the faces of which nothing is seen: all are painted, from far to near, into a raster of their numbers that
/// is finer than the drawing's pixels, and those that keep a sample stay, in their order.
void keep_seen(std::vector<Face>& faces, const std::function<Eigen::Vector2d(const Vec3&)>& at, double width_px,
               double height_px) {
  const int width = static_cast<int>(samples_per_px * width_px) + 1;
  const int height = static_cast<int>(samples_per_px * height_px) + 1;
  constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> owner(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), nobody);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    std::array<Eigen::Vector2d, 3> corner;
    std::ranges::transform(faces[i].corner, corner.begin(),
                           [&](const Vec3& c) { return Eigen::Vector2d(samples_per_px * at(c)); });
    for_each_pixel(corner, width, height, [&](std::size_t pixel) { owner[pixel] = i; });
  }
  std::vector<bool> is_seen(faces.size(), false);
  for (const std::size_t i : owner) {
    if (i != nobody) {
      is_seen[i] = true;
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (is_seen[i]) {
      faces[kept++] = faces[i];
    }
  }
  faces.resize(kept);
}

/// Faces from far to near; neighbours of one colour in one path, in tenths of a pixel.
std::string faces_svg(const std::vector<Face>& faces, const std::function<Eigen::Vector2d(const Vec3&)>& at) {
  std::string svg =
      "<g transform=\"scale(.1)\" fill=\"currentColor\" stroke=\"currentColor\" stroke-width=\"10\" "
      "stroke-linejoin=\"round\">";  // strokes close the seams between pieces
  const auto tenths = [&](const Vec3& c) -> Eigen::Vector2i { return (10.0 * at(c)).array().round().cast<int>(); };
  const std::array<int, 3>* colour = nullptr;
  for (const Face& face : faces) {
    if (colour == nullptr || *colour != face.colour) {
      svg += fmt::format("{}<path color=\"#{:02x}{:02x}{:02x}\" d=\"", colour == nullptr ? "\n" : "\"/>\n",
                         face.colour[0], face.colour[1], face.colour[2]);
      colour = &face.colour;
    }
    const Eigen::Vector2i a = tenths(face.corner[0]);
    const Eigen::Vector2i b = tenths(face.corner[1]) - a;
    const Eigen::Vector2i c = tenths(face.corner[2]) - a - b;
    svg += fmt::format("M{} {}l{} {} {} {}z", a.x(), a.y(), b.x(), b.y(), c.x(), c.y());
  }
  return svg + (colour == nullptr ? "</g>\n" : "\"/>\n</g>\n");
}

/// Names in a column beside the drawing, in the order of their heights, each with a thin line to its part.
std::string labels_svg(std::vector<Label> labels, const std::function<Eigen::Vector2d(const Vec3&)>& at,
                       double column_px) {
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
  keep_seen(picture.faces, at, left_px + scale * extent.x(), top_px + scale * extent.y());
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
  svg += faces_svg(picture.faces, at);
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
