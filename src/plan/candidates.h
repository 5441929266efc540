// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "dose/beam_geometry.h"
#include "dose/machine_file.h"
#include "geometry/grid.h"

namespace xingu {

/// A direction a beam could come from.
struct CandidateBeam {
  RoomAngles angles;
  BeamGeometry geometry;
  std::optional<Vec3> table_position_mm;  ///< lateral, longitudinal, vertical; where the machine states it
};

/// How a machine gives a beam from one direction.
struct ReachedBeam {
  RoomAngles angles;
  Vec3 table_position_mm = Vec3::Zero();
  double source_distance_mm = 0.0;  ///< from the isocentre
};

/// A machine's answer for a unit vector from source to isocentre, frame P: how it gives that beam, or why it cannot.
/// Called from several threads.
using MachineReach = std::function<tl::expected<ReachedBeam, std::string>(const Vec3& direction_P)>;

struct CandidateOptions {
  /// At least this many candidates are wanted; the sphere is sampled finer until as many pass the filters.
  int count = 600;
  Vec3 isocentre_P = Vec3::Zero();
  PatientPosition position = PatientPosition::hfs;
  double sad_mm = 800.0;  ///< of beams that no machine was asked for
  /// Points of the target whose rays must all enter through skin that the CT shows, mm, frame P; the isocentre alone if
  /// empty. Give a few extreme ones, so that no edge of a field enters where nothing is known.
  std::vector<Vec3> aim_points_P;
  /// Kinematics and collisions of the machine; where it is absent the table of angles in RoomLimits decides.
  MachineReach reach;
};

/// What became of a direction.
enum class CandidateVerdict : std::uint8_t {
  kept,
  machine,  ///< the machine cannot give it
  ends,     ///< it would enter through the first or last slice
};

struct CandidateSet {
  std::vector<CandidateBeam> beams;
  std::vector<CandidateVerdict> verdicts;  ///< [num_directions], in the order of sphere_directions()
  double spacing_deg = 0.0;                ///< mean angle between neighbours on the sphere
  int num_directions = 0;                  ///< before the filters
  int num_through_ends = 0;                ///< refused: they enter through the first or last slice
  std::vector<std::pair<std::string, int>> refused_by_machine;  ///< reason and how many
};

/// Unit vectors spread evenly over the sphere on a golden-angle spiral (Swinbank & Purser 2006); neighbours stand about
/// √(4π/count) apart. Cost O(count).
[[nodiscard]] std::vector<Vec3> sphere_directions(int count);

/// Candidates over the whole sphere that the machine can take and that enter through visible skin. Collimator at 0.
/// Angles are settable_angles, distances and table positions hundredths of a millimetre: a beam differs from its
/// direction by less than 0.01°.
/// @param body  [nz, ny, nx] 1 inside the patient; beyond the first and last slice the patient is thought to go on with
///              that slice's outline, and a ray that would cross this unseen part is refused
/// @throws InputError if not even a twentieth of all directions passes, or count is not between 1 and 20 000
/// Cost O(directions · aim points · SAD/step).
[[nodiscard]] CandidateSet candidate_beams(const CandidateOptions& options, const RoomLimits& limits,
                                           const Volume<std::uint8_t>& body);

/// What would be candidates if the machine reached everything: those of the same directions that enter through visible
/// skin, whatever machine and room say.
/// @param num_directions  of the set that it is compared with
[[nodiscard]] CandidateSet unlimited_candidates(int num_directions, const CandidateOptions& options,
                                                const Volume<std::uint8_t>& body);

/// `count` beams at equal gantry steps from `first_gantry_deg` with the couch at 0, not filtered: for comparison plans.
[[nodiscard]] std::vector<CandidateBeam> coplanar_beams(int count, double first_gantry_deg,
                                                        const CandidateOptions& options);

/// Gives beams from their own directions as the machine does (options.reach; without one nothing changes): its angles
/// and its position of the table. What the machine cannot give stays as it is.
/// @return one sentence for each beam that the machine cannot give
[[nodiscard]] std::vector<std::string> give_by_machine(std::vector<CandidateBeam>& beams,
                                                       const CandidateOptions& options);

/// True if the straight way from `from` towards `to` (mm, frame P) meets the unseen part of the patient, beyond the
/// first or last slice of `body`.
[[nodiscard]] bool passes_unseen_body(const Volume<std::uint8_t>& body, const Vec3& from, const Vec3& to);

/// Angle between two directions, degrees.
[[nodiscard]] double angle_between_deg(const Vec3& a, const Vec3& b);

}  // namespace xingu
