// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/pose.h"

namespace xingu {

// Large surfaces of a man's torso, supine, at end-expiration (implicit, see phantom_shape.h; frame of HeartAnatomy).

/// Skin. Superelliptic cross-sections 344 mm wide and 240 mm deep, less deep towards the shoulders.
[[nodiscard]] double torso_body(const Vec3& p);

/// Inner surface of the rib cage and, below it, of the abdominal wall: a superelliptic bullet.
[[nodiscard]] double torso_cavity(const Vec3& p);

/// Upper surface of the diaphragm: two domes and the central tendon; negative below.
[[nodiscard]] double torso_diaphragm(const Vec3& p);

/// Angle about the cavity's axis from posterior (0) to anterior (π), the same on both sides.
[[nodiscard]] double torso_angle(const Vec3& p);

}  // namespace xingu
