// SPDX-License-Identifier: Apache-2.0
#include "plan/candidates.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"

namespace xingu {
namespace {

constexpr double degree = std::numbers::pi / 180.0;
constexpr double ray_step_mm = 2.0;
constexpr int most_candidates = 20'000;

/// A beam at angles that can be written and set: what is planned, computed and delivered is one geometry.
CandidateBeam beam_at(const RoomAngles& wanted, const CandidateOptions& options, double sad_mm) {
  const RoomAngles angles = settable_angles(wanted);
  return {angles, beam_geometry(angles, options.position, options.isocentre_P, sad_mm), std::nullopt};
}

/// In hundredths of a millimetre; adding 0 takes a zero its sign.
Vec3 settable_position(const Vec3& position_mm) { return (position_mm * 100.0).array().round() / 100.0 + 0.0; }

/// The beam as the machine gives it.
CandidateBeam beam_as_reached(const ReachedBeam& reached, const CandidateOptions& options) {
  const double sad_mm = std::round(reached.source_distance_mm * 100.0) / 100.0;
  CandidateBeam beam = beam_at(reached.angles, options, sad_mm);
  beam.table_position_mm = settable_position(reached.table_position_mm);
  return beam;
}

bool enters_through_ends(const CandidateBeam& beam, const CandidateOptions& options, const Volume<std::uint8_t>& body) {
  const Vec3 source = beam.geometry.source_P();
  if (options.aim_points_P.empty()) {
    return passes_unseen_body(body, options.isocentre_P, source);
  }
  return std::ranges::any_of(options.aim_points_P,
                             [&](const Vec3& aim) { return passes_unseen_body(body, aim, source); });
}

CandidateSet filtered(int count, const CandidateOptions& options, const RoomLimits& limits,
                      const Volume<std::uint8_t>& body) {
  const std::vector<Vec3> directions = sphere_directions(count);
  std::vector<CandidateBeam> beams(directions.size());
  std::vector<CandidateVerdict> verdict(directions.size(), CandidateVerdict::kept);
  std::vector<std::string> reason(directions.size());
  parallel_for(directions.size(), [&](std::size_t i) {
    if (options.reach) {
      const auto reached = options.reach(directions[i]);
      if (!reached) {
        verdict[i] = CandidateVerdict::machine;
        reason[i] = reached.error();
        return;
      }
      beams[i] = beam_as_reached(*reached, options);
    } else {
      beams[i] = beam_at(room_angles(directions[i], options.position), options, options.sad_mm);
    }
    if (const auto refusal = options.reach ? std::nullopt : limits.refusal(beams[i].angles)) {
      verdict[i] = CandidateVerdict::machine;
      reason[i] = *refusal;
    } else if (enters_through_ends(beams[i], options, body)) {
      verdict[i] = CandidateVerdict::ends;
    }
  });
  CandidateSet set;
  set.num_directions = count;
  set.spacing_deg = std::sqrt(4.0 * std::numbers::pi / count) / degree;
  std::map<std::string, int> reasons;
  for (std::size_t i = 0; i < beams.size(); ++i) {
    if (verdict[i] == CandidateVerdict::kept) {
      set.beams.push_back(beams[i]);
    } else if (verdict[i] == CandidateVerdict::ends) {
      ++set.num_through_ends;
    } else {
      ++reasons[reason[i]];
    }
  }
  set.verdicts = std::move(verdict);
  set.refused_by_machine.assign(reasons.begin(), reasons.end());
  return set;
}

}  // namespace

std::vector<Vec3> sphere_directions(int count) {
  std::vector<Vec3> result;
  result.reserve(static_cast<std::size_t>(count));
  const double golden_angle = std::numbers::pi * (3.0 - std::sqrt(5.0));
  for (int i = 0; i < count; ++i) {
    const double z = 1.0 - (2.0 * i + 1.0) / count;
    const double r = std::sqrt(std::max(0.0, 1.0 - z * z));
    result.emplace_back(r * std::cos(golden_angle * i), r * std::sin(golden_angle * i), z);
  }
  return result;
}

CandidateSet candidate_beams(const CandidateOptions& options, const RoomLimits& limits,
                             const Volume<std::uint8_t>& body) {
  XINGU_REQUIRE(options.count >= 1 && options.count <= most_candidates,
                "--candidates {}: not a number of candidate beams that is planned with; give 1 to {}", options.count,
                most_candidates);
  double wanted = options.count;
  for (;;) {
    CandidateSet set = filtered(static_cast<int>(std::ceil(wanted)), options, limits, body);
    if (set.beams.size() >= static_cast<std::size_t>(options.count)) {
      return set;
    }
    XINGU_REQUIRE(
        wanted < 20.0 * options.count,
        "hardly any beam direction passes ({} of {}; the machine's limits refuse most, or the CT is too short); "
        "use a longer CT or another machine",
        set.beams.size(), set.num_directions);
    const double share = std::max(0.04, static_cast<double>(set.beams.size()) / set.num_directions);
    wanted = std::max(wanted * 1.01 + 1.0, 1.002 * options.count / share);
  }
}

CandidateSet unlimited_candidates(int num_directions, const CandidateOptions& options,
                                  const Volume<std::uint8_t>& body) {
  CandidateOptions unlimited = options;
  unlimited.reach = {};
  return filtered(num_directions, unlimited, RoomLimits{}, body);
}

std::vector<CandidateBeam> coplanar_beams(int count, double first_gantry_deg, const CandidateOptions& options) {
  XINGU_REQUIRE(count >= 1, "{} coplanar beams: give at least one", count);
  std::vector<CandidateBeam> result;
  for (int i = 0; i < count; ++i) {
    RoomAngles angles;
    angles.gantry_deg = std::fmod(std::fmod(first_gantry_deg + 360.0 * i / count, 360.0) + 360.0, 360.0);
    result.push_back(beam_at(angles, options, options.sad_mm));
  }
  return result;
}

std::vector<std::string> give_by_machine(std::vector<CandidateBeam>& beams, const CandidateOptions& options) {
  std::vector<std::string> refused;
  if (!options.reach) {
    return refused;
  }
  for (CandidateBeam& beam : beams) {
    const auto reached = options.reach(beam.geometry.direction_P());
    if (reached) {
      beam = beam_as_reached(*reached, options);
    } else {
      refused.push_back(
          fmt::format("the machine cannot give the beam at gantry {:.0f}°, couch {:.0f}° ({}): a plan for comparison "
                      "only, not one to be delivered",
                      beam.angles.gantry_deg, beam.angles.couch_deg, reached.error()));
    }
  }
  return refused;
}

bool passes_unseen_body(const Volume<std::uint8_t>& body, const Vec3& from, const Vec3& to) {
  const Grid& grid = body.grid();
  const double length = (to - from).norm();
  const Vec3 step = (to - from) * (ray_step_mm / length);
  Vec3 p = from;
  for (double s = 0.0; s <= length; s += ray_step_mm, p += step) {
    const double z_mm = p.z();
    if (z_mm >= grid.lower().z() && z_mm <= grid.upper().z()) {
      continue;
    }
    const Vec3 at = grid.coordinates(p).array().round();
    const int z = z_mm < grid.lower().z() ? 0 : grid.nz() - 1;
    const double x = at.x();
    const double y = at.y();
    if (x < 0.0 || y < 0.0 || x >= grid.nx() || y >= grid.ny()) {
      continue;
    }
    if (body.at(static_cast<int>(x), static_cast<int>(y), z) != 0) {
      return true;
    }
  }
  return false;
}

double angle_between_deg(const Vec3& a, const Vec3& b) { return std::atan2(a.cross(b).norm(), a.dot(b)) / degree; }

}  // namespace xingu
