// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "machine/collision_world.h"

namespace xingu {

/// What pictures of a machine show: its parts at one configuration, the patient, and beams.
struct MachineScene {
  struct Body {
    std::string name;
    TriangleSurface surface;        ///< frame F, mm
    std::array<float, 3> colour{};  ///< red, green, blue, 0 to 1
  };
  struct Beam {
    Vec3 source_F = Vec3::Zero();  ///< mm
    Vec3 end_F = Vec3::Zero();
  };
  std::vector<Body> bodies;
  std::vector<Beam> beams;
};

/// The parts of a world (with its patient, if it has one) at the given axis values.
[[nodiscard]] MachineScene scene_of(const CollisionWorld& world, std::span<const double> axes);

/// Binary glTF 2.0 (ISO/IEC 12113): one mesh a body, lines for beams; metres, Y up as that standard wants it.
[[nodiscard]] std::string render_glb(const MachineScene& scene);

/// A drawing as SVG: parallel projection from front, right and above, what is seen as outlined regions of one shade,
/// beams over them, each part with its name. Bodies named floor and shield are left out, and the caption says so.
///
/// @param title  plain text
[[nodiscard]] std::string render_svg(const MachineScene& scene, const std::string& title);

}  // namespace xingu
