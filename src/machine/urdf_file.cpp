// SPDX-License-Identifier: Apache-2.0
#include "machine/urdf_file.h"

#include <console_bridge/console.h>
#include <urdf_model/model.h>
#include <urdf_parser/urdf_parser.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "base/error.h"
#include "base/files.h"
#include "machine/stl_file.h"
#include "machine/urdf_elements.h"

namespace xingu {
namespace {

constexpr double mm_per_m = 1000.0;
constexpr double most_m = 100.0;                      // no part of a machine is larger or farther away
constexpr double most_axis_value = 1000.0;            // m, rad and either per second: no axis goes farther or faster
constexpr double most_turn = 4.0 * std::numbers::pi;  // rad either way: cables
constexpr std::size_t most_links = 1000;
constexpr int most_nesting = 64;  // a shape's size stands on the sixth level

/// Keeps what urdfdom says about a file, so that it becomes part of our sentence, and off the terminal.
class Listener final : public console_bridge::OutputHandler {
 public:
  Listener() { console_bridge::useOutputHandler(this); }
  ~Listener() override { console_bridge::restorePreviousOutputHandler(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  void log(const std::string& text, console_bridge::LogLevel level, const char* /*file*/, int /*line*/) override {
    if (level >= console_bridge::CONSOLE_BRIDGE_LOG_ERROR && first_.empty()) {
      first_ = text;
    }
  }
  [[nodiscard]] const std::string& first() const { return first_; }

 private:
  std::string first_;
};

/// True if XML opens more than `most` elements within each other. The parser calls itself once a level, so that text
/// nested without measure would end the program. Faults of other kinds are left to the parser.
bool is_nested_beyond(std::string_view xml, int most) {
  int depth = 0;
  for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at)) {
    const std::string_view rest = xml.substr(at);
    if (rest.starts_with("<!--") || rest.starts_with("<![CDATA[")) {
      at = xml.find(rest.starts_with("<!--") ? "-->" : "]]>", at);
      continue;
    }
    const std::size_t end = xml.find('>', at);
    if (rest.starts_with("</")) {
      --depth;
    } else if (!rest.starts_with("<!") && !rest.starts_with("<?") && end != std::string_view::npos &&
               xml[end - 1] != '/') {
      ++depth;
    }
    if (depth > most) {
      return true;
    }
    at = end;
  }
  return false;
}

std::size_t count_links(std::string_view xml) {
  constexpr std::string_view element = "<link";
  std::size_t count = 0;
  for (std::size_t at = xml.find(element); at != std::string_view::npos; at = xml.find(element, at + element.size())) {
    ++count;
  }
  return count;
}

Eigen::Isometry3d to_isometry(const urdf::Pose& pose) {
  const urdf::Rotation& r = pose.rotation;
  Eigen::Isometry3d X = Eigen::Isometry3d::Identity();
  X.linear() = Eigen::Quaterniond(r.w, r.x, r.y, r.z).normalized().toRotationMatrix();
  X.translation() = mm_per_m * Vec3(pose.position.x, pose.position.y, pose.position.z);
  return X;
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path), name_(path.string()) {}

  Mechanism read() {
    const urdf::ModelInterfaceSharedPtr model = parse();
    require_tree(*model);
    add(*model->getRoot(), -1);
    XINGU_REQUIRE(!axes_.empty(), "{}: no joint moves (a machine without axes cannot aim); give it joints with limits",
                  name_);
    return {std::move(links_), std::move(axes_)};
  }

 private:
  urdf::ModelInterfaceSharedPtr parse() {
    const std::string text = read_file(path_, 16ULL << 20);
    XINGU_REQUIRE(
        !is_nested_beyond(text, most_nesting),
        "{}: its elements stand within each other more than {} deep (no URDF needs that, and reading it could end the "
        "program); correct it",
        name_, most_nesting);
    XINGU_REQUIRE(count_links(text) <= most_links,
                  "{}: has more than {} links (each posture is computed through all of them); join those that do not "
                  "move against each other",
                  name_, most_links);
    require_no_ring_of_joints(text, name_);
    const Listener listener;
    urdf::ModelInterfaceSharedPtr model = urdf::parseURDF(text);
    XINGU_REQUIRE(model != nullptr && model->getRoot() != nullptr, "{}: no URDF that can be read ({}); correct it",
                  name_, listener.first().empty() ? "the parser does not say why" : listener.first());
    // The parser goes on after some faults and leaves out what has them: a shape would be missing from every check.
    XINGU_REQUIRE(listener.first().empty(), "{}: a part of it cannot be read ({}); correct it", name_,
                  listener.first());
    require_known_elements(text, name_);
    return model;
  }

  void require_tree(const urdf::ModelInterface& model) const {
    std::map<std::string, std::string> joint_of;
    for (const auto& [joint_name, joint] : model.joints_) {
      const auto [entry, is_new] = joint_of.try_emplace(joint->child_link_name, joint_name);
      XINGU_REQUIRE(is_new,
                    "{}: link '{}' hangs on the joints '{}' and '{}' (a loop: its place cannot be computed from the "
                    "axes alone); cut the loop",
                    name_, joint->child_link_name, entry->second, joint_name);
    }
  }

  [[nodiscard]] Eigen::Isometry3d near(const urdf::Pose& pose, const char* what, const std::string& owner) const {
    const Eigen::Isometry3d X = to_isometry(pose);
    XINGU_REQUIRE(X.matrix().allFinite() && X.translation().cwiseAbs().maxCoeff() <= mm_per_m * most_m,
                  "{}: {} '{}' has an origin beyond {} m (URDF counts in metres); correct it", name_, what, owner,
                  most_m);
    return X;
  }

  void add(const urdf::Link& source, int parent) {
    Link link;
    link.name = source.name;
    link.parent = parent;
    const int index = static_cast<int>(links_.size());
    if (source.parent_joint) {
      link.joint = joint_of(*source.parent_joint, index);
    }
    const bool moves = link.joint.axis >= 0 || is_moved(parent);
    for (const auto& collision : source.collision_array) {
      link.shapes.push_back(shape_of(*collision, source.name));
    }
    require_shapes(source, moves);
    XINGU_REQUIRE(source.inertial != nullptr || link.shapes.empty() || !moves,
                  "{}: link '{}' moves and has no <inertial> (what the axes must carry is unknown); give mass and "
                  "inertia",
                  name_, source.name);
    if (source.inertial) {
      link.mass_kg = mass_of(*source.inertial, source.name);
    }
    links_.push_back(std::move(link));
    for (const auto& child : source.child_links) {
      add(*child, index);
    }
  }

  /// A part that is seen, or that weighs and moves, is there: without a shape no check would know of it.
  void require_shapes(const urdf::Link& source, bool moves) const {
    const bool is_there = !source.visual_array.empty() || (moves && source.inertial != nullptr);
    XINGU_REQUIRE(!source.collision_array.empty() || !is_there,
                  "{}: link '{}' has {} and no <collision> (it would be missing from every check); give it shapes, or "
                  "remove what says that it is there",
                  name_, source.name, source.visual_array.empty() ? "a mass" : "<visual>");
  }

  /// In kg, after a look at the inertia: only a matrix that is positive definite belongs to a body.
  [[nodiscard]] double mass_of(const urdf::Inertial& inertial, const std::string& link) const {
    XINGU_REQUIRE(inertial.mass > 0 && std::isfinite(inertial.mass),
                  "{}: link '{}' has a mass of {} kg (it must be positive); correct it", name_, link, inertial.mass);
    const double plane = inertial.ixx * inertial.iyy - inertial.ixy * inertial.ixy;
    Mat3 inertia;
    inertia << inertial.ixx, inertial.ixy, inertial.ixz, inertial.ixy, inertial.iyy, inertial.iyz, inertial.ixz,
        inertial.iyz, inertial.izz;
    XINGU_REQUIRE(inertia.allFinite() && inertial.ixx > 0 && plane > 0 && inertia.determinant() > 0,
                  "{}: link '{}' has an inertia that no body has (its principal moments must be positive); correct it",
                  name_, link);
    return inertial.mass;
  }

  [[nodiscard]] bool is_moved(int link) const {
    for (int i = link; i > 0; i = links_[static_cast<std::size_t>(i)].parent) {
      if (links_[static_cast<std::size_t>(i)].joint.axis >= 0) {
        return true;
      }
    }
    return false;
  }

  Joint joint_of(const urdf::Joint& source, int link) {
    Joint joint;
    joint.name = source.name;
    joint.X_parent = near(source.parent_to_joint_origin_transform, "joint", source.name);
    switch (source.type) {
      case urdf::Joint::FIXED:
        return joint;
      case urdf::Joint::REVOLUTE:
      case urdf::Joint::CONTINUOUS:
        joint.type = JointType::revolute;
        break;
      case urdf::Joint::PRISMATIC:
        joint.type = JointType::prismatic;
        break;
      default:
        fail_input(
            "{}: joint '{}' is neither revolute, continuous, prismatic nor fixed (no axis of a machine is "
            "described by it); split it into such joints",
            name_, source.name);
    }
    const Vec3 direction(source.axis.x, source.axis.y, source.axis.z);
    XINGU_REQUIRE(direction.norm() > 1e-6, "{}: joint '{}' has no axis (it could not move); give <axis>", name_,
                  source.name);
    joint.direction = direction.normalized();
    XINGU_REQUIRE(source.limits != nullptr,
                  "{}: joint '{}' has no <limit> (how far and how fast it may go is unknown); give lower, upper and "
                  "velocity",
                  name_, source.name);
    const bool is_endless = source.type == urdf::Joint::CONTINUOUS;
    const double unit = joint.type == JointType::prismatic ? mm_per_m : 1.0;
    AxisLimits limits;
    limits.lower = is_endless ? -std::numbers::pi : unit * source.limits->lower;
    limits.upper = is_endless ? std::numbers::pi : unit * source.limits->upper;
    limits.velocity = unit * source.limits->velocity;
    XINGU_REQUIRE(limits.lower < limits.upper && limits.velocity > 0,
                  "{}: joint '{}' has limits {} to {} at speed {} (nothing it could do within them); correct <limit>",
                  name_, source.name, source.limits->lower, source.limits->upper, source.limits->velocity);
    XINGU_REQUIRE(joint.type == JointType::prismatic || std::max(-limits.lower, limits.upper) <= most_turn,
                  "{}: joint '{}' turns from {:g} to {:g} rad (URDF counts in radians, and no axis turns beyond two "
                  "whole turns; 180 degrees are 3.14159265); correct <limit>",
                  name_, source.name, source.limits->lower, source.limits->upper);
    XINGU_REQUIRE(std::max({-limits.lower, limits.upper, limits.velocity}) <= unit * most_axis_value,
                  "{}: joint '{}' has limits {:g} to {:g} at speed {:g} (beyond {:g} rad or m no axis of a machine "
                  "goes); correct <limit>",
                  name_, source.name, source.limits->lower, source.limits->upper, source.limits->velocity,
                  most_axis_value);
    joint.axis = static_cast<int>(axes_.size());
    axes_.push_back({source.name, joint.type, limits, link});
    return joint;
  }

  [[nodiscard]] ConvexShape shape_of(const urdf::Collision& collision, const std::string& link) const {
    XINGU_REQUIRE(collision.geometry != nullptr, "{}: link '{}' has a collision without geometry; give it a shape",
                  name_, link);
    const Eigen::Isometry3d X = near(collision.origin, "a shape of link", link);
    const auto positive = [&](double size) {
      XINGU_REQUIRE(size > 0 && size <= most_m,
                    "{}: link '{}' has a collision shape of size {:g} m (it must be above 0 and at most {}); correct "
                    "it",
                    name_, link, size, most_m);
      return mm_per_m * size;
    };
    switch (collision.geometry->type) {
      case urdf::Geometry::BOX: {
        const urdf::Vector3& d = static_cast<const urdf::Box&>(*collision.geometry).dim;
        return ConvexShape::box({positive(d.x), positive(d.y), positive(d.z)}, X);
      }
      case urdf::Geometry::CYLINDER: {
        const auto& cylinder = static_cast<const urdf::Cylinder&>(*collision.geometry);
        return ConvexShape::cylinder(positive(cylinder.radius), positive(cylinder.length), X);
      }
      case urdf::Geometry::SPHERE:
        return ConvexShape::sphere(positive(static_cast<const urdf::Sphere&>(*collision.geometry).radius), X);
      case urdf::Geometry::MESH:
        break;
    }
    return mesh_of(static_cast<const urdf::Mesh&>(*collision.geometry), X, link);
  }

  [[nodiscard]] ConvexShape mesh_of(const urdf::Mesh& mesh, const Eigen::Isometry3d& X, const std::string& link) const {
    const std::filesystem::path file = path_.parent_path() / mesh.filename;
    XINGU_REQUIRE(is_within(file, path_.parent_path()),
                  "{}: link '{}' wants the mesh '{}', which is outside the machine's folder (a machine is one folder, "
                  "and reads nothing else); put it beside the URDF",
                  name_, link, mesh.filename);
    XINGU_REQUIRE(std::filesystem::is_regular_file(file),
                  "{}: link '{}' wants the mesh '{}', which is not there (the part could not be checked for "
                  "collisions); put it beside the URDF",
                  name_, link, mesh.filename);
    TriangleSurface surface = read_stl(file, mm_per_m * Vec3(mesh.scale.x, mesh.scale.y, mesh.scale.z));
    for (Vec3& p : surface.points) {
      XINGU_REQUIRE(p.cwiseAbs().maxCoeff() <= mm_per_m * most_m,
                    "{}: reaches beyond {} m with the scale {:g} {:g} {:g} (URDF counts in metres); correct the scale",
                    file.string(), most_m, mesh.scale.x, mesh.scale.y, mesh.scale.z);
      p = X * p;
    }
    return ConvexShape::polytope(std::move(surface), file.string());
  }

  std::filesystem::path path_;
  std::string name_;
  std::vector<Link> links_;
  std::vector<Axis> axes_;
};

}  // namespace

bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const auto place_of = [](const std::filesystem::path& given) {
    std::error_code error;
    return std::filesystem::weakly_canonical(std::filesystem::current_path() / given,
                                             error);  // empty where it cannot be told
  };
  const std::filesystem::path place = place_of(path);
  const std::filesystem::path root = place_of(folder);
  return !root.empty() && std::ranges::mismatch(root, place).in1 == root.end();
}

Mechanism read_urdf(const std::filesystem::path& path) { return Reader(path).read(); }

}  // namespace xingu
