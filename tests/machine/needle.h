// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "machine/machine_fixtures.h"
#include "machine/urdf_file.h"

namespace xingu::test {

/// A bar of 1 m that turns about Z, and a needle of 1 mm standing somewhere around it.
[[nodiscard]] inline Mechanism bar_and_needle(double angle, double distance_m) {
  const std::string needle = fmt::format(
      "<link name=\"needle\"><collision><origin xyz=\"{} {} 0\"/><geometry><box size=\"0.001 0.001 0.2\"/></geometry>"
      "</collision></link><joint name=\"n\" type=\"fixed\"><parent link=\"room\"/><child link=\"needle\"/></joint>\n",
      distance_m * std::cos(angle), distance_m * std::sin(angle));
  const UrdfText urdf(
      "<link name=\"room\"/><link name=\"hub\"/>\n" + needle +
      "<link name=\"bar\"><inertial><mass value=\"1\"/><inertia ixx=\"1\" ixy=\"0\" ixz=\"0\" iyy=\"1\" iyz=\"0\" "
      "izz=\"1\"/></inertial><collision><origin xyz=\"0.6 0 0\"/><geometry><box size=\"0.8 0.002 "
      "0.02\"/></geometry></collision>"
      "</link><joint name=\"h\" type=\"fixed\"><parent link=\"room\"/><child link=\"hub\"/></joint>"
      "<joint name=\"turn\" type=\"revolute\"><parent link=\"hub\"/><child link=\"bar\"/><axis xyz=\"0 0 1\"/>"
      "<limit lower=\"-4\" upper=\"4\" velocity=\"1\" effort=\"0\"/></joint>\n");
  return read_urdf(urdf.path());
}

}  // namespace xingu::test
