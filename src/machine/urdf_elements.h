// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xingu {

/// Refuses what a reader of URDF would pass over without a word, so that no shape and no limit is lost by a slip of the
/// pen. Known are the elements of URDF 1.0. `material`, `transmission` and `gazebo` of the robot, `visual` of a link
/// and `calibration` and `dynamics` of a joint say nothing that collisions or motion here depend on, and may hold
/// anything. `mimic` and `safety_controller` would bind or narrow an axis that is then driven freely: they are refused.
///
/// @param xml   a file that urdfdom has read, nested no deeper than machines need
/// @param file  for messages
/// @throws InputError if an element is unknown or stands twice where one is read, a geometry holds not exactly one
///         shape, or a joint that moves lacks <axis> or an end of its range
void require_known_elements(std::string_view xml, const std::string& file);

/// Refuses joints that lead from a link back to it. urdfdom would hold such links alive for ever, each by the other.
/// A link that hangs on two joints, but in no ring, passes.
///
/// @param xml   nested no deeper than machines need; what is no XML passes, since its parser says more
/// @param file  for messages
/// @throws InputError that names a link of the ring
void require_no_ring_of_joints(std::string_view xml, const std::string& file);

}  // namespace xingu
