// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/philox.h"
#include "machine/treatment_machine.h"
#include "support/test_paths.h"

namespace xingu::test {

[[nodiscard]] inline TreatmentMachine shipped_machine(const std::string& name) {
  return load_treatment_machine((source_dir() / "machines" / name / "machine.toml").string());
}

/// Axis values drawn evenly within the limits; `index` names the draw.
[[nodiscard]] inline std::vector<double> random_axis_values(const Mechanism& mechanism, std::uint64_t seed,
                                                            std::uint64_t index) {
  std::vector<double> values;
  for (std::size_t i = 0; i < mechanism.num_axes(); ++i) {
    const AxisLimits& limits = mechanism.axes()[i].limits;
    values.push_back(limits.lower + (limits.upper - limits.lower) * Philox(seed, i).uniform(index));
  }
  return values;
}

/// A URDF in a temporary folder.
class UrdfText {
 public:
  explicit UrdfText(const std::string& body) {
    std::ofstream(path()) << "<?xml version=\"1.0\"?>\n<robot name=\"test\">\n" << body << "</robot>\n";
  }
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "machine.urdf"; }
  [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

/// A link with a box of 100 mm and inertia; a turning joint about Z.
[[nodiscard]] inline std::string box_link(const std::string& name) {
  return "<link name=\"" + name +
         "\"><inertial><mass value=\"1\"/><inertia ixx=\"1\" ixy=\"0\" ixz=\"0\" iyy=\"1\" iyz=\"0\" "
         "izz=\"1\"/></inertial>"
         "<collision><geometry><box size=\"0.1 0.1 0.1\"/></geometry></collision></link>\n";
}
[[nodiscard]] inline std::string turning_joint(const std::string& name, const std::string& parent,
                                               const std::string& child) {
  return "<joint name=\"" + name + "\" type=\"revolute\"><parent link=\"" + parent + "\"/><child link=\"" + child +
         "\"/><origin xyz=\"0 0 0.5\"/><axis xyz=\"0 0 1\"/>"
         "<limit lower=\"-1\" upper=\"1\" velocity=\"0.5\" effort=\"0\"/></joint>\n";
}

}  // namespace xingu::test
