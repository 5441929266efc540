// SPDX-License-Identifier: Apache-2.0
#include "machine/urdf_elements.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace xingu {
namespace {

using Names = std::vector<std::string>;

/// How messages name an element: "<collision> of link 'head'".
std::string called(const pugi::xml_node& element, const std::string& owner) {
  return owner.empty() ? fmt::format("<{}>", element.name()) : fmt::format("<{}> of {}", element.name(), owner);
}

class ElementCheck {
 public:
  explicit ElementCheck(const std::string& file) : file_(file) {}

  void check_robot(const pugi::xml_node& robot) const {
    require_names(robot, "", {"link", "joint", "material", "transmission", "gazebo"});
    for (const pugi::xml_node& link : robot.children("link")) {
      check_link(link, fmt::format("link '{}'", printable(link.attribute("name").value())));
    }
    for (const pugi::xml_node& joint : robot.children("joint")) {
      check_joint(joint, fmt::format("joint '{}'", printable(joint.attribute("name").value())));
    }
  }

 private:
  void require_names(const pugi::xml_node& parent, const std::string& owner, const Names& known) const {
    for (const pugi::xml_node& element : parent.children()) {
      if (element.type() != pugi::node_element) {
        continue;
      }
      const std::string name = printable(element.name());
      if (std::ranges::find(known, name) == known.end()) {
        const std::string nearest = nearest_name(name, known);
        fail_input("{}: {} is not known in <{}> (it would be left out of every check); {}", file_,
                   called(element, owner), parent.name(),
                   nearest.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                   : fmt::format("did you mean <{}>?", nearest));
      }
    }
  }

  void require_single(const pugi::xml_node& parent, const std::string& owner, const Names& names) const {
    for (const std::string& name : names) {
      const pugi::xml_node first = parent.child(name.c_str());
      XINGU_REQUIRE(!first || !first.next_sibling(name.c_str()),
                    "{}: {} stands twice in <{}> (only the first would be read); remove one", file_,
                    called(first, owner), parent.name());
    }
  }

  void check_link(const pugi::xml_node& link, const std::string& owner) const {
    require_names(link, owner, {"inertial", "visual", "collision"});
    require_single(link, owner, {"inertial"});
    for (const pugi::xml_node& inertial : link.children("inertial")) {
      require_names(inertial, owner, {"origin", "mass", "inertia"});
      require_single(inertial, owner, {"origin", "mass", "inertia"});
    }
    for (const pugi::xml_node& collision : link.children("collision")) {
      require_names(collision, owner, {"origin", "geometry"});
      require_single(collision, owner, {"origin", "geometry"});
      const pugi::xml_node geometry = collision.child("geometry");
      require_names(geometry, owner, {"box", "cylinder", "sphere", "mesh"});
      const auto shapes = std::ranges::count_if(
          geometry.children(), [](const pugi::xml_node& shape) { return shape.type() == pugi::node_element; });
      XINGU_REQUIRE(shapes == 1, "{}: a <geometry> of {} has {} shapes (one is read); give each its own <collision>",
                    file_, owner, shapes);
    }
  }

  void check_joint(const pugi::xml_node& joint, const std::string& owner) const {
    require_names(
        joint, owner,
        {"origin", "parent", "child", "axis", "limit", "mimic", "safety_controller", "calibration", "dynamics"});
    require_single(joint, owner, {"origin", "parent", "child", "axis", "limit"});
    XINGU_REQUIRE(
        !joint.child("mimic"),
        "{}: {} has <mimic> (here each axis has a drive of its own, and would move alone); remove it, or make "
        "the joint fixed",
        file_, owner);
    XINGU_REQUIRE(!joint.child("safety_controller"),
                  "{}: {} has <safety_controller> (its soft limits would not be kept); write the narrower limits into "
                  "<limit> and remove it",
                  file_, owner);
    const std::string_view type = joint.attribute("type").value();
    const bool has_ends = type == "revolute" || type == "prismatic";
    if (!has_ends && type != "continuous") {
      return;
    }
    XINGU_REQUIRE(joint.child("axis").attribute("xyz"),
                  "{}: {} has no <axis> (it would move about X, whatever was meant); give <axis xyz=\"…\"/>", file_,
                  owner);
    for (const char* end : {"lower", "upper"}) {
      XINGU_REQUIRE(!has_ends || joint.child("limit").attribute(end),
                    "{}: {} has no '{}' in its <limit> (it would stop at 0, whatever was meant); give it", file_, owner,
                    end);
    }
  }

  const std::string& file_;
};

/// A link that stands in a ring of joints, or "". Links that no joint hangs anywhere are taken away, with the joints
/// that start at them, until none is left but rings and what hangs on them.
std::string link_in_a_ring(const pugi::xml_node& robot) {
  std::multimap<std::string, std::string> children;
  std::map<std::string, std::set<std::string>> parents;
  for (const pugi::xml_node& joint : robot.children("joint")) {
    const std::string parent = joint.child("parent").attribute("link").value();
    const std::string child = joint.child("child").attribute("link").value();
    if (parent.empty() || child.empty()) {
      continue;  // the parser's to refuse
    }
    children.emplace(parent, child);
    parents[child].insert(parent);
    parents.try_emplace(parent);
  }
  std::vector<std::string> roots;
  for (const auto& [link, above] : parents) {
    if (above.empty()) {
      roots.push_back(link);
    }
  }
  while (!roots.empty()) {
    const std::string link = roots.back();
    roots.pop_back();
    parents.erase(link);
    const auto [first, last] = children.equal_range(link);
    for (auto entry = first; entry != last; ++entry) {
      const auto child = parents.find(entry->second);
      if (child != parents.end() && child->second.erase(link) > 0 && child->second.empty()) {
        roots.push_back(child->first);
      }
    }
  }
  if (parents.empty()) {
    return "";
  }
  // Each that is left has a parent that is left: going up ends in a ring.
  std::set<std::string> passed;
  std::string link = parents.begin()->first;
  while (passed.insert(link).second) {
    link = *parents.at(link).begin();
  }
  return link;
}

std::string root_of(const pugi::xml_node& robot) {
  std::set<std::string> hung;
  for (const pugi::xml_node& joint : robot.children("joint")) {
    hung.insert(joint.child("child").attribute("link").value());
  }
  for (const pugi::xml_node& link : robot.children("link")) {
    if (std::string name = link.attribute("name").value(); !hung.contains(name)) {
      return name;
    }
  }
  return "";
}

}  // namespace

void require_known_elements(std::string_view xml, const std::string& file) {
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_buffer(xml.data(), xml.size());
  XINGU_REQUIRE(result, "{}: no XML that can be read ({} at byte {}); correct it", file, result.description(),
                result.offset);
  ElementCheck(file).check_robot(document.child("robot"));
}

void require_no_ring_of_joints(std::string_view xml, const std::string& file) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) {
    return;
  }
  const pugi::xml_node robot = document.child("robot");
  const std::string link = link_in_a_ring(robot);
  if (link.empty()) {
    return;
  }
  const std::string root = root_of(robot);
  fail_input("{}: link '{}' hangs in a loop of joints that {} (its place is unknown); cut the loop", file,
             printable(link), root.empty() ? "starts at no link" : fmt::format("does not reach '{}'", printable(root)));
}

}  // namespace xingu
